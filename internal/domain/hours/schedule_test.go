package hours_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"parley/internal/base/fault"
	"parley/internal/domain/hours"
)

var weekdays = []time.Weekday{1, 2, 3, 4, 5}

// office is open on weekdays from 9 to 18 in Paris, closed on the holidays of France.
func office(exceptions ...hours.Exception) hours.Schedule {
	return hours.Schedule{
		Mode: hours.Custom, Holidays: "FR", Exceptions: exceptions,
		Hours: hours.Hours{Zone: "Europe/Paris", Slots: []hours.Slot{{Days: weekdays, From: 540, To: 1080}}},
	}
}

// paris reads "2026-07-14 10:00".
func paris(t *testing.T, at string) time.Time {
	t.Helper()
	loc, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	out, err := time.ParseInLocation("2006-01-02 15:04", at, loc)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSchedule(t *testing.T) {
	feed := []hours.Event{
		{Name: "Fire drill", From: paris(t, "2026-03-03 10:00"), To: paris(t, "2026-03-03 11:00")},
		{Name: "Off-site", From: time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 3, 6, 0, 0, 0, 0, time.UTC), Floating: true},
	}
	s := office(
		hours.Exception{Name: "Summer", From: "2026-08-01", To: "2026-08-31"},
		hours.Exception{Name: "Sale", From: "2026-08-15", To: "2026-08-15", Open: []hours.Span{{From: 600, To: 720}}},
		hours.Exception{Name: "Open door", From: "2026-03-05", To: "2026-03-05", Open: []hours.Span{{From: 0, To: 60}, {From: 1380, To: 1440}}},
	)
	for _, tc := range []struct {
		at   string
		open bool
		why  string
		flip string
	}{
		{"2026-03-02 10:00", true, "", "2026-03-02 18:00"},
		{"2026-03-02 08:59", false, "", "2026-03-02 09:00"},
		{"2026-03-03 09:30", true, "", "2026-03-03 10:00"},
		{"2026-03-03 10:30", false, "Fire drill", "2026-03-03 11:00"},
		{"2026-03-03 11:00", true, "", "2026-03-03 18:00"},
		{"2026-03-04 20:00", false, "", "2026-03-05 00:00"},
		{"2026-03-05 00:30", true, "Open door", "2026-03-05 01:00"}, // an exception is stronger than the feed
		{"2026-03-05 10:00", false, "Open door", "2026-03-05 23:00"},
		{"2026-07-14 10:00", false, "Fête Nationale", "2026-07-15 09:00"},
		{"2026-07-31 18:00", false, "", "2026-08-15 10:00"},
		{"2026-08-15 11:00", true, "Sale", "2026-08-15 12:00"}, // and than a holiday; the shortest holds
		{"2026-08-20 11:00", false, "Summer", "2026-09-01 09:00"},
	} {
		at := paris(t, tc.at)
		open, why := s.Open(at, "Asia/Tokyo", feed)
		if open != tc.open || why != tc.why {
			t.Errorf("%s: open %v for %q", tc.at, open, why)
		}
		if flip, ok := s.Next(at, "Asia/Tokyo", feed); !ok || !flip.Equal(paris(t, tc.flip)) {
			t.Errorf("%s: flips at %v (%v), want %s", tc.at, flip, ok, tc.flip)
		}
	}
}

func TestModes(t *testing.T) {
	at := paris(t, "2026-07-14 10:00")
	shut := office().Exceptions
	for _, tc := range []struct {
		s       hours.Schedule
		open    bool
		changes bool
		never   bool
	}{
		{hours.Schedule{}, true, false, false},
		{hours.Schedule{Mode: hours.AlwaysOpen, Holidays: "FR", Exceptions: shut}, true, false, false},
		{hours.Schedule{Mode: hours.AlwaysClosed}, false, false, false},
		{hours.Schedule{Mode: hours.Custom}, true, false, false},
		{hours.Schedule{Mode: hours.Custom, Holidays: "FR"}, false, true, false},
		{office(hours.Exception{From: "2000-01-01", To: "2999-12-31"}), false, false, true},
		{office(hours.Exception{From: "2026-07-01", To: "2027-06-30"}), false, true, false},
	} {
		open, _ := tc.s.Open(at, "Europe/Paris", nil)
		_, changes := tc.s.Next(at, "Europe/Paris", nil)
		if never := tc.s.NeverOpens(at, "Europe/Paris", nil); open != tc.open || changes != tc.changes || never != tc.never {
			t.Errorf("%+v: open %v, changes %v, never %v", tc.s, open, changes, never)
		}
	}
}

