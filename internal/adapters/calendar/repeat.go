package calendar

import (
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"
	"github.com/teambition/rrule-go"
)

// Bounds of repetitions, so that no rule keeps the server busy.
const (
	maxCounted = 100_000 // occurrences counted of one rule, from its start on
	maxRepeats = 20_000  // occurrences in all; the first maxEvents of them are kept
)

// occurrences are the starts of an event: its own, those of its rule, and those
// named. The times of a floating event are what its clock shows, in UTC.
func (p *reader) occurrences(e *ics.VEvent, start moment, length time.Duration) []time.Time {
	out := []time.Time{start.at}
	if rule := e.GetProperty(ics.ComponentPropertyRrule); rule != nil {
		if repeated, ok := p.repeated(rule.Value, start, length); ok {
			out = repeated
		}
	}
	for _, m := range all(e.GetProperties(ics.ComponentPropertyRdate)) {
		if m.floating == start.floating && len(out) < maxRepeats {
			out = append(out, m.at)
		}
	}
	return out
}

// repeated are the occurrences that a rule gives between p.from and p.to; ok is
// false for a rule that makes no sense for days and hours off.
func (p *reader) repeated(rule string, start moment, length time.Duration) (out []time.Time, ok bool) {
	option, err := rrule.StrToROptionInLocation(untilInUTC(rule, start), start.at.Location())
	if err != nil || option.Freq > rrule.DAILY || len(option.Byhour)+len(option.Byminute)+len(option.Bysecond) > 4 {
		return nil, false
	}
	option.Dtstart = start.at
	if option.Until.IsZero() || option.Until.After(p.to) {
		option.Until = p.to
	}
	r, err := rrule.NewRRule(*option)
	if err != nil {
		return nil, false
	}
	next := r.Iterator()
	for range maxCounted {
		at, more := next()
		if !more || !at.Before(p.to) || len(out) >= maxRepeats {
			break
		}
		if at.Add(length).After(p.from) {
			out = append(out, at)
		}
	}
	return out, true
}

// untilInUTC makes the last day of a rule, where it is a date, count in full.
func untilInUTC(rule string, start moment) string {
	parts := strings.Split(strings.TrimSpace(rule), ";")
	for i, part := range parts {
		name, value, _ := strings.Cut(part, "=")
		if strings.EqualFold(name, "UNTIL") && len(value) == len("20060102") && !start.day {
			parts[i] = part + "T235959"
		}
	}
	return strings.Join(parts, ";")
}
