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

// Invitations lets people into a workspace by a one-time link of seven days
// that ends in a passkey.
type Invitations struct {
	store    member.InvitationStore
	finder   Members
	members  MemberSaver
	numbers  number.AssignmentStore
	passkeys *Passkeys
	links    *Links
	trail    *Trail
	now      Clock
	log      *slog.Logger
}

// NewInvitations returns the invitations kept in store.
func NewInvitations(
	store member.InvitationStore, finder Members, members MemberSaver, numbers number.AssignmentStore,
	passkeys *Passkeys, links *Links, trail *Trail, now Clock, log *slog.Logger,
) *Invitations {
	return &Invitations{
		store: store, finder: finder, members: members, numbers: numbers,
		passkeys: passkeys, links: links, trail: trail, now: now, log: log,
	}
}

// Make invites somebody with name, e-mail, role and numbers as inv says, and
// returns the link to hand over: it cannot be shown again. An earlier open
// invitation of the same address is replaced.
func (i *Invitations) Make(ctx context.Context, who Who, inv member.Invitation) (string, error) {
	if !who.Can(member.ManageMembers) || !MayGive(who.Member.Role, inv.Role) {
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
		if err := i.store.DeleteInvitation(ctx, who.Workspace.ID, old.ID); err != nil {
			return "", fmt.Errorf("replace invitation: %w", err)
		}
	}
	inv.ID, inv.WorkspaceID, inv.InvitedBy = id.New(), who.Workspace.ID, who.Member.ID
	link, err := i.links.make(ctx, KindInvite, identity.Link{WorkspaceID: inv.WorkspaceID, Email: inv.Email}, invitationLifetime)
	if err != nil {
		return "", err
	}
	inv.TokenHash, inv.CreatedAt = link.hash, i.now().UTC()
	inv.ExpiresAt = inv.CreatedAt.Add(invitationLifetime)
	if err := i.store.SaveInvitation(ctx, inv); err != nil {
		return "", fmt.Errorf("save invitation: %w", err)
	}
	i.trail.Record(ctx, inv.WorkspaceID, inv.InvitedBy, ActionInvited, inv.ID, "role", string(inv.Role))
	return link.url, nil
}

func (i *Invitations) freeAddress(ctx context.Context, email string) error {
	_, err := i.finder.MemberByEmail(ctx, email)
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
	all, err := i.store.Invitations(ctx, workspaceID)
	if err != nil {
		return nil, fmt.Errorf("list invitations: %w", err)
	}
	return slices.DeleteFunc(all, func(inv member.Invitation) bool {
		return !inv.AcceptedAt.IsZero() || !i.now().Before(inv.ExpiresAt)
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
	if err := i.store.DeleteInvitation(ctx, who.Workspace.ID, invitationID); err != nil {
		return fmt.Errorf("revoke invitation: %w", err)
	}
	i.trail.Record(ctx, who.Workspace.ID, who.Member.ID, ActionInviteRevoked, invitationID)
	return nil
}

// Peek returns the invitation of a link without using it up.
func (i *Invitations) Peek(ctx context.Context, token string) (member.Invitation, error) {
	if _, err := i.links.peek(ctx, KindInvite, token); err != nil {
		return member.Invitation{}, err
	}
	inv, err := i.store.InvitationByToken(ctx, hashOf(token))
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
	}, i.now), nil
}

// Accept uses the link up and makes the member with passkey and numbers.
func (i *Invitations) Accept(ctx context.Context, token string, m member.Member, passkey identity.Credential) (member.Member, error) {
	inv, err := i.Peek(ctx, token)
	if err != nil {
		return m, err
	}
	if _, err := i.links.take(ctx, KindInvite, token); err != nil {
		return m, err
	}
	// What the invitation says now counts, not what it said when the page opened.
	m.WorkspaceID, m.Email, m.Role = inv.WorkspaceID, inv.Email, inv.Role
	if err := i.members.SaveMember(ctx, m); err != nil {
		return m, fmt.Errorf("create member: %w", err)
	}
	if err := i.passkeys.Save(ctx, passkey); err != nil {
		return m, err
	}
	inv.AcceptedAt = i.now().UTC()
	if err := i.store.SaveInvitation(ctx, inv); err != nil {
		return m, fmt.Errorf("close invitation: %w", err)
	}
	i.trail.Record(ctx, m.WorkspaceID, m.ID, ActionInviteAccepted, inv.ID, "role", string(inv.Role))
	i.assign(ctx, inv, m)
	return m, nil
}

// assign gives the new member the invitation's numbers. One that was deleted
// meanwhile is left out: the member is in, and an admin can see what is missing.
func (i *Invitations) assign(ctx context.Context, inv member.Invitation, m member.Member) {
	if len(inv.NumberIDs) == 0 {
		return
	}
	all, err := i.numbers.Assignments(ctx, inv.WorkspaceID)
	if err != nil {
		i.log.Error("numbers of an invitation not assigned", obs.Workspace, inv.WorkspaceID, obs.Member, m.ID, obs.Err, err)
		return
	}
	for _, numberID := range inv.NumberIDs {
		members := []string{m.ID}
		for _, a := range all {
			if a.NumberID == numberID {
				members = append(members, a.MemberID)
			}
		}
		if err := i.numbers.Assign(ctx, inv.WorkspaceID, numberID, members); err != nil {
			i.log.Warn("number of an invitation not assigned", obs.Workspace, inv.WorkspaceID, obs.Member, m.ID, obs.Err, err)
		}
	}
}

// MayGive says whether somebody of role giver may make somebody else a role: it
// is never above the giver's own, and only owners make owners.
func MayGive(giver, given member.Role) bool {
	roles := member.Roles()
	g, r := slices.Index(roles, giver), slices.Index(roles, given)
	return g >= 0 && r >= 0 && r >= g && (given != member.Owner || giver.Can(member.ManageOwners))
}
