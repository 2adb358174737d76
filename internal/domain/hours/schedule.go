package hours

import "time"

// Mode says when a schedule is open.
type Mode string

// The modes.
const (
	AlwaysOpen   Mode = "open"
	AlwaysClosed Mode = "closed"
	Custom       Mode = "custom"
)

// Schedule is the opening hours of a number: weekly hours, but for public holidays,
// days that were entered as exceptions, and the events of a calendar feed. All of
// them count in Custom alone, where no weekly slots mean that it is always open but
// for the rest. The zero Schedule is always open.
type Schedule struct {
	Mode       Mode        `json:"mode" yaml:"mode"`
	Hours      Hours       `json:"hours,omitzero" yaml:"hours,omitempty"`        // of Custom
	Holidays   string      `json:"holidays,omitempty" yaml:"holidays,omitempty"` // country whose public holidays are closed, ISO 3166-1 alpha-2
	Exceptions []Exception `json:"exceptions,omitempty" yaml:"exceptions,omitempty"`
	FeedID     string      `json:"feed,omitempty" yaml:"feed,omitempty"` // calendar whose events are closed
}

// Exception is what holds on some days instead of the weekly hours, holidays and
// the feed: closed, or open in its slots. Where several hold on a day, the shortest
// does, of equal ones the first.
type Exception struct {
	Name string `json:"name,omitempty" yaml:"name,omitempty"`
	From Date   `json:"from" yaml:"from"`
	To   Date   `json:"to" yaml:"to"`                         // included
	Open []Span `json:"open,omitempty" yaml:"open,omitempty"` // none: closed all day
}

// Span is a part of a day; To may be 1440.
type Span struct {
	From Minute `json:"from" yaml:"from"`
	To   Minute `json:"to" yaml:"to"`
}

// Event is one event of a calendar feed: from From, included, to To, not included.
// The times of a floating one, such as a whole day, hold on the clock of whatever
// schedule reads it: that shows what From and To are in UTC.
type Event struct {
	Name     string    `json:"name"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Floating bool      `json:"floating,omitempty"`
}
