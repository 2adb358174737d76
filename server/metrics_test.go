package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

func TestWhoReadsMetrics(t *testing.T) {
	for _, tc := range []struct {
		name, token, remote, host, header, value string
		want                                     int
	}{
		{"this machine", "", "127.0.0.1:5", "localhost:8080", "", "", http.StatusOK},
		{"this machine over IPv6", "", "[::1]:5", "[::1]", "", "", http.StatusOK},
		{"another", "", "192.0.2.1:5", "localhost:8080", "", "", http.StatusForbidden},
		{"a proxy beside us", "", "127.0.0.1:5", "localhost:8080", "X-Forwarded-For", "192.0.2.1", http.StatusForbidden},
		{"a proxy with other words for it", "", "127.0.0.1:5", "localhost:8080", "X-Real-IP", "192.0.2.1", http.StatusForbidden},
		{"a proxy without a word", "", "127.0.0.1:5", "phone.example", "", "", http.StatusForbidden},
		{"a name pointed at this machine", "", "127.0.0.1:5", "evil.example:8080", "", "", http.StatusForbidden},
		{"the token", "secret", "192.0.2.1:5", "phone.example", "Authorization", "Bearer secret", http.StatusOK},
		{"another token", "secret", "192.0.2.1:5", "phone.example", "Authorization", "Bearer other", http.StatusForbidden},
		{"this machine without the token", "secret", "127.0.0.1:5", "localhost", "", "", http.StatusForbidden},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil)
			r.RemoteAddr, r.Host = tc.remote, tc.host
			if tc.header != "" {
				r.Header.Set(tc.header, tc.value)
			}
			w := httptest.NewRecorder()
			(&metrics{registry: prometheus.NewRegistry()}).handler(tc.token).ServeHTTP(w, r)
			if w.Code != tc.want {
				t.Errorf("status %d, want %d", w.Code, tc.want)
			}
		})
	}
}
