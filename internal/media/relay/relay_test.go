package relay_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"parley/internal/media/codec"
	"parley/internal/media/relay"
	"parley/internal/shared/callstate"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// heard is one packet as it reached a listener.
type heard struct {
	relay.Packet
	from byte // first payload byte: who spoke
	at   time.Time
}

// ear is a Sink that keeps everything.
type ear struct {
	mu  sync.Mutex
	all []heard
}

func (e *ear) Write(p *relay.Packet) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	h := heard{Packet: *p, at: time.Now()}
	h.Payload = append([]byte(nil), p.Payload...)
	if len(h.Payload) > 0 {
		h.from = h.Payload[0]
	}
	e.all = append(e.all, h)
	return nil
}

func (e *ear) take() []heard {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := e.all
	e.all = nil
	return all
}

// voice is a leg that sends frames whose payload is its letter.
type voice struct {
	id   callstate.LegID
	port *relay.Port
	ear  *ear
	next relay.Packet
}

func newVoice(id callstate.LegID, letter byte, seq uint16, ts uint32) *voice {
	e := &ear{}
	return &voice{id: id, ear: e, port: relay.NewPort(e), next: relay.Packet{
		Codec: codec.PCMA, Sequence: seq, Timestamp: ts, Payload: []byte{letter},
	}}
}

func (v *voice) say() {
	v.port.Receive(&v.next)
	v.next.Sequence++
	v.next.Timestamp += 160
}

// pass lets fake time go by.
func pass(d time.Duration) { <-time.After(d) }

// call is three legs in one bridge.
func call() (*relay.Bridge, []*voice) {
	b := relay.NewBridge(relay.NewMetronome())
	legs := []*voice{
		newVoice("a", 'a', 65530, 1<<32-320), newVoice("b", 'b', 7, 99), newVoice("c", 'c', 30000, 5),
	}
	for _, v := range legs {
		b.Attach(v.id, v.port)
	}
	return b, legs
}

func TestNobodyHearsWhoIsNotInTheTable(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		b, legs := call()
		defer b.Close()
		table, muted := callstate.Table{}, map[callstate.LegID]bool{}
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			switch rapid.IntRange(0, 5).Draw(rt, "step") {
			case 0:
				table = drawTable(rt)
				b.SetTable(table)
				forget(legs)
			case 1:
				id := legs[rapid.IntRange(0, 2).Draw(rt, "muted")].id
				muted[id] = !muted[id]
				b.SetMuted(id, muted[id])
				forget(legs)
			default:
				v := legs[rapid.IntRange(0, 2).Draw(rt, "speaker")]
				v.say()
				checkHeard(rt, legs, v, table, muted)
			}
		}
	})
}

// forget drops what was heard by the table before; of that nothing may follow.
func forget(legs []*voice) {
	for _, l := range legs {
		l.ear.take()
	}
}

func drawTable(rt *rapid.T) callstate.Table {
	leg := rapid.SampledFrom([]callstate.LegID{"a", "b", "c", "absent"})
	return rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) callstate.Row {
		return callstate.Row{Listener: leg.Draw(rt, "listener"), Speaker: leg.Draw(rt, "speaker")}
	}), 0, 5).Draw(rt, "table")
}

// checkHeard compares who heard the packet with a naive reading of the table: who
// hears nobody else hears it at once. What several say comes mixed, by the beat.
func checkHeard(rt *rapid.T, legs []*voice, speaker *voice, table callstate.Table, muted map[callstate.LegID]bool) {
	for _, l := range legs {
		want := map[callstate.LegID]bool{}
		for _, row := range table {
			if row.Listener == l.id && row.Speaker != l.id && row.Speaker != "absent" && !muted[row.Speaker] {
				want[row.Speaker] = true
			}
		}
		got := l.ear.take()
		if len(want) > 1 {
			continue
		}
		if should := want[speaker.id]; len(got) > 1 || (len(got) == 1) != should {
			rt.Fatalf("%s spoke; %s heard %d packets, should hear: %v (table %v, muted %v)", speaker.id, l.id, len(got), should, table, muted)
		}
	}
}

// TestContinuity switches speakers at random, with loss, reordering and
// duplicates within each, and checks the listener's one stream.
func TestContinuity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// rapid asks a *testing.T for its deadline, which a bubble forbids.
		rapid.Check(struct{ rapid.TB }{t}, func(rt *rapid.T) {
			b, legs := call()
			defer b.Close()
			listener, speakers := legs[0], legs[1:]
			for range rapid.IntRange(1, 6).Draw(rt, "switches") {
				v := speakers[rapid.IntRange(0, 1).Draw(rt, "speaker")]
				b.SetTable(nil)
				b.SetTable(callstate.Table{{Listener: "a", Speaker: v.id}})
				pass(time.Duration(rapid.IntRange(0, 3000).Draw(rt, "pauseMS")) * time.Millisecond)
				speakBadly(rt, v)
			}
			checkStream(rt, listener.ear.take())
		})
	})
}

