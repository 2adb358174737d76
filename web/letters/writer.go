package letters

import (
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"parley/web/locale"
)

// The longest values that are shown, in characters: what is longer is cut. Nothing
// that people named can keep a letter from being written, least of all one about
// the safety of an account.
const (
	maxName    = 80
	maxValue   = 254
	maxLink    = 2000
	maxSubject = 200
)

// writer takes the arguments of one letter and notes which are wrong.
type writer struct {
	c     *locale.Catalogue
	args  map[string]string
	to    string
	wrong []string
}

// need returns an argument that must be there, fit for one line.
func (w *writer) need(name string) string {
	value := w.maybe(name)
	if value == "" {
		w.lacks(name)
	}
	return value
}

// maybe returns an argument fit for one line, "" without.
func (w *writer) maybe(name string) string {
	limit := maxName
	if name == "email" || name == "domain" {
		limit = maxValue
	}
	return clean(w.args[name], limit)
}

// link returns the address a letter leads to.
func (w *writer) link() string {
	raw := w.args["link"]
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || len(raw) > maxLink ||
		strings.ContainsFunc(raw, func(r rune) bool { return unicode.IsSpace(r) || unicode.In(r, unicode.C) }) {
		w.lacks("link")
		return ""
	}
	return raw
}

// when returns a moment as the reader says it, with its time zone.
func (w *writer) when(name string) string {
	t, err := time.Parse(time.RFC3339, w.args[name])
	if err != nil {
		w.lacks(name)
		return ""
	}
	return w.c.T("letters.when", "date", w.c.Date(t), "time", w.c.Clock(t), "zone", t.In(w.c.Zone()).Format("MST"))
}

func (w *writer) lacks(name string) {
	if !slices.Contains(w.wrong, name) {
		w.wrong = append(w.wrong, name)
	}
}

// hello greets the reader, by name where it is known.
func (w *writer) hello() string {
	if name := w.maybe("name"); name != "" {
		return w.c.T("letters.hello-name", "name", name)
	}
	return w.c.T("letters.hello")
}

// once says for whom and for how long the link is good.
func (w *writer) once() string {
	email := clean(w.to, maxValue)
	if w.args["expires"] == "" {
		return w.c.T("letters.once", "email", email)
	}
	return w.c.T("letters.once-until", "email", email, "until", w.when("expires"))
}

// clean makes one line of s that hides nothing from its reader: no control or
// formatting characters, at most limit characters.
func clean(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == '\u200d': // emoji sequences hold it
			return r
		case unicode.In(r, unicode.C), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return cut(strings.Join(strings.Fields(s), " "), limit)
}

func cut(s string, limit int) string {
	if r := []rune(s); len(r) > limit {
		return strings.TrimSpace(string(r[:limit-1])) + "…"
	}
	return s
}

// zone is the time zone of a name, UTC where it is none.
func zone(name string) *time.Location {
	if name == "Local" { // would be the server's
		return time.UTC
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return loc
}
