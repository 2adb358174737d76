package flow_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/domain/flow"
	"parley/internal/domain/hours"
	"parley/internal/shared/callstate"
)

const line = "n1"

func prompt(name string) flow.Sound { return flow.Sound{Prompt: name} }

func say(id, name string) flow.Step {
	return flow.Step{ID: id, Message: &flow.Message{Say: prompt(name)}}
}

func ring(id string, r flow.Ring) flow.Step { return flow.Step{ID: id, Ring: &r} }

func members(ids string) (out []flow.Target) {
	for _, id := range strings.Fields(ids) {
		out = append(out, flow.Target{MemberID: id})
	}
	return out
}

func voicemail(id string) flow.Step { return flow.Step{ID: id, Voicemail: &flow.Voicemail{}} }

// office has the members a to f, of whom the number rings a and b.
func office(steps ...flow.Step) flow.Facts {
	f := flow.Facts{
		At: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC), Zone: "Europe/Paris",
		Lines:   map[string]flow.Line{line: {Flow: flow.Flow{Steps: steps}, Rings: []string{"a", "b"}}},
		Teams:   map[string][]string{"sales": {"c", "d"}},
		Members: map[string]flow.Member{},
		Sounds:  map[string]bool{"hello": true},
	}
	for _, id := range []string{"a", "b", "c", "d", "e", "f"} {
		f.Members[id] = flow.Member{}
	}
	return f
}

func away(f flow.Facts, reason string, ids ...string) flow.Facts {
	for _, id := range ids {
		m := f.Members[id]
		m.Reason = reason
		f.Members[id] = m
	}
	return f
}

// caller is one call under test.
type caller struct {
	t     *testing.T
	facts flow.Facts
	pos   flow.Position
	notes []flow.Note
}

func call(t *testing.T, facts flow.Facts) (*caller, flow.Action) {
	c := &caller{t: t, facts: facts, pos: flow.At(line)}
	return c, c.on(flow.Event{Kind: flow.Started})
}

func (c *caller) on(ev flow.Event) flow.Action {
	var action flow.Action
	c.pos, action, c.notes = flow.Next(c.pos, c.facts, ev)
	return action
}

func (c *caller) missed(ids ...string) flow.Action {
	return c.on(flow.Event{Kind: flow.Unanswered, Missed: ids, Cause: callstate.CauseNoAnswer})
}

func (c *caller) press(key string) flow.Action {
	return c.on(flow.Event{Kind: flow.Pressed, Key: key})
}

// want compares an action, or its members, sound or cause alone.
func want(t *testing.T, what string, got, want flow.Action) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%s: %#v, want %#v", what, got, want)
	}
}

func offer(members string, seconds int) flow.Offer {
	return flow.Offer{Members: strings.Fields(members), For: time.Duration(seconds) * time.Second}
}

func unavailable(cause callstate.Cause) flow.End {
	return flow.End{Sound: prompt("unavailable"), Cause: cause}
}

func (c *caller) told() string {
	var out []string
	for _, n := range c.notes {
		out = append(out, strings.TrimSpace(n.Step+" "+n.What+" "+n.Detail))
	}
	return strings.Join(out, ", ")
}

func (c *caller) wantTold(want string) {
	c.t.Helper()
	if got := c.told(); got != want {
		c.t.Fatalf("told %q, want %q", got, want)
	}
}

func TestDefault(t *testing.T) {
	facts := office(flow.Default().Steps...)
	c, action := call(t, facts)
	want(t, "started", action, offer("a b", 25))
	want(t, "no answer", c.missed("a", "b"), unavailable(callstate.CauseNoAnswer))
	c.wantTold("ring unanswered no-answer, over")

	_, action = call(t, away(facts, "on-call", "a", "b"))
	want(t, "nobody free", action, unavailable(callstate.CauseNobodyAvailable))

	facts.Lines[line] = flow.Line{Flow: flow.Default()}
	_, action = call(t, facts)
	want(t, "nobody assigned", action, unavailable(callstate.CauseNotAssigned))

	delete(facts.Lines, line)
	_, action = call(t, facts)
	want(t, "an unknown line does the default", action, unavailable(callstate.CauseNotAssigned))
}

