package testkit_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"parley/internal/tests/testkit"
)

// TestGoWhileAPageOpens opens an address while the page that a click asked for is
// still on its way, as somebody does who clicks on a letter's link meanwhile.
func TestGoWhileAPageOpens(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/from", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `<!doctype html><a href="/never">there</a>`)
	})
	asked := make(chan struct{}, 1)
	mux.HandleFunc("/never", func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
	})
	mux.HandleFunc("/to", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `<!doctype html><h1>arrived</h1>`)
	})
	site := httptest.NewServer(mux)
	t.Cleanup(site.Close)

	w := testkit.StartChromium(t).Window(testkit.AgentTone)
	for range 20 {
		w.Go(site.URL + "/from")
		w.Click("a")
		<-asked
		w.Go(site.URL + "/to")
		if got := w.Text("h1"); got != "arrived" {
			t.Fatalf("the window shows %q", got)
		}
	}
}
