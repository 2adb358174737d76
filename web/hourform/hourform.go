// Package hourform is the part of a form in which somebody sets working hours and
// what happens outside them, and what reads it again. It stands in the forms of
// other pages, stores nothing and checks no right. Without a script there is one
// spare row; hours.js adds more. Its functions keep no state.
package hourform

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"parley/internal/base/fault"
	"parley/internal/domain/hours"
	"parley/internal/domain/member"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/region"
	"parley/web/ui"
)

// What a page with the fields names in its frame.
const (
	Script = "hours.js"
	Sheet  = "hours.css"
)

// maxRows is how many row numbers a form may use: removed ones leave gaps.
const maxRows = 40

// What the first choices post: browsers take an empty one for none.
const (
	company   = "company"
	voicemail = "voicemail"
)

// blank is a time nobody gave, in slots that are shown again.
const blank hours.Minute = -1

// Fields shows hours and what happens outside them, or, with errs by field, what
// was read and refused. colleagues and lines are who and what can be chosen.
func Fields(
	c *locale.Catalogue, h hours.Hours, closed member.Closed, colleagues, lines []ui.Option, errs map[string]string,
) templ.Component {
	v := newWeek(c, h, errs)
	v.closed(c, closed, colleagues, lines)
	return fields(v)
}

// Week shows the hours alone: the zone and the slots, for who says elsewhere what
// happens outside them. ReadWeek reads them.
func Week(c *locale.Catalogue, h hours.Hours, errs map[string]string) templ.Component {
	return week(newWeek(c, h, errs))
}

func newWeek(c *locale.Catalogue, h hours.Hours, errs map[string]string) view {
	v := view{Errors: errs, MaxRows: strconv.Itoa(maxRows), Limit: strconv.Itoa(hours.MaxSlots)}
	v.Zones = append(v.Zones, ui.Option{Value: company, Text: c.T("account.hours.zone-company", "zone", c.Zone().String()), Selected: h.Zone == ""})
	zones := region.Zones()
	if h.Zone != "" && !slices.Contains(zones, h.Zone) { // a name by link, such as Asia/Calcutta, came by a document
		zones = append(zones, h.Zone)
	}
	for _, zone := range zones {
		v.Zones = append(v.Zones, ui.Option{Value: zone, Text: strings.ReplaceAll(zone, "_", " "), Selected: zone == h.Zone})
	}
	for i, slot := range h.Slots {
		v.Rows = append(v.Rows, newRow(c, strconv.Itoa(i), slot, errs["slot-"+strconv.Itoa(i)]))
	}
	v.Spare = newRow(c, strconv.Itoa(len(h.Slots)), hours.Slot{From: blank, To: blank}, "")
	v.Template = newRow(c, "NN", hours.Slot{
		Days: []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}, From: 9 * 60, To: 18 * 60,
	}, "")
	return v
}

// Read reads the fields. What is wrong is added to f, laid to the rows of the
// hours returned, which Fields shows again as they were.
func Read(f *form.Form, colleagues, lines []string) (hours.Hours, member.Closed) {
	return ReadWeek(f), readClosed(f, colleagues, lines)
}

// ReadWeek reads what Week shows, as Read does.
func ReadWeek(f *form.Form) hours.Hours {
	var h hours.Hours
	if h.Zone = f.Optional("zone", 64); h.Zone == company {
		h.Zone = ""
	}
	if h.Zone != "" {
		if _, err := (hours.Hours{Zone: h.Zone}).Clean(""); err != nil {
			f.Add(fault.OnField("zone", "error.time-zone-unknown").Because(err))
		}
	}
	for i := range maxRows {
		days := readDays(f, i)
		from, to := f.Value(name("from", i)), f.Value(name("to", i))
		if len(days) == 0 && from == "" && to == "" {
			continue
		}
		h.Slots = append(h.Slots, readSlots(f, days, from, to, len(h.Slots))...)
	}
	if len(h.Slots) > hours.MaxSlots {
		f.Add(fault.OnField("slots", "error.hours-too-many").With("limit", strconv.Itoa(hours.MaxSlots)))
	}
	return h
}

// Preview says whether now is within the hours, and until when.
func Preview(c *locale.Catalogue, h hours.Hours, now time.Time) ui.Badge {
	h = h.In(c.Zone().String())
	b := ui.Badge{Text: c.T("account.hours.now-closed"), Icon: "moon"}
	if h.Open(now) {
		b = ui.Badge{Text: c.T("account.hours.now-open"), Icon: "clock", Tone: ui.Good}
	}
	flip, ok := h.Next(now)
	if !ok {
		return b
	}
	until := c.T("account.hours.day-time", "day", weekday(c, flip), "time", flip.Format("15:04"))
	if flip.Sub(now) < 24*time.Hour && flip.Weekday() == now.In(flip.Location()).Weekday() {
		until = flip.Format("15:04")
	}
	b.Text = c.T("account.hours.now-until", "now", b.Text, "time", until)
	return b
}

func weekday(c *locale.Catalogue, t time.Time) string {
	names := strings.Fields(c.T("account.days"))
	return names[(int(t.Weekday())+6)%7%len(names)]
}

func name(what string, row int) string { return what + "-" + strconv.Itoa(row) }

func readDays(f *form.Form, row int) []time.Weekday {
	var days []time.Weekday
	for _, v := range f.Some(name("day", row), []string{"0", "1", "2", "3", "4", "5", "6"}) {
		n, _ := strconv.Atoi(v) // one of those above
		days = append(days, time.Weekday(n))
	}
	return days
}

// readSlots makes the slot of a row, or the two of one that goes over midnight.
func readSlots(f *form.Form, days []time.Weekday, from, to string, at int) []hours.Slot {
	slot := hours.Slot{Days: days, From: minute(from), To: minute(to)}
	if slot.To == 0 {
		slot.To = hours.EndOfDay
	}
	refuse := func(key string) []hours.Slot {
		f.Add(fault.OnField(name("slot", at), key).With("row", strconv.Itoa(at+1)))
		return []hours.Slot{slot}
	}
	switch {
	case len(days) == 0:
		return refuse("error.hours-no-day")
	case slot.From == blank || slot.To == blank:
		return refuse("error.hours-no-time")
	case slot.From == slot.To:
		return refuse("error.hours-span")
	case slot.From < slot.To:
		return []hours.Slot{slot}
	}
	late := hours.Slot{Days: days, From: slot.From, To: hours.EndOfDay}
	early := hours.Slot{To: slot.To}
	for _, d := range days {
		early.Days = append(early.Days, (d+1)%7)
	}
	return []hours.Slot{late, early}
}

func minute(clock string) hours.Minute {
	t, err := time.Parse("15:04", clock)
	if err != nil {
		return blank
	}
	return hours.Minute(t.Hour()*60 + t.Minute())
}

func readClosed(f *form.Form, colleagues, lines []string) member.Closed {
	switch f.OneOf("closed", voicemail, string(member.ToColleague), string(member.ToLine)) {
	case string(member.ToColleague):
		return member.Closed{Do: member.ToColleague, MemberID: f.OneOf("closed_member", colleagues...)}
	case string(member.ToLine):
		return member.Closed{Do: member.ToLine, NumberID: f.OneOf("closed_number", lines...)}
	}
	return member.Closed{}
}
