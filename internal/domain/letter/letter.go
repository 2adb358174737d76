// Package letter owns what Parley writes to people by mail: the kinds of letter,
// and the outbox in which each waits until a mail server has taken it. It neither
// words letters (web/letters) nor speaks SMTP (adapters/mail).
package letter

import (
	"context"
	"time"
)

// Kind is what a letter is about; it chooses the words.
type Kind string

// The kinds of letter and the arguments of each. Times are written by Time; link is
// an address of this server. An argument that is missing is refused by Post.Send,
// but for those in brackets.
const (
	Invitation      Kind = "invitation"       // company, inviter, link, expires; [name]
	InvitationAsked Kind = "invitation-asked" // to who invited: company, email of the invited, link to the team page; [name]
	Recovery        Kind = "recovery"         // name, link
	Recovered       Kind = "recovered"        // to the member and the owners: name, email, device, when; [link to end sessions]
	DomainProof     Kind = "domain-proof"     // company, domain, link
	SignUp          Kind = "sign-up"          // link
	SignUpKnown     Kind = "sign-up-known"    // the address has an account already: link to sign in
	MissedCall      Kind = "missed-call"      // line, caller in E.164 or "", when, link; [name, caller_name, country]
	Voicemail       Kind = "voicemail"        // as MissedCall: the caller has left a message
)

// Kinds lists every kind, for tests and previews.
func Kinds() []Kind {
	return []Kind{Invitation, InvitationAsked, Recovery, Recovered, DomainProof, SignUp, SignUpKnown, MissedCall, Voicemail}
}

// Time writes a time as letters carry it. Readers see it in the zone that the
// argument "zone" names (IANA), in UTC where there is none.
func Time(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Letter is something to say to one address.
type Letter struct {
	Kind        Kind
	WorkspaceID string // "" for who belongs to none yet
	To          string
	Language    string // "" takes the first of workspace.Languages
	Args        map[string]string
}

// Withdrawn is the problem of a letter that was stopped because its link is void.
const Withdrawn = "withdrawn"

// State is how far a posted letter got.
type State string

// The states. A failed letter is not tried again by itself.
const (
	Waiting State = "waiting"
	Sent    State = "sent"
	Failed  State = "failed"
)

// Posted is a worded letter in the outbox. Its text may hold a one-time link:
// text and HTML are emptied once it is sent or has failed.
type Posted struct {
	ID          string
	WorkspaceID string
	Kind        Kind
	To          string
	Subject     string
	Text        string
	HTML        string
	State       State
	Attempts    int
	Problem     string // what the mail server said last, bounded
	NextAt      time.Time
	CreatedAt   time.Time
	DoneAt      time.Time // zero while waiting
}

// Post puts letters on their way.
type Post interface {
	// Ready says whether there is a mail server to send by.
	Ready() bool
	// Send stores the letter and returns its id; it is sent in the background.
	Send(ctx context.Context, l Letter) (id string, err error)
	// Withdraw stops a letter that is still waiting, because its link is void.
	Withdraw(ctx context.Context, workspaceID, id string) error
}

// Store keeps the outbox.
type Store interface {
	SaveLetter(ctx context.Context, p Posted) error
	// ClaimLetters returns at most limit letters that are due and moves their NextAt
	// to until, so that no other node takes them meanwhile.
	ClaimLetters(ctx context.Context, now, until time.Time, limit int) ([]Posted, error)
	// SettleLetter writes state, attempts, problem and times of a letter that is
	// still waiting; text and HTML go where the state is not Waiting. One that waits
	// no more is a not-found fault.
	SettleLetter(ctx context.Context, p Posted) error
	// Letters returns those of the ids, without text and HTML.
	Letters(ctx context.Context, workspaceID string, ids []string) ([]Posted, error)
	// DeleteLetters forgets those done before a time.
	DeleteLetters(ctx context.Context, before time.Time) error
}
