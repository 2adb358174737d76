package rtc

import (
	"net"
	"testing"
	"time"
)

// sentTo says whether the server comes to send to a socket.
func (r *raw) sentTo(c net.Conn) bool {
	return comes(r.t, func() bool {
		w := r.path.Load()
		return w != nil && w.addr == local(c)
	})
}

// checkWithoutResponse sends a check from the first socket, where DTLS takes the response.
func (r *raw) checkWithoutResponse(nominate bool) {
	if _, err := r.conn.Write(r.check(nominate)); err != nil {
		r.t.Fatal(err)
	}
}

// checkTwice sends checks that nominate nothing: when the second is answered, what the
// first one leads to is done.
func (r *raw) checkTwice(c net.Conn) {
	for range 2 {
		r.checkBy(c, false)
	}
}

// TestPathMovesAtOnce: a phone that comes into another network goes on there by its
// first nominated check, and not by one that is not.
func TestPathMovesAtOnce(t *testing.T) {
	r := newRaw(t, rawEngine(t, Config{}))
	r.connect()
	network := r.socket()
	r.checkTwice(network)
	if w := r.path.Load(); w.addr != local(r.conn) {
		t.Errorf("a check that nominates nothing moves the path to %v", w.addr)
	}
	r.checkBy(network, true)
	if !r.sentTo(network) {
		t.Error("a nominated check does not move the path")
	}
}

// TestPathIsNotLeftWithABystander: a nominated check whose source was forged is the
// only datagram that comes from there.
func TestPathIsNotLeftWithABystander(t *testing.T) {
	r := newRaw(t, rawEngine(t, Config{Disconnected: 200 * time.Millisecond, Failed: 10 * time.Second}))
	r.connect()
	bystander := r.socket()
	r.checkBy(bystander, true)
	if !r.sentTo(bystander) {
		t.Fatal("the check was not followed")
	}
	back := comes(t, func() bool {
		r.checkWithoutResponse(false) // the attacker, from his own address
		return r.path.Load().addr == local(r.conn)
	})
	if !back {
		t.Error("a bystander who said one word is sent the call for ever")
	}
	if !r.await(PeerConnected, time.Second) {
		t.Error(r.state())
	}
}

// TestPathThatIsHeardIsKept: a browser that talks by its path, and checks another
// meanwhile, stays.
func TestPathThatIsHeardIsKept(t *testing.T) {
	r := newRaw(t, rawEngine(t, Config{}))
	r.connect()
	r.path.Load().last.Store(0) // it was silent for long,
	if !r.say(1) {              // and is not any more
		t.Fatal("not heard")
	}
	r.checkTwice(r.socket())
	if w := r.path.Load(); w.addr != local(r.conn) {
		t.Errorf("the path in use was left for %v", w.addr)
	}
}

// TestPathOfWhoTalksElsewhere: what is said moves the path from one that is silent, too.
func TestPathOfWhoTalksElsewhere(t *testing.T) {
	r := newRaw(t, rawEngine(t, Config{}))
	r.connect()
	other := r.socket()
	r.checkBy(other, true)
	if !r.sentTo(other) {
		t.Fatal("the check was not followed")
	}
	r.path.Load().last.Store(0)
	if r.say(1); !r.sentTo(r.conn) {
		t.Error("a browser that talks is sent nothing where it is")
	}
}