func TestCascade(t *testing.T) {
	facts := office(
		ring("one", flow.Ring{Targets: members("a"), Time: 25 * time.Second}),
		ring("two", flow.Ring{Targets: []flow.Target{{TeamID: "sales"}, {MemberID: "a"}, {}}, Time: 20 * time.Second}),
		ring("three", flow.Ring{Targets: members("a e"), Time: 10 * time.Second, Again: true, Music: "jazz"}),
		voicemail("mail"),
	)
	c, action := call(t, facts)
	want(t, "first", action, offer("a", 25))
	want(t, "who missed it is not rung again", c.missed("a"), offer("c d b", 20))
	if passed := c.notes[1].Passed; !reflect.DeepEqual(passed, map[string]string{"a": "missed"}) {
		t.Errorf("passed over: %v", passed)
	}
	again := offer("a e", 10)
	again.Music = "jazz"
	want(t, "unless the step says so", c.missed("c", "d"), again)
	want(t, "voicemail", c.missed(), flow.Record{Sound: prompt("voicemail"), Limit: 2 * time.Minute})
	want(t, "a stray event", c.on(flow.Event{Kind: flow.Said}), flow.End{Cause: callstate.CauseVoicemailLeft})
	if c.on(flow.Event{Kind: flow.Said}) != nil {
		t.Error("something comes after the end")
	}
}

func TestOneAfterTheOther(t *testing.T) {
	step := flow.Ring{Targets: members("a b c d"), Time: 15 * time.Second, Strategy: flow.InOrder, Again: true}
	one := func(id string) flow.Offer {
		o := offer(id, 15)
		o.OneByOne = true
		return o
	}
	facts := away(office(ring("r", step)), "do-not-disturb", "b")
	c, action := call(t, facts)
	want(t, "the first", action, one("a"))
	want(t, "passes who is busy", c.missed("a"), one("c"))
	want(t, "and on", c.missed("c"), one("d"))
	want(t, "nobody rings twice in a step, even Again", c.missed("d"), unavailable(callstate.CauseNoAnswer))

	step.Strategy = flow.RoundRobin
	facts = office(ring("r", step))
	for last, first := range map[string]string{"a": "b", "c": "d", "d": "a", "gone": "a"} {
		facts.Turn = map[string]string{flow.QueueID(line, "r"): last}
		_, action = call(t, facts)
		want(t, "the turn after "+last, action, one(first))
	}

	step.Strategy = flow.LongestIdle
	facts = office(ring("r", step))
	for id, minutes := range map[string]int{"a": 1, "b": 30, "c": 30, "d": 90} {
		facts.Members[id] = flow.Member{IdleSince: facts.At.Add(-time.Duration(minutes) * time.Minute)}
	}
	c, action = call(t, facts)
	want(t, "the longest idle", action, one("d"))
	want(t, "of equals the first", c.missed("d"), one("b"))
}

// TestRespectQueueTime is DIS-05: off, a step without anybody free takes no time;
// on, it lasts its time.
func TestRespectQueueTime(t *testing.T) {
	for _, strategy := range flow.Strategies() {
		step := flow.Ring{Targets: members("a b"), Time: 40 * time.Second, Strategy: strategy}
		facts := away(office(ring("r", step), voicemail("mail")), "offline", "a", "b")
		c, action := call(t, facts)
		want(t, "off", action, flow.Record{Sound: prompt("voicemail"), Limit: 2 * time.Minute})
		c.wantTold("r nobody-free, mail entered")
		if got := c.notes[0].Passed; got["a"] != "offline" || got["b"] != "offline" {
			t.Errorf("does not say why: %v", got)
		}

		step.Wait = true
		facts = away(office(ring("r", step), voicemail("mail")), "offline", "a", "b")
		c, action = call(t, facts)
		want(t, "on", action, flow.Offer{For: 40 * time.Second, Wait: true, OneByOne: strategy != flow.AllAtOnce})
		free, _ := flow.Candidates(c.pos, away(facts, "", "b"))
		if !slices.Equal(free, []string{"b"}) {
			t.Errorf("who became free: %v", free)
		}
		want(t, "then on", c.on(flow.Event{Kind: flow.Unanswered}), flow.Record{Sound: prompt("voicemail"), Limit: 2 * time.Minute})
	}
}

