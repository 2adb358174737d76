package signalling

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"

	"parley/internal/base/obs"
	"parley/internal/shared/protocol"
)

// Times and bounds of a socket.
const (
	readTimeout  = 15 * time.Second // a tab pings every 5 s
	writeTimeout = 5 * time.Second
	queueLength  = 256
	commandTime  = 8 * time.Second
	nameTime     = 2 * time.Second
	messagePace  = 20 // messages a second, over time
	messageBurst = 200
	maxCommandID = 64 // bytes; the ledger keeps them
)

// socket is one websocket with its writer. send, delta and close may be called
// from any goroutine.
type socket struct {
	conn *websocket.Conn
	log  *slog.Logger
	out  chan []byte
	gone chan struct{}

	mu     sync.Mutex // orders sequence numbers with the queue
	seq    uint64
	closed bool
	last   []byte // written before the socket closes
}

func newSocket(conn *websocket.Conn, log *slog.Logger) *socket {
	conn.SetReadLimit(protocol.MaxMessage)
	return &socket{conn: conn, log: log, out: make(chan []byte, queueLength), gone: make(chan struct{})}
}

// send queues a message that carries no sequence number.
func (s *socket) send(m protocol.Message, re string) { s.enqueue(m, re, false) }

// delta queues a snapshot or delta under the next sequence number.
func (s *socket) delta(m protocol.Message) { s.enqueue(m, "", true) }

func (s *socket) enqueue(m protocol.Message, re string, numbered bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	var seq uint64
	if numbered {
		s.seq++
		seq = s.seq
	}
	data, err := protocol.Encode(m, "", re, seq)
	if err != nil {
		s.log.Error("encode message", "type", m.Type(), obs.Err, err)
		return
	}
	select {
	case s.out <- data:
	default:
		s.log.Warn("tab does not keep up, cut off")
		s.cut()
	}
}

// cut ends the socket at once: who is too slow to be told anything gets no
// goodbye either. The caller holds the lock.
func (s *socket) cut() {
	s.shut(nil)
	_ = s.conn.Close()
}

// close ends the socket after what is queued and a goodbye.
func (s *socket) close(reason string) {
	data, err := protocol.Encode(&protocol.Goodbye{Reason: reason}, "", "", 0)
	if err != nil {
		data = nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shut(data)
}

// shut marks the socket closed. The caller holds the lock.
func (s *socket) shut(last []byte) {
	if s.closed {
		return
	}
	s.closed, s.last = true, last
	close(s.gone)
}

// write is the writing goroutine: it ends with the socket.
func (s *socket) write() {
	defer func() { _ = s.conn.Close() }()
	for {
		select {
		case data := <-s.out:
			if !s.put(data, time.Now().Add(writeTimeout)) {
				return
			}
		case <-s.gone:
			s.drain(time.Now().Add(writeTimeout))
			return
		}
	}
}

// drain writes what was queued before the socket closed, until the deadline.
func (s *socket) drain(deadline time.Time) {
	for {
		select {
		case data := <-s.out:
			if !s.put(data, deadline) {
				return
			}
		default:
			if s.last != nil {
				s.put(s.last, deadline)
			}
			return
		}
	}
}

func (s *socket) put(data []byte, deadline time.Time) bool {
	if err := s.conn.SetWriteDeadline(deadline); err != nil {
		return false
	}
	return s.conn.WriteMessage(websocket.TextMessage, data) == nil
}

// read runs the reading goroutine: take gets every message in order until the
// socket ends. A malformed message ends the socket, never what it was about.
func (s *socket) read(take func(context.Context, protocol.Envelope, protocol.Message)) {
	defer func() {
		s.mu.Lock()
		s.shut(nil)
		s.mu.Unlock()
	}()
	pace := rate.NewLimiter(messagePace, messageBurst)
	for {
		if err := s.conn.SetReadDeadline(time.Now().Add(readTimeout)); err != nil {
			return
		}
		kind, data, err := s.conn.ReadMessage()
		if err != nil {
			if errors.Is(err, websocket.ErrReadLimit) {
				s.close("malformed")
			}
			return
		}
		if !pace.Allow() {
			s.log.Warn("tab sends too much, socket closed")
			s.close("malformed")
			return
		}
		env, m, err := protocol.Decode(data)
		if kind != websocket.TextMessage || err != nil || len(env.ID) > maxCommandID {
			s.log.Info("malformed message, socket closed", obs.Err, err)
			s.close("malformed")
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), commandTime)
		take(ctx, env, m)
		cancel()
	}
}
