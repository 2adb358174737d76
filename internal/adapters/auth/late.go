package auth

import (
	"context"
	"fmt"
	"slices"

	"parley/internal/base/fault"
	"parley/internal/domain/identity"
	"parley/internal/domain/letter"
	"parley/internal/domain/member"
	"parley/internal/domain/workspace"
)

// LateReason is why the link of an invitation no longer lets anybody in.
type LateReason string

// The reasons.
const (
	LateUsed      LateReason = "used"
	LateExpired   LateReason = "expired"
	LateReplaced  LateReason = "replaced"  // a newer link was sent to the same address
	LateWithdrawn LateReason = "withdrawn" // taken back, or void because of who invited
)

// Late is an invitation whose link was opened too late.
type Late struct {
	Reason    LateReason
	Workspace workspace.Workspace
	Language  string // of the invitation, "" where it is gone
	// CanAsk says that there is somebody to ask for a new link.
	CanAsk bool

	link identity.Link
	inv  member.Invitation // zero where it is gone
}

// Late says what became of the invitation behind a link that Peek refuses, as long
// as the link is remembered. Whoever has the link learns nothing of it that its
// letter did not say.
func (i *Invitations) Late(ctx context.Context, token string) (Late, error) {
	if len(token) != tokenChars {
		return Late{}, linkExpired()
	}
	link, err := i.Links.store.RememberedLink(ctx, hashOf(token), string(KindInvite))
	if err != nil {
		return Late{}, unknownOr(err, linkExpired())
	}
	l := Late{link: link, Reason: LateWithdrawn}
	if l.Workspace, err = i.Workspaces.Workspace(ctx, link.WorkspaceID); err != nil {
		return l, fmt.Errorf("load workspace of invitation: %w", err)
	}
	all, err := i.Store.Invitations(ctx, link.WorkspaceID)
	if err != nil {
		return l, fmt.Errorf("list invitations: %w", err)
	}
	here := func(inv member.Invitation) bool { return inv.Email == link.Email && inv.AcceptedAt.IsZero() }
	if at := slices.IndexFunc(all, here); at >= 0 {
		l.inv = all[at]
		l.Language = l.inv.Language
	}
	switch {
	case !link.UsedAt.IsZero():
		l.Reason = LateUsed
		return l, nil
	case l.inv.ID == "":
		return l, nil
	case l.inv.TokenHash != link.TokenHash:
		l.Reason = LateReplaced
	case !i.Now().Before(l.inv.ExpiresAt):
		l.Reason = LateExpired
	}
	l.CanAsk = true
	return l, nil
}

// Again tells who invited that a new link is wanted, by mail where there is a mail
// server, and notes it in the audit log. It does so once per link; asking again
// changes nothing and is no error.
func (i *Invitations) Again(ctx context.Context, token string) error {
	if _, err := i.Peek(ctx, token); err == nil {
		return nil // the link works
	}
	l, err := i.Late(ctx, token)
	if err != nil {
		return err
	}
	if !l.CanAsk {
		return linkExpired()
	}
	now := i.Now().UTC()
	asked := identity.Link{
		TokenHash: hashOf("asked " + token), Kind: string(kindAsked),
		WorkspaceID: l.Workspace.ID, CreatedAt: now, UsedAt: now,
	}
	if err := i.Links.store.SaveLink(ctx, asked); err != nil {
		if fault.KindOf(err) == fault.Conflict {
			return nil
		}
		return fmt.Errorf("note that a new invitation was asked for: %w", err)
	}
	i.Trail.Record(ctx, l.Workspace.ID, "", ActionInviteAsked, l.inv.ID)
	return i.tellInviter(ctx, l)
}

// tellInviter writes to who invited or, where he left, to the owners.
func (i *Invitations) tellInviter(ctx context.Context, l Late) error {
	to, err := i.Letters.reader(ctx, l.Workspace.ID, l.inv.InvitedBy)
	if err != nil {
		return err
	}
	for _, m := range to {
		i.Letters.send(ctx, letter.Letter{
			Kind: letter.InvitationAsked, WorkspaceID: l.Workspace.ID, To: m.Email, Language: m.Language,
			Args: map[string]string{
				"company": l.Workspace.Name, "email": l.link.Email, "name": m.Name,
				"link": i.Links.public.JoinPath("team").String(),
			},
		})
	}
	return nil
}
