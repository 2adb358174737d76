package sip

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"

	"parley/internal/domain/call"
	"parley/internal/shared/callstate"

	gosip "github.com/emiago/sipgo/sip"
)

func TestInviteSaysWhoCallsAndFromWhere(t *testing.T) {
	_, _, p, req := dialled(t, Config{})
	if got := req.From().Address.User; got != "+33123456789" {
		t.Errorf("From %q", got)
	}
	if got := req.GetHeader("P-Asserted-Identity"); got == nil || !strings.Contains(got.Value(), "+33123456789") {
		t.Errorf("P-Asserted-Identity %v", got)
	}
	// Trap 1: without care UDP leaves from a port of its own while Via names the listener's.
	if req.Source() != p.to.String() || req.Via().Port != int(p.to.Port()) {
		t.Errorf("sent from %s, Via %s, listening on %s", req.Source(), req.Via().Value(), p.to)
	}
}

func TestFinalResponsesBecomeCauses(t *testing.T) {
	for _, tc := range []struct {
		code int
		want callstate.Cause
	}{
		{486, callstate.CauseBusy},
		{600, callstate.CauseBusy},
		{480, callstate.CauseNoAnswer},
		{603, callstate.CauseRejected},
		{404, callstate.CauseInvalidNumber},
		{484, callstate.CauseInvalidNumber},
		{403, callstate.CauseTrunkUnauthorised},
		{401, callstate.CauseTrunkUnauthorised},
		{503, callstate.CauseTrunkRefused},
		{500, callstate.CauseTrunkRefused},
		{408, callstate.CauseTrunkUnreachable},
		{488, callstate.CauseNoCommonCodec},
		{302, callstate.CauseTrunkRefused},
	} {
		t.Run(fmt.Sprint(tc.code), func(t *testing.T) {
			_, e, p, req := dialled(t, Config{})
			p.answer(req, tc.code, "far", "")
			p.request(gosip.ACK)
			e.ended(tc.want, tc.code)
		})
	}
}

func TestManyProvisionalResponses(t *testing.T) {
	_, e, p, req := dialled(t, Config{})
	for range 25 { // trap 2: sipgo's own dialogs give up after ten
		p.answer(req, 183, "far", "")
	}
	p.answer(req, 180, "far", "")
	e.await(call.LegRinging)
	p.answer(req, 200, "far", sdpAt(p.addr))
	e.await(call.LegAnswered)
}

func TestEarlyMedia(t *testing.T) {
	leg, e, p, req := dialled(t, Config{})
	p.answer(req, 183, "far", sdpAt(p.addr))
	e.await(call.LegEarlyMedia)
	if leg.Codec() == 0 {
		t.Error("no codec for early media")
	}
	p.answer(req, 200, "far", "") // its SDP was in the 183
	e.await(call.LegAnswered)
}

func TestCancelBeforeAnswer(t *testing.T) {
	leg, e, p, req := dialled(t, Config{})
	p.answer(req, 180, "far", "")
	e.await(call.LegRinging)
	leg.HangUp(callstate.CauseAgentCancelled)
	e.ended(callstate.CauseAgentCancelled, 0)
	cancel := p.request(gosip.CANCEL)
	if cancel.Via().Value() != req.Via().Value() || cancel.CSeq().SeqNo != req.CSeq().SeqNo {
		t.Errorf("CANCEL of %s %s for INVITE %s %s", cancel.Via().Value(), cancel.CSeq().Value(), req.Via().Value(), req.CSeq().Value())
	}
	p.answer(cancel, 200, "far", "")
	p.answer(req, 487, "far", "")
	p.request(gosip.ACK)
	<-leg.gone
}

func TestCancelWaitsForASignOfLife(t *testing.T) {
	leg, e, p, req := dialled(t, Config{})
	leg.HangUp(callstate.CauseAgentCancelled)
	e.ended(callstate.CauseAgentCancelled, 0)
	p.answer(req, 180, "far", "")
	cancel := p.request(gosip.CANCEL)
	p.answer(cancel, 200, "far", "")
	p.answer(req, 487, "far", "")
	<-leg.gone
}

func TestAnswerCrossesCancel(t *testing.T) { // trap 3
	leg, e, p, req := dialled(t, Config{})
	p.answer(req, 180, "far", "")
	e.await(call.LegRinging)
	leg.HangUp(callstate.CauseAgentCancelled)
	cancel := p.request(gosip.CANCEL)
	p.answer(req, 200, "far", sdpAt(p.addr))
	p.answer(cancel, 200, "far", "")
	p.request(gosip.ACK)
	bye := p.request(gosip.BYE)
	p.answer(bye, 200, "", "")
	<-leg.gone
	e.ended(callstate.CauseAgentCancelled, 0)
}

func TestForkedAnswers(t *testing.T) { // trap 8
	leg, e, p, req := dialled(t, Config{})
	p.answer(req, 200, "one", sdpAt(p.addr))
	e.await(call.LegAnswered)
	if ack := p.request(gosip.ACK); tagOf(ack.To().Params) != "one" {
		t.Errorf("ACK to %s", ack.To().Value())
	}
	p.answer(req, 200, "one", sdpAt(p.addr)) // its ACK was lost
	if ack := p.request(gosip.ACK); tagOf(ack.To().Params) != "one" {
		t.Errorf("second ACK to %s", ack.To().Value())
	}
	p.answer(req, 200, "two", sdpAt(p.addr)) // another phone took it too
	if ack := p.request(gosip.ACK); tagOf(ack.To().Params) != "two" {
		t.Errorf("ACK of the fork to %s", ack.To().Value())
	}
	bye := p.request(gosip.BYE)
	if tagOf(bye.To().Params) != "two" {
		t.Errorf("BYE to %s", bye.To().Value())
	}
	p.answer(bye, 200, "", "")
	leg.HangUp(callstate.CauseAgentHungUp)
	if bye := p.request(gosip.BYE); tagOf(bye.To().Params) != "one" {
		t.Errorf("BYE to %s", bye.To().Value())
	} else {
		p.answer(bye, 200, "", "")
	}
}

