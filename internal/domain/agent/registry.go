package agent

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/obs"
	"parley/internal/domain/hours"
	"parley/internal/domain/member"
	"parley/internal/domain/workspace"
	"parley/internal/shared/protocol"
)

// Settings keeps the availability members choose.
type Settings interface {
	SetSetting(ctx context.Context, workspaceID, memberID string, s member.Setting) error
}

// Workspaces tells the zone of hours that have none of their own.
type Workspaces interface {
	Workspace(ctx context.Context, id string) (workspace.Workspace, error)
}

// Registry knows every member's desk.
type Registry struct {
	store      Store
	settings   Settings
	workspaces Workspaces
	log        *slog.Logger

	choosing sync.Mutex // orders storing settings with acting on them

	mu      sync.Mutex
	desks   map[string]*desk
	changed func(workspaceID, memberID string)
	closed  bool
}

// NewRegistry returns an empty registry; Load fills it with what members owe.
func NewRegistry(store Store, settings Settings, workspaces Workspaces, log *slog.Logger) *Registry {
	return &Registry{
		store: store, settings: settings, workspaces: workspaces, log: log,
		desks:   make(map[string]*desk),
		changed: func(string, string) {},
	}
}

// OnChange hands the registry the function it tells of each changed desk. It is
// called without the lock, so it may ask back. Call it before the first tab.
func (r *Registry) OnChange(f func(workspaceID, memberID string)) { r.changed = f }

// Load restores obligations after a start: members owe what they owed. After-call
// work that waited for a tag given just before the stop starts to count.
func (r *Registry) Load(ctx context.Context) error {
	due, err := r.store.Obligations(ctx)
	if err != nil {
		return fmt.Errorf("load obligations: %w", err)
	}
	owing := make(map[string]string) // workspace by member
	for _, o := range due {
		owing[o.MemberID] = o.WorkspaceID
		r.update(o.WorkspaceID, o.MemberID, func(d *desk) { d.due = append(d.due, o) })
	}
	for memberID, workspaceID := range owing {
		if err := r.startWork(ctx, workspaceID, memberID, func(*desk) {}); err != nil {
			return err
		}
	}
	return nil
}

// Close stops the timers; what is owed stays stored.
func (r *Registry) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	for _, d := range r.desks {
		if d.wrapTimer != nil {
			d.wrapTimer.Stop()
		}
		if d.flipTimer != nil {
			d.flipTimer.Stop()
		}
	}
}

// Connect adds a tab, which cannot ring yet. m may have been read before another
// tab changed the setting: only the first tab brings one, and the hours.
func (r *Registry) Connect(m member.Member, tab string) {
	zone := r.zone(m.WorkspaceID)
	r.update(m.WorkspaceID, m.ID, func(d *desk) {
		if len(d.tabs) == 0 {
			d.setting, d.idleSince = m.Setting, time.Now()
			d.hours = newTimetable(m.Hours, zone)
		}
		if _, known := d.tabs[tab]; !known {
			d.tabs[tab] = false
		}
	})
}

// SetReady says whether a connected tab can ring and talk: its microphone is
// granted and its media path stands.
func (r *Registry) SetReady(workspaceID, memberID, tab string, ready bool) {
	r.update(workspaceID, memberID, func(d *desk) {
		if _, known := d.tabs[tab]; known {
			d.tabs[tab] = ready
		}
	})
}

// Disconnect takes a tab away and says whether any other tab can still ring.
func (r *Registry) Disconnect(workspaceID, memberID, tab string) (stillReady bool) {
	r.update(workspaceID, memberID, func(d *desk) {
		delete(d.tabs, tab)
		stillReady = d.ready()
	})
	return stillReady
}

// SetSetting stores the member's setting, then acts on it. Of two at once, his own
// and an admin's, the one stored last counts.
func (r *Registry) SetSetting(ctx context.Context, workspaceID, memberID string, s member.Setting) error {
	if !slices.Contains(member.Settings(), s) {
		return fault.New(fault.Invalid, "error.invalid-request")
	}
	r.choosing.Lock()
	defer r.choosing.Unlock()
	if err := r.settings.SetSetting(ctx, workspaceID, memberID, s); err != nil {
		return fmt.Errorf("save availability: %w", err)
	}
	r.update(workspaceID, memberID, func(d *desk) { d.setting = s })
	return nil
}

// Status returns what the member is doing.
func (r *Registry) Status(memberID string) Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	d, ok := r.desks[memberID]
	if !ok {
		return Status{State: protocol.LiveOffline, Setting: member.Available, Open: true}
	}
	d.refresh()
	return d.status()
}

// Reserve books a member for a call that is about to ring him. Only one of any
// number of concurrent reservations succeeds; the others get the reason. Nobody is
// told before Ring: of a thousand who are booked, each is to ring first.
func (r *Registry) Reserve(memberID, callID string) Reason {
	reason, _ := r.book(memberID, callID, true)
	return reason
}

// Ring tells that a member is rung, who was reserved.
func (r *Registry) Ring(workspaceID, memberID string) { r.changed(workspaceID, memberID) }

// ReserveToDial books a member for the call he is placing, which do-not-disturb
// does not forbid.
func (r *Registry) ReserveToDial(memberID, callID string) Reason {
	reason, ws := r.book(memberID, callID, false)
	if reason == Free {
		r.changed(ws, memberID)
	}
	return reason
}

