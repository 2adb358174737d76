// Package static owns the files browsers load: style sheets, scripts, images,
// the font, and the built browser program under dist/. It serves them under
// /static/<hash>/<name>, immutable and compressed. It knows nothing of pages.
// An Assets is read-only after New and safe for any number of goroutines.
package static

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"sort"
	"strings"
	"time"
)

//go:embed *.css *.js *.svg *.woff2 dist
var files embed.FS

// Prefix is where Handler expects to be mounted.
const Prefix = "/static/"

// bundles are style sheets served as one file, in the order of the cascade.
func bundles() map[string][]string {
	return map[string][]string{
		"app.css": {"tokens.css", "base.css", "layout.css", "components.css", "forms.css", "data.css", "people.css"},
	}
}

// Assets are the files, hashed by content.
type Assets struct {
	byName map[string]*asset
}

// New reads and hashes the embedded files. It fails only when the binary was
// built wrongly, such as a bundle naming a sheet that is not there.
func New() (*Assets, error) { return load(files) }

func load(fsys fs.FS) (*Assets, error) {
	raw, err := readAll(fsys)
	if err != nil {
		return nil, err
	}
	for name, parts := range bundles() {
		var b bytes.Buffer
		for _, p := range parts {
			body, ok := raw[p]
			if !ok {
				return nil, fmt.Errorf("bundle %s: no style sheet %s", name, p)
			}
			b.Write(body)
		}
		raw[name] = b.Bytes()
	}
	a := &Assets{byName: make(map[string]*asset, len(raw))}
	// Style sheets come last: the files they point at must have their hash.
	names := make([]string, 0, len(raw))
	for name := range raw {
		names = append(names, name)
	}
	sort.Slice(names, func(i, j int) bool {
		ci, cj := path.Ext(names[i]) == ".css", path.Ext(names[j]) == ".css"
		if ci != cj {
			return cj
		}
		return names[i] < names[j]
	})
	for _, name := range names {
		body := raw[name]
		if path.Ext(name) == ".css" {
			body = a.rewrite(body)
		}
		a.byName[name] = newAsset(name, body, raw[name+".br"])
	}
	return a, nil
}

func readAll(fsys fs.FS) (map[string][]byte, error) {
	raw := map[string][]byte{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		raw[name] = body
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read embedded files: %w", err)
	}
	return raw, nil
}

// rewrite points url("name") of a style sheet at the hashed address.
func (a *Assets) rewrite(css []byte) []byte {
	pairs := make([]string, 0, 2*len(a.byName))
	for name := range a.byName {
		pairs = append(pairs, `url("`+name+`")`, `url("`+a.URL(name)+`")`)
	}
	return []byte(strings.NewReplacer(pairs...).Replace(string(css)))
}

// URL is the address of a file by its name, such as "app.css" or
// "dist/parley.wasm". A name that is not there keeps a plain address, which
// answers with an explanation: a page is never broken by a missing file.
func (a *Assets) URL(name string) string {
	if f, ok := a.byName[name]; ok {
		return Prefix + f.hash + "/" + name
	}
	return Prefix + name
}

// Has says whether name is there; the browser program may not have been built.
func (a *Assets) Has(name string) bool {
	_, ok := a.byName[name]
	return ok
}

// ServeHTTP serves /static/<hash>/<name> for a year and /static/<name> with an
// ETag to be asked again.
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(r.URL.Path, Prefix)
	cache := "no-cache"
	if hash, rest, ok := strings.Cut(name, "/"); ok && a.byName[rest] != nil && a.byName[rest].hash == hash {
		name, cache = rest, "public, max-age=31536000, immutable"
	} else if ok && len(hash) == hashLen && a.byName[rest] != nil {
		name = rest // an older page's address: serve today's file, but not for ever
	}
	f, ok := a.byName[name]
	if !ok {
		missing(w, name)
		return
	}
	w.Header().Set("Cache-Control", cache)
	f.serve(w, r)
}

func missing(w http.ResponseWriter, name string) {
	if strings.HasSuffix(name, ".wasm") || strings.HasSuffix(name, "wasm_exec.js") {
		http.Error(w, "the browser program is not part of this build: run the build task, then start the server again",
			http.StatusServiceUnavailable)
		return
	}
	http.Error(w, "no such file", http.StatusNotFound)
}

const hashLen = 12

func sum(body []byte) string {
	h := sha256.Sum256(body)
	return hex.EncodeToString(h[:])[:hashLen]
}

// epoch makes http.ServeContent leave Last-Modified out: the ETag is enough.
func epoch() time.Time { return time.Time{} }
