package ice_test

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/pion/stun"

	"parley/internal/media/rtc/ice"
)

var browser = netip.MustParseAddrPort("192.0.2.7:4000")

// check is what a browser sends to an agent of these credentials.
func check(t testing.TB, c ice.Credentials, more ...stun.Setter) []byte {
	t.Helper()
	parts := append([]stun.Setter{stun.TransactionID, stun.BindingRequest, stun.NewUsername(c.Ufrag + ":theirs")}, more...)
	m, err := stun.Build(append(parts, stun.NewShortTermIntegrity(c.Pwd), stun.Fingerprint)...)
	if err != nil {
		t.Fatal(err)
	}
	return m.Raw
}

// answer has an agent answer a check.
func answer(t testing.TB, a *ice.Agent, raw []byte) (m *stun.Message, nominated bool, err error) {
	t.Helper()
	var c ice.Check
	if err := c.Read(raw); err != nil {
		return nil, false, err
	}
	out := make([]byte, 2048)
	n, nominated, err := a.Answer(&c, browser, out)
	if err != nil {
		return nil, false, err
	}
	m = &stun.Message{Raw: out[:n]}
	if err := m.Decode(); err != nil {
		t.Fatalf("the response: %v", err)
	}
	return m, nominated, nil
}

var (
	useCandidate = stun.RawAttribute{Type: stun.AttrUseCandidate}
	controlling  = stun.RawAttribute{Type: stun.AttrICEControlling, Value: make([]byte, 8)}
	controlled   = stun.RawAttribute{Type: stun.AttrICEControlled, Value: make([]byte, 8)}
)

func TestACheckIsAnswered(t *testing.T) {
	a := ice.NewAgent()
	for _, nominates := range []bool{false, true} {
		more := []stun.Setter{controlling}
		if nominates {
			more = append(more, useCandidate)
		}
		raw := check(t, a.Local(), more...)
		m, nominated, err := answer(t, a, raw)
		if err != nil || nominated != nominates || m.Type != stun.BindingSuccess {
			t.Fatalf("%v, nominated %v, %v", m, nominated, err)
		}
		var seen stun.XORMappedAddress
		if err := seen.GetFrom(m); err != nil || seen.String() != browser.String() {
			t.Errorf("the browser is told %v, %v", seen, err)
		}
		if err := errors.Join(stun.NewShortTermIntegrity(a.Local().Pwd).Check(m), stun.Fingerprint.Check(m)); err != nil {
			t.Error(err)
		}
		if asked := (&stun.Message{Raw: raw}); asked.Decode() != nil || asked.TransactionID != m.TransactionID {
			t.Error("another transaction is answered")
		}
	}
}

func TestTwoWhoWantToBeControlled(t *testing.T) {
	a := ice.NewAgent()
	m, nominated, err := answer(t, a, check(t, a.Local(), controlled, useCandidate))
	var code stun.ErrorCodeAttribute
	if err != nil || nominated || code.GetFrom(m) != nil || code.Code != stun.CodeRoleConflict {
		t.Errorf("%v, nominated %v, %v", m, nominated, err)
	}
}

func TestStrangersGetNothing(t *testing.T) {
	a, other := ice.NewAgent(), ice.NewAgent()
	wrong := a.Local()
	wrong.Pwd = other.Local().Pwd
	good := check(t, a.Local())
	changed := append([]byte(nil), good...)
	changed[8] ^= 1 // the transaction
	for name, raw := range map[string][]byte{
		"another's name":      check(t, other.Local()),
		"a wrong password":    check(t, wrong),
		"a changed byte":      changed,
		"nothing protects it": stun.MustBuild(stun.TransactionID, stun.BindingRequest, stun.NewUsername(a.Local().Ufrag+":x")).Raw,
	} {
		if m, _, err := answer(t, a, raw); !errors.Is(err, ice.ErrStranger) {
			t.Errorf("%s: %v, %v", name, m, err)
		}
	}
	for name, raw := range map[string][]byte{
		"a response":     stun.MustBuild(stun.TransactionID, stun.BindingSuccess, stun.NewUsername(a.Local().Ufrag+":x")).Raw,
		"no name":        stun.MustBuild(stun.TransactionID, stun.BindingRequest).Raw,
		"half a name":    stun.MustBuild(stun.TransactionID, stun.BindingRequest, stun.NewUsername(a.Local().Ufrag)).Raw,
		"half a message": good[:len(good)/2],
	} {
		if m, _, err := answer(t, a, raw); !errors.Is(err, ice.ErrNoCheck) {
			t.Errorf("%s: %v, %v", name, m, err)
		}
	}
}

// TestRestart: the path in use carries on by the old credentials until the browser
// uses the new ones, and not after.
func TestRestart(t *testing.T) {
	a := ice.NewAgent()
	old := a.Local()
	now := a.Restart()
	if now == old || now != a.Local() || len(a.Names()) != 2 {
		t.Fatalf("%v after %v, under %v", now, old, a.Names())
	}
	for _, c := range []ice.Credentials{old, old, now} {
		if m, _, err := answer(t, a, check(t, c)); err != nil || stun.NewShortTermIntegrity(c.Pwd).Check(m) != nil {
			t.Fatalf("%v, %v", m, err)
		}
	}
	if _, _, err := answer(t, a, check(t, old)); !errors.Is(err, ice.ErrStranger) || len(a.Names()) != 1 {
		t.Errorf("old credentials: %v, under %v", err, a.Names())
	}
	if _, _, err := answer(t, a, check(t, now)); err != nil {
		t.Error(err)
	}
}

// FuzzCheck is any datagram that comes to the media port as STUN.
func FuzzCheck(f *testing.F) {
	a := ice.NewAgent()
	f.Add(check(f, a.Local(), controlling, useCandidate))
	f.Add(check(f, a.Local(), controlled))
	f.Add(stun.MustBuild(stun.TransactionID, stun.BindingRequest, stun.Fingerprint).Raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !ice.IsMessage(raw) {
			return
		}
		var c ice.Check
		if c.Read(raw) != nil {
			return
		}
		out := make([]byte, 2048)
		if n, nominated, err := a.Answer(&c, browser, out); err != nil && (n > 0 || nominated) {
			t.Errorf("%d bytes, nominated %v, and %v", n, nominated, err)
		}
	})
}
