package signalling

import (
	"context"
	"errors"
	"time"

	"parley/internal/base/obs"
	"parley/internal/shared/protocol"
)

// SessionEnded closes the sockets of a session that was revoked.
func (h *Hub) SessionEnded(sessionID string) {
	for _, t := range h.tabsThat(func(t *tab) bool { return t.session == sessionID }) {
		t.close("signed-out")
	}
}

// MemberChanged has a member's tabs follow what became of him: closed where he was
// removed or his session is gone, else with his role, language, hours and lines as
// they are now. An empty id stands for everybody.
func (h *Hub) MemberChanged(ctx context.Context, workspaceID, memberID string) {
	h.following.Lock()
	defer h.following.Unlock()
	followed := make(map[string]bool)
	for _, t := range h.tabsThat(func(t *tab) bool {
		return (workspaceID == "" || t.workspaceID == workspaceID) && (memberID == "" || t.memberID == memberID)
	}) {
		m, err := t.stillAllowed(ctx)
		if err != nil { // closed, or to be asked again at its next command
			continue
		}
		if !followed[m.ID] {
			followed[m.ID] = true
			h.Agents.SetHours(m.WorkspaceID, m.ID, m.Hours)
		}
		t.tellMe()
		if lines, err := h.Phone.Lines(ctx, m); err == nil {
			t.tell(&protocol.LinesChanged{Lines: lines})
		} else {
			t.log.Error("tell the tab of its lines", obs.Err, err)
		}
	}
}

// How long telling of changes may take, and how long those that follow wait to be
// told together: an import makes a thousand.
const (
	tellTime  = 10 * time.Second
	tellPause = 250 * time.Millisecond
)

// WorkspaceChanged has lines and tags sent anew to every tab of the workspace, of
// all workspaces where the id is empty, after an admin changed something. It does
// not wait for that.
func (h *Hub) WorkspaceChanged(workspaceID string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing {
		return
	}
	h.untold[workspaceID] = struct{}{}
	if !h.telling {
		h.telling = true
		h.running.Go(h.tellChanges)
	}
}

// tellChanges tells what is untold until nothing new comes.
func (h *Hub) tellChanges() {
	for {
		h.mu.Lock()
		due := h.untold
		h.untold = make(map[string]struct{})
		h.telling = len(due) > 0
		h.mu.Unlock()
		if len(due) == 0 {
			return
		}
		for workspaceID := range due {
			h.tellWorkspace(workspaceID)
		}
		select {
		case <-time.After(tellPause):
		case <-h.ending:
			return
		}
	}
}

func (h *Hub) tellWorkspace(workspaceID string) {
	ctx, cancel := context.WithTimeout(context.Background(), tellTime)
	defer cancel()
	h.following.Lock()
	defer h.following.Unlock()
	tags := make(map[string][]protocol.Tag) // by workspace
	for _, t := range h.tabsThat(func(t *tab) bool { return workspaceID == "" || t.workspaceID == workspaceID }) {
		lines, err := h.Phone.Lines(ctx, t.who())
		if err == nil {
			t.tell(&protocol.LinesChanged{Lines: lines})
		}
		own, read := tags[t.workspaceID]
		var tagErr error
		if !read {
			if own, tagErr = h.Phone.TagList(ctx, t.workspaceID); tagErr == nil {
				tags[t.workspaceID] = own
			}
		}
		if tagErr == nil {
			t.tell(&protocol.TagsChanged{Tags: own})
		}
		if err := errors.Join(err, tagErr); err != nil {
			t.log.Error("tell the tab of a change", obs.Err, err)
		}
	}
}

// tabsThat returns the tabs that fit.
func (h *Hub) tabsThat(fits func(*tab) bool) []*tab {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []*tab
	for _, set := range h.tabs {
		for t := range set {
			if fits(t) {
				out = append(out, t)
			}
		}
	}
	return out
}
