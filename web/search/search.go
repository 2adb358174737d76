// Package search answers the quick search of every page: members and the numbers
// the reader may see, as JSON for the palette. It shows nothing by itself and
// changes nothing. Any goroutine may use a Handlers.
package search

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"parley/internal/adapters/auth"
	"parley/internal/base/text"
	"parley/internal/domain/access"
	"parley/internal/domain/agent"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/web/locale"
	"parley/web/page"
)

const (
	maxQuery = 80 // characters
	maxFound = 8  // of each kind
)

// Directory finds members and numbers.
type Directory interface {
	FindMembers(ctx context.Context, workspaceID string, p people.Page) (found []member.Member, next string, err error)
	FindNumbers(ctx context.Context, workspaceID, query string, within []string, limit int) ([]number.Number, error)
}

// States knows what members are doing.
type States interface {
	Status(memberID string) agent.Status
}

// Needs is what Handlers works with.
type Needs struct {
	Pages     *page.Pages
	Gate      *auth.Gate
	Directory Directory
	Access    access.Store
	States    States
}

// Handlers answer the search.
type Handlers struct{ Needs }

// New returns the handlers.
func New(n Needs) *Handlers { return &Handlers{n} }

// Routes mounts the search on mux.
func (h *Handlers) Routes(mux page.Mux) {
	mux.Handle("GET /search", h.Gate.Require(member.SeeMembers, http.HandlerFunc(h.find)))
}

// Answer is what search.js reads.
type Answer struct {
	Members []Found `json:"members"`
	Numbers []Found `json:"numbers"`
}

// Found is one thing that fits, and the page about it.
type Found struct {
	Title  string `json:"title"`
	Detail string `json:"detail,omitempty"`
	State  string `json:"state,omitempty"`
	Href   string `json:"href"`
}

func (h *Handlers) find(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	query, ok := text.Line(r.URL.Query().Get("q"), maxQuery)
	answer := Answer{Members: []Found{}, Numbers: []Found{}}
	if !ok || query == "" { // nothing is called like this
		h.Pages.JSON(w, r, http.StatusOK, answer)
		return
	}
	facts, err := access.Read(r.Context(), h.Access, who.Workspace, who.Member)
	if err == nil {
		answer.Members, err = h.members(r.Context(), facts, query)
	}
	if err == nil {
		answer.Numbers, err = h.numbers(r.Context(), facts, query)
	}
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	h.Pages.JSON(w, r, http.StatusOK, answer)
}

func (h *Handlers) members(ctx context.Context, facts access.Facts, query string) ([]Found, error) {
	members, _, err := h.Directory.FindMembers(ctx, facts.Member.WorkspaceID, people.Page{
		Query: query, Limit: maxFound, Known: facts.Reached(member.SetAvailability),
	})
	if err != nil {
		return nil, fmt.Errorf("search members: %w", err)
	}
	c := locale.From(ctx)
	found := make([]Found, 0, len(members))
	for _, m := range members {
		detail := page.RoleName(c, m.Role)
		if m.Extension != "" {
			detail += " · " + m.Extension
		}
		found = append(found, Found{
			Title: m.Name, Detail: detail, Href: "/team/" + m.ID,
			State: cmp.Or(string(h.States.Status(m.ID).State), "offline"),
		})
	}
	return found, nil
}

func (h *Handlers) numbers(ctx context.Context, facts access.Facts, query string) ([]Found, error) {
	numbers, err := h.Directory.FindNumbers(ctx, facts.Member.WorkspaceID, digits(query), within(facts), maxFound)
	if err != nil {
		return nil, fmt.Errorf("search numbers: %w", err)
	}
	c := locale.From(ctx)
	found := make([]Found, 0, len(numbers))
	for _, n := range numbers {
		href := "/calls?number=" + n.ID
		if facts.RunsNumber(n.ID) {
			href = "/numbers/" + n.ID
		}
		found = append(found, Found{Title: n.Name, Detail: c.Phone(n.E164).Text, Href: href})
	}
	return found, nil
}

// within are the numbers the member sees, nil for all.
func within(f access.Facts) []string {
	if f.Member.Role.Can(member.ManageNumbers) {
		return nil
	}
	ids := slices.Concat(f.Owned, f.Supervised)
	for id := range f.Levels {
		ids = append(ids, id)
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return !f.SeesNumber(id) })
	slices.Sort(ids)
	if ids = slices.Compact(ids); ids == nil {
		return []string{}
	}
	return ids
}

// digits writes a query that is a phone number in any national form without its
// spacing and trunk prefix, so that 01 39 28 finds +33 1 39 28; any other stays.
func digits(query string) string {
	bare := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" .-()/\u00a0\u202f", r) {
			return -1
		}
		return r
	}, query)
	if bare == "" || strings.Trim(bare, "+0123456789") != "" {
		return query
	}
	bare = strings.TrimPrefix(strings.TrimPrefix(bare, "+"), "00")
	return cmp.Or(strings.TrimPrefix(bare, "0"), query)
}
