// Package team shows the members of a workspace and what they are doing, invites
// new ones, and changes and removes them. The rules are those of package people:
// a page leaves out what it would refuse. Any goroutine may use a Handlers.
package team

import (
	"context"
	"io"
	"net/http"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/access"
	"parley/internal/domain/agent"
	"parley/internal/domain/hours"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/internal/domain/team"
	"parley/internal/domain/workspace"
	"parley/web/page"
)

// Directory reads the member list a page at a time.
type Directory interface {
	FindMembers(ctx context.Context, workspaceID string, p people.Page) (found []member.Member, next string, err error)
	HeldBy(ctx context.Context, workspaceID string, memberIDs []string) ([]people.Held, error)
}

// Members reads them one by one or, for choices of colleagues, all.
type Members interface {
	Members(ctx context.Context, workspaceID string) ([]member.Member, error)
	Member(ctx context.Context, workspaceID, id string) (member.Member, error)
}

// Numbers lists the company's numbers.
type Numbers interface {
	Numbers(ctx context.Context, workspaceID string) ([]number.Number, error)
}

// Teams lists them and who is in them.
type Teams interface {
	Teams(ctx context.Context, workspaceID string) ([]team.Team, error)
	Memberships(ctx context.Context, workspaceID string) ([]team.Membership, error)
}

// States knows what members are doing.
type States interface {
	Status(memberID string) agent.Status
}

// Inviter makes invitations.
type Inviter interface {
	Invite(ctx context.Context, actor member.Member, b people.Batch) ([]people.Outcome, error)
	InviteCSV(ctx context.Context, actor member.Member, r io.Reader, b people.Batch) ([]people.Outcome, error)
	Resend(ctx context.Context, actor member.Member, invitationID, newEmail string) (people.Outcome, error)
	Revoke(ctx context.Context, actor member.Member, invitationID string) error
}

// Waiting tells of invitations nobody has accepted and of seats.
type Waiting interface {
	Open(ctx context.Context, workspaceID string) ([]people.Pending, error)
	Seats(ctx context.Context, workspaceID string) (people.Seats, error)
	GivableRoles(actor member.Member, ws workspace.Workspace) []member.Role
}

// Editor changes members.
type Editor interface {
	EditProfile(ctx context.Context, actor member.Member, memberID string, p people.Profile) error
	SetRole(ctx context.Context, actor member.Member, memberID string, role member.Role) error
	SetTeams(ctx context.Context, actor member.Member, memberID string, all []team.Membership) error
	SetNumbers(ctx context.Context, actor member.Member, memberID string, all []number.Assignment) error
	Remove(ctx context.Context, actor member.Member, memberID string, r people.Removal) error
}

// Availability changes whether and when members can be rung.
type Availability interface {
	SetHours(ctx context.Context, actor member.Member, memberID string, h hours.Hours, c member.Closed) error
	SetAvailability(ctx context.Context, actor member.Member, memberID string, s member.Setting) error
}

// Needs is what Handlers works with. One people.Service is Inviter, Waiting,
// Editor and Availability.
type Needs struct {
	Pages        *page.Pages
	Gate         *auth.Gate
	Directory    Directory
	Members      Members
	Numbers      Numbers
	Teams        Teams
	Access       access.Store
	States       States
	Inviter      Inviter
	Waiting      Waiting
	Editor       Editor
	Availability Availability
	MailReady    func() bool // invitations go by mail; otherwise links are handed over
	Now          func() time.Time
}

// Handlers serve the pages.
type Handlers struct{ Needs }

// New returns the handlers.
func New(n Needs) *Handlers { return &Handlers{n} }

// Routes mounts the pages on mux. What is not open to every reader of the list is
// refused by the handler, which knows whom it is about, or by package people.
func (h *Handlers) Routes(mux page.Mux) {
	see := func(pattern string, f http.HandlerFunc) {
		mux.Handle(pattern, h.Gate.Require(member.SeeMembers, f))
	}
	manage := func(pattern string, f http.HandlerFunc) {
		mux.Handle(pattern, h.Gate.Require(member.ManageMembers, f))
	}
	see("GET /team", h.list)
	see("GET /team/invite", h.inviters(h.inviteForm))
	see("POST /team/invite", h.inviters(h.invite))
	see("POST /team/invitations/{id}/resend", h.inviters(h.resend))
	see("POST /team/invitations/{id}/revoke", h.inviters(h.revoke))
	manage("GET /team/invite/csv", h.csvForm)
	manage("POST /team/invite/csv", h.inviteCSV)
	manage("GET /team/invite/sample.csv", h.sample)
	manage("POST /team/invite/rejected", h.rejected)
	see("GET /team/{id}", h.member)
	see("POST /team/{id}/profile", h.profile)
	manage("POST /team/{id}/role", h.role)
	manage("POST /team/{id}/teams", h.teams)
	manage("GET /team/{id}/numbers", h.numbersForm)
	manage("POST /team/{id}/numbers", h.numbers)
	see("POST /team/{id}/availability", h.availability)
	see("GET /team/{id}/hours", h.hoursForm)
	see("POST /team/{id}/hours", h.hours)
	manage("GET /team/{id}/remove", h.removeForm)
	manage("POST /team/{id}/remove", h.remove)
}

// inviters lets those through who may invite at all.
func (h *Handlers) inviters(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who, _ := auth.From(r.Context())
		if len(h.Waiting.GivableRoles(who.Member, who.Workspace)) == 0 {
			h.Pages.Fail(w, r, notAllowed())
			return
		}
		next(w, r)
	}
}

func notAllowed() error { return fault.New(fault.Forbidden, "error.not-allowed") }

// facts is what the reader reaches.
func (h *Handlers) facts(ctx context.Context, who auth.Who) (access.Facts, error) {
	if who.Member.Role.Reach(member.SetAvailability) == member.Everything {
		return access.Facts{Member: who.Member}, nil // nothing hangs on the rest here
	}
	return access.Read(ctx, h.Access, who.Workspace, who.Member)
}
