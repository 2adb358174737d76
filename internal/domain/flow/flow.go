// Package flow owns what a caller lives through on a number, as data, and the pure
// interpreter of that data: (flow, facts, event) gives the next action. It reads no
// clock, keeps nothing and rings nobody; whoever runs a call performs the actions
// and comes back with what happened. The simulator runs the same interpreter, so
// what it shows is what callers get.
//
// A flow is a list of steps, each of which may lead into lists of its own (the keys
// of a menu, what happens outside the hours). Steps are taken in order; a list that
// runs out goes on behind the step that has it, but for the closed list of an hours
// step, which ends the call. At the end of the flow the caller hears that nobody is
// available.
package flow

import (
	"slices"
	"time"

	"parley/internal/domain/hours"
)

// Bounds of what a flow may say.
const (
	MaxSteps   = 100 // in all, at any depth
	MaxDepth   = 5   // menus in menus
	MinRing    = 10 * time.Second
	MaxRing    = time.Hour
	MaxWait    = 2 * time.Hour // in a queue
	MaxLength  = 500           // calls in a queue
	MaxTargets = 200
	MaxHops    = 5 // from number to number in one call
	MaxMessage = 10 * time.Minute
)

// Flow is the behaviour of a number.
type Flow struct {
	Steps []Step `json:"steps" yaml:"steps"`
}

// Kind names what a step does; the word is the same in pages, texts and logs.
type Kind string

// The kinds of step.
const (
	KindHours     Kind = "hours"
	KindMessage   Kind = "message"
	KindMenu      Kind = "menu"
	KindRing      Kind = "ring"
	KindQueue     Kind = "queue"
	KindForward   Kind = "forward"
	KindNumber    Kind = "number"
	KindVoicemail Kind = "voicemail"
	KindCallback  Kind = "callback"
	KindHangUp    Kind = "hang-up"
)

// Kinds lists the kinds in the order they are offered.
func Kinds() []Kind {
	return []Kind{KindHours, KindMessage, KindMenu, KindRing, KindQueue, KindForward, KindNumber, KindVoicemail, KindCallback, KindHangUp}
}

// Step is one step: its id and exactly one part, which says its kind.
type Step struct {
	ID string `json:"id" yaml:"id,omitempty"` // unique in the flow: [a-z0-9-], at most 32

	Hours     *Hours     `json:"hours,omitempty" yaml:"hours,omitempty"`
	Message   *Message   `json:"message,omitempty" yaml:"message,omitempty"`
	Menu      *Menu      `json:"menu,omitempty" yaml:"menu,omitempty"`
	Ring      *Ring      `json:"ring,omitempty" yaml:"ring,omitempty"`
	Queue     *Queue     `json:"queue,omitempty" yaml:"queue,omitempty"`
	Forward   *Forward   `json:"forward,omitempty" yaml:"forward,omitempty"`
	Number    *Number    `json:"number,omitempty" yaml:"number,omitempty"`
	Voicemail *Voicemail `json:"voicemail,omitempty" yaml:"voicemail,omitempty"`
	Callback  *Callback  `json:"callback,omitempty" yaml:"callback,omitempty"`
	HangUp    *HangUp    `json:"hang_up,omitempty" yaml:"hang_up,omitempty"`
}

// Kind returns the kind of the step, "" where it has no part.
func (s Step) Kind() Kind {
	switch {
	case s.Hours != nil:
		return KindHours
	case s.Message != nil:
		return KindMessage
	case s.Menu != nil:
		return KindMenu
	case s.Ring != nil:
		return KindRing
	case s.Queue != nil:
		return KindQueue
	case s.Forward != nil:
		return KindForward
	case s.Number != nil:
		return KindNumber
	case s.Voicemail != nil:
		return KindVoicemail
	case s.Callback != nil:
		return KindCallback
	case s.HangUp != nil:
		return KindHangUp
	}
	return ""
}

// Sound is what a caller hears: a message of the workspace, or one that ships with
// the program. The zero Sound is silence.
type Sound struct {
	MessageID string `json:"message,omitempty" yaml:"message,omitempty"`
	Prompt    string `json:"prompt,omitempty" yaml:"prompt,omitempty"` // id in the sound library, such as "closed"
}

