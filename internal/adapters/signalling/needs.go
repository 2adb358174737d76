// Package signalling owns the websockets: of agents' tabs (Phone) and of callers
// on a number's public page (Caller). It turns messages into use cases of the
// softphone and tells every tab what changed; it decides nothing itself.
//
// Each socket has one reading goroutine, which runs the commands in order, and
// one writing goroutine fed by a bounded queue: a tab that does not keep up is
// cut off and starts anew with a snapshot.
package signalling

import (
	"context"
	"log/slog"
	"net/http"

	"parley/internal/base/fault"
	"parley/internal/domain/call"
	"parley/internal/domain/hours"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/softphone"
	"parley/internal/shared/callstate"
)

// Peers makes media peers for tabs.
type Peers interface {
	NewPeer(on PeerEvents) (Peer, error)
}

// Peer is a tab's warm media path. Only the server offers.
type Peer interface {
	// Start makes the first offer.
	Start() error
	Answer(sdp string) error
	Candidate(candidate string) error
	// Prepare readies the peer for a call that rings: a wide one is between
	// browsers alone.
	Prepare(wide bool)
	// Leg makes the peer take part in a call.
	Leg(id callstate.LegID) call.Leg
	Close()
}

// PeerEvents is how a peer reports; the functions must not block.
type PeerEvents struct {
	Offer     func(sdp string)
	Candidate func(candidate string)
	Ready     func(up bool)   // the path stands, or is broken for now
	Failed    func()          // the path will not come back: the peer is of no use
	Lost      callstate.Cause // what calls are told when the peer dies
	Log       *slog.Logger
}

// Agents is what tabs tell of themselves. agent.Registry is it.
type Agents interface {
	Connect(m member.Member, tab string)
	SetReady(workspaceID, memberID, tab string, ready bool)
	Disconnect(workspaceID, memberID, tab string) (stillReady bool)
	// SetHours makes hours count that were stored.
	SetHours(workspaceID, memberID string, h hours.Hours)
}

// Identity tells who opens a socket, and whether they still may use it.
type Identity interface {
	// Who returns the member behind the request, and the id of his session.
	Who(r *http.Request) (m member.Member, sessionID string, ok bool)
	// Valid returns the member as he is now, or a fault once the session ended.
	Valid(ctx context.Context, sessionID string) (member.Member, error)
}

// Lines finds the number a caller's page belongs to.
type Lines interface {
	NumberByE164(ctx context.Context, e164 string) (number.Number, error)
}

// Texts gives the sentence for a key in a language.
type Texts func(language, key string, args map[string]string) string

// Needs is what a Hub is made of.
type Needs struct {
	Phone    *softphone.Service
	Engine   *call.Engine
	Agents   Agents
	Identity Identity
	Lines    Lines
	Peers    Peers
	Texts    Texts
	Board    Board // nil where there are no lines
	// CountryOf returns how a workspace reads bare numbers.
	CountryOf func(ctx context.Context, workspaceID string) string
	// AllowCaller limits how often one address may open a caller's socket.
	AllowCaller func(r *http.Request) bool
	Log         *slog.Logger
}

// sentence is the text of a fault in a language.
func (t Texts) sentence(language string, err error) string {
	f := fault.Of(err)
	return t(language, f.Key, f.Args)
}
