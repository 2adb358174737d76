package rights_test

import (
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"parley/internal/domain/member"
	"parley/internal/tests/site"
)

// request is what a browser sends; the method stands in the row's pattern.
type request struct {
	path string
	form url.Values
	kind string // content type of body, "" for the form
	body string
	json bool // a script asks
}

// row is one way to use a route. Its wants are typed by hand from the product's
// description of roles: one letter for owner, admin, supervisor and member.
//
//   - done, or shown
//   - refused: 403, or 404 where even the existence is nobody's business
//     !  asked for something that only who passed the check is asked (see refusal)
type row struct {
	pattern string
	about   string // what is special about this use
	want    string
	make    func(c *company, v member.Member) request
	refusal int  // the status of "!"
	open    bool // nobody needs to be signed in
	foreign bool // the address names a thing of the workspace
}

func at(path string) func(*company, member.Member) request {
	return func(*company, member.Member) request { return request{path: path} }
}

// send sends what the row asks for.
func (rw row) send(c *site.Client, q request) site.Answer {
	method, _, _ := strings.Cut(rw.pattern, " ")
	kind, body := q.kind, q.body
	if kind == "" && method == http.MethodPost {
		kind, body = "application/x-www-form-urlencoded", q.form.Encode()
	}
	accept := "text/html"
	if q.json {
		accept = "application/json"
	}
	return c.Do(method, q.path, kind, accept, []byte(body))
}

// verdict turns an answer into a letter of the table, "?" for none.
func (rw row) verdict(a site.Answer) byte {
	switch {
	case rw.refusal != 0 && a.Status == rw.refusal:
		return '!'
	case a.Status == http.StatusForbidden, a.Status == http.StatusNotFound:
		return '-'
	case a.Status >= 200 && a.Status < 300:
		return '+'
	case a.Status == http.StatusSeeOther && !strings.HasPrefix(a.Header.Get("Location"), "/login"):
		return '+'
	}
	return '?'
}

// TestEveryCell sends one request per route, use and role, and as nobody.
func TestEveryCell(t *testing.T) {
	t.Parallel()
	r := open(t)
	c := found(r, "Acme")
	for _, rw := range table() {
		for i, v := range c.viewers() {
			q := rw.make(c, v)
			a := rw.send(r.as(v), q)
			if got := rw.verdict(a); got != rw.want[i] {
				t.Errorf("%s (%s) as %s: %d is %q, want %q: %.200s", rw.pattern, rw.about, v.Role, a.Status, got, rw.want[i], a.Text())
			}
		}
		q := rw.make(c, c.user)
		a := rw.send(r.Browser(), q)
		if signedOut(rw, a) == rw.open {
			t.Errorf("%s (%s) signed out: %d to %s", rw.pattern, rw.about, a.Status, a.Header.Get("Location"))
		}
	}
}

// signedOut says whether the answer is the one to who is not signed in.
func signedOut(rw row, a site.Answer) bool {
	if strings.HasPrefix(rw.pattern, "GET ") {
		return a.Status == http.StatusSeeOther && strings.HasPrefix(a.Header.Get("Location"), "/login")
	}
	return a.Status == http.StatusUnauthorized
}

// TestEveryRouteHasARow fails for a route that nobody wrote a row for.
func TestEveryRouteHasARow(t *testing.T) {
	t.Parallel()
	r := open(t)
	var rows []string
	for _, rw := range table() {
		rows = append(rows, rw.pattern)
	}
	for _, e := range entrances() {
		rows = append(rows, e.pattern)
	}
	for _, pattern := range served(t) {
		if !slices.Contains(rows, pattern) {
			t.Errorf("%s has no row", pattern)
		}
	}
	for _, pattern := range rows {
		if !slices.Contains(r.patterns, pattern) {
			t.Errorf("%s has a row and is not mounted", pattern)
		}
	}
}

// served is what the real server mounts: its own test keeps the list.
func served(t *testing.T) []string {
	t.Helper()
	raw, err := os.ReadFile("testdata/routes.txt")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(raw)), "\n")
}

