package e2e

import (
	"testing"
	"time"

	"parley/internal/shared/callstate"
	"parley/internal/tests/testkit"
)

// within is how exactly the steps of a call follow each other.
const within = 300 * time.Millisecond

// near fails unless a step lasted what it should.
func near(t *testing.T, what string, got, want time.Duration) {
	t.Helper()
	if diff := got - want; diff < -within || diff > within {
		t.Errorf("%s took %v, want %v", what, got.Round(time.Millisecond), want)
	}
}

// TestFlowCascade measures time, so nothing runs beside it.
func TestFlowCascade(t *testing.T) {
	phone := outside(t)
	s := testkit.Start(t, program, testkit.Options{Document: flowing(phone, `
- ring: {to: [`+ada+`], time: 10s}
- ring: {to: [`+ben+`, `+cyd+`], strategy: in-order, time: 10s}
- hang_up: {say: {prompt: goodbye}}
`)})
	agents := team(s)
	calls(phone, s)
	for i, a := range agents {
		call := a.Ringing()
		since := time.Now()
		notRung(t, agents[i+1:]...)
		a.AwaitGone(call.ID, callstate.CauseNoAnswer)
		near(t, "ringing "+a.Tab, time.Since(since), 10*time.Second)
	}
	awaitSaid(t, phone, prompt(t, "goodbye"), 1)
	phone.Await("CALL_CLOSED")
}

const patient = `
- ring: {to: [` + ada + `], time: 10s, wait: WAIT}
- ring: {to: [` + ben + `], time: 20s}
`

// TestFlowPassesStepsWithNobodyFree has the queue time not respected.
func TestFlowPassesStepsWithNobodyFree(t *testing.T) {
	phone := outside(t)
	s := testkit.Start(t, program, testkit.Options{Document: flowing(phone, replaceWait(patient, "false"))})
	agent := s.SignIn(ben).Phone(ben)
	since := time.Now()
	calls(phone, s)
	call := agent.Ringing()
	if took := time.Since(since); took > time.Second {
		t.Errorf("a step with nobody free took %v", took)
	}
	phone.HangUp()
	agent.AwaitGone(call.ID, callstate.CauseCustomerLeft)
}

// TestFlowWaitsStepsWithNobodyFree has it respected: the step lasts its time, and
// who becomes free meanwhile is rung.
func TestFlowWaitsStepsWithNobodyFree(t *testing.T) {
	phone := outside(t)
	s := testkit.Start(t, program, testkit.Options{Document: flowing(phone, replaceWait(patient, "true"))})
	second, first := s.SignIn(ben).Phone(ben), s.SignIn(ada)
	calls(phone, s)
	phone.Await("CALL_RINGING")
	since := time.Now()
	call := second.Ringing()
	near(t, "a step with nobody free", time.Since(since), 10*time.Second)
	phone.HangUp()
	second.AwaitGone(call.ID, callstate.CauseCustomerLeft)
	phone.Await("CALL_CLOSED")

	calls(phone, s)
	phone.Await("CALL_RINGING")
	late := first.Phone(ada)
	call = late.Ringing()
	late.Answer(call.ID)
	phone.HangUp()
	late.AwaitGone(call.ID, callstate.CauseCustomerHungUp)
}
