package locale_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"parley/web/locale"
)

func TestDetect(t *testing.T) {
	for _, tc := range []struct{ cookie, header, want string }{
		{"", "", "en"},
		{"", "fr-CA,fr;q=0.9,en;q=0.8", "fr"},
		{"", "de, en;q=0.5, fr;q=0.7", "fr"},
		{"", "fr;q=0, en;q=0.1", "en"},
		{"", "fr;q=junk", "en"},
		{"en", "fr", "en"},
		{"tlh", "fr", "fr"},
		{"", strings.Repeat("xx,", 40) + "fr", "en"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept-Language", tc.header)
		if tc.cookie != "" {
			r.AddCookie(&http.Cookie{Name: locale.Cookie, Value: tc.cookie})
		}
		if got := locale.Detect(r); got != tc.want {
			t.Errorf("cookie %q, header %.20q: %q, want %q", tc.cookie, tc.header, got, tc.want)
		}
	}
}

func TestSwitchKeepsTheLanguageAndTheSite(t *testing.T) {
	for back, want := range map[string]string{
		"/calls?tag=1": "/calls?tag=1", "": "/", "//evil.example": "/", "https://evil.example": "/", "/\\evil.example": "/",
		"/\t/evil.example": "/", "/\n/evil.example": "/",
	} {
		form := url.Values{"lang": {"fr"}, "back": {back}}
		r := httptest.NewRequest(http.MethodPost, locale.SwitchPath, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		locale.Switch(w, r)
		if got := w.Header().Get("Location"); got != want {
			t.Errorf("back to %q goes to %q, want %q", back, got, want)
		}
		if c := w.Result().Cookies(); len(c) != 1 || c[0].Value != "fr" || !c[0].HttpOnly {
			t.Errorf("cookies = %v", c)
		}
	}
}
