package rtc

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"net"
	"testing"
	"time"

	"github.com/pion/dtls/v2"
)

// recordOf is a record of DTLS 1.2.
func recordOf(content byte, epoch uint16, body []byte) []byte {
	b := binary.BigEndian.AppendUint16([]byte{content, 0xfe, 0xfd}, epoch)
	b = append(b, 0, 0, 0, 0, 0x10, 0)
	return append(binary.BigEndian.AppendUint16(b, uint16(len(body))), body...)
}

// fragmentOf is the header of one, of a ClientHello, and as much after it.
func fragmentOf(message, offset, length, has int) []byte {
	b := []byte{1, byte(message >> 16), byte(message >> 8), byte(message), 0, 0, byte(offset >> 16), byte(offset >> 8), byte(offset),
		byte(length >> 16), byte(length >> 8), byte(length)}
	return append(b, make([]byte, has)...)
}

func join(all ...[]byte) (b []byte) {
	for _, one := range all {
		b = append(b, one...)
	}
	return b
}

func TestTunnelAdmitsRecords(t *testing.T) {
	finished := make([]byte, 40)
	for _, c := range []struct {
		name             string
		record           []byte
		shaking, secured bool
	}{
		{"change of the cipher", recordOf(20, 0, []byte{1}), true, false},
		{"change of the cipher again", recordOf(20, 1, []byte{1}), false, false},
		{"alert in the clear", recordOf(21, 0, []byte{2, 40}), true, false},
		{"alert", recordOf(21, 1, make([]byte, 26)), true, true},
		{"message", recordOf(22, 0, fragmentOf(50, 0, 50, 50)), true, false},
		{"Finished", recordOf(22, 1, finished), true, true},
		{"Finished of a second handshake", recordOf(22, 2, finished), false, false},
		{"data in the clear", recordOf(23, 0, []byte{'x'}), false, false},
		{"data", recordOf(23, 1, make([]byte, 30)), false, false},
		{"content of no known type", recordOf(30, 0, []byte{'x'}), false, false},
		{"nothing", recordOf(22, 0, nil), false, false},
		{"a header cut short", recordOf(22, 0, fragmentOf(50, 0, 50, 50))[:12], false, false},
		{"a body cut short", recordOf(22, 0, fragmentOf(50, 0, 50, 50))[:70], false, false},
	} {
		shaking, secured := newTunnel(nil), newTunnel(nil)
		secured.secure()
		if got := len(shaking.sift(join(c.record))) > 0; got != c.shaking {
			t.Errorf("%s is admitted to a handshake: %v", c.name, got)
		}
		if got := len(secured.sift(join(c.record))) > 0; got != c.secured {
			t.Errorf("%s is admitted after it: %v", c.name, got)
		}
	}
}

func TestTunnelSiftsDatagrams(t *testing.T) {
	tunnel := newTunnel(nil)
	hello, forged := recordOf(22, 0, fragmentOf(50, 0, 50, 50)), recordOf(23, 0, []byte("x"))
	got := tunnel.sift(join(forged, hello, forged, forged, hello, hello[:20]))
	if want := join(hello, hello); string(got) != string(want) {
		t.Errorf("% x, want % x", got, want)
	}
}

func TestTunnelAdmitsSoundFragments(t *testing.T) {
	for _, c := range []struct {
		name string
		body []byte
		want int
	}{
		{"whole message", fragmentOf(50, 0, 50, 50), 1},
		{"message without a body", fragmentOf(0, 0, 0, 0), 1},
		{"two messages and a part", join(fragmentOf(50, 0, 50, 50), fragmentOf(0, 0, 0, 0), fragmentOf(50, 0, 20, 20)), 3},
		{"the end of one", fragmentOf(50, 20, 30, 30), 1},
		{"empty", fragmentOf(50, 0, 0, 0), 0},
		{"beyond the end", fragmentOf(50, 21, 30, 30), 0},
		{"of a message without a body", fragmentOf(0, 7, 1, 0), 0},
		{"empty, after the end", fragmentOf(0, 7, 0, 0), 0},
		{"cut short", fragmentOf(50, 0, 50, 49), 0},
		{"a header cut short", join(fragmentOf(0, 0, 0, 0), make([]byte, 11)), 0},
		{"what DTLS would take for more fragments", join(fragmentOf(14, 0, 2, 2), fragmentOf(120, 0, 120, 120)), 0},
	} {
		if got := record(recordOf(22, 0, c.body)).fragments(); got != c.want {
			t.Errorf("%s: %d fragments, want %d", c.name, got, c.want)
		}
	}
}

