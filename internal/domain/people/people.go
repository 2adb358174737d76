// Package people is what is done with the members of a workspace: inviting them,
// letting them in, changing their role and profile, and removing them. It owns the
// rules (who may do it, seats, last owner, who takes over) and tells the live parts
// and the audit. It does not check passkeys (adapters/auth) and words no mail.
package people

import (
	"context"
	"time"

	"parley/internal/domain/identity"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/tag"
	"parley/internal/domain/team"
	"parley/internal/domain/workspace"
)

// Founding is a new workspace, made in one transaction: all of it or nothing.
type Founding struct {
	Workspace  workspace.Workspace
	Owner      member.Member
	Credential identity.Credential
	Tags       []tag.Tag
	LinkHash   string // the one-time link this uses up
	LinkKind   string
	At         time.Time
}

// Joining is a new member, made in one transaction: all of it or nothing.
type Joining struct {
	Member       member.Member
	Credential   identity.Credential
	LinkHash     string // the one-time link this uses up
	LinkKind     string
	InvitationID string // accepted by it, "" where a claimed domain let him in
	Teams        []team.Membership
	// Numbers are given to him, at the level named. One that is gone is left out.
	Numbers []number.Assignment
	Seats   int // how many members there may be
	At      time.Time
}

// Leaving is a member's removal, made in one transaction: all of it or nothing.
// Sessions, passkeys, links and personal settings go; name and history stay.
type Leaving struct {
	WorkspaceID string
	MemberID    string
	// Role is the one he had when the right to remove him was checked: whoever is
	// promoted meanwhile stays.
	Role member.Role
	// Numbers says who takes over which of his numbers, at his level: number id to
	// member id. What is not named has one member less. A number he owned has the
	// new holder as owner, or none.
	Numbers map[string]string
	At      time.Time
}

// Store changes who belongs to a workspace. Each method is one transaction, so
// that of two at once the second sees the first.
type Store interface {
	// Found faults: NotFound error.link-expired, Conflict error.email-taken.
	Found(ctx context.Context, f Founding) error
	// Join faults: NotFound error.link-expired, Conflict error.email-taken,
	// error.seats-taken, error.invitation-used, error.number-taken-meanwhile (an
	// Exclusive assignment whose number somebody has).
	Join(ctx context.Context, j Joining) error
	// SetRole faults: NotFound, Conflict error.last-owner, error.conflict (his role is
	// no longer from: the right to change it was checked against that).
	SetRole(ctx context.Context, workspaceID, memberID string, from, to member.Role) error
	// Leave returns the ids of the sessions it ended. Faults: NotFound (who is
	// removed already, too), Conflict error.last-owner, error.conflict (as SetRole).
	Leave(ctx context.Context, l Leaving) (sessions []string, err error)
	// CountMembers counts active members and open invitations.
	CountMembers(ctx context.Context, workspaceID string, now time.Time) (members, invited int, err error)
}

// Offers keeps invitations where the seats are counted: each method is one
// transaction. Those accepted long ago are in no way of those that are open.
type Offers interface {
	// WaitingInvitations lists those nobody has accepted, oldest first, expired ones
	// too.
	WaitingInvitations(ctx context.Context, workspaceID string) ([]member.Invitation, error)
	// LastAccepted returns the invitation an address accepted last, or a not-found
	// fault.
	LastAccepted(ctx context.Context, workspaceID, email string) (member.Invitation, error)
	// Offer creates an invitation or, by ID, renews an open or expired one; other
	// invitations of the workspace to the same address go unless accepted. Faults:
	// Conflict error.seats-taken (members, open invitations and this one are more
	// than seats), error.invitation-used (the one of that ID was accepted).
	Offer(ctx context.Context, inv member.Invitation, seats int, now time.Time) error
	// SetLetter notes the mail that carries the link; accepted meanwhile or gone is
	// no error.
	SetLetter(ctx context.Context, workspaceID, invitationID, letterID string) error
	// CloseChoice ends the choice of a number that an accepted invitation offered.
	CloseChoice(ctx context.Context, workspaceID, invitationID string) error
}

// Edits changes parts of a member: each method is one transaction.
type Edits interface {
	// EditMember lets change alter a member as he is stored, so that it undoes
	// nothing that somebody else alters at the same moment; an error of change goes
	// back and nothing is stored. Role, setting, e-mail and removal are not written.
	// Faults: NotFound (removed ones too), Conflict error.extension-taken.
	EditMember(ctx context.Context, workspaceID, memberID string, change func(*member.Member) error) error
	// SetNumbersOf replaces the numbers of a member. Faults: NotFound, Conflict
	// error.number-exclusive (somebody else has a number that is to be Exclusive, or
	// has one of them exclusively).
	SetNumbersOf(ctx context.Context, workspaceID, memberID string, all []number.Assignment) error
}

// Page is a stretch of the member list.
type Page struct {
	Query string // part of name, e-mail, extension or number, whatever case and accents
	After string // cursor of the page before, "" for the first
	Limit int
	// Known bounds whose e-mail and numbers are searched, by member id; nil:
	// everybody's. Of others no more than name and extension is, so that a search
	// tells nobody piece by piece what no page shows him.
	Known []string
}

// Held is a number of a member's as lists show it.
type Held struct {
	NumberID string
	MemberID string
	Name     string
	E164     string
	Level    number.Level
}

// Name is what a choice or a line of history shows of a member or number.
type Name struct{ ID, Name string }

// Names reads what things are called, and nothing else of them. within are the ids
// asked for, removed members too; nil asks for all there are now.
type Names interface {
	MemberNames(ctx context.Context, workspaceID string, within []string) ([]Name, error)
	NumberNames(ctx context.Context, workspaceID string, within []string) ([]Name, error)
}

// Directory reads lists of people without loading the whole company.
type Directory interface {
	// FindMembers returns a page of active members by name, and the cursor of the
	// next page, "" on the last.
	FindMembers(ctx context.Context, workspaceID string, p Page) (found []member.Member, next string, err error)
	// FindNumbers returns at most limit numbers by name whose name or digits have the
	// query in them, whatever case and accents. within bounds them; nil: all.
	FindNumbers(ctx context.Context, workspaceID, query string, within []string, limit int) ([]number.Number, error)
	// VacantNumbers returns at most limit numbers by name that nobody has. within bounds
	// them; nil: all.
	VacantNumbers(ctx context.Context, workspaceID string, within []string, limit int) ([]number.Number, error)
	// HeldBy lists the numbers of each of the members.
	HeldBy(ctx context.Context, workspaceID string, memberIDs []string) ([]Held, error)
}
