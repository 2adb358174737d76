// Package audit shows who did what that matters for security, newest first, and
// checks on demand that nothing of it was changed. It only reads. Any goroutine may
// use a Handlers.
package audit

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"sync"
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
	Chain   audit.ChainStore // proves that entries were neither changed nor removed
	Members Members
	Now     func() time.Time
}

// Handlers serve the page.
type Handlers struct {
	needs    Needs
	checking sync.Mutex // a check reads the whole log: one at a time
}

// New returns the handlers.
func New(n Needs) *Handlers { return &Handlers{needs: n} }

// Routes mounts the page on mux.
func (h *Handlers) Routes(mux page.Mux) {
	mux.Handle("GET /audit", h.needs.Gate.Require(member.SeeAudit, http.HandlerFunc(h.list)))
	mux.Handle("POST /audit/verify", h.needs.Gate.Require(member.SeeAudit, http.HandlerFunc(h.verify)))
}

// verify checks the chain and shows the log with what was found.
func (h *Handlers) verify(w http.ResponseWriter, r *http.Request) {
	if !h.checking.TryLock() {
		h.needs.Pages.Fail(w, r, fault.New(fault.TooMany, "error.audit-checking"))
		return
	}
	defer h.checking.Unlock()
	who, _ := auth.From(r.Context())
	report, err := audit.Verify(r.Context(), h.needs.Chain, who.Workspace.ID)
	if err != nil {
		h.needs.Pages.Fail(w, r, fmt.Errorf("verify the audit chain: %w", err))
		return
	}
	h.write(w, r, verdict(locale.From(r.Context()), report))
}

func (h *Handlers) list(w http.ResponseWriter, r *http.Request) { h.write(w, r, ui.Notice{}) }

func (h *Handlers) write(w http.ResponseWriter, r *http.Request, found ui.Notice) {
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
	last, _, err := h.needs.Chain.AuditHead(r.Context(), who.Workspace.ID)
	if err != nil {
		h.needs.Pages.Fail(w, r, fmt.Errorf("read the head of the audit chain: %w", err))
		return
	}
	c := locale.From(r.Context())
	v := view{Now: h.needs.Now(), Chain: chain{Entries: last, Verdict: found}}
	if len(entries) > pageSize {
		entries = entries[:pageSize]
		v.Pages.Older = "/audit?before=" + url.QueryEscape(entries[pageSize-1].ID)
	}
	if before != "" {
		v.Pages.Newer = "/audit"
	}
	names, err := Names(r.Context(), h.needs.Members, c, who.Member.WorkspaceID, entries)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	for _, e := range entries {
		v.Rows = append(v.Rows, row{Say(c, e, names), e.At})
	}
	v.Frame = h.needs.Pages.Frame(r, ui.Page{
		Title: c.T("audit.title"), Lead: c.T("audit.lead"), Place: ui.Settings,
		Crumbs: []ui.Crumb{{Text: c.T("settings.title"), Href: "/settings"}},
	})
	h.needs.Pages.Show(w, r, http.StatusOK, auditPage(v))
}

// Names are the names of the members that entries are by or about. One who was
// never a member, such as of a subject that is no member, has none.
func Names(ctx context.Context, members Members, c *locale.Catalogue, workspaceID string, entries []audit.Entry) (map[string]string, error) {
	names := map[string]string{"": c.T("audit.server")}
	for _, e := range entries {
		for _, id := range Named(e) {
			if _, known := names[id]; known {
				continue
			}
			m, err := members.Member(ctx, workspaceID, id)
			if err != nil && fault.KindOf(err) != fault.NotFound {
				return nil, fmt.Errorf("name a member: %w", err)
			}
			names[id] = m.Name
		}
	}
	return names, nil
}
