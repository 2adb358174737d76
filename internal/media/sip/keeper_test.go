package sip

import (
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"parley/internal/shared/callstate"

	gosip "github.com/emiago/sipgo/sip"
)

// registering is a stack whose one trunk wants to register with the raw peer.
func registering(t *testing.T, cfg Config) (*Stack, *rawPeer) {
	t.Helper()
	s, p := newTestStack(t, cfg, refuseAll(t)), newRawPeer(t, "127.0.0.1")
	p.to = s.Addr("udp")
	s.SetTrunks([]Trunk{registrar(p)})
	return s, p
}

func registrar(p *rawPeer) Trunk {
	trunk := trunkTo("peer", p.addr)
	trunk.Username, trunk.Password, trunk.Register = "acct", "secret", true
	return trunk
}

// grant answers a REGISTER, giving its binding so many seconds.
func grant(p *rawPeer, req *gosip.Request, seconds string) {
	res := gosip.NewResponseFromRequest(req, 200, "OK", nil)
	res.AppendHeader(gosip.NewHeader("Contact", "<sip:old@192.0.2.1>;expires=9, "+req.Contact().Value()+";expires="+seconds))
	p.send(res.String())
}

func TestRegistrationIsKept(t *testing.T) {
	var told atomic.Int64
	s, p := registering(t, Config{OnStatus: func(id string, st TrunkStatus) {
		if id == "peer" && st.Registered {
			told.Add(1)
		}
	}})
	first := p.request(gosip.REGISTER)
	if first.Recipient.User != "" || first.Contact().Address.User != "acct" || first.To().Address.User != "acct" {
		t.Errorf("REGISTER:\n%s", first)
	}
	p.answer(first, 401, "far", "", "WWW-Authenticate: "+challenge)
	second := p.request(gosip.REGISTER)
	if second.GetHeader("Authorization") == nil || second.CallID().Value() != first.CallID().Value() || second.CSeq().SeqNo <= first.CSeq().SeqNo {
		t.Errorf("second REGISTER:\n%s", second)
	}
	grant(p, second, "20")
	eventually(t, "registered", func() bool { return s.Status()["peer"].Registered && told.Load() > 0 })
	grant(p, p.request(gosip.REGISTER), "20") // well before 20 "seconds" have passed
	s.SetTrunks(nil)
	last := p.request(gosip.REGISTER)
	if e := last.GetHeader("Expires"); e == nil || e.Value() != "0" {
		t.Errorf("signing off:\n%s", last)
	}
	grant(p, last, "0")
	if len(s.Status()) != 0 {
		t.Error("a removed trunk has a status")
	}
}

func TestRegistrationFails(t *testing.T) {
	s, p := registering(t, Config{})
	p.answer(p.request(gosip.REGISTER), 423, "far", "", "Min-Expires: 1800")
	again := p.request(gosip.REGISTER)
	if e := again.GetHeader("Expires"); e.Value() != "1800" {
		t.Errorf("after 423 asks for %s", e.Value())
	}
	p.answer(again, 403, "far", "")
	eventually(t, "the refusal shows", func() bool {
		st := s.Status()["peer"]
		return st.ErrorCode == 403 && st.ErrorText == "Forbidden" && !st.Registered
	})
	grant(p, p.request(gosip.REGISTER), "600") // it does not give up
	eventually(t, "the refusal is forgotten", func() bool { st := s.Status()["peer"]; return st.Registered && st.ErrorCode == 0 })
}

func TestUnchangedTrunksStayRegistered(t *testing.T) {
	s, p := registering(t, Config{})
	grant(p, p.request(gosip.REGISTER), "600")
	eventually(t, "registered", func() bool { return s.Status()["peer"].Registered })
	s.SetTrunks([]Trunk{registrar(p), {ID: "second", Host: "127.0.0.5", Port: 9}})
	if !s.Status()["peer"].Registered {
		t.Error("registration lost")
	}
	changed := registrar(p)
	changed.Password = "other"
	s.SetTrunks([]Trunk{changed})
	if s.Status()["peer"].Registered {
		t.Error("another account is not registered yet")
	}
}

func TestCallsToTheAccount(t *testing.T) {
	h, calls := chanHandler()
	s, p := newTestStack(t, Config{OptionsEvery: -1}, h), newRawPeer(t, "127.0.0.1")
	p.to = s.Addr("udp")
	one, two := trunkTo("one", p.addr), trunkTo("two", p.addr)
	one.Username, two.Username = "acct1", "acct2"
	s.SetTrunks([]Trunk{one, two})
	p.send(strings.Replace(p.text("INVITE", "far", "", 1, sdpAt(p.addr)), "INVITE sip:+33987654321@", "INVITE sip:acct2@", 1))
	in := receive(t, calls)
	if in.TrunkID != "two" || in.To != "+33987654321" {
		t.Errorf("%+v", in)
	}
	in.Leg.HangUp(callstate.CauseBusy)
}

func TestNumbersInURIs(t *testing.T) {
	for uri, want := range map[string]string{
		"sip:+33123;phone-context=x@h": "+33123", "tel:+33123;ext=4": "+33123", "sip:%2333@h": "#33", "sip:h": "",
	} {
		var u gosip.Uri
		if err := gosip.ParseUri(uri, &u); err != nil {
			t.Fatal(err)
		}
		if got := numberOf(&u); got != want {
			t.Errorf("%s: %q", uri, got)
		}
	}
}

func TestWhoIsToldWhichAddress(t *testing.T) {
	w := wire{cfg: &Config{PublicIP: "198.51.100.1"}, lis: &listeners{}}
	if ip := w.localIP(netip.MustParseAddr("127.0.0.1")); ip.String() != "198.51.100.1" {
		t.Errorf("public address %v", ip)
	}
	w.cfg = &Config{}
	if ip := w.localIP(netip.MustParseAddr("127.0.0.1")); !ip.IsLoopback() {
		t.Errorf("towards loopback %v", ip)
	}
}
