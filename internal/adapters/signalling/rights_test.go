package signalling

import (
	"testing"

	"parley/internal/domain/call"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
	"parley/internal/tests/office"
)

// foreign is another company on the server, with a call that goes on.
type foreign struct{ number, call, tag string }

func (s *site) foreign(t *testing.T) foreign {
	t.Helper()
	ws, owner := office.Found(t, s.DB, "Other")
	s.visitors.become(owner, func(m *member.Member) { *m = owner })
	n := s.number
	n.ID, n.WorkspaceID, n.E164 = "n-other", ws.ID, "+33188776655"
	if err := s.DB.SaveNumber(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	c := s.ready(t, owner, "theirs")
	if err := s.DB.Assign(t.Context(), ws.ID, n.ID, []number.Assignment{{NumberID: n.ID, MemberID: owner.ID, Level: number.Shared}}); err != nil {
		t.Fatal(err)
	}
	id, err := s.engine.Arrive(call.Incoming{Number: n, Leg: &leg{id: callstate.CustomerLeg}})
	if err != nil {
		t.Fatal(err)
	}
	c.ringing()
	c.must(&protocol.Act{Call: id, Action: callstate.Answer})
	tags, err := s.DB.Tags(t.Context(), ws.ID)
	if err != nil || len(tags) == 0 {
		t.Fatalf("tags of the other company: %v, %v", tags, err)
	}
	return foreign{number: n.ID, call: id, tag: tags[0].ID}
}

// TestNothingOfAnotherCompanyIsThere sends every command with every id it takes
// replaced by another company's: the answer is that of an id there is not.
func TestNothingOfAnotherCompanyIsThere(t *testing.T) {
	s := open(t)
	c := s.ready(t, s.Member, "one")
	theirs := s.foreign(t)
	reaching := map[string][]protocol.Message{
		"call.dial":   {&protocol.Dial{NumberID: theirs.number, To: "0144556677"}, &protocol.Dial{NumberID: "none", To: "0144556677"}},
		"call.keypad": {&protocol.Keypad{Call: theirs.call, Digits: "1"}, &protocol.Keypad{Call: "none", Digits: "1"}},
		"call.tags":   {&protocol.SetTags{Call: theirs.call}, &protocol.SetTags{Call: "none"}},
	}
	for _, a := range callstate.Actions() {
		if a == callstate.Digits { // is Keypad
			continue
		}
		reaching["call.act"] = append(reaching["call.act"], &protocol.Act{Call: theirs.call, Action: a}, &protocol.Act{Call: "none", Action: a})
	}
	// What else there is takes no id, or is none of a tab's to send.
	idless := map[string]bool{
		"hello": true, "resync": true, "ping": true, "device": true, "media.answer": true, "media.candidate": true,
		"availability.set": true, "wrapup.end": true, "caller.start": true, "caller.mute": true, "caller.digits": true, "caller.hangup": true,
		"result": true, "media.offer": true, "notice": true, "goodbye": true, "snapshot": true, "me": true, "call": true,
		"call.gone": true, "recent": true, "lines": true, "tags": true, "caller.state": true,
	}
	for _, m := range protocol.Messages() {
		if len(reaching[m.Type()]) == 0 && !idless[m.Type()] {
			t.Errorf("%s is not tried", m.Type())
		}
		for _, try := range reaching[m.Type()] {
			c.fails(try, "error.not-found")
		}
	}
	c.fails(&protocol.SetTags{Call: theirs.call, Tags: []string{theirs.tag}}, "error.tag-unknown")
	v, ok := s.engine.View(s.Workspace.ID, theirs.call)
	if ok {
		t.Errorf("the call is seen: %+v", v)
	}
}

// TestAColleaguesCallIsNotHis sends every command about a call of a colleague's.
func TestAColleaguesCallIsNotHis(t *testing.T) {
	s := open(t)
	talks, other := s.ready(t, s.Member, "one"), s.ready(t, s.Admin, "other")
	_, id := s.talking(t, talks)
	for _, a := range callstate.Actions() {
		if a != callstate.Digits {
			other.fails(&protocol.Act{Call: id, Action: a, On: true}, "error.not-now")
		}
	}
	other.fails(&protocol.Keypad{Call: id, Digits: "1"}, "error.not-now")
	other.fails(&protocol.SetTags{Call: id}, "error.not-your-call")
	talks.must(&protocol.Act{Call: id, Action: callstate.HangUp})
}
