package signalling

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"parley/internal/domain/agent"
	"parley/internal/domain/member"
	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
)

func TestHelloIsAnsweredBySnapshotThenDeltas(t *testing.T) {
	s := open(t)
	c := s.tab(t, s.Member)
	id := c.send(&protocol.Hello{Version: protocol.Version, Tab: "one"})
	if r, ok := c.next(); !ok || r.Re != id || r.Seq != 0 {
		t.Fatalf("first came %+v", r.Envelope)
	}
	r, _ := c.next()
	snap, ok := r.m.(*protocol.Snapshot)
	if !ok || r.Seq != 1 {
		t.Fatalf("then came %+v", r.Envelope)
	}
	if snap.Me.ID != s.Member.ID || len(snap.Lines) != 1 || snap.Lines[0].E164 != line || snap.Me.MediaReady {
		t.Errorf("snapshot %+v", snap)
	}
	c.must(&protocol.SetAvailability{Setting: string(member.DoNotDisturb)})
	c.send(&protocol.Resync{})
	again := await(c, "another snapshot", is[*protocol.Snapshot])
	if again.Me.Setting != string(member.DoNotDisturb) {
		t.Errorf("snapshot after a change: %+v", again.Me)
	}
}

// What happens while a snapshot is read comes after it, in order.
func TestDeltasDuringASnapshotFollowIt(t *testing.T) {
	s := open(t)
	c := s.tab(t, s.Member)
	waiting, release := s.tags.hold()
	defer release()
	c.send(&protocol.Hello{Version: protocol.Version, Tab: "one"})
	<-waiting
	one := s.hub.tabsOf(s.Member.ID)[0]
	for i := range 3 {
		one.tell(&protocol.CallGone{Call: fmt.Sprint(i)})
	}
	release()
	var order []string
	for len(order) < 4 {
		r, ok := c.next()
		if !ok {
			t.Fatal("closed")
		}
		switch m := r.m.(type) {
		case *protocol.Snapshot:
			order = append(order, "snapshot")
		case *protocol.CallGone:
			order = append(order, m.Call)
		}
	}
	if got := strings.Join(order, " "); got != "snapshot 0 1 2" {
		t.Errorf("got %s", got)
	}
}

// More than the tab can be told later must end it: to leave some out would
// leave it wrong for good.
func TestTooManyDeltasDuringASnapshotEndTheTab(t *testing.T) {
	s := open(t)
	c := s.tab(t, s.Member)
	waiting, release := s.tags.hold()
	defer release()
	c.send(&protocol.Hello{Version: protocol.Version, Tab: "one"})
	<-waiting
	one := s.hub.tabsOf(s.Member.ID)[0]
	for range queueLength + 1 {
		one.tell(&protocol.CallGone{Call: "x"})
	}
	release()
	if reason := c.goodbye(); reason != "stopping" {
		t.Errorf("goodbye %q", reason)
	}
}

// Of many changes at once the last one told is how the member really is.
func TestTheLastWordOnAMemberIsRight(t *testing.T) {
	s := open(t)
	c := s.ready(t, s.Member, "one")
	for round := range 20 {
		var wait sync.WaitGroup
		for i := range 6 {
			wait.Go(func() {
				call := fmt.Sprintf("call %d of %d", i, round)
				if s.desks.Reserve(s.Member.ID, call) == agent.Free {
					s.desks.Engage(s.Member.WorkspaceID, s.Member.ID, call)
					if i%2 == 0 {
						s.desks.Release(s.Member.WorkspaceID, s.Member.ID, call)
					}
				}
			})
		}
		wait.Wait()
		want := s.desks.Status(s.Member.ID)
		s.hub.tabsOf(s.Member.ID)[0].send(&protocol.Notice{Key: fmt.Sprint(round)}, "")
		var told protocol.LiveState
		for marked := false; !marked; {
			r, ok := c.next()
			if !ok {
				t.Fatal("closed")
			}
			switch m := r.m.(type) {
			case *protocol.MeChanged:
				told = m.Me.State
			case *protocol.Notice:
				marked = m.Key == fmt.Sprint(round)
			}
		}
		if told != want.State {
			t.Fatalf("round %d: the tab was last told %s, the member is %s", round, told, want.State)
		}
		s.desks.Release(s.Member.WorkspaceID, s.Member.ID, want.Call)
	}
}