func TestAnswerWithoutCommonCodec(t *testing.T) {
	_, e, p, req := dialled(t, Config{})
	p.answer(req, 200, "far", "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/AVP 18\r\n")
	p.request(gosip.ACK)
	p.answer(p.request(gosip.BYE), 200, "", "")
	e.ended(callstate.CauseNoCommonCodec, 200)
}

const challenge = `Digest realm="far", nonce="abc", algorithm=MD5, qop="auth"`

// withPassword gives the stack's trunk credentials.
func withPassword(s *Stack, p *rawPeer) {
	trunk := trunkTo("peer", p.addr)
	trunk.Username, trunk.Password = "acct", "secret"
	s.SetTrunks([]Trunk{trunk})
}

func TestInviteAndByeAreChallenged(t *testing.T) {
	s, p := far(t, Config{}, refuseAll(t))
	withPassword(s, p)
	leg, err := s.Dial(t.Context(), spec("+33987654321"))
	if err != nil {
		t.Fatal(err)
	}
	e := listen(t, leg)
	first := p.request(gosip.INVITE)
	p.answer(first, 407, "far", "", "Proxy-Authenticate: "+challenge)
	p.request(gosip.ACK)
	second := p.request(gosip.INVITE)
	if second.GetHeader("Proxy-Authorization") == nil || second.CSeq().SeqNo != first.CSeq().SeqNo+1 || second.CallID().Value() != first.CallID().Value() {
		t.Errorf("second INVITE:\n%s", second)
	}
	p.answer(second, 200, "far", sdpAt(p.addr))
	if ack := p.request(gosip.ACK); ack.GetHeader("Proxy-Authorization") == nil {
		t.Error("the ACK lacks the INVITE's credentials")
	}
	e.await(call.LegAnswered)
	leg.HangUp(callstate.CauseAgentHungUp)
	bye := p.request(gosip.BYE) // trap 8: challenges within a dialog
	p.answer(bye, 401, "far", "", "WWW-Authenticate: "+challenge)
	again := p.request(gosip.BYE)
	if again.GetHeader("Authorization") == nil || again.CSeq().SeqNo != bye.CSeq().SeqNo+1 {
		t.Errorf("second BYE:\n%s", again)
	}
	p.answer(again, 200, "far", "")
	<-leg.gone
}

func TestWrongPasswordIsNotRepeated(t *testing.T) {
	s, p := far(t, Config{}, refuseAll(t))
	withPassword(s, p)
	leg, err := s.Dial(t.Context(), spec("+33987654321"))
	if err != nil {
		t.Fatal(err)
	}
	p.answer(p.request(gosip.INVITE), 401, "far", "", "WWW-Authenticate: "+challenge)
	p.answer(p.request(gosip.INVITE), 401, "far", "", "WWW-Authenticate: "+challenge)
	listen(t, leg).ended(callstate.CauseTrunkUnauthorised, 401)
}

func TestSilentTrunk(t *testing.T) {
	_, e, _, _ := dialled(t, Config{})
	e.ended(callstate.CauseTrunkUnreachable, 0)
}

// fakeDNS resolves trunk.test to addresses of 127.0.0.0/8.
type fakeDNS struct{ ips []netip.Addr }

func (f fakeDNS) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return f.ips, nil
}

func (f fakeDNS) LookupSRV(context.Context, string, string, string) (string, []*net.SRV, error) {
	return "", nil, errors.New("no such record")
}

func TestFailoverToTheNextAddress(t *testing.T) {
	alive := newRawPeer(t, "127.0.0.3")
	cfg := Config{Loop: newLoop(t), UDPAddr: "127.0.0.1:0", timing: fast()}
	s, err := New(cfg, discardLog(), refuseAll(t))
	if err != nil {
		t.Fatal(err)
	}
	s.core.resolver = resolver{fakeDNS{[]netip.Addr{netip.MustParseAddr("127.0.0.2"), alive.addr.Addr()}}}
	if err := s.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	alive.to = s.Addr("udp")
	trunk := trunkTo("peer", alive.addr)
	trunk.Host = "trunk.test"
	s.SetTrunks([]Trunk{trunk})
	leg, err := s.Dial(t.Context(), spec("+33987654321"))
	if err != nil {
		t.Fatal(err)
	}
	e := listen(t, leg)
	alive.answer(alive.request(gosip.INVITE), 486, "far", "")
	e.ended(callstate.CauseBusy, 486)
}

func TestDialRefuses(t *testing.T) {
	s, _ := far(t, Config{}, refuseAll(t))
	for name, tc := range map[string]struct {
		spec DialSpec
		want error
	}{
		"no trunk":       {DialSpec{TrunkID: "other", To: "1"}, ErrNoTrunk},
		"no number":      {DialSpec{TrunkID: "peer"}, ErrBadNumber},
		"injection":      {DialSpec{TrunkID: "peer", To: "1>\r\nX: y"}, ErrBadNumber},
		"another host":   {DialSpec{TrunkID: "peer", To: "1@evil.example"}, ErrBadNumber},
		"bad caller":     {DialSpec{TrunkID: "peer", To: "1", From: "a b"}, ErrBadNumber},
		"endless number": {DialSpec{TrunkID: "peer", To: strings.Repeat("1", 65)}, ErrBadNumber},
	} {
		if _, err := s.Dial(t.Context(), tc.spec); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
