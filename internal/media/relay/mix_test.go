package relay_test

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"parley/internal/media/audio"
	"parley/internal/media/codec"
	"parley/internal/media/relay"
	"parley/internal/shared/callstate"
)

// party is a leg that says a tone of its own.
type party struct {
	*voice

	hz   float64
	tone *audio.ToneSource
	law  codec.Codec
}

// parties are four legs of one call, two of each law, with so many tracks each. No
// tone is a multiple of another, or a sum or difference of two.
func parties(tracks ...int) (*relay.Bridge, []*party) {
	b := relay.NewBridge(relay.NewMetronome())
	var all []*party
	for i, hz := range []float64{431, 1093, 1721, 2683} {
		p := &party{voice: newVoice(callstate.LegID(string(rune('a'+i))), 0, uint16(i)*20000, uint32(i)*1e9), hz: hz}
		p.tone = audio.NewToneSource(hz, -15)
		p.law = []codec.Codec{codec.PCMA, codec.PCMU}[i%2]
		if i < len(tracks) {
			p.port = relay.NewTracks(p.ear, tracks[i])
		}
		p.next.Codec, p.next.Payload = p.law, make([]byte, relay.FrameBytes)
		b.Attach(p.id, p.port)
		all = append(all, p)
	}
	return b, all
}

// talk has everybody speak for a while.
func talk(all []*party, d time.Duration) {
	for range d / relay.FrameTime {
		for _, p := range all {
			p.tone.Next(p.law, p.next.Payload)
			p.say()
		}
		pass(relay.FrameTime)
	}
}

// level is how loud a tone is on the track where it is loudest, in dBFS.
func level(all []heard, hz float64) float64 {
	tracks := map[uint8][]int16{}
	for _, h := range all {
		for _, b := range h.Payload {
			tracks[h.Track] = append(tracks[h.Track], h.Codec.Expand(b))
		}
	}
	loudest := audio.Quietest
	for _, pcm := range tracks {
		loudest = max(loudest, audio.Level(pcm, audio.Rate, hz))
	}
	return loudest
}

// apart fails unless each track holds one voice, in the law it was sent in.
func apart(rt *rapid.T, got []heard, all []*party) {
	tracks := map[uint8][]heard{}
	for _, h := range got {
		tracks[h.Track] = append(tracks[h.Track], h)
	}
	for n, track := range tracks {
		voices := 0
		for _, p := range all {
			if level(track, p.hz) > -16 {
				voices++
				if track[0].Codec != p.law {
					rt.Fatalf("%s is heard in %s", p.id, track[0].Codec)
				}
			}
		}
		if voices != 1 {
			rt.Fatalf("%d voices on track %d", voices, n)
		}
	}
}

// TestWhoeverIsInTheTableIsHeardAndNobodyElse draws who hears whom, and who is muted,
// and listens for the tones: those named for a listener are there, any others below
// -60 dB, which is what the laws themselves make of the others.
func TestWhoeverIsInTheTableIsHeardAndNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rapid.Check(struct{ rapid.TB }{t}, func(rt *rapid.T) {
			tracks := rapid.SliceOfN(rapid.IntRange(1, 3), 4, 4).Draw(rt, "tracks")
			b, all := parties(tracks...)
			defer b.Close()
			for range rapid.IntRange(1, 3).Draw(rt, "tables") {
				want := map[callstate.Row]bool{}
				var table callstate.Table
				muted := rapid.IntRange(-1, 3).Draw(rt, "muted")
				for i, speaker := range all {
					b.SetMuted(speaker.id, i == muted)
					for _, listener := range all {
						row := callstate.Row{Listener: listener.id, Speaker: speaker.id}
						if rapid.Bool().Draw(rt, "row") {
							table = append(table, row)
							want[row] = speaker != listener && i != muted
						}
					}
				}
				b.SetTable(table)
				talk(all, 200*time.Millisecond) // buffers fill
				for _, p := range all {
					p.ear.take()
				}
				talk(all, 600*time.Millisecond)
				for i, listener := range all {
					got, heard := listener.ear.take(), 0
					for _, speaker := range all {
						l := level(got, speaker.hz)
						if want[callstate.Row{Listener: listener.id, Speaker: speaker.id}] {
							heard++
						}
						if should := want[callstate.Row{Listener: listener.id, Speaker: speaker.id}]; should && l < -16 || !should && l > -60 {
							rt.Fatalf("%s hears %s at %.0f dB (should: %v) in %v", listener.id, speaker.id, l, should, table)
						}
					}
					if heard <= tracks[i] {
						apart(rt, got, all)
					}
				}
			}
		})
	})
}

