package signalling

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"parley/internal/domain/hours"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/softphone"
	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
)

// removed does to a member what people.Service does once he is out of the store.
func (s *site) removed(t *testing.T, m, heir member.Member) {
	t.Helper()
	s.visitors.become(m, nil)
	s.hub.SessionEnded("session of " + m.ID)
	if err := s.hub.Phone.Part(t.Context(), m.WorkspaceID, m.ID, heir.ID); err != nil {
		t.Fatal(err)
	}
	s.hub.MemberChanged(t.Context(), m.WorkspaceID, m.ID)
}

// talking brings a call of the public page to the tab that rings.
func (s *site) talking(t *testing.T, c *client) (page *client, callID string) {
	t.Helper()
	page = s.caller(t)
	page.must(&protocol.CallerStart{Name: "Cleo"})
	callID = c.ringing().ID
	c.must(&protocol.Act{Call: callID, Action: callstate.Answer})
	page.phase("talking")
	return page, callID
}

// TestARemovedMembersCallIsHandedOver: his tab is cut off, a colleague's rings, and
// the caller hears music meanwhile.
func TestARemovedMembersCallIsHandedOver(t *testing.T) {
	s := open(t)
	c := s.ready(t, s.Member, "one")
	page, callID := s.talking(t, c)
	heir := s.ready(t, s.Admin, "heir")
	s.removed(t, s.Member, s.Admin)
	if reason := c.goodbye(); reason != "signed-out" {
		t.Errorf("goodbye %q", reason)
	}
	page.phase("held")
	rung := await(heir, "the call", is[*protocol.CallChanged]).Call
	if rung.ID != callID || rung.State.Phase != callstate.Passing || rung.State.Away || rung.Party.Name != "Cleo" {
		t.Fatalf("the heir is rung by %+v", rung)
	}
	heir.must(&protocol.Act{Call: callID, Action: callstate.Answer})
	page.phase("talking")
	heir.must(&protocol.Act{Call: callID, Action: callstate.HangUp})
	page.phase("ended")
	if got := await(heir, "the recent call", is[*protocol.RecentAdded]).Recent; got.ID != callID || !got.Talked {
		t.Errorf("recent %+v", got)
	}
}

func TestARemovedMembersCallEnds(t *testing.T) {
	s := open(t)
	c := s.ready(t, s.Member, "one")
	page, _ := s.talking(t, c)
	s.removed(t, s.Member, member.Member{})
	c.goodbye()
	if got := page.phase("ended"); got.Cause != callstate.CauseAgentRemoved {
		t.Errorf("ended with %s", got.Cause)
	}
}

// TestAnHeirWhoDoesNotExist: the call ends all the same, and that is told.
func TestAnHeirWhoDoesNotExist(t *testing.T) {
	s := open(t)
	page, _ := s.talking(t, s.ready(t, s.Member, "one"))
	if err := s.hub.Phone.Part(t.Context(), s.Workspace.ID, s.Member.ID, "nobody"); err == nil {
		t.Error("nobody takes over without a word")
	}
	page.phase("ended")
}

func TestARemovedMemberStopsRinging(t *testing.T) {
	s := open(t)
	s.line(t, "+33199887766", s.Member, s.Admin)
	c, mate := s.ready(t, s.Member, "one"), s.ready(t, s.Admin, "mate")
	page := dial(t, s, "/call/+33199887766")
	page.must(&protocol.Hello{Version: protocol.Version, Tab: "visitor"})
	page.microphone()
	page.must(&protocol.CallerStart{})
	id := c.ringing().ID
	mate.ringing()
	if err := s.hub.Phone.Part(t.Context(), s.Workspace.ID, s.Member.ID, ""); err != nil {
		t.Fatal(err)
	}
	if gone := await(c, "the end of ringing", is[*protocol.CallGone]); gone.Call != id || gone.Cause != callstate.CauseAgentRemoved {
		t.Errorf("gone %+v", gone)
	}
	c.fails(&protocol.Act{Call: id, Action: callstate.Answer}, "error.not-now")
	mate.must(&protocol.Act{Call: id, Action: callstate.Answer})
	page.phase("talking")
}

