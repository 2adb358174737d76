package rtc

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"github.com/pion/webrtc/v3"

	"parley/internal/media/codec"
	"parley/internal/media/relay"
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

// PeerState is how a browser's connection is.
type PeerState string

// The states of a Peer. Disconnected may recover by itself or by Restart;
// Failed and Closed are final for the Legs it had, Closed for the Peer.
const (
	PeerNew          PeerState = "new"
	PeerConnecting   PeerState = "connecting"
	PeerConnected    PeerState = "connected"
	PeerDisconnected PeerState = "disconnected"
	PeerFailed       PeerState = "failed"
	PeerClosed       PeerState = "closed"
)

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
	pc     *webrtc.PeerConnection
	port   *relay.Port
	legs   legs
	states stateReporter
	begun  chan struct{} // closed once ICE goes by the first answer
	closed chan struct{}
	once   sync.Once // closes it

	mu         sync.Mutex // guards negotiation
	audio      *webrtc.RTPTransceiver
	preferred  codec.Codec
	started    bool
	answered   bool   // an answer was taken: transports have started
	unanswered string // the offer the browser has yet to answer
	due        demand // what is wanted once it has
}

// NewPeer prepares a connection; Start begins it.
func (e *Engine) NewPeer(cfg PeerConfig) (*Peer, error) {
	pc, err := e.api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, fmt.Errorf("make peer connection: %w", err)
	}
	if cfg.Lost == callstate.CauseNone {
		cfg.Lost = callstate.CauseAgentLost
	}
	voice := &track{}
	p := &Peer{engine: e, cfg: cfg, pc: pc, port: relay.NewPort(voice), begun: make(chan struct{}), closed: make(chan struct{}), preferred: codec.PCMA}
	p.states.report = p.stateChanged
	p.audio, err = pc.AddTransceiverFromTrack(voice, webrtc.RTPTransceiverInit{
		Direction: webrtc.RTPTransceiverDirectionSendrecv,
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("add audio: %w", err), pc.Close())
	}
	pc.OnTrack(p.receive)
	begun := sync.OnceFunc(func() { close(p.begun) })
	pc.OnICEConnectionStateChange(func(webrtc.ICEConnectionState) { begun() })
	pc.OnConnectionStateChange(func(webrtc.PeerConnectionState) { p.states.changed(pc) })
	go readRTCP(p.audio.Sender())
	return p, nil
}

// Port is the browser's port to the relay, the same for all its calls.
func (p *Peer) Port() *relay.Port { return p.port }

// Start sends the browser the first offer. Called again before the answer, for
// instance because the socket broke, it sends the same offer once more.
func (p *Peer) Start() error { return p.offer(demand{resend: true}) }

// Restart offers new ICE credentials: a browser that changed networks comes
// back within the same connection. An offer still unanswered is sent once more
// before.
func (p *Peer) Restart() error { return p.offer(demand{resend: true, again: true, restart: true}) }

// Prefer has the browser send law from now on. It stays free to be sent
// either law. No-op if it does so already.
func (p *Peer) Prefer(law codec.Codec) error {
	p.mu.Lock()
	same, started := p.preferred == law, p.started
	p.preferred = law
	p.mu.Unlock()
	if same {
		return nil
	}
	p.port.SetCodec(law)
	if !started {
		return nil // the first offer will say so
	}
	return p.offer(demand{again: true})
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
	if p.unanswered != "" {
		p.due.again = p.due.again || d.again
		p.due.restart = p.due.restart || d.restart
		return p.unanswered, d.resend, nil
	}
	sdp, err = p.makeOffer(d.restart)
	if err != nil {
		return "", false, err
	}
	p.started = true
	p.unanswered = sdp
	return sdp, true, nil
}

// makeOffer returns a complete offer. All candidates are the engine's own
// ports, so gathering them takes no time worth trickling for.
func (p *Peer) makeOffer(restart bool) (string, error) {
	if p.answered {
		// pion takes an answer's credentials to ICE on a goroutine of its own: before
		// it has, those of a restart would be replaced by the ones they replace.
		select {
		case <-p.begun:
		case <-p.closed:
			return "", fmt.Errorf("wait for ICE to begin: %w", ErrClosed)
		}
	}
	if err := p.audio.SetCodecPreferences(p.speakable()); err != nil {
		return "", fmt.Errorf("prefer law: %w", err)
	}
	offer, err := p.pc.CreateOffer(&webrtc.OfferOptions{ICERestart: restart})
	if err != nil {
		return "", fmt.Errorf("create offer: %w", err)
	}
	gathered := webrtc.GatheringCompletePromise(p.pc)
	if err := p.pc.SetLocalDescription(offer); err != nil {
		return "", fmt.Errorf("set offer: %w", err)
	}
	select {
	case <-gathered:
	case <-p.closed:
		return "", fmt.Errorf("gather candidates: %w", ErrClosed)
	}
	return announce(p.pc.LocalDescription().SDP, p.engine.public), nil
}

// speakable is what we would speak, in order of preference, less what the
// browser left out of its first answer.
func (p *Peer) speakable() []webrtc.RTPCodecParameters {
	agreed := p.audio.Receiver().GetParameters().Codecs
	return slices.DeleteFunc(preference(p.preferred), func(c webrtc.RTPCodecParameters) bool {
		return !slices.ContainsFunc(agreed, func(a webrtc.RTPCodecParameters) bool { return a.PayloadType == c.PayloadType })
	})
}

// Answer takes the browser's answer to the offer that is out. After ErrTooLong
// or ErrBadAnswer that offer still waits for a better one; any other failure
// closes the connection.
func (p *Peer) Answer(sdp string) error {
	if len(sdp) > maxAnswerBytes {
		return fmt.Errorf("answer of %d bytes: %w", len(sdp), ErrTooLong)
	}
	due, err := p.takeAnswer(sdp)
	if err == nil && due.again {
		err = p.offer(due)
	}
	return err
}

func (p *Peer) takeAnswer(sdp string) (due demand, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.unanswered == "" {
		return demand{}, ErrNoOffer
	}
	clean, err := cleanAnswer(sdp)
	if err != nil {
		return demand{}, err
	}
	answer := webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: clean}
	if err := p.pc.SetRemoteDescription(answer); err != nil {
		go func() { _ = p.Close() }() // not under our lock: it reports
		return demand{}, fmt.Errorf("take answer: %w", err)
	}
	due = p.due
	p.answered = true
	p.unanswered, p.due = "", demand{}
	return due, nil
}

// Candidate takes one of the browser's candidates, an RTCIceCandidateInit as
// JSON. A lite agent needs none: it is checked and dropped.
func (p *Peer) Candidate(candidate string) error {
	if len(candidate) > maxCandidateBytes {
		return fmt.Errorf("candidate of %d bytes: %w", len(candidate), ErrTooLong)
	}
	var init webrtc.ICECandidateInit
	if err := json.Unmarshal([]byte(candidate), &init); err != nil {
		return fmt.Errorf("read candidate: %w", err)
	}
	return nil
}

// Close ends the connection and its Legs.
func (p *Peer) Close() error {
	p.once.Do(func() {
		close(p.closed)
		p.settle()
	})
	err := p.pc.Close()
	p.states.changed(p.pc)
	return err
}

func (p *Peer) stateChanged(s PeerState) {
	p.cfg.Log.Debug("browser connection", "state", s)
	if s == PeerFailed || s == PeerClosed {
		p.legs.lost(p.cfg.Lost, s == PeerClosed)
	}
	if p.cfg.State != nil {
		p.cfg.State(s)
	}
}
