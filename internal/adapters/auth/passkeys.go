package auth

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"parley/internal/base/fault"
	"parley/internal/base/obs"
	"parley/internal/domain/identity"
	"parley/internal/domain/member"
)

const purposeLogin = "login"

// Passkeys registers passkeys and signs in with them (Web Authentication
// Level 3). They are discoverable, so nobody types a name, and the device
// verifies its user, so a stolen one is not enough.
type Passkeys struct {
	party      *webauthn.WebAuthn
	ceremonies *ceremonies
	sessions   *Sessions
	store      identity.CredentialStore
	members    Members
	trail      *Trail
	now        Clock
	log        *slog.Logger
}

// NewPasskeys fails when the public URL cannot be a relying party: its host
// must be a domain name or localhost.
func NewPasskeys(
	cfg Config, store identity.CredentialStore, sessions *Sessions,
	members Members, trail *Trail, now Clock, log *slog.Logger,
) (*Passkeys, error) {
	timeout := webauthn.TimeoutConfig{Enforce: true, Timeout: ceremonyLifetime / 2, TimeoutUVD: ceremonyLifetime / 2}
	party, err := webauthn.New(&webauthn.Config{
		RPID:          cfg.PublicURL.Hostname(),
		RPDisplayName: "Parley",
		RPOrigins:     []string{cfg.PublicURL.Scheme + "://" + cfg.PublicURL.Host},
		// Which make of device a member has is none of our business.
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			RequireResidentKey: protocol.ResidentKeyRequired(),
			ResidentKey:        protocol.ResidentKeyRequirementRequired,
			UserVerification:   protocol.VerificationRequired,
		},
		Timeouts: webauthn.TimeoutsConfig{Login: timeout, Registration: timeout},
		// Password managers volunteer credProps.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
	if err != nil {
		return nil, fmt.Errorf("set up passkeys for %s (the public URL needs a host name): %w", cfg.PublicURL, err)
	}
	// The library checks its configuration lazily and unlocked: do it here, once.
	if _, _, err := party.BeginDiscoverableLogin(); err != nil {
		return nil, fmt.Errorf("set up passkeys for %s (the public URL needs a host name): %w", cfg.PublicURL, err)
	}
	return &Passkeys{
		party: party, ceremonies: newCeremonies(cfg.PublicURL, sessions.store, now), sessions: sessions,
		store: store, members: members, trail: trail, now: now, log: log,
	}, nil
}

// BeginLogin returns the options for navigator.credentials.get.
func (p *Passkeys) BeginLogin(w http.ResponseWriter, r *http.Request) (any, error) {
	options, data, err := p.party.BeginDiscoverableLogin()
	if err != nil {
		return nil, fmt.Errorf("begin sign-in: %w", err)
	}
	if err := p.ceremonies.begin(w, r, ceremony{Purpose: purposeLogin, Data: *data}); err != nil {
		return nil, err
	}
	return options, nil
}

// FinishLogin judges the browser's answer, the body of r, and returns whose
// passkey it was and its id. It starts no session.
func (p *Passkeys) FinishLogin(w http.ResponseWriter, r *http.Request) (member.Member, string, error) {
	c, err := p.ceremonies.take(w, r, purposeLogin)
	if err != nil {
		return member.Member{}, "", err
	}
	answer, err := protocol.ParseCredentialRequestResponseBody(bounded(w, r))
	if err != nil {
		return member.Member{}, "", refused(err)
	}
	var held identity.Credential
	var owner member.Member
	find := func(rawID, handle []byte) (webauthn.User, error) {
		var err error
		if held, owner, err = p.holder(r.Context(), rawID, handle); err != nil {
			return nil, err
		}
		return newUser(owner, []identity.Credential{held})
	}
	_, used, err := p.party.ValidatePasskeyLogin(find, c.Data, answer)
	if err != nil {
		return member.Member{}, "", refused(err)
	}
	return owner, held.ID, p.noteUse(r.Context(), held, used)
}

// holder finds the passkey and its member, who must be the one the
// authenticator says it belongs to.
func (p *Passkeys) holder(ctx context.Context, rawID, handle []byte) (identity.Credential, member.Member, error) {
	unknown := fault.New(fault.Unauthenticated, "error.passkey-unknown")
	held, err := p.store.Credential(ctx, credentialID(rawID))
	if err != nil {
		return held, member.Member{}, unknownOr(err, unknown)
	}
	m, err := p.members.Member(ctx, held.WorkspaceID, held.MemberID)
	if err != nil {
		return held, m, unknownOr(err, unknown)
	}
	if !m.Active() || m.ID != string(handle) {
		return held, m, unknown
	}
	return held, m, nil
}

func unknownOr(err error, unknown *fault.Error) error {
	if fault.KindOf(err) == fault.NotFound {
		return unknown
	}
	return err
}

// noteUse keeps the new signature counter. One that went backwards means that
// two devices hold the same key: that sign-in is refused.
func (p *Passkeys) noteUse(ctx context.Context, held identity.Credential, used *webauthn.Credential) error {
	if used.Authenticator.CloneWarning {
		p.log.Warn("passkey counter went backwards", obs.Workspace, held.WorkspaceID, obs.Member, held.MemberID)
		p.trail.Record(ctx, held.WorkspaceID, held.MemberID, ActionPasskeyCloned, held.ID)
		return fault.New(fault.Unauthenticated, "error.passkey-cloned")
	}
	data, err := json.Marshal(used)
	if err != nil {
		return fmt.Errorf("write passkey: %w", err)
	}
	held.Data, held.LastUsedAt = data, p.now().UTC()
	if err := p.store.UpdateCredential(ctx, held); err != nil {
		// Removed since it was read: its key is worth nothing any more.
		return unknownOr(fmt.Errorf("note the use of a passkey: %w", err), fault.New(fault.Unauthenticated, "error.passkey-unknown"))
	}
	return nil
}

// Registered is a verified new passkey that is not stored yet.
type Registered struct {
	Credential identity.Credential
	State      json.RawMessage // what BeginRegistration was given
}

// BeginRegistration returns the options for navigator.credentials.create. m may
// not exist yet; purpose must be repeated to FinishRegistration, which hands
// state back.
func (p *Passkeys) BeginRegistration(w http.ResponseWriter, r *http.Request, purpose string, m member.Member, state any) (any, error) {
	held, err := p.store.Credentials(r.Context(), m.ID)
	if err != nil {
		return nil, fmt.Errorf("list passkeys: %w", err)
	}
	if len(held) >= maxPasskeys {
		return nil, fault.New(fault.Conflict, "error.passkey-too-many")
	}
	raw, err := json.Marshal(state)
	if err != nil {
		return nil, fmt.Errorf("write ceremony state: %w", err)
	}
	u, err := newUser(m, held)
	if err != nil {
		return nil, err
	}
	options, data, err := p.party.BeginRegistration(u,
		webauthn.WithExclusions(webauthn.Credentials(u.credentials).CredentialDescriptors()))
	if err != nil {
		return nil, fmt.Errorf("begin passkey: %w", err)
	}
	c := ceremony{Purpose: purpose, MemberID: m.ID, WorkspaceID: m.WorkspaceID, Data: *data, State: raw}
	if err := p.ceremonies.begin(w, r, c); err != nil {
		return nil, err
	}
	return options, nil
}

// FinishRegistration judges the browser's answer, the body of r.
func (p *Passkeys) FinishRegistration(w http.ResponseWriter, r *http.Request, purpose string) (Registered, error) {
	c, err := p.ceremonies.take(w, r, purpose)
	if err != nil {
		return Registered{}, err
	}
	answer, err := protocol.ParseCredentialCreationResponseBody(bounded(w, r))
	if err != nil {
		return Registered{}, refused(err)
	}
	made, err := p.party.CreateCredential(&user{member: member.Member{ID: c.MemberID}}, c.Data, answer)
	if err != nil {
		return Registered{}, refused(err)
	}
	data, err := json.Marshal(made)
	if err != nil {
		return Registered{}, fmt.Errorf("write passkey: %w", err)
	}
	return Registered{
		State: c.State,
		Credential: identity.Credential{
			ID: credentialID(made.ID), MemberID: c.MemberID, WorkspaceID: c.WorkspaceID,
			Name: deviceOr(r.UserAgent(), "Passkey"), Data: data, CreatedAt: p.now().UTC(),
		},
	}, nil
}

// Save stores a new passkey of a member.
func (p *Passkeys) Save(ctx context.Context, c identity.Credential) error {
	if err := p.unseen(ctx, c); err != nil {
		return err
	}
	if err := p.store.SaveCredential(ctx, c); err != nil {
		return fmt.Errorf("save passkey: %w", err)
	}
	p.added(ctx, c)
	return nil
}

// unseen refuses a passkey whose id is known (Level 3, 7.1 step 26): the key behind
// it could be somebody else's.
func (p *Passkeys) unseen(ctx context.Context, c identity.Credential) error {
	_, err := p.store.Credential(ctx, c.ID)
	if err == nil {
		return fault.New(fault.Conflict, "error.passkey-known")
	}
	if fault.KindOf(err) != fault.NotFound {
		return fmt.Errorf("look for passkey: %w", err)
	}
	return nil
}

func (p *Passkeys) added(ctx context.Context, c identity.Credential) {
	p.trail.Record(ctx, c.WorkspaceID, c.MemberID, ActionPasskeyAdded, c.ID)
}

// Of lists the member's passkeys, oldest first.
func (p *Passkeys) Of(ctx context.Context, memberID string) ([]identity.Credential, error) {
	held, err := p.store.Credentials(ctx, memberID)
	if err != nil {
		return nil, fmt.Errorf("list passkeys: %w", err)
	}
	return held, nil
}

// Rename calls one of the member's own passkeys by another name.
func (p *Passkeys) Rename(ctx context.Context, who Who, credentialID, name string) error {
	name = strings.TrimSpace(name)
	if name == "" || utf8.RuneCountInString(name) > 60 {
		return fault.OnField("name", "error.passkey-name")
	}
	c, err := p.own(ctx, who, credentialID)
	if err != nil {
		return err
	}
	c.Name = name
	if err := p.store.UpdateCredential(ctx, c); err != nil {
		return fmt.Errorf("rename passkey: %w", err)
	}
	return nil
}

// Remove deletes one of the member's own passkeys, except the last, and ends the
// other sessions that it began.
func (p *Passkeys) Remove(ctx context.Context, who Who, credentialID string) error {
	if _, err := p.own(ctx, who, credentialID); err != nil {
		return err
	}
	if err := p.store.DeleteCredential(ctx, who.Member.ID, credentialID); err != nil {
		return fmt.Errorf("remove passkey: %w", err)
	}
	p.trail.Record(ctx, who.Workspace.ID, who.Member.ID, ActionPasskeyRemoved, credentialID)
	return p.sessions.endBegunWith(ctx, who, credentialID)
}

func (p *Passkeys) own(ctx context.Context, who Who, credentialID string) (identity.Credential, error) {
	c, err := p.store.Credential(ctx, credentialID)
	if err != nil {
		return c, fmt.Errorf("find passkey: %w", err)
	}
	if c.MemberID != who.Member.ID {
		return c, fault.New(fault.NotFound, "error.not-found")
	}
	return c, nil
}

// bounded reads the body whole: the parser is given nothing that can block or grow.
func bounded(w http.ResponseWriter, r *http.Request) io.Reader {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCredentialResponse))
	if err != nil {
		return strings.NewReader("")
	}
	return bytes.NewReader(raw)
}

