package flow_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"parley/internal/domain/flow"
	"parley/internal/domain/hours"
)

func world() flow.World {
	set := func(ids string) map[string]bool {
		out := map[string]bool{}
		for _, id := range strings.Fields(ids) {
			out[id] = true
		}
		return out
	}
	return flow.World{
		NumberID: line, Type: "classic", Numbers: set("n1 n2 n3"), Teams: set("sales"), Members: set("a b c d e f"),
		Sounds: set("hello"), Feeds: set("feed"), OtherFlows: map[string]flow.Flow{},
		At: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC), Zone: "Europe/Paris",
	}
}

// full has a step of every kind and passes.
func full() flow.Flow {
	hello := flow.Sound{MessageID: "hello"}
	return flow.Clean(flow.Flow{Steps: []flow.Step{
		{Hours: &flow.Hours{
			Schedule: hours.Schedule{
				Mode: hours.Custom, Holidays: "FR", FeedID: "feed",
				Hours:      hours.Hours{Slots: []hours.Slot{{Days: []time.Weekday{1, 2}, From: 540, To: 1080}}},
				Exceptions: []hours.Exception{{Name: "Sale", From: "2026-05-01", Open: []hours.Span{{From: 600, To: 660}}}},
			},
			Closed: []flow.Step{{Message: &flow.Message{Say: prompt("closed")}}, {Voicemail: &flow.Voicemail{}}},
		}},
		{Message: &flow.Message{Say: prompt("welcome")}},
		{Menu: &flow.Menu{
			Say:     hello,
			Options: []flow.Option{{Key: "1", Label: "Sales", Steps: []flow.Step{{Queue: &flow.Queue{Targets: []flow.Target{{TeamID: "sales"}}}}}}, {Key: "2", Label: "The rest"}},
		}},
		{Ring: &flow.Ring{Targets: members("a b")}},
		{Forward: &flow.Forward{To: "+33123456789"}},
		{Number: &flow.Number{NumberID: "n2"}},
		{HangUp: &flow.HangUp{Say: hello}},
	}})
}

