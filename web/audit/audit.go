// Package audit shows who did what that matters for security, newest first. It
// only reads. Any goroutine may use a Handlers.
package audit

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/audit"
	"parley/internal/domain/member"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

// pageSize is how many entries a page shows; maxCursor bounds the address.
const (
	pageSize  = 50
	maxCursor = 64
)

// Log reads the entries.
type Log interface {
	// AuditEntries returns a page, newest first, older than the id before.
	AuditEntries(ctx context.Context, workspaceID, before string, limit int) ([]audit.Entry, error)
}

// Members names who acted and on whom, those who left too.
type Members interface {
	Member(ctx context.Context, workspaceID, id string) (member.Member, error)
}

// Needs is what Handlers works with.
type Needs struct {
	Pages   *page.Pages
	Gate    *auth.Gate
	Log     Log
	Members Members
	Now     func() time.Time
}

// Handlers serve the page.
type Handlers struct{ needs Needs }

// New returns the handlers.
func New(n Needs) *Handlers { return &Handlers{n} }

// Routes mounts the page on mux.
func (h *Handlers) Routes(mux page.Mux) {
	mux.Handle("GET /audit", h.needs.Gate.Require(member.SeeAudit, http.HandlerFunc(h.list)))
}

func (h *Handlers) list(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	before := r.URL.Query().Get("before")
	if len(before) > maxCursor {
		before = ""
	}
	entries, err := h.needs.Log.AuditEntries(r.Context(), who.Member.WorkspaceID, before, pageSize+1)
	if err != nil {
		h.needs.Pages.Fail(w, r, fmt.Errorf("list audit entries: %w", err))
		return
	}
	c := locale.From(r.Context())
	v := view{Now: h.needs.Now()}
	if len(entries) > pageSize {
		entries = entries[:pageSize]
		v.Pages.Older = "/audit?before=" + url.QueryEscape(entries[pageSize-1].ID)
	}
	if before != "" {
		v.Pages.Newer = "/audit"
	}
	names, err := h.names(r.Context(), c, who.Member.WorkspaceID, entries)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	for _, e := range entries {
		v.Rows = append(v.Rows, newRow(c, e, names))
	}
	v.Frame = h.needs.Pages.Frame(r, ui.Page{
		Title: c.T("audit.title"), Lead: c.T("audit.lead"), Place: ui.Settings,
		Crumbs: []ui.Crumb{{Text: c.T("settings.title"), Href: "/settings"}},
	})
	h.needs.Pages.Show(w, r, http.StatusOK, auditPage(v))
}

// names are the names of the members that entries are by or about. One who was
// never a member, such as of a subject that is no member, has none.
func (h *Handlers) names(ctx context.Context, c *locale.Catalogue, workspaceID string, entries []audit.Entry) (map[string]string, error) {
	names := map[string]string{"": c.T("audit.server")}
	for _, e := range entries {
		ids := []string{e.MemberID}
		if aboutMember(e.Action) {
			ids = append(ids, e.Subject)
		}
		for _, id := range ids {
			if _, known := names[id]; known {
				continue
			}
			m, err := h.needs.Members.Member(ctx, workspaceID, id)
			if err != nil && fault.KindOf(err) != fault.NotFound {
				return nil, fmt.Errorf("name a member: %w", err)
			}
			names[id] = m.Name
		}
	}
	return names, nil
}
