package flow

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/phone"
	"parley/internal/domain/flow"
	"parley/internal/domain/member"
	"parley/internal/domain/message"
	"parley/internal/domain/number"
	"parley/internal/domain/workspace"
	"parley/web/form"
	"parley/web/messages"
)

// reader reads the fields of a step into it. What is wrong is added to the form.
type reader struct {
	h   *Handlers
	ctx context.Context
	s   *scene
	f   *form.Form
}

// read fills the step, whose kind stays. Fields a kind does not show stay as they are.
func (r reader) read(step *flow.Step) error {
	switch {
	case step.Hours != nil:
		r.hours(&step.Hours.Schedule)
	case step.Message != nil:
		return r.sound(&step.Message.Say, "say", false)
	case step.Menu != nil:
		return r.menu(step.Menu)
	case step.Ring != nil:
		r.ring(step.Ring)
	case step.Queue != nil:
		return r.queue(step.Queue)
	case step.Forward != nil:
		r.forward(step.Forward)
	case step.Number != nil:
		return r.number(step.Number)
	case step.Voicemail != nil:
		step.Voicemail.Limit = r.seconds("limit", 5, flow.MaxMessage)
		return r.sound(&step.Voicemail.Say, "say", true)
	case step.Callback != nil:
		return r.sound(&step.Callback.Say, "say", true)
	case step.HangUp != nil:
		return r.sound(&step.HangUp.Say, "say", true)
	}
	return nil
}

func (r reader) seconds(name string, low int, most time.Duration) time.Duration {
	return time.Duration(r.f.Int(name, low, int(most/time.Second))) * time.Second
}

func (r reader) strategy() flow.Strategy {
	var all []string
	for _, s := range flow.Strategies() {
		all = append(all, string(s))
	}
	return flow.Strategy(r.f.OneOf("strategy", all...))
}

func (r reader) tune() string {
	tune := r.f.Value("music")
	if tune != "" && !slices.Contains(r.h.needs.Music.MusicIDs(), tune) {
		r.f.Add(fault.OnField("music", "error.form-choice"))
		return ""
	}
	return tune
}

func (r reader) on(name string) bool { return r.f.Value(name) == "on" }

func (r reader) ring(s *flow.Ring) {
	s.Targets = r.targets()
	s.Strategy, s.Music = r.strategy(), r.tune()
	s.Time = r.seconds("time", int(flow.MinRing/time.Second), flow.MaxRing)
	s.Wait, s.Again = r.on("wait"), r.on("again")
}

func (r reader) queue(s *flow.Queue) error {
	s.Targets = r.targets()
	s.Strategy, s.Music = r.strategy(), r.tune()
	s.RingTime = r.seconds("ring_time", int(flow.MinRing/time.Second), flow.MaxRing)
	s.MaxWait = time.Duration(r.f.Int("max_wait", 1, int(flow.MaxWait/time.Minute))) * time.Minute
	s.MaxCalls = r.f.Int("max_calls", 1, flow.MaxLength)
	s.Priority = r.f.Int("priority", 0, 9)
	s.Interval = r.seconds("interval", 15, 10*time.Minute)
	s.Position, s.Callback = r.on("position"), r.on("callback")
	return r.sound(&s.Comfort, "say", true)
}

// targets reads whom a step rings, in the order of the page; one of the buttons
// beside them raises one by a place. Everybody alone is no target at all.
func (r reader) targets() []flow.Target {
	known := []string{whoEverybody}
	for _, t := range r.s.names.teams {
		known = append(known, whoTeam+t.ID)
	}
	for _, m := range r.s.names.roster {
		known = append(known, whoMember+m.ID)
	}
	picked := r.f.Some("target", known)
	if len(picked) == 0 && r.f.Err() == nil {
		r.f.Add(fault.OnField("target", "error.flow-nobody"))
	}
	if i, err := strconv.Atoi(r.f.Value("raise")); err == nil && i > 0 && i < len(picked) {
		picked[i-1], picked[i] = picked[i], picked[i-1]
	}
	return targetsOf(picked)
}

func targetsOf(picked []string) []flow.Target {
	var out []flow.Target
	for _, value := range picked {
		kind, id, _ := strings.Cut(value, ":")
		switch kind + ":" {
		case whoTeam:
			out = append(out, flow.Target{TeamID: id})
		case whoMember:
			out = append(out, flow.Target{MemberID: id})
		default:
			out = append(out, flow.Target{})
		}
	}
	if len(out) == 1 && out[0].Everybody() {
		return nil
	}
	return out
}

func (r reader) forward(s *flow.Forward) {
	s.Time = r.seconds("time", int(flow.MinRing/time.Second), flow.MaxRing)
	if raw := r.f.Text("to", 40); raw != "" {
		e164, err := phone.Parse(raw, r.s.Number.Country)
		if err != nil {
			r.f.Add(fault.OnField("to", "error.phone-invalid").Because(err))
			return
		}
		s.To = e164
	}
}

