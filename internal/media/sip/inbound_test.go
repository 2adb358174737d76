package sip

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"parley/internal/domain/call"
	"parley/internal/media/codec"
	"parley/internal/shared/callstate"

	gosip "github.com/emiago/sipgo/sip"
)

// calling is a call of the far end that waits to be answered.
func callingIn(t *testing.T, body string, headers ...string) (Inbound, *events, *rawPeer, string) {
	t.Helper()
	h, calls := chanHandler()
	_, p := far(t, Config{}, h)
	text := p.text("INVITE", "far", "", 1, body, headers...)
	p.send(text)
	in := receive(t, calls)
	return in, listen(t, in.Leg), p, text
}

func TestRefusalsCarryTheCause(t *testing.T) {
	for cause, code := range map[callstate.Cause]int{
		callstate.CauseBusy: 486, callstate.CauseDeclined: 603, callstate.CauseNobodyAvailable: 480,
		callstate.CauseNotAssigned: 480, callstate.CauseInvalidNumber: 404, callstate.CauseServerStopped: 503,
		callstate.CauseAgentHungUp: 480,
	} {
		t.Run(string(cause), func(t *testing.T) {
			in, e, p, _ := callingIn(t, sdpAt(netip.MustParseAddrPort("127.0.0.1:4000")))
			in.Leg.HangUp(cause)
			in.Leg.HangUp(cause) // verbs may be repeated
			res := p.response(code, gosip.INVITE)
			p.send(p.text("ACK", "far", tagOf(res.To().Params), 1, ""))
			e.ended(cause, 0)
		})
	}
}

func TestCallerCancels(t *testing.T) {
	in, e, p, text := callingIn(t, sdpAt(netip.MustParseAddrPort("127.0.0.1:4000")))
	in.Leg.Ringing()
	tag := tagOf(p.response(180, gosip.INVITE).To().Params)
	p.send(strings.ReplaceAll(strings.Split(text, "Content-Type")[0], "INVITE", "CANCEL") + "Content-Length: 0\r\n\r\n")
	p.response(200, gosip.CANCEL)
	if res := p.response(487, gosip.INVITE); tagOf(res.To().Params) != tag {
		t.Errorf("487 with tag %q after 180 with %q", tagOf(res.To().Params), tag)
	}
	e.ended(callstate.CauseCustomerLeft, 0)
	in.Leg.Accept() // too late
	<-in.Leg.gone
}

func TestAnswerIsRepeatedUntilAcknowledged(t *testing.T) { // trap 4
	in, e, p, _ := callingIn(t, sdpAt(netip.MustParseAddrPort("127.0.0.1:4000")))
	in.Leg.Accept()
	tag := tagOf(p.response(200, gosip.INVITE).To().Params)
	p.response(200, gosip.INVITE)
	p.response(200, gosip.INVITE)
	p.send(p.text("ACK", "far", tag, 1, ""))
	eventually(t, "the ACK is taken", func() bool { return !in.Leg.waitsForACK() })
	in.Leg.HangUp(callstate.CauseAgentHungUp)
	p.answer(p.request(gosip.BYE), 200, "", "")
	e.ended(callstate.CauseAgentHungUp, 0)
}

func (l *Leg) waitsForACK() bool {
	got := make(chan bool, 1)
	l.box.post(func() { got <- l.unacked != nil })
	return <-got
}

func TestAnswerNeverAcknowledged(t *testing.T) { // trap 4
	in, e, p, _ := callingIn(t, sdpAt(netip.MustParseAddrPort("127.0.0.1:4000")))
	in.Leg.Accept()
	p.answer(p.request(gosip.BYE), 200, "", "")
	e.ended(callstate.CauseCustomerLost, 0)
	<-in.Leg.gone
}

func TestHangUpWaitsForTheAck(t *testing.T) {
	in, e, p, _ := callingIn(t, sdpAt(netip.MustParseAddrPort("127.0.0.1:4000")))
	in.Leg.Accept()
	tag := tagOf(p.response(200, gosip.INVITE).To().Params)
	in.Leg.HangUp(callstate.CauseAgentHungUp)
	e.ended(callstate.CauseAgentHungUp, 0)
	p.response(200, gosip.INVITE) // still repeated: no BYE came before it
	p.send(p.text("ACK", "far", tag, 1, ""))
	p.answer(p.request(gosip.BYE), 200, "", "")
	<-in.Leg.gone
}

func TestInviteWithoutOffer(t *testing.T) {
	in, e, p, _ := callingIn(t, "")
	in.Leg.Accept()
	res := p.response(200, gosip.INVITE)
	if !strings.Contains(string(res.Body()), "RTP/AVP 8 0 101") {
		t.Errorf("offered %q", res.Body())
	}
	e.await(call.LegAnswered)
	p.send(p.text("ACK", "far", tagOf(res.To().Params), 1, strings.Replace(sdpAt(p.addr), "AVP 8 101", "AVP 0", 1)))
	eventually(t, "the answer in the ACK is taken", func() bool { return in.Leg.Codec() == codec.PCMU })
}

func TestInviteWithoutOfferNorAnswer(t *testing.T) {
	in, e, p, _ := callingIn(t, "")
	in.Leg.Accept()
	res := p.response(200, gosip.INVITE)
	p.send(p.text("ACK", "far", tagOf(res.To().Params), 1, ""))
	p.answer(p.request(gosip.BYE), 200, "", "")
	e.ended(callstate.CauseNoCommonCodec, 0)
}

