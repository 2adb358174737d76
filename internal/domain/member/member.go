// Package member owns the people of a workspace, their roles and what each role
// may do. It does not know how anybody proves who they are (adapters/auth) nor
// what they are doing right now (domain/agent).
package member

import (
	"context"
	"time"

	"parley/internal/domain/hours"
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

// The settings a member can choose. Auto is available within the member's hours
// and do-not-disturb outside them.
const (
	Available    Setting = "available"
	Auto         Setting = "auto"
	DoNotDisturb Setting = "do-not-disturb"
)

// Settings lists the settings, in the order they are offered.
func Settings() []Setting { return []Setting{Available, Auto, DoNotDisturb} }

// Closed is what happens to a call that would ring a member outside his hours.
type Closed struct {
	Do       ClosedDo `json:"do,omitempty"`
	MemberID string   `json:"member,omitempty"` // the colleague of ToColleague
	NumberID string   `json:"number,omitempty"` // the main line of ToLine
}

// ClosedDo is a way to treat calls outside the hours.
type ClosedDo string

// The ways. The zero value leaves the member out, so that the caller reaches the
// others who have the number, then its voicemail.
const (
	ToVoicemail ClosedDo = ""
	ToColleague ClosedDo = "colleague"
	ToLine      ClosedDo = "line"
)

// Notices are the notifications a member wants.
type Notices struct {
	Desktop      bool     `json:"desktop"`         // of the browser, when a call rings
	MissedByMail bool     `json:"missed_mail"`     // a mail for each missed call of his numbers
	Muted        []string `json:"muted,omitempty"` // ids of numbers whose calls do not ring him
}

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
	Extension     string        // digits, unique in the workspace, "" for none
	Hours         hours.Hours   // they drive the setting Auto
	Closed        Closed        // what happens outside them
	DefaultNumber string        // number id preselected for calling out, "" for the first
	DialCountry   string        // how bare numbers he dials are read, "" as the line's
	RingTone      string        // one of RingTones, "" for the first
	Notices       Notices
	CreatedAt     time.Time
	SeenAt        time.Time // last use of any session, zero if never; kept by the session store
	RemovedAt     time.Time // zero while a member
}

// RingTones lists the sounds a call can ring with.
func RingTones() []string { return []string{"classic", "soft", "bright", "silent"} }

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
	Language    string   // of the mail and the page, "" for the workspace's
	NumberIDs   []string // numbers shared on acceptance or, with PickNumber, offered
	// PickNumber lets the invited choose a direct number of their own while they
	// join: one of NumberIDs, or of all that nobody has where that is empty.
	PickNumber bool
	TeamIDs    []string
	LetterID   string // the mail that carries the link, "" where it is handed over
	TokenHash  string
	InvitedBy  string // member id
	CreatedAt  time.Time
	ExpiresAt  time.Time
	AcceptedAt time.Time // zero while open
}

// Store keeps members and invitations. Lists leave removed members out.
type Store interface {
	Members(ctx context.Context, workspaceID string) ([]Member, error)
	// Member returns a member of the workspace, removed ones too.
	Member(ctx context.Context, workspaceID, id string) (Member, error)
	// MemberByEmail looks over the whole server.
	MemberByEmail(ctx context.Context, email string) (Member, error)
	// SaveMember creates or replaces by ID; a taken e-mail is the conflict fault
	// error.email-taken, a taken extension error.extension-taken. Of a member who is
	// there it leaves Role (people.Store), Setting (agent.Settings) and SeenAt
	// (identity.SessionStore) alone, so that what was read before a change does not
	// undo it; who was removed is a not-found fault.
	SaveMember(ctx context.Context, m Member) error
}

// InvitationStore keeps invitations.
type InvitationStore interface {
	Invitations(ctx context.Context, workspaceID string) ([]Invitation, error)
	InvitationByToken(ctx context.Context, tokenHash string) (Invitation, error)
	SaveInvitation(ctx context.Context, inv Invitation) error
	Invitation(ctx context.Context, workspaceID, id string) (Invitation, error)
	DeleteInvitation(ctx context.Context, workspaceID, id string) error
}