// speakBadly sends a spurt whose packets arrive lost, doubled or swapped.
func speakBadly(rt *rapid.T, v *voice) {
	for range rapid.IntRange(1, 30).Draw(rt, "frames") {
		pass(20 * time.Millisecond)
		switch rapid.IntRange(0, 9).Draw(rt, "fault") {
		case 0: // lost
			v.next.Sequence++
			v.next.Timestamp += 160
		case 1: // doubled
			again := v.next
			v.say()
			v.port.Receive(&again)
		case 2: // swapped
			early := v.next
			v.next.Sequence++
			v.next.Timestamp += 160
			v.say()
			v.port.Receive(&early)
		default:
			v.say()
		}
	}
}

func checkStream(rt failer, all []heard) {
	used := map[uint16]bool{}
	for i, h := range all {
		if used[h.Sequence] {
			rt.Fatalf("packet %d: sequence %d used twice", i, h.Sequence)
		}
		used[h.Sequence] = true
		if i == 0 {
			if !h.Marker {
				rt.Fatal("the first packet carries no marker")
			}
			continue
		}
		if !h.Marker {
			continue // within one source: its own gaps and order, kept
		}
		last := newest(all[:i])
		if h.Sequence != last.Sequence+1 {
			rt.Fatalf("packet %d: sequence %d after %d at a change of speaker", i, h.Sequence, last.Sequence)
		}
		advance, elapsed := int32(h.Timestamp-last.Timestamp), int32(h.at.Sub(all[0].at)/time.Millisecond*8)
		total := int32(h.Timestamp - all[0].Timestamp)
		// A swapped packet arrives up to a frame or two before its time.
		if advance < 160 || total < elapsed-160 || total > elapsed+4*160*int32(i) {
			rt.Fatalf("packet %d: timestamp advanced by %d, in all %d where the clock says %d", i, advance, total, elapsed)
		}
	}
}

// failer is a test, drawn or not.
type failer interface {
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func newest(all []heard) heard {
	last := all[0]
	for _, h := range all[1:] {
		if int16(h.Sequence-last.Sequence) > 0 {
			last = h
		}
	}
	return last
}

func TestTimestampFollowsTheClockAcrossSpeakers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, legs := call()
		defer b.Close()
		var want uint32
		for i := range 200 {
			speaker := legs[1+i%2]
			b.SetTable(callstate.Table{{Listener: "a", Speaker: speaker.id}})
			for range 1 + i%3 {
				speaker.say()
				got := legs[0].ear.take()
				if len(got) != 1 {
					t.Fatalf("heard %d packets, want 1", len(got))
				}
				if i == 0 {
					want = got[0].Timestamp
				}
				if got[0].Timestamp != want {
					t.Fatalf("switch %d: timestamp %d, want %d", i, got[0].Timestamp, want)
				}
				pass(20 * time.Millisecond)
				want += 160
			}
		}
	})
}

func TestRestartedSourceStaysContinuous(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, legs := call()
		defer b.Close()
		b.SetTable(callstate.Table{{Listener: "a", Speaker: "b"}})
		legs[1].say()
		pass(20 * time.Millisecond)
		legs[1].next.Sequence += 20000
		legs[1].next.Timestamp += 1 << 30
		legs[1].say()
		got := legs[0].ear.take()
		if len(got) != 2 || got[1].Sequence != got[0].Sequence+1 || got[1].Timestamp != got[0].Timestamp+160 || !got[1].Marker {
			t.Fatalf("after the source restarted: %+v", got)
		}
	})
}

func TestPortGoesFromCallToCall(t *testing.T) {
	first, legs := call()
	first.SetTable(callstate.Table{{Listener: "a", Speaker: "b"}, {Listener: "b", Speaker: "a"}})
	legs[1].say()
	second := relay.NewBridge(relay.NewMetronome())
	other := newVoice("customer", 'x', 1, 1)
	second.Attach("agent", legs[0].port)
	second.Attach("customer", other.port)
	second.SetTable(callstate.Table{{Listener: "agent", Speaker: "customer"}})
	first.SetTable(callstate.Table{{Listener: "a", Speaker: "c"}, {Listener: "b", Speaker: "a"}})
	legs[2].say()
	legs[0].say()
	other.say()
	first.Close()
	other.say()
	got := legs[0].ear.take()
	if s := fmt.Sprintf("%c%c%c", got[0].from, got[1].from, got[2].from); len(got) != 3 || s != "bxx" {
		t.Fatalf("the moved port heard %q of %d packets, want bxx", s, len(got))
	}
	if got[1].Sequence != got[0].Sequence+1 {
		t.Fatalf("sequence %d after %d between calls", got[1].Sequence, got[0].Sequence)
	}
	if n := len(legs[1].ear.take()); n != 0 {
		t.Fatalf("the first call still heard %d packets of the moved port", n)
	}
	second.Close()
	other.say()
	if n := len(legs[0].ear.take()); n != 0 {
		t.Fatalf("%d packets after Close", n)
	}
}

