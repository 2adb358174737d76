package rtc

import (
	"net/netip"
	"testing"
	"time"
)

// newAddress is the n-th address of nobody.
func newAddress(n int) netip.AddrPort {
	ip := netip.AddrFrom4([4]byte{198, 51, 100, byte(n >> 16)})
	return netip.AddrPortFrom(ip, uint16(n))
}

// checks enters an address of a peer as a check from it does.
func (r *raw) checks(addr netip.AddrPort, at time.Time) bool {
	w := &path{owner: r.Peer, addr: addr}
	if was := r.engine.peers.at(addr); was != nil && was.owner == r.Peer {
		w = was
	}
	w.last.Store(at.UnixNano())
	return r.engine.peers.settle(w, at)
}

func (r *raw) has(addr netip.AddrPort) bool {
	w := r.engine.peers.at(addr)
	return w != nil && w.owner == r.Peer
}

// say sends a packet of audio and waits until it was heard.
func (r *raw) say(sequence byte) (heard bool) {
	r.t.Helper()
	before := r.Port().Stats().In.Packets
	b := make([]byte, 172, 256)
	b[0], b[1], b[3], b[11] = 0x80, 8, sequence, 1
	sealed, err := r.out.RTP(b)
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.conn.Write(sealed); err != nil {
		r.t.Fatal(err)
	}
	return comes(r.t, func() bool { return r.Port().Stats().In.Packets > before })
}

// comes waits for a condition, for some time.
func comes(t testing.TB, is func() bool) bool {
	t.Helper()
	step, end := time.NewTicker(5*time.Millisecond), time.NewTimer(3*time.Second)
	defer step.Stop()
	defer end.Stop()
	for !is() {
		select {
		case <-step.C:
		case <-end.C:
			return false
		}
	}
	return true
}

func TestAddressInUseIsKept(t *testing.T) {
	r := newRaw(t, rawEngine(t, Config{}))
	r.connect()
	for range maxAddresses + 1 {
		r.checkBy(r.socket(), false)
	}
	if !r.has(local(r.conn)) || !r.say(1) {
		t.Error("the address in use was forgotten for others")
	}
}

func TestAddressNotHeardForLongestIsForgotten(t *testing.T) {
	r := newRaw(t, rawEngine(t, Config{}))
	now := time.Now()
	for n := range maxAddresses {
		r.checks(newAddress(n), now.Add(time.Duration(n)*time.Millisecond))
	}
	now = now.Add(time.Second)
	for _, n := range []int{0, 2, 0} { // again, and again
		r.checks(newAddress(n), now)
	}
	for n := range 2 {
		r.checks(newAddress(maxAddresses+n), now)
	}
	for n := range maxAddresses + 2 {
		if kept := n != 1 && n != 3; r.has(newAddress(n)) != kept {
			t.Errorf("address %d: kept %v", n, !kept)
		}
	}
	if n := len(r.entries.paths); n != maxAddresses || len(r.engine.peers.paths) != n {
		t.Errorf("%d addresses of %d are the peer's", n, len(r.engine.peers.paths))
	}
}

// TestAddressOfATalkerIsNotTaken: whoever can forge a source address has checks of his
// own page come from another's.
func TestAddressOfATalkerIsNotTaken(t *testing.T) {
	e := rawEngine(t, Config{})
	victim, attacker := newRaw(t, e), newRaw(t, e)
	victim.connect()
	if err := attacker.Start(); err != nil {
		t.Fatal(err)
	}
	<-attacker.offers
	before := attacker.link.last.Load()
	if _, err := victim.conn.Write(attacker.check(true)); err != nil {
		t.Fatal(err)
	}
	if !comes(t, func() bool { return attacker.link.last.Load() != before }) {
		t.Fatal("the check was not answered")
	}
	if !victim.say(1) {
		t.Error("after one forged check the victim is not heard")
	}
	if w := attacker.path.Load(); w != nil {
		t.Errorf("the attacker is sent to %v, which is another's", w.addr)
	}
}

// TestAddressOfTheSilentIsTaken: routers give the address of one browser to another.
func TestAddressOfTheSilentIsTaken(t *testing.T) {
	e := rawEngine(t, Config{})
	before, after := newRaw(t, e), newRaw(t, e)
	now := time.Now()
	before.checks(newAddress(1), now)
	if after.checks(newAddress(1), now.Add(defaultDisconnected-time.Millisecond)) {
		t.Error("taken while its owner counts as connected")
	}
	if !after.checks(newAddress(1), now.Add(defaultDisconnected)) || !after.has(newAddress(1)) || len(before.entries.paths) > 0 {
		t.Error("not taken from one who is silent")
	}
}

func TestAddressesAreLimited(t *testing.T) {
	r := newRaw(t, rawEngine(t, Config{}))
	now, taken := time.Now(), 0
	bring := func() {
		for range 3 * freshAtOnce {
			if r.checks(newAddress(taken+1), now) {
				taken++
			}
		}
	}
	if bring(); taken != freshAtOnce {
		t.Errorf("%d addresses at once", taken)
	}
	now = now.Add(3 * freshEach)
	if bring(); taken != freshAtOnce+3 {
		t.Errorf("%d addresses more in %v", taken-freshAtOnce, 3*freshEach)
	}
	if !r.checks(newAddress(taken), now) {
		t.Error("an address that is known counts as a new one")
	}
}

// TestRegistryForgetsForGood: a check that is being answered and an offer that is being
// made while a peer closes do not enter it again.
func TestRegistryForgetsForGood(t *testing.T) {
	r := newRaw(t, rawEngine(t, Config{}))
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	r.checks(newAddress(1), time.Now())
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	peers := &r.engine.peers
	peers.name(r.Peer, r.agent.Names())
	if r.checks(newAddress(2), time.Now()) || len(peers.paths)+len(peers.names) > 0 {
		t.Errorf("%d addresses and %d names of a closed peer", len(peers.paths), len(peers.names))
	}
}

// A full node: as many pages as may be open, heard from all addresses they may have.
func newCrowd(b *testing.B) (e *Engine, known []netip.AddrPort) {
	b.Helper()
	e = rawEngine(b, Config{})
	for range 1000 {
		r := newRaw(b, e)
		for range maxAddresses {
			known = append(known, newAddress(len(known)))
			if !r.checks(known[len(known)-1], time.Now()) {
				b.Fatal("an address was not entered")
			}
		}
	}
	return e, known
}

// BenchmarkRegistryPacket is what each packet waits for its owner to be found.
func BenchmarkRegistryPacket(b *testing.B) {
	e, known := newCrowd(b)
	b.ReportAllocs()
	b.ResetTimer()
	for n := range b.N {
		if e.peers.at(known[n%len(known)]) == nil {
			b.Fatal("nobody's")
		}
	}
}

// BenchmarkRegistryAddress is what all calls wait while one browser brings an address.
func BenchmarkRegistryAddress(b *testing.B) {
	e, known := newCrowd(b)
	r := newRaw(b, e)
	now := time.Now()
	b.ReportAllocs()
	b.ResetTimer()
	for n := range b.N {
		now = now.Add(freshEach)
		r.checks(newAddress(len(known)+n%(maxAddresses+1)), now)
	}
}
