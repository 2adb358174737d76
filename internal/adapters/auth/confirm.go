package auth

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"parley/internal/base/fault"
	"parley/internal/domain/identity"
)

const purposeConfirm = "confirm"

// BeginConfirm returns the options for navigator.credentials.get by which the
// signed-in member shows one of their own passkeys again.
func (p *Passkeys) BeginConfirm(w http.ResponseWriter, r *http.Request, who Who) (any, error) {
	held, err := p.store.Credentials(r.Context(), who.Member.ID)
	if err != nil {
		return nil, fmt.Errorf("list passkeys: %w", err)
	}
	u, err := newUser(who.Member, held)
	if err != nil {
		return nil, err
	}
	options, data, err := p.party.BeginLogin(u, webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, fmt.Errorf("begin to confirm: %w", err)
	}
	c := ceremony{Purpose: purposeConfirm, MemberID: who.Member.ID, SessionID: who.SessionID, Data: *data}
	if err := p.ceremonies.begin(w, r, c); err != nil {
		return nil, err
	}
	return options, nil
}

// FinishConfirm judges the browser's answer, the body of r. It must be of the
// member and the session that began: another member's passkey, or a challenge that
// was handed to another session, confirms nothing.
func (p *Passkeys) FinishConfirm(w http.ResponseWriter, r *http.Request, who Who) error {
	c, err := p.ceremonies.take(w, r, purposeConfirm)
	if err != nil {
		return err
	}
	if c.MemberID != who.Member.ID || c.SessionID != who.SessionID {
		return fault.New(fault.Invalid, "error.passkey-expired")
	}
	answer, err := protocol.ParseCredentialRequestResponseBody(bounded(w, r))
	if err != nil {
		return refused(err)
	}
	all, err := p.store.Credentials(r.Context(), who.Member.ID)
	if err != nil {
		return fmt.Errorf("list passkeys: %w", err)
	}
	own := slices.IndexFunc(all, func(c identity.Credential) bool { return c.ID == credentialID(answer.RawID) })
	if own < 0 {
		return fault.New(fault.Forbidden, "error.passkey-not-yours")
	}
	u, err := newUser(who.Member, all)
	if err != nil {
		return err
	}
	used, err := p.party.ValidateLogin(u, c.Data, answer)
	if err != nil {
		return refused(err)
	}
	return p.noteUse(r.Context(), all[own], used)
}

// Confirm notes that the member showed a passkey in this session just now, and
// gives the browser a new token for it: one that was copied before does not profit.
// The request must come with the session's present token.
func (s *Sessions) Confirm(w http.ResponseWriter, r *http.Request, who Who) error {
	row, err := s.store.SessionByID(r.Context(), who.SessionID)
	if err == nil {
		fresh := newToken()
		err = s.store.RotateSession(r.Context(), row.ID, hashOf(s.token(r)), hashOf(fresh), s.now().UTC())
		if err == nil {
			s.manager.WriteSessionCookie(r.Context(), w, fresh, row.ExpiresAt)
			s.trail.Record(r.Context(), who.Workspace.ID, who.Member.ID, ActionConfirmed, who.Member.ID)
			return nil
		}
	}
	if fault.KindOf(err) == fault.NotFound { // ended, or another tab was faster
		return fault.New(fault.Invalid, "error.passkey-expired")
	}
	return fmt.Errorf("renew session token: %w", err)
}
