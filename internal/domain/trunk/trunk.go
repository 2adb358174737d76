// Package trunk owns the settings of SIP trunks: the lines to the phone network.
// What a trunk is doing right now is told by the sip package.
package trunk

import (
	"context"
	"net/netip"
	"time"
)

// Transport is how SIP messages travel.
type Transport string

// The transports a trunk can use.
const (
	UDP Transport = "udp"
	TCP Transport = "tcp"
	TLS Transport = "tls"
)

// Trunk is a connection to a SIP provider or gateway.
type Trunk struct {
	ID          string
	WorkspaceID string
	Name        string
	Host        string
	Port        int // 0 takes the transport's default
	Transport   Transport
	Username    string // digest credentials towards the provider, "" for none
	Password    string // never shown again, never logged
	Register    bool   // the provider wants a REGISTER
	// SRTP has audio encrypted or not at all. Without it audio is plain, unless the far
	// end offers to encrypt it.
	SRTP bool
	// AllowedNets are the addresses calls may come from besides Host's own.
	AllowedNets []netip.Prefix
	// InboundUsername and InboundPassword let the far end authenticate its calls
	// to us by digest instead of by address.
	InboundUsername string
	InboundPassword string
	CreatedAt       time.Time
}

// KeysExposed says whether the keys of encrypted audio can be read by who reads SIP on
// its way: they travel in it (RFC 4568).
func (t Trunk) KeysExposed() bool { return t.SRTP && t.Transport != TLS }

// Status is what a trunk is doing, in the words of its page.
type Status struct {
	Registered   bool
	RegisteredAt time.Time
	ExpiresAt    time.Time
	OptionsAt    time.Time // last answered OPTIONS
	OptionsCode  int
	ErrorAt      time.Time
	ErrorCode    int    // SIP status, 0 where none came
	ErrorText    string // reason phrase or what failed, bounded
}

// Store keeps trunks.
type Store interface {
	// AllTrunks lists every workspace's: the SIP stack serves them all.
	AllTrunks(ctx context.Context) ([]Trunk, error)
	Trunks(ctx context.Context, workspaceID string) ([]Trunk, error)
	Trunk(ctx context.Context, workspaceID, id string) (Trunk, error)
	SaveTrunk(ctx context.Context, t Trunk) error
	DeleteTrunk(ctx context.Context, workspaceID, id string) error
}
