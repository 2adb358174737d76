package srtp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"testing"

	pion "github.com/pion/srtp/v2"
)

var profiles = map[string]Profile{"AES-GCM": AEADAES128GCM, "AES-CM": AES128CMSHA80}

func keys(t testing.TB, p Profile) (key, salt []byte) {
	t.Helper()
	k, s, err := p.KeyLengths()
	if err != nil {
		t.Fatal(err)
	}
	key, salt = make([]byte, k), make([]byte, s)
	for i := range key {
		key[i] = byte(i * 7)
	}
	for i := range salt {
		salt[i] = byte(255 - i)
	}
	return key, salt
}

func pair(t testing.TB, p Profile) (*Sender, *Receiver) {
	t.Helper()
	key, salt := keys(t, p)
	s, err := NewSender(p, key, salt)
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewReceiver(p, key, salt)
	if err != nil {
		t.Fatal(err)
	}
	return s, r
}

// rtp makes a packet with room behind it. Some have contributors and an extension.
func rtp(seq uint16, ssrc uint32, payload int, rich bool) []byte {
	b := make([]byte, headerBytes, 1500)
	b[0], b[1] = 0x80, 8
	binary.BigEndian.PutUint16(b[2:], seq)
	binary.BigEndian.PutUint32(b[4:], uint32(seq)*160)
	binary.BigEndian.PutUint32(b[8:], ssrc)
	if rich {
		b[0] = 0x92
		b = append(b, 1, 2, 3, 4, 5, 6, 7, 8, 0xbe, 0xde, 0, 1, 0x10, 9, 0, 0)
	}
	for i := range payload {
		b = append(b, byte(i+int(seq)))
	}
	return b
}

func rtcp(ssrc uint32, length int) []byte {
	b := make([]byte, length, 1500)
	b[0], b[1] = 0x80, 200
	binary.BigEndian.PutUint32(b[4:], ssrc)
	for i := 8; i < length; i++ {
		b[i] = byte(i)
	}
	return b
}