func TestBadHellos(t *testing.T) {
	s := open(t)
	for name, one := range map[string]struct {
		say  []protocol.Message
		want string
	}{
		"another version": {[]protocol.Message{&protocol.Hello{Version: protocol.Version + 1, Tab: "one"}}, "reload"},
		"no tab":          {[]protocol.Message{&protocol.Hello{Version: protocol.Version}}, "malformed"},
		"a long tab":      {[]protocol.Message{&protocol.Hello{Version: protocol.Version, Tab: strings.Repeat("x", 65)}}, "malformed"},
		"a command first": {[]protocol.Message{&protocol.EndWrapUp{}}, "malformed"},
		"two hellos": {[]protocol.Message{
			&protocol.Hello{Version: protocol.Version, Tab: "a"}, &protocol.Hello{Version: protocol.Version, Tab: "b"},
		}, "malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			c := s.tab(t, s.Member)
			for _, m := range one.say {
				c.send(m)
			}
			if reason := c.goodbye(); reason != one.want {
				t.Errorf("goodbye %q, want %q", reason, one.want)
			}
		})
	}
	settled(t, "the desks to be empty", func() string {
		if st := s.desks.Status(s.Member.ID); st.State != protocol.LiveOffline {
			return string(st.State)
		}
		return ""
	})
}

func TestWhoMayOpenATab(t *testing.T) {
	s := open(t)
	if status := refused(t, s, "/phone?member=nobody"); status != http.StatusUnauthorized {
		t.Errorf("a stranger gets %d", status)
	}
	s.visitors.become(s.Member, func(m *member.Member) { m.Role = "guest" })
	if status := refused(t, s, "/phone?member="+s.Member.ID); status != http.StatusForbidden {
		t.Errorf("one without the right gets %d", status)
	}
}

func TestAMembersTabsAreBounded(t *testing.T) {
	s := open(t)
	for i := range maxTabs {
		s.greeted(t, s.Member, strconv.Itoa(i))
	}
	if reason := s.tab(t, s.Member).goodbye(); reason != "stopping" {
		t.Errorf("goodbye %q", reason)
	}
	s.greeted(t, s.Admin, "one") // nobody else's business
}

func TestASessionThatEndsClosesItsTabs(t *testing.T) {
	s := open(t)
	mine, also, other := s.greeted(t, s.Member, "one"), s.greeted(t, s.Member, "two"), s.greeted(t, s.Admin, "one")
	s.hub.SessionEnded("session of " + s.Member.ID)
	for _, c := range []*client{mine, also} {
		if reason := c.goodbye(); reason != "signed-out" {
			t.Errorf("goodbye %q", reason)
		}
	}
	other.must(&protocol.Ping{})
}

func TestEveryCommandAsksAnewWhoItIs(t *testing.T) {
	s := open(t)
	c := s.greeted(t, s.Member, "one")
	s.visitors.fail(errors.New("the database is away"))
	c.fails(&protocol.EndWrapUp{}, "error.internal")
	s.visitors.fail(nil)
	c.must(&protocol.EndWrapUp{}) // the tab outlived it
	s.visitors.become(s.Member, func(m *member.Member) { m.Role = "guest" })
	c.send(&protocol.Ping{})
	if reason := c.goodbye(); reason != "signed-out" {
		t.Errorf("goodbye %q", reason)
	}
	gone := s.greeted(t, s.Admin, "one")
	s.visitors.become(s.Admin, nil)
	gone.send(&protocol.EndWrapUp{})
	if reason := gone.goodbye(); reason != "signed-out" {
		t.Errorf("goodbye %q", reason)
	}
}

