// Package member owns the people of a workspace, their roles and what each role
// may do. It does not know how anybody proves who they are (adapters/auth) nor
// what they are doing right now (domain/agent).
package member

import (
	"context"
	"time"
)

// Role is a member's place in the rights matrix.
type Role string

// The four roles.
const (
	Owner      Role = "owner"
	Admin      Role = "admin"
	Supervisor Role = "supervisor"
	User       Role = "member"
)

// Roles lists the roles, most powerful first.
func Roles() []Role { return []Role{Owner, Admin, Supervisor, User} }

// Setting is the availability a member chose.
type Setting string

// The settings a member can choose.
const (
	Available    Setting = "available"
	DoNotDisturb Setting = "do-not-disturb"
)

// DefaultWrapUp is the after-call work a new member gets.
const DefaultWrapUp = 30 * time.Second

// Member is a person in a workspace.
type Member struct {
	ID            string
	WorkspaceID   string
	Name          string
	Email         string // lower-cased, unique on the server
	Role          Role
	Language      string // "fr" or "en"
	Setting       Setting
	WrapUp        time.Duration // after-call work
	DefaultNumber string        // number id preselected for calling out, "" for the first
	CreatedAt     time.Time
	RemovedAt     time.Time // zero while a member
}

// Active says whether the member still belongs to the workspace.
func (m Member) Active() bool { return m.RemovedAt.IsZero() }

// Invitation lets one address join a workspace. Only the hash of its token is
// stored.
type Invitation struct {
	ID          string
	WorkspaceID string
	Email       string
	Name        string
	Role        Role
	NumberIDs   []string // numbers assigned on acceptance
	TokenHash   string
	InvitedBy   string // member id
	CreatedAt   time.Time
	ExpiresAt   time.Time
	AcceptedAt  time.Time // zero while open
}

// Store keeps members and invitations. Lists leave removed members out.
type Store interface {
	Members(ctx context.Context, workspaceID string) ([]Member, error)
	// Member returns a member of the workspace, removed ones too.
	Member(ctx context.Context, workspaceID, id string) (Member, error)
	// MemberByEmail looks over the whole server.
	MemberByEmail(ctx context.Context, email string) (Member, error)
	// SaveMember creates or replaces by ID; a taken e-mail is a conflict fault.
	SaveMember(ctx context.Context, m Member) error
}

// InvitationStore keeps invitations.
type InvitationStore interface {
	Invitations(ctx context.Context, workspaceID string) ([]Invitation, error)
	InvitationByToken(ctx context.Context, tokenHash string) (Invitation, error)
	SaveInvitation(ctx context.Context, inv Invitation) error
	DeleteInvitation(ctx context.Context, workspaceID, id string) error
}
