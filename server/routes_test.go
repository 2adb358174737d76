package main

import (
	"flag"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
)

// routesFile lists what the server mounts; the proof of the rights matrix
// (internal/tests/rights) asks for a row for each line.
const routesFile = "../internal/tests/rights/testdata/routes.txt"

var update = flag.Bool("update", false, "write the list of routes anew")

// listing notes the patterns that are mounted.
type listing struct{ patterns []string }

// Handle implements page.Mux.
func (l *listing) Handle(pattern string, _ http.Handler) { l.patterns = append(l.patterns, pattern) }

func TestEveryRouteIsListedForTheProofOfRights(t *testing.T) {
	p := wired(t)
	var l listing
	p.mount(&l)
	slices.Sort(l.patterns)
	got := strings.Join(l.patterns, "\n") + "\n"
	if *update {
		if err := os.WriteFile(routesFile, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(routesFile)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the server mounts\n%s\nand %s lists\n%s\nrun this test with -update, and give the route its row there", got, routesFile, want)
	}
}
