package testkit

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"parley/internal/shared/protocol"
)

// line is one websocket to the server with the media it negotiates. One
// goroutine reads, one pings; state is under mu.
type line struct {
	voice

	conn  *websocket.Conn
	take  func(protocol.Message) // called with the lock held
	quit  chan struct{}
	tasks sync.WaitGroup

	write sync.Mutex // of conn

	mu      sync.Mutex
	lastID  int
	results map[string]*protocol.Result
	seq     uint64
	goodbye string
	broken  error         // what was wrong, or how the socket ended
	changed chan struct{} // closed and replaced whenever something came
}

// dialLine opens a socket; the test ends it.
func dialLine(s *Server, path string, header http.Header, take func(protocol.Message)) *line {
	s.t.Helper()
	dialer := websocket.Dialer{NetDialContext: s.dial, HandshakeTimeout: Patience}
	conn, res, err := dialer.DialContext(s.t.Context(), "ws"+s.URL()[len("http"):]+path, header)
	if err != nil {
		status := "no answer"
		if res != nil {
			status = res.Status
		}
		s.t.Fatalf("open the websocket %s: %v (%s)", path, err, status)
	}
	l := &line{
		voice: newVoice(s.t), conn: conn, take: take, quit: make(chan struct{}),
		results: make(map[string]*protocol.Result), changed: make(chan struct{}),
	}
	l.tasks.Go(l.read)
	l.tasks.Go(l.ping)
	s.t.Cleanup(l.close)
	return l
}

// close leaves without a word; it may be repeated.
func (l *line) close() {
	l.write.Lock()
	select {
	case <-l.quit:
	default:
		close(l.quit)
		_ = l.conn.Close() // that it closed already is one of the cases
	}
	l.write.Unlock()
	l.tasks.Wait()
}

// pingEvery is what the browser program does.
const pingEvery = 5 * time.Second

func (l *line) ping() {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-l.quit:
			return
		case <-tick.C:
			_ = l.put(&protocol.Ping{}, "") // the reader tells how the socket ended
		}
	}
}

func (l *line) read() {
	for {
		_, data, err := l.conn.ReadMessage()
		if err != nil {
			l.fail(fmt.Errorf("socket ended: %w", err))
			return
		}
		env, m, err := protocol.Decode(data)
		if err != nil {
			l.fail(fmt.Errorf("message not understood: %w: %s", err, data))
			return
		}
		if offer, ok := m.(*protocol.MediaOffer); ok {
			if err := l.answer(offer); err != nil {
				l.fail(err)
				return
			}
			continue
		}
		l.note(env, m)
	}
}

func (l *line) answer(offer *protocol.MediaOffer) error {
	sdp, err := l.phone.Answer(offer.SDP)
	if err != nil {
		return fmt.Errorf("answer the server's offer: %w", err)
	}
	return l.put(&protocol.MediaAnswer{Offer: offer.Offer, SDP: sdp}, "")
}

// note keeps what a message says.
func (l *line) note(env protocol.Envelope, m protocol.Message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if env.Seq != 0 {
		if env.Seq != l.seq+1 {
			l.broken = errors.Join(l.broken, fmt.Errorf("number %d came after %d", env.Seq, l.seq))
		}
		l.seq = env.Seq
	}
	switch m := m.(type) {
	case *protocol.Result:
		l.results[env.Re] = m
	case *protocol.Goodbye:
		l.goodbye = m.Reason
	default:
		l.take(m)
	}
	l.wake()
}

func (l *line) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = errors.Join(l.broken, err)
	l.wake()
}

// wake tells those who wait. The caller holds the lock.
func (l *line) wake() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// put sends a message.
func (l *line) put(m protocol.Message, id string) error {
	data, err := protocol.Encode(m, id, "", 0)
	if err != nil {
		return err
	}
	return l.raw(data)
}

// raw sends bytes as one text message.
func (l *line) raw(data []byte) error {
	l.write.Lock()
	defer l.write.Unlock()
	if err := l.conn.WriteMessage(websocket.TextMessage, data); err != nil {
		return fmt.Errorf("write to the websocket: %w", err)
	}
	return nil
}

// Do sends a command and returns its result.
func (l *line) Do(m protocol.Message) protocol.Result {
	l.t.Helper()
	l.mu.Lock()
	l.lastID++
	id := strconv.Itoa(l.lastID) + "-" + strconv.FormatInt(time.Now().UnixNano(), 36)
	l.mu.Unlock()
	check(l.t, "send "+m.Type(), l.put(m, id))
	var result protocol.Result
	l.await("the result of "+m.Type(), func() string {
		r, ok := l.results[id]
		if !ok {
			return "none came"
		}
		delete(l.results, id)
		result = *r
		return ""
	})
	return result
}

// Must sends a command that is to succeed.
func (l *line) Must(m protocol.Message) protocol.Result {
	l.t.Helper()
	r := l.Do(m)
	if !r.OK {
		l.t.Fatalf("%s was refused: %s (%s)", m.Type(), r.Key, r.Text)
	}
	return r
}

// Refused sends a command that is to be refused with the key, in a sentence.
func (l *line) Refused(m protocol.Message, key string) protocol.Result {
	l.t.Helper()
	r := l.Do(m)
	switch {
	case r.OK:
		l.t.Errorf("%s was not refused, want %s", m.Type(), key)
	case r.Key != key:
		l.t.Errorf("%s was refused with %s (%s), want %s", m.Type(), r.Key, r.Text, key)
	case r.Text == "" || r.Text == key:
		l.t.Errorf("%s was refused without a sentence: %q", key, r.Text)
	}
	return r
}

// await waits for news until why, called with the lock held, returns "".
func (l *line) await(what string, why func() string) {
	l.t.Helper()
	deadline := time.NewTimer(Patience)
	defer deadline.Stop()
	for {
		l.mu.Lock()
		reason, broken, changed := why(), l.broken, l.changed
		l.mu.Unlock()
		if reason == "" {
			return
		}
		if broken != nil {
			l.t.Fatalf("waiting for %s (%s): %v", what, reason, broken)
		}
		select {
		case <-changed:
		case <-deadline.C:
			l.t.Fatalf("waited %v for %s: %s", Patience, what, reason)
		}
	}
}

// AwaitClosed waits until the server has closed the socket with a reason.
func (l *line) AwaitClosed(reason string) {
	l.t.Helper()
	deadline := time.NewTimer(Patience)
	defer deadline.Stop()
	for {
		l.mu.Lock()
		broken, goodbye, changed := l.broken, l.goodbye, l.changed
		l.mu.Unlock()
		if broken != nil {
			if goodbye != reason {
				l.t.Errorf("the socket was closed with %q, want %q", goodbye, reason)
			}
			return
		}
		select {
		case <-changed:
		case <-deadline.C:
			l.t.Fatalf("the server does not close the socket (goodbye %q)", goodbye)
		}
	}
}

// Raw sends bytes that need be no message.
func (l *line) Raw(data []byte) {
	l.t.Helper()
	check(l.t, "send raw bytes", l.raw(data))
}

// NextNews waits until the server tells something, for at most so long.
func (l *line) NextNews(atMost time.Duration) {
	l.mu.Lock()
	changed := l.changed
	l.mu.Unlock()
	timer := time.NewTimer(atMost)
	defer timer.Stop()
	select {
	case <-changed:
	case <-timer.C:
	}
}