func (r *Registry) book(memberID, callID string, ringing bool) (reason Reason, workspaceID string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	d, ok := r.desks[memberID]
	if !ok {
		return ReasonOffline, ""
	}
	d.refresh()
	reason = d.busy()
	if reason == Free && ringing {
		reason = d.closed()
	}
	if reason == Free {
		d.call, d.ringing = callID, ringing
		d.refresh()
	}
	return reason, d.workspaceID
}

// Engage turns a ringing member into one on the call.
func (r *Registry) Engage(workspaceID, memberID, callID string) {
	r.update(workspaceID, memberID, func(d *desk) {
		if d.call == callID {
			d.ringing = false
		}
	})
}

// Owe stores what a member owes, again if it is there. The debt blocks him from
// Release on; where that comes after a crash, from Load on.
func (r *Registry) Owe(ctx context.Context, owed []Obligation) error {
	for _, o := range owed {
		if err := r.store.SaveObligation(ctx, o); err != nil {
			return fmt.Errorf("store what the member owes: %w", err)
		}
	}
	return nil
}

// Release takes a member off a call that rang him or that he was in, leaving him
// with what he owes for it (see Owe), whether or not that could be stored.
func (r *Registry) Release(workspaceID, memberID, callID string, owed ...Obligation) {
	r.update(workspaceID, memberID, func(d *desk) {
		if d.call == callID {
			d.call, d.ringing = "", false
		}
		d.due = append(d.due, owed...)
		r.schedule(workspaceID, memberID, d)
	})
}

// MeetTag frees the member of the tag he owed for the call; his after-call work
// starts to count.
func (r *Registry) MeetTag(ctx context.Context, workspaceID, memberID, callID string) error {
	if err := r.store.MeetObligation(ctx, memberID, callID, OwesTag); err != nil {
		return fmt.Errorf("store that the tag was given: %w", err)
	}
	return r.startWork(ctx, workspaceID, memberID, func(d *desk) { d.drop(callID, OwesTag) })
}

// startWork changes a desk and lets the after-call work count that no tag holds
// up any more; its end is stored.
func (r *Registry) startWork(ctx context.Context, workspaceID, memberID string, change func(*desk)) error {
	var started []Obligation
	r.update(workspaceID, memberID, func(d *desk) {
		change(d)
		started = d.startWork(time.Now())
		r.schedule(workspaceID, memberID, d)
	})
	for _, o := range started {
		if err := r.store.SaveObligation(ctx, o); err != nil {
			return fmt.Errorf("store the end of after-call work: %w", err)
		}
	}
	return nil
}

// EndWrapUp ends the member's after-call work. A tag that is due stays due.
func (r *Registry) EndWrapUp(ctx context.Context, workspaceID, memberID string) error {
	r.mu.Lock()
	d, ok := r.desks[memberID]
	var o Obligation
	if ok {
		o, ok = d.owes(OwesWrapUp)
	}
	r.mu.Unlock()
	if !ok {
		return nil
	}
	if err := r.store.MeetObligation(ctx, memberID, o.CallID, OwesWrapUp); err != nil {
		return fmt.Errorf("store the end of after-call work: %w", err)
	}
	r.update(workspaceID, memberID, func(d *desk) {
		d.drop(o.CallID, OwesWrapUp)
		r.schedule(workspaceID, memberID, d)
	})
	return nil
}

// update changes one desk under the lock, then tells.
func (r *Registry) update(workspaceID, memberID string, change func(*desk)) {
	r.mu.Lock()
	d, ok := r.desks[memberID]
	if !ok {
		d = &desk{
			workspaceID: workspaceID, setting: member.Available,
			tabs: make(map[string]bool), state: protocol.LiveOffline, since: time.Now(),
			hours: newTimetable(hours.Hours{}, ""),
		}
		r.desks[memberID] = d
	}
	change(d)
	d.refresh()
	d.toldOpen = d.hours.open
	r.watch(memberID, d)
	r.mu.Unlock()
	r.changed(workspaceID, memberID)
}

// refresh derives the state anew and notes when it changed.
func (d *desk) refresh() {
	d.hours.read(time.Now())
	d.unready = d.notReady()
	if s := d.derive(); s != d.state {
		d.state, d.since = s, time.Now()
	}
	works := d.call != "" && !d.ringing || len(d.due) > 0
	if d.worked && !works {
		d.idleSince = time.Now()
	}
	d.worked = works
}

// drop forgets what was owed.
func (d *desk) drop(callID string, kind ObligationKind) {
	kept := d.due[:0]
	for _, o := range d.due {
		if o.CallID != callID || o.Kind != kind {
			kept = append(kept, o)
		}
	}
	d.due = kept
}

// schedule sets the timer that ends the member's after-call work. The caller
// holds the lock.
func (r *Registry) schedule(workspaceID, memberID string, d *desk) {
	if d.wrapTimer != nil {
		d.wrapTimer.Stop()
		d.wrapTimer = nil
	}
	o, ok := d.owes(OwesWrapUp)
	if !ok || o.Until.IsZero() || r.closed {
		return
	}
	d.wrapTimer = time.AfterFunc(time.Until(o.Until), func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := r.EndWrapUp(ctx, workspaceID, memberID); err != nil {
			r.log.ErrorContext(ctx, "end of after-call work not stored", obs.Member, memberID, obs.Err, err)
			r.update(workspaceID, memberID, func(d *desk) { d.drop(o.CallID, OwesWrapUp) })
		}
	})
}