// number reads the line a step leads to; one that does not exist yet is made.
func (r reader) number(s *flow.Number) error {
	known := []string{newLine}
	for _, n := range r.s.names.numbers {
		known = append(known, n.ID)
	}
	picked := r.f.OneOf("number", known...)
	if picked != newLine {
		s.NumberID = picked
		return nil
	}
	if !r.s.manages() {
		return fault.New(fault.Forbidden, "error.not-allowed")
	}
	raw, name := r.f.Text("phone", 40), r.f.Text("name", 60)
	if r.f.Err() != nil {
		return nil
	}
	made, err := r.h.needs.Numbers.Create(r.ctx, r.s.Who.Member, number.Draft{
		Phone: raw, Name: name, Country: r.s.Number.Country, Language: r.s.Number.Language,
	})
	if err != nil {
		return err
	}
	s.NumberID = made.ID
	return nil
}

// sound reads what a caller hears: a text that was written, which is spoken once
// everything else is right, or what was chosen.
func (r reader) sound(s *flow.Sound, name string, silence bool) error {
	if r.s.Speaks && r.f.Value(name+"_text") != "" {
		return r.speak(s, name)
	}
	picked, ok := messages.SoundOf(r.f.Value(name))
	known := picked.Silent() && silence || picked.MessageID != "" && r.has(picked.MessageID) || slices.Contains(flow.Prompts(), picked.Prompt)
	if !ok || !known {
		r.f.Add(fault.OnField(name, "error.form-choice"))
		return nil
	}
	*s = picked
	return nil
}

func (r reader) has(messageID string) bool {
	return slices.ContainsFunc(slices.Concat(r.s.names.messages, r.s.names.hidden), func(m message.Message) bool { return m.ID == messageID })
}

func (r reader) speak(s *flow.Sound, name string) error {
	text := r.f.Value(name + "_text")
	language := r.f.OneOf("language", workspace.Languages()...)
	if r.f.Err() != nil {
		return nil
	}
	m, err := r.h.speak(r.ctx, r.s.Who.Member, title(text), text, language)
	if err != nil {
		return onField(err, name+"_text")
	}
	*s = flow.Sound{MessageID: m.ID}
	return nil
}

// maxTries is how many names are tried for a message before one is found free.
const maxTries = 20

// speak makes a message of a text under the name or, where it is taken, the name
// with a number.
func (h *Handlers) speak(ctx context.Context, actor member.Member, name, text, language string) (message.Message, error) {
	for try := 1; ; try++ {
		called := name
		if try > 1 {
			called += " " + strconv.Itoa(try)
		}
		m, err := h.needs.Speaker.Speak(ctx, actor, called, text, language, "")
		var wrong *fault.Error
		if taken := errors.As(err, &wrong) && wrong.Kind == fault.Conflict && wrong.Field == "name"; !taken || try == maxTries {
			return m, err
		}
	}
}

// title is what a message is called after its text: its first words.
func title(text string) string {
	const most = 40
	words := strings.Join(strings.Fields(text), " ")
	if len([]rune(words)) <= most {
		return words
	}
	cut := string([]rune(words)[:most])
	if i := strings.LastIndex(cut, " "); i > most/2 {
		cut = cut[:i]
	}
	return strings.TrimRight(cut, ",.;: ") + "…"
}

// onField lays a fault that names no field of the form to one.
func onField(err error, field string) error {
	errs := form.ErrorsOf(err)
	if errs == nil {
		return err
	}
	out := make(form.Errors, len(errs))
	for i, e := range errs {
		laid := *e
		laid.Field, laid.Kind = field, fault.Invalid
		out[i] = &laid
	}
	return out
}

func (r reader) menu(s *flow.Menu) error {
	replays := r.f.Int("replays", 0, 5)
	s.Replays = &replays
	s.Wait = r.seconds("wait", 2, 30*time.Second)
	options, byKey := []flow.Option{}, map[string]bool{}
	for i := range len(flow.Keys()) {
		no := strconv.Itoa(i)
		at := slices.IndexFunc(s.Options, func(o flow.Option) bool { return o.Key == r.f.Value("was-"+no) })
		if at < 0 || r.on("drop-"+no) {
			continue
		}
		o := s.Options[at]
		o.Key, o.Label = r.f.OneOf("key-"+no, flow.Keys()...), r.f.Optional("label-"+no, 60)
		if byKey[o.Key] {
			r.f.Add(fault.OnField("keys", "error.flow-key-twice").With("key", o.Key))
		}
		byKey[o.Key] = true
		options = append(options, o)
	}
	s.Options = inKeyOrder(options)
	return r.sound(&s.Say, "say", false)
}

func inKeyOrder(options []flow.Option) []flow.Option {
	keys := flow.Keys()
	slices.SortStableFunc(options, func(a, b flow.Option) int { return slices.Index(keys, a.Key) - slices.Index(keys, b.Key) })
	return options
}
