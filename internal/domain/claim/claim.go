// Package claim owns the e-mail domains of a workspace: whoever proves an address
// on a claimed domain may join as a member without an invitation. A domain counts
// from its proof on, by a mail to an address on it or by a DNS TXT record; before
// it a claim has no effect, not even on others who claim the same. It sends no
// mail and asks no name server itself (letter.Post, Resolver).
package claim

import (
	"context"
	"time"
)

// Method is how a domain is proved.
type Method string

// The methods.
const (
	ByMail Method = "mail"
	ByDNS  Method = "dns"
)

// Claim is a workspace's claim to a domain.
type Claim struct {
	ID          string
	WorkspaceID string
	Domain      string // lower case, punycode
	Method      Method
	Address     string // ByMail: where the proof was sent
	Record      string // ByDNS: the TXT value that proves it; ByMail: the hash of the last link's token
	ClaimedBy   string // member id
	CreatedAt   time.Time
	VerifiedAt  time.Time // zero until proved
	DisabledAt  time.Time // zero while it lets people in; enabling asks for a new proof
}

// State is how far a claim got.
type State string

// The states. Only a claim that is open lets people in.
const (
	Pending  State = "pending"  // not proved yet
	Open     State = "open"     // proved
	Disabled State = "disabled" // proved once; a new proof opens it again
)

// State says how far the claim got.
func (c Claim) State() State {
	switch {
	case !c.DisabledAt.IsZero():
		return Disabled
	case c.VerifiedAt.IsZero():
		return Pending
	}
	return Open
}

// Open says whether the claim lets people in.
func (c Claim) Open() bool { return c.State() == Open }

// Store keeps claims. A domain is open for one workspace of the server at most:
// saving a second open one is the conflict fault error.domain-taken.
type Store interface {
	Claims(ctx context.Context, workspaceID string) ([]Claim, error)
	Claim(ctx context.Context, workspaceID, id string) (Claim, error)
	// OpenClaim looks over the whole server.
	OpenClaim(ctx context.Context, domain string) (Claim, error)
	SaveClaim(ctx context.Context, c Claim) error
	DeleteClaim(ctx context.Context, workspaceID, id string) error
}
