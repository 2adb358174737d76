package calendar_test

import (
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"context"

	"parley/internal/adapters/calendar"
	"parley/internal/base/fault"
	"parley/internal/domain/hours"
	"parley/internal/domain/routing"
)

// web is a server of calendars at paths.
func web(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/office.ics", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(ics("SUMMARY:Off\nDTSTART;VALUE=DATE:20260401"))
	})
	mux.Handle("/moved", http.RedirectHandler("/office.ics", http.StatusFound))
	mux.Handle("/circle", http.RedirectHandler("/circle", http.StatusFound))
	mux.Handle("/file", http.RedirectHandler("file:///etc/passwd", http.StatusFound))
	mux.Handle("/downgraded", http.RedirectHandler("ftp://127.0.0.1/x", http.StatusFound))
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(strings.Repeat("x", 2<<20+1)))
	})
	mux.HandleFunc("/page", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) })
	server := httptest.NewTLSServer(mux)
	t.Cleanup(server.Close)
	return server
}

func fetcher(server *httptest.Server, private bool) *calendar.Fetcher {
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return calendar.NewFetcher(calendar.Options{Private: private, Roots: roots, Now: func() time.Time { return now }})
}

func TestFetch(t *testing.T) {
	server := web(t)
	f := fetcher(server, true)
	for _, address := range []string{server.URL + "/office.ics", strings.Replace(server.URL, "https", "webcal", 1) + "/moved"} {
		events, err := f.Fetch(t.Context(), address)
		if err != nil || show(events) != "Off 0401T0000-0402T0000~" {
			t.Errorf("%s: %v, %v", address, events, err)
		}
	}
	for path, key := range map[string]string{
		"/none": "error.calendar-unreachable", "/circle": "error.calendar-unreachable", "/file": "error.calendar-address",
		"/downgraded": "error.calendar-address", "/large": "error.calendar-large", "/page": "error.calendar-unreadable",
	} {
		if _, err := f.Fetch(t.Context(), server.URL+path); fault.Of(err).Key != key || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v, want %s", path, err, key)
		}
	}
	for _, address := range []string{"", "office.ics", "file:///etc/passwd", "https://", "gopher://x", "https://%zz"} {
		if _, err := f.Fetch(t.Context(), address); fault.Of(err).Key != "error.calendar-address" {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestPrivateAddressesAreRefused(t *testing.T) {
	server := web(t)
	f := fetcher(server, false)
	port := server.URL[strings.LastIndex(server.URL, ":"):]
	for _, host := range []string{
		"127.0.0.1", "localhost", "[::1]", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1",
		"[::ffff:127.0.0.1]", "[fe80::1]", "[fc00::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "2130706433",
	} {
		_, err := f.Fetch(t.Context(), "https://"+host+port+"/office.ics")
		key := fault.Of(err).Key
		if key != "error.calendar-private" && (host != "2130706433" || key != "error.calendar-unreachable") {
			t.Errorf("%s: %v", host, err)
		}
		if err != nil && strings.Contains(err.Error(), "office.ics") {
			t.Errorf("names the address, which may be a secret: %v", err)
		}
	}
	if _, err := f.Fetch(t.Context(), "http://example.com/x"); fault.Of(err).Key != "error.calendar-address" {
		t.Errorf("plain http: %v", err)
	}
}

// shelf keeps calendars in memory.
type shelf struct{ feeds map[string]routing.Feed }

func (s *shelf) AllFeeds(context.Context) ([]routing.Feed, error) {
	var out []routing.Feed
	for _, f := range s.feeds {
		out = append(out, f)
	}
	return out, nil
}

func (s *shelf) Feed(_ context.Context, _, id string) (routing.Feed, error) {
	f, ok := s.feeds[id]
	if !ok {
		return f, fault.New(fault.NotFound, "error.not-found")
	}
	return f, nil
}

func (s *shelf) SaveFeed(_ context.Context, f routing.Feed) error {
	s.feeds[f.ID] = f
	return nil
}

// source answers by address, and lets something happen meanwhile.
type source struct {
	meanwhile func()
	asked     []string
}

func (s *source) Fetch(_ context.Context, address string) ([]hours.Event, error) {
	s.asked = append(s.asked, address)
	if s.meanwhile != nil {
		s.meanwhile()
	}
	switch address {
	case "down":
		return nil, fault.New(fault.Invalid, "error.calendar-unreadable")
	case "broken":
		return nil, errors.New("boom")
	}
	return []hours.Event{{Name: "Off", From: now, To: now.Add(time.Hour)}}, nil
}

func TestRefresh(t *testing.T) {
	old := now.Add(-2 * time.Hour)
	feeds := &shelf{map[string]routing.Feed{
		"ok":     {ID: "ok", WorkspaceID: "w", URL: "up", FetchedAt: old, Failed: "error.calendar-large"},
		"down":   {ID: "down", WorkspaceID: "w", URL: "down", FetchedAt: old, Events: []byte("[]")},
		"broken": {ID: "broken", WorkspaceID: "w", URL: "broken", FetchedAt: old},
		"fresh":  {ID: "fresh", WorkspaceID: "w", URL: "fresh", FetchedAt: now.Add(-30 * time.Minute)},
	}}
	var changed int
	src := &source{}
	r := calendar.Refresher{
		Feeds: feeds, Source: src, Changed: func(string) { changed++ },
		Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
	}
	if err := r.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	ok, down := feeds.feeds["ok"], feeds.feeds["down"]
	if ok.Failed != "" || !ok.FetchedAt.Equal(now) || !strings.Contains(string(ok.Events), "Off") {
		t.Errorf("fetched: %+v", ok)
	}
	if down.Failed != "error.calendar-unreadable" || string(down.Events) != "[]" || !down.FetchedAt.Equal(old) {
		t.Errorf("failed: %+v", down)
	}
	if feeds.feeds["broken"].Failed != "error.calendar-unreachable" || len(src.asked) != 3 || changed != 3 {
		t.Errorf("%+v; asked %v, told %d times", feeds.feeds["broken"], src.asked, changed)
	}
}

func TestRefreshDoesNotBringBackWhatWasDeletedMeanwhile(t *testing.T) {
	feeds := &shelf{map[string]routing.Feed{"a": {ID: "a", URL: "up"}, "b": {ID: "b", URL: "up"}}}
	src := &source{meanwhile: func() {
		delete(feeds.feeds, "a")
		feeds.feeds["b"] = routing.Feed{ID: "b", URL: "elsewhere"}
	}}
	r := calendar.Refresher{
		Feeds: feeds, Source: src, Changed: func(string) { t.Error("told") },
		Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
	}
	if err := r.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, back := feeds.feeds["a"]; back || feeds.feeds["b"].Events != nil {
		t.Errorf("%+v", feeds.feeds)
	}
}
