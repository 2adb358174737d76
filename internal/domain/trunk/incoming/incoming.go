// Package incoming finds out whose a call is that came in by a trunk. Trunks of
// several workspaces may share a carrier's address, so the address alone does not
// say: the call belongs to the workspace that has both the trunk and the called
// number. It takes no calls and knows no SIP. A Finder holds no state: any
// goroutine may use it.
package incoming

import (
	"context"
	"fmt"
	"slices"

	"parley/internal/base/fault"
	"parley/internal/base/phone"
	"parley/internal/domain/number"
	"parley/internal/domain/trunk"
	"parley/internal/domain/workspace"
)

// Way is one trunk a call may have come by, and the called number as the call's
// request would write it for that trunk.
type Way struct{ TrunkID, Called string }

// Store reads what a call is matched with.
type Store interface {
	AllTrunks(ctx context.Context) ([]trunk.Trunk, error)
	Workspace(ctx context.Context, id string) (workspace.Workspace, error)
	NumberByE164(ctx context.Context, e164 string) (number.Number, error)
}

// Finder matches calls with numbers.
type Finder struct{ store Store }

// NewFinder returns a Finder.
func NewFinder(store Store) *Finder { return &Finder{store} }

// Find returns which of the ways a call came by, as an index, and the number it
// is for. A not-found fault says that no workspace has both a trunk among the ways
// and the number called by it; so it does where several have, which a number
// written without its country can bring about: better no call than a stranger's.
func (f *Finder) Find(ctx context.Context, ways []Way) (int, number.Number, error) {
	trunks, err := f.store.AllTrunks(ctx)
	if err != nil {
		return 0, number.Number{}, fmt.Errorf("find the trunk of a call: %w", err)
	}
	best, found := 0, number.Number{}
	for i, way := range ways {
		n, ok, err := f.match(ctx, trunks, way)
		switch {
		case err != nil:
			return 0, number.Number{}, err
		case !ok:
		case found.ID == "", n.ID == found.ID && n.TrunkID == way.TrunkID:
			best, found = i, n
		case n.WorkspaceID != found.WorkspaceID:
			return 0, number.Number{}, fault.New(fault.NotFound, "error.not-found").
				Because(fmt.Errorf("trunks %s and %s have a number each that is written like this", ways[best].TrunkID, way.TrunkID))
		}
	}
	if found.ID == "" {
		return 0, number.Number{}, fault.New(fault.NotFound, "error.not-found")
	}
	return best, found, nil
}

// match returns the number called by one way, false where the trunk's workspace
// does not have it.
func (f *Finder) match(ctx context.Context, trunks []trunk.Trunk, way Way) (number.Number, bool, error) {
	i := slices.IndexFunc(trunks, func(t trunk.Trunk) bool { return t.ID == way.TrunkID })
	if i < 0 {
		return number.Number{}, false, nil
	}
	ws, err := f.store.Workspace(ctx, trunks[i].WorkspaceID)
	if err != nil {
		return number.Number{}, false, fmt.Errorf("find the workspace of a trunk: %w", err)
	}
	called, err := phone.Parse(way.Called, ws.Country)
	if err != nil {
		return number.Number{}, false, nil
	}
	n, err := f.store.NumberByE164(ctx, called)
	if fault.KindOf(err) == fault.NotFound {
		return number.Number{}, false, nil
	}
	if err != nil {
		return number.Number{}, false, fmt.Errorf("find the called number: %w", err)
	}
	return n, n.WorkspaceID == ws.ID && !n.Inactive, nil
}