func TestStandInsAndMuted(t *testing.T) {
	facts := away(office(ring("r", flow.Ring{Targets: members("a b c")})), "outside-hours", "a", "d")
	facts.Members["a"] = flow.Member{Reason: "outside-hours", StandIns: []string{"d", "e", "c", "stranger"}}
	facts.Members["d"] = flow.Member{Reason: "outside-hours", StandIns: []string{"f"}}
	facts.Members["b"] = flow.Member{Muted: []string{"other", line}}
	c, action := call(t, facts)
	want(t, "stand-ins take the place, one hop", action, offer("e c", 25))
	if got := c.notes[0].Passed; !reflect.DeepEqual(got, map[string]string{"a": "outside-hours", "b": "muted", "d": "outside-hours"}) {
		t.Errorf("passed over: %v", got)
	}
}

func digits(options string, m flow.Menu) flow.Step {
	m.Say = flow.Sound{MessageID: "hello"}
	for _, key := range strings.Fields(options) {
		m.Options = append(m.Options, flow.Option{Key: key, Steps: []flow.Step{say("say-"+strings.Trim(key, "*#"), "welcome")}})
	}
	return flow.Step{ID: "menu", Menu: &m}
}

func TestMenu(t *testing.T) {
	ask := flow.Ask{Sound: flow.Sound{MessageID: "hello"}, Wait: 5 * time.Second}
	silent, said := flow.Event{Kind: flow.Silent}, flow.Event{Kind: flow.Said}
	wrong := flow.Say{Sound: prompt("wrong-key")}
	mail := flow.Record{Sound: prompt("voicemail"), Limit: 2 * time.Minute}
	facts := office(digits("1 2", flow.Menu{Otherwise: []flow.Step{say("sorry", "unavailable")}}), voicemail("mail"))

	c, action := call(t, facts)
	want(t, "asks", action, ask)
	want(t, "a key", c.press("2"), flow.Say{Sound: prompt("welcome")})
	c.wantTold("menu key 2, say-2 entered")
	want(t, "its list ends behind the menu", c.on(said), mail)

	c, _ = call(t, facts)
	want(t, "silence: once more", c.on(silent), ask)
	want(t, "exactly twice", c.on(silent), flow.Say{Sound: prompt("unavailable")})
	c.wantTold("menu no-key, sorry entered")
	want(t, "otherwise ends behind the menu", c.on(said), mail)

	c, _ = call(t, facts)
	want(t, "wrong key: told", c.press("7"), wrong)
	want(t, "asked again", c.on(said), ask)
	want(t, "wrong again: told", c.press("8"), wrong)
	want(t, "that was the second try", c.on(said), flow.Say{Sound: prompt("unavailable")})

	c, _ = call(t, facts)
	c.press("7")
	want(t, "the right key while told of the wrong one", c.press("1"), flow.Say{Sound: prompt("welcome")})

	c, _ = call(t, facts)
	c.press("7")
	want(t, "wrong keys in a row count each", c.press("7"), wrong)
	want(t, "and end", c.press("7"), flow.Say{Sound: prompt("unavailable")})

	zero := 0
	c, _ = call(t, office(digits("1", flow.Menu{Replays: &zero, Wait: time.Second}), voicemail("mail")))
	want(t, "no replay, no otherwise", c.on(silent), mail)

	c, action = call(t, office(digits("", flow.Menu{})))
	want(t, "an empty menu", action, unavailable(callstate.CauseFlowEnded))
	c.wantTold("menu empty, over")
}

func closedToday(closed ...flow.Step) flow.Step {
	return flow.Step{ID: "hours", Hours: &flow.Hours{Closed: closed, Schedule: hours.Schedule{
		Mode: hours.Custom, Exceptions: []hours.Exception{{Name: "Stocktaking", From: "2026-03-02", To: "2026-03-02"}},
	}}}
}