func contextOf(t *testing.T, p Profile) *pion.Context {
	t.Helper()
	key, salt := keys(t, p)
	c, err := pion.CreateContext(key, salt, pion.ProtectionProfile(p))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestAgreesWithPion has both implementations read what the other one protects,
// across two rollovers of the sequence number.
func TestAgreesWithPion(t *testing.T) {
	for name, p := range profiles {
		t.Run(name, func(t *testing.T) {
			s, r := pair(t, p)
			theirs, reader := contextOf(t, p), contextOf(t, p)
			for i := range 140_000 {
				plain := rtp(uint16(65_000+i), 0xcafe, i%200, i%3 == 0)
				sealed, err := s.RTP(append(make([]byte, 0, 1500), plain...))
				if err != nil {
					t.Fatal(err)
				}
				want, err := theirs.EncryptRTP(nil, plain, nil)
				if err != nil || !bytes.Equal(sealed, want) {
					t.Fatalf("packet %d: %x, pion makes %x (%v)", i, sealed, want, err)
				}
				opened, err := reader.DecryptRTP(nil, sealed, nil)
				if err != nil || !bytes.Equal(opened, plain) {
					t.Fatalf("packet %d: pion reads %x (%v)", i, opened, err)
				}
				if opened, err = r.RTP(want); err != nil || !bytes.Equal(opened, plain) {
					t.Fatalf("packet %d: read as %x (%v)", i, opened, err)
				}
			}
			for i := range 300 {
				plain := rtcp(0xbeef, 28+4*(i%9))
				sealed, err := s.RTCP(append(make([]byte, 0, 1500), plain...))
				if err != nil {
					t.Fatal(err)
				}
				opened, err := reader.DecryptRTCP(nil, sealed, nil)
				if err != nil || !bytes.Equal(opened, plain) {
					t.Fatalf("report %d: pion reads %x (%v)", i, opened, err)
				}
				want, err := theirs.EncryptRTCP(nil, plain, nil)
				if err != nil {
					t.Fatal(err)
				}
				if opened, err = r.RTCP(want); err != nil || !bytes.Equal(opened, plain) {
					t.Fatalf("report %d: read as %x (%v)", i, opened, err)
				}
			}
		})
	}
}

// TestSurvivesLossAndReordering loses a third of the packets and shuffles the rest
// within what may come late.
func TestSurvivesLossAndReordering(t *testing.T) {
	for name, p := range profiles {
		t.Run(name, func(t *testing.T) {
			s, r := pair(t, p)
			dice := rand.New(rand.NewPCG(7, 7))
			var late [][2][]byte
			for i := range 200_000 {
				plain := rtp(uint16(i), 1, 20, false)
				sealed, err := s.RTP(append(make([]byte, 0, 100), plain...))
				if err != nil {
					t.Fatal(err)
				}
				if late = append(late, [2][]byte{plain, sealed}); len(late) < reorder/2 {
					continue
				}
				dice.Shuffle(len(late), func(i, j int) { late[i], late[j] = late[j], late[i] })
				for _, one := range late[len(late)/3:] {
					if opened, err := r.RTP(one[1]); err != nil || !bytes.Equal(opened, one[0]) {
						t.Fatalf("before %d: %x (%v)", i, opened, err)
					}
				}
				late = late[:0]
			}
		})
	}
}

func TestRefuses(t *testing.T) {
	for name, p := range profiles {
		t.Run(name, func(t *testing.T) {
			s, r := pair(t, p)
			seal := func(seq uint16) []byte {
				sealed, err := s.RTP(rtp(seq, 1, 160, true))
				if err != nil {
					t.Fatal(err)
				}
				return sealed
			}
			first := seal(10)
			for i := range first {
				bad := bytes.Clone(first)
				bad[i] ^= 0x40
				if _, err := r.RTP(bad); err == nil {
					t.Fatalf("taken with byte %d changed", i)
				}
			}
			for n := range first {
				if _, err := r.RTP(bytes.Clone(first[:n])); err == nil {
					t.Fatalf("taken with %d bytes", n)
				}
			}
			again := bytes.Clone(first)
			if _, err := r.RTP(first); err != nil {
				t.Fatal("forgeries have left a trace:", err)
			}
			if _, err := r.RTP(again); !errors.Is(err, ErrReplayed) {
				t.Error("a packet twice:", err)
			}
			old := seal(11)
			if _, err := r.RTP(seal(11 + reorder)); err != nil {
				t.Error(err)
			}
			if _, err := r.RTP(old); !errors.Is(err, ErrReplayed) {
				t.Error("a packet that is too old to know:", err)
			}
			report, err := s.RTCP(rtcp(1, 28))
			if err != nil {
				t.Fatal(err)
			}
			for i := range report {
				bad := bytes.Clone(report)
				bad[i] ^= 0x80
				if _, err := r.RTCP(bad); err == nil {
					t.Fatalf("a report taken with byte %d changed", i)
				}
			}
			again = bytes.Clone(report)
			if _, err := r.RTCP(report); err != nil {
				t.Error(err)
			}
			if _, err := r.RTCP(again); !errors.Is(err, ErrReplayed) {
				t.Error("a report twice:", err)
			}
		})
	}
}

// TestNumbersAreUsedOnce is what the key's secrecy hangs on.
func TestNumbersAreUsedOnce(t *testing.T) {
	s, _ := pair(t, AEADAES128GCM)
	send := func(seq uint16, ssrc uint32) error {
		_, err := s.RTP(rtp(seq, ssrc, 10, false))
		return err
	}
	for seq := range uint16(200) {
		if err := send(seq, 1); err != nil {
			t.Fatal(err)
		}
	}
	if err := send(199, 1); !errors.Is(err, ErrReplayed) {
		t.Error("a number twice:", err)
	}
	if err := send(100, 1); !errors.Is(err, ErrReplayed) {
		t.Error("a number from long ago:", err)
	}
	for ssrc := range uint32(maxSources) {
		if err := send(0, 2+ssrc); (err != nil) != (ssrc == maxSources-1) {
			t.Errorf("source %d: %v", ssrc, err)
		}
	}
}

func TestReceiverKeepsSomeSources(t *testing.T) {
	key, salt := keys(t, AEADAES128GCM)
	_, r := pair(t, AEADAES128GCM)
	for ssrc := range uint32(3 * maxSources) {
		s, err := NewSender(AEADAES128GCM, key, salt)
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := s.RTP(rtp(1, ssrc, 10, false))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.RTP(sealed); err != nil {
			t.Fatal(err)
		}
	}
	if len(r.sources) != maxSources {
		t.Errorf("%d sources are kept", len(r.sources))
	}
}

func TestDoesNotAllocate(t *testing.T) {
	for name, p := range profiles {
		s, r := pair(t, p)
		buf, seq := make([]byte, 1500), uint16(0)
		plain := rtp(0, 1, 160, false)
		if n := testing.AllocsPerRun(1000, func() {
			seq++
			packet := buf[:copy(buf, plain)]
			binary.BigEndian.PutUint16(packet[2:], seq)
			sealed, _ := s.RTP(packet)
			if _, err := r.RTP(sealed); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s allocates %v times a packet", name, n)
		}
	}
}

func FuzzReceiver(f *testing.F) {
	s, _ := pair(f, AEADAES128GCM)
	good, _ := s.RTP(rtp(1, 1, 20, true))
	report, _ := s.RTCP(rtcp(1, 28))
	f.Add(good)
	f.Add(report)
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, p := range profiles {
			_, r := pair(t, p)
			_, _ = r.RTP(bytes.Clone(b))
			_, _ = r.RTCP(bytes.Clone(b))
		}
	})
}

func BenchmarkPacket(b *testing.B) {
	for name, p := range profiles {
		b.Run(name, func(b *testing.B) {
			s, r := pair(b, p)
			buf, seq := make([]byte, 1500), uint16(0)
			plain := rtp(0, 1, 160, false)
			b.ReportAllocs()
			for b.Loop() {
				seq++
				packet := buf[:copy(buf, plain)]
				binary.BigEndian.PutUint16(packet[2:], seq)
				sealed, _ := s.RTP(packet)
				if _, err := r.RTP(sealed); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
