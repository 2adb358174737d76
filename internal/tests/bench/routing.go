package main

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/adapters/store"
	"parley/internal/base/id"
	"parley/internal/domain/agent"
	"parley/internal/domain/flow"
	"parley/internal/domain/member"
	lines "parley/internal/domain/number"
	"parley/internal/domain/queue"
	"parley/internal/domain/routing"
	"parley/internal/domain/workspace"
	"parley/internal/tests/office"
	"parley/internal/tests/testkit"
)

// company is one of manyMembers people, all of whom one number rings, in this process.
type company struct {
	db    *store.DB
	owner member.Member
	all   []member.Member
	line  lines.Number
	desks *agent.Registry
	board *queue.Board
	flows *routing.Service
}

func newCompany(r *run) company {
	log := slog.New(slog.DiscardHandler)
	db, err := store.Open(r.ctx, "sqlite:"+filepath.Join(r.TempDir(), "bench.db"), log)
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { _ = db.Close() })
	ws, owner := office.Found(r, db, "Bench")
	c := company{db: db, owner: owner, line: crowd(r, db, ws, owner), desks: agent.NewRegistry(db, db, db, log), board: queue.NewBoard(time.Now)}
	r.Cleanup(c.desks.Close)
	c.flows = routing.New(routing.Needs{
		Store: db, Drafts: db, Cases: db, Feeds: db, Numbers: db, Assignments: db, Members: db, Teams: db, Memberships: db,
		Workspaces: db, Messages: db, States: c.desks, Board: c.board, Audit: auth.NewTrail(db, time.Now, log),
		Changes: &office.Heard{}, Now: time.Now, Log: log,
	})
	if c.all, err = db.Members(r.ctx, ws.ID); err != nil {
		r.Fatal(err)
	}
	return c
}

// deciding measures what a caller waits for before anybody can be rung: the facts
// of a company of 999, half of whom have done something since the call before, and
// the decision. And what whoever publishes a flow of that company waits for.
func deciding(r *run, _ *testkit.Program) {
	c := newCompany(r)
	for _, m := range c.all {
		c.desks.Connect(m, "tab")
		c.desks.SetReady(m.WorkspaceID, m.ID, "tab", true)
	}
	r.median("flow_publish_ms", publishing(r, c.flows, c.owner, c.line))
	r.figure("route_decision_us", float64(middle(decisions(r, c.flows, c.desks, c.all, c.line)))/float64(time.Microsecond), "us")
}

const decided = 400

// decisions are how long whom to ring takes, with ten members busy or free anew
// each time.
func decisions(r *run, flows *routing.Service, desks *agent.Registry, all []member.Member, line lines.Number) []time.Duration {
	var took []time.Duration
	for i := range warmUps + decided {
		for j := range 10 {
			m, callID := all[(i*10+j)%len(all)], fmt.Sprint("call", i)
			desks.Reserve(m.ID, callID)
			desks.Release(m.WorkspaceID, m.ID, callID)
		}
		began := time.Now()
		facts, _, err := flows.Facts(r.ctx, line.WorkspaceID, line.ID)
		if err != nil {
			r.Fatal(err)
		}
		_, action, _ := flow.Next(flow.At(line.ID), facts, flow.Event{Kind: flow.Started})
		if offer, ok := action.(flow.Offer); !ok || len(offer.Members) != len(all) {
			r.Fatalf("decided to %T, not to ring everybody", action)
		}
		if i >= warmUps {
			took = append(took, time.Since(began))
		}
	}
	return took
}

// publishing is how long a publish takes, each of another flow.
func publishing(r *run, flows *routing.Service, owner member.Member, line lines.Number) []time.Duration {
	var took []time.Duration
	for i := range warmUps + rounds {
		f := flow.Default()
		f.Steps[0].Ring.Time += time.Duration(i) * time.Second
		draft, err := flows.SaveDraft(r.ctx, owner, line.ID, 0, f)
		if err != nil {
			r.Fatal(err)
		}
		began := time.Now()
		if _, err := flows.Publish(r.ctx, owner, line.ID, draft.Revision, ""); err != nil {
			r.Fatal(err)
		}
		if i >= warmUps {
			took = append(took, time.Since(began))
		}
	}
	return took
}

// crowd hires everybody and gives all of them one of the company's numbers.
func crowd(r *run, db *store.DB, ws workspace.Workspace, owner member.Member) lines.Number {
	given := []lines.Assignment{{MemberID: owner.ID, Level: lines.Shared}}
	for i := range manyMembers - 1 {
		m := office.Hire(r, db, ws, fmt.Sprintf("Member %d", i), member.User)
		given = append(given, lines.Assignment{MemberID: m.ID, Level: lines.Shared})
	}
	var first lines.Number
	for i := range manyNumbers {
		n := lines.Number{
			ID: id.New(), WorkspaceID: ws.ID, E164: fmt.Sprintf("+3318%07d", 2_000_000+i), Name: fmt.Sprintf("Line %d", i),
			Country: "FR", HoldMusic: "soft", Language: "en", CreatedAt: time.Now().UTC(),
		}
		if err := db.SaveNumber(r.ctx, n); err != nil {
			r.Fatal(err)
		}
		if i == 0 {
			first = n
		}
	}
	for i := range given {
		given[i].NumberID = first.ID
	}
	if err := db.Assign(r.ctx, ws.ID, first.ID, given); err != nil {
		r.Fatal(err)
	}
	return first
}
