package rtp

import (
	"bytes"
	"encoding/binary"
	"net"
	"net/netip"
	"testing"
	"time"

	"parley/internal/media/codec"
	"parley/internal/media/datagram"
	"parley/internal/media/relay"
	"parley/internal/media/srtp"
	"parley/internal/shared/callstate"

	pion "github.com/pion/srtp/v2"
)

// stranger is a far end of an encrypted leg that is not ours: pion's SRTP.
type stranger struct {
	t          *testing.T
	media      *net.UDPConn
	control    *net.UDPConn // where the leg reports to
	to         netip.AddrPort
	in, out    *pion.Context
	profile    srtp.Profile
	session    *Session
	heard      chan relay.Packet
	far        Far
	buf        [2000]byte
	lastSealed []byte
}

func key(p srtp.Profile, seed byte) (key, salt []byte) {
	k, s, err := p.KeyLengths()
	if err != nil {
		panic(err)
	}
	return bytes.Repeat([]byte{seed}, k), bytes.Repeat([]byte{seed + 1}, s)
}

// keysOf are a leg's: what comes is protected by one seed, what goes by the other.
func keysOf(t *testing.T, p srtp.Profile, in, out byte) Keys {
	t.Helper()
	k, salt := key(p, in)
	receiver, err := srtp.NewReceiver(p, k, salt)
	if err != nil {
		t.Fatal(err)
	}
	k, salt = key(p, out)
	sender, err := srtp.NewSender(p, k, salt)
	if err != nil {
		t.Fatal(err)
	}
	return Keys{In: receiver, Out: sender}
}