func TestANewSocketReplacesTheOldOneOfItsTab(t *testing.T) {
	s := open(t)
	old := s.ready(t, s.Member, "one")
	second := s.greeted(t, s.Member, "two")
	again := s.greeted(t, s.Member, "one")
	if reason := old.goodbye(); reason != "replaced" {
		t.Errorf("goodbye %q", reason)
	}
	if st := s.desks.Status(s.Member.ID); st.State != protocol.LiveOffline {
		t.Errorf("%s, though no tab has media", st.State)
	}
	again.microphone()
	await(again, "being available", func(m *protocol.MeChanged) bool { return m.Me.State == protocol.LiveAvailable })
	second.must(&protocol.Ping{})
	settled(t, "the old socket to leave", func() string {
		if tabs, _, _ := s.sockets(); tabs != 2 || s.peers.open() != 1 {
			return fmt.Sprintf("%d tabs, %d peers", tabs, s.peers.open())
		}
		return ""
	})
}

// A tab that comes back while its old socket leaves must be able to ring.
func TestAReloadLosesNoTab(t *testing.T) {
	s := open(t)
	c := s.ready(t, s.Member, "one")
	for range 30 {
		_ = c.conn.Close()
		c = s.ready(t, s.Member, "one")
	}
	settled(t, "the old sockets to leave", func() string {
		if tabs, _, _ := s.sockets(); tabs != 1 || s.peers.open() != 1 {
			return fmt.Sprintf("%d tabs, %d peers", tabs, s.peers.open())
		}
		return ""
	})
	if st := s.desks.Status(s.Member.ID); st.State != protocol.LiveAvailable {
		t.Errorf("%s after the reloads", st.State)
	}
}

func TestARepeatedDialIsOneCall(t *testing.T) {
	s := open(t)
	c := s.ready(t, s.Member, "one")
	dialled := &protocol.Dial{NumberID: s.number.ID, To: "01 44 55 66 77"}
	c.sendAs("again", dialled)
	first := c.result("again")
	if !first.OK || first.Value != "+33144556677" {
		t.Fatalf("dialling came to %+v", first)
	}
	_ = c.conn.Close()
	c = s.greeted(t, s.Member, "one")
	c.sendAs("again", dialled)
	if second := c.result("again"); *second != *first {
		t.Errorf("first %+v, then %+v", first, second)
	}
	settled(t, "the call to be dialled", func() string {
		if n := s.network.count(); n != 1 {
			return fmt.Sprintf("%d calls", n)
		}
		return ""
	})
}

func TestRefusedCommandsSayWhy(t *testing.T) {
	s := open(t)
	c := s.greeted(t, s.Member, "one")
	c.fails(&protocol.Dial{NumberID: s.number.ID, To: "0144556677"}, "error.microphone-needed")
	c.fails(&protocol.Act{Call: "none", Action: callstate.HangUp}, "error.not-found")
	c.fails(&protocol.SetAvailability{Setting: "asleep"}, "error.invalid-request")
	c.fails(&protocol.CallerStart{}, "error.invalid-request")
	c.fails(&protocol.Snapshot{}, "error.invalid-request")
	c.microphone()
	await(c, "media", func(m *protocol.MeChanged) bool { return m.Me.MediaReady })
	c.fails(&protocol.Dial{NumberID: "other", To: "0144556677"}, "error.not-found")
	c.fails(&protocol.Dial{NumberID: s.number.ID, To: "12 <b>"}, "error.phone-invalid")
}