// Whoever sends fragments without end must not have a core and all memory for them.
func TestTunnelBoundsAHandshake(t *testing.T) {
	for name, datagram := range map[string][]byte{
		"small fragments":         recordOf(22, 0, fragmentOf(1<<20, 7, 1, 1)),
		"large fragments":         recordOf(22, 0, fragmentOf(1<<20, 7, 1200, 1200)),
		"messages without body":   recordOf(22, 0, join(fragmentOf(0, 0, 0, 0), fragmentOf(0, 0, 0, 0))),
		"what nobody sees inside": recordOf(22, 1, make([]byte, 40)),
	} {
		tunnel := newTunnel(nil)
		var bytes, fragments int
		for range 2 * maxHandshakeBytes / len(datagram) {
			if b := tunnel.sift(join(datagram)); len(b) > 0 {
				bytes += len(b)
				fragments += record(b).fragments()
			}
		}
		if bytes > maxHandshakeBytes || fragments > maxFragments || bytes < maxHandshakeBytes/2 && fragments < maxFragments/2 {
			t.Errorf("%s: %d bytes in %d fragments", name, bytes, fragments)
		}
	}
}

// page is a raw one's connection, which the server's end alone wakes: pion closes it before
// it has said that it does, if what is read ends first.
type page struct {
	net.Conn

	lose byte // the first datagram that begins with such a record is lost
	lost bool
}

func (*page) SetReadDeadline(time.Time) error { return nil }

func (p *page) Read(b []byte) (int, error) {
	n, err := p.Conn.Read(b)
	if err == nil && b[0] == p.lose && !p.lost {
		p.lost = true
		return p.Conn.Read(b)
	}
	return n, err
}

// found is a page that has a path and no answer yet.
func found(t *testing.T) *raw {
	r := newRaw(t, rawEngine(t, Config{}))
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	<-r.offers
	r.checkBy(r.conn, true)
	if err := r.conn.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	return r
}

// shake has it answer and shake hands.
func (p *page) shake(r *raw) *dtls.Conn {
	r.t.Helper()
	p.Conn = r.conn
	if err := r.Answer(r.answer()); err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = r.conn.Close() })()
	conn, err := dtls.ClientWithContext(ctx, p, &dtls.Config{Certificates: []tls.Certificate{r.cert}, InsecureSkipVerify: true,
		SRTPProtectionProfiles: profiles(), FlightInterval: 50 * time.Millisecond})
	if err != nil {
		r.t.Fatal(err)
	}
	if !r.await(PeerConnected, 5*time.Second) {
		r.t.Fatal("not connected")
	}
	return conn
}

func TestForgedRecordsEndNothing(t *testing.T) {
	r := found(t)
	number := byte(0)
	forge := func(records ...[]byte) {
		for _, b := range records {
			number++
			b[10] = number // one that came already would be dropped anyway
			if _, err := r.conn.Write(b); err != nil {
				t.Fatal(err)
			}
		}
	}
	data, unknown := recordOf(23, 0, []byte{'x'}), recordOf(30, 0, []byte{'x'})
	unsound := recordOf(22, 0, join(fragmentOf(0, 1, 1, 0), fragmentOf(0, 2, 1, 0)))
	forge(data, unknown, unsound)
	conn := new(page).shake(r)
	forge(data, unknown, unsound, recordOf(21, 0, []byte{1, 100}), recordOf(21, 0, []byte{2, 40}), recordOf(21, 0, []byte{1, 0}),
		recordOf(20, 1, []byte{1}), recordOf(21, 1, make([]byte, 26)), recordOf(22, 1, make([]byte, 40)))
	if r.await(PeerFailed, 200*time.Millisecond) {
		t.Fatal("forged records ended the connection")
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	if !r.await(PeerFailed, 5*time.Second) {
		t.Error("the browser's own end did not end the connection")
	}
}

// A browser that lost the server's last flight repeats its own.
func TestLastFlightLost(t *testing.T) {
	r := found(t)
	p := &page{lose: recordChange}
	conn := p.shake(r)
	if !p.lost {
		t.Error("nothing was lost")
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}
