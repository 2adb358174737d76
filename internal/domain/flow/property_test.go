package flow_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"parley/internal/domain/flow"
	"parley/internal/domain/hours"
	"parley/internal/shared/callstate"
)

var (
	someMembers = []string{"a", "b", "c", "d", "e", "gone"}
	someNumbers = []string{"n1", "n2", "n3", "n4"}
	someTeams   = []string{"t1", "t2", "t-gone"}
	someSounds  = []flow.Sound{{}, {Prompt: "welcome"}, {Prompt: "menu"}, {MessageID: "hello"}, {MessageID: "gone"}}
	someReasons = []string{"", "", "", "offline", "on-call", "outside-hours"}
)

// maker draws flows, as an editor with bad luck would make them: ids may be missing
// or appear twice, and targets may not exist.
type maker struct {
	t    *rapid.T
	made int
}

func (m *maker) pick(n int, what string) int { return rapid.IntRange(0, n-1).Draw(m.t, what) }
func (m *maker) coin(what string) bool       { return rapid.Bool().Draw(m.t, what) }
func (m *maker) sound() flow.Sound           { return rapid.SampledFrom(someSounds).Draw(m.t, "sound") }

func (m *maker) flow() flow.Flow { return flow.Flow{Steps: m.steps(3)} }

func (m *maker) steps(depth int) []flow.Step {
	var out []flow.Step
	for range m.pick(4, "steps") {
		out = append(out, m.step(depth))
	}
	return out
}

func (m *maker) step(depth int) flow.Step {
	m.made++
	s := flow.Step{ID: "s" + strconv.Itoa(m.made)}
	if m.pick(12, "bad id") == 0 {
		s.ID = rapid.SampledFrom([]string{"", "s1", "twice", "."}).Draw(m.t, "id")
	}
	kind := rapid.SampledFrom(flow.Kinds()).Draw(m.t, "kind")
	if depth == 0 && (kind == flow.KindHours || kind == flow.KindMenu) {
		kind = flow.KindRing
	}
	switch kind {
	case flow.KindHours:
		s.Hours = &flow.Hours{Closed: m.steps(depth - 1), Schedule: hours.Schedule{
			Mode: rapid.SampledFrom([]hours.Mode{hours.AlwaysOpen, hours.AlwaysClosed, hours.Custom}).Draw(m.t, "mode"),
		}}
	case flow.KindMessage:
		s.Message = &flow.Message{Say: m.sound()}
	case flow.KindMenu:
		s.Menu = m.menu(depth)
	case flow.KindRing:
		s.Ring = &flow.Ring{
			Targets: m.targets(), Strategy: m.strategy(), Time: time.Duration(m.pick(60, "time")) * time.Second,
			Wait: m.coin("wait"), Again: m.coin("again"),
		}
	case flow.KindQueue:
		s.Queue = &flow.Queue{Targets: m.targets(), Strategy: m.strategy(), MaxCalls: m.pick(3, "calls"), Callback: m.coin("callback")}
	case flow.KindForward:
		s.Forward = &flow.Forward{To: "+33123456789"}
	case flow.KindNumber:
		s.Number = &flow.Number{NumberID: rapid.SampledFrom(someNumbers).Draw(m.t, "number")}
	case flow.KindVoicemail:
		s.Voicemail = &flow.Voicemail{Say: m.sound()}
	case flow.KindCallback:
		s.Callback = &flow.Callback{Say: m.sound()}
	case flow.KindHangUp:
		s.HangUp = &flow.HangUp{Say: m.sound()}
	}
	return s
}

func (m *maker) menu(depth int) *flow.Menu {
	menu := flow.Menu{Say: m.sound(), Otherwise: m.steps(depth - 1)}
	if m.coin("replays given") {
		n := m.pick(4, "replays") - 1
		menu.Replays = &n
	}
	for range m.pick(4, "options") {
		menu.Options = append(menu.Options, flow.Option{Key: rapid.SampledFrom(flow.Keys()[:4]).Draw(m.t, "key"), Steps: m.steps(depth - 1)})
	}
	return &menu
}

func (m *maker) strategy() flow.Strategy {
	return rapid.SampledFrom(append(flow.Strategies(), "")).Draw(m.t, "strategy")
}

func (m *maker) targets() []flow.Target {
	target := rapid.Custom(func(t *rapid.T) flow.Target {
		switch rapid.IntRange(0, 4).Draw(t, "target") {
		case 0:
			return flow.Target{}
		case 1:
			return flow.Target{TeamID: rapid.SampledFrom(someTeams).Draw(t, "team")}
		}
		return flow.Target{MemberID: rapid.SampledFrom(someMembers).Draw(t, "member")}
	})
	return rapid.SliceOfN(target, 0, 4).Draw(m.t, "targets")
}

func (m *maker) someOf(ids []string, what string) []string {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(ids), 0, 3, rapid.ID[string]).Draw(m.t, what)
}

