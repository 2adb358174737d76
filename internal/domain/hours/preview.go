package hours

import (
	"slices"
	"time"
)

// MaxPreview is the most days a preview shows.
const MaxPreview = 400

// Day is what a schedule does on one day: when it is open on the wall clock, and
// the exception, holiday or event that makes the day other than its weekday.
type Day struct {
	Date Date
	Open []Span
	Why  string
}

// Preview tells what the schedule does on each day from the day of from on.
func (s Schedule) Preview(from time.Time, days int, zone string, feed []Event) []Day {
	r := s.read(zone, feed)
	t := from.Round(0).In(r.loc)
	first := DateOf(t)
	out := make([]Day, max(0, min(days, MaxPreview)))
	for i := range out {
		out[i].Date = first.Add(i)
	}
	if s.Mode != Custom {
		if s.Mode != AlwaysClosed {
			for i := range out {
				out[i].Open = []Span{{From: 0, To: EndOfDay}}
			}
		}
		return out
	}
	r.feed = between(feed, t.AddDate(0, 0, -aside), t.AddDate(0, 0, len(out)+aside))
	// A day lasts up to 25 hours, and clocks may skip its midnight.
	r.fill(t.Add(-26*time.Hour), out)
	return out
}

// aside is how many days around those shown events matter: those on which the walk
// begins and ends, and how far clocks are apart.
const aside = 3

// between are the events that touch the time from one moment to another. A calendar
// may have thousands, and each step of the walk looks at all that are left.
func between(feed []Event, from, to time.Time) []Event {
	var out []Event
	for _, e := range feed {
		if e.From.Before(to) && e.To.After(from) {
			out = append(out, e)
		}
	}
	return out
}

// fill walks from t through the days. No stretch between two steps lies in two days.
func (r *reading) fill(t time.Time, days []Day) {
	if len(days) == 0 {
		return
	}
	first, last := days[0].Date, days[len(days)-1].Date
	var openUntil time.Time // the end of the last open stretch
	for DateOf(t.Add(-backAtMost)) <= last {
		date, end := DateOf(t), r.step(t)
		if date >= first && date <= last {
			day := &days[first.Days(date)]
			open, why := r.open(t)
			if day.Why == "" {
				day.Why = why
			}
			if open {
				day.Open = extend(day.Open, t, end, t.Equal(openUntil) && DateOf(t.Add(-1)) == date)
				openUntil = end
			}
		}
		t = end
	}
}

// backAtMost is more than clocks go back for summer's end: some did just after
// midnight, into a day that was over.
const backAtMost = 3 * time.Hour

// extend adds an open stretch to a day's spans. One that goes on where the last
// ended reaches back to it, even where clocks jumped forth in between; one that clocks
// which went back show again becomes one with what was there.
func extend(spans []Span, from, to time.Time, goesOn bool) []Span {
	hour, minute, _ := from.Clock()
	begin := Minute(hour*60 + minute)
	end := min(begin+Minute(to.Sub(from).Round(time.Minute)/time.Minute), EndOfDay)
	if n := len(spans); goesOn && n > 0 {
		begin = min(begin, spans[n-1].To)
	}
	i := slices.IndexFunc(spans, func(s Span) bool { return s.To >= begin })
	if i < 0 {
		return append(spans, Span{From: begin, To: end})
	}
	j := i
	for ; j < len(spans) && spans[j].From <= end; j++ {
		begin, end = min(begin, spans[j].From), max(end, spans[j].To)
	}
	return slices.Replace(spans, i, j, Span{From: begin, To: end})
}
