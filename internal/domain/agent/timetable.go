package agent

import (
	"context"
	"time"

	"parley/internal/base/obs"
	"parley/internal/domain/hours"
)

// timetable is a member's hours with what they come to now, which is worked out
// anew only once it may have changed.
type timetable struct {
	hours   hours.Hours // with the zone of the workspace where they have none
	own     hours.Hours // as stored
	open    bool
	flipsAt time.Time // zero where it does not within look
	since   time.Time // from when open holds
	valid   time.Time // and until when
}

// look is how often hours that do not flip are looked at again.
const look = 24 * time.Hour

func newTimetable(own hours.Hours, zone string) timetable {
	t := timetable{hours: own.In(zone), own: own}
	t.read(time.Now())
	return t
}

// read brings open up to now. The clock on the wall counts: a machine may have
// slept meanwhile, and its clock may have been set back.
func (t *timetable) read(now time.Time) {
	if now = now.Round(0); now.Before(t.valid) && !now.Before(t.since) {
		return
	}
	t.open = t.hours.Open(now)
	t.since, t.valid = now, now.Add(look)
	flip, ok := t.hours.Next(now)
	if t.flipsAt = flip; ok {
		t.valid = flip
	}
}

// SetHours makes the member's hours count at once, where he has ever had a tab;
// his first tab brings those that are stored.
func (r *Registry) SetHours(workspaceID, memberID string, h hours.Hours) {
	zone := r.zone(workspaceID)
	r.mu.Lock()
	_, known := r.desks[memberID]
	r.mu.Unlock()
	if known {
		r.update(workspaceID, memberID, func(d *desk) { d.hours = newTimetable(h, zone) })
	}
}

// WorkspaceChanged reads the zone of a workspace again, of all where the id is
// empty: hours may depend on it.
func (r *Registry) WorkspaceChanged(workspaceID string) {
	r.mu.Lock()
	zones := make(map[string]string)
	members := make(map[string]string) // workspace by member
	for id, d := range r.desks {
		if workspaceID == "" || d.workspaceID == workspaceID {
			zones[d.workspaceID], members[id] = "", d.workspaceID
		}
	}
	r.mu.Unlock()
	for id := range zones {
		zones[id] = r.zone(id)
	}
	for id, ws := range members {
		r.update(ws, id, func(d *desk) { d.hours = newTimetable(d.hours.own, zones[ws]) })
	}
}

// zoneTime bounds reading a workspace.
const zoneTime = 2 * time.Second

// zone is the time zone of a workspace, UTC where it cannot be read.
func (r *Registry) zone(workspaceID string) string {
	ctx, cancel := context.WithTimeout(context.Background(), zoneTime)
	defer cancel()
	ws, err := r.workspaces.Workspace(ctx, workspaceID)
	if err != nil {
		r.log.Error("time zone of the workspace not read", obs.Workspace, workspaceID, obs.Err, err)
	}
	return ws.TimeZone
}

// glance bounds how long a timer trusts the clock: one that was set, or stood
// still while the machine slept, is noticed within it.
const glance = time.Minute

// watch sets the timer of the member's next flip. The caller holds the lock.
func (r *Registry) watch(memberID string, d *desk) {
	if d.flipTimer != nil {
		d.flipTimer.Stop()
		d.flipTimer = nil
	}
	if r.closed || len(d.tabs) == 0 || d.hours.flipsAt.IsZero() {
		return
	}
	wait := max(d.hours.flipsAt.Sub(time.Now().Round(0)), 0)
	d.flipTimer = time.AfterFunc(min(wait, glance), func() { r.flip(memberID) })
}

// flip looks at the clock, tells of a change and waits for the next.
func (r *Registry) flip(memberID string) {
	r.mu.Lock()
	d := r.desks[memberID]
	d.refresh()
	flipped := d.hours.open != d.toldOpen
	d.toldOpen = d.hours.open
	r.watch(memberID, d)
	r.mu.Unlock()
	if flipped {
		r.changed(d.workspaceID, memberID)
	}
}

// Dismiss bars a member who was removed from any further call, for ever. A call he
// is in goes on until somebody ends it.
func (r *Registry) Dismiss(workspaceID, memberID string) {
	r.update(workspaceID, memberID, func(d *desk) { d.dismissed = true })
}
