package codec

import (
	"bytes"
	"encoding/binary"
	"os/exec"
	"slices"
	"testing"
)

// laws lists both laws under the name ffmpeg gives them.
func laws() map[string]Codec {
	return map[string]Codec{"alaw": PCMA, "mulaw": PCMU}
}

func everyByte() []byte {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	return all
}

func TestDecodeEqualsFFmpeg(t *testing.T) {
	for name, codec := range laws() {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error",
				"-f", name, "-ar", "8000", "-ac", "1", "-i", "-", "-f", "s16le", "-")
			cmd.Stdin = bytes.NewReader(everyByte())
			raw, err := cmd.Output()
			if err != nil {
				t.Fatalf("ffmpeg is needed as the reference: %v", err)
			}
			var want, got [256]int16
			if _, err := binary.Decode(raw, binary.LittleEndian, &want); err != nil {
				t.Fatalf("ffmpeg gave %d bytes: %v", len(raw), err)
			}
			Decode(codec, got[:], everyByte())
			if got != want {
				t.Errorf("got  %v\nwant %v", got, want)
			}
		})
	}
}

// nearest returns the smallest distance from s to a level of the law.
func nearest(levels []int16, s int) int {
	best := 1 << 17
	for _, level := range levels {
		best = min(best, abs(int(level)-s))
	}
	return best
}

func abs(n int) int { return max(n, -n) }

// TestEncodeErrsByHalfAStep checks that every sample comes back in order and off by no
// more than half of the widest step beside its level.
func TestEncodeErrsByHalfAStep(t *testing.T) {
	for name, codec := range laws() {
		t.Run(name, func(t *testing.T) {
			levels := make([]int16, 256)
			Decode(codec, levels, everyByte())
			slices.Sort(levels)
			code, back, previous := make([]byte, 1), make([]int16, 1), -1<<17
			for s := -32768; s <= 32767; s++ {
				Encode(codec, code, []int16{int16(s)})
				Decode(codec, back, code)
				got, in := int(back[0]), min(max(s, -muLawClip), muLawClip)
				i, _ := slices.BinarySearch(levels, back[0])
				below, above := levels[max(i-1, 0)], levels[min(i+1, 255)]
				step := max(got-int(below), int(above)-got)
				if got < previous || abs(got-in) > (step+1)/2 {
					t.Fatalf("%d became %d after %d, step %d", s, got, previous, step)
				}
				previous = got
			}
		})
	}
}

func TestEncodeKeepsLevels(t *testing.T) {
	for name, codec := range laws() {
		levels, codes := make([]int16, 256), make([]byte, 256)
		Decode(codec, levels, everyByte())
		Encode(codec, codes, levels)
		for b, code := range codes {
			if code != byte(b) && levels[b] != 0 { // mu-law has two zeros
				t.Errorf("%s: %#x decoded to %d and came back as %#x", name, b, levels[b], code)
			}
		}
	}
}

func TestConvertPicksTheNearestLevel(t *testing.T) {
	for _, c := range []struct{ from, to Codec }{{PCMA, PCMU}, {PCMU, PCMA}} {
		from, to, levels := make([]int16, 256), make([]int16, 256), make([]int16, 256)
		converted := make([]byte, 256)
		Convert(c.to, converted, c.from, everyByte())
		Decode(c.from, from, everyByte())
		Decode(c.to, to, converted)
		Decode(c.to, levels, everyByte())
		for i := range from {
			if got, want := abs(int(from[i])-int(to[i])), nearest(levels, int(from[i])); got != want {
				t.Errorf("%d to %d: %#x is off by %d, nearest %d", c.from, c.to, i, got, want)
			}
		}
	}
}

func TestSilenceIsQuietInBothLaws(t *testing.T) {
	for name, codec := range laws() {
		pcm := make([]int16, 1)
		Decode(codec, pcm, []byte{Silence(codec)})
		if abs(int(pcm[0])) > 8 {
			t.Errorf("%s: silence decodes to %d", name, pcm[0])
		}
		other := PCMA
		if codec == PCMA {
			other = PCMU
		}
		out := make([]byte, 1)
		Convert(other, out, codec, []byte{Silence(codec)})
		Decode(other, pcm, out)
		if abs(int(pcm[0])) > 8 {
			t.Errorf("%s: silence converts to %d", name, pcm[0])
		}
	}
}