// facts draws a company with flows on most of the numbers.
func (m *maker) facts() flow.Facts {
	f := flow.Facts{
		At: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC), Zone: "Europe/Paris",
		Lines: map[string]flow.Line{}, Members: map[string]flow.Member{},
		Teams:  map[string][]string{"t1": m.someOf(someMembers, "t1"), "t2": m.someOf(someMembers, "t2")},
		Sounds: map[string]bool{"hello": true}, Waiting: map[string]int{}, Turn: map[string]string{},
	}
	for _, number := range someNumbers[:3] {
		f.Lines[number] = flow.Line{Flow: m.flow(), Rings: m.someOf(someMembers, "rings")}
	}
	for _, id := range someMembers[:5] {
		f.Members[id] = m.member()
	}
	for _, step := range []string{"s1", "s2", "s3", "s4"} {
		f.Waiting[flow.QueueID("n1", step)] = m.pick(4, "waiting")
		f.Turn[flow.QueueID("n1", step)] = rapid.SampledFrom(someMembers).Draw(m.t, "turn")
	}
	return f
}

func (m *maker) member() flow.Member {
	return flow.Member{
		Reason: rapid.SampledFrom(someReasons).Draw(m.t, "reason"), Muted: m.someOf(someNumbers, "muted"),
		StandIns:  m.someOf(someMembers, "stand-ins"),
		IdleSince: time.Unix(int64(m.pick(5, "idle")), 0),
	}
}

// event draws anything at all that could become of an action.
func (m *maker) event(offered []string) flow.Event {
	ev := flow.Event{Kind: rapid.SampledFrom([]flow.EventKind{
		flow.Started, flow.Said, flow.Pressed, flow.Silent, flow.Unanswered, flow.Waited, flow.DialFailed, flow.Asked, "unheard-of",
	}).Draw(m.t, "event")}
	switch ev.Kind {
	case flow.Pressed:
		ev.Key = rapid.SampledFrom(flow.Keys()).Draw(m.t, "pressed")
	case flow.Unanswered, flow.Waited:
		ev.Missed = offered
		ev.Cause = rapid.SampledFrom([]callstate.Cause{"", callstate.CauseNoAnswer, callstate.CauseDeclined}).Draw(m.t, "cause")
	}
	return ev
}

// last says whether an action is the last of a call.
func last(a flow.Action) bool {
	switch a.(type) {
	case flow.Record, flow.Promise, flow.End:
		return true
	}
	return false
}

// mostEvents is more than any call can live through: six flows of at most some
// hundred steps, each of which plays a menu or rings members a few times.
const mostEvents = 6 * 200 * 12

// TestAlwaysEnds drives calls through any flows with any events, with members who
// come and go and flows that are published meanwhile.
func TestAlwaysEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &maker{t: t}
		facts := m.facts()
		pos, ev := flow.At("n1"), flow.Event{Kind: flow.Started}
		var offered []string
		for taken := 0; ; {
			before := copied(t, pos)
			next, action, notes := flow.Next(pos, facts, ev)
			again, sameAction, sameNotes := flow.Next(pos, facts, ev)
			if !reflect.DeepEqual(copied(t, next), copied(t, again)) || !reflect.DeepEqual(action, sameAction) || !reflect.DeepEqual(notes, sameNotes) {
				t.Fatalf("the same gives another: %#v, %#v", action, sameAction)
			}
			if !reflect.DeepEqual(copied(t, pos), before) {
				t.Fatal("the position given was changed")
			}
			pos = copied(t, next) // as one is that was stored
			offered = possible(t, pos, facts, action)
			if last(action) {
				return
			}
			if action != nil {
				taken++
			}
			if taken > mostEvents {
				t.Fatalf("does not end, at %+v", pos)
			}
			ev = m.event(offered)
			if m.pick(8, "life goes on") == 0 {
				facts.Members[someMembers[m.pick(5, "who")]] = m.member()
			}
			if m.pick(40, "published") == 0 {
				facts.Lines[pos.Line] = flow.Line{Flow: m.flow(), Rings: facts.Lines[pos.Line].Rings}
			}
		}
	})
}