func TestHours(t *testing.T) {
	c, action := call(t, office(closedToday(), voicemail("mail")))
	want(t, "closed says so and ends", action, flow.End{Sound: prompt("closed"), Cause: callstate.CauseClosed})
	c.wantTold("hours closed Stocktaking, over")

	c, _ = call(t, office(closedToday(say("shut", "closed")), voicemail("mail")))
	want(t, "what was said is not said again", c.on(flow.Event{Kind: flow.Said}), flow.End{Cause: callstate.CauseClosed})

	_, action = call(t, office(closedToday(flow.Step{ID: "bye", HangUp: &flow.HangUp{}}), voicemail("mail")))
	want(t, "hung up on while closed", action, flow.End{Cause: callstate.CauseClosed})

	nested := digits("1", flow.Menu{})
	nested.Menu.Options[0].Steps = nil
	c, _ = call(t, office(closedToday(nested, ring("duty", flow.Ring{Targets: members("f"), Time: time.Minute})), voicemail("mail")))
	want(t, "a list in the closed one goes on in it", c.press("1"), offer("f", 60))
	want(t, "which ends the call", c.missed("f"), flow.End{Sound: prompt("closed"), Cause: callstate.CauseClosed})

	facts := office(closedToday(), voicemail("mail"))
	facts.At = facts.At.AddDate(0, 0, 1)
	c, _ = call(t, facts)
	c.wantTold("hours open, mail entered")
}

func TestQueue(t *testing.T) {
	queue := flow.Queue{Targets: []flow.Target{{TeamID: "sales"}}, MaxCalls: 3, Callback: true, RingTime: 15 * time.Second, Priority: 4}
	facts := away(office(flow.Step{ID: "q", Queue: &queue}, voicemail("mail")), "on-call", "c", "d")
	c, action := call(t, facts)
	q, ok := action.(flow.Enqueue)
	if !ok || q.QueueID != "n1/q" || !slices.Equal(q.Members, []string{"c", "d"}) || q.Queue.MaxWait != flow.DefaultMaxWait || q.Queue.RingTime != 15*time.Second {
		t.Fatalf("enqueued: %#v", action)
	}
	if c.press("5") != nil {
		t.Error("keys mean nothing in a queue")
	}
	want(t, "called back", c.on(flow.Event{Kind: flow.Asked}), flow.Promise{Sound: prompt("callback-promise")})

	c, _ = call(t, facts)
	want(t, "waited too long", c.on(flow.Event{Kind: flow.Waited}), flow.Record{Sound: prompt("voicemail"), Limit: 2 * time.Minute})
	queue.Callback = false
	c, _ = call(t, facts)
	if c.on(flow.Event{Kind: flow.Asked}) != nil {
		t.Error("called back though the queue promises nothing")
	}

	facts = away(facts, "", "c", "d", "e")
	c, _ = call(t, facts)
	c.pos.Missed = []string{"c"}
	if free, _ := flow.Candidates(c.pos, facts); !slices.Equal(free, []string{"d", "c"}) {
		t.Errorf("in a queue who missed the call comes last: %v", free)
	}

	facts.Waiting = map[string]int{"n1/q": 3}
	c, _ = call(t, facts)
	c.wantTold("q queue-full, mail entered")
	facts.Waiting, facts.Teams = nil, map[string][]string{"sales": nil}
	c, _ = call(t, facts)
	c.wantTold("q nobody-free, mail entered")
}

func TestNumbers(t *testing.T) {
	to := func(id, number string) flow.Step { return flow.Step{ID: id, Number: &flow.Number{NumberID: number}} }
	facts := office(to("self", line), to("gone", "n9"), to("on", "n2"), voicemail("mail"))
	facts.Lines["n2"] = flow.Line{Flow: flow.Flow{Steps: []flow.Step{ring("r", flow.Ring{})}}, Rings: []string{"e"}}
	c, action := call(t, facts)
	want(t, "goes on in the other flow", action, offer("e", 25))
	c.wantTold("self too-many-hops n1, gone target-gone n9, on entered, r entered")
	want(t, "and ends there", c.missed("e"), unavailable(callstate.CauseNoAnswer))

	facts.Lines["n2"] = flow.Line{Flow: flow.Flow{Steps: []flow.Step{to("back", line)}}}
	c, action = call(t, facts)
	if c.pos.Line != "n2" || len(c.pos.Hops) != flow.MaxHops {
		t.Errorf("went in circles: %+v", c.pos)
	}
	want(t, "cut after five", action, unavailable(callstate.CauseFlowEnded))
}

