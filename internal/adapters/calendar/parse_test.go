package calendar_test

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"parley/internal/adapters/calendar"
	"parley/internal/base/fault"
	"parley/internal/domain/hours"
)

var now = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

// ics is a calendar of events, each given by its lines.
func ics(events ...string) []byte {
	out := "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test\nX-WR-CALNAME:Office\n"
	for i, e := range events {
		out += "BEGIN:VEVENT\n"
		if !strings.Contains(e, "UID:") {
			out += "UID:e" + string(rune('a'+i)) + "\n"
		}
		out += "DTSTAMP:20260101T000000Z\n" + e + "\nEND:VEVENT\n"
	}
	return []byte(strings.ReplaceAll(out+"END:VCALENDAR\n", "\n", "\r\n"))
}

func parse(t *testing.T, body []byte) []hours.Event {
	t.Helper()
	events, err := calendar.Parse(t.Context(), body, now)
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// show writes events as "name from–to", with a ~ where they float.
func show(events []hours.Event) string {
	var out []string
	for _, e := range events {
		text := strings.TrimSpace(e.Name + " " + e.From.Format("0102T1504") + "-" + e.To.Format("0102T1504"))
		if e.Floating {
			text += "~"
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

func TestParse(t *testing.T) {
	for _, tc := range []struct{ name, event, want string }{
		{"a day", "SUMMARY:Stocktaking\nDTSTART;VALUE=DATE:20260401\nDTEND;VALUE=DATE:20260403", "Stocktaking 0401T0000-0403T0000~"},
		{"a day without end", "SUMMARY:Off\nDTSTART;VALUE=DATE:20260401", "Off 0401T0000-0402T0000~"},
		{"in UTC", "DTSTART:20260401T090000Z\nDTEND:20260401T103000Z", "0401T0900-0401T1030"},
		{"in a zone", "DTSTART;TZID=Europe/Paris:20260401T090000\nDURATION:PT1H30M", "0401T0700-0401T0830"},
		{"with a maker's prefix", "DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Paris:20260401T090000\nDURATION:PT1H", "0401T0700-0401T0800"},
		{"in a zone nobody knows", "DTSTART;TZID=Romance Standard Time:20260401T090000\nDTEND;TZID=Romance Standard Time:20260401T100000", "0401T0900-0401T1000~"},
		{"floating", "DTSTART:20260401T090000\nDTEND:20260401T100000", "0401T0900-0401T1000~"},
		{"cancelled", "DTSTART:20260401T090000Z\nDTEND:20260401T100000Z\nSTATUS:CANCELLED", ""},
		{"no length", "DTSTART:20260401T090000Z", ""},
		{"backwards", "DTSTART:20260401T090000Z\nDTEND:20260401T080000Z", ""},
		{"no start", "SUMMARY:Some day", ""},
		{"long ago", "DTSTART:20200401T090000Z\nDTEND:20200401T100000Z", ""},
		{"far ahead", "DTSTART:20300401T090000Z\nDTEND:20300401T100000Z", ""},
		{"escapes", `SUMMARY:Lunch\, tea\; nap\nand more` + "\nDTSTART:20260401T090000Z\nDURATION:P1W", "Lunch, tea; nap and more 0401T0900-0408T0900"},
		{
			"weekly over the change of clocks", "SUMMARY:Team\nDTSTART;TZID=Europe/Paris:20260320T090000\nDTEND;TZID=Europe/Paris:20260320T100000\nRRULE:FREQ=WEEKLY;COUNT=3",
			"Team 0320T0800-0320T0900, Team 0327T0800-0327T0900, Team 0403T0700-0403T0800",
		},
		{
			"but for exceptions, until a day that counts", "DTSTART:20260401T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20260404\nEXDATE:20260402T090000Z,20260403T090000Z",
			"0401T0900-0401T1000, 0404T0900-0404T1000",
		},
		{"yearly since long ago", "SUMMARY:Noël\nDTSTART;VALUE=DATE:19701225\nRRULE:FREQ=YEARLY", "Noël 1225T0000-1226T0000~, Noël 1225T0000-1226T0000~, Noël 1225T0000-1226T0000~"},
		{"named dates", "DTSTART;VALUE=DATE:20260401\nRDATE;VALUE=DATE:20260410,20260412", "0401T0000-0402T0000~, 0410T0000-0411T0000~, 0412T0000-0413T0000~"},
		{"a rule for seconds counts once", "DTSTART:20260401T090000Z\nDURATION:PT1H\nRRULE:FREQ=SECONDLY", "0401T0900-0401T1000"},
		{"a rule that explodes, too", "DTSTART:20260401T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYHOUR=1,2,3;BYMINUTE=1,2", "0401T0900-0401T1000"},
		{"a rule of nonsense, too", "DTSTART:20260401T090000Z\nDURATION:PT1H\nRRULE:FREQ=NEVER", "0401T0900-0401T1000"},
	} {
		if got := show(parse(t, ics(tc.event))); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestOneOccurrenceMoved(t *testing.T) {
	got := show(parse(t, ics(
		"UID:x\nSUMMARY:Late\nDTSTART:20260402T120000Z\nDURATION:PT1H\nRECURRENCE-ID:20260402T090000Z",
		"UID:x\nSUMMARY:Daily\nDTSTART:20260401T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3",
	)))
	if want := "Daily 0401T0900-0401T1000, Late 0402T1200-0402T1300, Daily 0403T0900-0403T1000"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestBounds(t *testing.T) {
	daily := "DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=DAILY\nSUMMARY:" + strings.Repeat("é", 200)
	var many []string
	for range 40 {
		many = append(many, daily)
	}
	got := parse(t, ics(many...))
	if len(got) != 5000 || len([]rune(got[0].Name)) != 80 || !got[0].From.Before(got[4999].From) {
		t.Errorf("%d events, the first %+v", len(got), got[0])
	}
	for name, body := range map[string][]byte{
		"a page": []byte("<!doctype html><title>Log in</title>"), "nothing": nil, "cut off": ics(daily)[:120],
		"not text": {0xff, 0xfe, 'B'}, "no end": []byte("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n"),
	} {
		events, err := calendar.Parse(t.Context(), body, now)
		if fault.Of(err).Key != "error.calendar-unreadable" {
			t.Errorf("%s: %v, %v", name, events, err)
		}
	}
}

// TestCraftedCalendarsCostLittle: the library wraps an error once for each component
// that stands in another, and copies a line for each of its parameters.
func TestCraftedCalendarsCostLittle(t *testing.T) {
	nested := strings.Repeat("BEGIN:VEVENT\r\n", 3000)
	for name, body := range map[string]string{
		"plain": nested, "folded": strings.ReplaceAll(nested, "GIN", "\r\n GIN"), "with parameters": strings.ReplaceAll(nested, ":", ";X=1:"),
		"behind empty lines": strings.ReplaceAll(nested, "BEGIN", "\n\r\n  BEGIN"),
	} {
		_, err := calendar.Parse(t.Context(), []byte("BEGIN:VCALENDAR\r\n"+body+"END:VCALENDAR\r\n"), now)
		if fault.Of(err).Key != "error.calendar-unreadable" || len(err.Error()) > 1000 {
			t.Errorf("%s: an error of %d bytes, %.80v", name, len(err.Error()), err)
		}
	}
	day := "DTSTART;VALUE=DATE:20260401"
	for _, line := range []string{
		"X-LONG;" + strings.Repeat("a=b;", 10_000) + "c", "ATTENDEE" + strings.Repeat(";x=\"y\"", 10_000) + ":mailto:a@b.example",
		"ATTACH;ENCODING=BASE64:" + strings.Repeat("QUJD", 10_000), "!!", "!;BEGIN:VEVENT", "DESCRIPTION:a\n b\n\tc",
	} {
		if got := show(parse(t, ics(line+"\n"+day))); got != "0401T0000-0402T0000~" {
			t.Errorf("beside %.30q: %q", line, got)
		}
	}
	days := strings.Repeat("20250402,", 20_000) + "20260402"
	if got := len(parse(t, ics(day+"\nRRULE:FREQ=DAILY;COUNT=4\nEXDATE;VALUE=DATE:"+days))); got != 3 {
		t.Errorf("%d days beside a long list of exceptions", got)
	}
}

// FuzzParse settles that no calendar stops the server or makes events that are none.
func FuzzParse(f *testing.F) {
	f.Add(ics("DTSTART;TZID=Europe/Paris:20260401T090000\nDURATION:PT1H\nRRULE:FREQ=MONTHLY;BYDAY=-1FR;BYSETPOS=1\nEXDATE:20260402T090000Z"))
	f.Add(ics("DTSTART;VALUE=DATE:20260401\nRDATE;VALUE=PERIOD:20260410T000000Z/PT1H", "UID:ea\nRECURRENCE-ID:20260401\nDTSTART:20260401"))
	f.Fuzz(func(t *testing.T, body []byte) {
		events, err := calendar.Parse(t.Context(), body, now)
		if err != nil && fault.KindOf(err) != fault.Invalid {
			t.Fatalf("not a fault of the calendar: %v", err)
		}
		for _, e := range events {
			if !e.From.Before(e.To) || e.To.Before(now.AddDate(-1, 0, 0)) || e.From.After(now.AddDate(2, 0, 0)) {
				t.Fatalf("%+v", e)
			}
		}
	})
}