// tape is a Tap that notes who was heard.
type tape struct {
	mu   sync.Mutex
	from []callstate.LegID
}

func (r *tape) Packet(from callstate.LegID, _ *relay.Packet, _ time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.from = append(r.from, from)
}

func TestTapGetsWhatIsSentWhateverTheTable(t *testing.T) {
	b, legs := call()
	defer b.Close()
	var r tape
	remove := b.Tap(&r)
	legs[0].say()
	b.SetTable(callstate.Table{{Listener: "a", Speaker: "b"}})
	legs[1].say()
	b.SetMuted("b", true)
	legs[1].say()
	b.SetMuted("b", false)
	legs[1].say()
	remove()
	legs[0].say()
	if got := fmt.Sprint(r.from); got != "[a b b]" {
		t.Fatalf("tapped %s, want [a b b]", got)
	}
	if n := len(legs[0].ear.take()); n != 2 {
		t.Fatalf("a heard %d packets of b, want the 2 unmuted", n)
	}
}

// TestConcurrentTables is for the race detector, and for the promise that a
// speaker is not heard once SetTable without him has returned.
func TestConcurrentTables(t *testing.T) {
	b, legs := call()
	defer b.Close()
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for _, v := range legs[1:] {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					v.say()
				}
			}
		})
	}
	var r tape
	for i := range 200 {
		speaker := legs[1+i%2]
		b.SetTable(callstate.Table{{Listener: "a", Speaker: speaker.id}})
		legs[0].ear.take()
		remove := b.Tap(&r)
		b.SetMuted("c", i%5 == 0)
		for _, h := range legs[0].ear.take() {
			if h.from != speaker.next.Payload[0] {
				t.Errorf("round %d: heard %c after the table changed to %s", i, h.from, speaker.id)
			}
		}
		remove()
		b.Detach("b")
		b.Attach("b", legs[1].port)
		legs[0].port.Stats()
	}
	close(stop)
	wg.Wait()
}

func TestStats(t *testing.T) {
	b, legs := call()
	defer b.Close()
	b.SetTable(callstate.Table{{Listener: "a", Speaker: "b"}})
	legs[1].say()
	legs[1].say()
	in, out := legs[1].port.Stats(), legs[0].port.Stats()
	if in.In != (relay.Traffic{Packets: 2, Bytes: 2}) || in.LastIn.IsZero() || out.Out != in.In || out.In.Packets != 0 {
		t.Fatalf("sender %+v, listener %+v", in, out)
	}
}

// narrow is a sink whose far end does not understand Opus.
type narrow struct{ *ear }

func (d narrow) Write(p *relay.Packet) error {
	if p.Codec == codec.Opus {
		return relay.ErrNotSpoken
	}
	return d.ear.Write(p)
}

// TestWhatIsNotUnderstoodUsesNoNumbers: after an hour of it a receiver of SRTP would take
// the next number for an old one.
func TestWhatIsNotUnderstoodUsesNoNumbers(t *testing.T) {
	b := relay.NewBridge(relay.NewMetronome())
	defer b.Close()
	speaker, e := newVoice("a", 'a', 0, 0), &ear{}
	b.Attach("a", speaker.port)
	b.Attach("b", relay.NewPort(narrow{e}))
	b.SetTable(callstate.Table{{Listener: "b", Speaker: "a"}})
	speaker.say()
	speaker.next.Codec = codec.Opus
	for range 40_000 {
		speaker.say()
	}
	speaker.next.Codec = codec.PCMA
	speaker.say()
	got := e.take()
	if len(got) != 2 || got[1].Sequence != got[0].Sequence+1 || int32(got[1].Timestamp-got[0].Timestamp) <= 0 {
		t.Errorf("heard %+v", got)
	}
}

// TestTimestampsThatRunAwayDoNotLast: a source may make what it likes of its clock, but
// once it is gone time goes on as it passes.
func TestTimestampsThatRunAwayDoNotLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, legs := call()
		defer b.Close()
		b.SetTable(callstate.Table{{Listener: "a", Speaker: "b"}})
		for range 100 {
			legs[1].next.Timestamp += 7 * 8000
			legs[1].say()
			pass(20 * time.Millisecond)
		}
		last := newest(legs[0].ear.take())
		b.SetTable(callstate.Table{{Listener: "a", Speaker: "c"}})
		pass(time.Minute - 20*time.Millisecond)
		legs[2].say()
		if gone := newest(legs[0].ear.take()).Timestamp - last.Timestamp; gone != 60*8000 {
			t.Errorf("a minute later the timestamp has gone on by %d", gone)
		}
	})
}