func TestWhatIsGone(t *testing.T) {
	nowhere := flow.Sound{MessageID: "nowhere"}
	facts := office(
		flow.Step{ID: "hi", Message: &flow.Message{Say: nowhere}},
		flow.Step{ID: "menu", Menu: &flow.Menu{Say: nowhere, Options: []flow.Option{{Key: "1"}}}},
		ring("r", flow.Ring{Targets: []flow.Target{{MemberID: "left"}, {TeamID: "dissolved"}, {MemberID: "f"}}}),
		flow.Step{ID: "q", Queue: &flow.Queue{Targets: members("left")}},
		flow.Step{ID: "mail", Voicemail: &flow.Voicemail{Say: nowhere}},
	)
	c, action := call(t, facts)
	want(t, "who is left rings", action, offer("f", 25))
	c.wantTold("hi target-gone nowhere, menu target-gone nowhere, r target-gone left, r target-gone dissolved, r entered")
	want(t, "the shipped greeting", c.missed("f"), flow.Record{Sound: prompt("voicemail"), Limit: 2 * time.Minute})
	c.wantTold("r unanswered no-answer, q target-gone left, q nobody-free, mail entered, mail target-gone nowhere")
}

// TestForwardAbroad: a flow calls out by itself, as often as callers make it.
func TestForwardAbroad(t *testing.T) {
	facts := office(
		flow.Step{ID: "far", Forward: &flow.Forward{To: "+12125550123"}},
		flow.Step{ID: "near", Forward: &flow.Forward{To: "+33123456789"}},
	)
	facts.Countries = flow.Countries{"FR": true}
	c, action := call(t, facts)
	want(t, "dials where it may", action, flow.Dial{To: "+33123456789", For: flow.DefaultRing})
	c.wantTold("far forbidden US, near entered")
	facts = office(flow.Step{ID: "service", Forward: &flow.Forward{To: "3631"}})
	facts.Countries = flow.Countries{}
	_, action = call(t, facts)
	for _, barred := range []string{"112", "+33899123456"} {
		facts = office(flow.Step{ID: "barred", Forward: &flow.Forward{To: barred}}, flow.Step{ID: "mail", Voicemail: &flow.Voicemail{}})
		facts.Countries = flow.Countries{"FR": true}
		if _, a := call(t, facts); a == (flow.Dial{To: barred, For: flow.DefaultRing}) {
			t.Errorf("a flow calls %s", barred)
		}
	}
	want(t, "short numbers have no country", action, flow.Dial{To: "3631", For: flow.DefaultRing})
}

func TestForward(t *testing.T) {
	facts := office(flow.Step{ID: "out", Forward: &flow.Forward{To: "+33123456789", Time: 20 * time.Second}}, flow.Step{ID: "back", Callback: &flow.Callback{}})
	c, action := call(t, facts)
	want(t, "dials", action, flow.Dial{To: "+33123456789", For: 20 * time.Second})
	want(t, "then on", c.on(flow.Event{Kind: flow.DialFailed, Cause: callstate.CauseBusy}), flow.Promise{Sound: prompt("callback-promise")})
	c.wantTold("out dial-failed busy, back entered")
	facts = office(facts.Lines[line].Flow.Steps[0])
	c, _ = call(t, facts)
	want(t, "the call failed", c.on(flow.Event{Kind: flow.DialFailed}), unavailable(callstate.CauseForwardFailed))
}

// TestChangedUnderTheCall publishes another flow while a call stands in the old one.
func TestChangedUnderTheCall(t *testing.T) {
	c, _ := call(t, office(ring("old", flow.Ring{})))
	c.facts = office(say("new", "welcome"))
	want(t, "begins again", c.missed("a"), flow.Say{Sound: prompt("welcome")})
	c.wantTold("old step-gone, new entered")
	c.facts = office(voicemail("new"))
	want(t, "the step is another now", c.on(flow.Event{Kind: flow.Said}), flow.End{Cause: callstate.CauseVoicemailLeft})
}
