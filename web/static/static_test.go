package static

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/andybalholm/brotli"
)

func assets(t *testing.T) *Assets {
	t.Helper()
	a, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func get(a *Assets, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	return w
}

func TestHashedAddressIsImmutableAndPlainIsNot(t *testing.T) {
	a := assets(t)
	w := get(a, a.URL("app.js"))
	if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("hashed: %d %q", w.Code, w.Header().Get("Cache-Control"))
	}
	w = get(a, "/static/app.js")
	if w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "no-cache" {
		t.Errorf("plain: %d %q", w.Code, w.Header().Get("Cache-Control"))
	}
	w = get(a, "/static/0123456789ab/app.js")
	if w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "no-cache" {
		t.Errorf("old hash: %d %q", w.Code, w.Header().Get("Cache-Control"))
	}
}

func TestCompressedFormsAreTheSameFile(t *testing.T) {
	a := assets(t)
	plain := get(a, a.URL("app.css")).Body.Bytes()
	for encoding, open := range map[string]func(io.Reader) (io.Reader, error){
		"br":   func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
		"gzip": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
	} {
		w := get(a, a.URL("app.css"), "Accept-Encoding", encoding)
		if got := w.Header().Get("Content-Encoding"); got != encoding {
			t.Fatalf("encoding %q, want %q", got, encoding)
		}
		if w.Body.Len() >= len(plain)/2 {
			t.Errorf("%s: %d of %d bytes", encoding, w.Body.Len(), len(plain))
		}
		r, err := open(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(body, plain) {
			t.Errorf("%s differs: %v", encoding, err)
		}
	}
}

func TestETagAnswersNotModified(t *testing.T) {
	a := assets(t)
	for _, name := range []string{"app.js", "inter.woff2"} {
		first := get(a, "/static/"+name, "Accept-Encoding", "br")
		again := get(a, "/static/"+name, "Accept-Encoding", "br", "If-None-Match", first.Header().Get("ETag"))
		if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
			t.Errorf("%s: %d with %d bytes", name, again.Code, again.Body.Len())
		}
	}
}

func TestStyleSheetsPointAtHashedFiles(t *testing.T) {
	a := assets(t)
	css := get(a, a.URL("app.css")).Body.String()
	urls := regexp.MustCompile(`url\("([^"]+)"\)`).FindAllStringSubmatch(css, -1)
	if len(urls) < 2 {
		t.Fatalf("found %d addresses, want the two fonts", len(urls))
	}
	for _, m := range urls {
		w := get(a, m[1])
		if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d", m[1], w.Code)
		}
	}
}

func TestMissingProgramSaysHowToBuildIt(t *testing.T) {
	a, err := load(withSheets(fstest.MapFS{}))
	if err != nil {
		t.Fatal(err)
	}
	w := get(a, a.URL("dist/parley.wasm"))
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "build") {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	if w := get(a, "/static/../static.go"); w.Code != http.StatusNotFound {
		t.Errorf("source file: %d", w.Code)
	}
}

func TestProgramComesAsTheBuildCompressedIt(t *testing.T) {
	a, err := load(withSheets(fstest.MapFS{
		"dist/parley.wasm":    {Data: []byte("\x00asm program")},
		"dist/parley.wasm.br": {Data: []byte("as built")},
	}))
	if err != nil {
		t.Fatal(err)
	}
	w := get(a, a.URL("dist/parley.wasm"), "Accept-Encoding", "gzip, br")
	if w.Body.String() != "as built" || w.Header().Get("Content-Type") != "application/wasm" {
		t.Errorf("%q %q", w.Body, w.Header().Get("Content-Type"))
	}
	w = get(a, a.URL("dist/parley.wasm"), "Accept-Encoding", "br;q=0")
	if w.Body.String() != "\x00asm program" {
		t.Errorf("refused brotli: %q", w.Body)
	}
}

func TestOtherMethodsAreRefused(t *testing.T) {
	w := httptest.NewRecorder()
	assets(t).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/static/app.js", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
}

func withSheets(fsys fstest.MapFS) fstest.MapFS {
	for _, parts := range bundles() {
		for _, name := range parts {
			fsys[name] = &fstest.MapFile{Data: []byte("a{}")}
		}
	}
	return fsys
}
