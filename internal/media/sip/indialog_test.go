package sip

import (
	"net/netip"
	"strings"
	"testing"

	"parley/internal/domain/call"
	"parley/internal/shared/callstate"

	gosip "github.com/emiago/sipgo/sip"
)

func TestFarEndHoldsAndResumes(t *testing.T) {
	_, e, p, tag := calledIn(t, Config{})
	for i, tc := range []struct {
		body, answer string
		event        call.LegEventKind
	}{
		{sdpAt(p.addr, "a=sendonly"), "a=recvonly", call.LegHeld},
		{sdpAt(p.addr), "a=sendrecv", call.LegResumed},
		{sdpAt(netip.MustParseAddrPort("0.0.0.0:4000")), "a=recvonly", call.LegHeld},
		{sdpAt(p.addr, "a=sendrecv"), "a=sendrecv", call.LegResumed},
		{sdpAt(p.addr, "a=inactive"), "a=inactive", call.LegHeld},
	} {
		e.forget(tc.event)
		p.send(p.text("INVITE", "far", tag, i+2, tc.body))
		res := p.answered(i + 2)
		if !strings.Contains(string(res.Body()), tc.answer+"\r\n") {
			t.Errorf("%d answered %q", i, res.Body())
		}
		p.send(p.text("ACK", "far", tag, i+2, ""))
		e.await(tc.event)
		// The next may only follow when our side knows of the ACK.
		p.send(p.text("OPTIONS", "far", tag, i+2, ""))
		p.response(200, gosip.OPTIONS)
	}
}

// forget drops the events of a kind seen so far.
func (e *events) forget(kind call.LegEventKind) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var rest []call.LegEvent
	for _, ev := range e.all {
		if ev.Kind != kind {
			rest = append(rest, ev)
		}
	}
	e.all = rest
}

func TestRemoteTargetIsRefreshed(t *testing.T) { // trap 8
	leg, e, p, tag := calledIn(t, Config{})
	moved := newRawPeer(t, "127.0.0.1")
	p.contact = moved.addr
	p.send(p.text("INVITE", "far", tag, 2, sdpAt(p.addr)))
	p.answered(2)
	p.send(p.text("ACK", "far", tag, 2, ""))
	eventually(t, "the ACK is taken", func() bool { return !leg.waitsForACK() })
	leg.HangUp(callstate.CauseAgentHungUp)
	moved.to = p.to
	moved.answer(moved.request(gosip.BYE), 200, "", "")
	e.ended(callstate.CauseAgentHungUp, 0)
	<-leg.gone
}

func TestReinviteIsRefusedWithoutHarm(t *testing.T) {
	leg, e, p, tag := calledIn(t, Config{})
	p.send(p.text("INVITE", "far", tag, 2, "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 4 RTP/AVP 18\r\n"))
	p.response(488, gosip.INVITE)
	p.send(p.text("ACK", "far", tag, 2, ""))
	p.send(p.text("INFO", "far", tag, 3, "5", "Content-Type: application/dtmf"))
	p.response(200, gosip.INFO)
	if ev := e.await(call.LegDigit); ev.Digit != '5' {
		t.Errorf("digit %q", ev.Digit)
	}
	if leg.Codec() == 0 {
		t.Error("codec lost")
	}
}

func TestReinviteWithoutOffer(t *testing.T) {
	_, e, p, tag := calledIn(t, Config{})
	p.send(p.text("INVITE", "far", tag, 2, ""))
	if res := p.answered(2); !strings.Contains(string(res.Body()), "RTP/AVP 8 0 101") {
		t.Errorf("offered %q", res.Body())
	}
	p.send(p.text("ACK", "far", tag, 2, sdpAt(p.addr, "a=sendonly")))
	e.await(call.LegHeld)
}

func TestGlare(t *testing.T) {
	_, _, p, tag := calledIn(t, Config{})
	p.send(p.text("INVITE", "far", tag, 2, sdpAt(p.addr)))
	p.answered(2)
	p.send(p.text("INVITE", "far", tag, 3, sdpAt(p.addr))) // before its ACK
	p.response(491, gosip.INVITE)
}

func TestWithinADialog(t *testing.T) {
	_, e, p, tag := calledIn(t, Config{})
	for i, tc := range []struct {
		method, body string
		headers      []string
		code         int
	}{
		{"OPTIONS", "", nil, 200},
		{"UPDATE", "", nil, 200},
		{"UPDATE", sdpAt(p.addr), nil, 200},
		{"UPDATE", "junk", nil, 488},
		{"REFER", "", []string{"Refer-To: <sip:x@127.0.0.1>"}, 501},
		{"NOTIFY", "", []string{"Event: refer"}, 405},
		{"PRACK", "", nil, 405},
		{"INFO", "", nil, 200},
		{"INFO", "<xml/>", []string{"Content-Type: application/media_control+xml"}, 415},
		{"INFO", "Signal=11\r\nDuration=160\r\n", []string{"Content-Type: application/dtmf-relay"}, 200},
	} {
		p.send(p.text(tc.method, "far", tag, i+2, tc.body, tc.headers...))
		p.response(tc.code, gosip.RequestMethod(tc.method))
	}
	if ev := e.await(call.LegDigit); ev.Digit != '#' {
		t.Errorf("digit %q", ev.Digit)
	}
	p.send(p.text("OPTIONS", "far", tag, 2, "")) // from the past
	p.response(500, gosip.OPTIONS)
	p.send(p.text("BYE", "stranger", tag, 20, "")) // right Call-ID, wrong tag
	p.response(481, gosip.BYE)
	p.send(p.text("BYE", "far", tag, 21, "", `Reason: Q.850;cause=16;text="Terminated"`))
	p.response(200, gosip.BYE)
	if ev := e.await(call.LegEnded); ev.Cause != callstate.CauseCustomerHungUp || !strings.Contains(ev.Reason, "Q.850") {
		t.Errorf("ended %+v", ev)
	}
}

