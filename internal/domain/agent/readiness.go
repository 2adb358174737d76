package agent

import (
	"time"

	"parley/internal/domain/member"
)

// Readiness is what whom to ring depends on beside hours and muted numbers, which
// are stored facts that whoever asks has at hand.
type Readiness struct {
	Reason    Reason         // why a call would not ring the member, but for his hours
	IdleSince time.Time      // see Status
	Setting   member.Setting // "" where he has had no tab since the start: the stored one holds
}

// Readiness tells of members, in their order, at one moment; into is written over
// where it is large enough. It is cheap for a whole company: whoever is called asks
// it before anybody is rung.
func (r *Registry) Readiness(memberIDs []string, into []Readiness) []Readiness {
	out := into[:0]
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range memberIDs {
		d, ok := r.desks[id]
		if !ok {
			out = append(out, Readiness{Reason: ReasonOffline})
			continue
		}
		one := Readiness{Reason: d.unready, IdleSince: d.idleSince}
		if !d.idleSince.IsZero() {
			one.Setting = d.setting
		}
		out = append(out, one)
	}
	return out
}

// notReady is why a call would not ring the member, but for his hours.
func (d *desk) notReady() Reason {
	reason := d.busy()
	if reason == Free && d.setting == member.DoNotDisturb {
		reason = ReasonDND
	}
	return reason
}
