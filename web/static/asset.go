package static

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
)

// asset is one file and, once somebody asked, its compressed forms.
type asset struct {
	name, hash, mime string
	body             []byte
	built            []byte // brotli made by the build, nil where there is none
	brotli, gzip     func() []byte
}

func newAsset(name string, body, built []byte) *asset {
	f := &asset{name: name, hash: sum(body), mime: mimeOf(name), body: body, built: built}
	f.brotli = sync.OnceValue(f.makeBrotli)
	f.gzip = sync.OnceValue(f.makeGzip)
	return f
}

func (f *asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.mime)
	h.Set("X-Content-Type-Options", "nosniff")
	if !compressible(f.name) {
		h.Set("ETag", `"`+f.hash+`"`)
		http.ServeContent(w, r, f.name, epoch(), bytes.NewReader(f.body))
		return
	}
	h.Add("Vary", "Accept-Encoding")
	body, encoding := f.body, negotiate(r.Header.Get("Accept-Encoding"))
	switch encoding {
	case "br":
		body = f.brotli()
	case "gzip":
		body = f.gzip()
	}
	etag := `"` + f.hash + encoding + `"`
	h.Set("ETag", etag)
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	if matches(r.Header.Get("If-None-Match"), etag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // the reader may leave; nothing is to be done
	}
}

func matches(header, etag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		if p := strings.TrimPrefix(strings.TrimSpace(part), "W/"); p == etag || p == "*" {
			return true
		}
	}
	return false
}

// negotiate picks the best coding the client takes (RFC 9110, 12.5.3); a
// weight of zero refuses one, other weights are not compared.
func negotiate(header string) string {
	found := map[string]bool{}
	for part := range strings.SplitSeq(header, ",") {
		coding, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		q := strings.TrimSpace(params)
		refused := q == "q=0" || q == "q=0.0" || q == "q=0.00" || q == "q=0.000"
		found[strings.TrimSpace(coding)] = !refused
	}
	switch {
	case found["br"]:
		return "br"
	case found["gzip"]:
		return "gzip"
	}
	return ""
}

// makeBrotli spends time by size: the large program comes compressed from the
// build, and is compressed quickly where it does not.
func (f *asset) makeBrotli() []byte {
	if f.built != nil {
		return f.built
	}
	level := 9
	if len(f.body) > 1<<20 {
		level = 5
	}
	var b bytes.Buffer
	z := brotli.NewWriterLevel(&b, level)
	_, _ = z.Write(f.body) // writes to memory cannot fail
	_ = z.Close()
	return b.Bytes()
}

func (f *asset) makeGzip() []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(f.body)
	_ = z.Close()
	return b.Bytes()
}

// mimeOf does not ask the operating system, whose tables differ.
func mimeOf(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	case ".wasm":
		return "application/wasm"
	case ".txt":
		return "text/plain; charset=utf-8"
	case ".json":
		return "application/json"
	}
	return "application/octet-stream"
}

func compressible(name string) bool {
	switch path.Ext(name) {
	case ".woff2", ".br":
		return false
	}
	return true
}
