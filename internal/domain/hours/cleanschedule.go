package hours

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"

	"parley/internal/base/fault"
	"parley/internal/base/text"
)

// Bounds of a schedule.
const (
	MaxExceptions = 200
	MaxSpans      = 10 // of one exception
	MaxName       = 80 // letters of an exception's name
)

// Clean checks a schedule as somebody entered it and returns it in its stored form:
// exceptions by date, their spans in order and without overlaps. All faults are
// returned at once, joined; their fields are mode, zone, slots, holidays and
// exceptions, and the argument "row" says which slot or exception is meant, from 1.
func (s Schedule) Clean() (Schedule, error) {
	var faults []error
	clean := s
	switch s.Mode {
	case "":
		clean.Mode = AlwaysOpen
	case AlwaysOpen, AlwaysClosed, Custom:
	default:
		faults = append(faults, fault.OnField("mode", "error.hours-mode-unknown"))
	}
	var err error
	if clean.Hours, err = s.Hours.Clean("UTC"); err != nil {
		faults = append(faults, err)
	}
	clean.Holidays = strings.ToUpper(strings.TrimSpace(s.Holidays))
	if clean.Holidays != "" && !slices.Contains(HolidayCountries(), clean.Holidays) {
		faults = append(faults, fault.OnField("holidays", "error.holidays-unknown"))
	}
	if clean.Exceptions, err = cleanExceptions(s.Exceptions); err != nil {
		faults = append(faults, err)
	}
	if len(faults) > 0 {
		return s, errors.Join(faults...)
	}
	return clean, nil
}

func cleanExceptions(in []Exception) ([]Exception, error) {
	if len(in) > MaxExceptions {
		return nil, fault.OnField("exceptions", "error.exceptions-too-many").With("limit", strconv.Itoa(MaxExceptions))
	}
	var out []Exception
	var faults []error
	for i, e := range in {
		if e.To == "" {
			e.To = e.From
		}
		name, ok := text.Line(e.Name, MaxName)
		if key := e.wrong(); key != "" || !ok {
			key = cmp.Or(key, "error.exception-name")
			faults = append(faults, fault.OnField("exceptions", key).With("row", strconv.Itoa(i+1)))
			continue
		}
		e.Name, e.Open = name, joined(e.Open)
		out = append(out, e)
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	slices.SortStableFunc(out, func(a, b Exception) int { return a.From.compare(b.From) })
	return out, nil
}

// wrong is the key of what is wrong with an exception, "" for nothing.
func (e Exception) wrong() string {
	switch {
	case !e.From.Valid() || !e.To.Valid() || e.To < e.From:
		return "error.exception-days"
	case len(e.Open) > MaxSpans:
		return "error.exception-spans"
	case slices.ContainsFunc(e.Open, func(s Span) bool { return s.From < 0 || s.To > EndOfDay || s.From >= s.To }):
		return "error.exception-span"
	}
	return ""
}

// joined sorts spans and makes one of those that touch.
func joined(in []Span) []Span {
	spans := slices.Clone(in)
	slices.SortFunc(spans, func(a, b Span) int { return int(a.From - b.From) })
	var out []Span
	for _, s := range spans {
		if n := len(out); n > 0 && s.From <= out[n-1].To {
			out[n-1].To = max(out[n-1].To, s.To)
			continue
		}
		out = append(out, s)
	}
	return out
}
