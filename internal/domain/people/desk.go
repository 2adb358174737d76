package people

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/base/obs"
	"parley/internal/domain/letter"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/team"
	"parley/internal/domain/workspace"
)

// desk makes the invitations of one request: what all of them depend on is read
// once. One goroutine uses it.
type desk struct {
	*Service

	actor   member.Member
	ws      workspace.Workspace
	invited []member.Invitation // not accepted, expired ones too
	teams   []team.Team
	numbers []number.Number
	// exclusive are the numbers that somebody has for himself: they cannot be shared.
	exclusive map[string]bool
}

// openDesk reads what invitations of the actor depend on. Faults: Forbidden.
func (s *Service) openDesk(ctx context.Context, actor member.Member) (*desk, error) {
	ws, err := s.needs.Workspaces.Workspace(ctx, actor.WorkspaceID)
	if err != nil {
		return nil, fmt.Errorf("read the workspace: %w", err)
	}
	if !s.MayInvite(actor, ws) {
		return nil, notAllowed()
	}
	d := desk{Service: s, actor: actor, ws: ws, exclusive: map[string]bool{}}
	if d.invited, err = s.waiting(ctx, ws.ID); err != nil {
		return nil, err
	}
	if d.teams, err = s.needs.Teams.Teams(ctx, ws.ID); err != nil {
		return nil, fmt.Errorf("list teams: %w", err)
	}
	if d.numbers, err = s.needs.Numbers.Numbers(ctx, ws.ID); err != nil {
		return nil, fmt.Errorf("list numbers: %w", err)
	}
	held, err := s.needs.Assignments.Assignments(ctx, ws.ID)
	if err != nil {
		return nil, fmt.Errorf("list who has numbers: %w", err)
	}
	for _, a := range held {
		if a.Level == number.Exclusive {
			d.exclusive[a.NumberID] = true
		}
	}
	return &d, nil
}

// allows checks what one batch, or one row of it, gives.
func (d *desk) allows(b Batch) error {
	if !slices.Contains(member.Roles(), b.Role) {
		return fault.OnField("role", "error.role-unknown")
	}
	if !givable(d.actor, d.ws, b.Role) {
		return roleAbove()
	}
	if b.Language != "" && !slices.Contains(workspace.Languages(), b.Language) {
		return fault.OnField("language", "error.language-unknown")
	}
	if len(b.TeamIDs) == 0 && len(b.NumberIDs) == 0 && !b.PickNumber {
		return nil
	}
	if !d.actor.Role.Can(member.ManageMembers) {
		return notAllowed()
	}
	for _, teamID := range b.TeamIDs {
		if !slices.ContainsFunc(d.teams, func(t team.Team) bool { return t.ID == teamID }) {
			return fault.OnField("teams", "error.team-unknown")
		}
	}
	for _, numberID := range b.NumberIDs {
		if !slices.ContainsFunc(d.numbers, func(n number.Number) bool { return n.ID == numberID }) {
			return fault.OnField("numbers", "error.number-unknown")
		}
		if d.exclusive[numberID] {
			return fault.OnField("numbers", "error.number-exclusive")
		}
	}
	return nil
}

// invite makes one invitation and says what became of it. A store that fails is a
// problem of this one address: the links of those before are shown only once.
func (d *desk) invite(ctx context.Context, r request) Outcome {
	out := r.Outcome
	if out.Problem != nil {
		return out
	}
	inv, err := d.draft(r)
	if err == nil {
		out.Email, out.Name = inv.Email, inv.Name
		err = d.make(ctx, inv, &out)
	}
	if err != nil {
		out.Problem = fault.Of(err)
		if out.Problem.Kind == fault.Internal {
			d.needs.Log.ErrorContext(ctx, "invitation not made", obs.Workspace, d.ws.ID, obs.Err, err)
		}
	}
	return out
}

// draft is the invitation asked for.
func (d *desk) draft(r request) (member.Invitation, error) {
	email, ok := Address(r.Email)
	if !ok {
		return member.Invitation{}, fault.OnField("email", "error.email-invalid")
	}
	name, ok := cleanName(r.Name)
	if !ok {
		return member.Invitation{}, fault.OnField("name", "error.name-invalid")
	}
	if err := d.allows(r.batch); err != nil {
		return member.Invitation{}, err
	}
	return member.Invitation{
		ID: id.New(), WorkspaceID: d.ws.ID, Email: email, Name: name, Role: r.batch.Role, Language: r.batch.Language,
		TeamIDs: distinct(r.batch.TeamIDs), NumberIDs: distinct(r.batch.NumberIDs), PickNumber: r.batch.PickNumber,
		InvitedBy: d.actor.ID, CreatedAt: d.needs.Now().UTC(),
	}, nil
}

// make stores an invitation, then sends it. Those to the same address that it
// replaces lose their letters.
func (d *desk) make(ctx context.Context, inv member.Invitation, out *Outcome) error {
	replaced, err := d.replaced(inv)
	if err != nil {
		return err
	}
	if len(replaced) == 0 && d.full() {
		return fault.New(fault.TooMany, "error.invitations-too-many")
	}
	link, err := d.offer(ctx, &inv)
	if err != nil {
		return err
	}
	d.invited = slices.DeleteFunc(d.invited, func(old member.Invitation) bool { return old.Email == inv.Email })
	d.invited = append(d.invited, inv)
	for _, old := range replaced {
		d.withdraw(ctx, old)
	}
	out.InvitationID = inv.ID
	d.send(ctx, inv, link, out)
	d.record(ctx, d.actor, ActionInvited, inv.ID, "email", inv.Email, "role", string(inv.Role))
	return nil
}

