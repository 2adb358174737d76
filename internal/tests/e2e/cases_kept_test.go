package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"parley/internal/domain/agent"
	"parley/internal/domain/flow"
)

// keep has the server itself imagine the cases, by its page, and keep them with the
// flow as people do.
func (r *rehearsal) keep(all []*trial) {
	admin := r.server.SignIn(ada)
	for _, c := range all {
		sc := r.said(c)
		q := url.Values{"at": {sc.At.In(paris().Location()).Format("2006-01-02T15:04")}, "keys": {sc.Keys}, "takes": {sc.Takes}, "caller": {sc.Caller}}
		for id := range sc.Away {
			q.Add("away", id)
		}
		page := admin.Post("/numbers/"+r.known.ids[c.number]+"/flow/cases", url.Values{"name": {c.name()}, "query": {q.Encode()}})
		if page.Status != http.StatusSeeOther {
			r.t.Errorf("%s is not kept: %d %s", c, page.Status, page.Text())
			return
		}
	}
}

func (c *trial) name() string { return fmt.Sprintf("case %d", c.no) }

// said is the scenario of a case as the page can say it: who is away is offline,
// nobody declines, and of the numbers outside only those answer that the flow of the
// number called itself forwards to.
func (r *rehearsal) said(c *trial) flow.Scenario {
	sc := flow.Scenario{At: r.started.Truncate(time.Minute), Keys: c.scenario.Keys, Takes: c.scenario.Takes, Away: make(map[string]string)}
	if c.scenario.Caller != "" {
		sc.Caller = customer
	}
	if sc.Takes == c.circle.takes && !r.forwards(c) {
		sc.Takes = ""
	}
	for id := range c.scenario.Away {
		sc.Away[id] = string(agent.ReasonOffline)
	}
	return sc
}

// forwards says whether the flow of the number called forwards to the number outside
// that answers.
func (r *rehearsal) forwards(c *trial) bool {
	return !r.known.facts[c.number].Lines[r.known.ids[c.number]].Flow.Walk(func(s flow.Step) bool {
		return s.Forward == nil || s.Forward.To != c.circle.takes
	})
}

// whole says whether the page can say a case so that its steps are those of the call.
func (c *trial) whole() bool {
	standsIn := slices.ContainsFunc(c.circle.people, func(p person) bool { return p.is == offHours })
	return len(c.scenario.Declines) == 1 && // the one is a number outside
		c.story.TakenBy != c.circle.takes && (!c.circle.staffed || !standsIn)
}

// compareKept compares the steps that the server expects of the cases it keeps with
// those of the same simulation here, and with those of the calls.
func (r *rehearsal) compareKept(all []*trial) {
	rows, err := r.logs.db.QueryContext(r.t.Context(), "SELECT name, number_id, expect FROM flow_cases")
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	kept := make(map[string][]string)
	for rows.Next() {
		var name, numberID, expect string
		var steps []string
		if err := rows.Scan(&name, &numberID, &expect); err != nil {
			r.t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(expect), &steps); err != nil {
			r.t.Fatal(err)
		}
		kept[numberID+" "+name] = steps
	}
	if err := rows.Err(); err != nil {
		r.t.Fatal(err)
	}
	whole := 0
	for _, c := range all {
		id := r.known.ids[c.number]
		got := kept[id+" "+c.name()]
		if want := flow.Simulate(r.known.facts[c.number], id, r.said(c)).Steps; !slices.Equal(got, want) {
			r.t.Errorf("%s: the server expects the steps %v, want %v", c, got, want)
		}
		if !c.whole() {
			continue
		}
		whole++
		if !slices.Equal(got, c.story.Steps) {
			r.t.Errorf("%s: the server expects the steps %v, the call has taken %v", c, got, c.story.Steps)
		}
	}
	if whole < len(all)/4 {
		r.t.Errorf("the page can say only %d cases whole", whole)
	}
}
