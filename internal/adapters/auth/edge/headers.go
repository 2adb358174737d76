package edge

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// Headers sets what a browser may do with our answers: a content security
// policy without inline code, no framing, no sniffing, the microphone for our
// own pages alone, and strict transport where public is https.
func Headers(public *url.URL, next http.Handler) http.Handler {
	csp := policy(public)
	secure := public.Scheme == "https"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", csp)
		h.Set("X-Content-Type-Options", "nosniff")
		// Links carry one-time tokens in their path: tell nobody outside.
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "microphone=(self), camera=(), geolocation=(), payment=(), usb=()")
		if secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// policy is the Content-Security-Policy. blob: is there for oto's audio
// worklet, 'wasm-unsafe-eval' for the browser program.
func policy(public *url.URL) string {
	socket := "ws://" + public.Host
	if public.Scheme == "https" {
		socket = "wss://" + public.Host
	}
	return strings.Join([]string{
		"default-src 'self'",
		"script-src 'self' 'wasm-unsafe-eval' blob:",
		"style-src 'self'",
		"img-src 'self' data:",
		"media-src 'self' blob:",
		"connect-src 'self' " + socket,
		"worker-src 'self' blob:",
		"object-src 'none'",
		"frame-ancestors 'none'",
		"base-uri 'none'",
		"form-action 'self'",
	}, "; ")
}

// SameSite refuses unsafe requests that another site made a browser send, by
// Sec-Fetch-Site and Origin. refused writes the answer, status 403. A websocket
// upgrade is a GET and is not covered: its handler checks Origin itself.
func SameSite(public *url.URL, refused, next http.Handler) (http.Handler, error) {
	p := http.NewCrossOriginProtection()
	if err := p.AddTrustedOrigin(public.Scheme + "://" + public.Host); err != nil {
		return nil, fmt.Errorf("trust our own origin: %w", err)
	}
	p.SetDenyHandler(refused)
	return p.Handler(next), nil
}

// Canonical sends a browser that typed a loopback address to localhost, where
// passkeys work: they are bound to a name and never to an address.
func Canonical(public *url.URL, next http.Handler) http.Handler {
	if public.Hostname() != "localhost" {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, err := netip.ParseAddrPort(r.Host)
		if err != nil || !host.Addr().IsLoopback() || r.Method != http.MethodGet || r.Header.Get("Upgrade") != "" {
			next.ServeHTTP(w, r)
			return
		}
		to := url.URL{Scheme: public.Scheme, Host: public.Host, Path: r.URL.Path, RawQuery: r.URL.RawQuery}
		http.Redirect(w, r, to.String(), http.StatusTemporaryRedirect)
	})
}

// Prompt gives the body of each request limit to arrive; after that it cannot be
// read any more and the connection ends. The server's own ReadTimeout would end
// the context of a request that is long in being answered, too.
func Prompt(limit time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(limit)) // only a test's writer cannot
		}
		next.ServeHTTP(w, r)
	})
}
