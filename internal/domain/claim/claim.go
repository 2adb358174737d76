// Package claim owns the e-mail domains of a workspace: whoever proves an address
// on a claimed domain may join as a member without an invitation. A domain counts
// from its proof on, by a mail to an address on it or by a DNS TXT record.
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
	Record      string // ByDNS: the TXT value that proves it
	ClaimedBy   string // member id
	CreatedAt   time.Time
	VerifiedAt  time.Time // zero until proved
	DisabledAt  time.Time // zero while it lets people in; enabling asks for a new proof
}

// Open says whether the claim lets people in.
func (c Claim) Open() bool { return !c.VerifiedAt.IsZero() && c.DisabledAt.IsZero() }

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