func TestWhatPasses(t *testing.T) {
	for name, f := range map[string]flow.Flow{"full": full(), "default": flow.Default(), "default, cleaned": flow.Clean(flow.Default())} {
		if p := flow.Check(f, world()); len(p) > 0 {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestCheck(t *testing.T) {
	number := func(to string) []flow.Step {
		return []flow.Step{{ID: "n", Number: &flow.Number{NumberID: to}}}
	}
	type edit func(f *flow.Flow, w *flow.World)
	for _, tc := range []struct {
		name, step, key string
		edit            edit
	}{
		{"nothing at all", "", "error.flow-empty", func(f *flow.Flow, _ *flow.World) { f.Steps = nil }},
		{"too many steps", "", "error.flow-steps-too-many", func(f *flow.Flow, _ *flow.World) {
			for i := range flow.MaxSteps + 1 {
				f.Steps = append([]flow.Step{say("more-"+strconv.Itoa(i), "welcome")}, f.Steps...)
			}
		}},
		{"menus too deep", "m5", "error.flow-too-deep", func(f *flow.Flow, _ *flow.World) {
			steps := []flow.Step(nil)
			for i := 5; i >= 0; i-- {
				menu := digits("1", flow.Menu{})
				menu.ID, menu.Menu.Options[0].Steps, menu.Menu.Options[0].Label = "m"+strconv.Itoa(i), steps, "x"
				steps = []flow.Step{menu}
			}
			f.Steps = steps
		}},
		{"a malformed id", "Über", "error.flow-id", func(f *flow.Flow, _ *flow.World) { f.Steps[1].ID = "Über" }},
		{"an id twice", "message-2", "error.flow-id-twice", func(f *flow.Flow, _ *flow.World) { f.Steps[3].ID = f.Steps[1].ID }},
		{"no part", "ring-1", "error.flow-step-empty", func(f *flow.Flow, _ *flow.World) { f.Steps[3].Ring = nil }},
		{"two parts", "ring-1", "error.flow-step-empty", func(f *flow.Flow, _ *flow.World) { f.Steps[3].HangUp = &flow.HangUp{} }},
		{"behind the end", "ring-1", "error.flow-unreachable", func(f *flow.Flow, _ *flow.World) { f.Steps[2] = voicemail("mail") }},
		{"hours that are wrong", "hours-1", "error.hours-span", func(f *flow.Flow, _ *flow.World) { f.Steps[0].Hours.Schedule.Hours.Slots[0].To = 0 }},
		{"hours that never open", "hours-1", "error.flow-never-opens", func(f *flow.Flow, _ *flow.World) {
			f.Steps[0].Hours.Schedule.Exceptions = []hours.Exception{{From: "2026-01-01", To: "2028-01-01"}}
		}},
		{"a calendar that is gone", "hours-1", "error.flow-feed-gone", func(_ *flow.Flow, w *flow.World) { w.Feeds = nil }},
		{"nothing to say", "message-2", "error.flow-sound-needed", func(f *flow.Flow, _ *flow.World) { f.Steps[1].Message.Say = flow.Sound{} }},
		{"two things to say", "message-2", "error.flow-sound-both", func(f *flow.Flow, _ *flow.World) { f.Steps[1].Message.Say.MessageID = "hello" }},
		{"an unknown prompt", "message-2", "error.flow-prompt-unknown", func(f *flow.Flow, _ *flow.World) { f.Steps[1].Message.Say.Prompt = "hey" }},
		{"a message that is gone", "menu-1", "error.flow-sound-gone", func(_ *flow.Flow, w *flow.World) { w.Sounds = nil }},
		{"an empty menu", "menu-1", "error.flow-menu-empty", func(f *flow.Flow, _ *flow.World) { f.Steps[2].Menu.Options = nil }},
		{"the placeholder", "menu-1", "error.flow-menu-placeholder", func(f *flow.Flow, _ *flow.World) { f.Steps[2].Menu.Say = prompt("menu") }},
		{"a silent menu", "menu-1", "error.flow-menu-placeholder", func(f *flow.Flow, _ *flow.World) { f.Steps[2].Menu.Say = flow.Sound{} }},
		{"a key twice", "menu-1", "error.flow-key-twice", func(f *flow.Flow, _ *flow.World) { f.Steps[2].Menu.Options[1].Key = "1" }},
		{"no key", "menu-1", "error.flow-key-unknown", func(f *flow.Flow, _ *flow.World) { f.Steps[2].Menu.Options[1].Key = "12" }},
		{"an option without anything", "menu-1", "error.flow-option-empty", func(f *flow.Flow, _ *flow.World) { f.Steps[2].Menu.Options[1].Label = "" }},
		{"a long label", "menu-1", "error.flow-label-long", func(f *flow.Flow, _ *flow.World) { f.Steps[2].Menu.Options[1].Label = strings.Repeat("é", 61) }},
		{"replays", "menu-1", "error.flow-replays", func(f *flow.Flow, _ *flow.World) { *f.Steps[2].Menu.Replays = -1 }},
		{"a menu's wait", "menu-1", "error.flow-time", func(f *flow.Flow, _ *flow.World) { f.Steps[2].Menu.Wait = time.Minute }},
		{"a short ring", "ring-1", "error.flow-time", func(f *flow.Flow, _ *flow.World) { f.Steps[3].Ring.Time = 9 * time.Second }},
		{"a long ring", "ring-1", "error.flow-time", func(f *flow.Flow, _ *flow.World) { f.Steps[3].Ring.Time = 3601 * time.Second }},
		{"a strategy nobody knows", "ring-1", "error.flow-strategy", func(f *flow.Flow, _ *flow.World) { f.Steps[3].Ring.Strategy = "by-name" }},
		{"too many targets", "ring-1", "error.flow-targets-too-many", func(f *flow.Flow, _ *flow.World) { f.Steps[3].Ring.Targets = make([]flow.Target, 201) }},
		{"a target of both", "ring-1", "error.flow-target-both", func(f *flow.Flow, _ *flow.World) { f.Steps[3].Ring.Targets[0].TeamID = "sales" }},
		{"a member who left", "ring-1", "error.flow-member-gone", func(_ *flow.Flow, w *flow.World) { delete(w.Members, "b") }},
		{"a team that is gone", "queue-1", "error.flow-team-gone", func(_ *flow.Flow, w *flow.World) { w.Teams = nil }},
		{"everybody of an IVR", "ring-1", "error.flow-ivr-rings-nobody", func(f *flow.Flow, w *flow.World) { f.Steps[3].Ring.Targets, w.Type = nil, "ivr" }},
		{"a priority", "queue-1", "error.flow-priority", func(f *flow.Flow, _ *flow.World) { f.Steps[2].Menu.Options[0].Steps[0].Queue.Priority = 10 }},
		{"a long line", "queue-1", "error.flow-length", func(f *flow.Flow, _ *flow.World) { f.Steps[2].Menu.Options[0].Steps[0].Queue.MaxCalls = 501 }},
		{"a premium number", "forward-1", "error.flow-forward-barred", func(f *flow.Flow, _ *flow.World) { f.Steps[4].Forward.To = "+33899123456" }},
		{"the emergency services", "forward-1", "error.flow-forward-barred", func(f *flow.Flow, w *flow.World) {
			f.Steps[4].Forward.To, w.Countries = "112", flow.Countries{"FR": true}
		}},
		{"a country not called", "forward-1", "error.flow-country", func(_ *flow.Flow, w *flow.World) { w.Countries = flow.Countries{"BE": true} }},
		{"no phone number", "forward-1", "error.flow-forward", func(f *flow.Flow, _ *flow.World) { f.Steps[4].Forward.To = "0123456789" }},
		{"a number of our own over the trunk", "forward-1", "error.flow-forward-own", func(_ *flow.Flow, w *flow.World) { w.Own = map[string]bool{"+33123456789": true} }},
		{"a number that is gone", "number-1", "error.flow-number-gone", func(_ *flow.Flow, w *flow.World) { delete(w.Numbers, "n2") }},
		{"the number itself", "number-1", "error.flow-number-self", func(f *flow.Flow, _ *flow.World) { f.Steps[5].Number.NumberID = line }},
		{"a circle", "number-1", "error.flow-loop", func(_ *flow.Flow, w *flow.World) {
			w.OtherFlows = map[string]flow.Flow{"n2": {Steps: number("n3")}, "n3": {Steps: []flow.Step{closedToday(number(line)...)}}}
		}},
	} {
		f, w := full(), world()
		tc.edit(&f, &w)
		problems := flow.Check(f, w)
		if !slices.ContainsFunc(problems, func(p flow.Problem) bool { return p.Key == tc.key && p.StepID == tc.step }) {
			t.Errorf("%s: %+v", tc.name, problems)
		}
	}
}

// TestWaysBackByKeysAreNoLoops: a menu may offer the number the call came from.
func TestWaysBackByKeysAreNoLoops(t *testing.T) {
	back := digits("9", flow.Menu{})
	back.Menu.Options[0].Steps = []flow.Step{{ID: "back", Number: &flow.Number{NumberID: line}}}
	w := world()
	w.OtherFlows["n2"] = flow.Flow{Steps: []flow.Step{back}}
	if p := flow.Check(full(), w); len(p) > 0 {
		t.Errorf("%+v", p)
	}
	w.OtherFlows["n2"] = flow.Flow{Steps: []flow.Step{voicemail("mail"), {ID: "back", Number: &flow.Number{NumberID: line}}}}
	if p := flow.Check(full(), w); len(p) > 0 {
		t.Errorf("behind the end: %+v", p)
	}
}

func TestClean(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := (&maker{t: t}).flow()
		before := written(t, f)
		clean := flow.Clean(f)
		if written(t, f) != before {
			t.Fatal("the flow given was changed")
		}
		if !reflect.DeepEqual(flow.Clean(clean), clean) {
			t.Fatal("not clean the first time")
		}
		clean.Walk(func(s flow.Step) bool {
			if s.ID == "" {
				t.Fatal("a step without id")
			}
			return true
		})
	})
}

func written(t *rapid.T, v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// show writes changes as "what step field from > to".
func show(changes []flow.Change) string {
	var out []string
	for _, c := range changes {
		text := strings.Join(strings.Fields(c.What+" "+c.StepID+" "+c.Field), " ")
		if c.What == flow.ChangeChanged || c.What == flow.ChangeMoved {
			text += " " + c.From + ">" + c.To
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

func TestDiff(t *testing.T) {
	for want, edit := range map[string]func(f *flow.Flow){
		"": func(*flow.Flow) {},
		"changed ring-1 targets member:a member:b>everybody, changed ring-1 time 25s>30s, changed ring-1 again >yes": func(f *flow.Flow) {
			f.Steps[3].Ring.Targets, f.Steps[3].Ring.Time, f.Steps[3].Ring.Again = nil, 30*time.Second, true
		},
		"removed message-2":          func(f *flow.Flow) { f.Steps = slices.Delete(f.Steps, 1, 2) },
		"added new":                  func(f *flow.Flow) { f.Steps = slices.Insert(f.Steps, 2, say("new", "welcome")) },
		"moved ring-1 order menu-1>": func(f *flow.Flow) { s := f.Steps[3]; f.Steps = slices.Insert(slices.Delete(f.Steps, 3, 4), 0, s) },
		"moved ring-1 list >menu-1/2": func(f *flow.Flow) {
			s := f.Steps[3]
			f.Steps[2].Menu.Options[1].Steps = []flow.Step{s}
			f.Steps = slices.Delete(f.Steps, 3, 4)
		},
		"changed menu-1 option.2.label The rest>Support": func(f *flow.Flow) { f.Steps[2].Menu.Options[1].Label = "Support" },
		"changed menu-1 option.2 yes>, changed menu-1 option.2.label The rest>": func(f *flow.Flow) {
			f.Steps[2].Menu.Options = f.Steps[2].Menu.Options[:1]
		},
		"changed hours-1 slots 12 09:00-18:00>12 09:00-17:30, changed hours-1 exceptions 2026-05-01/2026-05-01 10:00-11:00 Sale>": func(f *flow.Flow) {
			f.Steps[0].Hours.Schedule.Hours.Slots[0].To, f.Steps[0].Hours.Schedule.Exceptions = 1050, nil
		},
		"changed message-2 kind message>voicemail, changed message-2 say prompt:welcome>prompt:voicemail, changed message-2 limit >120s": func(f *flow.Flow) {
			f.Steps[1] = flow.Clean(flow.Flow{Steps: []flow.Step{voicemail("message-2")}}).Steps[0]
		},
	} {
		f := full()
		edit(&f)
		if got := show(flow.Diff(full(), f)); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// TestDiffMissesNothing changes each field that there is, at any depth.
func TestDiffMissesNothing(t *testing.T) {
	var parts []reflect.Value
	all := full()
	all.Walk(func(s flow.Step) bool {
		v := reflect.ValueOf(s)
		for i := range v.NumField() {
			if f := v.Field(i); f.Kind() == reflect.Pointer && !f.IsNil() {
				parts = append(parts, f.Elem())
			}
		}
		return true
	})
	before := written2(t, all)
	seen := 0
	for _, part := range parts {
		eachLeaf(part, func(leaf reflect.Value) {
			old := reflect.New(leaf.Type()).Elem()
			old.Set(leaf)
			switch leaf.Kind() {
			case reflect.String:
				leaf.SetString(leaf.String() + "x")
			case reflect.Int, reflect.Int64:
				leaf.SetInt(leaf.Int() + int64(time.Second))
			case reflect.Bool:
				leaf.SetBool(!leaf.Bool())
			}
			var was flow.Flow
			if err := json.Unmarshal([]byte(before), &was); err != nil {
				t.Fatal(err)
			}
			if len(flow.Diff(was, all)) == 0 {
				t.Errorf("a change of %v in %s is missed", old, part.Type())
			}
			seen++
			leaf.Set(old)
		})
	}
	if seen < 50 || written2(t, all) != before {
		t.Errorf("%d fields", seen)
	}
}

func written2(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// eachLeaf calls visit for every settable text, number and switch in a part, its
// lists of steps left out.
func eachLeaf(v reflect.Value, visit func(reflect.Value)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			eachLeaf(v.Elem(), visit)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			eachLeaf(v.Field(i), visit)
		}
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[[]flow.Step]() {
			return
		}
		for i := range v.Len() {
			eachLeaf(v.Index(i), visit)
		}
	default:
		visit(v)
	}
}
