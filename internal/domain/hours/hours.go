// Package hours owns opening and working hours: weekly slots on the wall clock of
// a time zone, right across daylight-saving changes. It is pure: the time comes in
// as an argument. It does not decide what happens outside the hours.
//
// The one rule: a moment is within the hours when a clock on the wall shows a
// minute that a slot of that weekday has in it, From included and To not. So where
// clocks jump forward over a boundary it takes effect at the first moment there is,
// and where they go back the repeated hour counts both times.
package hours

import (
	"slices"
	"time"
)

// Minute is a time of day on the wall clock, in minutes since midnight, 0 to 1440.
type Minute int

// EndOfDay is the midnight a slot may end at.
const EndOfDay Minute = 24 * 60

// Slot is one span of the week, such as Monday to Friday from 9 to 18. To may be
// 1440, the end of the day; a span over midnight is two slots.
type Slot struct {
	Days []time.Weekday `json:"days"`
	From Minute         `json:"from"`
	To   Minute         `json:"to"`
}

// Hours are the hours of a member or a number. Without slots they are always open.
type Hours struct {
	Zone  string `json:"zone,omitempty"` // IANA name, "" for the workspace's
	Slots []Slot `json:"slots,omitempty"`
}

// In returns the hours in zone where they have none of their own.
func (h Hours) In(zone string) Hours {
	if h.Zone == "" {
		h.Zone = zone
	}
	return h
}

// Open says whether at is within the hours. A zone that is empty or unknown is UTC.
func (h Hours) Open(at time.Time) bool { return h.open(at.In(h.location())) }

// horizon bounds the search of Next. The answer repeats weekly, but one that
// changes once a week may fall into the hour that clocks skip.
const horizon = 15 * 24 * time.Hour

// Next is the first moment after at when the answer of Open changes, on the clock
// of the hours' zone. ok is false where it does not within 15 days.
func (h Hours) Next(at time.Time) (flip time.Time, ok bool) {
	if len(h.Slots) == 0 {
		return time.Time{}, false
	}
	t := at.Round(0).In(h.location()) // on the wall clock alone
	open := h.open(t)
	for limit := at.Add(horizon); t.Before(limit); {
		if t = h.step(t); h.open(t) != open {
			return t, true
		}
	}
	return time.Time{}, false
}

// open reads the wall clock of t's location.
func (h Hours) open(t time.Time) bool {
	if len(h.Slots) == 0 {
		return true
	}
	hour, minute, _ := t.Clock()
	now := Minute(hour*60 + minute)
	return slices.ContainsFunc(h.Slots, func(s Slot) bool {
		return s.From <= now && now < s.To && slices.Contains(s.Days, t.Weekday())
	})
}

// step is the first moment after t when anything can change: a boundary of any
// slot, midnight, or a change of the clocks.
func (h Hours) step(t time.Time) time.Time { return after(t, h.boundaries(nil)) }

// boundaries appends the minutes of the day at which slots begin and end.
func (h Hours) boundaries(to []Minute) []Minute {
	for _, s := range h.Slots {
		to = append(to, s.From, s.To)
	}
	return to
}

// after is the first moment after t that is one of the minutes, midnight, or a
// change of the clocks.
func after(t time.Time, minutes []Minute) time.Time {
	hour, minute, second := t.Clock()
	midnight := t.Add(-time.Duration(hour)*time.Hour - time.Duration(minute)*time.Minute -
		time.Duration(second)*time.Second - time.Duration(t.Nanosecond()))
	next := midnight.Add(24 * time.Hour)
	sooner := func(moment time.Time) {
		if moment.After(t) && moment.Before(next) {
			next = moment
		}
	}
	for _, m := range minutes {
		sooner(midnight.Add(time.Duration(m) * time.Minute))
	}
	if _, end := t.ZoneBounds(); !end.IsZero() {
		sooner(end)
	}
	return next
}

func (h Hours) location() *time.Location {
	loc, err := time.LoadLocation(h.Zone)
	if err != nil || h.Zone == "Local" { // the server's own zone is nobody's
		return time.UTC
	}
	return loc
}