// TestMixIsInTheListenersLaw: a mix is encoded for whom it is for, without a pause as
// speakers come and go.
func TestMixIsInTheListenersLaw(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, all := parties()
		defer b.Close()
		a, us := all[0], all[1]
		hear := func(speakers ...*party) {
			var table callstate.Table
			for _, s := range speakers {
				table = append(table, callstate.Row{Listener: a.id, Speaker: s.id}, callstate.Row{Listener: us.id, Speaker: s.id})
			}
			b.SetTable(table)
		}
		hear(all[2], all[3])
		talk(all, time.Second)
		hear(all[1], all[2], all[3])
		talk(all, time.Second)
		hear(all[2])
		talk(all, time.Second)
		for _, p := range []*party{a, us} {
			got := p.ear.take()
			if len(got) < 147 {
				t.Errorf("%s heard %d frames in 3 s", p.id, len(got))
			}
			checkStream(t, got)
			for i, h := range got[:90] {
				if h.Codec != p.law || len(h.Payload) != relay.FrameBytes {
					t.Fatalf("frame %d for %s: %s of %d bytes", i, p.id, h.Codec, len(h.Payload))
				}
				if i > 0 && h.at.Sub(got[i-1].at) > relay.FrameTime+time.Millisecond {
					t.Errorf("%s hears nothing for %v", p.id, h.at.Sub(got[i-1].at))
				}
			}
		}
	})
}

// TestMixOfLoudVoicesIsNotWrapped: what is too loud is cut, not turned over.
func TestMixOfLoudVoicesIsNotWrapped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, all := parties()
		defer b.Close()
		for _, p := range all[1:] {
			p.tone = audio.NewToneSource(500, 0)
		}
		b.SetTable(callstate.Table{{Listener: "a", Speaker: "b"}, {Listener: "a", Speaker: "c"}, {Listener: "a", Speaker: "d"}})
		talk(all, time.Second)
		loud, jumps := 0, 0
		var last int16
		for _, h := range all[0].ear.take() {
			for _, c := range h.Payload {
				s := h.Codec.Expand(c)
				if math.Abs(float64(s)) > 30000 {
					loud++
				}
				if math.Abs(float64(s)-float64(last)) > 45000 {
					jumps++
				}
				last = s
			}
		}
		if loud < 3000 || jumps > 0 {
			t.Errorf("%d samples are loud, %d turn over", loud, jumps)
		}
	})
}

// TestMixKeepsWhatWasSaidBefore: who may hear a speaker from now on does not hear what
// that one said before, of which an ear holds some back.
func TestMixKeepsWhatWasSaidBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bridge, all := parties(1, 1, 1, 1)
		defer bridge.Close()
		a, b, c, d := all[0], all[1], all[2], all[3]
		row := func(listener, speaker *party) callstate.Row {
			return callstate.Row{Listener: listener.id, Speaker: speaker.id}
		}
		private := callstate.Table{row(d, a), row(d, b), row(c, b)} // a whispers to d
		bridge.SetTable(private)
		for range 20 { // a network that is uneven by 50 ms: more is held back
			talk([]*party{a, b}, 40*time.Millisecond)
			pass(50 * time.Millisecond)
			for range 2 {
				for _, p := range []*party{a, b} {
					p.tone.Next(p.law, p.next.Payload)
					p.say()
				}
			}
		}
		talk([]*party{a, b}, time.Second)
		c.ear.take()
		bridge.SetTable(append(private, row(c, a))) // from now on c may hear a, who says no more
		talk([]*party{b}, 60*time.Millisecond)
		got := c.ear.take()
		if l := level(got, a.hz); l > -40 {
			t.Errorf("c hears, at %.0f dBFS over 60 ms, what a said before c was let hear him", l)
		}
	})
}
