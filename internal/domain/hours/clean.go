package hours

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"parley/internal/base/fault"
)

// MaxSlots bounds the slots of one timetable.
const MaxSlots = 20

// Clean checks hours as somebody entered them and returns them in their stored
// form: the days of each slot sorted, Monday first, each once. fallbackZone is the
// one they are read in where they have none; it has to be known then. All faults
// are returned at once, joined; their fields are zone and slots, and those of one
// slot say by the argument "row" which it is, from 1.
func (h Hours) Clean(fallbackZone string) (Hours, error) {
	var faults []error
	if !known(h.In(fallbackZone).Zone) {
		faults = append(faults, fault.OnField("zone", "error.time-zone-unknown"))
	}
	if len(h.Slots) > MaxSlots {
		tooMany := fault.OnField("slots", "error.hours-too-many").With("limit", strconv.Itoa(MaxSlots))
		return h, errors.Join(append(faults, tooMany)...)
	}
	clean := Hours{Zone: h.Zone}
	for i, s := range h.Slots {
		if key := s.wrong(); key != "" {
			faults = append(faults, fault.OnField("slots", key).With("row", strconv.Itoa(i+1)))
			continue
		}
		s.Days = sorted(s.Days)
		clean.Slots = append(clean.Slots, s)
	}
	if len(faults) > 0 {
		return h, errors.Join(faults...)
	}
	return clean, nil
}

// wrong is the key of what is wrong with a slot, "" for nothing.
func (s Slot) wrong() string {
	if len(s.Days) == 0 {
		return "error.hours-no-day"
	}
	if slices.ContainsFunc(s.Days, func(d time.Weekday) bool { return d < time.Sunday || d > time.Saturday }) {
		return "error.hours-day-unknown"
	}
	if s.From < 0 || s.To > EndOfDay || s.From >= s.To {
		return "error.hours-span"
	}
	return ""
}

// sorted returns the days from Monday to Sunday, each once.
func sorted(days []time.Weekday) []time.Weekday {
	out := slices.Clone(days)
	fromMonday := func(d time.Weekday) int { return (int(d) + 6) % 7 }
	slices.SortFunc(out, func(a, b time.Weekday) int { return fromMonday(a) - fromMonday(b) })
	return slices.Compact(out)
}

// known says whether a zone has a name of its own: "" and "Local" load too, but
// mean whatever the server's machine is set to.
func known(zone string) bool {
	if zone == "" || zone == "Local" {
		return false
	}
	_, err := time.LoadLocation(zone)
	return err == nil
}
