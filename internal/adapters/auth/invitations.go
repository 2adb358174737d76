package auth

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/base/obs"
	"parley/internal/domain/identity"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
)

// InvitationNeeds is what Invitations works with.
type InvitationNeeds struct {
	Store    member.InvitationStore
	Finder   Members
	Members  MemberSaver
	Numbers  number.AssignmentStore
	Passkeys *Passkeys
	Links    *Links
	Trail    *Trail
	Changes  Changes
	Now      Clock
	Log      *slog.Logger
}

// Invitations lets people into a workspace by a one-time link of seven days
// that ends in a passkey.
type Invitations struct{ InvitationNeeds }

// NewInvitations returns Invitations.
func NewInvitations(n InvitationNeeds) *Invitations { return &Invitations{n} }

// Make invites somebody with name, e-mail, role and numbers as inv says, and
// returns the link to hand over: it cannot be shown again. An earlier open
// invitation of the same address is replaced.
func (i *Invitations) Make(ctx context.Context, who Who, inv member.Invitation) (string, error) {
	if !who.Can(member.ManageMembers) || !who.Member.Role.MayGive(inv.Role) {
		return "", &fault.Error{Kind: fault.Forbidden, Key: "error.role-above", Field: "role"}
	}
	if err := i.freeAddress(ctx, inv.Email); err != nil {
		return "", err
	}
	open, err := i.Open(ctx, who.Workspace.ID)
	if err != nil {
		return "", err
	}
	if len(open) >= maxOpenInvitations {
		return "", fault.New(fault.TooMany, "error.invitations-too-many")
	}
	for _, old := range open {
		if old.Email != inv.Email {
			continue
		}
		if err := i.Store.DeleteInvitation(ctx, who.Workspace.ID, old.ID); err != nil {
			return "", fmt.Errorf("replace invitation: %w", err)
		}
	}
	inv.ID, inv.WorkspaceID, inv.InvitedBy = id.New(), who.Workspace.ID, who.Member.ID
	link, err := i.Links.make(ctx, KindInvite, identity.Link{WorkspaceID: inv.WorkspaceID, Email: inv.Email}, invitationLifetime)
	if err != nil {
		return "", err
	}
	inv.TokenHash, inv.CreatedAt = link.hash, i.Now().UTC()
	inv.ExpiresAt = inv.CreatedAt.Add(invitationLifetime)
	if err := i.Store.SaveInvitation(ctx, inv); err != nil {
		return "", fmt.Errorf("save invitation: %w", err)
	}
	i.Trail.Record(ctx, inv.WorkspaceID, inv.InvitedBy, ActionInvited, inv.ID, "role", string(inv.Role))
	return link.url, nil
}

func (i *Invitations) freeAddress(ctx context.Context, email string) error {
	_, err := i.Finder.MemberByEmail(ctx, email)
	switch {
	case err == nil:
		return &fault.Error{Kind: fault.Conflict, Key: "error.email-taken", Field: "email"}
	case fault.KindOf(err) != fault.NotFound:
		return fmt.Errorf("look for the address: %w", err)
	}
	return nil
}

// Open lists invitations neither accepted nor expired.
func (i *Invitations) Open(ctx context.Context, workspaceID string) ([]member.Invitation, error) {
	all, err := i.Store.Invitations(ctx, workspaceID)
	if err != nil {
		return nil, fmt.Errorf("list invitations: %w", err)
	}
	return slices.DeleteFunc(all, func(inv member.Invitation) bool {
		return !inv.AcceptedAt.IsZero() || !i.Now().Before(inv.ExpiresAt)
	}), nil
}

// Revoke takes an open invitation of the workspace back.
func (i *Invitations) Revoke(ctx context.Context, who Who, invitationID string) error {
	open, err := i.Open(ctx, who.Workspace.ID)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(open, func(inv member.Invitation) bool { return inv.ID == invitationID }) {
		return fault.New(fault.NotFound, "error.not-found")
	}
	if err := i.Store.DeleteInvitation(ctx, who.Workspace.ID, invitationID); err != nil {
		return fmt.Errorf("revoke invitation: %w", err)
	}
	i.Trail.Record(ctx, who.Workspace.ID, who.Member.ID, ActionInviteRevoked, invitationID)
	return nil
}

