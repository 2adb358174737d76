package e2e

import (
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
	"parley/internal/tests/testkit"
)

// team signs all three members in.
func team(s *testkit.Server) []*testkit.Agent {
	var out []*testkit.Agent
	for _, email := range []string{ada, ben, cyd} {
		out = append(out, s.SignIn(email).Phone(email))
	}
	return out
}

// TestAllRingAndTheFirstAnswerWins measures time, so nothing runs beside it.
func TestAllRingAndTheFirstAnswerWins(t *testing.T) {
	const stopsWithin = 200 * time.Millisecond
	s := testkit.Start(t, program, testkit.Options{Document: company("")})
	agents := team(s)
	caller := s.Call(number, "Zoë")
	var id string
	for _, a := range agents {
		id = a.Ringing().ID
		a.AwaitState(protocol.LiveRinging)
	}
	since := time.Now()
	agents[1].Answer(id)
	for _, a := range []*testkit.Agent{agents[0], agents[2]} {
		gone := a.AwaitGone(id, callstate.CauseAnsweredElsewhere)
		if took := time.Since(since); took > stopsWithin {
			t.Errorf("%s rang %v longer", a.Tab, took)
		}
		if gone.By != "Ben Brown" {
			t.Errorf("%s is told %q took the call", a.Tab, gone.By)
		}
		a.AwaitState(protocol.LiveAvailable)
	}
	if state := caller.AwaitPhase("talking"); state.Agent != "Ben" {
		t.Errorf("the caller is told of %q", state.Agent)
	}
	agents[1].AwaitState(protocol.LiveOnCall)
	agents[1].HangUp(id)

	// Three at once: one wins, the others are told so.
	s.Call(number, "Yan")
	results := make([]protocol.Result, len(agents))
	var answering sync.WaitGroup
	for _, a := range agents {
		id = a.Ringing().ID
	}
	for i, a := range agents {
		answering.Go(func() { results[i] = a.Do(&protocol.Act{Call: id, Action: callstate.Answer}) })
	}
	answering.Wait()
	won := 0
	for _, r := range results {
		switch {
		case r.OK:
			won++
		case r.Key != "error.not-now" || r.Text == "":
			t.Errorf("a loser is told %+v", r)
		}
	}
	if won != 1 {
		t.Errorf("%d answers won: %+v", won, results)
	}
}

func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	const ringTime = 25 * time.Second
	s := testkit.Start(t, program, testkit.Options{Document: company("")})
	agent := s.SignIn(ada).Phone("desk")
	since := time.Now()
	caller := s.Call(number, "Zoë")
	call := agent.Ringing()
	caller.AwaitPhase("ringing")
	testkit.AwaitFor(t, ringTime+testkit.Patience, "the ringing to end", func() string {
		if phase := caller.State().Phase; phase == "ringing" {
			return phase
		}
		return ""
	})
	if took := time.Since(since); took < ringTime || took > ringTime+3*time.Second {
		t.Errorf("it rang for %v, want %v", took, ringTime)
	}
	agent.AwaitGone(call.ID, callstate.CauseNoAnswer)
	caller.AwaitPhase("message")
	caller.HearsMusic() // somebody speaks
	state := caller.AwaitPhase("ended")
	if state.Cause != callstate.CauseNoAnswer || state.Text == "" {
		t.Errorf("the caller is told %+v", state)
	}
	missed(t, agent, "Zoë")
}

// missed checks that the history has a missed call of a party.
func missed(t *testing.T, agent *testkit.Agent, party string) {
	t.Helper()
	testkit.Await(t, "the missed call in the history", func() string {
		page := agent.Client.Get("/calls?direction=missed")
		if text := page.Text(); page.Status != 200 || !strings.Contains(text, party) {
			return text
		}
		return ""
	})
}

func TestNobodyIsThere(t *testing.T) {
	t.Parallel()
	s := testkit.Start(t, program, testkit.Options{Document: company("")})
	caller := s.Call(number, "Zoë")
	caller.AwaitPhase("message")
	caller.HearsMusic() // somebody speaks
	caller.Hears(0)
	if state := caller.AwaitPhase("ended"); state.Cause != callstate.CauseNobodyAvailable {
		t.Errorf("the caller is told %+v", state)
	}

	agents := team(s)
	agents[1].Must(&protocol.SetAvailability{Setting: "do-not-disturb"})
	agents[1].AwaitState(protocol.LiveDND)
	caller = s.Call(number, "Yan")
	call := agents[0].Ringing()
	agents[2].Ringing()
	agents[0].Act(call.ID, callstate.Decline, false)
	agents[0].AwaitGone(call.ID, callstate.CauseDeclined)
	if calls := agents[1].View().Calls; len(calls) != 0 {
		t.Errorf("who is not to be disturbed was offered %+v", calls)
	}
	agents[2].Close() // the last phone that rings goes away
	caller.AwaitPhase("message")
	caller.HangUp()
	caller.AwaitPhase("ended")
	missed(t, agents[0], "Yan")
}

func TestCallerLeavesWhileRinging(t *testing.T) {
	t.Parallel()
	s := testkit.Start(t, program, testkit.Options{Document: company("")})
	agent := s.SignIn(ada).Phone("desk")
	for _, leave := range []func(*testkit.WebCaller){(*testkit.WebCaller).HangUp, (*testkit.WebCaller).Leave} {
		caller := s.Call(number, "Zoë")
		call := agent.Ringing()
		leave(caller)
		agent.AwaitGone(call.ID, callstate.CauseCustomerLeft)
		agent.AwaitState(protocol.LiveAvailable)
		agent.Refused(&protocol.Act{Call: call.ID, Action: callstate.Answer}, "error.call-ended")
	}
	missed(t, agent, "Zoë")
}
