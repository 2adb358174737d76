package edge_test

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/adapters/auth/edge"
)

func TestClientAddress(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, tc := range []struct{ name, remote, forwarded, want string }{
		{"direct", "203.0.113.5:1234", "", "203.0.113.5"},
		{"a stranger's header is not believed", "203.0.113.5:1234", "198.51.100.1", "203.0.113.5"},
		{"behind a proxy", "10.0.0.1:1234", "198.51.100.1", "198.51.100.1"},
		{"what the client wrote stands left", "10.0.0.1:1234", "6.6.6.6, 198.51.100.1", "198.51.100.1"},
		{"behind two proxies", "10.0.0.1:1234", "6.6.6.6, 198.51.100.1, 10.0.0.2", "198.51.100.1"},
		{"a hop that is no address", "10.0.0.1:1234", "198.51.100.1, unknown", "10.0.0.1"},
		{"only proxies", "10.0.0.1:1234", "10.0.0.2", "10.0.0.2"},
		{"proxy without header", "10.0.0.1:1234", "", "10.0.0.1"},
		{"IPv6", "[fd00::1]:1234", "2001:db8::7", "2001:db8::7"},
		{"IPv4 in IPv6", "[::ffff:10.0.0.1]:1", "198.51.100.1", "198.51.100.1"},
		{"with port", "10.0.0.1:1", "198.51.100.1:5555", "198.51.100.1"},
		{"no end of hops", "10.0.0.1:1", "198.51.100.1" + strings.Repeat(", 10.0.0.2", 5000), "10.0.0.2"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.RemoteAddr = tc.remote
		if tc.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tc.forwarded)
		}
		if got := edge.NewClients(proxies).Address(r); got.String() != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

func TestLimiter(t *testing.T) {
	now := time.Unix(0, 0)
	l := edge.NewLimiter(time.Minute, 2, 10, func() time.Time { return now })
	a, b := netip.MustParseAddr("203.0.113.1"), netip.MustParseAddr("203.0.113.2")
	if !l.Allow(a) || !l.Allow(a) || l.Allow(a) {
		t.Error("the burst is not two")
	}
	if !l.Allow(b) {
		t.Error("one address pays for another")
	}
	now = now.Add(time.Minute)
	if !l.Allow(a) || l.Allow(a) {
		t.Error("a minute is not worth one attempt")
	}
}

func TestLimiterTakesAnIPv6NetworkAsOne(t *testing.T) {
	l := edge.NewLimiter(time.Hour, 1, 10, nil)
	if !l.Allow(netip.MustParseAddr("2001:db8:1:2::1")) || l.Allow(netip.MustParseAddr("2001:db8:1:2:ffff::9")) {
		t.Error("hopping inside a /64 helps")
	}
	if !l.Allow(netip.MustParseAddr("2001:db8:1:3::1")) {
		t.Error("the next network pays too")
	}
}

func TestLimiterIsBounded(t *testing.T) {
	l := edge.NewLimiter(time.Hour, 1, 100, nil)
	busy := netip.MustParseAddr("192.0.2.1")
	l.Allow(busy)
	var run sync.WaitGroup
	for part := range 4 {
		run.Go(func() {
			for i := range 2000 {
				var ip [4]byte
				binary.BigEndian.PutUint32(ip[:], uint32(0x0a000000+part*10000+i))
				l.Allow(netip.AddrFrom4(ip))
				if i%10 == 0 && l.Allow(busy) {
					t.Error("an address in use was forgotten")
				}
			}
		})
	}
	run.Wait()
	if l.Len() != 100 {
		t.Errorf("%d addresses remembered", l.Len())
	}
}

func TestHeadersOverHTTPS(t *testing.T) {
	public := &url.URL{Scheme: "https", Host: "phone.example"}
	w := httptest.NewRecorder()
	edge.Headers(public, http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	h := w.Result().Header
	if !strings.Contains(h.Get("Content-Security-Policy"), "connect-src 'self' wss://phone.example;") {
		t.Errorf("policy %q", h.Get("Content-Security-Policy"))
	}
	if h.Get("Strict-Transport-Security") == "" || !strings.Contains(h.Get("Permissions-Policy"), "microphone=(self)") {
		t.Errorf("headers %v", h)
	}
}

func TestCanonical(t *testing.T) {
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	for _, tc := range []struct {
		public, host, method, want string
	}{
		{"http://localhost:8080", "127.0.0.1:8080", http.MethodGet, "http://localhost:8080/setup/x?a=b"},
		{"http://localhost:8080", "[::1]:8080", http.MethodGet, "http://localhost:8080/setup/x?a=b"},
		{"http://localhost:8080", "127.0.0.1:8080", http.MethodPost, ""},
		{"http://localhost:8080", "localhost:8080", http.MethodGet, ""},
		{"http://localhost:8080", "192.0.2.1:8080", http.MethodGet, ""},
		{"https://phone.example", "127.0.0.1:8080", http.MethodGet, ""},
	} {
		public, err := url.Parse(tc.public)
		if err != nil {
			t.Fatal(err)
		}
		w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), tc.method, "/setup/x?a=b", nil)
		r.Host = tc.host
		edge.Canonical(public, ok).ServeHTTP(w, r)
		if got := w.Result().Header.Get("Location"); got != tc.want {
			t.Errorf("%s %s at %s: sent to %q, want %q", tc.method, tc.host, tc.public, got, tc.want)
		}
	}
}

func TestSameSiteNeedsAnOrigin(t *testing.T) {
	if _, err := edge.SameSite(&url.URL{}, http.NotFoundHandler(), http.NotFoundHandler()); err == nil {
		t.Error("an empty public URL is taken")
	}
}

// A client that sends no more of a body than it must would hold a connection, and
// whoever waits for the body, for as long as it likes.
func TestPromptEndsABodyThatDoesNotCome(t *testing.T) {
	read := make(chan error, 1)
	h := edge.Prompt(50*time.Millisecond, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		read <- err
	}))
	server := httptest.NewServer(h)
	defer server.Close()
	var dialer net.Dialer
	conn, err := dialer.DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nlang"); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, conn); err != nil {
		t.Errorf("the connection is kept: %v", err)
	}
	if err := <-read; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the body ended with %v", err)
	}
}