func TestWhoIsCalled(t *testing.T) {
	in, _, _, _ := callingIn(t, sdpAt(netip.MustParseAddrPort("127.0.0.1:4000")), `P-Asserted-Identity: "Zoe" <tel:+33611223344;ext=1>`)
	if in.From != "+33611223344" || in.FromName != "Zoe" || in.To != "+33987654321" {
		t.Errorf("%+v", in)
	}
}

// TestWhoHidesHisNumber: the trunk may still tell it, for others than who is called.
func TestWhoHidesHisNumber(t *testing.T) {
	for privacy, hidden := range map[string]bool{"id": true, "user; critical": true, "none": false, "session": false} {
		in, _, _, _ := callingIn(t, sdpAt(netip.MustParseAddrPort("127.0.0.1:4000")),
			`P-Asserted-Identity: "Zoe" <tel:+33611223344>`, "Privacy: "+privacy)
		if got := in.From == "" && in.FromName == ""; got != hidden {
			t.Errorf("Privacy: %s: %+v", privacy, in)
		}
	}
}

func TestInviteIsRefused(t *testing.T) {
	body := sdpAt(netip.MustParseAddrPort("127.0.0.1:4000"))
	for name, tc := range map[string]struct {
		code    int
		body    string
		headers []string
		edit    func(string) string
	}{
		"codec":           {488, "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/AVP 18\r\n", nil, nil},
		"SDP":             {488, "nonsense", nil, nil},
		"body":            {415, "hello", []string{"Content-Type: text/plain"}, nil},
		"Accept":          {406, body, []string{"Accept: text/html"}, nil},
		"Require":         {420, body, []string{"Require: 100rel, timer"}, nil},
		"Replaces":        {501, body, []string{"Replaces: a;to-tag=b;from-tag=c"}, nil},
		"Session-Expires": {422, body, []string{"Session-Expires: 60", "Supported: timer"}, nil},
		"hops":            {483, body, nil, func(s string) string { return strings.Replace(s, "Forwards: 70", "Forwards: 0", 1) }},
		"scheme":          {416, body, nil, func(s string) string { return strings.Replace(s, "INVITE sip:", "INVITE http:", 1) }},
		"no tag":          {400, body, nil, func(s string) string { return strings.Replace(s, ";tag=far", "", 1) }},
		"CSeq":            {400, body, nil, func(s string) string { return strings.Replace(s, "1 INVITE", "1 OPTIONS", 1) }},
		"dialog":          {481, body, nil, func(s string) string { return strings.Replace(s, "\r\nCall-ID", ";tag=x\r\nCall-ID", 1) }},
	} {
		t.Run(name, func(t *testing.T) {
			_, p := far(t, Config{}, refuseAll(t))
			text := p.text("INVITE", "far", "", 1, tc.body, tc.headers...)
			if tc.edit != nil {
				text = tc.edit(text)
			}
			p.send(text)
			for { // the method of a broken CSeq is no guide
				if res, ok := (<-p.in).(*gosip.Response); ok && res.StatusCode >= 200 {
					if res.StatusCode != tc.code {
						t.Errorf("%d %s", res.StatusCode, res.Reason)
					}
					return
				}
			}
		})
	}
}

func TestMergedInvite(t *testing.T) {
	_, _, p, text := callingIn(t, sdpAt(netip.MustParseAddrPort("127.0.0.1:4000")))
	p.send(strings.Replace(text, "branch=z9hG4bK", "branch=z9hG4bKother", 1))
	p.response(482, gosip.INVITE)
}

func TestTooManyCalls(t *testing.T) {
	h, calls := chanHandler()
	_, p := far(t, Config{MaxCalls: 1}, h)
	p.send(p.text("INVITE", "one", "", 1, sdpAt(p.addr)))
	receive(t, calls)
	p.send(p.text("INVITE", "two", "", 1, sdpAt(p.addr)))
	if res := p.response(503, gosip.INVITE); res.GetHeader("Retry-After") == nil {
		t.Error("503 without Retry-After")
	}
}

func TestLongMessagesOverUDP(t *testing.T) { // trap 5
	var routes []string
	for i := range 12 {
		routes = append(routes, fmt.Sprintf("Record-Route: <sip:%s%d@127.0.0.1;lr>", strings.Repeat("x", 120), i))
	}
	in, e, p, _ := callingIn(t, sdpAt(netip.MustParseAddrPort("127.0.0.1:4000")), routes...)
	in.Leg.Accept()
	if res := p.response(200, gosip.INVITE); len(res.String()) < 1500 || len(res.GetHeaders("Record-Route")) != 12 {
		t.Errorf("%d bytes", len(res.String()))
	}
	e.await(call.LegAnswered)
}

func TestRequestsWithoutDialog(t *testing.T) {
	_, p := far(t, Config{}, refuseAll(t))
	for i, tc := range []struct {
		method gosip.RequestMethod
		code   int
	}{
		{gosip.OPTIONS, 200},
		{gosip.BYE, 481},
		{gosip.INFO, 481},
		{gosip.UPDATE, 481},
		{gosip.CANCEL, 481},
		{gosip.REGISTER, 405},
		{gosip.MESSAGE, 405},
		{gosip.REFER, 501},
		{gosip.SUBSCRIBE, 405},
	} {
		p.send(p.text(string(tc.method), "far", "", i+1, ""))
		p.response(tc.code, tc.method)
	}
}
