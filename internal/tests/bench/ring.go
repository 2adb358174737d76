package main

import (
	"fmt"
	"strings"
	"time"

	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
	"parley/internal/tests/testkit"
)

const (
	rounds  = 15
	warmUps = 2 // that come before and do not count
	number  = "+33144556600"
)

// server is a company of n members with a number each. 127.0.0.1 is its trunk,
// and a proxy that is trusted: one address may not call often.
func server(r *run, program *testkit.Program, n int) *testkit.Server {
	var doc strings.Builder
	doc.WriteString("workspace: {name: Bench, language: en, time_zone: Europe/Paris, country: FR}\nmembers:\n")
	for i := range n {
		role := "member"
		if i == 0 {
			role = "owner"
		}
		fmt.Fprintf(&doc, "  - {email: %s, name: Member %d, role: %s, wrap_up: 0s}\n", email(i), i, role)
	}
	doc.WriteString("trunks:\n  - {name: provider, host: 127.0.0.1, port: 9, allowed: [127.0.0.1]}\nnumbers:\n")
	for i := range n {
		fmt.Fprintf(&doc, "  - {number: %q, name: Line %d, web_call: true, trunk: provider, members: [%s]}\n", line(i), i, email(i))
	}
	return testkit.Start(r, program, testkit.Options{
		Document: doc.String(), Settings: map[string]string{"log-level": "info", "trusted-proxies": "127.0.0.1"},
	})
}

func email(i int) string { return fmt.Sprintf("member%d@example.com", i) }
func line(i int) string  { return fmt.Sprintf("+331445566%02d", i) }

// visitor opens line i's public page from an address of its own.
func visitor(s *testkit.Server, i, turn int) *testkit.WebCaller {
	return s.WebCallerFrom(fmt.Sprintf("192.0.2.%d", 1+turn%250), line(i))
}

// ringing measures with native clients, so that no browser's own time is in it.
func ringing(r *run, program *testkit.Program) {
	s := server(r, program, 1)
	agent := s.SignIn(email(0)).Phone("desk")
	agent.Tone(testkit.AgentTone)
	var web, audio, told, tried []time.Duration
	for i := range warmUps + rounds {
		one, two := webCall(r, s, agent, i)
		three, four := phoneCall(r, s, agent)
		if i >= warmUps {
			web, audio, told, tried = append(web, one), append(audio, two), append(told, three), append(tried, four)
		}
	}
	r.median("invite_to_ring_ms", told)
	r.median("invite_to_180_ms", tried)
	r.median("web_call_to_ring_ms", web)
	r.median("answer_to_audio_native_ms", audio)
}

// rings tells of the next call that rings at the agent, and when.
func rings(r *run, agent *testkit.Agent) <-chan rang {
	return aside(r, func() rang { return rang{agent.Ringing().ID, time.Now()} })
}

type rang struct {
	call string
	at   time.Time
}

// webCall is a call from the public page: until it rings at the agent, and from
// his answer to the first packet of his voice at the caller.
func webCall(r *run, s *testkit.Server, agent *testkit.Agent, turn int) (ring, audio time.Duration) {
	caller := visitor(s, 0, turn)
	ringing := rings(r, agent)
	began := time.Now()
	caller.Start("")
	call := must(r, ringing)
	r.pass(300 * time.Millisecond) // while it rings, the caller's media come to stand
	if n := caller.Packets(); n != 0 {
		r.Fatalf("the caller hears %d packets before anybody has answered", n)
	}
	heard := aside(r, caller.NextPacket)
	answered := time.Now()
	agent.Act(call.call, callstate.Answer, false)
	audio = must(r, heard).Sub(answered)
	caller.HangUp()
	caller.AwaitPhase("ended")
	caller.Leave()
	agent.AwaitGone(call.call, callstate.CauseCustomerHungUp)
	agent.AwaitState(protocol.LiveAvailable)
	return call.at.Sub(began), audio
}

// phoneCall is a call from the trunk: from its INVITE until it rings at the
// agent, and until the trunk is told so.
func phoneCall(r *run, s *testkit.Server, agent *testkit.Agent) (ring, told time.Duration) {
	trunk := newTrunk(r, s.SIP(), number)
	ringing := rings(r, agent)
	began := time.Now()
	trunk.invite()
	call := must(r, ringing)
	told = trunk.await(180).Sub(began)
	trunk.cancel()
	trunk.await(487)
	trunk.acknowledge()
	agent.AwaitGone(call.call, callstate.CauseCustomerLeft)
	agent.AwaitState(protocol.LiveAvailable)
	return call.at.Sub(began), told
}
