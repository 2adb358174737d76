package page

import (
	"net/http"

	"parley/web/locale"
)

// Speaking returns the request in a language that the page has a reason for, such
// as that of an invitation, unless its reader picked one.
func (p *Pages) Speaking(r *http.Request, lang string) *http.Request {
	if _, err := r.Cookie(locale.Cookie); err == nil || lang == "" {
		return r
	}
	return r.WithContext(locale.With(r.Context(), p.bundle.For(lang)))
}