func TestHolidays(t *testing.T) {
	for _, tc := range []struct{ country, date, name string }{
		{"FR", "2026-07-14", "Fête Nationale"},
		{"FR", "2026-05-14", ""}, // Ascension, by whatever name
		{"DE", "2026-10-03", ""},
		{"US", "2026-07-03", ""}, // in the stead of the 4th, a Saturday
		{"US", "2026-07-04", ""},
		{"GB", "2026-12-28", ""}, // Boxing Day, a Saturday
		{"US", "2027-12-31", ""}, // New Year of 2028, a Saturday
		{"CH", "2026-08-01", ""},
		{"AU", "2026-12-25", ""},
		{"JP", "2026-01-01", ""},
	} {
		year := 2026
		if strings.HasPrefix(tc.date, "2027") {
			year = 2027
		}
		list := hours.Holidays(tc.country, year)
		i := slices.IndexFunc(list, func(h hours.Holiday) bool { return string(h.Date) == tc.date })
		if i < 0 || tc.name != "" && list[i].Name != tc.name {
			t.Errorf("%s in %s: %v", tc.date, tc.country, list)
		}
	}
	for _, h := range hours.Holidays("SE", 2026) {
		if h.Date == "2026-12-24" {
			t.Error("Christmas Eve is no public holiday")
		}
	}
	for _, country := range hours.HolidayCountries() {
		for year := 2025; year < 2036; year++ {
			if n := len(hours.Holidays(country, year)); n < 3 || n > 40 {
				t.Errorf("%s has %d holidays in %d", country, n, year)
			}
		}
	}
	if hours.Holidays("XX", 2026) != nil {
		t.Error("a country nobody knows has holidays")
	}
}

func TestDate(t *testing.T) {
	if d := hours.Date("2026-02-28"); !d.Valid() || d.Add(1) != "2026-03-01" || d.Weekday() != time.Saturday || d.Days("2026-03-02") != 2 {
		t.Error(d.Add(1), d.Weekday(), d.Days("2026-03-02"))
	}
	for _, d := range []hours.Date{"", "2026-02-29", "26-02-01", "1999-12-31", "2026-2-1", "tomorrow"} {
		if d.Valid() {
			t.Errorf("%q is a date", d)
		}
	}
}

func TestCleanSchedule(t *testing.T) {
	s := hours.Schedule{Mode: hours.Custom, Holidays: " fr ", Exceptions: []hours.Exception{
		{Name: "  Late  one ", From: "2026-12-24", Open: []hours.Span{{From: 700, To: 800}, {From: 540, To: 720}}},
		{From: "2026-01-02", To: "2026-01-03"},
	}}
	got, err := s.Clean()
	want := []hours.Exception{
		{From: "2026-01-02", To: "2026-01-03"},
		{Name: "Late one", From: "2026-12-24", To: "2026-12-24", Open: []hours.Span{{From: 540, To: 800}}},
	}
	if err != nil || got.Holidays != "FR" || !reflect.DeepEqual(got.Exceptions, want) {
		t.Errorf("%+v, %v", got, err)
	}
	if again, err := got.Clean(); err != nil || !reflect.DeepEqual(again, got) {
		t.Errorf("cleaned again: %+v, %v", again, err)
	}
	if zero, err := (hours.Schedule{}).Clean(); err != nil || zero.Mode != hours.AlwaysOpen {
		t.Errorf("%+v, %v", zero, err)
	}
	one := func(e hours.Exception) hours.Schedule { return hours.Schedule{Exceptions: []hours.Exception{e}} }
	for key, bad := range map[string]hours.Schedule{
		"error.hours-mode-unknown":  {Mode: "sometimes"},
		"error.time-zone-unknown":   {Hours: hours.Hours{Zone: "Mars/Olympus"}},
		"error.hours-no-day":        {Hours: hours.Hours{Slots: []hours.Slot{{From: 1, To: 2}}}},
		"error.holidays-unknown":    {Holidays: "XX"},
		"error.exceptions-too-many": {Exceptions: make([]hours.Exception, hours.MaxExceptions+1)},
		"error.exception-days":      one(hours.Exception{From: "2026-01-02", To: "2026-01-01"}),
		"error.exception-span":      one(hours.Exception{From: "2026-01-02", Open: []hours.Span{{From: 5, To: 5}}}),
		"error.exception-spans":     one(hours.Exception{From: "2026-01-02", Open: make([]hours.Span, hours.MaxSpans+1)}),
		"error.exception-name":      one(hours.Exception{From: "2026-01-02", Name: strings.Repeat("x", hours.MaxName+1)}),
	} {
		_, err := bad.Clean()
		var f *fault.Error
		if !errors.As(err, &f) || f.Key != key || f.Field == "" {
			t.Errorf("want %s: %v", key, err)
		}
	}
}

