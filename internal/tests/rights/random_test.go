package rights_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/team"
	"parley/internal/tests/office"
)

// TestMain asks few random organisations many questions each: to make one takes
// longer than to ask it.
func TestMain(m *testing.M) {
	flag.Parse()
	given := map[string]bool{}
	flag.Visit(func(f *flag.Flag) { given[f.Name] = true })
	for name, value := range map[string]string{"rapid.checks": "6", "rapid.shrinktime": "10s", "rapid.nofailfile": "true"} {
		if given[name] {
			continue
		}
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// organisation is what the evaluator knows of a company: names of things only, no
// values of the code under test.
type organisation struct {
	seeTeam bool
	roles   map[string]string            // by member
	leads   map[string][]string          // teams by member
	in      map[string][]string          // teams by member, those he leads too
	levels  map[string]map[string]string // by number and member
	owner   map[string]string            // by number
	watches map[string][]string          // members by number
	calls   map[string][2]string         // member, or "", and number by call
}

// The evaluator. It follows the words of the matrix: "all; own teams and supervised
// numbers; own, and numbers with access; team's if the workspace allows".

func (o organisation) manages(viewer string) bool {
	return o.roles[viewer] == "owner" || o.roles[viewer] == "admin"
}

// leadsHim says whether the viewer is a supervisor who leads a team of his.
func (o organisation) leadsHim(viewer, him string) bool {
	return o.roles[viewer] == "supervisor" && slices.ContainsFunc(o.in[him], func(t string) bool { return slices.Contains(o.leads[viewer], t) })
}

func (o organisation) seesCall(viewer, callID string) bool {
	by, on := o.calls[callID][0], o.calls[callID][1]
	switch {
	case o.manages(viewer), by == viewer, o.levels[on][viewer] != "":
		return true
	case o.roles[viewer] == "supervisor" && slices.Contains(o.watches[on], viewer), by != "" && o.leadsHim(viewer, by):
		return true
	}
	return o.seeTeam && by != "" && slices.ContainsFunc(o.in[by], func(t string) bool { return slices.Contains(o.in[viewer], t) })
}

func (o organisation) setsStateOf(viewer, him string) bool {
	return o.manages(viewer) || o.leadsHim(viewer, him)
}

func (o organisation) runs(viewer, numberID string) bool {
	return o.manages(viewer) || o.owner[numberID] == viewer
}

func (o organisation) knows(viewer, numberID string) bool {
	return o.runs(viewer, numberID) || o.levels[numberID][viewer] != "" ||
		o.roles[viewer] == "supervisor" && slices.Contains(o.watches[numberID], viewer)
}

// draw makes a random company and what the evaluator knows of it.
func draw(t *rapid.T, r *rig) (*company, organisation) {
	c := &company{rig: r}
	c.ws, c.owner = office.Found(r.t, r.Store, "Random")
	o := organisation{
		seeTeam: rapid.Bool().Draw(t, "members see the calls of their teams"), roles: map[string]string{c.owner.ID: "owner"},
		leads: map[string][]string{}, in: map[string][]string{}, levels: map[string]map[string]string{},
		owner: map[string]string{}, watches: map[string][]string{}, calls: map[string][2]string{},
	}
	c.setSwitches(rapid.Bool().Draw(t, "members invite"), o.seeTeam)
	people := []member.Member{c.owner}
	roles := []string{"admin", "supervisor", "supervisor", "member", "member"}
	for i := range rapid.IntRange(3, 6).Draw(t, "people") {
		role := rapid.SampledFrom(roles).Draw(t, "role")
		m := office.Hire(r.t, r.Store, c.ws, fmt.Sprint("Person ", i), member.Role(role))
		o.roles[m.ID] = role
		people = append(people, m)
	}
	c.drawTeams(t, &o, people)
	numbers := c.drawNumbers(t, &o, people)
	for range rapid.IntRange(6, 14).Draw(t, "calls") {
		var by member.Member // nobody
		if rapid.IntRange(0, 3).Draw(t, "answered") > 0 {
			by = one(t, "by", people)
		}
		on := one(t, "on", numbers)
		o.calls[c.called(by, on).ID] = [2]string{by.ID, on.ID}
	}
	return c, o
}

// one is one of all, drawn by its place: a whole member says too much in a report.
func one[V any](t *rapid.T, label string, all []V) V {
	return all[rapid.IntRange(0, len(all)-1).Draw(t, label)]
}

func (c *company) drawTeams(t *rapid.T, o *organisation, people []member.Member) {
	for range rapid.IntRange(0, 3).Draw(t, "teams") {
		var all []team.Membership
		for _, m := range people {
			if rapid.IntRange(0, 2).Draw(t, "in the team") == 0 {
				continue
			}
			all = append(all, team.Membership{MemberID: m.ID, Lead: rapid.Bool().Draw(t, "leads it")})
		}
		made := c.newTeam(all...)
		for _, ship := range all {
			o.in[ship.MemberID] = append(o.in[ship.MemberID], made.ID)
			if ship.Lead {
				o.leads[ship.MemberID] = append(o.leads[ship.MemberID], made.ID)
			}
		}
	}
}

func (c *company) drawNumbers(t *rapid.T, o *organisation, people []member.Member) []number.Number {
	var numbers []number.Number
	levels := []string{"", "", "shared", "read-only", "outbound-only"}
	for range rapid.IntRange(1, 5).Draw(t, "numbers") {
		var n number.Number
		if rapid.Bool().Draw(t, "has an owner") {
			n = c.numberOf(one(t, "owner", people))
			o.owner[n.ID] = n.OwnerID
		} else {
			n = c.newNumber()
		}
		numbers = append(numbers, n)
		o.levels[n.ID] = map[string]string{}
		if rapid.IntRange(0, 3).Draw(t, "exclusive") == 0 {
			o.levels[n.ID][one(t, "its only member", people).ID] = "exclusive"
		} else {
			for _, m := range people {
				if level := rapid.SampledFrom(levels).Draw(t, "level"); level != "" {
					o.levels[n.ID][m.ID] = level
				}
			}
		}
		var all []number.Assignment
		for id, level := range o.levels[n.ID] {
			all = append(all, number.Assignment{NumberID: n.ID, MemberID: id, Level: number.Level(level)})
		}
		c.must(c.Store.Assign(c.t.Context(), c.ws.ID, n.ID, all))
		for _, m := range people {
			if rapid.IntRange(0, 3).Draw(t, "supervises") == 0 {
				o.watches[n.ID] = append(o.watches[n.ID], m.ID)
			}
		}
		c.must(c.Store.SetSupervisors(c.t.Context(), c.ws.ID, n.ID, o.watches[n.ID]))
	}
	return numbers
}

// TestRandomOrganisations compares the server's answers with the evaluator's.
func TestRandomOrganisations(t *testing.T) {
	t.Parallel()
	r := open(t)
	rapid.Check(t, func(rt *rapid.T) {
		c, o := draw(rt, r)
		people, err := r.Store.Members(t.Context(), c.ws.ID)
		if err != nil {
			rt.Fatal(err)
		}
		numbers, err := r.Store.Numbers(t.Context(), c.ws.ID)
		if err != nil {
			rt.Fatal(err)
		}
		for _, v := range people {
			who := string(v.Role) + " " + v.Name
			c.askCalls(rt, o, v, who)
			for _, n := range numbers {
				same(rt, who+" opens "+n.Name, c.may(v, http.MethodGet, "/numbers/"+n.ID, nil), o.runs(v.ID, n.ID))
				same(rt, who+" opens who has "+n.Name, c.may(v, http.MethodGet, "/numbers/"+n.ID+"/access", nil), o.runs(v.ID, n.ID))
			}
			for _, m := range people {
				if m.ID == v.ID {
					continue // the own hours have a page of their own
				}
				same(rt, who+" opens the hours of "+m.Name, c.may(v, http.MethodGet, "/team/"+m.ID+"/hours", nil), o.setsStateOf(v.ID, m.ID))
				same(rt, who+" sets the state of "+m.Name,
					c.may(v, http.MethodPost, "/team/"+m.ID+"/availability", url.Values{"setting": {"auto"}}), o.setsStateOf(v.ID, m.ID))
			}
			c.askSearch(rt, o, v, who, numbers)
		}
	})
}

// askCalls compares the list, each call's page and the list of one number.
func (c *company) askCalls(t *rapid.T, o organisation, v member.Member, who string) {
	var want []string
	for _, id := range keys(o.calls) {
		if o.seesCall(v.ID, id) {
			want = append(want, id)
		}
		same(t, fmt.Sprintf("%s opens the call %v", who, o.calls[id]), c.may(v, http.MethodGet, "/calls/"+id, nil), o.seesCall(v.ID, id))
	}
	if got := c.listed(t, v, "/calls"); !slices.Equal(got, want) {
		t.Fatalf("%s is shown the calls %v, want %v of %v", who, got, want, o)
	}
	for numberID := range o.levels {
		got := c.listed(t, v, "/calls?number="+numberID)
		for _, id := range got {
			if !o.seesCall(v.ID, id) {
				t.Fatalf("%s finds the call %v by its number", who, o.calls[id])
			}
		}
	}
}

// listed are the calls on a list and on the pages behind it, sorted.
func (c *company) listed(t *rapid.T, v member.Member, path string) []string {
	var out []string
	ids := regexp.MustCompile(`href="/calls/([0-9a-f-]{36})"`)
	older := regexp.MustCompile(`href="(/calls\?[^"]*before=[^"]*)"`)
	for path != "" {
		a := c.as(v).Get(path)
		if a.Status != http.StatusOK {
			t.Fatalf("%s: %d", path, a.Status)
		}
		for _, m := range ids.FindAllStringSubmatch(a.Body, -1) {
			out = append(out, m[1])
		}
		next := older.FindStringSubmatch(a.Body)
		if path = ""; next != nil {
			path = strings.ReplaceAll(next[1], "&amp;", "&")
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// askSearch compares which numbers the quick search finds.
func (c *company) askSearch(t *rapid.T, o organisation, v member.Member, who string, numbers []number.Number) {
	a := c.as(v).Get("/search?q=Line")
	for _, n := range numbers {
		same(t, who+" finds "+n.Name, strings.Contains(a.Body, n.E164) || strings.Contains(a.Body, `"`+n.Name+`"`), o.knows(v.ID, n.ID))
	}
	if !json.Valid([]byte(a.Body)) {
		t.Fatalf("search: %d %.200s", a.Status, a.Body)
	}
}

// may says whether the server does what v asks for; anything but yes and no fails.
func (c *company) may(v member.Member, method, path string, form url.Values) bool {
	c.t.Helper()
	a := c.as(v).Do(method, path, "application/x-www-form-urlencoded", "text/html", []byte(form.Encode()))
	switch a.Status {
	case http.StatusOK, http.StatusSeeOther:
		return true
	case http.StatusForbidden, http.StatusNotFound:
		return false
	}
	c.t.Fatalf("%s %s as %s: %d %.300s", method, path, v.Role, a.Status, a.Text())
	return false
}

func same(t *rapid.T, what string, got, want bool) {
	if got != want {
		t.Fatalf("%s: the server says %v, the matrix %v", what, got, want)
	}
}

func keys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