// Peek returns the invitation of a link without using it up.
func (i *Invitations) Peek(ctx context.Context, token string) (member.Invitation, error) {
	if _, err := i.Links.peek(ctx, KindInvite, token); err != nil {
		return member.Invitation{}, err
	}
	inv, err := i.Store.InvitationByToken(ctx, hashOf(token))
	if err != nil {
		if fault.KindOf(err) == fault.NotFound { // revoked
			err = fault.New(fault.NotFound, "error.link-expired")
		}
		return inv, err
	}
	if !inv.AcceptedAt.IsZero() {
		return inv, fault.New(fault.NotFound, "error.link-expired")
	}
	return inv, nil
}

// Prepare returns the member the invitation will make.
func (i *Invitations) Prepare(ctx context.Context, inv member.Invitation, name, language string) (member.Member, error) {
	if err := i.freeAddress(ctx, inv.Email); err != nil {
		return member.Member{}, err
	}
	return withDefaults(member.Member{
		ID: id.New(), WorkspaceID: inv.WorkspaceID, Name: name, Email: inv.Email,
		Role: inv.Role, Language: language,
	}, i.Now), nil
}

// Accept uses the link up and makes the member with passkey and numbers.
func (i *Invitations) Accept(ctx context.Context, token string, m member.Member, passkey identity.Credential) (member.Member, error) {
	inv, err := i.Peek(ctx, token)
	if err != nil {
		return m, err
	}
	// The ceremony may have begun on the page of another invitation.
	if m.WorkspaceID != inv.WorkspaceID || m.Email != inv.Email || m.Role != inv.Role || passkey.MemberID != m.ID {
		return m, fault.New(fault.Invalid, "error.passkey-expired")
	}
	if _, err := i.Links.take(ctx, KindInvite, token); err != nil {
		return m, err
	}
	if err := i.Members.SaveMember(ctx, m); err != nil {
		return m, fmt.Errorf("create member: %w", err)
	}
	if err := i.Passkeys.Save(ctx, passkey); err != nil {
		return m, err
	}
	inv.AcceptedAt = i.Now().UTC()
	if err := i.Store.SaveInvitation(ctx, inv); err != nil {
		return m, fmt.Errorf("close invitation: %w", err)
	}
	i.Trail.Record(ctx, m.WorkspaceID, m.ID, ActionInviteAccepted, inv.ID, "role", string(inv.Role))
	i.Changes.Changed(ctx, m.WorkspaceID, "member", m.ID)
	i.assign(ctx, inv, m)
	return m, nil
}

// assign gives the new member the invitation's numbers. One that was deleted
// meanwhile is left out: the member is in, and an admin can see what is missing.
func (i *Invitations) assign(ctx context.Context, inv member.Invitation, m member.Member) {
	if len(inv.NumberIDs) == 0 {
		return
	}
	all, err := i.Numbers.Assignments(ctx, inv.WorkspaceID)
	if err != nil {
		i.Log.Error("numbers of an invitation not assigned", obs.Workspace, inv.WorkspaceID, obs.Member, m.ID, obs.Err, err)
		return
	}
	for _, numberID := range inv.NumberIDs {
		holders := []number.Assignment{{NumberID: numberID, MemberID: m.ID, Level: number.Shared}}
		for _, a := range all {
			if a.NumberID == numberID {
				holders = append(holders, a)
			}
		}
		if err := i.Numbers.Assign(ctx, inv.WorkspaceID, numberID, holders); err != nil {
			i.Log.Warn("number of an invitation not assigned", obs.Workspace, inv.WorkspaceID, obs.Member, m.ID, obs.Err, err)
			continue
		}
		i.Changes.Changed(ctx, inv.WorkspaceID, "number", numberID)
	}
}
