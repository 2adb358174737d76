package flow

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"parley/internal/base/phone"
)

// Problem is one reason why a flow cannot be published.
type Problem struct {
	StepID string            // where; "" for the flow as a whole
	Key    string            // of the sentence that says what is wrong
	Args   map[string]string // of the sentence
}

// World is what a number's flow may name, and what else decides whether it can work.
type World struct {
	NumberID   string          // whose flow it is
	Type       string          // of the number: "classic" or "ivr"
	Numbers    map[string]bool // of the workspace, by id
	Own        map[string]bool // their phone numbers
	Teams      map[string]bool
	Members    map[string]bool // active ones
	Sounds     map[string]bool // messages that can still be chosen or are in use
	Feeds      map[string]bool
	OtherFlows map[string]Flow // the live flows of the other numbers
	At         time.Time       // now: hours must open some time in the year from then on
	Zone       string          // of the workspace
	Countries  Countries       // where the company calls to
}

// typeIVR is the type of a number that answers with a menu: those assigned to it
// call out with it and are never rung by it.
const typeIVR = "ivr"

// Bounds of what steps may say, beside those of the package.
const (
	minMenuWait = time.Second
	maxMenuWait = 30 * time.Second
	maxReplays  = 5
	minInterval = 10 * time.Second
	minMessage  = 5 * time.Second
	maxPriority = 9
	maxLabel    = 60 // letters
)

// Check returns everything because of which a flow cannot work, in reading order.
// It is meant for flows as Clean returns them.
func Check(f Flow, w World) []Problem {
	c := &checker{world: w, seen: make(map[string]bool)}
	if len(f.Steps) == 0 {
		c.add("error.flow-empty")
	}
	count := 0
	search(cursor{}, f.Steps, false, func(at cursor, s Step) {
		count++
		c.step = s
		c.shape(at)
		c.part()
	})
	c.step = Step{}
	if count > MaxSteps {
		c.add("error.flow-steps-too-many", "limit", strconv.Itoa(MaxSteps))
	}
	c.loops(f)
	return c.problems
}

type checker struct {
	world    World
	seen     map[string]bool
	step     Step
	problems []Problem
}

// add notes a problem of the step that is looked at, once.
func (c *checker) add(key string, args ...string) {
	p := Problem{StepID: c.step.ID, Key: key}
	for i := 0; i+1 < len(args); i += 2 {
		if p.Args == nil {
			p.Args = make(map[string]string)
		}
		p.Args[args[i]] = args[i+1]
	}
	c.problems = append(c.problems, p)
}

// shape checks the step as a part of the flow.
func (c *checker) shape(at cursor) {
	s := c.step
	switch {
	case !validID(s.ID):
		c.add("error.flow-id", "id", s.ID)
	case c.seen[s.ID]:
		c.add("error.flow-id-twice", "id", s.ID)
	}
	c.seen[s.ID] = true
	if n := s.parts(); n != 1 {
		c.add("error.flow-step-empty")
	}
	if len(at.frames) > MaxDepth {
		c.add("error.flow-too-deep", "limit", strconv.Itoa(MaxDepth))
	}
	top := at.frames[len(at.frames)-1]
	if top.at > 0 && top.steps[top.at-1].ends() {
		c.add("error.flow-unreachable")
	}
}

// validID says whether an id is of [a-z0-9-], 1 to 32.
func validID(id string) bool {
	if id == "" || len(id) > 32 {
		return false
	}
	return !slices.ContainsFunc([]byte(id), func(b byte) bool {
		return (b < 'a' || b > 'z') && (b < '0' || b > '9') && b != '-'
	})
}

// parts counts what the step says to do.
func (s Step) parts() (n int) {
	for _, set := range []bool{
		s.Hours != nil, s.Message != nil, s.Menu != nil, s.Ring != nil, s.Queue != nil, s.Forward != nil,
		s.Number != nil, s.Voicemail != nil, s.Callback != nil, s.HangUp != nil,
	} {
		if set {
			n++
		}
	}
	return n
}

