package search_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"parley/internal/base/id"
	"parley/internal/domain/agent"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/shared/protocol"
	"parley/internal/tests/desk"
	"parley/internal/tests/office"
	"parley/web/search"
)

type states map[string]protocol.LiveState

func (s states) Status(memberID string) agent.Status { return agent.Status{State: s[memberID]} }

// company has three numbers: Support, which Max has, Sales, which Lou supervises,
// and Press, which Oda runs.
type company struct {
	*desk.Desk

	Lou, Oda member.Member
}

func newCompany(t *testing.T) *company {
	t.Helper()
	c := &company{Desk: desk.New(t)}
	c.Lou = office.Hire(t, c.DB, c.Workspace, "Lou Lead", member.Supervisor)
	c.Oda = office.Hire(t, c.DB, c.Workspace, "Oda Owner of a number", member.User)
	for i, name := range []string{"Support", "Sales", "Press"} {
		n := number.Number{
			ID: id.New(), WorkspaceID: c.Workspace.ID, E164: fmt.Sprintf("+3313928190%d", i), Name: name, Country: "FR", Language: "en", CreatedAt: time.Now().UTC(),
		}
		if name == "Press" {
			n.OwnerID = c.Oda.ID
		}
		if err := c.DB.SaveNumber(t.Context(), n); err != nil {
			t.Fatal(err)
		}
		var err error
		switch name {
		case "Support":
			err = c.DB.Assign(t.Context(), c.Workspace.ID, n.ID, office.Shared(c.Member.ID))
		case "Sales":
			err = c.DB.SetSupervisors(t.Context(), c.Workspace.ID, n.ID, []string{c.Lou.ID})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	search.New(search.Needs{
		Pages: c.Pages, Gate: c.Gate, Directory: c.DB, Access: c.DB, States: states{c.Lou.ID: protocol.LiveRinging},
	}).Routes(c.Mux)
	return c
}

func (c *company) search(t *testing.T, m member.Member, query string) search.Answer {
	t.Helper()
	got := c.Get(t, m, "/search?q="+url.QueryEscape(query))
	var a search.Answer
	if err := json.Unmarshal([]byte(got.Body), &a); err != nil || got.Status != http.StatusOK || a.Members == nil || a.Numbers == nil {
		t.Fatalf("search %q: %d %s %v", query, got.Status, got.Body, err)
	}
	return a
}

func titles(found []search.Found) string {
	out := ""
	for _, f := range found {
		out += f.Title + ";"
	}
	return out
}

func TestNumbersAreThoseTheReaderSees(t *testing.T) {
	c := newCompany(t)
	for name, tc := range map[string]struct {
		who  member.Member
		want string
		href string
	}{
		"owner":                {c.Owner, "Press;Sales;Support;", "/numbers/"},
		"who has one":          {c.Member, "Support;", "/calls?number="},
		"who supervises one":   {c.Lou, "Sales;", "/calls?number="},
		"who runs one":         {c.Oda, "Press;", "/numbers/"},
		"who has none":         {office.Hire(t, c.DB, c.Workspace, "New", member.User), "", ""},
		"of another workspace": {stranger(t, c), "", ""},
	} {
		got := c.search(t, tc.who, "01 39 28 19")
		if titles(got.Numbers) != tc.want {
			t.Errorf("%s finds %q, want %q", name, titles(got.Numbers), tc.want)
		}
		if tc.href != "" && (len(got.Numbers) == 0 || got.Numbers[0].Href[:len(tc.href)] != tc.href) {
			t.Errorf("%s is led to %+v", name, got.Numbers)
		}
	}
}

func stranger(t *testing.T, c *company) member.Member {
	t.Helper()
	_, boss := office.Found(t, c.DB, "Other")
	return boss
}

func TestMembersAreFoundByEverybodyOfTheCompany(t *testing.T) {
	c := newCompany(t)
	got := c.search(t, c.Member, "LOU")
	if len(got.Members) != 1 || got.Members[0] != (search.Found{Title: "Lou Lead", Detail: "Supervisor", State: "ringing", Href: "/team/" + c.Lou.ID}) {
		t.Errorf("found %+v", got.Members)
	}
	if got := c.search(t, stranger(t, c), "lou"); len(got.Members) != 0 {
		t.Errorf("another company finds %+v", got.Members)
	}
	for i := range 20 {
		office.Hire(t, c.DB, c.Workspace, fmt.Sprintf("Extra %d", i), member.User)
	}
	if got := c.search(t, c.Owner, "extra"); len(got.Members) != 8 {
		t.Errorf("%d at once", len(got.Members))
	}
}

func TestOddQueriesFindNothing(t *testing.T) {
	c := newCompany(t)
	for _, query := range []string{"", "   ", "%", "_", "\x00", string(make([]byte, 5000)), "🦜", "' OR 1=1 --"} {
		if got := c.search(t, c.Owner, query); len(got.Members)+len(got.Numbers) != 0 {
			t.Errorf("%q finds %+v", query, got)
		}
	}
	rec := httptest.NewRecorder()
	c.Mux.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/search?q=lou", nil))
	if rec.Code != http.StatusSeeOther {
		t.Errorf("a stranger: %d", rec.Code)
	}
}
