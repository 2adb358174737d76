package document

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"parley/internal/domain/hours"
)

// Step is one step of a number's flow: what it does, and what it is called in
// cases and stories, which is made up where it is absent.
type Step struct {
	ID string `yaml:"id,omitempty"`

	Hours     *HoursStep     `yaml:"hours,omitempty"`
	Message   *Sound         `yaml:"message,omitempty"`
	Menu      *MenuStep      `yaml:"menu,omitempty"`
	Ring      *RingStep      `yaml:"ring,omitempty"`
	Queue     *QueueStep     `yaml:"queue,omitempty"`
	Forward   *ForwardStep   `yaml:"forward,omitempty"`
	Number    string         `yaml:"number,omitempty"` // goes on with another number
	Voicemail *VoicemailStep `yaml:"voicemail,omitempty"`
	Callback  *EndStep       `yaml:"callback,omitempty"`
	HangUp    *EndStep       `yaml:"hang_up,omitempty"`
}

// HoursStep lets callers pass while it is open, and has a list for the others.
type HoursStep struct {
	Mode       string `yaml:"mode,omitempty"` // open, closed or custom; absent: custom where there are slots
	Hours      `yaml:",inline"`
	Holidays   string      `yaml:"holidays,omitempty"` // country
	Exceptions []Exception `yaml:"exceptions,omitempty"`
	Calendar   string      `yaml:"calendar,omitempty"` // by name
	Closed     []Step      `yaml:"closed,omitempty"`
}

// Exception is a stretch of days with hours of their own: {name: Christmas, from:
// "2026-12-24", to: "2026-12-26"}. To is From where it is absent.
type Exception struct {
	Name string     `yaml:"name,omitempty"`
	From hours.Date `yaml:"from"`
	To   hours.Date `yaml:"to,omitempty"`
	Open []Span     `yaml:"open,omitempty,flow"` // absent: closed all day
}

// Span is a part of a day.
type Span struct {
	From Clock `yaml:"from"`
	To   Clock `yaml:"to"`
}

// MenuStep is what each key leads to.
type MenuStep struct {
	Say       *Sound   `yaml:"say,omitempty"`
	Wait      Duration `yaml:"wait,omitempty"`
	Replays   *int     `yaml:"replays,omitempty"`
	Options   []Option `yaml:"options,omitempty"`
	Otherwise []Step   `yaml:"otherwise,omitempty"`
}

// Option is one key of a menu.
type Option struct {
	Key   string `yaml:"key"`
	Label string `yaml:"label,omitempty"`
	Steps []Step `yaml:"steps,omitempty"`
}

// RingStep rings members: those of To, or everybody whom the number rings.
type RingStep struct {
	To       []Target `yaml:"to,omitempty,flow"`
	Strategy string   `yaml:"strategy,omitempty"`
	Time     Duration `yaml:"time,omitempty"`
	Wait     bool     `yaml:"wait,omitempty"`
	Again    bool     `yaml:"again,omitempty"`
	Music    string   `yaml:"music,omitempty"`
}

// QueueStep keeps callers in line.
type QueueStep struct {
	To       []Target `yaml:"to,omitempty,flow"`
	Strategy string   `yaml:"strategy,omitempty"`
	RingTime Duration `yaml:"ring_time,omitempty"`
	MaxWait  Duration `yaml:"max_wait,omitempty"`
	MaxCalls int      `yaml:"max_calls,omitempty"`
	Priority int      `yaml:"priority,omitempty"`
	Music    string   `yaml:"music,omitempty"`
	Position bool     `yaml:"position,omitempty"`
	Comfort  *Sound   `yaml:"comfort,omitempty"`
	Interval Duration `yaml:"interval,omitempty"`
	Callback bool     `yaml:"callback,omitempty"`
}

// ForwardStep calls a number outside.
type ForwardStep struct {
	To   string   `yaml:"to"`
	Time Duration `yaml:"time,omitempty"`
}

// VoicemailStep takes a message and ends the call.
type VoicemailStep struct {
	Say   *Sound   `yaml:"say,omitempty"`
	Limit Duration `yaml:"limit,omitempty"`
}

// EndStep says something, if there is something to say, and ends the call.
type EndStep struct {
	Say *Sound `yaml:"say,omitempty"`
}

// Sound is a message by its name, or {prompt: closed} for one that ships with the
// program.
type Sound struct {
	Message string
	Prompt  string
}

// UnmarshalYAML reads both forms.
func (s *Sound) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		s.Message = n.Value
		return nil
	}
	prompt, err := single(n, "prompt")
	s.Prompt = prompt["prompt"]
	return err
}

// MarshalYAML writes the form that fits.
func (s Sound) MarshalYAML() (any, error) {
	if s.Prompt != "" {
		return pair("prompt", s.Prompt), nil
	}
	return s.Message, nil
}

// everybody is whom the number rings.
const everybody = "everybody"

// Target is a member by e-mail address, {team: Sales}, or everybody.
type Target struct {
	Member string
	Team   string
}

// UnmarshalYAML reads all forms.
func (t *Target) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		if n.Value != everybody {
			t.Member = n.Value
		}
		return nil
	}
	one, err := single(n, "team", "member")
	t.Team, t.Member = one["team"], one["member"]
	return err
}

// MarshalYAML writes the form that fits.
func (t Target) MarshalYAML() (any, error) {
	switch {
	case t.Team != "":
		return pair("team", t.Team), nil
	case t.Member != "":
		return t.Member, nil
	}
	return everybody, nil
}

// single reads a mapping with one of the fields.
func single(n *yaml.Node, fields ...string) (map[string]string, error) {
	if err := onlyFields(n, fields...); err != nil {
		return nil, err
	}
	var out map[string]string
	if err := n.Decode(&out); err != nil {
		return nil, err
	}
	if len(out) != 1 {
		return nil, &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: name one of %v", n.Line, fields)}}
	}
	return out, nil
}

func pair(key, value string) *yaml.Node {
	v := &yaml.Node{}
	v.SetString(value)
	return &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Value: key}, v}}
}

// Message is a text that a synthetic voice says to callers, known by name. Sounds
// that were uploaded or recorded are not part of the document; flows may name them.
type Message struct {
	Name     string `yaml:"name"`
	Text     string `yaml:"text"`
	Language string `yaml:"language,omitempty"`
	Voice    string `yaml:"voice,omitempty"` // id, absent: the first of the language
}

// Calendar is a calendar on the web whose events close numbers, known by name. Its
// address may be all that guards it, so it is read and written as a password is.
type Calendar struct {
	Name string `yaml:"name"`
	URL  string `yaml:"url"`
}

// Blocked is a caller who is turned away: a number, all that begin with a prefix,
// or whoever hides his number.
type Blocked struct {
	Number    string `yaml:"number,omitempty"`
	Prefix    string `yaml:"prefix,omitempty"`
	Anonymous bool   `yaml:"anonymous,omitempty"`
	Note      string `yaml:"note,omitempty"`
}
