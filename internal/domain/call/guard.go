package call

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/phone"
)

// Limits bound what may be dialled in an hour. Zero takes the default.
type Limits struct {
	PerMember    int
	PerWorkspace int
	Concurrent   int // calls the workspace has out at once
}

// The limits of a workspace that has set none.
const (
	DefaultPerMember    = 120
	DefaultPerWorkspace = 1000
	DefaultConcurrent   = 100
)

// Guard is the toll-fraud guard: it lets calls go only to allowed countries and
// bounds how many a member and a workspace place in an hour. Short numbers are
// counted too, for many cost more than a call abroad; emergency calls alone pass
// always. The windows are in memory: a restart opens them anew.
type Guard struct {
	refused func(ctx context.Context, p Placing, f *fault.Error)

	mu      sync.Mutex
	windows map[string][]time.Time
	outside []*Forwarded // that are not over
}

// NewGuard returns a guard that tells refused (for the audit) of each refusal.
func NewGuard(refused func(context.Context, Placing, *fault.Error)) *Guard {
	return &Guard{refused: refused, windows: make(map[string][]time.Time)}
}

// Check lets the call pass and counts it, or returns why not.
func (g *Guard) Check(ctx context.Context, p Placing) error {
	f := g.judge(p)
	if f == nil {
		return nil
	}
	g.refused(ctx, p, f)
	return f
}

func (g *Guard) judge(p Placing) *fault.Error {
	if emergency(p) {
		return nil
	}
	// A short number has no country: it is dialled within that of the line.
	country := phone.Country(p.To)
	if !phone.Short(p.To) && (country == "" || !slices.Contains(p.Allowed, country)) {
		return fault.New(fault.Forbidden, "error.country-not-allowed").With("country", country)
	}
	memberLimit := cmp.Or(p.Limits.PerMember, DefaultPerMember)
	workspaceLimit := cmp.Or(p.Limits.PerWorkspace, DefaultPerWorkspace)
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	mine, all := g.recent(memberKey(p), now), g.recent(workspaceKey(p), now)
	if len(mine) >= memberLimit || len(all) >= workspaceLimit {
		return fault.New(fault.TooMany, "error.dial-limit")
	}
	g.windows[memberKey(p)] = append(mine, now)
	g.windows[workspaceKey(p)] = append(all, now)
	return nil
}

// Forwarded is a call that a flow sends outside.
type Forwarded struct {
	WorkspaceID string
	Caller      string // "" where hidden
	From        string // the number that sends it, and that is shown as the caller
	To          string
}

// Forward counts a call that a flow sends outside and says whether it may go: a
// number that is called by machines must not call out without end. Nor may one that
// comes from a number while that sends a call to the same phone: the phone has sent
// it back. done is to be called when the call outside is over; repeating it does no harm.
func (g *Guard) Forward(f Forwarded) (done func(), ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	key, now := f.WorkspaceID+"/forwarded", time.Now()
	w := g.recent(key, now)
	if len(w) >= DefaultPerWorkspace || g.chases(f) {
		return func() {}, false
	}
	g.windows[key] = append(w, now)
	out := &f
	g.outside = append(g.outside, out)
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.outside = slices.DeleteFunc(g.outside, func(o *Forwarded) bool { return o == out })
	}, true
}

// chases says whether a call to be forwarded is one that was forwarded and came back,
// maybe by a second number of the company.
func (g *Guard) chases(f Forwarded) bool {
	out := func(is func(*Forwarded) bool) bool {
		return slices.ContainsFunc(g.outside, func(o *Forwarded) bool { return o.WorkspaceID == f.WorkspaceID && is(o) })
	}
	return out(func(o *Forwarded) bool { return o.From == f.Caller }) && out(func(o *Forwarded) bool { return o.To == f.To })
}

func emergency(p Placing) bool { return phone.Emergency(p.To, p.Number.Country) }

// concurrent is how many calls may be out at once with p among them, 0 for any.
func concurrent(p Placing) int {
	if emergency(p) {
		return 0
	}
	return cmp.Or(p.Limits.Concurrent, DefaultConcurrent)
}

// Undo takes back the count of a call that was not placed after all. An emergency
// call was not counted.
func (g *Guard) Undo(p Placing) {
	if emergency(p) {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, key := range []string{memberKey(p), workspaceKey(p)} {
		if w := g.windows[key]; len(w) > 0 {
			g.windows[key] = w[:len(w)-1]
		}
	}
}

// recent returns what is left of a window of one hour.
func (g *Guard) recent(key string, now time.Time) []time.Time {
	w := g.windows[key]
	for len(w) > 0 && now.Sub(w[0]) > time.Hour {
		w = w[1:]
	}
	return w
}

func memberKey(p Placing) string    { return p.Number.WorkspaceID + "/" + p.Member.ID }
func workspaceKey(p Placing) string { return p.Number.WorkspaceID }