// full says whether no more may wait.
func (d *desk) full() bool {
	own := 0
	for _, inv := range d.invited {
		if inv.InvitedBy == d.actor.ID {
			own++
		}
	}
	return len(d.invited) >= maxPending || own >= maxOwnPending && !d.actor.Role.Can(member.ManageMembers)
}

// replaced are the invitations to the same address that inv takes the place of. One
// that is open keeps its place unless it is the actor's own, or he manages members
// and may give its role.
func (d *desk) replaced(inv member.Invitation) ([]member.Invitation, error) {
	var out []member.Invitation
	for _, old := range d.invited {
		if old.Email != inv.Email || old.ID == inv.ID {
			continue
		}
		his := old.InvitedBy == d.actor.ID || d.actor.Role.Can(member.ManageMembers) && d.actor.Role.MayGive(old.Role)
		if !his && open(old, d.needs.Now()) {
			return nil, &fault.Error{Kind: fault.Conflict, Key: "error.invited-already", Field: "email"}
		}
		out = append(out, old)
	}
	return out, nil
}

// offer gives inv a new link and stores it where there is a seat.
func (d *desk) offer(ctx context.Context, inv *member.Invitation) (url string, err error) {
	if !d.actor.Role.Can(member.ManageMembers) && !d.needs.AllowMail(d.actor.ID) {
		return "", fault.New(fault.TooMany, "error.too-many")
	}
	switch _, err := d.needs.Members.MemberByEmail(ctx, inv.Email); {
	case err == nil:
		return "", &fault.Error{Kind: fault.Conflict, Key: "error.email-taken", Field: "email"}
	case fault.KindOf(err) != fault.NotFound:
		return "", fmt.Errorf("look for the address: %w", err)
	}
	if url, inv.TokenHash, err = d.needs.Links.Invite(ctx, d.ws.ID, inv.Email, Lifetime); err != nil {
		return "", fmt.Errorf("make an invitation's link: %w", err)
	}
	now := d.needs.Now().UTC()
	inv.ExpiresAt, inv.LetterID = now.Add(Lifetime), ""
	if err := d.needs.Offers.Offer(ctx, *inv, d.ws.Seats(), now); err != nil {
		return "", d.seats(fmt.Errorf("store the invitation: %w", err))
	}
	return url, nil
}

// seats names the limit in the fault of a full workspace.
func (d *desk) seats(err error) error {
	if f := fault.Of(err); f.Key == "error.seats-taken" {
		return f.With("limit", strconv.Itoa(d.ws.Seats())).Because(err)
	}
	return err
}

// send posts the link or, where there is no mail, hands it over. A letter that
// cannot be posted is no reason to lose the invitation.
func (d *desk) send(ctx context.Context, inv member.Invitation, link string, out *Outcome) {
	if !d.needs.Post.Ready() {
		out.Link = link
		return
	}
	language := inv.Language
	if language == "" {
		language = d.ws.Language
	}
	letterID, err := d.needs.Post.Send(ctx, letter.Letter{
		Kind: letter.Invitation, WorkspaceID: d.ws.ID, To: inv.Email, Language: language,
		Args: map[string]string{
			"company": d.ws.Name, "inviter": d.actor.Name, "name": inv.Name, "link": link,
			"expires": letter.Time(inv.ExpiresAt), "zone": d.ws.TimeZone,
		},
	})
	if err != nil {
		d.needs.Log.ErrorContext(ctx, "invitation not mailed", obs.Workspace, d.ws.ID, obs.Err, err)
		out.Link = link
		return
	}
	out.Mailed = true
	if err := d.needs.Offers.SetLetter(ctx, d.ws.ID, inv.ID, letterID); err != nil {
		d.needs.Log.ErrorContext(ctx, "letter of an invitation not noted", obs.Workspace, d.ws.ID, obs.Err, err)
	}
}

// withdraw stops the letter of an invitation whose link is void.
func (s *Service) withdraw(ctx context.Context, inv member.Invitation) {
	if inv.LetterID == "" {
		return
	}
	if err := s.needs.Post.Withdraw(ctx, inv.WorkspaceID, inv.LetterID); err != nil {
		s.needs.Log.WarnContext(ctx, "letter of a void invitation not stopped", obs.Workspace, inv.WorkspaceID, obs.Err, err)
	}
}

// waiting lists the invitations nobody has accepted, expired ones too.
func (s *Service) waiting(ctx context.Context, workspaceID string) ([]member.Invitation, error) {
	all, err := s.needs.Offers.WaitingInvitations(ctx, workspaceID)
	if err != nil {
		return nil, fmt.Errorf("list invitations: %w", err)
	}
	return all, nil
}

func open(inv member.Invitation, now time.Time) bool {
	return inv.AcceptedAt.IsZero() && now.Before(inv.ExpiresAt)
}

func sameName(a, b string) bool { return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) }
