package calls

import (
	"strconv"
	"time"

	"parley/internal/domain/call"
	"parley/internal/shared/callstate"
	"parley/web/ui"
)

// facts are the call in figures.
func facts(n *names, r call.Record, entries []call.Entry) []ui.Definition {
	c := n.c
	var out []ui.Definition
	add := func(key, text string) {
		if text != "" {
			out = append(out, ui.Definition{Term: c.T(key), Text: text})
		}
	}
	_, kind := icon(r)
	add("calls.fact.kind", c.T(kind))
	add("calls.fact.line", n.line(r.NumberID))
	if r.MemberID != "" {
		add("calls.fact.member", n.member(r.MemberID))
	}
	add("calls.fact.started", c.Exact(r.StartedAt))
	waited := "calls.fact.rang"
	if r.Direction == callstate.Inbound || len(entries) > 0 && entries[0].Kind == string(callstate.KindReturning) {
		waited = "calls.fact.waited"
	}
	if !r.AnsweredAt.IsZero() {
		add(waited, c.Duration(r.AnsweredAt.Sub(r.StartedAt)))
	} else if !r.Live() {
		add(waited, c.Duration(r.EndedAt.Sub(r.StartedAt)))
	}
	if r.TalkTime() > 0 {
		add("calls.fact.talk", c.Duration(r.TalkTime()))
	}
	end := r.EndedAt
	for _, s := range []struct{ kind, key string }{
		{string(callstate.KindHeld), "calls.fact.held"},
		{string(callstate.KindMuted), "calls.fact.muted"},
		{string(callstate.KindCustomerHeld), "calls.fact.far-held"},
	} {
		if d := total(entries, s.kind, end); d > 0 {
			add(s.key, c.Duration(d))
		}
	}
	if !r.Live() {
		add("calls.fact.cause", c.T(r.Cause.Verdict().TextKey))
	}
	if r.SIPCode != 0 {
		add("calls.fact.code", strconv.Itoa(r.SIPCode))
	}
	return out
}

// total adds up how long something was on, such as hold; what is still on lasts
// to the call's end.
func total(entries []call.Entry, kind string, end time.Time) time.Duration {
	var sum time.Duration
	var since time.Time
	for _, e := range entries {
		f, err := call.ReadFacts(e)
		if e.Kind != kind || err != nil || f.On == nil {
			continue
		}
		switch {
		case *f.On && since.IsZero():
			since = e.At
		case !*f.On && !since.IsZero():
			sum, since = sum+e.At.Sub(since), time.Time{}
		}
	}
	if !since.IsZero() && end.After(since) {
		sum += end.Sub(since)
	}
	return sum
}
