package people

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/internal/base/fault"
	"parley/internal/domain/member"
	"parley/internal/domain/workspace"
)

// Bounds of inviting.
const (
	// Lifetime is how long an invitation can be accepted.
	Lifetime = 7 * 24 * time.Hour
	// MaxBatch is how many people one batch can invite.
	MaxBatch = 1000
	// maxPending bounds the invitations of a workspace that nobody has accepted,
	// expired ones too.
	maxPending = 2000
	// maxOwnPending bounds those of a member who may only invite by the switch of the
	// workspace, so that it opens no way to write to strangers at will.
	maxOwnPending = 20
	maxText       = 256 << 10 // bytes of a pasted list
)

// Batch is whom to invite, and as what.
type Batch struct {
	Addresses string // separated by commas, semicolons, spaces or lines; "Ann <ann@a.com>" too
	Role      member.Role
	TeamIDs   []string
	NumberIDs []string // shared on acceptance or, with PickNumber, those to choose from
	// PickNumber lets each choose a direct number while joining.
	PickNumber bool
	Language   string // of mail and page, "" for the workspace's
}

// Outcome is what became of one address of a batch.
type Outcome struct {
	Line         int // of the CSV, from 1; 0 where there is none
	Email        string
	Name         string
	InvitationID string
	Link         string // to hand over, "" where it goes by mail
	Mailed       bool
	Problem      *fault.Error // nil where the invitation was made
	Row          []string     // as it came, in the order of Columns; nil where there is no CSV
}

// MayInvite says whether the actor may invite at all: those who manage members,
// and everybody where the workspace lets members invite.
func (s *Service) MayInvite(actor member.Member, ws workspace.Workspace) bool {
	return len(s.GivableRoles(actor, ws)) > 0
}

// GivableRoles lists the roles the actor may invite as, most powerful first.
func (s *Service) GivableRoles(actor member.Member, ws workspace.Workspace) []member.Role {
	return slices.DeleteFunc(member.Roles(), func(r member.Role) bool { return !givable(actor, ws, r) })
}

// givable is the one rule of who may invite as what. The switch of the workspace
// opens the lowest role to everybody.
func givable(actor member.Member, ws workspace.Workspace, role member.Role) bool {
	if actor.Role.MayGive(role) {
		return true
	}
	return role == member.User && ws.MembersInvite && actor.Role.Can(member.UsePhone)
}

// StillValid says whether an invitation counts, as far as who made it goes: he
// belongs to the workspace and may give that role, and what comes with it, to this
// day. What an admin promised is void once he is demoted or removed. inviter is
// read anew, the member whose id is inv.InvitedBy. Resending makes it the
// resender's.
func StillValid(ws workspace.Workspace, inv member.Invitation, inviter member.Member) bool {
	if !inviter.Active() || inviter.WorkspaceID != inv.WorkspaceID || inviter.ID != inv.InvitedBy {
		return false
	}
	if gives := len(inv.TeamIDs) + len(inv.NumberIDs); (gives > 0 || inv.PickNumber) && !inviter.Role.Can(member.ManageMembers) {
		return false
	}
	return givable(inviter, ws, inv.Role)
}

// Invite invites every address of a batch; one that is wrong does not stop the
// others. A fault of the whole batch (Forbidden error.not-allowed,
// error.role-above; Invalid with the field role, teams, numbers, language or
// addresses; TooMany error.invitations-too-many) comes back as the error, and then
// nobody was invited.
func (s *Service) Invite(ctx context.Context, actor member.Member, b Batch) ([]Outcome, error) {
	if len(b.Addresses) > maxText {
		return nil, tooManyAddresses()
	}
	var all []request
	seen := map[string]bool{}
	for _, e := range entries(b.Addresses) {
		key := strings.ToLower(e.email)
		if seen[key] {
			continue
		}
		seen[key] = true
		all = append(all, request{Outcome: Outcome{Email: e.email, Name: e.name}, batch: b})
	}
	if len(all) == 0 {
		return nil, fault.OnField("addresses", "error.addresses-needed")
	}
	if len(all) > MaxBatch {
		return nil, tooManyAddresses()
	}
	return s.inviteAll(ctx, actor, b, all)
}

