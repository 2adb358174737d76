package hours_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"parley/internal/domain/hours"
)

// full is the largest schedule there is, always closed by its exceptions.
func full() hours.Schedule {
	s := hours.Schedule{Mode: hours.Custom, Holidays: "FR"}
	for i := range hours.MaxSlots {
		from := hours.Minute(i * 60)
		s.Hours.Slots = append(s.Hours.Slots, hours.Slot{Days: []time.Weekday{0, 1, 2, 3, 4, 5, 6}, From: from, To: from + 30})
	}
	for i := range hours.MaxExceptions {
		s.Exceptions = append(s.Exceptions, hours.Exception{From: "2026-01-01", To: hours.Date(fmt.Sprintf("2028-%02d-%02d", 1+i%12, 1+i%28))})
	}
	return s
}

// BenchmarkNeverOpens: whoever runs a number may enter as many as its flow has steps,
// and every check reads them all.
func BenchmarkNeverOpens(b *testing.B) {
	s := full()
	for b.Loop() {
		if !s.NeverOpens(morning(), "Europe/Paris", nil) {
			b.Fatal("it opens")
		}
	}
}

func morning() time.Time { return time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC) }

// busy is the largest calendar there is, around that morning.
func busy() []hours.Event {
	var feed []hours.Event
	for i := range 5000 {
		from := morning().Add(time.Duration(i-500) * 4 * time.Hour)
		feed = append(feed, hours.Event{Name: "busy", From: from, To: from.Add(time.Hour), Floating: i%2 == 0})
	}
	return feed
}

// TestPreviewOfALargeCalendar: it shows what it shows when it walks through all of it.
func TestPreviewOfALargeCalendar(t *testing.T) {
	s, feed := full(), busy()
	s.Exceptions = nil
	for _, zone := range []string{"Pacific/Kiritimati", "Pacific/Niue"} {
		for _, day := range s.Preview(morning(), 60, zone, feed) {
			if day.Why == "" {
				t.Errorf("%s: nothing on %s", zone, day.Date)
			}
			loc, err := time.LoadLocation(zone)
			if err != nil {
				t.Fatal(err)
			}
			for minute := hours.Minute(0); minute < hours.EndOfDay; minute += 10 {
				at, err := time.ParseInLocation(time.DateOnly, string(day.Date), loc)
				if err != nil {
					t.Fatal(err)
				}
				at = at.Add(time.Duration(minute) * time.Minute)
				open, _ := s.Open(at, zone, feed)
				if hours.DateOf(at) == day.Date && open != slices.ContainsFunc(day.Open, func(s hours.Span) bool { return s.From <= minute && minute < s.To }) {
					t.Fatalf("%s: %s, open %v, shown %v", zone, at, open, day.Open)
				}
			}
		}
	}
}

func BenchmarkPreview(b *testing.B) {
	s, feed := full(), busy()
	s.Exceptions = nil
	for b.Loop() {
		s.Preview(morning(), 60, "Europe/Paris", feed)
	}
}
