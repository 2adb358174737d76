package flow

import (
	"cmp"
	"slices"
	"strconv"
)

// Clean returns the flow in its stored form: defaults filled in, and an id, such as
// "ring-2", for every step that has none. The flow given is left as it is.
func Clean(f Flow) Flow {
	c := cleaner{taken: make(map[string]bool)}
	f.Walk(func(s Step) bool {
		c.taken[s.ID] = true
		return true
	})
	return Flow{Steps: c.steps(f.Steps)}
}

type cleaner struct{ taken map[string]bool }

func (c cleaner) steps(in []Step) []Step {
	var out []Step
	for _, s := range in {
		if s.ID == "" && s.Kind() != "" {
			s.ID = c.id(s.Kind())
		}
		out = append(out, c.step(s))
	}
	return out
}

// id is the first free id of a kind.
func (c cleaner) id(k Kind) string {
	for i := 1; ; i++ {
		id := string(k) + "-" + strconv.Itoa(i)
		if !c.taken[id] {
			c.taken[id] = true
			return id
		}
	}
}

func (c cleaner) step(s Step) Step {
	switch s.Kind() {
	case KindHours:
		h := *s.Hours
		if clean, err := h.Schedule.Clean(); err == nil {
			h.Schedule = clean
		}
		h.Closed = c.steps(h.Closed)
		s.Hours = &h
	case KindMenu:
		s.Menu = c.menu(*s.Menu)
	case KindRing:
		r := *s.Ring
		r.Strategy = cmp.Or(r.Strategy, AllAtOnce)
		r.Time = cmp.Or(r.Time, DefaultRing)
		r.Targets = targets(r.Targets)
		s.Ring = &r
	case KindQueue:
		q := s.Queue.withDefaults()
		q.Targets = targets(q.Targets)
		s.Queue = &q
	case KindForward:
		f := *s.Forward
		f.Time = cmp.Or(f.Time, DefaultRing)
		s.Forward = &f
	case KindVoicemail:
		v := *s.Voicemail
		v.Limit = cmp.Or(v.Limit, DefaultVoicemail)
		v.Say = cmp.Or(v.Say, Sound{Prompt: PromptVoicemail})
		s.Voicemail = &v
	case KindCallback:
		cb := *s.Callback
		cb.Say = cmp.Or(cb.Say, Sound{Prompt: PromptCallbackPromise})
		s.Callback = &cb
	}
	return s
}

func (c cleaner) menu(m Menu) *Menu {
	m.Wait = cmp.Or(m.Wait, DefaultMenuWait)
	replays := m.Plays() - 1
	m.Replays = &replays
	m.Options = slices.Clone(m.Options)
	for i := range m.Options {
		m.Options[i].Steps = c.steps(m.Options[i].Steps)
	}
	m.Otherwise = c.steps(m.Otherwise)
	return &m
}

// targets leaves each target once. The number's own members, where they are the
// only target, are written as none.
func targets(in []Target) []Target {
	var out []Target
	for _, t := range in {
		if !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	if len(out) == 1 && out[0].Everybody() {
		return nil
	}
	return out
}