func tooManyAddresses() error {
	return fault.OnField("addresses", "error.addresses-too-many").With("limit", strconv.Itoa(MaxBatch))
}

// request is one invitation asked for; its Outcome is filled in as it is made.
type request struct {
	Outcome

	batch Batch // what this one gets
}

// inviteAll checks what the whole batch asks for, then makes the invitations one
// after the other.
func (s *Service) inviteAll(ctx context.Context, actor member.Member, b Batch, all []request) ([]Outcome, error) {
	desk, err := s.openDesk(ctx, actor)
	if err != nil {
		return nil, err
	}
	if err := desk.allows(b); err != nil {
		return nil, err
	}
	out := make([]Outcome, len(all))
	for i := range all {
		if err := ctx.Err(); err != nil {
			return out[:i], fmt.Errorf("invite: %w", err)
		}
		out[i] = desk.invite(ctx, all[i])
	}
	return out, nil
}

// Resend sends an open or expired invitation again, to another address if one is
// given. The old link is void, and there is still one invitation. Faults: NotFound,
// Conflict error.invitation-used, and those of one address of Invite.
func (s *Service) Resend(ctx context.Context, actor member.Member, invitationID, newEmail string) (Outcome, error) {
	inv, desk, err := s.pending(ctx, actor, invitationID)
	if err != nil {
		return Outcome{}, err
	}
	email, ok := inv.Email, true
	if strings.TrimSpace(newEmail) != "" {
		email, ok = Address(newEmail)
	}
	if !ok {
		return Outcome{}, fault.OnField("email", "error.email-invalid")
	}
	old := inv
	inv.Email, inv.InvitedBy = email, actor.ID
	replaced, err := desk.replaced(inv)
	if err != nil {
		return Outcome{}, err
	}
	link, err := desk.offer(ctx, &inv)
	if err != nil {
		return Outcome{}, err
	}
	for _, void := range append(replaced, old) {
		s.withdraw(ctx, void)
	}
	out := Outcome{Email: inv.Email, Name: inv.Name, InvitationID: inv.ID}
	desk.send(ctx, inv, link, &out)
	s.record(ctx, actor, ActionResent, inv.ID, append([]string{"role", string(inv.Role)}, difference("email", old.Email, inv.Email)...)...)
	return out, nil
}

// Revoke takes an open or expired invitation back: its link is void.
func (s *Service) Revoke(ctx context.Context, actor member.Member, invitationID string) error {
	inv, _, err := s.pending(ctx, actor, invitationID)
	if err != nil {
		return err
	}
	if err := s.needs.Invitations.DeleteInvitation(ctx, inv.WorkspaceID, inv.ID); err != nil {
		return fmt.Errorf("revoke invitation: %w", err)
	}
	s.withdraw(ctx, inv)
	s.record(ctx, actor, ActionRevoked, inv.ID, "email", inv.Email, "role", string(inv.Role))
	return nil
}

// pending finds an invitation nobody has accepted, for an actor who may deal with
// it: who manages members and may give its role, or who made it.
func (s *Service) pending(ctx context.Context, actor member.Member, invitationID string) (member.Invitation, *desk, error) {
	desk, err := s.openDesk(ctx, actor)
	if err != nil {
		return member.Invitation{}, nil, err
	}
	inv, err := s.needs.Invitations.Invitation(ctx, actor.WorkspaceID, invitationID)
	if err != nil {
		return inv, nil, fmt.Errorf("find the invitation: %w", err)
	}
	if !inv.AcceptedAt.IsZero() {
		return inv, nil, fault.New(fault.Conflict, "error.invitation-used")
	}
	if !actor.Role.Can(member.ManageMembers) && inv.InvitedBy != actor.ID {
		return inv, nil, notFound() // that it exists is not theirs to know
	}
	taken := inv
	taken.InvitedBy = actor.ID
	if !StillValid(desk.ws, taken, actor) {
		return inv, nil, roleAbove()
	}
	return inv, desk, nil
}
