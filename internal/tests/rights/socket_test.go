package rights_test

import (
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"parley/internal/base/id"
	"parley/internal/domain/call"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
)

const patience = 10 * time.Second

// tab is a softphone's socket, opened with a member's session.
type tab struct {
	t    testing.TB
	conn *websocket.Conn
	sent int
}

func (c *company) dialSocket(m member.Member) (*websocket.Conn, *http.Response, error) {
	header := http.Header{}
	if m.ID != "" {
		header.Set("Cookie", "parley_session="+c.as(m).Cookie("parley_session"))
	}
	return websocket.DefaultDialer.DialContext(c.t.Context(), "ws://"+c.URL.Host+"/ws/phone", header)
}

// tabOf opens a tab of m's that can ring and call.
func (c *company) tabOf(m member.Member) *tab {
	c.t.Helper()
	conn, res, err := c.dialSocket(m)
	if err != nil {
		c.t.Fatalf("open the socket of %s: %v (%v)", m.Name, err, res)
	}
	c.t.Cleanup(func() { _ = conn.Close() })
	tb := &tab{t: c.t, conn: conn}
	tb.send(&protocol.Hello{Version: protocol.Version, Tab: id.New()})
	await[*protocol.Snapshot](tb, func(*protocol.Snapshot) bool { return true })
	tb.send(&protocol.Device{Microphone: "granted"})
	offer := await[*protocol.MediaOffer](tb, func(*protocol.MediaOffer) bool { return true })
	tb.send(&protocol.MediaAnswer{Offer: offer.Offer, SDP: "an answer"})
	await(tb, func(m *protocol.MeChanged) bool { return m.Me.MediaReady })
	return tb
}

func (tb *tab) send(m protocol.Message) string {
	tb.t.Helper()
	tb.sent++
	commandID := strconv.Itoa(tb.sent) + " of " + tb.conn.LocalAddr().String()
	data, err := protocol.Encode(m, commandID, "", 0)
	if err == nil {
		err = tb.conn.WriteMessage(websocket.TextMessage, data)
	}
	if err != nil {
		tb.t.Fatalf("send %s: %v", m.Type(), err)
	}
	return commandID
}

// read returns the server's next message.
func (tb *tab) read() (protocol.Envelope, protocol.Message) {
	tb.t.Helper()
	if err := tb.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		tb.t.Fatal(err)
	}
	_, data, err := tb.conn.ReadMessage()
	if err != nil {
		tb.t.Fatalf("read: %v", err)
	}
	env, m, err := protocol.Decode(data)
	if err != nil {
		tb.t.Fatal(err)
	}
	return env, m
}

// await skips messages until one of type M fits.
func await[M protocol.Message](tb *tab, fits func(M) bool) M {
	tb.t.Helper()
	for {
		if _, got := tb.read(); got != nil {
			if m, ok := got.(M); ok && fits(m) {
				return m
			}
		}
	}
}

// do sends a command and returns its result; what comes before it is skipped.
func (tb *tab) do(m protocol.Message) *protocol.Result {
	tb.t.Helper()
	commandID := tb.send(m)
	for {
		env, got := tb.read()
		if r, ok := got.(*protocol.Result); ok && env.Re == commandID {
			return r
		}
	}
}

// idle waits until the member is free for another call.
func (c *company) idle(m member.Member) {
	c.t.Helper()
	c.until(m.Name+" is in no call", func() bool { return c.desks.Status(m.ID).Call == "" })
}

// until waits for what must come about.
func (c *company) until(what string, holds func() bool) {
	c.t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); !holds(); <-tick.C {
		if time.Now().After(deadline) {
			c.t.Fatalf("never: %s", what)
		}
	}
}

// quick lets a member call again at once after a call.
func (c *company) quick(all ...*member.Member) {
	c.t.Helper()
	for _, m := range all {
		m.WrapUp = 0
		c.must(c.Store.SaveMember(c.t.Context(), *m))
	}
}

