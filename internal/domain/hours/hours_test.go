package hours_test

import (
	"archive/zip"
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"

	"parley/internal/base/fault"
	"parley/internal/domain/hours"
)

// zones lists every zone of the tzdata that Go embeds.
func zones(t *testing.T) []string {
	t.Helper()
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	archive, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	var out []string
	for _, f := range archive.File {
		if !strings.HasSuffix(f.Name, "/") {
			out = append(out, f.Name)
		}
	}
	if len(out) < 400 {
		t.Fatalf("only %d zones", len(out))
	}
	return out
}

// wall is the independent evaluator: it reads the clock as a person does, against
// what is written on the door.
type wall struct {
	loc  *time.Location
	door [][2]string // first and last minute of each slot and day
}

func wallOf(h hours.Hours, loc *time.Location) wall {
	w := wall{loc: loc}
	for _, s := range h.Slots {
		for _, d := range s.Days {
			w.door = append(w.door, [2]string{d.String() + " " + clock(s.From), d.String() + " " + clock(s.To-1)})
		}
	}
	return w
}

func (w wall) open(at time.Time) bool {
	shown := at.In(w.loc).Format("Monday 15:04")
	return slices.ContainsFunc(w.door, func(span [2]string) bool { return span[0] <= shown && shown <= span[1] })
}

func clock(m hours.Minute) string {
	return time.Date(2000, 1, 1, 0, int(m), 0, 0, time.UTC).Format("15:04")
}

func anySlots() *rapid.Generator[[]hours.Slot] {
	slot := rapid.Custom(func(t *rapid.T) hours.Slot {
		days := rapid.SliceOfNDistinct(rapid.SampledFrom([]time.Weekday{0, 1, 2, 3, 4, 5, 6}), 1, 7, rapid.ID[time.Weekday]).Draw(t, "days")
		// Clocks change at night: boundaries there matter most.
		early := rapid.Bool().Draw(t, "early")
		most := 1439
		if early {
			most = 240
		}
		from := rapid.IntRange(0, most).Draw(t, "from")
		to := rapid.IntRange(from+1, 1440).Draw(t, "to")
		return hours.Slot{Days: days, From: hours.Minute(from), To: hours.Minute(to)}
	})
	return rapid.SliceOfN(slot, 1, 4)
}

// change is the first change of the clocks after at, or at itself.
func change(loc *time.Location, at time.Time) time.Time {
	_, end := at.In(loc).ZoneBounds()
	if end.IsZero() || end.After(at.AddDate(2, 0, 0)) {
		return at
	}
	return end
}

// TestAgainstTheWallClock compares Open and Next with a walk minute by minute, in
// every zone, around changes of the clocks.
func TestAgainstTheWallClock(t *testing.T) {
	all := zones(t)
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(all).Draw(t, "zone")
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		h := hours.Hours{Zone: name, Slots: anySlots().Draw(t, "slots")}
		start := time.Unix(rapid.Int64Range(0, 2_000_000_000).Draw(t, "start"), 0)
		at := change(loc, start).Add(time.Duration(rapid.IntRange(-5*3600, 3*3600).Draw(t, "offset")) * time.Second)
		agree(t, h, loc, at)
	})
}

// TestEveryZoneAtItsNextChange is the same for each zone at least once.
func TestEveryZoneAtItsNextChange(t *testing.T) {
	week := []time.Weekday{0, 1, 2, 3, 4, 5, 6}
	h := hours.Hours{Slots: []hours.Slot{{Days: week, From: 0, To: 61}, {Days: week, From: 90, To: 150}, {Days: week, From: 170, To: 190}}}
	for _, name := range zones(t) {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		at := change(loc, time.Date(2025, 9, 1, 0, 0, 0, 0, time.UTC))
		for range 6 {
			agree(t, h.In(name), loc, at.Add(-4*time.Hour))
			at = change(loc, at)
		}
	}
}

// failer is the part of testing.T and rapid.T used here.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// agree walks from at to the flip that Next tells and a little on.
func agree(t failer, h hours.Hours, loc *time.Location, at time.Time) {
	t.Helper()
	w := wallOf(h, loc)
	want := w.open(at)
	if h.Open(at) != want {
		t.Fatalf("%v at %s: open %v", h, at.In(loc), !want)
	}
	flip, ok := h.Next(at)
	if ok && !flip.After(at) {
		t.Fatalf("%v at %s: flips at %s, which is past", h, at.In(loc), flip)
	}
	// Old zones are off by seconds: whole minutes are counted on the wall.
	step := time.Minute
	next := at.Add(step - time.Duration(at.In(loc).Second())*time.Second - time.Duration(at.Nanosecond()))
	for end := at.Add(15 * 24 * time.Hour); next.Before(end); next = next.Add(step) {
		if w.open(next) == want {
			continue
		}
		switch {
		case !ok:
			t.Fatalf("%v at %s: never flips, but does at %s", h, at.In(loc), next.In(loc))
		case flip.After(next) || next.Sub(flip) >= time.Minute:
			t.Fatalf("%v at %s: flips at %s, not %s", h, at.In(loc), flip, next.In(loc))
		case w.open(flip) == want || w.open(flip.Add(-1)) != want:
			t.Fatalf("%v at %s: %s is not the moment itself", h, at.In(loc), flip)
		}
		return
	}
	if ok && flip.Before(next) {
		t.Fatalf("%v at %s: flips at %s, but the wall does not", h, at.In(loc), flip)
	}
}