func TestSessionIsRefreshedByUpdate(t *testing.T) {
	_, e, p, _ := established(t, Config{}, "Session-Expires: 90;refresher=uac", "Require: timer", "Allow: INVITE, UPDATE")
	for range 3 {
		req := p.request(gosip.UPDATE)
		if n, by := deltaSeconds(req, "Session-Expires"); n < 90 || by != "uac" {
			t.Errorf("refresh proposes %d %q", n, by)
		}
		p.answer(req, 200, "", "", "Session-Expires: 90;refresher=uac")
	}
	p.answer(p.request(gosip.UPDATE), 481, "", "")
	p.answer(p.request(gosip.BYE), 481, "", "")
	e.ended(callstate.CauseCustomerLost, 0)
}

func TestSessionIsRefreshedByReinvite(t *testing.T) {
	_, e, p, first := established(t, Config{}, "Session-Expires: 90;refresher=uac", "Require: timer")
	req := p.request(gosip.INVITE)
	if string(req.Body()) != string(first.Body()) {
		t.Errorf("a refresh changes the session:\n%s\n%s", first.Body(), req.Body())
	}
	p.answer(req, 491, "", "") // glare
	p.request(gosip.ACK)
	req = p.request(gosip.INVITE)
	p.answer(req, 200, "", sdpAt(p.addr), "Session-Expires: 90;refresher=uac")
	if ack := p.request(gosip.ACK); ack.CSeq().SeqNo != req.CSeq().SeqNo {
		t.Errorf("ACK %s of INVITE %s", ack.CSeq().Value(), req.CSeq().Value())
	}
	p.answer(p.request(gosip.INVITE), 408, "", "")
	e.ended(callstate.CauseCustomerLost, 0)
}

func TestFarEndMustRefresh(t *testing.T) {
	_, e, p, tag := calledIn(t, Config{}, "Session-Expires: 90;refresher=uac", "Supported: timer")
	p.send(p.text("UPDATE", "far", tag, 2, "", "Session-Expires: 90;refresher=uac", "Supported: timer"))
	if res := p.response(200, gosip.UPDATE); res.GetHeader("Require") == nil {
		t.Errorf("200 to UPDATE:\n%s", res)
	}
	p.answer(p.request(gosip.BYE), 200, "", "") // it does not again
	e.ended(callstate.CauseCustomerLost, 0)
}

func TestFarEndWithoutTimersIsKept(t *testing.T) {
	_, e, p, _ := established(t, Config{SessionExpires: 90e9})
	for range 2 {
		p.answer(p.request(gosip.INVITE), 405, "", "") // cross, but alive
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, ev := range e.all {
		if ev.Kind == call.LegEnded {
			t.Errorf("ended: %+v", ev)
		}
	}
}

func TestIntervalTooSmallForThem(t *testing.T) {
	_, e, p, req := dialled(t, Config{SessionExpires: 90e9})
	p.answer(req, 422, "far", "", "Min-SE: 120")
	again := p.request(gosip.INVITE)
	if n, _ := deltaSeconds(again, "Session-Expires"); n != 120 {
		t.Errorf("second try asks for %d s", n)
	}
	p.answer(again, 200, "far", sdpAt(p.addr))
	e.await(call.LegAnswered)
}

func TestRouteSetIsObeyed(t *testing.T) {
	peer := netip.MustParseAddrPort("192.0.2.1:5060")
	uri := func(s string) (u gosip.Uri) {
		if err := gosip.ParseUri(s, &u); err != nil {
			t.Fatal(err)
		}
		return u
	}
	d := dialog{network: "UDP", peer: peer, target: uri("sip:far@10.0.0.5:5070"), callID: "c", localTag: "l"}
	if h := d.next(); h.addr != peer {
		t.Errorf("an address behind NAT is sent to %v", h.addr)
	}
	d.routes = []gosip.Uri{uri("sip:192.0.2.7;lr;transport=tcp"), uri("sip:192.0.2.8;lr")}
	req := d.request(gosip.BYE, 2)
	if h := d.next(); h.String() != "192.0.2.7:5060" || h.network != "TCP" {
		t.Errorf("next hop %s %s", h.network, h)
	}
	if req.Recipient.String() != "sip:far@10.0.0.5:5070" || len(req.GetHeaders("Route")) != 2 {
		t.Errorf("loose routing:\n%s", req)
	}
	d.routes = []gosip.Uri{uri("sip:192.0.2.7"), uri("sip:192.0.2.8")}
	req = d.request(gosip.BYE, 2)
	routes := req.GetHeaders("Route")
	if req.Recipient.String() != "sip:192.0.2.7" || len(routes) != 2 || !strings.Contains(routes[1].Value(), "10.0.0.5") {
		t.Errorf("strict routing:\n%s", req)
	}
}
