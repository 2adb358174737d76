// Package sip speaks SIP and RTP with trunks. It owns the sockets, the trunks'
// registrations and the legs of calls; it decides nothing about calls: who is
// rung, recorded or allowed is not known here.
//
// sipgo gives transports, transactions and parsing; sessions are ours (RFC 3261
// dialogs, 3264, 4028, 3581, 5626 keepalives). Goroutines: each Leg owns its
// state on one goroutine and is reached through its mailbox, each trunk has a
// keeper, each INVITE in progress has one that reads its transaction, each RTP
// socket has a reader. sipgo calls the gate on the UDP reading goroutine and
// dispatch on a goroutine per message.
//
// Nothing a stranger sends costs memory: see gate.
package sip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"parley/internal/media/sip/rtp"
	"parley/internal/shared/callstate"

	gosip "github.com/emiago/sipgo/sip"
)

// Handler takes the calls that come in.
type Handler interface {
	// Inbound runs on a goroutine of its own. Sooner or later the leg must be
	// accepted or hung up; it gives up by itself after three minutes.
	Inbound(in Inbound)
}

// Inbound is a call from a trunk.
type Inbound struct {
	TrunkID  string
	From     string // the caller's number as the trunk wrote it, "" if withheld
	FromName string
	To       string // the called number as the trunk wrote it
	CallID   string
	Leg      *Leg
}

// DialSpec is a call to make.
type DialSpec struct {
	TrunkID  string
	From     string // caller ID, as the trunk wants it written
	FromName string
	To       string
	ID       callstate.LegID
}

// Why a call cannot even be tried.
var (
	ErrNoTrunk       = errors.New("no such trunk")
	ErrBadNumber     = errors.New("not a number that can be dialled")
	ErrTooManyCalls  = errors.New("too many calls at once")
	ErrStackStopping = errors.New("SIP stack is stopping")
)

// core is what legs and keepers need of the stack.
type core struct {
	cfg      *Config
	log      *slog.Logger
	wire     *wire
	lines    *lines
	guests   *guests
	dialogs  *dialogs
	ports    *rtp.Pool
	resolver resolver
	digest   *challenger
	count    *counters
}

// Stack is the node's SIP endpoint. Its methods may be called from any goroutine.
type Stack struct {
	core
	handler Handler
	gate    *gate
	lis     *listeners
	cancel  context.CancelFunc

	mu      sync.Mutex // guards keepers
	keepers map[string]*keeper
	ctx     context.Context // of the keepers; nil before Start
	tasks   sync.WaitGroup
}

// tuneLibrary sets the two things sipgo keeps in package variables. Beyond 1300
// bytes it refuses to send over UDP, and a response with many Via and
// Record-Route headers cannot choose TCP instead: fragments are the lesser
// evil. Its log would hold phone numbers and passwords.
//
//nolint:gochecknoglobals // once a process, as the variables it sets
var tuneLibrary = sync.OnceFunc(func() {
	gosip.UDPMTUSize = 8 << 10
	gosip.SetDefaultLogger(slog.New(slog.DiscardHandler))
})

// New builds a stack; Start opens its sockets.
func New(cfg Config, log *slog.Logger, handler Handler) (*Stack, error) {
	if err := cfg.fill(); err != nil {
		return nil, err
	}
	tuneLibrary()
	count := &counters{}
	s := &Stack{handler: handler, keepers: map[string]*keeper{}}
	s.core = core{
		cfg: &cfg, log: log, lines: newLines(), guests: newGuests(), dialogs: newDialogs(cfg.MaxCalls),
		resolver: resolver{net.DefaultResolver}, digest: newChallenger(cfg.Realm), count: count,
	}
	ports, err := rtp.NewPool(cfg.Loop, mediaIP(&cfg), cfg.RTPMin, cfg.RTPMax)
	if err != nil {
		return nil, err
	}
	s.ports = ports
	s.lis = &listeners{
		cfg: &cfg, log: log, count: count, admit: s.lines.anyDigest,
		friend: func(ip netip.Addr) bool { return s.lines.knows(ip) || s.guests.has(ip) },
	}
	s.gate = newGate(&cfg, log, s.lines, s.guests, s.digest, count)
	s.gate.reply = s.lis.reply
	tp, tx := newTransports(&cfg, s.gate.filter)
	s.lis.tp = tp
	s.wire = &wire{cfg: &cfg, tp: tp, tx: tx, lis: s.lis}
	s.wire.life, s.wire.kill = context.WithCancel(context.Background())
	tx.OnRequest(s.dispatch)
	return s, nil
}

