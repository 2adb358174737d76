// Package archtest keeps the structure of the code: which floor may know which,
// what the browser program may be made of, and that every package says what it
// is for. internal/README.md draws the picture these tests hold.
package archtest

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// pkg is what `go list -json` says of a package.
type pkg struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string
	Deps       []string
	Standard   bool
}

func list(t *testing.T, env []string, args ...string) []pkg {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Dir,GoFiles,Imports,Deps,Standard"}, args...)...)
	cmd.Dir = filepath.Join("..", "..", "..")
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var all []pkg
	for dec := json.NewDecoder(out); ; {
		var p pkg
		if err := dec.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("go list %v: %v", args, err)
	}
	return all
}

// floor is a group of packages and the floors beneath that it may know.
type floor struct {
	prefix string
	may    []string
}

// floors, lowest first. A package belongs to the longest prefix that fits.
func floors() []floor {
	const (
		shared, base, domain = "parley/internal/shared", "parley/internal/base", "parley/internal/domain"
		media, adapters      = "parley/internal/media", "parley/internal/adapters"
		web, migrations      = "parley/web", "parley/migrations"
	)
	return []floor{
		{shared, nil},
		{base, []string{shared}},
		{domain, []string{shared, base}},
		{migrations, nil},
		{media, []string{shared, base, domain}},
		{adapters, []string{shared, base, domain, migrations}},
		{"parley/web/static", nil},
		{"parley/web/locale", []string{shared, base}},
		{"parley/web/ui", []string{shared, base, domain, "parley/web/locale", "parley/web/static"}},
		{web, []string{shared, base, domain, "parley/internal/adapters/auth", "parley/web/static", "parley/web/locale", "parley/web/ui"}},
		{"parley/wasm", []string{shared}},
		{"parley/internal/tools", nil},
		{"parley/server", []string{shared, base, domain, media, adapters, web, "parley/web/static", "parley/web/locale", "parley/web/ui", migrations}},
	}
}

func floorOf(path string) (floor, bool) {
	var best floor
	for _, f := range floors() {
		if (path == f.prefix || strings.HasPrefix(path, f.prefix+"/")) && len(f.prefix) > len(best.prefix) {
			best = f
		}
	}
	return best, best.prefix != ""
}

func under(path, prefix string) bool { return path == prefix || strings.HasPrefix(path, prefix+"/") }

func TestFloors(t *testing.T) {
	for _, env := range [][]string{nil, {"GOOS=js", "GOARCH=wasm"}} {
		pattern := []string{"./..."}
		if env != nil {
			pattern = []string{"./wasm/...", "./internal/shared/..."}
		}
		for _, p := range list(t, env, pattern...) {
			if under(p.ImportPath, "parley/internal/tests") {
				continue // tests may know everything
			}
			own, ok := floorOf(p.ImportPath)
			if !ok {
				t.Errorf("%s stands on no floor: give it a place in internal/README.md and here", p.ImportPath)
				continue
			}
			for _, imp := range p.Imports {
				if !strings.HasPrefix(imp, "parley/") || under(imp, own.prefix) {
					continue
				}
				if !slices.ContainsFunc(own.may, func(allowed string) bool { return under(imp, allowed) }) {
					t.Errorf("%s imports %s: the floor %s may not know it", p.ImportPath, imp, own.prefix)
				}
			}
		}
	}
}