func TestAPeerThatDiesIsRenewed(t *testing.T) {
	s := open(t)
	c := s.ready(t, s.Member, "one")
	dead := s.peers.last()
	dead.on.Failed()
	offer := await(c, "another offer", is[*protocol.MediaOffer])
	if !dead.isClosed() || s.peers.last() == dead {
		t.Error("the dead peer is still there")
	}
	dead.on.Ready(true)              // too late to count
	dead.on.Offer("of the dead one") // likewise
	c.send(&protocol.MediaAnswer{Offer: offer.Offer, SDP: "an answer"})
	await(c, "being available", func(m *protocol.MeChanged) bool { return m.Me.MediaReady && m.Me.State == protocol.LiveAvailable })
}

func TestMediaAnswers(t *testing.T) {
	s := open(t)
	c := s.greeted(t, s.Member, "one")
	c.send(&protocol.Device{Microphone: "granted"})
	offer := await(c, "an offer", is[*protocol.MediaOffer])
	c.send(&protocol.MediaAnswer{Offer: offer.Offer + 1, SDP: "bad"}) // of no offer there is
	c.must(&protocol.Ping{})
	c.send(&protocol.MediaAnswer{Offer: offer.Offer, SDP: "bad"})
	if reason := c.goodbye(); reason != "malformed" {
		t.Errorf("goodbye %q", reason)
	}
}

func TestAMicrophoneTakenBackMakesTheTabUnready(t *testing.T) {
	s := open(t)
	c := s.ready(t, s.Member, "one")
	c.must(&protocol.Device{Microphone: "denied"})
	if st := s.desks.Status(s.Member.ID); st.State != protocol.LiveOffline {
		t.Errorf("%s without a microphone", st.State)
	}
	c.must(&protocol.Device{Microphone: "granted"})
	if st := s.desks.Status(s.Member.ID); st.State != protocol.LiveAvailable {
		t.Errorf("%s with it again", st.State)
	}
}

func TestWhatAnAdminChangesReachesTheTabs(t *testing.T) {
	s := open(t)
	c, other := s.greeted(t, s.Member, "one"), s.greeted(t, s.Owner, "one")
	s.line(t, "+33199887766", s.Member)
	s.hub.WorkspaceChanged(s.Workspace.ID)
	if m := await(c, "the lines", is[*protocol.LinesChanged]); len(m.Lines) != 2 {
		t.Errorf("lines %+v", m.Lines)
	}
	await(c, "the tags", is[*protocol.TagsChanged])
	if m := await(other, "the lines", is[*protocol.LinesChanged]); len(m.Lines) != 0 {
		t.Errorf("the owner has no number, yet the lines %+v", m.Lines)
	}
	s.hub.WorkspaceChanged("another")
	s.hub.WorkspaceChanged("") // after a gap nobody knows of what
	await(c, "the lines once more", is[*protocol.LinesChanged])
}

func TestClosingSaysGoodbyeToAll(t *testing.T) {
	s := open(t)
	tab, page := s.greeted(t, s.Member, "one"), s.visitor(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s.hub.Close(ctx)
	for _, c := range []*client{tab, page} {
		if reason := c.goodbye(); reason != "stopping" {
			t.Errorf("goodbye %q", reason)
		}
	}
	if tabs, callers, calls := s.sockets(); tabs+callers+calls != 0 || ctx.Err() != nil {
		t.Errorf("%d tabs, %d callers and %d calls are left, %v", tabs, callers, calls, ctx.Err())
	}
	for _, path := range []string{"/phone?member=" + s.Member.ID, "/call/" + line} {
		if reason := dial(t, s, path).goodbye(); reason != "stopping" {
			t.Errorf("%s afterwards: goodbye %q", path, reason)
		}
	}
}

// The session ends after the request was let in and before the tab is there to be told.
func TestASessionThatEndsWhileItsSocketOpens(t *testing.T) {
	s := open(t)
	c := s.tab(t, s.Member)
	s.visitors.become(s.Member, nil)
	c.send(&protocol.Hello{Version: protocol.Version, Tab: "one"})
	if reason := c.goodbye(); reason != "signed-out" {
		t.Errorf("goodbye %q", reason)
	}
	if c.seq > 0 {
		t.Errorf("it was told %d messages before", c.seq)
	}
}
