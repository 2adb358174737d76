package agent

import (
	"testing"
	"time"
	_ "time/tzdata"

	"parley/internal/domain/hours"
)

// TestAClockThatWasSetBack: what was true of a later moment holds no longer.
func TestAClockThatWasSetBack(t *testing.T) {
	evening := time.Date(2026, 1, 5, 19, 0, 0, 0, time.UTC) // a Monday
	tab := timetable{hours: hours.Hours{Slots: []hours.Slot{{Days: []time.Weekday{1, 2, 3, 4, 5}, From: 9 * 60, To: 18 * 60}}}}
	tab.read(evening)
	if tab.open {
		t.Fatal("open in the evening")
	}
	tab.read(evening.Add(-3 * time.Hour))
	if want := evening.Add(-time.Hour); !tab.open || !tab.flipsAt.Equal(want) {
		t.Errorf("in the afternoon open is %v until %v, want until %v", tab.open, tab.flipsAt, want)
	}
}