// line is a number that can be called out with.
func (c *company) line() number.Number {
	c.t.Helper()
	n := c.newNumber()
	n.TrunkID = c.newTrunk().ID
	c.must(c.Store.SaveNumber(c.t.Context(), n))
	return n
}

// TestDialling: whatever the role, a member calls with the numbers he has at a
// level that calls out, and with no other.
func TestDialling(t *testing.T) {
	t.Parallel()
	r := open(t)
	c, rival := found(r, "Acme"), found(r, "Rival")
	c.quick(&c.owner, &c.admin, &c.supervisor, &c.user)
	for _, v := range c.viewers() {
		tb := c.tabOf(v)
		owned, watched := c.line(), c.line()
		owned.OwnerID = v.ID
		c.must(c.Store.SaveNumber(t.Context(), owned))
		c.must(c.Store.SetSupervisors(t.Context(), c.ws.ID, watched.ID, []string{v.ID}))
		for _, try := range []struct {
			about  string
			number number.Number
			level  number.Level
			key    string // "" where the call is placed
		}{
			{"shared", c.line(), number.Shared, ""},
			{"exclusive", c.line(), number.Exclusive, ""},
			{"outbound-only", c.line(), number.OutboundOnly, ""},
			{"read-only", c.line(), number.ReadOnly, "error.number-not-assigned"},
			{"not his", c.line(), "", "error.number-not-assigned"},
			{"owned", owned, "", "error.number-not-assigned"},
			{"supervised", watched, "", "error.number-not-assigned"},
			{"another workspace's", rival.line(), "", "error.not-found"},
		} {
			if try.level != "" {
				c.assign(try.number, try.level, v)
			}
			res := tb.do(&protocol.Dial{NumberID: try.number.ID, To: "+33612345678"})
			if res.OK != (try.key == "") || res.Key != try.key {
				t.Errorf("%s dials with a number that is %s: %+v", v.Role, try.about, res)
			}
			if res.OK {
				if ended := tb.do(&protocol.Act{Call: res.Call, Action: callstate.HangUp}); !ended.OK {
					t.Errorf("%s cannot hang up: %+v", v.Role, ended)
				}
				c.idle(v)
			}
		}
	}
}

