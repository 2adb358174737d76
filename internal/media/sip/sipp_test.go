package sip

import (
	"testing"
	"time"

	"parley/internal/domain/call"
	"parley/internal/shared/callstate"
	"parley/internal/tests/peers"
)

// foreign are the settings of tests against programs that answer no OPTIONS.
func foreign() Config { return Config{timing: realTime(), OptionsEvery: -time.Second} }

// sippCalls starts a scenario that calls a stack which trusts its address.
func sippCalls(t *testing.T, scenario string) (*peers.Sipp, Inbound, *events) {
	t.Helper()
	h, calls := chanHandler()
	s := newTestStack(t, foreign(), h)
	s.SetTrunks([]Trunk{{ID: "peer", Host: "127.0.0.1", Port: 9}})
	p := peers.StartSipp(t, peers.SippOptions{Scenario: "testdata/" + scenario, Remote: s.Addr("udp"), Service: "+33987654321"})
	in := receive(t, calls)
	if in.From != "+33123456789" || in.To != "+33987654321" || in.TrunkID != "peer" {
		t.Errorf("call %+v", in)
	}
	return p, in, listen(t, in.Leg)
}

func TestSippCalls(t *testing.T) {
	p, in, e := sippCalls(t, "uac.xml")
	in.Leg.Ringing()
	in.Leg.Accept()
	e.ended(callstate.CauseCustomerHungUp, 0)
	p.Wait()
}

func TestSippHolds(t *testing.T) {
	p, in, e := sippCalls(t, "uac_hold.xml")
	in.Leg.Accept()
	e.await(call.LegHeld)
	e.await(call.LegResumed)
	e.ended(callstate.CauseCustomerHungUp, 0)
	p.Wait()
}

func TestSippCancels(t *testing.T) {
	p, in, e := sippCalls(t, "uac_cancel.xml")
	in.Leg.Ringing()
	e.ended(callstate.CauseCustomerLeft, 0)
	p.Wait()
}

func TestSippSignsIn(t *testing.T) {
	h, calls := chanHandler()
	s := newTestStack(t, foreign(), h)
	s.SetTrunks([]Trunk{{ID: "roaming", Host: "127.0.0.77", Port: 9, InboundUsername: "carrier", InboundPassword: "pass"}})
	p := peers.StartSipp(t, peers.SippOptions{
		Scenario: "testdata/uac_digest.xml", Remote: s.Addr("udp"), Service: "+33987654321", User: "carrier", Password: "pass",
	})
	in := receive(t, calls)
	e := listen(t, in.Leg)
	in.Leg.Accept()
	e.ended(callstate.CauseCustomerHungUp, 0)
	p.Wait()
}

// callsSipp dials a scenario that waits.
func callsSipp(t *testing.T, scenario string) (*peers.Sipp, *Leg, *events) {
	t.Helper()
	p := peers.StartSipp(t, peers.SippOptions{Scenario: "testdata/" + scenario})
	s := newTestStack(t, foreign(), refuseAll(t))
	trunk := trunkTo("peer", p.Addr())
	trunk.Username, trunk.Password = "acct", "secret"
	s.SetTrunks([]Trunk{trunk})
	leg, err := s.Dial(t.Context(), spec("+33987654321"))
	if err != nil {
		t.Fatal(err)
	}
	return p, leg, listen(t, leg)
}

func TestSippChallengesAndAnswers(t *testing.T) {
	p, leg, e := callsSipp(t, "uas_digest.xml")
	e.await(call.LegRinging)
	e.await(call.LegAnswered)
	leg.HangUp(callstate.CauseAgentHungUp)
	p.Wait()
	<-leg.gone
}

func TestSippIsBusy(t *testing.T) {
	p, _, e := callsSipp(t, "uas_busy.xml")
	e.ended(callstate.CauseBusy, 486)
	p.Wait()
}

func TestSippSendsEarlyMedia(t *testing.T) {
	p, leg, e := callsSipp(t, "uas_early.xml")
	e.await(call.LegEarlyMedia)
	e.await(call.LegAnswered)
	leg.HangUp(callstate.CauseAgentHungUp)
	p.Wait()
}

func TestSippAnswersAcrossTheCancel(t *testing.T) {
	p, leg, e := callsSipp(t, "uas_cross.xml")
	e.await(call.LegRinging)
	leg.HangUp(callstate.CauseAgentCancelled)
	e.ended(callstate.CauseAgentCancelled, 0)
	p.Wait()
	<-leg.gone
}
