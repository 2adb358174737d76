package page

import (
	"net/http"
	"net/url"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
)

// ConfirmPath is the page on which a member shows a passkey again.
const ConfirmPath = "/confirm"

// confirmAt is where a script sends its reader to show a passkey, and from there
// back to the page it runs on; "" where something else is wrong.
func confirmAt(r *http.Request, err error) string {
	if fault.Of(err).Key != "error.confirm-needed" {
		return ""
	}
	return ConfirmPath + "?next=" + url.QueryEscape(Referrer(r))
}

// Referrer is the page of this site that the request was made on, "/" where it is
// unknown.
func Referrer(r *http.Request) string {
	u, err := url.Parse(r.Referer())
	if err != nil || u.Host != r.Host {
		return "/"
	}
	return auth.LocalPath(u.RequestURI())
}
