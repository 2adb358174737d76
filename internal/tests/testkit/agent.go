package testkit

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
)

// Agent is a member's tab: it keeps what the server tells it as the browser
// program does.
type Agent struct {
	*line

	Client *Client
	Tab    string

	view View // under line.mu
}

// View is what a tab knows.
type View struct {
	Me      protocol.Me
	Lines   []protocol.Line
	Tags    []protocol.Tag
	Calls   map[string]protocol.Call
	Gone    map[string]protocol.CallGone
	Recents []protocol.Recent // newest last
	Notices []protocol.Notice
}

// String is the view for a failed test's message.
func (v View) String() string {
	v.Lines, v.Tags, v.Recents = nil, nil, nil
	raw, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// Open opens a tab and waits for its snapshot. The same tab id again is the
// same tab reloaded.
func (c *Client) Open(tab string) *Agent {
	t := c.Server.t
	t.Helper()
	a := &Agent{Client: c, Tab: tab}
	a.line = dialLine(c.Server, "/ws/phone", c.cookies(), a.take)
	a.Must(&protocol.Hello{Version: protocol.Version, Tab: tab})
	a.Await("the snapshot", func(v View) string {
		if v.Me.ID == "" {
			return "none came"
		}
		return ""
	})
	return a
}

// Phone opens a tab with its microphone granted and waits until it can ring.
func (c *Client) Phone(tab string) *Agent {
	c.Server.t.Helper()
	a := c.Open(tab)
	a.Microphone()
	return a
}

// Microphone grants it and waits until the tab's media stand.
func (a *Agent) Microphone() {
	a.t.Helper()
	a.Must(&protocol.Device{Microphone: "granted"})
	a.Await("media", func(v View) string {
		if !v.Me.MediaReady || v.Me.State == protocol.LiveOffline {
			return v.String()
		}
		return ""
	})
}

// take follows the server's messages.
func (a *Agent) take(m protocol.Message) {
	v := &a.view
	switch m := m.(type) {
	case *protocol.Snapshot:
		*v = View{
			Me: m.Me, Lines: m.Lines, Tags: m.Tags, Recents: slices.Clone(m.Recents), Notices: v.Notices,
			Calls: make(map[string]protocol.Call), Gone: make(map[string]protocol.CallGone),
		}
		slices.Reverse(v.Recents)
		for _, c := range m.Calls {
			v.Calls[c.ID] = c
		}
	case *protocol.MeChanged:
		v.Me = m.Me
	case *protocol.CallChanged:
		v.Calls[m.Call.ID] = m.Call
	case *protocol.CallGone:
		delete(v.Calls, m.Call)
		v.Gone[m.Call] = *m
	case *protocol.RecentAdded:
		v.Recents = slices.DeleteFunc(v.Recents, func(r protocol.Recent) bool { return r.ID == m.Recent.ID })
		v.Recents = append(v.Recents, m.Recent)
	case *protocol.LinesChanged:
		v.Lines = m.Lines
	case *protocol.TagsChanged:
		v.Tags = m.Tags
	case *protocol.Notice:
		v.Notices = append(v.Notices, *m)
	}
}

// View is what the tab knows now.
func (a *Agent) View() View {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.copy()
}

// copy is the view for use without the lock, which the caller holds.
func (a *Agent) copy() View {
	v := a.view
	v.Calls, v.Gone = maps.Clone(v.Calls), maps.Clone(v.Gone)
	v.Recents, v.Notices = slices.Clone(v.Recents), slices.Clone(v.Notices)
	return v
}

// Await waits until why returns "" for the view.
func (a *Agent) Await(what string, why func(View) string) {
	a.t.Helper()
	a.await(what, func() string { return why(a.copy()) })
}

// AwaitState waits for the member's live state.
func (a *Agent) AwaitState(want protocol.LiveState) {
	a.t.Helper()
	a.Await("the state "+string(want), func(v View) string {
		if v.Me.State != want {
			return v.String()
		}
		return ""
	})
}

// Ringing waits until a call rings here and returns it.
func (a *Agent) Ringing() protocol.Call {
	a.t.Helper()
	var found protocol.Call
	a.Await("a call that rings", func(v View) string {
		for _, c := range v.Calls {
			if c.State.Offered(v.Me.ID) {
				found = c
				return ""
			}
		}
		return v.String()
	})
	return found
}

// AwaitCall waits until why returns "" for the call.
func (a *Agent) AwaitCall(id, what string, why func(callstate.State) bool) protocol.Call {
	a.t.Helper()
	var found protocol.Call
	a.Await("a call to be "+what, func(v View) string {
		c, ok := v.Calls[id]
		if !ok || !why(c.State) {
			return v.String()
		}
		found = c
		return ""
	})
	return found
}

// AwaitGone waits until the call has left the screen, with the cause.
func (a *Agent) AwaitGone(id string, cause callstate.Cause) protocol.CallGone {
	a.t.Helper()
	var gone protocol.CallGone
	a.Await("the call to leave the screen", func(v View) string {
		var ok bool
		if gone, ok = v.Gone[id]; !ok {
			return v.String()
		}
		return ""
	})
	if gone.Cause != cause {
		a.t.Errorf("the call left %s's screen by %s (%s), want %s", a.Tab, gone.Cause, gone.Text, cause)
	}
	if gone.Text == "" || strings.HasPrefix(gone.Text, "cause.") {
		a.t.Errorf("the call left with %s and no sentence: %q", gone.Cause, gone.Text)
	}
	return gone
}

// AwaitRecent waits for the call's line in the recent calls.
func (a *Agent) AwaitRecent(id string) protocol.Recent {
	a.t.Helper()
	var found protocol.Recent
	a.Await("the recent call", func(v View) string {
		for _, r := range v.Recents {
			if r.ID == id {
				found = r
				return ""
			}
		}
		return fmt.Sprintf("%d others", len(v.Recents))
	})
	return found
}

// Act does one thing to a call.
func (a *Agent) Act(call string, action callstate.Action, on bool) {
	a.t.Helper()
	a.Must(&protocol.Act{Call: call, Action: action, On: on})
}

// Answer takes a call and waits until customer and agent are connected.
func (a *Agent) Answer(call string) {
	a.t.Helper()
	a.Act(call, callstate.Answer, false)
	a.AwaitTalking(call)
}

// AwaitTalking waits until the call is connected.
func (a *Agent) AwaitTalking(call string) protocol.Call {
	a.t.Helper()
	return a.AwaitCall(call, "connected", func(s callstate.State) bool { return s.Phase == callstate.Talking })
}

// HangUp ends a call.
func (a *Agent) HangUp(call string) {
	a.t.Helper()
	a.Act(call, callstate.HangUp, false)
}

// Dial calls a number from the member's first line and returns the call's id.
func (a *Agent) Dial(to string) string {
	a.t.Helper()
	return a.Must(&protocol.Dial{NumberID: a.LineID(), To: to}).Call
}

// LineID is the id of the member's first line.
func (a *Agent) LineID() string {
	a.t.Helper()
	lines := a.View().Lines
	if len(lines) == 0 {
		a.t.Fatalf("%s has no line", a.Tab)
	}
	return lines[0].ID
}

// LineNamed is the member's line of a name.
func (a *Agent) LineNamed(name string) protocol.Line {
	a.t.Helper()
	lines := a.View().Lines
	i := slices.IndexFunc(lines, func(l protocol.Line) bool { return l.Name == name })
	if i < 0 {
		a.t.Fatalf("%s has no line %q", a.Tab, name)
	}
	return lines[i]
}

// TagID is the id of the tag of a name.
func (a *Agent) TagID(name string) string {
	a.t.Helper()
	for _, tag := range a.View().Tags {
		if tag.Name == name {
			return tag.ID
		}
	}
	a.t.Fatalf("no tag %q", name)
	return ""
}

// Close closes the tab.
func (a *Agent) Close() { a.line.close() }