func TestBoundaries(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	sunday := []time.Weekday{time.Sunday}
	at := func(month time.Month, day, hour, minute int) time.Time {
		return time.Date(2026, month, day, hour, minute, 0, 0, paris)
	}
	nineToSix := hours.Hours{Zone: "Europe/Paris", Slots: []hours.Slot{
		{Days: []time.Weekday{1, 2, 3, 4, 5}, From: 540, To: 1080},
	}}
	inGap := hours.Hours{Zone: "Europe/Paris", Slots: []hours.Slot{{Days: sunday, From: 135, To: 165}}}
	overGap := hours.Hours{Zone: "Europe/Paris", Slots: []hours.Slot{{Days: sunday, From: 150, To: 240}}}
	for _, tc := range []struct {
		name string
		h    hours.Hours
		at   time.Time
		open bool
		flip time.Time
	}{
		{"From belongs to the slot", nineToSix, at(3, 2, 9, 0), true, at(3, 2, 18, 0)},
		{"the moment before does not", nineToSix, at(3, 2, 9, 0).Add(-1), false, at(3, 2, 9, 0)},
		{"To does not", nineToSix, at(3, 6, 18, 0), false, at(3, 9, 9, 0)},
		{"a slot that clocks skip waits for the week after", inGap, at(3, 28, 12, 0), false, at(4, 5, 2, 15)},
		{"a boundary that clocks skip takes effect at once", overGap, at(3, 28, 12, 0), false, time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC)},
		{"the repeated hour counts the first time", inGap, time.Date(2026, 10, 25, 0, 20, 0, 0, time.UTC), true, time.Date(2026, 10, 25, 0, 45, 0, 0, time.UTC)},
		{"and again", inGap, time.Date(2026, 10, 25, 0, 50, 0, 0, time.UTC), false, time.Date(2026, 10, 25, 1, 15, 0, 0, time.UTC)},
	} {
		if got := tc.h.Open(tc.at); got != tc.open {
			t.Errorf("%s: open %v", tc.name, got)
		}
		if flip, ok := tc.h.Next(tc.at); !ok || !flip.Equal(tc.flip) {
			t.Errorf("%s: flips at %v (%v), want %v", tc.name, flip, ok, tc.flip)
		}
	}
}

func TestWithoutSlotsAlwaysOpen(t *testing.T) {
	h := hours.Hours{Zone: "Asia/Tokyo"}
	if _, flips := h.Next(time.Now()); flips || !h.Open(time.Now()) {
		t.Error("closes at some time")
	}
	round := hours.Hours{Slots: []hours.Slot{{Days: []time.Weekday{0, 1, 2, 3, 4, 5, 6}, From: 0, To: hours.EndOfDay}}}
	if flip, flips := round.Next(time.Now()); flips || !round.Open(time.Now()) {
		t.Errorf("round the clock, but closes at %v", flip)
	}
}

func TestClean(t *testing.T) {
	day := []time.Weekday{time.Monday}
	many := hours.Hours{Zone: "UTC"}
	for range hours.MaxSlots + 1 {
		many.Slots = append(many.Slots, hours.Slot{Days: day, From: 0, To: 60})
	}
	slot := func(s hours.Slot) hours.Hours {
		return hours.Hours{Zone: "UTC", Slots: []hours.Slot{{Days: day, From: 1, To: 2}, s}}
	}
	for key, h := range map[string]hours.Hours{
		"error.time-zone-unknown": {Zone: "Europe/Atlantis"},
		"error.hours-too-many":    many,
		"error.hours-no-day":      slot(hours.Slot{From: 0, To: 60}),
		"error.hours-day-unknown": slot(hours.Slot{Days: []time.Weekday{7}, From: 0, To: 60}),
		"error.hours-span":        slot(hours.Slot{Days: day, From: 60, To: 60}),
	} {
		_, err := h.Clean("Europe/Paris")
		var f *fault.Error
		if !errors.As(err, &f) || f.Key != key || f.Field == "" {
			t.Errorf("want %s: %v", key, err)
		}
		if strings.HasPrefix(key, "error.hours") && key != "error.hours-too-many" && f.Args["row"] != "2" {
			t.Errorf("%s does not say which slot: %v", key, f.Args)
		}
	}
	for _, zone := range []string{"", "Local", "nowhere"} {
		if _, err := (hours.Hours{}).Clean(zone); err == nil {
			t.Errorf("read in %q", zone)
		}
	}
	got, err := hours.Hours{Slots: []hours.Slot{{Days: []time.Weekday{0, 5, 1, 5}, From: 0, To: hours.EndOfDay}}}.Clean("Europe/Paris")
	if err != nil || got.Zone != "" || !slices.Equal(got.Slots[0].Days, []time.Weekday{1, 5, 0}) {
		t.Errorf("cleaned to %+v: %v", got, err)
	}
	if got.In("Asia/Tokyo").Zone != "Asia/Tokyo" || (hours.Hours{Zone: "UTC"}).In("Asia/Tokyo").Zone != "UTC" {
		t.Error("In fills in the zone where there is none, and only there")
	}
}