func pionOf(t *testing.T, p srtp.Profile, seed byte) *pion.Context {
	t.Helper()
	k, salt := key(p, seed)
	c, err := pion.CreateContext(k, salt, pion.ProtectionProfile(p))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const theirSeed, ourSeed = 10, 20

func newStranger(t *testing.T, p srtp.Profile) *stranger {
	t.Helper()
	f := &stranger{t: t, profile: p, heard: make(chan relay.Packet, 64), in: pionOf(t, p, ourSeed), out: pionOf(t, p, theirSeed)}
	var addr, reports netip.AddrPort
	f.media, addr = peer(t)
	f.control, reports = peer(t)
	f.session = open(t, pool(t))
	f.to = netip.AddrPortFrom(loopback(), f.session.LocalPort())
	f.far = Far{Addr: addr, Reports: reports, Law: codec.PCMA, Event: 96, Send: true, Keys: keysOf(t, p, theirSeed, ourSeed)}
	f.session.SetFar(f.far, 101)
	b := relay.NewBridge(relay.NewMetronome())
	t.Cleanup(b.Close)
	b.Attach("customer", f.session.Port())
	b.Tap(f)
	return f
}

// Packet implements relay.Tap.
func (f *stranger) Packet(_ callstate.LegID, p *relay.Packet, _ time.Time) {
	one := *p
	one.Payload = bytes.Clone(p.Payload)
	f.heard <- one
}

func plainPacket(seq uint16, payload ...byte) []byte {
	b := []byte{0x80, 8, 0, 0, 0, 0, 0, 0, 7, 7, 7, 7}
	binary.BigEndian.PutUint16(b[2:], seq)
	binary.BigEndian.PutUint32(b[4:], 160*uint32(seq))
	return append(b, payload...)
}

func (f *stranger) seal(seq uint16, payload ...byte) []byte {
	f.t.Helper()
	sealed, err := f.out.EncryptRTP(nil, plainPacket(seq, payload...), nil)
	if err != nil {
		f.t.Fatal(err)
	}
	return sealed
}

func (f *stranger) send(from *net.UDPConn, b []byte) {
	f.t.Helper()
	if _, err := from.WriteToUDPAddrPort(b, f.to); err != nil {
		f.t.Fatal(err)
	}
}

// hears waits for a packet with a payload to come out of the leg.
func (f *stranger) hears(payload byte) {
	f.t.Helper()
	select {
	case p := <-f.heard:
		if len(p.Payload) != 160 || p.Payload[0] != payload {
			f.t.Fatalf("heard %d bytes of %d, want %d", len(p.Payload), p.Payload[0], payload)
		}
	case <-time.After(5 * time.Second):
		f.t.Fatalf("payload %d never comes; %d packets are foreign", payload, f.session.Foreign())
	}
}

func frame(b byte) []byte { return bytes.Repeat([]byte{b}, 160) }

// receives reads the next packet of the leg and opens it.
func (f *stranger) receives() (header, []byte) {
	f.t.Helper()
	_ = f.media.SetReadDeadline(time.Now().Add(5 * time.Second))
	n, err := f.media.Read(f.buf[:])
	if err != nil {
		f.t.Fatal(err)
	}
	f.lastSealed = bytes.Clone(f.buf[:n])
	plain, err := f.in.DecryptRTP(nil, f.buf[:n], nil)
	if err != nil {
		f.t.Fatal(err)
	}
	h, body, ok := parse(plain)
	if !ok {
		f.t.Fatalf("opened to %x", plain)
	}
	return h, body
}

func (f *stranger) write(seq uint16, payload byte) {
	f.t.Helper()
	p := relay.Packet{Codec: codec.PCMA, Sequence: seq, Timestamp: 160 * uint32(seq), Payload: frame(payload)}
	if err := f.session.Write(&p); err != nil {
		f.t.Fatal(err)
	}
}

func (f *stranger) writeByTurn(seq uint16, payload byte) {
	f.t.Helper()
	turn := datagram.NewTurn()
	turn.Begin()
	p := relay.Packet{Codec: codec.PCMA, Sequence: seq, Payload: frame(payload), Turn: turn}
	if err := f.session.Write(&p); err != nil {
		f.t.Fatal(err)
	}
	turn.End()
}

func onEachProfile(t *testing.T, f func(*testing.T, *stranger)) {
	for name, p := range map[string]srtp.Profile{"AES-GCM": srtp.AEADAES128GCM, "AES-CM": srtp.AES128CMSHA80} {
		t.Run(name, func(t *testing.T) { f(t, newStranger(t, p)) })
	}
}

func TestEncryptedBothWays(t *testing.T) {
	onEachProfile(t, func(t *testing.T, f *stranger) {
		if !f.session.Encrypted() {
			t.Error("not encrypted")
		}
		f.send(f.media, f.seal(1, frame(0xd5)...))
		f.hears(0xd5)
		f.write(1, 0x11)
		if _, body := f.receives(); !bytes.Equal(body, frame(0x11)) {
			t.Errorf("received %x", body)
		}
		f.writeByTurn(2, 0x22)
		if _, body := f.receives(); !bytes.Equal(body, frame(0x22)) {
			t.Errorf("received %x", body)
		}
		if bytes.Contains(f.lastSealed, frame(0x22)[:20]) {
			t.Error("the payload is on the wire")
		}
	})
}

// TestReportsAreEncrypted too, both ways.
func TestReportsAreEncrypted(t *testing.T) {
	onEachProfile(t, func(t *testing.T, f *stranger) {
		f.write(1, 0x11)
		f.receives()
		turn := datagram.NewTurn()
		turn.Begin()
		f.session.Beat(turn)
		turn.End()
		_ = f.control.SetReadDeadline(time.Now().Add(5 * time.Second))
		n, err := f.control.Read(f.buf[:])
		if err != nil {
			t.Fatal(err)
		}
		plain, err := f.in.DecryptRTCP(nil, f.buf[:n], nil)
		if err != nil || plain[1] != 200 && plain[1] != 201 || !whole(plain) || whole(f.buf[:n]) { // the metronome may have sent the sender's
			t.Fatalf("reported %x (%v)", plain, err)
		}
		// The far end has lost seven packets, in a report that is believed once.
		report := []byte{0x81, 201, 0, 7, 7, 7, 7, 7, 0, 0, 0, 0, 0x40, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
		copy(report[8:], plain[4:8])
		f.send(f.control, report) // plain, and from there: the control socket's host is the media's
		sealed, err := f.out.EncryptRTCP(nil, report, nil)
		if err != nil {
			t.Fatal(err)
		}
		f.send(f.control, sealed)
		wait(t, "the report is read", func() bool { return f.session.Quality().Out.Lost == 7 })
		if n := f.session.Foreign(); n != 1 {
			t.Errorf("%d packets are foreign", n)
		}
	})
}

func wait(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !cond(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// TestWhatIsNotProtectedIsDropped: plain packets, changed ones and such as came before
// neither are heard nor move the latch, from wherever they come.
func TestWhatIsNotProtectedIsDropped(t *testing.T) {
	onEachProfile(t, func(t *testing.T, f *stranger) {
		thief, _ := peer(t)
		first := f.seal(1, frame(1)...)
		changed := bytes.Clone(first)
		changed[20] ^= 1
		f.send(thief, plainPacket(1, frame(2)...))
		f.send(f.media, plainPacket(1, frame(3)...))
		f.send(thief, changed)
		f.send(f.media, first)
		f.hears(1)
		f.send(thief, first)
		f.send(f.media, first)
		f.send(f.media, f.seal(2, frame(4)...))
		f.hears(4)
		if n := f.session.Foreign(); n != 5 {
			t.Errorf("%d packets are foreign", n)
		}
		f.write(1, 0x11)
		f.receives() // at the far end, not at the thief
	})
}

// TestOnlyWhatIsAuthenticLatches: behind NAT the far end is where its packets come from.
func TestOnlyWhatIsAuthenticLatches(t *testing.T) {
	onEachProfile(t, func(t *testing.T, f *stranger) {
		f.far.Addr = netip.MustParseAddrPort("192.0.2.1:4000") // where nobody is
		f.session.SetFar(f.far, 101)
		thief, _ := peer(t)
		f.send(thief, plainPacket(1, frame(2)...))
		wait(t, "the plain packet is counted", func() bool { return f.session.Foreign() == 1 })
		f.send(f.media, f.seal(1, frame(1)...))
		f.hears(1)
		f.write(1, 0x11)
		f.receives()
	})
}

// TestAPlainLegTakesNothingEncrypted, which would be heard as noise.
func TestAPlainLegTakesNothingEncrypted(t *testing.T) {
	onEachProfile(t, func(t *testing.T, f *stranger) {
		f.far.Keys = Keys{}
		f.session.SetFar(f.far, 101)
		digits := make(chan byte, 4)
		f.session.Port().OnDigit(func(d byte) { digits <- d })
		f.send(f.media, f.seal(1, frame(1)...))
		event := plainPacket(2, 5, 0x8a, 3, 0x20)
		event[1] = 101
		sealed, err := f.out.EncryptRTP(nil, event, nil)
		if err != nil {
			t.Fatal(err)
		}
		f.send(f.media, sealed)
		report, err := f.out.EncryptRTCP(nil, []byte{0x80, 201, 0, 1, 7, 7, 7, 7}, nil)
		if err != nil {
			t.Fatal(err)
		}
		f.send(f.control, report)
		wait(t, "all are counted", func() bool { return f.session.Foreign() == 3 })
		f.send(f.media, plainPacket(3, frame(3)...))
		f.hears(3)
		f.send(f.media, event)
		if d := <-digits; d != '5' || len(digits) != 0 {
			t.Errorf("digit %q, %d more", d, len(digits))
		}
	})
}

// TestTheContextGoesOn while the keys do, whatever else the far end says: what came
// before comes no second time, and the turns of the numbers are counted.
func TestTheContextGoesOn(t *testing.T) {
	onEachProfile(t, func(t *testing.T, f *stranger) {
		for _, seq := range []uint16{65534, 65535, 0, 1} { // a turn is over
			f.send(f.media, f.seal(seq, frame(byte(seq))...))
			f.hears(byte(seq))
		}
		again := f.seal(2, frame(2)...)
		f.send(f.media, again)
		f.hears(2)
		f.far.Send = false // held
		f.session.SetFar(f.far, 101)
		f.far.Send = true
		f.session.SetFar(f.far, 101)
		f.send(f.media, again)
		f.send(f.media, f.seal(3, frame(3)...))
		f.hears(3)
		if n := f.session.Foreign(); n != 1 {
			t.Errorf("%d packets are foreign", n)
		}
	})
}

func TestANewKeyBeginsAnew(t *testing.T) {
	onEachProfile(t, func(t *testing.T, f *stranger) {
		for _, seq := range []uint16{65535, 0} {
			f.send(f.media, f.seal(seq, frame(1)...))
			f.hears(1)
		}
		late := f.seal(1, frame(9)...)
		f.far.Keys.In = keysOf(t, f.profile, 30, ourSeed).In
		f.session.SetFar(f.far, 101)
		f.out = pionOf(t, f.profile, 30)
		f.send(f.media, late)
		f.send(f.media, f.seal(1, frame(2)...)) // its turn is the first again
		f.hears(2)
	})
}

// TestALongHoldLosesNoTurn: the relay goes on numbering what is not sent, by more than
// half a turn; the far end must not be left behind.
func TestALongHoldLosesNoTurn(t *testing.T) {
	onEachProfile(t, func(t *testing.T, f *stranger) {
		seq := uint16(0)
		send := func(n int) header {
			t.Helper()
			var h header
			for range n {
				f.write(seq, 1)
				seq++
				h, _ = f.receives()
			}
			return h
		}
		before := send(1)
		if before.sequence >= 1<<15 {
			t.Errorf("begins with %d", before.sequence)
		}
		before = send(66_000) // past the first turn
		for range 10 {
			f.far.Send = false
			f.session.SetFar(f.far, 101)
			f.write(seq, 1)
			seq += 7001
			f.far.Send = true
			f.session.SetFar(f.far, 101)
			after := send(3)
			if after.sequence != before.sequence+3 {
				t.Fatalf("%d after %d", after.sequence, before.sequence)
			}
			before = after
		}
	})
}

func TestEncryptedWriteDoesNotAllocate(t *testing.T) {
	onEachProfile(t, func(t *testing.T, f *stranger) {
		p := relay.Packet{Codec: codec.PCMU, Payload: make([]byte, 160)}
		if n := testing.AllocsPerRun(200, func() { p.Sequence++; _ = f.session.Write(&p) }); n != 0 {
			t.Errorf("Write allocates %v times", n)
		}
		turn := datagram.NewTurn()
		p.Turn = turn
		if n := testing.AllocsPerRun(200, func() {
			turn.Begin()
			p.Sequence++
			_ = f.session.Write(&p)
			turn.End()
		}); n != 0 {
			t.Errorf("Write by a turn allocates %v times", n)
		}
	})
}

func TestEncryptedReceiveDoesNotAllocate(t *testing.T) {
	onEachProfile(t, func(t *testing.T, f *stranger) {
		var sealed [][]byte
		for seq := range uint16(300) {
			sealed = append(sealed, f.seal(seq, frame(1)...))
		}
		var pkt relay.Packet
		now := time.Now()
		if n := testing.AllocsPerRun(200, func() {
			if !f.session.accept(&pkt, sealed[0], f.far.Addr, now) {
				t.Fatal("not accepted")
			}
			sealed = sealed[1:]
		}); n != 0 {
			t.Errorf("accept allocates %v times", n)
		}
	})
}

// TestWholeReports: what is appended to a report shows.
func TestWholeReports(t *testing.T) {
	good := []byte{0x80, 201, 0, 1, 1, 1, 1, 1, 0x81, 202, 0, 1, 2, 2, 2, 2}
	for n := range len(good) + 1 {
		if got, want := whole(good[:n]), n == 8 || n == 16; got != want {
			t.Errorf("%d bytes: whole %t", n, got)
		}
	}
	if whole(append(bytes.Clone(good), 0x12, 0x34, 0x56, 0x78)) {
		t.Error("with a tag behind it")
	}
}
