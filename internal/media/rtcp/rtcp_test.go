package rtcp

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pion/rtcp"
)

// link joins two sessions: packets of a arrive at b late and not all, reports too.
type link struct {
	a, b  *Session
	now   time.Time
	delay time.Duration
	dice  *rand.Rand
}

// at is a timestamp of G.711.
func at(time uint32) Stamp { return Stamp{Time: time, Clock: 8000} }

func newLink() *link {
	return &link{NewSession(1), NewSession(2), time.Unix(1_800_000_000, 0), 40 * time.Millisecond, rand.New(rand.NewPCG(1, 2))}
}

// talk has a send packets of 20 ms to b, of which a fraction is lost.
func (l *link) talk(from uint16, packets int, loss float64, jitter time.Duration) uint16 {
	for range packets {
		l.now = l.now.Add(20 * time.Millisecond)
		from++
		l.a.Sent(0, at(uint32(from)*160), 160, l.now)
		if l.dice.Float64() >= loss {
			late := l.delay + time.Duration(l.dice.Int64N(int64(jitter)+1))
			l.b.Received(1, from, at(uint32(from)*160), l.now.Add(late))
		}
	}
	return from
}

// report has each tell the other.
func (l *link) report() {
	fromA := l.a.Compose(nil, l.now)
	l.now = l.now.Add(l.delay)
	l.b.Read(fromA, l.now)
	l.now = l.now.Add(3 * time.Second)
	fromB := l.b.Compose(nil, l.now)
	l.now = l.now.Add(l.delay)
	l.a.Read(fromB, l.now)
}

func TestReportsTell(t *testing.T) {
	l := newLink()
	seq := l.talk(65_000, 5000, 0.05, 10*time.Millisecond) // across a rollover
	l.report()
	in, out := l.b.Quality().In, l.a.Quality().Out
	if math.Abs(in.Loss-0.05) > 0.015 || math.Abs(out.Loss-in.Loss) > 1./256 {
		t.Errorf("loss of a twentieth is reckoned %v and told as %v", in.Loss, out.Loss)
	}
	if in.Packets+in.Lost != 5000 || out.Lost != in.Lost || out.Packets != in.Packets {
		t.Errorf("of 5000 packets: %+v, told as %+v", in, out)
	}
	// The mean difference of two delays drawn evenly from 10 ms is a third of that.
	if in.Jitter < 2*time.Millisecond || in.Jitter > 5*time.Millisecond || out.Jitter.Round(time.Millisecond) != in.Jitter.Round(time.Millisecond) {
		t.Errorf("jitter %v, told as %v", in.Jitter, out.Jitter)
	}
	if trip := l.a.Quality().RoundTrip; trip < 79*time.Millisecond || trip > 81*time.Millisecond {
		t.Errorf("round trip %v, want 80 ms", trip)
	}
	l.talk(seq, 500, 0, 0)
	l.report()
	if in, out = l.b.Quality().In, l.a.Quality().Out; in.Loss != 0 || out.Loss != 0 || out.Lost == 0 {
		t.Errorf("after an interval without loss: %+v and %+v", in, out)
	}
}

// TestOneCallOfMany: a browser's connection lasts for many calls; each has figures of
// its own.
func TestOneCallOfMany(t *testing.T) {
	l := newLink()
	seq := l.talk(0, 1000, 0.5, 0)
	l.report()
	before := l.b.Quality()
	l.talk(seq, 1000, 0.1, 0)
	l.report()
	q := l.b.Quality().Since(before)
	// What was lost at the very end shows with the next packet.
	if all := q.In.Packets + q.In.Lost; all < 990 || all > 1010 || math.Abs(q.In.Loss-0.1) > 0.03 {
		t.Errorf("%+v", q.In)
	}
	if in, out := q.MOS(); in > 3.7 || out < 4 {
		t.Errorf("one who loses a tenth hears %v, the other %v", in, out)
	}
	if q := before.Since(before); q.In.Packets+q.In.Lost != 0 || q.In.Loss != 0 {
		t.Errorf("of nothing: %+v", q.In)
	}
}

