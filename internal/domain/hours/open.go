package hours

import (
	"slices"
	"time"
)

// scheduleHorizon bounds the search of Schedule.Next: a year has every holiday.
const scheduleHorizon = 366 * 24 * time.Hour

// Open says whether the schedule is open at a moment, and why if it is not for the
// weekly hours: the name of the exception, the holiday or the event. Zone is the
// workspace's, for a schedule that has none; feed is its calendar's events.
func (s Schedule) Open(at time.Time, zone string, feed []Event) (open bool, why string) {
	if s.Mode != Custom {
		return s.Mode != AlwaysClosed, ""
	}
	r := s.read(zone, feed)
	return r.open(at.In(r.loc))
}

// Next is the first moment after at when the answer of Open changes, on the clock
// of the schedule's zone. ok is false where it does not within a year.
func (s Schedule) Next(at time.Time, zone string, feed []Event) (flip time.Time, ok bool) {
	if s.Mode != Custom {
		return time.Time{}, false
	}
	r := s.read(zone, feed)
	t := at.Round(0).In(r.loc)
	open, _ := r.open(t)
	for limit := at.Add(scheduleHorizon); t.Before(limit); {
		t = r.step(t)
		if now, _ := r.open(t); now != open {
			return t, true
		}
	}
	return time.Time{}, false
}

// NeverOpens says whether custom hours stay closed for a year from at, so that they
// cannot be what was meant. A schedule that is closed by its mode is meant.
func (s Schedule) NeverOpens(at time.Time, zone string, feed []Event) bool {
	if s.Mode != Custom {
		return false
	}
	if open, _ := s.Open(at, zone, feed); open {
		return false
	}
	_, opens := s.Next(at, zone, feed)
	return !opens
}

// reading is a custom schedule with all that its answer depends on but the time.
// Times given to it are in loc.
type reading struct {
	Schedule
	loc   *time.Location
	feed  []Event
	years map[int]map[Date]string // the holidays of years that were asked for
	spans []int                   // how long each of the exceptions is, in days
}

func (s Schedule) read(zone string, feed []Event) *reading {
	r := &reading{Schedule: s, loc: s.Hours.In(zone).location(), feed: feed, years: make(map[int]map[Date]string)}
	r.spans = make([]int, len(s.Exceptions))
	for i, e := range s.Exceptions {
		r.spans[i] = e.From.Days(e.To)
	}
	return r
}

func (r *reading) open(t time.Time) (open bool, why string) {
	day := DateOf(t)
	if e, ok := r.exception(day); ok {
		hour, minute, _ := t.Clock()
		now := Minute(hour*60 + minute)
		return slices.ContainsFunc(e.Open, func(s Span) bool { return s.From <= now && now < s.To }), e.Name
	}
	if name, ok := r.holiday(t, day); ok {
		return false, name
	}
	if !r.Hours.open(t) {
		return false, ""
	}
	wall := onWall(t)
	for _, e := range r.feed {
		now := t
		if e.Floating {
			now = wall
		}
		if !now.Before(e.From) && now.Before(e.To) {
			return false, e.Name
		}
	}
	return true, ""
}

// onWall is what the clock shows at t, as a time in UTC.
func onWall(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

// exception is the one that holds on a day.
func (r *reading) exception(day Date) (Exception, bool) {
	found := -1
	for i, e := range r.Exceptions {
		if day >= e.From && day <= e.To && (found < 0 || r.spans[i] < r.spans[found]) {
			found = i
		}
	}
	if found < 0 {
		return Exception{}, false
	}
	return r.Exceptions[found], true
}

func (r *reading) holiday(t time.Time, day Date) (name string, ok bool) {
	if r.Holidays == "" {
		return "", false
	}
	year, known := r.years[t.Year()]
	if !known {
		year = holidaysOf(r.Holidays, t.Year())
		r.years[t.Year()] = year
	}
	name, ok = year[day]
	return name, ok
}

// step is the first moment after t when anything can change.
func (r *reading) step(t time.Time) time.Time {
	var room [16]Minute
	minutes := r.Hours.boundaries(room[:0])
	if e, ok := r.exception(DateOf(t)); ok {
		for _, s := range e.Open {
			minutes = append(minutes, s.From, s.To)
		}
	}
	next := after(t, minutes)
	wall := onWall(t)
	for _, e := range r.feed {
		now := t
		if e.Floating {
			now = wall
		}
		for _, edge := range [2]time.Time{e.From, e.To} {
			if in := edge.Sub(now); in > 0 && in < next.Sub(t) {
				next = t.Add(in)
			}
		}
	}
	return next
}
