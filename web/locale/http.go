package locale

import (
	"net/http"
	"strconv"
	"strings"
)

// Cookie keeps the language somebody picked before signing in.
const Cookie = "parley_lang"

// Detect picks the language of a request: the cookie, then Accept-Language,
// then the fallback.
func Detect(r *http.Request) string {
	if c, err := r.Cookie(Cookie); err == nil && known(c.Value) {
		return c.Value
	}
	return accepted(r.Header.Get("Accept-Language"))
}

// accepted reads Accept-Language (RFC 9110, 12.5.4): highest weight first, and
// only the primary subtag counts.
func accepted(header string) string {
	best, weight := Languages()[0], 0.0
	for i, part := range strings.Split(header, ",") {
		if i == 16 { // nobody honest speaks more
			break
		}
		tag, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		lang, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		q := 1.0
		if v, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			parsed, err := strconv.ParseFloat(v, 64)
			if err != nil {
				continue
			}
			q = parsed
		}
		if known(lang) && q > weight {
			best, weight = lang, q
		}
	}
	return best
}

func known(lang string) bool {
	for _, l := range Languages() {
		if l == lang {
			return true
		}
	}
	return false
}

// Middleware puts the detected catalogue in the request's context. Code that
// knows the member replaces it with the member's language, zone and country.
func (b *Bundle) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(With(r.Context(), b.For(Detect(r)))))
	})
}

// SwitchPath is where the language switch of every page posts to.
const SwitchPath = "/language"

// Switch keeps the posted "lang" in a cookie and returns to the posted "back",
// which must be a path of this site.
func Switch(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	if lang := r.PostFormValue("lang"); known(lang) {
		http.SetCookie(w, &http.Cookie{
			Name: Cookie, Value: lang, Path: "/", MaxAge: 365 * 24 * 3600,
			HttpOnly: true, SameSite: http.SameSiteLaxMode,
			Secure: r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https",
		})
	}
	back := r.PostFormValue("back")
	// Browsers drop tabs and line ends: behind one, "/" and "/" make another host.
	if !strings.HasPrefix(back, "/") || strings.HasPrefix(back, "//") || strings.ContainsAny(back, "\\\r\n\t") {
		back = "/"
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
}