// ends says whether nothing comes after the step.
func (s Step) ends() bool {
	switch s.Kind() {
	case KindVoicemail, KindCallback, KindHangUp:
		return true
	}
	return false
}

// part checks what the step says.
func (c *checker) part() {
	s := c.step
	switch s.Kind() {
	case KindHours:
		c.hours(*s.Hours)
	case KindMessage:
		c.sound(s.Message.Say, true)
	case KindMenu:
		c.menu(*s.Menu)
	case KindRing:
		c.ring(*s.Ring)
	case KindQueue:
		c.queue(*s.Queue)
	case KindForward:
		// A flow is the same wherever it is read: no country helps to read the number.
		// Service numbers such as 3631 are what their digits say.
		if to, err := phone.Parse(s.Forward.To, ""); err != nil || to != s.Forward.To {
			c.add("error.flow-forward")
		} else if c.world.Own[to] { // the trunk would bring the call back, without end
			c.add("error.flow-forward-own")
		} else if barred(to, c.world.Countries) {
			c.add("error.flow-forward-barred")
		} else if !c.world.Countries.Dials(to) {
			c.add("error.flow-country", "country", phone.Country(to))
		}
		c.duration(s.Forward.Time, MinRing, MaxRing)
	case KindNumber:
		c.number(s.Number.NumberID)
	case KindVoicemail:
		c.sound(s.Voicemail.Say, false)
		c.duration(s.Voicemail.Limit, minMessage, MaxMessage)
	case KindCallback:
		c.sound(s.Callback.Say, false)
	case KindHangUp:
		c.sound(s.HangUp.Say, false)
	}
}

// duration checks a time the flow gives; none is the default.
func (c *checker) duration(d, least, most time.Duration) {
	if d != 0 && (d < least || d > most) {
		c.add("error.flow-time", "from", seconds(least), "to", seconds(most))
	}
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

func (c *checker) sound(s Sound, needed bool) {
	switch {
	case s.Silent() && needed:
		c.add("error.flow-sound-needed")
	case s.MessageID != "" && s.Prompt != "":
		c.add("error.flow-sound-both")
	case s.MessageID != "" && !c.world.Sounds[s.MessageID]:
		c.add("error.flow-sound-gone")
	case s.Prompt != "" && !slices.Contains(Prompts(), s.Prompt):
		c.add("error.flow-prompt-unknown", "name", s.Prompt)
	}
}

func (c *checker) strategy(s Strategy) {
	if s != "" && !slices.Contains(Strategies(), s) {
		c.add("error.flow-strategy")
	}
}

func (c *checker) ring(r Ring) {
	c.strategy(r.Strategy)
	c.duration(cmp.Or(r.Time, DefaultRing), MinRing, MaxRing)
	c.targets(r.Targets)
}

func (c *checker) queue(q Queue) {
	c.strategy(q.Strategy)
	c.targets(q.Targets)
	c.duration(q.RingTime, MinRing, MaxRing)
	c.duration(q.MaxWait, MinRing, MaxWait)
	c.duration(q.Interval, minInterval, MaxMessage)
	c.sound(q.Comfort, false)
	if q.MaxCalls < 0 || q.MaxCalls > MaxLength {
		c.add("error.flow-length", "limit", strconv.Itoa(MaxLength))
	}
	if q.Priority < 0 || q.Priority > maxPriority {
		c.add("error.flow-priority")
	}
}

func (c *checker) targets(targets []Target) {
	if len(targets) > MaxTargets {
		c.add("error.flow-targets-too-many", "limit", strconv.Itoa(MaxTargets))
	}
	everybody := len(targets) == 0
	for _, t := range targets {
		switch {
		case t.Everybody():
			everybody = true
		case t.MemberID != "" && t.TeamID != "":
			c.add("error.flow-target-both")
		case t.MemberID != "" && !c.world.Members[t.MemberID]:
			c.add("error.flow-member-gone")
		case t.TeamID != "" && !c.world.Teams[t.TeamID]:
			c.add("error.flow-team-gone")
		}
	}
	if everybody && c.world.Type == typeIVR {
		c.add("error.flow-ivr-rings-nobody")
	}
}
