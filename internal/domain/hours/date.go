package hours

import (
	"cmp"
	"time"
)

// Date is a day on the calendar, "2026-12-24". Valid ones compare as strings do.
type Date string

// DateOf is the day that a calendar on the wall shows at t, in t's location.
func DateOf(t time.Time) Date { return Date(t.Format(time.DateOnly)) }

// Valid says whether there is such a day, between the years 2000 and 2999.
func (d Date) Valid() bool {
	t, err := d.utc()
	return err == nil && t.Year() >= 2000 && t.Year() <= 2999
}

func (d Date) compare(other Date) int { return cmp.Compare(d, other) }

// Weekday is the day's weekday; that of an invalid date is Sunday.
func (d Date) Weekday() time.Weekday {
	t, err := d.utc()
	if err != nil {
		return time.Sunday
	}
	return t.Weekday()
}

// Add is the date some days later, or earlier. An invalid one stays what it is.
func (d Date) Add(days int) Date {
	t, err := d.utc()
	if err != nil {
		return d
	}
	return DateOf(t.AddDate(0, 0, days))
}

// Days is how many days lie from d to other: 1 for the day after, negative before.
func (d Date) Days(other Date) int {
	from, err := d.utc()
	to, err2 := other.utc()
	if err != nil || err2 != nil {
		return 0
	}
	return int(to.Sub(from) / (24 * time.Hour))
}

func (d Date) utc() (time.Time, error) { return time.Parse(time.DateOnly, string(d)) }
