package calls

import (
	"context"
	"fmt"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/access"
	"parley/internal/domain/call"
)

// scope is what of the history somebody sees.
func (h *Handlers) scope(ctx context.Context, who auth.Who) (access.Scope, error) {
	f, err := access.Read(ctx, h.needs.Access, who.Workspace, who.Member)
	if err != nil {
		return access.Scope{}, fmt.Errorf("read whose calls the reader sees: %w", err)
	}
	return f.Calls(), nil
}

// records lists the calls within the scope that f asks for. A filter that names
// nothing asks for all, so somebody who sees nothing asks for nothing.
func (h *Handlers) records(ctx context.Context, who auth.Who, s access.Scope, f call.Filter) ([]call.Record, error) {
	if !s.All {
		if len(s.Members)+len(s.Numbers) == 0 {
			return nil, nil
		}
		f.MemberIDs, f.NumberIDs = s.Members, s.Numbers
	}
	found, err := h.needs.Log.Records(ctx, who.Workspace.ID, f)
	if err != nil {
		return nil, fmt.Errorf("list calls: %w", err)
	}
	return found, nil
}

// find loads a call the reader may see; any other is not found.
func (h *Handlers) find(ctx context.Context, who auth.Who, callID string) (call.Record, error) {
	r, err := h.needs.Log.Record(ctx, who.Workspace.ID, callID)
	if err != nil {
		return r, fmt.Errorf("read call: %w", err)
	}
	s, err := h.scope(ctx, who)
	if err != nil {
		return r, err
	}
	if !s.Sees(r.MemberID, r.NumberID) {
		return r, fault.New(fault.NotFound, "error.not-found")
	}
	return r, nil
}
