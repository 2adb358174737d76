// Package agent owns what every member is doing right now. The live state is
// never stored: it is derived from facts (tabs ready to ring, the call, the
// setting, obligations). Obligations are stored, and are written before anybody
// is told that they are met.
//
// The Registry is safe for use by any goroutine; its lock is held for memory
// work only, never while something is written or told.
package agent

import (
	"time"

	"parley/internal/domain/member"
	"parley/internal/shared/protocol"
)

// Status is a member's live state with what it follows from.
type Status struct {
	State        protocol.LiveState
	Since        time.Time
	IdleSince    time.Time // when his last call, or what he owed for it, ended; else when he came
	Setting      member.Setting
	Open         bool      // within the member's hours
	FlipsAt      time.Time // when Open changes, zero for never
	Call         string    // rung by, or in
	DueTag       string    // call that still needs a tag
	WrapUpEnds   time.Time
	WrapUpLength time.Duration
}

// Reason says why a member is not rung, or may not dial; "" means he may.
type Reason string

// Why a member is passed over.
const (
	Free           Reason = ""
	ReasonOffline  Reason = "offline"
	ReasonDND      Reason = "do-not-disturb"
	ReasonHours    Reason = "outside-hours"
	ReasonMuted    Reason = "muted" // he has muted the number
	ReasonRinging  Reason = "ringing"
	ReasonOnCall   Reason = "on-call"
	ReasonTagDue   Reason = "tag-due"
	ReasonWrapUp   Reason = "after-call-work"
	ReasonStranger Reason = "not-a-member"
)

// desk is all that is known of one member's working place.
type desk struct {
	workspaceID string
	setting     member.Setting
	hours       timetable
	toldOpen    bool            // what was told last of them
	flipTimer   *time.Timer     // runs while there are tabs
	dismissed   bool            // no member any more
	tabs        map[string]bool // connected tabs, true once they can ring and talk
	call        string
	ringing     bool
	due         []Obligation
	wrapTimer   *time.Timer
	state       protocol.LiveState
	since       time.Time
	unready     Reason    // see notReady
	worked      bool      // talks, or owes for it
	idleSince   time.Time // see Status
}

// ready says whether a tab can ring and talk.
func (d *desk) ready() bool {
	for _, ready := range d.tabs {
		if ready {
			return true
		}
	}
	return false
}

// owes returns the member's oldest obligation of the kind.
func (d *desk) owes(kind ObligationKind) (Obligation, bool) {
	for _, o := range d.due {
		if o.Kind == kind {
			return o, true
		}
	}
	return Obligation{}, false
}

// startWork lets after-call work count from now unless a tag is due first, and
// returns what it started.
func (d *desk) startWork(now time.Time) (started []Obligation) {
	if _, due := d.owes(OwesTag); due {
		return nil
	}
	for i := range d.due {
		if o := &d.due[i]; o.Kind == OwesWrapUp && o.Until.IsZero() {
			o.Until = now.Add(o.Length)
			started = append(started, *o)
		}
	}
	return started
}

// busy returns why the member can neither be rung nor dial, whatever his setting.
func (d *desk) busy() Reason {
	switch {
	case d.dismissed:
		return ReasonStranger
	case !d.ready():
		return ReasonOffline
	case d.call != "" && d.ringing:
		return ReasonRinging
	case d.call != "":
		return ReasonOnCall
	}
	if _, ok := d.owes(OwesTag); ok {
		return ReasonTagDue
	}
	if _, ok := d.owes(OwesWrapUp); ok {
		return ReasonWrapUp
	}
	return Free
}

// closed returns why the member's setting lets nothing ring, whatever he does.
func (d *desk) closed() Reason {
	switch {
	case d.setting == member.DoNotDisturb:
		return ReasonDND
	case d.setting == member.Auto && !d.hours.open:
		return ReasonHours
	}
	return Free
}

// derive computes the live state from the facts.
func (d *desk) derive() protocol.LiveState {
	switch {
	case d.call != "" && d.ringing:
		return protocol.LiveRinging
	case d.call != "":
		return protocol.LiveOnCall
	case d.dismissed:
		return protocol.LiveOffline
	case len(d.due) > 0:
		return protocol.LiveWrapUp
	case !d.ready():
		return protocol.LiveOffline
	case d.closed() != Free:
		return protocol.LiveDND
	}
	return protocol.LiveAvailable
}

// status is the desk seen from outside.
func (d *desk) status() Status {
	s := Status{
		State: d.state, Since: d.since, IdleSince: d.idleSince, Setting: d.setting, Call: d.call,
		Open: d.hours.open, FlipsAt: d.hours.flipsAt,
	}
	if o, ok := d.owes(OwesTag); ok {
		s.DueTag = o.CallID
	}
	if o, ok := d.owes(OwesWrapUp); ok {
		s.WrapUpEnds, s.WrapUpLength = o.Until, o.Length
	}
	return s
}
