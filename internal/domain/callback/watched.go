package callback

import (
	"parley/internal/domain/call"
	"parley/internal/domain/todo"
)

// telephone is who is on the phone with the company just now, in line or talking, but
// for callbacks.
type telephone struct {
	party map[string]string // of a call
	calls map[string]int    // of a party
}

func newTelephone() telephone {
	return telephone{party: make(map[string]string), calls: make(map[string]int)}
}

func partyOf(workspaceID, e164 string) string { return workspaceID + "/" + e164 }

// begins notes a call, and says whether it was unknown.
func (t telephone) begins(callID, party string) bool {
	if _, known := t.party[callID]; known {
		return false
	}
	t.party[callID] = party
	t.calls[party]++
	return true
}

// ends forgets a call, and says whether it was known.
func (t telephone) ends(callID string) bool {
	party, known := t.party[callID]
	if !known {
		return false
	}
	delete(t.party, callID)
	if t.calls[party]--; t.calls[party] == 0 {
		delete(t.calls, party)
	}
	return true
}

// phones says whether the caller is on the phone with the company: meanwhile he is not
// called back.
func (r *Runner) phones(i todo.Item) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.busy.calls[partyOf(i.WorkspaceID, i.E164)] > 0
}

// Audience tells next everything, and the Runner of who is on the phone and of its
// calls that ended.
func (r *Runner) Audience(next call.Audience) call.Audience { return watched{next, r} }

type watched struct {
	call.Audience
	r *Runner
}

func (a watched) CallChanged(v call.View) {
	a.r.begins(v)
	a.Audience.CallChanged(v)
}

func (a watched) CallEnded(v call.View, rec call.Record) {
	a.r.ends(rec)
	a.Audience.CallEnded(v, rec)
}

// begins looks at what waits for somebody once he is on the phone himself.
func (r *Runner) begins(v call.View) {
	if v.PartyE164 == "" || !v.LinedAt.IsZero() {
		return
	}
	r.mu.Lock()
	concerns := r.busy.begins(v.ID, partyOf(v.Number.WorkspaceID, v.PartyE164)) && len(r.made) > 0
	r.mu.Unlock()
	if concerns {
		r.Changed(v.Number.WorkspaceID)
	}
}

func (r *Runner) ends(rec call.Record) {
	r.mu.Lock()
	_, concerns := r.made[rec.ID]
	delete(r.made, rec.ID)
	concerns = r.busy.ends(rec.ID) || concerns
	r.mu.Unlock()
	if concerns {
		r.Changed(rec.WorkspaceID)
	}
}
