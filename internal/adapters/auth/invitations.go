package auth

import (
	"context"
	"fmt"
	"strings"

	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/domain/identity"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/internal/domain/team"
	"parley/internal/domain/workspace"
)

// Joiner makes somebody a member, all of it or nothing.
type Joiner interface {
	Join(ctx context.Context, j people.Joining) error
}

// InvitationNeeds is what Invitations works with.
type InvitationNeeds struct {
	Store      member.InvitationStore
	Members    Members
	Workspaces Workspaces
	People     Joiner
	Passkeys   *Passkeys
	Links      *Links
	Letters    *Letters
	Trail      *Trail
	Changes    Changes
	Now        Clock
}

// Invitations lets people into a workspace by the one-time link of an invitation,
// which ends in a passkey. Making them is the business of package people.
type Invitations struct{ InvitationNeeds }

// NewInvitations returns Invitations.
func NewInvitations(n InvitationNeeds) *Invitations { return &Invitations{n} }

// Peek returns the invitation of a link without using it up. One that is used,
// expired, replaced, withdrawn or void is the not-found fault error.link-expired:
// Late says which.
func (i *Invitations) Peek(ctx context.Context, token string) (member.Invitation, error) {
	inv, _, err := i.open(ctx, token)
	return inv, err
}

func (i *Invitations) open(ctx context.Context, token string) (member.Invitation, workspace.Workspace, error) {
	var ws workspace.Workspace
	if _, err := i.Links.peek(ctx, KindInvite, token); err != nil {
		return member.Invitation{}, ws, err
	}
	inv, err := i.Store.InvitationByToken(ctx, hashOf(token))
	if err != nil {
		return inv, ws, unknownOr(err, linkExpired())
	}
	if !inv.AcceptedAt.IsZero() || !i.Now().Before(inv.ExpiresAt) {
		return inv, ws, linkExpired()
	}
	if ws, err = i.Workspaces.Workspace(ctx, inv.WorkspaceID); err != nil {
		return inv, ws, fmt.Errorf("load workspace of invitation: %w", err)
	}
	valid, err := i.stillValid(ctx, ws, inv)
	if err == nil && !valid {
		err = linkExpired()
	}
	return inv, ws, err
}

// stillValid says whether who invited may still give what the invitation promises.
func (i *Invitations) stillValid(ctx context.Context, ws workspace.Workspace, inv member.Invitation) (bool, error) {
	inviter, err := i.Members.Member(ctx, inv.WorkspaceID, inv.InvitedBy)
	if fault.KindOf(err) == fault.NotFound && err != nil {
		return false, nil //nolint:nilerr // nobody vouches for it
	}
	if err != nil {
		return false, fmt.Errorf("load who invited: %w", err)
	}
	return people.StillValid(ws, inv, inviter), nil
}

func linkExpired() *fault.Error { return fault.New(fault.NotFound, "error.link-expired") }

// Prepare returns the member the invitation will make. email is what the browser
// says it was sent to: only the invited address gets in.
func (i *Invitations) Prepare(ctx context.Context, inv member.Invitation, email, name, language string) (member.Member, error) {
	if !strings.EqualFold(strings.TrimSpace(email), inv.Email) {
		return member.Member{}, fault.OnField("email", "error.invited-address").With("email", inv.Email)
	}
	if err := freeAddress(ctx, i.Members, inv.Email); err != nil {
		return member.Member{}, err
	}
	return withDefaults(member.Member{
		ID: id.New(), WorkspaceID: inv.WorkspaceID, Name: name, Email: inv.Email,
		Role: inv.Role, Language: language,
	}, i.Now), nil
}

// freeAddress refuses an address that is a member's, early and with the field; the
// store refuses it again.
func freeAddress(ctx context.Context, members Members, email string) error {
	_, err := members.MemberByEmail(ctx, email)
	switch {
	case err == nil:
		return &fault.Error{Kind: fault.Conflict, Key: "error.email-taken", Field: "email"}
	case fault.KindOf(err) != fault.NotFound:
		return fmt.Errorf("look for the address: %w", err)
	}
	return nil
}

// Accept uses the link up and makes the member with passkey, teams and numbers.
func (i *Invitations) Accept(ctx context.Context, token string, m member.Member, passkey identity.Credential) (member.Member, error) {
	inv, ws, err := i.open(ctx, token)
	if err != nil {
		return m, err
	}
	// The ceremony may have begun on the page of another invitation.
	if m.WorkspaceID != inv.WorkspaceID || m.Email != inv.Email || m.Role != inv.Role || passkey.MemberID != m.ID {
		return m, fault.New(fault.Invalid, "error.passkey-expired")
	}
	err = join(ctx, i.People, i.Passkeys, i.Changes, people.Joining{
		Member: m, Credential: passkey, LinkHash: hashOf(token), LinkKind: string(KindInvite), InvitationID: inv.ID,
		Teams: teamsOf(inv, m), Numbers: numbersOf(inv, m), Seats: ws.Seats(), At: i.Now().UTC(),
	})
	if err != nil {
		return m, err
	}
	i.Trail.Record(ctx, m.WorkspaceID, m.ID, ActionInviteAccepted, inv.ID, "role", string(inv.Role))
	return m, nil
}

// join makes a member and tells the live parts.
func join(ctx context.Context, store Joiner, passkeys *Passkeys, changes Changes, j people.Joining) error {
	if err := passkeys.unseen(ctx, j.Credential); err != nil {
		return err
	}
	if err := store.Join(ctx, j); err != nil {
		return fmt.Errorf("create member: %w", err)
	}
	passkeys.added(ctx, j.Credential)
	changes.Changed(ctx, j.Member.WorkspaceID, "member", j.Member.ID)
	for _, a := range j.Numbers {
		changes.Changed(ctx, j.Member.WorkspaceID, "number", a.NumberID)
	}
	return nil
}

func teamsOf(inv member.Invitation, m member.Member) []team.Membership {
	out := make([]team.Membership, 0, len(inv.TeamIDs))
	for _, teamID := range inv.TeamIDs {
		out = append(out, team.Membership{TeamID: teamID, MemberID: m.ID})
	}
	return out
}

// numbersOf are the numbers he gets at once; those offered for choice come later.
func numbersOf(inv member.Invitation, m member.Member) []number.Assignment {
	if inv.PickNumber {
		return nil
	}
	out := make([]number.Assignment, 0, len(inv.NumberIDs))
	for _, numberID := range inv.NumberIDs {
		out = append(out, number.Assignment{NumberID: numberID, MemberID: m.ID, Level: number.Shared})
	}
	return out
}