// refused turns what the library found wrong into a fault, keeping one of ours
// that lies beneath.
func refused(err error) error {
	var f *fault.Error
	if errors.As(err, &f) {
		return f
	}
	var p *protocol.Error
	if errors.As(err, &p) && p.DevInfo != "" {
		err = fmt.Errorf("%w (%s)", err, p.DevInfo)
	}
	return fault.New(fault.Invalid, "error.passkey-refused").Because(err)
}

func credentialID(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

// user is a member as the library wants to see one.
type user struct {
	member      member.Member
	credentials []webauthn.Credential
}

func newUser(m member.Member, held []identity.Credential) (*user, error) {
	u := &user{member: m}
	for _, h := range held {
		var c webauthn.Credential
		if err := json.Unmarshal(h.Data, &c); err != nil {
			return nil, fmt.Errorf("read passkey %s: %w", h.ID, err)
		}
		u.credentials = append(u.credentials, c)
	}
	return u, nil
}

// WebAuthnID is the user handle: the member's id, which says nothing of the person.
func (u *user) WebAuthnID() []byte { return []byte(u.member.ID) }

// WebAuthnName is what account choosers show.
func (u *user) WebAuthnName() string { return u.member.Email }

// WebAuthnDisplayName is the member's name.
func (u *user) WebAuthnDisplayName() string { return u.member.Name }

// WebAuthnCredentials are the member's passkeys.
func (u *user) WebAuthnCredentials() []webauthn.Credential { return u.credentials }
