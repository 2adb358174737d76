package calendar

import (
	"strconv"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"
)

// moment is a time in a calendar. A floating one is what its clock shows, in UTC.
type moment struct {
	at       time.Time
	floating bool
	day      bool // a date alone
}

// read reads the time of a property; ok is false where there is none.
func read(p *ics.IANAProperty) (m moment, ok bool) {
	if p == nil {
		return m, false
	}
	return readTime(p.Value, p.ICalParameters["TZID"])
}

// all reads the times of properties that may have several each.
func all(properties []*ics.IANAProperty) []moment {
	var out []moment
	for _, p := range properties {
		for value := range strings.SplitSeq(p.Value, ",") {
			if m, ok := readTime(value, p.ICalParameters["TZID"]); ok {
				out = append(out, m)
			}
		}
	}
	return out
}

func readTime(value string, zone []string) (m moment, ok bool) {
	value = strings.TrimSpace(value)
	value, _, _ = strings.Cut(value, "/") // a period: its length is the event's
	if day, err := time.Parse("20060102", value); err == nil {
		return moment{at: day, floating: true, day: true}, sane(day)
	}
	if at, err := time.Parse("20060102T150405Z", value); err == nil {
		return moment{at: at}, sane(at)
	}
	if len(zone) > 0 {
		if loc, known := location(zone[0]); known {
			at, err := time.ParseInLocation("20060102T150405", value, loc)
			return moment{at: at}, err == nil && sane(at)
		}
	}
	at, err := time.Parse("20060102T150405", value)
	return moment{at: at, floating: true}, err == nil && sane(at)
}

// sane bounds how far back a repetition is counted from.
func sane(t time.Time) bool { return t.Year() >= 1900 && t.Year() < 3000 }

// location finds a zone by its IANA name, with or without a maker's prefix such as
// "/freeassociation.sourceforge.net/".
func location(name string) (*time.Location, bool) {
	parts := strings.Split(strings.Trim(name, `"/`), "/")
	for drop := range len(parts) {
		short := strings.Join(parts[drop:], "/")
		if short == "" || short == "Local" {
			continue
		}
		if loc, err := time.LoadLocation(short); err == nil {
			return loc, true
		}
	}
	return nil, false
}

// lengthOf is how long an event lasts: to its end, its duration, or, for a date
// alone, a day.
func lengthOf(e *ics.VEvent, start moment) time.Duration {
	if end, ok := read(e.GetProperty(ics.ComponentPropertyDtEnd)); ok && end.floating == start.floating {
		return end.at.Sub(start.at)
	}
	if p := e.GetProperty(ics.ComponentPropertyDuration); p != nil {
		return duration(p.Value)
	}
	if start.day {
		return 24 * time.Hour
	}
	return 0
}

// maxDuration bounds the length of one event.
const maxDuration = 3 * 366 * 24 * time.Hour

// duration reads "P1DT2H", "PT30M" or "P2W"; 0 where it is none.
func duration(value string) time.Duration {
	rest, ok := strings.CutPrefix(strings.TrimPrefix(value, "+"), "P")
	if !ok {
		return 0
	}
	var out time.Duration
	digits := ""
	for _, r := range rest {
		unit := map[rune]time.Duration{'W': 7 * 24 * time.Hour, 'D': 24 * time.Hour, 'H': time.Hour, 'M': time.Minute, 'S': time.Second}[r]
		switch {
		case r >= '0' && r <= '9' && len(digits) < 7:
			digits += string(r)
		case r == 'T' && digits == "":
		case unit > 0 && digits != "":
			n, err := strconv.Atoi(digits)
			if err != nil {
				return 0
			}
			out += time.Duration(n) * unit
			digits = ""
		default:
			return 0
		}
		if out > maxDuration {
			return 0
		}
	}
	return out
}