// newTransports sets sipgo up: time limits on connections, which it lacks by
// default, our gate before its parser, and no log of its own, which would hold
// phone numbers and passwords.
func newTransports(cfg *Config, filter gosip.TransportReadFilter) (*gosip.TransportLayer, *gosip.TransactionLayer) {
	const write, dial = 10 * time.Second, 5 * time.Second
	silent := slog.New(slog.DiscardHandler)
	dialer := func(laddr net.Addr) net.Dialer { return net.Dialer{Timeout: dial, LocalAddr: laddr} }
	tcp := func() *gosip.TransportTCP {
		return &gosip.TransportTCP{ReadTimeout: cfg.timing.idle, WriteTimeout: write, DialerCreate: dialer}
	}
	tp := gosip.NewTransportLayer(net.DefaultResolver, gosip.NewParser(), cfg.TLS,
		gosip.WithTransportLayerLogger(silent),
		gosip.WithTransportLayerReadFilter(filter),
		gosip.WithTransportLayerTransports(gosip.TransportsConfig{TCP: tcp(), TLS: &gosip.TransportTLS{TransportTCP: tcp()}}))
	tx := gosip.NewTransactionLayer(tp,
		gosip.WithTransactionLayerLogger(silent),
		gosip.WithTransactionLayerUnhandledResponseHandler(func(*gosip.Response) {}),
		gosip.WithTransactionLayerTerminateOnConnClose())
	return tp, tx
}

// mediaIP is the address RTP sockets are bound to: the one SIP listens on.
func mediaIP(cfg *Config) netip.Addr {
	for _, a := range []string{cfg.UDPAddr, cfg.TCPAddr, cfg.TLSAddr} {
		host, _, err := net.SplitHostPort(a)
		if err != nil {
			continue
		}
		if ip, err := netip.ParseAddr(host); err == nil {
			return ip
		}
	}
	return netip.IPv4Unspecified()
}

// Start opens the sockets and begins to keep the trunks. It returns once all
// addresses are bound; ctx ending stops everything at once, Close gently.
func (s *Stack) Start(ctx context.Context) error {
	ctx, s.cancel = context.WithCancel(ctx)
	if err := s.lis.open(ctx); err != nil {
		s.cancel()
		s.lis.wait()
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ctx = ctx
	for _, k := range s.keepers {
		s.keep(k)
	}
	return nil
}

// Addr is where the stack listens for a network ("udp", "tcp", "tls").
func (s *Stack) Addr(network string) netip.AddrPort {
	return s.lis.bound[gosip.ASCIIToUpper(network)]
}

// Counters returns what was counted so far.
func (s *Stack) Counters() Counters { return s.count.read() }

// Dial starts a call. It does not wait for the network: whatever becomes of the
// call is told to the leg's listener.
func (s *Stack) Dial(ctx context.Context, spec DialSpec) (*Leg, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	trunk := s.lines.byID(spec.TrunkID)
	if trunk == nil {
		return nil, fmt.Errorf("dial over %q: %w", spec.TrunkID, ErrNoTrunk)
	}
	if !dialable(spec.To) || spec.From != "" && !dialable(spec.From) {
		return nil, ErrBadNumber
	}
	media, err := rtp.Open(s.ports)
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	leg := newLeg(&s.core, spec.ID, trunk, media)
	leg.phase = calling
	leg.dlg = dialog{
		callID: token() + "@" + s.cfg.Realm, localTag: token(), user: orUser(trunk.Username, spec.From),
		local:  identity(spec.FromName, orUser(spec.From, trunk.Username), trunk),
		remote: identity("", spec.To, trunk),
		target: requestURI(spec.To, trunk),
	}
	if err := s.dialogs.add(leg); err != nil {
		media.Close()
		s.count.legs.Add(-1)
		return nil, err
	}
	s.count.outbound.Add(1)
	leg.box.post(func() { leg.dial() })
	go leg.run()
	return leg, nil
}

// closeWithin is how long far ends have to answer once the stack closes, in
// protocol seconds. One that is dead would take 32 of them.
const closeWithin = 4

// Close hangs up every leg, signs trunks off and closes the sockets. It returns
// when all that is done; far ends that do not answer are not waited for long.
// It fails if ctx ends first.
func (s *Stack) Close(ctx context.Context) error {
	legs := s.dialogs.shut()
	for _, l := range legs {
		l.HangUp(callstate.CauseServerStopped)
	}
	s.SetTrunks(nil)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, l := range legs {
			<-l.gone
		}
		s.tasks.Wait()
	}()
	var err error
	select {
	case <-done:
	case <-time.After(closeWithin * s.cfg.timing.second):
		s.log.Info("far ends that do not answer are left")
	case <-ctx.Done():
		err = fmt.Errorf("close SIP stack: %w", ctx.Err())
	}
	s.wire.kill() // ends whatever still waits for an answer
	s.wire.tx.Close()
	for _, l := range legs {
		l.box.post(l.abandon)
	}
	<-done
	s.closeSockets()
	return err
}

// settle is how long messages let in before the gate was shut may take to be
// answered. sipgo handles each on a goroutine that cannot be waited for, and
// opens a socket of its own for an answer whose socket has gone.
const settle = 20 * time.Millisecond

func (s *Stack) closeSockets() {
	s.gate.shut.Store(true)
	<-time.After(settle)
	if s.cancel != nil {
		s.cancel()
	}
	s.lis.wait()
	_ = s.wire.tp.Close()
	<-time.After(settle)
	if s.wire.tp.Pool("udp").Size() > 0 {
		_ = s.wire.tp.Close()
	}
}
