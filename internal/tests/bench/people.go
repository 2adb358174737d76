package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"parley/internal/tests/testkit"
)

// The company the scale of pages is measured with.
const (
	manyMembers = 999
	manyNumbers = 1241
	manyTeams   = 40
	pageRounds  = 60
)

// people measures the pages about people in a big company: what an admin, a
// supervisor and a member wait for. Each answer is read whole.
func people(r *run, program *testkit.Program) {
	s := testkit.Start(r, program, testkit.Options{Document: bigCompany(), Settings: map[string]string{"log-level": "info"}})
	owner, lead, user := s.SignIn(email(0)), s.SignIn(email(1)), s.SignIn(email(2))
	var lists, searches, checks []time.Duration
	for i := range warmUps + pageRounds {
		about := fmt.Sprintf("%d", i%100)
		one := []time.Duration{
			ask(r, owner, "/team"), ask(r, lead, "/team"), ask(r, user, "/team"),
			ask(r, owner, "/team?q=member+"+about),
		}
		two := []time.Duration{ask(r, owner, "/search?q=line+"+about), ask(r, user, "/search?q=member+"+about)}
		three := []time.Duration{refused(r, user), ask(r, lead, "/calls"), ask(r, user, "/calls")}
		if i >= warmUps {
			lists, searches, checks = append(lists, one...), append(searches, two...), append(checks, three...)
		}
	}
	r.late("members_page_p99_ms", lists)
	r.late("quick_search_p99_ms", searches)
	r.late("permission_check_p99_ms", checks)
}

// late notes the 99th percentile of times in milliseconds as a figure.
func (r *run) late(name string, times []time.Duration) {
	slices.Sort(times)
	at := times[len(times)*99/100]
	r.figure(name, float64(at)/float64(time.Millisecond), "ms")
	fmt.Fprintf(r.log, "         %s of %d: median %v, most %v\n", name, len(times),
		middle(times).Round(10*time.Microsecond), times[len(times)-1].Round(10*time.Microsecond))
}

func ask(r *run, c *testkit.Client, path string) time.Duration {
	began := time.Now()
	page := c.Get(path)
	took := time.Since(began)
	if page.Status != http.StatusOK {
		r.Fatalf("GET %s: %d", path, page.Status)
	}
	return took
}

// refused is how long a member waits to be told that a page is not for him.
func refused(r *run, c *testkit.Client) time.Duration {
	began := time.Now()
	page := c.Get("/team/invite")
	took := time.Since(began)
	if page.Status != http.StatusForbidden {
		r.Fatalf("a member may invite: %d", page.Status)
	}
	return took
}

// bigCompany has an owner, a supervisor who leads a team of 50, and members with
// one or two numbers each; numbers beyond those are shared by two.
func bigCompany() string {
	var doc strings.Builder
	doc.WriteString("workspace: {name: Bench, language: en, time_zone: Europe/Paris, country: FR}\nmembers:\n")
	for i := range manyMembers {
		role := "member"
		switch {
		case i == 0:
			role = "owner"
		case i == 1 || i%50 == 0:
			role = "supervisor"
		}
		fmt.Fprintf(&doc, "  - {email: %s, name: Member %d, role: %s, extension: %q}\n", email(i), i, role, fmt.Sprint(1000+i))
	}
	doc.WriteString("teams:\n")
	for t := range manyTeams {
		fmt.Fprintf(&doc, "  - {name: Team %d, leads: [%s], members: [", t, email(max(1, t*25)))
		for i := range 50 {
			doc.WriteString(email((t*25+i)%manyMembers) + ", ")
		}
		doc.WriteString("]}\n")
	}
	doc.WriteString("numbers:\n")
	for i := range manyNumbers {
		fmt.Fprintf(&doc, "  - {number: \"+3318%07d\", name: Line %d, members: [%s, %s]}\n",
			2_000_000+i, i, email(i%manyMembers), email((i+7)%manyMembers))
	}
	return doc.String()
}