// TestCommandsAboutOthersCalls sends every command about a colleague's call, and
// about another workspace's.
func TestCommandsAboutOthersCalls(t *testing.T) {
	t.Parallel()
	r := open(t)
	c, rival := found(r, "Acme"), found(r, "Rival")
	live := func(c *company) (*tab, string) {
		n := c.line()
		c.assign(n, number.Shared, c.mate)
		tb := c.tabOf(c.mate)
		res := tb.do(&protocol.Dial{NumberID: n.ID, To: "+33612345678"})
		if !res.OK {
			t.Fatalf("dial: %+v", res)
		}
		return tb, res.Call
	}
	mates, ours := live(c)
	_, theirs := live(rival)
	oursOver, theirsOver := c.called(c.mate, c.free).ID, rival.called(rival.mate, rival.free).ID
	tag, foreignTag := c.newTag().ID, rival.newTag().ID
	for _, v := range c.viewers() {
		tb := c.tabOf(v)
		refused := func(about string, m protocol.Message, kinds ...string) {
			t.Helper()
			if res := tb.do(m); res.OK || !slices.Contains(kinds, res.Kind) {
				t.Errorf("%s, %s %s: %+v, want one of %v", v.Role, m.Type(), about, res, kinds)
			}
		}
		for _, action := range callstate.Actions() {
			// Digits is no action of its own, so it is refused as a request.
			refused("a colleague's call: "+string(action), &protocol.Act{Call: ours, Action: action, On: true}, "conflict", "forbidden", "invalid")
			if action != callstate.Digits {
				refused("another workspace's call: "+string(action), &protocol.Act{Call: theirs, Action: action, On: true}, "not-found")
			}
		}
		refused("a colleague's call", &protocol.Keypad{Call: ours, Digits: "1"}, "conflict", "forbidden")
		refused("another workspace's call", &protocol.Keypad{Call: theirs, Digits: "1"}, "not-found")
		refused("a colleague's call", &protocol.SetTags{Call: ours, Tags: []string{tag}}, "forbidden")
		refused("another workspace's call", &protocol.SetTags{Call: theirs, Tags: []string{tag}}, "not-found")
		refused("a colleague's past call", &protocol.SetTags{Call: oursOver, Tags: []string{tag}}, "forbidden")
		refused("another workspace's past call", &protocol.SetTags{Call: theirsOver, Tags: []string{tag}}, "not-found")
		own := c.called(v, c.free).ID
		refused("the own call with another workspace's tag", &protocol.SetTags{Call: own, Tags: []string{foreignTag}}, "not-found")
		if res := tb.do(&protocol.SetTags{Call: own, Tags: []string{tag}}); !res.OK {
			t.Errorf("%s cannot tag the own call: %+v", v.Role, res)
		}
		if res := tb.do(&protocol.SetAvailability{Setting: "do-not-disturb"}); !res.OK {
			t.Errorf("%s cannot set the own state: %+v", v.Role, res)
		}
	}
	if view, ok := c.engine.View(c.ws.ID, ours); !ok || view.State.Agent != c.mate.ID {
		t.Errorf("the colleague's call has suffered: %+v, %v", view, ok)
	}
	if m, err := c.Store.Member(t.Context(), c.ws.ID, c.mate.ID); err != nil || m.Setting != member.Available {
		t.Errorf("the colleague's state has changed: %+v, %v", m.Setting, err)
	}
	if res := mates.do(&protocol.Act{Call: ours, Action: callstate.HangUp}); !res.OK {
		t.Errorf("the colleague cannot hang up: %+v", res)
	}
}

// arrived is the state of a call once it is settled whom it rings.
func (c *company) arrived(callID string) callstate.State {
	c.t.Helper()
	var state callstate.State
	c.until("the call has arrived", func() bool {
		view, live := c.engine.View(c.ws.ID, callID)
		state = view.State
		return !live || state.Phase != "" && state.Phase != callstate.New && state.Phase != callstate.Routing
	})
	return state
}

// TestWhoIsRung: calls ring those who have the number at a level that rings.
func TestWhoIsRung(t *testing.T) {
	t.Parallel()
	r := open(t)
	c := found(r, "Acme")
	for _, v := range c.viewers() {
		c.tabOf(v)
		for level, rings := range map[number.Level]bool{
			number.Shared: true, number.Exclusive: true, number.OutboundOnly: false, number.ReadOnly: false, "": false,
		} {
			n := c.numberOf(v) // to own a number is not to be rung by it
			if level != "" {
				c.assign(n, level, v)
			}
			callID, err := c.engine.Arrive(call.Incoming{Number: n, Leg: &leg{id: callstate.CustomerLeg}})
			c.must(err)
			if rung := slices.Contains(c.arrived(callID).Ringers(), v.ID); rung != rings {
				t.Errorf("%s with the level %q: rung is %v", v.Role, level, rung)
			}
			c.engine.CallerLeft(c.ws.ID, callID)
			c.idle(v)
		}
	}
}

// TestSocketsNeedASession: without one there is no socket.
func TestSocketsNeedASession(t *testing.T) {
	t.Parallel()
	r := open(t)
	c := found(r, "Acme")
	conn, res, err := c.dialSocket(member.Member{})
	if err == nil {
		_ = conn.Close()
		t.Fatal("a stranger has a softphone")
	}
	if res == nil || res.StatusCode != http.StatusUnauthorized {
		t.Errorf("a stranger's socket is answered %v", res)
	}
}
