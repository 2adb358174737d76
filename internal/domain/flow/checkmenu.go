package flow

import (
	"errors"
	"maps"
	"slices"
	"unicode/utf8"

	"parley/internal/base/fault"
)

func (c *checker) menu(m Menu) {
	if len(m.Options) == 0 {
		c.add("error.flow-menu-empty")
	}
	if m.Say.Silent() || m.Say.Prompt == PromptMenu {
		c.add("error.flow-menu-placeholder")
	} else {
		c.sound(m.Say, true)
	}
	c.duration(m.Wait, minMenuWait, maxMenuWait)
	if n := m.Plays() - 1; n < 0 || n > maxReplays {
		c.add("error.flow-replays")
	}
	seen := make(map[string]bool)
	for _, o := range m.Options {
		switch {
		case !slices.Contains(Keys(), o.Key):
			c.add("error.flow-key-unknown", "key", o.Key)
		case seen[o.Key]:
			c.add("error.flow-key-twice", "key", o.Key)
		case len(o.Steps) == 0 && o.Label == "":
			c.add("error.flow-option-empty", "key", o.Key)
		}
		seen[o.Key] = true
		if utf8.RuneCountInString(o.Label) > maxLabel {
			c.add("error.flow-label-long", "key", o.Key)
		}
	}
}

func (c *checker) hours(h Hours) {
	schedule, err := h.Schedule.Clean()
	for _, f := range faults(err) {
		c.problems = append(c.problems, Problem{StepID: c.step.ID, Key: f.Key, Args: maps.Clone(f.Args)})
	}
	if h.Schedule.FeedID != "" && !c.world.Feeds[h.Schedule.FeedID] {
		c.add("error.flow-feed-gone")
	}
	if err == nil && schedule.NeverOpens(c.world.At, c.world.Zone, nil) {
		c.add("error.flow-never-opens")
	}
}

// faults are the faults that were joined in an error.
func faults(err error) []*fault.Error {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		var out []*fault.Error
		for _, e := range joined.Unwrap() {
			out = append(out, faults(e)...)
		}
		return out
	}
	var f *fault.Error
	if errors.As(err, &f) {
		return []*fault.Error{f}
	}
	return nil
}

func (c *checker) number(to string) {
	switch {
	case to == c.world.NumberID:
		c.add("error.flow-number-self")
	case !c.world.Numbers[to]:
		c.add("error.flow-number-gone")
	}
}

// loops finds numbers that lead back here though the caller presses no key: nothing
// but the end of his patience gets him out. A menu that offers the way back to the
// number before is no such loop; a call changes numbers MaxHops times at most.
func (c *checker) loops(f Flow) {
	for _, s := range unasked(f.Steps) {
		if s.Number.NumberID == c.world.NumberID {
			continue // said already
		}
		if c.leadsBack(s.Number.NumberID, make(map[string]bool)) {
			c.step = s
			c.add("error.flow-loop")
		}
	}
}

func (c *checker) leadsBack(from string, seen map[string]bool) bool {
	if from == c.world.NumberID {
		return true
	}
	if seen[from] {
		return false
	}
	seen[from] = true
	return slices.ContainsFunc(unasked(c.world.OtherFlows[from].Steps), func(s Step) bool {
		return c.leadsBack(s.Number.NumberID, seen)
	})
}

// unasked are the number steps that a call can come to without a key pressed.
func unasked(steps []Step) []Step {
	var out []Step
	for _, s := range steps {
		switch {
		case s.Number != nil:
			out = append(out, s)
		case s.Hours != nil:
			out = append(out, unasked(s.Hours.Closed)...)
		case s.Menu != nil:
			out = append(out, unasked(s.Menu.Otherwise)...)
		}
		if s.ends() {
			break
		}
	}
	return out
}
