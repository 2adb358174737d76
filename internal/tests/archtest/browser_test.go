package archtest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// browserBudget is the browser program's size in bytes, brotli at its best.
const browserBudget = 950_000

// heavy are packages that must not find their way into the browser program.
func heavy() map[string]string {
	return map[string]string{
		"net/http":           "costs a megabyte; use fetch",
		"net":                "a browser has no sockets",
		"crypto/tls":         "the browser does TLS",
		"html/template":      "templ renders on the server",
		"text/template":      "templ renders on the server",
		"regexp":             "costs 150 kB; parse by hand",
		"log":                "use the console",
		"os/exec":            "a browser runs no programs",
		"database/sql":       "the browser stores nothing",
		"github.com/a-h":     "templ's runtime costs half a megabyte",
		"github.com/gorilla": "use the browser's WebSocket",
		"github.com/pion":    "use the browser's RTCPeerConnection",
		"golang.org/x/text":  "costs a megabyte of tables",
	}
}

func browserDeps(t *testing.T) []string {
	t.Helper()
	return list(t, []string{"GOOS=js", "GOARCH=wasm"}, "./wasm")[0].Deps
}

func TestBrowserImports(t *testing.T) {
	for _, dep := range browserDeps(t) {
		for banned, why := range heavy() {
			if dep == banned || strings.HasPrefix(dep, banned+"/") && strings.Contains(banned, ".") {
				t.Errorf("the browser program imports %s: %s", dep, why)
			}
		}
	}
}

// TestBrowserAllowList pins every package of the browser program that is not
// ours: a new one is a decision, made by editing browser_imports.txt.
func TestBrowserAllowList(t *testing.T) {
	raw, err := os.ReadFile("browser_imports.txt")
	if err != nil {
		t.Fatal(err)
	}
	allowed := strings.Fields(string(raw))
	var foreign []string
	for _, dep := range browserDeps(t) {
		if strings.HasPrefix(dep, "parley/") {
			continue
		}
		internal := dep == "internal" || strings.HasPrefix(dep, "internal/") || strings.Contains(dep, "/internal/")
		if internal {
			continue // the affairs of a library already listed
		}
		foreign = append(foreign, dep)
		if !slices.Contains(allowed, dep) {
			t.Errorf("the browser program imports %s, which browser_imports.txt does not list", dep)
		}
	}
	for _, a := range allowed {
		if !slices.Contains(foreign, a) {
			t.Errorf("browser_imports.txt lists %s, which nothing imports", a)
		}
	}
}

func TestBrowserSize(t *testing.T) {
	info, err := os.Stat(filepath.Join("..", "..", "..", "web", "static", "dist", "parley.wasm.br"))
	if err != nil {
		t.Fatalf("the browser program is not built (go run ./internal/tools/dev browser): %v", err)
	}
	if info.Size() > browserBudget {
		t.Errorf("the browser program is %d bytes, %d over its budget", info.Size(), info.Size()-browserBudget)
	}
}
