package signalling

import (
	"strconv"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"parley/internal/domain/member"
	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
)

// received is one message of the server.
type received struct {
	protocol.Envelope
	m protocol.Message
}

// client is the browser's end of a socket. One goroutine reads; the test is the
// only one to write.
type client struct {
	t      *testing.T
	conn   *websocket.Conn
	in     chan received // closed with the socket
	lastID int
	seq    uint64
	passed []received // what came while a result was waited for
}

func dial(t *testing.T, s *site, path string) *client {
	t.Helper()
	conn, res, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+s.web.URL[len("http"):]+path, nil)
	if err != nil {
		t.Fatalf("open %s: %v (%v)", path, err, res)
	}
	return listen(t, conn)
}

// refused opens a socket that must be refused, and returns the status.
func refused(t *testing.T, s *site, path string) int {
	t.Helper()
	conn, res, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+s.web.URL[len("http"):]+path, nil)
	if err == nil {
		_ = conn.Close()
		t.Fatalf("%s was not refused", path)
	}
	if res == nil {
		t.Fatalf("open %s: %v", path, err)
	}
	return res.StatusCode
}

func listen(t *testing.T, conn *websocket.Conn) *client {
	t.Helper()
	c := &client{t: t, conn: conn, in: make(chan received, 4096)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(c.in)
		for {
			_, data, err := conn.ReadMessage()
			if err != nil {
				return
			}
			env, m, err := protocol.Decode(data)
			if err != nil {
				t.Errorf("the server sent %s: %v", data, err)
				return
			}
			c.in <- received{env, m}
		}
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	return c
}

func (c *client) write(data []byte) {
	c.t.Helper()
	if err := c.conn.WriteMessage(websocket.TextMessage, data); err != nil {
		c.t.Fatalf("write: %v", err)
	}
}

func (c *client) send(m protocol.Message) string {
	c.t.Helper()
	c.lastID++
	id := c.conn.LocalAddr().String() + "-" + strconv.Itoa(c.lastID) // unlike those of the tab's other sockets
	c.sendAs(id, m)
	return id
}

func (c *client) sendAs(id string, m protocol.Message) {
	c.t.Helper()
	data, err := protocol.Encode(m, id, "", 0)
	if err != nil {
		c.t.Fatal(err)
	}
	c.write(data)
}

// next is the server's next message, false once the socket is closed.
func (c *client) next() (received, bool) {
	c.t.Helper()
	if len(c.passed) > 0 {
		r := c.passed[0]
		c.passed = c.passed[1:]
		return r, true
	}
	return c.read()
}

// read is next past what a result was waited for. Numbered messages must follow
// each other without a gap.
func (c *client) read() (received, bool) {
	c.t.Helper()
	select {
	case r, ok := <-c.in:
		if r.Seq != 0 {
			if r.Seq != c.seq+1 {
				c.t.Errorf("%s has number %d after %d", r.Type, r.Seq, c.seq)
			}
			c.seq = r.Seq
		}
		return r, ok
	case <-time.After(patience):
		c.t.Fatalf("waited %v for a message", patience)
		return received{}, false
	}
}

// await skips messages until one of type M fits.
func await[M protocol.Message](c *client, what string, fits func(M) bool) M {
	c.t.Helper()
	for {
		r, ok := c.next()
		if !ok {
			c.t.Fatalf("the socket closed before %s", what)
		}
		if m, is := r.m.(M); is && fits(m) {
			return m
		}
	}
}

func is[M protocol.Message](M) bool { return true }

// result is the answer to the command of an id; what comes before it is kept
// for next.
func (c *client) result(id string) *protocol.Result {
	c.t.Helper()
	for {
		r, ok := c.read()
		if !ok {
			c.t.Fatalf("the socket closed before the result of %s", id)
		}
		if m, is := r.m.(*protocol.Result); is && r.Re == id {
			return m
		}
		c.passed = append(c.passed, r)
	}
}

// must sends a command that has to work.
func (c *client) must(m protocol.Message) *protocol.Result {
	c.t.Helper()
	r := c.result(c.send(m))
	if !r.OK {
		c.t.Fatalf("%s was refused: %s", m.Type(), r.Key)
	}
	return r
}

// fails sends a command that has to be refused with the key.
func (c *client) fails(m protocol.Message, key string) {
	c.t.Helper()
	if r := c.result(c.send(m)); r.OK || r.Key != key || r.Text == "" {
		c.t.Errorf("%s came to %+v, want %s", m.Type(), r, key)
	}
}

// goodbye reads to the end of the socket: the reason it gave, which must have
// been its last word.
func (c *client) goodbye() string {
	c.t.Helper()
	reason := ""
	for {
		r, ok := c.next()
		if !ok {
			return reason
		}
		if reason != "" {
			c.t.Errorf("%s after goodbye", r.Type)
		}
		if bye, is := r.m.(*protocol.Goodbye); is {
			reason = bye.Reason
		}
	}
}

// tab opens a softphone's socket.
func (s *site) tab(t *testing.T, m member.Member) *client {
	t.Helper()
	return dial(t, s, "/phone?member="+m.ID)
}

// greeted opens a socket and says hello as the tab.
func (s *site) greeted(t *testing.T, m member.Member, id string) *client {
	t.Helper()
	c := s.tab(t, m)
	c.send(&protocol.Hello{Version: protocol.Version, Tab: id})
	await(c, "the snapshot", is[*protocol.Snapshot])
	return c
}

// ready opens a tab that can ring.
func (s *site) ready(t *testing.T, m member.Member, id string) *client {
	t.Helper()
	c := s.greeted(t, m, id)
	c.microphone()
	await(c, "being available", func(m *protocol.MeChanged) bool { return m.Me.MediaReady && m.Me.State == protocol.LiveAvailable })
	return c
}

// microphone grants it and answers the offer that follows.
func (c *client) microphone() {
	c.t.Helper()
	c.send(&protocol.Device{Microphone: "granted"})
	offer := await(c, "an offer", is[*protocol.MediaOffer])
	c.send(&protocol.MediaAnswer{Offer: offer.Offer, SDP: "an answer"})
}

// visitor opens the public page of the line.
func (s *site) visitor(t *testing.T) *client {
	t.Helper()
	c := dial(t, s, "/call/"+line)
	c.must(&protocol.Hello{Version: protocol.Version, Tab: "visitor"})
	return c
}

// caller opens the page with a microphone.
func (s *site) caller(t *testing.T) *client {
	t.Helper()
	c := s.visitor(t)
	c.microphone()
	return c
}

func (c *client) phase(want string) *protocol.CallerState {
	c.t.Helper()
	return await(c, "the phase "+want, func(s *protocol.CallerState) bool { return s.Phase == want })
}

// ringing waits for a call that rings here.
func (c *client) ringing() protocol.Call {
	c.t.Helper()
	return await(c, "a ringing call", func(m *protocol.CallChanged) bool {
		return m.Call.State.Phase == callstate.Ringing
	}).Call
}

// settled waits until why returns "".
func settled(t *testing.T, what string, why func() string) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); ; <-tick.C {
		reason := why()
		if reason == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited %v for %s: %s", patience, what, reason)
		}
	}
}
