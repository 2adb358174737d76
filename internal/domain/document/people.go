package document

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"parley/internal/domain/hours"
	"parley/internal/domain/number"
)

// Member is a person, known by e-mail address. What he does with availability and
// notifications is his own and not part of the document.
type Member struct {
	Email         string    `yaml:"email"`
	Name          string    `yaml:"name"`
	Role          string    `yaml:"role"`
	Language      string    `yaml:"language,omitempty"`
	Extension     string    `yaml:"extension,omitempty"`
	WrapUp        *Duration `yaml:"wrap_up,omitempty"`
	DefaultNumber string    `yaml:"default_number,omitempty"`
	Hours         *Hours    `yaml:"hours,omitempty"`         // absent: they stay as they are
	OutsideHours  *Outside  `yaml:"outside_hours,omitempty"` // absent: it stays as it is
}

// Hours are the working hours of a member; without slots he always works.
type Hours struct {
	Zone  string `yaml:"zone,omitempty"` // IANA name, "" for the workspace's
	Slots []Slot `yaml:"slots,omitempty"`
}

// Slot is one span of the week: {days: [mon, tue], from: "09:00", to: "18:00"}.
type Slot struct {
	Days []string `yaml:"days,flow"`
	From Clock    `yaml:"from"`
	To   Clock    `yaml:"to"`
}

// Outside is where calls go outside the hours: to a colleague or a line, or where
// both are empty to the others who have the number, then its voicemail.
type Outside struct {
	Colleague string `yaml:"colleague,omitempty"` // e-mail address
	Line      string `yaml:"line,omitempty"`      // phone number
}

// Team is a group of members, known by name.
type Team struct {
	Name    string    `yaml:"name"`
	Members *[]string `yaml:"members,omitempty,flow"` // e-mail addresses; absent: they stay as they are
	Leads   []string  `yaml:"leads,omitempty,flow"`   // those of the members who lead it
}

// Access is who has a number, and how: an e-mail address alone shares it, the
// long form is {member: max@example.com, level: read-only}.
type Access struct {
	Member string
	Level  number.Level
}

// UnmarshalYAML reads both forms.
func (a *Access) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		a.Member, a.Level = n.Value, number.Shared
		return nil
	}
	var long struct {
		Member string `yaml:"member"`
		Level  string `yaml:"level"`
	}
	if err := onlyFields(n, "member", "level"); err != nil {
		return err
	}
	if err := n.Decode(&long); err != nil {
		return err
	}
	a.Member, a.Level = long.Member, number.Level(long.Level)
	return nil
}

// onlyFields refuses what a mapping has beside its fields: a decoder of one's own
// is not told to.
func onlyFields(n *yaml.Node, fields ...string) error {
	for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
		if name := n.Content[i]; !slices.Contains(fields, name.Value) {
			return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: field %s not found in type access", name.Line, name.Value)}}
		}
	}
	return nil
}

// MarshalYAML writes the short form where it says everything.
func (a Access) MarshalYAML() (any, error) {
	if a.Level == number.Shared || a.Level == "" {
		return a.Member, nil
	}
	return &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle, Content: []*yaml.Node{
		{Kind: yaml.ScalarNode, Value: "member"}, {Kind: yaml.ScalarNode, Value: a.Member},
		{Kind: yaml.ScalarNode, Value: "level"}, {Kind: yaml.ScalarNode, Value: string(a.Level)},
	}}, nil
}

// Clock is a time of day, written 09:00; the end of the day is 24:00.
type Clock hours.Minute

// UnmarshalYAML reads a time of day.
func (c *Clock) UnmarshalYAML(n *yaml.Node) error {
	if n.Value == "24:00" {
		*c = Clock(hours.EndOfDay)
		return nil
	}
	t, err := time.Parse("15:04", n.Value)
	if err != nil {
		return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: %q is no time of day such as 09:00", n.Line, short(n.Value))}}
	}
	*c = Clock(t.Hour()*60 + t.Minute())
	return nil
}

// MarshalYAML writes the time of day.
func (c Clock) MarshalYAML() (any, error) { return fmt.Sprintf("%02d:%02d", c/60, c%60), nil }

// days are the words for the days of the week.
func days() map[string]time.Weekday {
	out := map[string]time.Weekday{}
	for d := time.Sunday; d <= time.Saturday; d++ {
		out[strings.ToLower(d.String()[:3])] = d
	}
	return out
}

// hours returns the timetable; an unknown day comes out as one that hours.Clean
// refuses.
func (h Hours) hours() hours.Hours {
	known := days()
	out := hours.Hours{Zone: h.Zone}
	for _, s := range h.Slots {
		slot := hours.Slot{From: hours.Minute(s.From), To: hours.Minute(s.To)}
		for _, word := range s.Days {
			d, ok := known[strings.ToLower(word)]
			if !ok {
				d = -1
			}
			slot.Days = append(slot.Days, d)
		}
		out.Slots = append(out.Slots, slot)
	}
	return out
}

// hoursOf writes a timetable, nil where there is none.
func hoursOf(h hours.Hours) *Hours {
	if h.Zone == "" && len(h.Slots) == 0 {
		return nil
	}
	out := Hours{Zone: h.Zone}
	for _, s := range h.Slots {
		slot := Slot{From: Clock(s.From), To: Clock(s.To)}
		for _, d := range s.Days {
			slot.Days = append(slot.Days, strings.ToLower(d.String()[:3]))
		}
		out.Slots = append(out.Slots, slot)
	}
	return &out
}
