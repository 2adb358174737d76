package signal

import (
	"context"
	"errors"
	"strconv"
	"sync/atomic"
	"time"

	"parley/internal/shared/protocol"
)

// Config is what a session needs.
type Config struct {
	Dial Dialer
	// Tab returns the tab's id, kept over reloads; a fresh one where another page
	// turns out to use it too.
	Tab     func(fresh bool) string
	Program string         // random per start of the program; begins its command ids
	Random  func() float64 // in [0,1), spreads the retries
	Repeat  bool           // unanswered commands outlive their connection
	Notify  func(Event)
}

// Session is a tab's session with the server.
type Session struct {
	cfg    Config
	tab    string
	queue  chan outgoing
	nudges chan struct{}
	lastID atomic.Int64

	pending  []*command // lasting commands without a result, oldest first
	link     link
	failures int // connections lost or refused in a row
}

type outgoing struct {
	id      string
	message protocol.Message
	at      time.Time
}

type command struct {
	outgoing
	data []byte
}

// link is the state of one connection.
type link struct {
	conn    Conn
	up      bool
	seq     uint64
	resync  bool // a new snapshot was asked for; deltas are useless until then
	heardAt time.Time
	askedAt time.Time // for the snapshot that is owed
}

// New returns a session that Run starts.
func New(cfg Config) *Session {
	return &Session{cfg: cfg, queue: make(chan outgoing, queueLength), nudges: make(chan struct{}, 1)}
}

func (s *Session) nextID() string {
	return s.cfg.Program + "-" + strconv.FormatInt(s.lastID.Add(1), 10)
}

// Send queues m and returns its command id, or "" where the queue is full. A
// lasting command gets exactly one Answered; the others may be lost with their
// connection.
func (s *Session) Send(m protocol.Message) string {
	id := s.nextID()
	select {
	case s.queue <- outgoing{id: id, message: m, at: time.Now()}:
		return id
	default:
		return ""
	}
}

// Nudge makes a waiting session try again at once: the network came back.
func (s *Session) Nudge() {
	select {
	case s.nudges <- struct{}{}:
	default:
	}
}

// Run keeps the session until ctx ends or the server ends it.
func (s *Session) Run(ctx context.Context) {
	s.tab = s.cfg.Tab(false)
	for ctx.Err() == nil {
		reason := s.connect(ctx)
		if reason != "" {
			s.cfg.Notify(Ended{Reason: reason})
			return
		}
		if ctx.Err() != nil {
			return
		}
		if !s.cfg.Repeat {
			s.abandon()
		}
		wait := s.backOff()
		s.failures++
		s.cfg.Notify(Down{Retry: wait})
		s.rest(ctx, wait)
	}
}

// backOff doubles from a quarter of a second, spread by half either way.
func (s *Session) backOff() time.Duration {
	d := backOffFirst << min(s.failures, 10)
	d = min(d, backOffMost)
	return time.Duration(float64(d) * (0.5 + s.cfg.Random()))
}

// rest waits for the next attempt and meanwhile takes commands.
func (s *Session) rest(ctx context.Context, d time.Duration) {
	retry := time.NewTimer(d)
	defer retry.Stop()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-retry.C:
			return
		case <-s.nudges:
			return
		case o := <-s.queue:
			s.keep(o)
		case <-tick.C:
			s.expire()
		}
	}
}

// connect opens a connection and serves it to its end. The reason it returns
// ends the session; "" means try again.
func (s *Session) connect(ctx context.Context) string {
	dialCtx, cancel := context.WithTimeout(ctx, dialLimit)
	conn, err := s.cfg.Dial(dialCtx)
	cancel()
	if errors.Is(err, ErrSignedOut) {
		return ReasonSignedOut
	}
	if err != nil {
		return ""
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	defer conn.Close()
	s.link = link{conn: conn, heardAt: time.Now(), askedAt: time.Now()}
	defer func() { s.link = link{} }()
	if !s.transmit(s.nextID(), &protocol.Hello{Version: protocol.Version, Tab: s.tab}) {
		return ""
	}
	inbox := make(chan []byte)
	go pump(ctx, conn, inbox)
	return s.serve(ctx, inbox)
}

// pump reads a connection until it ends and then closes inbox.
func pump(ctx context.Context, conn Conn, inbox chan<- []byte) {
	defer close(inbox)
	for {
		data, err := conn.Receive(ctx)
		if err != nil {
			return
		}
		select {
		case inbox <- data:
		case <-ctx.Done():
			return
		}
	}
}
