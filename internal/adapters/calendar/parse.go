package calendar

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"

	"parley/internal/base/text"
	"parley/internal/domain/hours"
)

// Bounds of what is kept of a calendar.
const (
	maxEvents = 5000
	maxName   = 80 // letters
	maxEntry  = 20_000
)

// Parse makes events of a calendar: those between a year before now and two years
// after, each occurrence of one that is repeated, by time and at most 5000. Names
// longer than 80 letters are cut. A time without zone, or with one that only the
// calendar knows, floats: it holds on the clock of who reads it. Cancelled events
// are left out. Faults: Invalid error.calendar-unreadable, -large.
func Parse(ctx context.Context, body []byte, now time.Time) (events []hours.Event, err error) {
	defer func() {
		if r := recover(); r != nil { // in a library, over a file from anywhere
			events, err = nil, invalid("error.calendar-unreadable").Because(fmt.Errorf("read a calendar: %v", r))
		}
	}()
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
	if !utf8.Valid(body) || !bytes.HasPrefix(bytes.ToUpper(body[:min(len(body), 32)]), []byte("BEGIN:VCALENDAR")) {
		return nil, invalid("error.calendar-unreadable")
	}
	if body, err = essence(body); err != nil {
		return nil, invalid("error.calendar-unreadable").Because(err)
	}
	calendar, err := ics.ParseCalendarWithOptions(bytes.NewReader(body), ics.WithUnknownPropertyHandler(ics.AcceptUnknownPropertyHandler))
	if err != nil {
		return nil, invalid("error.calendar-unreadable").Because(err)
	}
	found := calendar.Events()
	if len(found) > maxEntry {
		return nil, invalid("error.calendar-large")
	}
	p := reader{ctx: ctx, from: now.AddDate(-1, 0, 0), to: now.AddDate(2, 0, 0)}
	moved := overridden(found)
	for _, e := range found {
		if err := p.event(e, moved); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(p.events, func(a, b hours.Event) int {
		return cmp.Or(a.From.Compare(b.From), a.To.Compare(b.To), cmp.Compare(a.Name, b.Name))
	})
	return p.events[:min(len(p.events), maxEvents)], nil
}

// reader collects the events between from and to.
type reader struct {
	ctx      context.Context //nolint:containedctx // lives as long as one Parse
	from, to time.Time
	events   []hours.Event
}

// overridden are the occurrences that events with a RECURRENCE-ID stand for, by the
// UID of what is repeated.
func overridden(events []*ics.VEvent) map[string]seconds {
	out := make(map[string]seconds)
	for _, e := range events {
		if at, ok := read(e.GetProperty(ics.ComponentPropertyRecurrenceId)); ok {
			if out[e.Id()] == nil {
				out[e.Id()] = make(seconds)
			}
			out[e.Id()][at.at.Unix()] = true
		}
	}
	return out
}

// seconds are times, by their Unix time.
type seconds map[int64]bool

// event adds what one entry of the calendar stands for. One that makes no sense is
// left out: the others still do.
func (p *reader) event(e *ics.VEvent, moved map[string]seconds) error {
	if err := p.ctx.Err(); err != nil {
		return invalid("error.calendar-unreadable").Because(fmt.Errorf("read a calendar: %w", err))
	}
	start, ok := read(e.GetProperty(ics.ComponentPropertyDtStart))
	if status := e.GetProperty(ics.ComponentPropertyStatus); !ok || status != nil && strings.EqualFold(status.Value, "CANCELLED") {
		return nil
	}
	length := lengthOf(e, start)
	if length <= 0 {
		return nil
	}
	name := ""
	if summary := e.GetProperty(ics.ComponentPropertySummary); summary != nil {
		name = title(summary.Value)
	}
	add := func(at time.Time) {
		if end := at.Add(length); at.Before(p.to) && end.After(p.from) && len(p.events) < maxRepeats {
			p.events = append(p.events, hours.Event{Name: name, From: at.UTC(), To: end.UTC(), Floating: start.floating})
		}
	}
	if e.HasProperty(ics.ComponentPropertyRecurrenceId) {
		add(start.at)
		return nil
	}
	not, but := make(seconds), moved[e.Id()]
	for _, m := range all(e.GetProperties(ics.ComponentPropertyExdate)) {
		not[m.at.Unix()] = true
	}
	for _, at := range p.occurrences(e, start, length) {
		if !not[at.Unix()] && !but[at.Unix()] {
			add(at)
		}
	}
	return nil
}

// title is a name in one line, cut where it is too long.
func title(raw string) string {
	raw = strings.ToValidUTF8(strings.NewReplacer(`\n`, " ", `\N`, " ", `\,`, ",", `\;`, ";", `\\`, `\`).Replace(raw), "")
	letters := []rune(raw)
	name, _ := text.Line(string(letters[:min(len(letters), maxName)]), maxName)
	return name
}