func copied(t *rapid.T, pos flow.Position) (out flow.Position) {
	b, err := json.Marshal(pos)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// possible checks that an action can be done, and returns who rings by it.
func possible(t *rapid.T, pos flow.Position, facts flow.Facts, action flow.Action) []string {
	switch a := action.(type) {
	case flow.Offer:
		if len(a.Members) == 0 && !a.Wait {
			t.Fatal("rings nobody")
		}
		if a.OneByOne && len(a.Members) > 1 {
			t.Fatalf("rings %v one by one", a.Members)
		}
		if a.For <= 0 {
			t.Fatal("rings for no time")
		}
		free(t, pos, facts, a.Members)
		return a.Members
	case flow.Enqueue:
		if len(a.Members) == 0 {
			t.Fatal("waits for nobody")
		}
		if a.Queue.MaxWait <= 0 {
			t.Fatal("waits for ever")
		}
		now, _ := flow.Candidates(pos, facts)
		free(t, pos, facts, now)
		for _, id := range now {
			if m := facts.Members[id]; m.Reason == "" && !slices.Contains(a.Members, id) {
				t.Fatalf("%s is rung, but does not serve", id)
			}
		}
	case flow.Say:
		heard(t, facts, a.Sound)
	case flow.Ask:
		heard(t, facts, a.Sound)
	case flow.Record:
		heard(t, facts, a.Sound)
	}
	return nil
}

// free checks that everybody rung is somebody who can be, by what is known of him
// and of the call.
func free(t *rapid.T, pos flow.Position, facts flow.Facts, ids []string) {
	for i, id := range ids {
		m, known := facts.Members[id]
		switch {
		case !known || m.Reason != "" || slices.Contains(m.Muted, pos.Line):
			t.Fatalf("rings %s, who is %+v", id, m)
		case slices.Contains(ids[:i], id):
			t.Fatalf("rings %s twice", id)
		case slices.Contains(pos.Missed, id) && !again(facts, pos):
			t.Fatalf("rings %s again", id)
		}
	}
}

// again says whether the step the call stands in may ring who missed it.
func again(facts flow.Facts, pos flow.Position) (yes bool) {
	facts.Lines[pos.Line].Flow.Walk(func(s flow.Step) bool {
		if s.ID == pos.Step {
			yes = s.Queue != nil || s.Ring != nil && s.Ring.Again
		}
		return true
	})
	return yes
}

func heard(t *rapid.T, facts flow.Facts, s flow.Sound) {
	if s.MessageID != "" && !facts.Sounds[s.MessageID] {
		t.Fatalf("plays %v, which is not there", s)
	}
}

// TestCandidatesAreComplete settles that everybody whom a step names is either rung
// or told with a reason.
func TestCandidatesAreComplete(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &maker{t: t}
		facts := m.facts()
		step := flow.Step{ID: "s1", Ring: &flow.Ring{Targets: m.targets(), Strategy: m.strategy()}}
		facts.Lines["n1"] = flow.Line{Flow: flow.Flow{Steps: []flow.Step{step}}, Rings: facts.Lines["n1"].Rings}
		pos := flow.Position{Line: "n1", Step: "s1", Missed: m.someOf(someMembers, "missed")}
		free, passed := flow.Candidates(pos, facts)
		_, action, _ := flow.Next(flow.Position{Line: "n1", Missed: pos.Missed}, facts, flow.Event{Kind: flow.Started})
		if o, ok := action.(flow.Offer); ok != (len(free) > 0) || ok && !slices.Equal(o.Members, free[:len(o.Members)]) {
			t.Fatalf("offers %#v, of %v", action, free)
		}
		named := facts.Lines["n1"].Rings
		if len(step.Ring.Targets) > 0 {
			named = nil
		}
		for _, target := range step.Ring.Targets {
			switch {
			case target.Everybody():
				named = append(slices.Clone(named), facts.Lines["n1"].Rings...)
			case target.TeamID != "":
				named = append(slices.Clone(named), facts.Teams[target.TeamID]...)
			default:
				named = append(slices.Clone(named), target.MemberID)
			}
		}
		for _, id := range named {
			_, known := facts.Members[id]
			if _, told := passed[id]; known && told == slices.Contains(free, id) {
				t.Fatalf("%s: rung and told are both %v", id, told)
			}
		}
		for id, reason := range passed {
			if reason == "" {
				t.Fatalf("%s is passed over for nothing", id)
			}
		}
	})
}

// TestSimulationsEnd settles that a simulation tells the path that Next takes.
func TestSimulationsEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &maker{t: t}
		facts := m.facts()
		s := flow.Scenario{At: facts.At, Away: map[string]string{}, Keys: rapid.StringMatching(`[0-9*#]{0,8}`).Draw(t, "keys")}
		for _, id := range m.someOf(someMembers, "away") {
			s.Away[id] = "offline"
		}
		s.Takes = rapid.SampledFrom(append(someMembers, "")).Draw(t, "takes")
		story := flow.Simulate(facts, "n1", s)
		if (story.TakenBy == "") == (story.End == callstate.CauseNone) {
			t.Fatalf("ends neither by an answer nor for a reason: %+v", story)
		}
		if story.TakenBy != "" && (story.TakenBy != s.Takes || s.Away[s.Takes] != "") {
			t.Fatalf("taken by %s, who is away", story.TakenBy)
		}
		if !reflect.DeepEqual(story, flow.Simulate(facts, "n1", s)) {
			t.Fatal("the same scenario tells another story")
		}
		var after time.Duration
		for _, n := range story.Notes {
			if n.After < after {
				t.Fatal("goes back in time")
			}
			after = n.After
		}
	})
}