func TestAnotherSourceGoesOn(t *testing.T) {
	l := newLink()
	l.talk(0, 100, 0, 0)
	l.b.Received(9, 30_000, at(5), l.now)
	l.b.Received(9, 30_002, at(5), l.now)
	l.b.Received(9, 10, at(5), l.now) // began anew
	if in := l.b.Quality().In; in.Packets != 103 || in.Lost != 1 {
		t.Errorf("counted %+v", in)
	}
}

// TestPionReads has another implementation read our reports.
func TestPionReads(t *testing.T) {
	l := newLink()
	l.talk(0, 500, 0.1, 0)
	packets, err := rtcp.Unmarshal(l.b.Compose(nil, l.now))
	if err != nil || rtcp.CompoundPacket(packets).Validate() != nil {
		t.Fatal(packets, err)
	}
	receiver, ok := packets[0].(*rtcp.ReceiverReport)
	if !ok || len(receiver.Reports) != 1 {
		t.Fatalf("of who sends nothing: %v", packets)
	}
	want := l.b.Quality().In
	if got := receiver.Reports[0]; receiver.SSRC != 2 || got.SSRC != 1 || got.LastSequenceNumber != 500 && got.LastSequenceNumber != 499 ||
		uint64(got.TotalLost) != want.Lost || math.Abs(float64(got.FractionLost)/256-want.Loss) > 1./256 {
		t.Errorf("pion reads %+v, we mean %+v", receiver, want)
	}
	if packets, err = rtcp.Unmarshal(l.a.Compose(nil, l.now)); err != nil || rtcp.CompoundPacket(packets).Validate() != nil {
		t.Fatal(packets, err)
	}
	sender, ok := packets[0].(*rtcp.SenderReport)
	if !ok || sender.PacketCount != 500 || sender.OctetCount != 500*160 || sender.RTPTime != 500*160 || len(sender.Reports) != 0 {
		t.Errorf("of who hears nothing: %+v", packets)
	}
	packets, err = rtcp.Unmarshal(l.a.Compose(nil, l.now))
	if _, ok := packets[0].(*rtcp.ReceiverReport); !ok || err != nil {
		t.Errorf("of who has fallen silent: %v (%v)", packets, err)
	}
}

func TestMOS(t *testing.T) {
	for _, c := range []struct {
		loss  float64
		delay time.Duration
		least float64
		most  float64
	}{
		{0, 0, 4.3, 4.5}, {0, 150 * time.Millisecond, 4.2, 4.4}, {0, 400 * time.Millisecond, 3, 3.6},
		{0.05, 50 * time.Millisecond, 3.4, 4}, {0.2, 50 * time.Millisecond, 1.9, 2.6}, {1, time.Second, 1, 1},
	} {
		if got := MOS(c.loss, c.delay); got < c.least || got > c.most {
			t.Errorf("%.0f %% lost, %v late: %.2f, want %v to %v", 100*c.loss, c.delay, got, c.least, c.most)
		}
	}
	for loss := 0.0; loss < 1; loss += 0.01 {
		if MOS(loss+0.01, 0) > MOS(loss, 0) || MOS(loss, 200*time.Millisecond) > MOS(loss, 0) {
			t.Fatal("worse sounds better")
		}
	}
}

func FuzzRead(f *testing.F) {
	l := newLink()
	l.talk(0, 100, 0.1, 0)
	f.Add(l.a.Compose(nil, l.now))
	f.Add(l.b.Compose(nil, l.now))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := NewSession(1)
		s.Read(b, l.now)
		if q := s.Quality(); q.Out.Loss < 0 || q.Out.Loss > 1 || q.RoundTrip < 0 {
			t.Fatalf("%+v", q)
		}
	})
}

func BenchmarkReceived(b *testing.B) {
	s, seq, now := NewSession(1), uint16(0), time.Now()
	b.ReportAllocs()
	for b.Loop() {
		seq++
		s.Received(2, seq, at(uint32(seq)*160), now)
	}
}
