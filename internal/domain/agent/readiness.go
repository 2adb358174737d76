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

// Readiness tells of members, in their order, at one moment. It is cheap for a
// whole company: whoever is called asks it before anybody is rung.
func (r *Registry) Readiness(memberIDs []string) []Readiness {
	out := make([]Readiness, len(memberIDs))
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, id := range memberIDs {
		d, ok := r.desks[id]
		if !ok {
			out[i].Reason = ReasonOffline
			continue
		}
		out[i] = Readiness{Reason: d.busy(), IdleSince: d.idleSince}
		if !d.idleSince.IsZero() {
			out[i].Setting = d.setting
		}
		if out[i].Reason == Free && d.setting == member.DoNotDisturb {
			out[i].Reason = ReasonDND
		}
	}
	return out
}
