package auth

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/obs"
	"parley/internal/domain/claim"
	"parley/internal/domain/identity"
	"parley/internal/domain/letter"
	"parley/internal/domain/member"
)

const (
	// maxAsking bounds how many requests for a letter are looked into at once.
	maxAsking = 16
	// askTime bounds looking into one: a store that hangs must not take all places.
	askTime = 10 * time.Second
)

// RecoveryNeeds is what Recovery works with.
type RecoveryNeeds struct {
	Members    Members
	Workspaces Workspaces
	Passkeys   *Passkeys
	Links      *Links
	Letters    *Letters
	Trail      *Trail
	Now        Clock
	Log        *slog.Logger
}

// Recovery is the way back of a member who has no passkey at hand: a link of 15
// minutes by mail, which ends in a new passkey. Member and owners are told.
type Recovery struct {
	RecoveryNeeds
	asking chan struct{} // holds one for each request being looked into
	done   sync.WaitGroup
}

// NewRecovery returns a Recovery.
func NewRecovery(n RecoveryNeeds) *Recovery {
	return &Recovery{RecoveryNeeds: n, asking: make(chan struct{}, maxAsking)}
}

// Ready says whether letters can be sent; without, an admin has to help.
func (v *Recovery) Ready() bool { return v.Letters.Ready() }

// Begin has a link sent to the address if it is a member's. It returns at once and
// says nothing, so that neither answer nor time tells strangers who is a member.
func (v *Recovery) Begin(ctx context.Context, email string) {
	if !v.Ready() {
		return
	}
	select {
	case v.asking <- struct{}{}:
	default:
		v.Log.WarnContext(ctx, "too many ask for recovery at once; one is left out")
		return
	}
	ctx = context.WithoutCancel(ctx)
	v.done.Go(func() {
		defer func() { <-v.asking }()
		ctx, cancel := context.WithTimeout(ctx, askTime)
		defer cancel()
		if err := v.mail(ctx, email); err != nil {
			v.Log.ErrorContext(ctx, "recovery link not sent", obs.Err, err)
		}
	})
}

// Wait returns once everything that was begun is done.
func (v *Recovery) Wait() { v.done.Wait() }

func (v *Recovery) mail(ctx context.Context, email string) error {
	m, err := v.Members.MemberByEmail(ctx, email)
	if fault.KindOf(err) == fault.NotFound { // who signed up is known by the domain as claims have it
		m, err = v.Members.MemberByEmail(ctx, claim.Mailbox(email))
	}
	if err != nil {
		return unless(fault.NotFound, fmt.Errorf("find the member of the address: %w", err))
	}
	if !m.Active() || !v.Letters.mayWrite(letter.Recovery, m.Email) {
		return nil
	}
	link, err := v.Links.make(ctx, KindRecovery, identity.Link{
		MemberID: m.ID, WorkspaceID: m.WorkspaceID, Email: m.Email,
	}, recoveryLifetime)
	if err != nil {
		return err
	}
	v.Trail.Record(ctx, m.WorkspaceID, "", ActionRecoveryAsked, m.ID)
	v.Letters.send(ctx, letter.Letter{
		Kind: letter.Recovery, WorkspaceID: m.WorkspaceID, To: m.Email, Language: m.Language,
		Args: map[string]string{"name": m.Name, "link": link.url},
	})
	return nil
}

// unless is the error but for one of that kind, which is an answer.
func unless(kind fault.Kind, err error) error {
	if fault.KindOf(err) == kind {
		return nil
	}
	return err
}

// Peek returns whose link it is without using it up.
func (v *Recovery) Peek(ctx context.Context, token string) (member.Member, error) {
	link, err := v.Links.peek(ctx, KindRecovery, token)
	if err != nil {
		return member.Member{}, err
	}
	return v.holder(ctx, link)
}

// holder is the member of a link. A passkey made since the link was sent voids it:
// of several letters asked for, one lets in.
func (v *Recovery) holder(ctx context.Context, link identity.Link) (member.Member, error) {
	m, err := v.Links.holder(ctx, link)
	if err != nil {
		return m, err
	}
	held, err := v.Passkeys.Of(ctx, m.ID)
	if err != nil {
		return m, err
	}
	for _, c := range held {
		if c.CreatedAt.After(link.CreatedAt) {
			return m, linkExpired()
		}
	}
	return m, nil
}

// Finish uses the link up, keeps the new passkey and tells the member and the
// owners. The passkey must have been made for the member of the link.
func (v *Recovery) Finish(ctx context.Context, token string, passkey identity.Credential) (member.Member, error) {
	m, err := v.Peek(ctx, token)
	if err != nil {
		return m, err
	}
	if passkey.MemberID != m.ID {
		return m, fault.New(fault.Invalid, "error.passkey-expired")
	}
	if _, err := v.Links.take(ctx, KindRecovery, token); err != nil {
		return m, err
	}
	if err := v.Passkeys.Save(ctx, passkey); err != nil {
		return m, err
	}
	v.Trail.Record(ctx, m.WorkspaceID, m.ID, ActionRecovered, m.ID)
	v.tell(ctx, m, passkey.Name) // as yet it is called by the device
	return m, nil
}

func (v *Recovery) tell(ctx context.Context, m member.Member, device string) {
	owners, err := v.Letters.owners(ctx, m.WorkspaceID)
	if err != nil {
		v.Log.ErrorContext(ctx, "owners not told of a recovery", obs.Workspace, m.WorkspaceID, obs.Err, err)
	}
	ws, err := v.Workspaces.Workspace(ctx, m.WorkspaceID)
	if err != nil {
		v.Log.ErrorContext(ctx, "read workspace", obs.Workspace, m.WorkspaceID, obs.Err, err)
	}
	args := map[string]string{
		"name": m.Name, "email": m.Email, "device": device, "when": letter.Time(v.Now()), "zone": ws.TimeZone,
	}
	one := letter.Letter{Kind: letter.Recovered, WorkspaceID: m.WorkspaceID, Args: args}
	for _, owner := range owners {
		if owner.ID != m.ID {
			one.To, one.Language = owner.Email, owner.Language
			v.Letters.send(ctx, one)
		}
	}
	one.To, one.Language = m.Email, m.Language
	one.Args = withLink(args, v.Links.public.JoinPath("me").String())
	v.Letters.send(ctx, one)
}

// withLink adds the page where a member ends sessions, which owners have no use for.
func withLink(args map[string]string, link string) map[string]string {
	out := map[string]string{"link": link}
	for k, v := range args {
		out[k] = v
	}
	return out
}
