// Package hours owns opening and working hours: weekly slots on the wall clock of
// a time zone, right across daylight-saving changes. It is pure: the time comes in
// as an argument. It does not decide what happens outside the hours.
package hours

import "time"

// Minute is a time of day on the wall clock, in minutes since midnight, 0 to 1440.
type Minute int

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