func TestTabsFollowTheirMember(t *testing.T) {
	s := open(t)
	c, other := s.ready(t, s.Member, "one"), s.greeted(t, s.Admin, "one")
	today := time.Now().UTC().Weekday()
	never := hours.Hours{Zone: "UTC", Slots: []hours.Slot{{Days: []time.Weekday{(today + 3) % 7}, From: 0, To: 60}}}
	s.visitors.become(s.Member, func(m *member.Member) {
		m.Name, m.Language, m.Hours = "Maxime", "fr", never
		m.DefaultNumber, m.DialCountry, m.RingTone, m.Notices.Desktop = s.number.ID, "BE", "soft", true
	})
	s.hub.MemberChanged(t.Context(), s.Workspace.ID, s.Member.ID)
	me := await(c, "who he is now", func(m *protocol.MeChanged) bool { return m.Me.Name == "Maxime" && !m.Me.Open }).Me
	if me.DefaultLine != s.number.ID || me.DialCountry != "BE" || me.RingTone != "soft" || !me.Notify || me.FlipsAt == 0 {
		t.Errorf("told of himself: %+v", me)
	}
	await(c, "his lines", is[*protocol.LinesChanged])
	if r := c.result(c.send(&protocol.Act{Call: "none", Action: callstate.HangUp})); r.Text != "fr:error.not-found" {
		t.Errorf("told %q", r.Text)
	}
	c.must(&protocol.SetAvailability{Setting: string(member.Auto)})
	await(c, "not being available", func(m *protocol.MeChanged) bool {
		return m.Me.Setting == string(member.Auto) && m.Me.State == protocol.LiveDND
	})
	other.must(&protocol.Ping{})
	for len(other.passed) > 0 {
		if r, _ := other.next(); r.Type == "lines" {
			t.Error("a colleague's tab was told of lines")
		}
	}
	s.visitors.become(s.Member, func(m *member.Member) { m.Role = "guest" })
	s.hub.MemberChanged(t.Context(), "", "") // after a gap nobody knows of whom
	if reason := c.goodbye(); reason != "signed-out" {
		t.Errorf("goodbye %q", reason)
	}
	other.must(&protocol.Ping{})
}

// TestALevelTakenAwayActsOnTheNextCommand: a member keeps his tab but calls no
// more with a number he may only read.
func TestALevelTakenAwayActsOnTheNextCommand(t *testing.T) {
	s := open(t)
	c := s.ready(t, s.Member, "one")
	all := []number.Assignment{{NumberID: s.number.ID, MemberID: s.Member.ID, Level: number.ReadOnly}}
	if err := s.DB.Assign(t.Context(), s.Workspace.ID, s.number.ID, all); err != nil {
		t.Fatal(err)
	}
	c.fails(&protocol.Dial{NumberID: s.number.ID, To: "0144556677"}, "error.number-not-assigned")
	s.hub.MemberChanged(t.Context(), s.Workspace.ID, s.Member.ID)
	if lines := await(c, "his lines", is[*protocol.LinesChanged]).Lines; len(lines) != 0 {
		t.Errorf("lines %+v", lines)
	}
}

// TestAnImportIsToldInAFewWords: a thousand changes are no thousand messages to
// every tab, and the last of them is told.
func TestAnImportIsToldInAFewWords(t *testing.T) {
	s := open(t)
	c := s.greeted(t, s.Member, "one")
	for range 500 {
		s.hub.WorkspaceChanged(s.Workspace.ID)
	}
	s.line(t, "+33199887766", s.Member)
	s.hub.WorkspaceChanged(s.Workspace.ID)
	told := 0
	await(c, "both lines", func(m *protocol.LinesChanged) bool {
		told++
		return len(m.Lines) == 2
	})
	if told > 10 {
		t.Errorf("told %d times", told)
	}
}

// crowd is a company too big to be listed while phones ring.
type crowd struct {
	kept softphone.Members
	full atomic.Bool
}

func (c *crowd) Member(ctx context.Context, workspaceID, id string) (member.Member, error) {
	return c.kept.Member(ctx, workspaceID, id)
}

func (c *crowd) Members(ctx context.Context, workspaceID string) ([]member.Member, error) {
	if c.full.Load() {
		return nil, errors.New("the whole company was read")
	}
	return c.kept.Members(ctx, workspaceID)
}

// TestWhoTookTheCallIsTold: each phone that falls silent asks for one name.
func TestWhoTookTheCallIsTold(t *testing.T) {
	s := open(t)
	company := &crowd{kept: s.DB}
	s.hub.Phone.Members = company
	s.line(t, "+33199887766", s.Member, s.Admin)
	c, mate := s.ready(t, s.Member, "one"), s.ready(t, s.Admin, "mate")
	page := dial(t, s, "/call/+33199887766")
	page.must(&protocol.Hello{Version: protocol.Version, Tab: "visitor"})
	page.microphone()
	page.must(&protocol.CallerStart{})
	id := c.ringing().ID
	mate.ringing()
	company.full.Store(true)
	mate.must(&protocol.Act{Call: id, Action: callstate.Answer})
	if gone := await(c, "the end of ringing", is[*protocol.CallGone]); gone.By != s.Admin.Name || gone.By == "" {
		t.Errorf("%q took the call", gone.By)
	}
}