// TestOutsideWorld keeps libraries where they belong, so that replacing one
// stays local.
func TestOutsideWorld(t *testing.T) {
	rules := []struct {
		library string
		homes   []string
		why     string
	}{
		{"github.com/pion/webrtc", nil, "packets do not take its way; the tests' other end does"},
		{"github.com/pion/dtls", []string{"parley/internal/media/rtc"}, "it shakes hands there"},
		{"github.com/pion/stun", []string{"parley/internal/media/rtc"}, "it reads the checks of ICE there"},
		{"github.com/pion/opus", []string{"parley/internal/media/opus"}, "it may panic on crafted packets: opus guards it"},
		{"github.com/emiago/sipgo", []string{"parley/internal/media/sip"}, "our session layer hides it"},
		{"github.com/uptrace/bun", []string{"parley/internal/adapters/store", "parley/migrations"}, "SQL lives in the store"},
		{"database/sql", []string{"parley/internal/adapters/store", "parley/migrations"}, "SQL lives in the store"},
		{"github.com/nats-io", []string{"parley/internal/adapters/event"}, "the domain knows topics, not NATS"},
		{"github.com/gorilla/websocket", []string{"parley/internal/adapters/signalling"}, "sockets live in signalling"},
		{"github.com/minio/minio-go", []string{"parley/internal/adapters/blob"}, "blobs live in blob"},
		{"github.com/go-webauthn", []string{"parley/internal/adapters/auth"}, "passkeys live in auth"},
		{"github.com/wneessen/go-mail", []string{"parley/internal/adapters/mail"}, "mail leaves by adapters/mail"},
		{"net/smtp", nil, "mail leaves by adapters/mail"},
		{"github.com/prometheus", []string{"parley/server"}, "parts count; the server exposes"},
		{"net/http", []string{"parley/internal/adapters", "parley/web", "parley/server"}, "the domain and the media plane speak no HTTP"},
		{"os/exec", []string{"parley/internal/tools", "parley/internal/adapters/speech"}, "the server runs no other program than the synthetic voice"},
		{"github.com/hajimehoshi/go-mp3", []string{"parley/internal/media/clip"}, "it panics on crafted files: clip guards it"},
		{"github.com/arran4/golang-ical", []string{"parley/internal/adapters/calendar"}, "calendars are read in one place"},
		{"github.com/rickar/cal", []string{"parley/internal/domain/hours"}, "holidays are part of hours"},
		{"syscall/js", []string{"parley/wasm"}, "only the browser program touches the browser"},
	}
	for _, p := range list(t, nil, "./...") {
		if under(p.ImportPath, "parley/internal/tests") {
			continue
		}
		for _, imp := range p.Imports {
			for _, r := range rules {
				if under(imp, r.library) && !slices.ContainsFunc(r.homes, func(h string) bool { return under(p.ImportPath, h) }) {
					t.Errorf("%s imports %s: %s", p.ImportPath, imp, r.why)
				}
			}
		}
	}
}

// TestNobodyImportsTests keeps test helpers out of the program.
func TestNobodyImportsTests(t *testing.T) {
	for _, p := range list(t, nil, "./server", "./internal/...", "./web/...") {
		if under(p.ImportPath, "parley/internal/tests") {
			continue
		}
		for _, imp := range p.Imports {
			if under(imp, "parley/internal/tests") {
				t.Errorf("%s imports the test helper %s", p.ImportPath, imp)
			}
		}
	}
}

// TestTopLevel keeps the first thing a newcomer sees.
func TestTopLevel(t *testing.T) {
	agreed := []string{
		"server", "wasm", "web", "internal", "migrations", "go.mod", "go.sum", "Taskfile.yml", "README.md", "LICENSE",
	}
	cmd := exec.Command("git", "ls-files")
	cmd.Dir = filepath.Join("..", "..", "..")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("list the files of the repository: %v", err)
	}
	for name := range strings.Lines(string(out)) {
		top, _, _ := strings.Cut(strings.TrimSpace(name), "/")
		if !strings.HasPrefix(top, ".") && !slices.Contains(agreed, top) {
			t.Errorf("%s does not belong at the top level", top)
		}
	}
}

// TestEveryPackageSaysWhatItIs asks for a package comment.
func TestEveryPackageSaysWhatItIs(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range append(list(t, nil, "./..."), list(t, []string{"GOOS=js", "GOARCH=wasm"}, "./wasm/...")...) {
		if seen[p.ImportPath] || len(p.GoFiles) == 0 {
			continue
		}
		seen[p.ImportPath] = true
		documented := false
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			documented = documented || f.Doc != nil
		}
		if !documented {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}
