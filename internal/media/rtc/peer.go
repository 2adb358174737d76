package rtc

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"parley/internal/media/codec"
	"parley/internal/media/relay"
	"parley/internal/media/rtc/ice"
	"parley/internal/media/rtcp"
	"parley/internal/shared/callstate"
)

// SignalKind says what a Signal carries.
type SignalKind string

// The one kind there is: an offer is complete, candidates included.
const SignalOffer SignalKind = "offer"

// Signal is what the browser must be told.
type Signal struct {
	Kind SignalKind
	SDP  string
}

// Errors a browser's messages can meet.
var (
	ErrTooLong = errors.New("message from the browser is too long")
	ErrNoOffer = errors.New("answer without an offer")
	ErrClosed  = errors.New("browser connection is closed")
)

const (
	maxAnswerBytes    = 32 << 10
	maxCandidateBytes = 1 << 10
)

// PeerConfig is what a Peer reports to. Both functions may call the Peer. State
// is called one at a time; Signal on the goroutine of whoever made an offer due.
type PeerConfig struct {
	Signal func(Signal)
	State  func(PeerState)
	// Lost is the cause of the Legs' end when the connection fails; "" means
	// callstate.CauseAgentLost.
	Lost callstate.Cause
	Log  *slog.Logger
}

// Peer is one browser's connection, warm between calls. Its methods may be
// called from any goroutine.
type Peer struct {
	engine *Engine
	cfg    PeerConfig
	legs   legs
	agent  *ice.Agent
	link   link
	media  media
	tunnel *tunnel
	conns  tcpConns

	path    atomic.Pointer[path] // where to send; nil before the first check
	entries entries              // the registry's

	mu         sync.Mutex // guards negotiation
	preferred  codec.Codec
	offered    offer // last
	agreed     *answer
	unanswered string // the offer the browser has yet to answer
	due        demand // what is wanted once it has
}

// NewPeer prepares a connection; Start begins it.
func (e *Engine) NewPeer(cfg PeerConfig) (*Peer, error) {
	if cfg.Lost == callstate.CauseNone {
		cfg.Lost = callstate.CauseAgentLost
	}
	p := &Peer{engine: e, cfg: cfg, agent: ice.NewAgent(), entries: newEntries(), preferred: codec.PCMA}
	p.media.init(p)
	p.tunnel = newTunnel(p.say)
	p.offered = offer{session: rand.Uint64() >> 2, ssrc: p.media.said[0].ssrc, fingerprint: e.fingerprint, candidates: e.candidates}
	p.link.init(p)
	return p, nil
}

// Port is the browser's port to the relay, the same for all its calls.
func (p *Peer) Port() *relay.Port { return p.media.port }

// Quality is how the browser's packets fare, both ways.
func (p *Peer) Quality() rtcp.Quality { return p.media.reports.Quality() }

// Start sends the browser the first offer. Called again before the answer, for
// instance because the socket broke, it sends the same offer once more.
func (p *Peer) Start() error { return p.offer(demand{resend: true}) }

// Restart offers new ICE credentials: a browser that changed networks comes
// back within the same connection. An offer still unanswered is sent once more
// before.
func (p *Peer) Restart() error { return p.offer(demand{resend: true, again: true, restart: true}) }

// Prefer has the browser send c from now on. It stays free to be sent any codec it
// speaks. No-op if it does so already.
func (p *Peer) Prefer(c codec.Codec) error {
	p.mu.Lock()
	same, started := p.preferred == c, p.offered.version > 0
	p.preferred = c
	p.mu.Unlock()
	if same {
		return nil
	}
	p.media.port.SetCodec(c)
	if !started {
		return nil // the first offer will say so
	}
	return p.offer(demand{again: true})
}

// Prepare readies the browser for a call that may become its own: one between
// browsers (wide) is in Opus, any other in a law. One that is in a call speaks what
// that call has it speak.
func (p *Peer) Prepare(wide bool) error {
	if p.legs.any() {
		return nil
	}
	p.mu.Lock()
	preferred := p.preferred
	p.mu.Unlock()
	switch {
	case wide && p.Speaks(codec.Opus):
		return p.Prefer(codec.Opus)
	case !wide && preferred == codec.Opus:
		return p.Prefer(codec.PCMA)
	}
	return nil
}

// Speaks says whether the browser understands c, which it is believed to until its
// answer has come.
func (p *Peer) Speaks(c codec.Codec) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.agreed == nil || p.agreed.speaks(c)
}

// demand says what is wanted of an offer.
type demand struct {
	resend  bool // if one is out: send it once more
	again   bool // if one is out: make another after its answer
	restart bool // with new ICE credentials
}

func (p *Peer) offer(d demand) error {
	sdp, send, err := p.nextOffer(d)
	if err == nil && send {
		p.cfg.Signal(Signal{Kind: SignalOffer, SDP: sdp})
	}
	return err
}

func (p *Peer) nextOffer(d demand) (sdp string, send bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.link.closed() {
		return "", false, ErrClosed
	}
	if p.unanswered != "" {
		p.due.again = p.due.again || d.again
		p.due.restart = p.due.restart || d.restart
		return p.unanswered, d.resend, nil
	}
	p.unanswered = p.makeOffer(d.restart)
	return p.unanswered, true, nil
}

// makeOffer returns a complete offer.
func (p *Peer) makeOffer(restart bool) string {
	if restart && p.agreed != nil {
		p.agent.Restart()
	}
	p.engine.peers.name(p, p.agent.Names())
	p.offered.version++
	p.offered.credentials = p.agent.Local()
	p.offered.formats = p.speakable()
	return p.offered.text()
}

// speakable is what we would speak, in order of preference, less what the
// browser left out of its first answer.
func (p *Peer) speakable() []format {
	return slices.DeleteFunc(preference(p.preferred), func(f format) bool {
		return p.agreed != nil && !slices.Contains(p.agreed.formats, strconv.Itoa(int(f.payload)))
	})
}

// Answer takes the browser's answer to the offer that is out. After ErrTooLong
// or ErrBadAnswer that offer still waits for a better one.
func (p *Peer) Answer(sdp string) error {
	if len(sdp) > maxAnswerBytes {
		return fmt.Errorf("answer of %d bytes: %w", len(sdp), ErrTooLong)
	}
	agreed, due, err := p.takeAnswer(sdp)
	if err != nil {
		return err
	}
	p.link.begin(agreed)
	if due.again {
		return p.offer(due)
	}
	return nil
}

func (p *Peer) takeAnswer(sdp string) (agreed *answer, due demand, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.unanswered == "" {
		return nil, demand{}, ErrNoOffer
	}
	a, err := readAnswer(sdp)
	if err != nil {
		return nil, demand{}, err
	}
	if p.agreed == nil {
		p.agreed = &a
		if a.speaks(codec.Opus) {
			p.media.widen()
		}
	}
	due = p.due
	p.unanswered, p.due = "", demand{}
	return p.agreed, due, nil
}

// Candidate takes one of the browser's candidates, an RTCIceCandidateInit as
// JSON. A lite agent needs none: it is checked and dropped.
func (p *Peer) Candidate(candidate string) error {
	if len(candidate) > maxCandidateBytes {
		return fmt.Errorf("candidate of %d bytes: %w", len(candidate), ErrTooLong)
	}
	var init struct {
		Candidate string `json:"candidate"`
	}
	if err := json.Unmarshal([]byte(candidate), &init); err != nil {
		return fmt.Errorf("read candidate: %w", err)
	}
	return nil
}

// Close ends the connection and its Legs.
func (p *Peer) Close() error {
	p.link.close()
	return nil
}
