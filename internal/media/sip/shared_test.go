package sip

import (
	"slices"
	"testing"

	"parley/internal/domain/trunk/incoming"
	"parley/internal/shared/callstate"

	gosip "github.com/emiago/sipgo/sip"
)

// A carrier that several workspaces use calls from one address: who the call is
// for is not this package's to say.
func TestTrunksThatShareAnAddress(t *testing.T) {
	asked := make(chan []incoming.Way, 4)
	pick := make(chan int, 4)
	h, calls := chanHandler()
	s, p := far(t, Config{Choose: func(ways []incoming.Way) int {
		asked <- ways
		return <-pick
	}}, h)
	ours, theirs := trunkTo("ours", p.addr), trunkTo("theirs", p.addr)
	ours.Username = "+33987654321" // the account that the requests of p are addressed to
	s.SetTrunks([]Trunk{theirs, ours})
	for _, c := range []struct {
		pick int
		want string
	}{{0, "ours"}, {1, "theirs"}, {-1, "ours"}, {9, "ours"}} {
		pick <- c.pick
		p.callID = token()
		p.send(p.text("INVITE", "far", "", 1, sdpAt(p.addr)))
		in := receive(t, calls)
		if in.TrunkID != c.want || in.Leg.TrunkID() != c.want {
			t.Errorf("pick %d: the call came by %s, its leg by %s", c.pick, in.TrunkID, in.Leg.TrunkID())
		}
		ways := <-asked
		if !slices.ContainsFunc(ways, func(w incoming.Way) bool { return w.TrunkID == c.want && w.Called == in.To }) || len(ways) != 2 {
			t.Errorf("asked %+v, called %q", ways, in.To)
		}
		in.Leg.HangUp(callstate.CauseInvalidNumber)
		res := p.response(404, gosip.INVITE)
		p.send(p.text("ACK", "far", tagOf(res.To().Params), 1, ""))
	}
}

// Two workspaces that gave their carriers the same user name.
func TestTrunksThatShareAUserName(t *testing.T) {
	h, calls := chanHandler()
	s, friend := far(t, Config{}, h)
	s.SetTrunks([]Trunk{
		trunkTo("peer", friend.addr),
		{ID: "other", Host: "127.0.0.78", Port: 9, InboundUsername: "carrier", InboundPassword: "of another"},
		{ID: "roaming", Host: "127.0.0.77", Port: 9, InboundUsername: "carrier", InboundPassword: "pass"},
	})
	p := newRawPeer(t, "127.0.0.9")
	p.to = friend.to
	uri := "sip:+33987654321@" + p.to.String()
	p.send(p.text("INVITE", "far", "", 1, sdpAt(p.addr)))
	ask := p.response(401, gosip.INVITE)
	p.send(p.text("INVITE", "far", "", 2, sdpAt(p.addr), authorization(t, ask, uri, "pass", 1)))
	in := receive(t, calls)
	if in.TrunkID != "roaming" {
		t.Errorf("the call came by %q", in.TrunkID)
	}
	in.Leg.HangUp(callstate.CauseInvalidNumber)
	res := p.response(404, gosip.INVITE)
	p.send(p.text("ACK", "far", tagOf(res.To().Params), 2, ""))
}