func TestPreview(t *testing.T) {
	s := office(hours.Exception{Name: "Late", From: "2026-12-26", To: "2026-12-26", Open: []hours.Span{{From: 1200, To: 1440}}})
	got := s.Preview(paris(t, "2026-12-24 23:00"), 5, "UTC", nil)
	want := []hours.Day{
		{Date: "2026-12-24", Open: []hours.Span{{From: 540, To: 1080}}},
		{Date: "2026-12-25", Why: "Noël"},
		{Date: "2026-12-26", Open: []hours.Span{{From: 1200, To: 1440}}, Why: "Late"},
		{Date: "2026-12-27"},
		{Date: "2026-12-28", Open: []hours.Span{{From: 540, To: 1080}}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	days := hours.Schedule{Mode: hours.AlwaysOpen}.Preview(paris(t, "2026-12-24 23:00"), 5000, "Asia/Tokyo", nil)
	if len(days) != hours.MaxPreview || days[0].Date != "2026-12-25" || days[0].Open[0].To != hours.EndOfDay {
		t.Errorf("%d days, the first %+v", len(days), days[0])
	}
	if got := (hours.Schedule{}).Preview(time.Now(), -1, "UTC", nil); len(got) != 0 {
		t.Error(got)
	}
}

// TestPreviewOfAnHourThatComesTwice: clocks go back from 3:00 to 2:00, and what is open
// the first time may be closed the second, or the other way round.
func TestPreviewOfAnHourThatComesTwice(t *testing.T) {
	day := hours.Date("2012-09-30")
	for name, c := range map[string]struct {
		events []hours.Event
		want   []hours.Span
	}{
		"closed for minutes of the second": {
			[]hours.Event{{From: utc(2, 11), To: utc(2, 18)}},
			[]hours.Span{{From: 0, To: hours.EndOfDay}},
		},
		"open from the first's end into the second": {
			[]hours.Event{{From: utc(0, 0).Add(-time.Hour), To: utc(1, 30)}, {From: utc(2, 20), To: utc(24, 0)}},
			[]hours.Span{{From: 120, To: 140}, {From: 150, To: 180}},
		},
	} {
		s := hours.Schedule{Mode: hours.Custom, Hours: hours.Hours{Zone: "Africa/Casablanca"}}
		got := s.Preview(utc(12, 0), 1, "UTC", c.events)
		if len(got) != 1 || got[0].Date != day || !reflect.DeepEqual(got[0].Open, c.want) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestPreviewOfADayThatBeginsTwice: in Newfoundland clocks went back a minute after
// midnight. What comes then belongs to the day that had been over.
func TestPreviewOfADayThatBeginsTwice(t *testing.T) {
	s := hours.Schedule{Mode: hours.Custom, Hours: hours.Hours{Zone: "America/St_Johns"}}
	over := time.Date(2001, 10, 28, 2, 31, 0, 0, time.UTC) // 0:01, which becomes 23:01
	feed := []hours.Event{{From: over.Add(-25 * time.Hour), To: over.Add(9 * time.Minute)}, {From: over.Add(19 * time.Minute), To: over.Add(48 * time.Hour)}}
	want := []hours.Day{{Date: "2001-10-27", Open: []hours.Span{{From: 1390, To: 1400}}}, {Date: "2001-10-28"}}
	for days := 1; days <= 2; days++ {
		if got := s.Preview(over.Add(-12*time.Hour), days, "UTC", feed); !reflect.DeepEqual(got, want[:days]) {
			t.Errorf("%+v", got)
		}
	}
}

// utc is a time of 2012-09-30.
func utc(hour, minute int) time.Time { return time.Date(2012, 9, 30, hour, minute, 0, 0, time.UTC) }

// anySchedule has slots, exceptions and events about a moment.
func anySchedule(t *rapid.T, zone string, at time.Time) (hours.Schedule, []hours.Event) {
	s := hours.Schedule{
		Mode: hours.Custom, Holidays: rapid.SampledFrom([]string{"", "FR", "US"}).Draw(t, "holidays"),
		Hours: hours.Hours{Zone: zone},
	}
	if rapid.Bool().Draw(t, "weekly") {
		s.Hours.Slots = anySlots().Draw(t, "slots")
	}
	minute := func(most int) int { return rapid.IntRange(0, most).Draw(t, "minute") }
	for range rapid.IntRange(0, 3).Draw(t, "exceptions") {
		from := hours.DateOf(at).Add(rapid.IntRange(-2, 3).Draw(t, "from"))
		e := hours.Exception{Name: "exception", From: from, To: from.Add(rapid.IntRange(0, 2).Draw(t, "days"))}
		for range rapid.IntRange(0, 2).Draw(t, "spans") {
			begin := minute(1439)
			e.Open = append(e.Open, hours.Span{From: hours.Minute(begin), To: hours.Minute(begin + 1 + minute(1439-begin))})
		}
		s.Exceptions = append(s.Exceptions, e)
	}
	var feed []hours.Event
	for range rapid.IntRange(0, 3).Draw(t, "events") {
		from := at.UTC().Truncate(time.Minute).Add(time.Duration(minute(5*1440)-2*1440) * time.Minute)
		feed = append(feed, hours.Event{
			Name: "event", From: from, To: from.Add(time.Duration(1+minute(2000)) * time.Minute),
			Floating: rapid.Bool().Draw(t, "floating"),
		})
	}
	return s, feed
}

// door is the independent evaluator: what somebody answers who looks at the clock
// and the notes on the door.
type door struct {
	schedule hours.Schedule
	feed     []hours.Event
	loc      *time.Location
	week     wall
	holidays map[string]bool
}

func doorOf(s hours.Schedule, feed []hours.Event, loc *time.Location, at time.Time) door {
	d := door{schedule: s, feed: feed, loc: loc, week: wallOf(s.Hours, loc), holidays: map[string]bool{}}
	for year := at.Year() - 1; year <= at.Year()+1; year++ {
		for _, h := range hours.Holidays(s.Holidays, year) {
			d.holidays[string(h.Date)] = true
		}
	}
	return d
}

func (d door) open(at time.Time) bool {
	local := at.In(d.loc)
	day, clockNow := local.Format("2006-01-02"), local.Format("15:04")
	best, shortest := -1, 0
	for i, e := range d.schedule.Exceptions {
		if length := e.From.Days(e.To); string(e.From) <= day && day <= string(e.To) && (best < 0 || length < shortest) {
			best, shortest = i, length
		}
	}
	if best >= 0 {
		return slices.ContainsFunc(d.schedule.Exceptions[best].Open, func(o hours.Span) bool {
			return clock(o.From) <= clockNow && clockNow <= clock(o.To-1)
		})
	}
	if d.holidays[day] || len(d.week.door) > 0 && !d.week.open(at) {
		return false
	}
	shown := local.Format("2006-01-02T15:04:05")
	return !slices.ContainsFunc(d.feed, func(e hours.Event) bool {
		if e.Floating {
			return e.From.Format("2006-01-02T15:04:05") <= shown && shown < e.To.Format("2006-01-02T15:04:05")
		}
		return !at.Before(e.From) && at.Before(e.To)
	})
}

// TestScheduleAgainstTheDoor compares Open, Next and Preview with the door, minute
// by minute, around changes of the clocks in every zone.
func TestScheduleAgainstTheDoor(t *testing.T) {
	all := zones(t)
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(all).Draw(t, "zone")
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Unix(rapid.Int64Range(1_000_000_000, 2_000_000_000).Draw(t, "start"), 0)
		at := change(loc, start).Add(time.Duration(rapid.IntRange(-5*60, 3*60).Draw(t, "offset")) * time.Minute).Truncate(time.Minute)
		s, feed := anySchedule(t, name, at)
		follow(t, s, feed, loc, at, time.Minute, 26*time.Hour)
	})
}

// TestScheduleInEveryZone is the same for each zone at least once, with exceptions
// and floating events right at the change.
func TestScheduleInEveryZone(t *testing.T) {
	for _, name := range zones(t) {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		at := change(loc, time.Date(2025, 9, 1, 0, 0, 0, 0, time.UTC))
		day := hours.DateOf(at.In(loc))
		wall, err := time.Parse(time.DateOnly, string(day))
		if err != nil {
			t.Fatal(err)
		}
		s := hours.Schedule{Mode: hours.Custom, Hours: hours.Hours{Zone: name}, Exceptions: []hours.Exception{
			{From: day, To: day, Open: []hours.Span{{From: 0, To: 60}, {From: 90, To: 150}, {From: 165, To: 195}, {From: 1380, To: 1440}}},
		}}
		feed := []hours.Event{{From: wall.Add(-30 * time.Minute), To: wall.Add(24*time.Hour + 30*time.Minute), Floating: true}}
		// Today every zone is off by quarters of an hour.
		quarter, start := 15*time.Minute, at.Add(-12*time.Hour).Truncate(15*time.Minute)
		follow(t, s, feed, loc, start, quarter, 26*time.Hour)
		follow(t, hours.Schedule{Mode: hours.Custom, Hours: s.Hours}, feed, loc, start.Add(-12*time.Hour), quarter, 40*time.Hour)
	}
}

// follow walks from at, step by step on the wall clock.
func follow(t failer, s hours.Schedule, feed []hours.Event, loc *time.Location, at time.Time, step, length time.Duration) {
	t.Helper()
	at = at.Add(-time.Duration(at.In(loc).Second()) * time.Second)
	d := doorOf(s, feed, loc, at)
	days := s.Preview(at.AddDate(0, 0, -1), 5, "UTC", feed) // clocks may go back into the day before
	last, since := d.open(at), at
	for now := at; now.Before(at.Add(length)); now = now.Add(step) {
		want := d.open(now)
		if open, _ := s.Open(now, "UTC", feed); open != want {
			t.Fatalf("%+v %v at %s: open %v", s, feed, now.In(loc), open)
		}
		if want != last {
			if flip, ok := s.Next(since, "UTC", feed); !ok || !flip.Equal(now) {
				t.Fatalf("%+v %v at %s: flips at %s (%v), not %s", s, feed, since.In(loc), flip, ok, now.In(loc))
			}
			last, since = want, now
		}
		shown(t, days, now.In(loc), want)
	}
}

// shown checks a minute that is open against the preview. One that is closed may be
// shown open where clocks go back or forth in between: the preview shows one line.
func shown(t failer, days []hours.Day, local time.Time, open bool) {
	t.Helper()
	minute := hours.Minute(local.Hour()*60 + local.Minute())
	i := slices.IndexFunc(days, func(d hours.Day) bool { return d.Date == hours.DateOf(local) })
	if i < 0 {
		t.Fatalf("%s is not previewed", local)
	}
	in := slices.ContainsFunc(days[i].Open, func(s hours.Span) bool { return s.From <= minute && minute < s.To })
	if open && !in {
		t.Fatalf("open at %s, but the preview says %+v", local, days[i])
	}
}