// Silent says whether there is nothing to hear.
func (s Sound) Silent() bool { return s == Sound{} }

// Hours lets callers pass while the schedule is open. Outside it they live through
// Closed, which ends the call.
type Hours struct {
	Schedule hours.Schedule `json:"schedule" yaml:"schedule"`
	Closed   []Step         `json:"closed,omitempty" yaml:"closed,omitempty"`
}

// Message plays a sound to its end.
type Message struct {
	Say Sound `json:"say" yaml:"say"`
}

// Menu says what each key does and waits for one; a key stops the prompt. A key
// without option is told to be none and counts as a try. Without a choice the menu
// is played Replays more times, then the flow goes on with Otherwise.
type Menu struct {
	Say       Sound         `json:"say" yaml:"say"`
	Options   []Option      `json:"options,omitempty" yaml:"options,omitempty"`
	Wait      time.Duration `json:"wait,omitempty" yaml:"wait,omitempty"` // for a key once the prompt is over; 0 is DefaultMenuWait
	Replays   *int          `json:"replays,omitempty" yaml:"replays,omitempty"`
	Otherwise []Step        `json:"otherwise,omitempty" yaml:"otherwise,omitempty"`
}

// The menu's defaults.
const (
	DefaultMenuWait    = 5 * time.Second
	DefaultMenuReplays = 1
)

// Plays is how often the menu is played in all.
func (m Menu) Plays() int {
	if m.Replays == nil {
		return 1 + DefaultMenuReplays
	}
	return 1 + *m.Replays
}

// Option is what one key leads to.
type Option struct {
	Key   string `json:"key" yaml:"key"`                         // one of Keys
	Label string `json:"label,omitempty" yaml:"label,omitempty"` // for people who read the flow
	Steps []Step `json:"steps,omitempty" yaml:"steps,omitempty"`
}

// Keys lists the keys a menu may use.
func Keys() []string {
	return []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "*", "#"}
}

// Strategy is the order in which members ring.
type Strategy string

// The strategies. All but AllAtOnce ring one member after the other.
const (
	AllAtOnce   Strategy = "all-at-once"
	InOrder     Strategy = "in-order"
	LongestIdle Strategy = "longest-idle"
	RoundRobin  Strategy = "round-robin"
)

// Strategies lists the strategies in the order they are offered.
func Strategies() []Strategy { return []Strategy{AllAtOnce, InOrder, LongestIdle, RoundRobin} }

// Target is whom a step rings: one member, one team, or, where both are empty,
// everybody whom the number rings.
type Target struct {
	MemberID string `json:"member,omitempty" yaml:"member,omitempty"`
	TeamID   string `json:"team,omitempty" yaml:"team,omitempty"`
}

// Everybody says whether the target is everybody whom the number rings.
func (t Target) Everybody() bool { return t == Target{} }

// Ring rings members. Time is how long: the whole step's where all ring at once,
// each member's where they ring one after the other. Who let it ring out or
// declined is not rung again in the same call unless Again is set. A step that finds
// nobody free is passed at once, unless Wait is set: then it lasts its Time, and
// whoever becomes free meanwhile is rung (DIS-05, respect queue time).
type Ring struct {
	Targets  []Target      `json:"targets,omitempty" yaml:"targets,omitempty"` // none: everybody whom the number rings
	Strategy Strategy      `json:"strategy,omitempty" yaml:"strategy,omitempty"`
	Time     time.Duration `json:"time" yaml:"time"`
	Wait     bool          `json:"wait,omitempty" yaml:"wait,omitempty"`
	Again    bool          `json:"again,omitempty" yaml:"again,omitempty"`
	Music    string        `json:"music,omitempty" yaml:"music,omitempty"` // instead of the ringing tone, id in the music library
}