// TestAnotherWorkspacesThingsAreNotThere asks, in the most powerful role of one
// workspace, for everything of another. What was asked in vain is then done by an
// owner of its own: the first left it alone.
func TestAnotherWorkspacesThingsAreNotThere(t *testing.T) {
	t.Parallel()
	r := open(t)
	ours, theirs := found(r, "Acme"), found(r, "Rival")
	for _, rw := range table() {
		if named := strings.Contains(rw.pattern, "{"); named != rw.foreign && !slices.Contains(notThings(), rw.pattern) {
			t.Errorf("%s: foreign is %v", rw.pattern, rw.foreign)
		}
		if !rw.foreign {
			continue
		}
		q := rw.make(theirs, theirs.owner)
		if a := rw.send(r.as(ours.owner), q); a.Status != http.StatusNotFound {
			t.Errorf("%s (%s): %d to another workspace: %.200s", rw.pattern, rw.about, a.Status, a.Text())
		}
		if a := rw.send(r.as(theirs.owner), q); rw.verdict(a) != rw.want[0] {
			t.Errorf("%s (%s): %d to its own owner afterwards: %.200s", rw.pattern, rw.about, a.Status, a.Text())
		}
	}
}

// notThings are routes whose address names nothing of a workspace.
func notThings() []string {
	return []string{
		"GET /prompts/{id}/{lang}/audio", "GET /hold-music/{id}", "GET /me/tones/{tone}", "GET /{$}", "GET /call/{number}"}
}

// entrance is a route for who is not signed in. It knows people by links, so that
// it refuses one that is none whoever opens it.
type entrance struct {
	pattern string
	path    string
	status  int
}

func entrances() []entrance {
	none := strings.Repeat("x", 43)
	return []entrance{
		{"GET /setup/{token}", "/setup/" + none, 404},
		{"POST /setup/{token}/begin", "/setup/" + none + "/begin", 404},
		{"POST /setup/{token}/finish", "/setup/" + none + "/finish", 422},
		{"GET /login", "/login", 200},
		{"POST /login/begin", "/login/begin", 200},
		{"POST /login/finish", "/login/finish", 422},
		{"GET /signin/{token}", "/signin/" + none, 404},
		{"POST /signin/{token}/begin", "/signin/" + none + "/begin", 404},
		{"POST /signin/{token}/finish", "/signin/" + none + "/finish", 422},
		{"GET /invite/{token}", "/invite/" + none, 404},
		{"POST /invite/{token}/begin", "/invite/" + none + "/begin", 404},
		{"POST /invite/{token}/finish", "/invite/" + none + "/finish", 422},
		{"POST /invite/{token}/again", "/invite/" + none + "/again", 404},
		{"GET /recover", "/recover", 200},
		{"POST /recover", "/recover", 422},
		{"GET /recover/{token}", "/recover/" + none, 404},
		{"POST /recover/{token}/begin", "/recover/" + none + "/begin", 404},
		{"POST /recover/{token}/finish", "/recover/" + none + "/finish", 422},
		{"GET /join", "/join", 200},
		{"POST /join", "/join", 422},
		{"GET /join/{token}", "/join/" + none, 404},
		{"POST /join/{token}/begin", "/join/" + none + "/begin", 422},
		{"POST /join/{token}/finish", "/join/" + none + "/finish", 422},
		{"GET /join/{token}/found", "/join/" + none + "/found", 404},
		{"POST /join/{token}/found/begin", "/join/" + none + "/found/begin", 422},
		{"POST /join/{token}/found/finish", "/join/" + none + "/found/finish", 422},
		{"POST /language", "/language", 303},
		{"POST /logout", "/logout", 303},
		{"GET /call/{number}", "/call/+33100000000", 404},
		{"GET /ws/call/{number}", "/ws/call/+33100000000", 404},
	}
}

// TestEntrances: who is signed out gets no further than a link takes him.
func TestEntrances(t *testing.T) {
	t.Parallel()
	r := open(t)
	found(r, "Acme")
	for _, e := range entrances() {
		method, _, _ := strings.Cut(e.pattern, " ")
		a := r.Browser().Do(method, e.path, "application/x-www-form-urlencoded", "text/html", nil)
		if a.Status != e.status {
			t.Errorf("%s: %d, want %d: %.200s", e.pattern, a.Status, e.status, a.Text())
		}
	}
}
