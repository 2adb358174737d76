package rtc

import (
	"testing"

	"pgregory.net/rapid"

	"parley/internal/media/relay"
)

// TestClocksKeepTime sends frames of changing codecs through both clocks: the far
// end's stamps go on by what each frame lasts, on the clock of its codec, whatever
// the relay's count and theirs have wrapped round.
func TestClocksKeepTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var out outClock
		var in inClock
		relayed := rapid.Uint32().Draw(t, "begin")
		var wire, heard, rate uint32
		for i := range rapid.IntRange(1, 200).Draw(t, "frames") {
			next := rate
			if i == 0 || rapid.IntRange(0, 9).Draw(t, "change") == 0 {
				next = rapid.SampledFrom([]uint32{8000, 48000}).Draw(t, "rate")
			}
			stamp := out.write(next, relayed)
			if i > 0 {
				// A frame lasts on the wire as long as its codec's clock says.
				if got, want := stamp-wire, frame*(rate/relay.ClockRate); got != want {
					t.Fatalf("frame %d: stamps differ by %d, want %d", i, got, want)
				}
			}
			back := in.read(next, stamp)
			if i > 0 && back-heard != frame {
				t.Fatalf("frame %d: read %d after the last, want %d", i, back-heard, frame)
			}
			wire, heard, rate = stamp, back, next
			relayed += frame
		}
	})
}