// Queue keeps callers in line until a member is free: first come first served,
// those of a number with a higher Priority before.
type Queue struct {
	Targets  []Target      `json:"targets,omitempty" yaml:"targets,omitempty"`
	Strategy Strategy      `json:"strategy,omitempty" yaml:"strategy,omitempty"`
	RingTime time.Duration `json:"ring_time,omitempty" yaml:"ring_time,omitempty"` // of each offer; 0 is DefaultRing
	MaxWait  time.Duration `json:"max_wait,omitempty" yaml:"max_wait,omitempty"`   // then the flow goes on; 0 is DefaultMaxWait
	MaxCalls int           `json:"max_calls,omitempty" yaml:"max_calls,omitempty"` // who comes when as many wait passes on at once; 0 is MaxLength
	Priority int           `json:"priority,omitempty" yaml:"priority,omitempty"`   // 0 to 9
	Music    string        `json:"music,omitempty" yaml:"music,omitempty"`         // "" is the number's hold music
	Position bool          `json:"position,omitempty" yaml:"position,omitempty"`   // place and expected wait are announced
	Comfort  Sound         `json:"comfort,omitzero" yaml:"comfort,omitempty"`      // said every Interval
	Interval time.Duration `json:"interval,omitempty" yaml:"interval,omitempty"`   // 0 is DefaultInterval
	Callback bool          `json:"callback,omitempty" yaml:"callback,omitempty"`   // `*` asks to be called back
}

// The defaults of rings and queues.
const (
	DefaultRing     = 25 * time.Second
	DefaultMaxWait  = 10 * time.Minute
	DefaultInterval = 45 * time.Second
)

// Forward calls a number outside and connects the caller with whoever answers.
// Where nobody does within Time the flow goes on.
type Forward struct {
	To   string        `json:"to" yaml:"to"`                         // E.164
	Time time.Duration `json:"time,omitempty" yaml:"time,omitempty"` // 0 is DefaultRing
}

// Number goes on with the live flow of another number of the workspace.
type Number struct {
	NumberID string `json:"number" yaml:"number"`
}

// Voicemail takes a message: the greeting, a beep, then the caller speaks until he
// hangs up, presses # or Limit is over. It ends the call.
type Voicemail struct {
	Say   Sound         `json:"say" yaml:"say"`
	Limit time.Duration `json:"limit,omitempty" yaml:"limit,omitempty"` // 0 is DefaultVoicemail
}

// DefaultVoicemail is the longest message where the flow says nothing.
const DefaultVoicemail = 2 * time.Minute

// Callback promises the caller to be called back, makes it a to-do and ends the call.
type Callback struct {
	Say Sound `json:"say,omitzero" yaml:"say,omitempty"`
}

// HangUp ends the call, after a sound if there is one.
type HangUp struct {
	Say Sound `json:"say,omitzero" yaml:"say,omitempty"`
}

// Default is the flow of a number that nobody has given one: everybody whom the
// number rings, at once, then the message that nobody is available.
func Default() Flow {
	return Flow{Steps: []Step{{ID: "ring", Ring: &Ring{Strategy: AllAtOnce, Time: DefaultRing}}}}
}

// Branches returns the lists that the step leads into, each with what leads there:
// a menu's keys, "otherwise", or "closed".
func (s Step) Branches() []Branch {
	switch {
	case s.Hours != nil:
		return []Branch{{Name: BranchClosed, Steps: s.Hours.Closed}}
	case s.Menu != nil:
		out := make([]Branch, 0, len(s.Menu.Options)+1)
		for _, o := range s.Menu.Options {
			out = append(out, Branch{Name: o.Key, Steps: o.Steps})
		}
		return append(out, Branch{Name: BranchOtherwise, Steps: s.Menu.Otherwise})
	}
	return nil
}

// Branch is one list that a step leads into.
type Branch struct {
	Name  string
	Steps []Step
}

// The names of branches that no key leads to.
const (
	BranchClosed    = "closed"
	BranchOtherwise = "otherwise"
)

// Walk calls visit for every step at any depth, in reading order, until it returns
// false, and says whether it saw them all.
func (f Flow) Walk(visit func(Step) bool) bool { return walk(f.Steps, visit) }

func walk(steps []Step, visit func(Step) bool) bool {
	for _, s := range steps {
		if !visit(s) || slices.ContainsFunc(s.Branches(), func(b Branch) bool { return !walk(b.Steps, visit) }) {
			return false
		}
	}
	return true
}
