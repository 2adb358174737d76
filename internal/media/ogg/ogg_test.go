package ogg_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"parley/internal/media/audio"
	"parley/internal/media/ogg"
	"parley/internal/media/opus"
	"parley/internal/tests/opustest"
)

// file returns a file of so many slots of 20 ms, a page for every ten of them, whose
// end is cut so many samples short. Channels repeat the packets of their voice.
func file(channels, slots, cut int, voices ...[][]byte) []byte {
	w := ogg.NewWriter(channels)
	out := bytes.Clone(w.Header())
	w.Begin()
	for slot := range slots {
		streams := make([][]byte, channels)
		for i := range streams {
			voice := voices[i%len(voices)]
			streams[i] = voice[slot%len(voice)]
		}
		w.Add(streams)
		if ends := slot == slots-1; ends || slot%10 == 9 || w.Full() {
			end := (slot + 1) * opus.Frame
			if ends {
				end -= cut
			}
			out = append(out, w.Page(int64(end), ends)...)
			w.Written()
			w.Begin()
		}
	}
	return out
}

func TestPlayersHearEachChannel(t *testing.T) {
	t.Parallel()
	tones := []float64{440, 1000, 700}
	var voices [][][]byte
	for _, hz := range tones {
		voices = append(voices, opustest.Tone(t, hz, 2*time.Second))
	}
	for channels := 1; channels <= 3; channels++ {
		path := filepath.Join(t.TempDir(), "call.ogg")
		if err := os.WriteFile(path, file(channels, 100, 37, voices...), 0o600); err != nil {
			t.Fatal(err)
		}
		heard := opustest.Hear(t, path)
		if len(heard) != channels {
			t.Fatalf("%d channels of %d", len(heard), channels)
		}
		for i, pcm := range heard {
			if want := 2*audio.Rate - 37; len(pcm) != want {
				t.Errorf("channel %d of %d lasts %d samples, want %d", i, channels, len(pcm), want)
			}
			for j, hz := range tones {
				got := audio.Level(pcm[audio.Rate/4:], audio.Rate, hz)
				if own := i == j; own && math.Abs(got+18) > 1 || !own && got > -50 {
					t.Errorf("channel %d of %d has %v Hz at %.1f dBFS", i, channels, hz, got)
				}
			}
		}
	}
}

// read returns the packets of each slot, and the length.
func read(b []byte) (slots [][][]byte, length int64, err error) {
	r, err := ogg.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, 0, err
	}
	for {
		streams, at, err := r.Next()
		if errors.Is(err, io.EOF) {
			return slots, r.End(), nil
		}
		if err != nil {
			return slots, r.End(), err
		}
		if at != int64(len(slots)*opus.Frame) {
			return slots, r.End(), errors.New("a gap")
		}
		one := make([][]byte, len(streams))
		for i := range streams {
			one[i] = bytes.Clone(streams[i])
		}
		slots = append(slots, one)
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()
	big := append([]byte{0xF8}, bytes.Repeat([]byte{7}, 1275)...)
	voice := [][]byte{opus.AppendSilence(nil), big, {0xF8}, append([]byte{0xF8}, make([]byte, 254)...)}
	for channels := 1; channels <= ogg.MaxChannels; channels++ {
		slots, length, err := read(file(channels, 123, 100, voice))
		if err != nil || len(slots) != 123 || length != 123*opus.Frame-100 {
			t.Fatalf("%d slots, %d samples, %v", len(slots), length, err)
		}
		for i, streams := range slots {
			for _, got := range streams {
				if !bytes.Equal(got, voice[i%len(voice)]) {
					t.Errorf("slot %d came back as % x", i, got)
				}
			}
		}
		if got, err := ogg.Length(bytes.NewReader(file(channels, 123, 100, voice))); err != nil || got != length {
			t.Errorf("measured %d samples, %v", got, err)
		}
	}
}

func TestWhatIsNoFrameBecomesSilence(t *testing.T) {
	t.Parallel()
	odd := [][]byte{nil, {0xF9, 1, 2}, {0xFF, 2}, {0x18, 5}}
	slots, _, err := read(file(2, 4, 0, odd))
	if err != nil {
		t.Fatal(err)
	}
	for i, streams := range slots {
		for _, got := range streams {
			if !bytes.Equal(got, opus.AppendSilence(nil)) {
				t.Errorf("% x became % x", odd[i], got)
			}
		}
	}
}

// memory is a file in memory.
type memory struct{ b []byte }

func (m *memory) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(m.b).ReadAt(p, off)
}

func (m *memory) WriteAt(p []byte, off int64) (int, error) {
	m.b = append(m.b[:off], append(bytes.Clone(p), m.b[min(off+int64(len(p)), int64(len(m.b))):]...)...)
	return len(p), nil
}

func (m *memory) Truncate(size int64) error {
	m.b = m.b[:min(size, int64(len(m.b)))]
	return nil
}

// TestRepairOfEveryTornFile cuts a file anywhere, with and without rubbish behind.
func TestRepairOfEveryTornFile(t *testing.T) {
	t.Parallel()
	whole := file(2, 40, 0, [][]byte{opus.AppendSilence(nil), {0xF8, 1, 2, 3}})
	head := len(ogg.NewWriter(2).Header())
	for cut := range len(whole) {
		for _, rubbish := range [][]byte{nil, bytes.Repeat([]byte{0xAA}, 300), []byte("OggS\x00\x00")} {
			m := &memory{b: slices.Concat(whole[:cut], rubbish)}
			length, err := ogg.Repair(m)
			if cut < head {
				if !errors.Is(err, ogg.ErrOgg) {
					t.Fatalf("cut at %d: %v", cut, err)
				}
				continue
			}
			slots, read, readErr := read(m.b)
			measured, lengthErr := ogg.Length(bytes.NewReader(m.b))
			if err := errors.Join(err, readErr, lengthErr); err != nil || length != read || measured != read {
				t.Fatalf("cut at %d: %d samples, read %d, measured %d, %v", cut, length, read, measured, err)
			}
			if length%1600 != 0 || int(length) != opus.Frame*len(slots) && length > 0 {
				t.Fatalf("cut at %d: %d samples in %d slots", cut, length, len(slots))
			}
			before := bytes.Clone(m.b)
			if again, err := ogg.Repair(m); err != nil || again != length || !bytes.Equal(m.b, before) {
				t.Fatalf("cut at %d: repaired twice: %d samples, %v", cut, again, err)
			}
		}
	}
}

func TestRepairedFilePlays(t *testing.T) {
	t.Parallel()
	whole := file(2, 100, 0, opustest.Tone(t, 440, 2*time.Second))
	for _, keep := range []int{len(ogg.NewWriter(2).Header()), len(whole) / 2} {
		m := &memory{b: bytes.Clone(whole[:keep])}
		length, err := ogg.Repair(m)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "call.ogg")
		if err := os.WriteFile(path, m.b, 0o600); err != nil {
			t.Fatal(err)
		}
		for i, pcm := range opustest.Hear(t, path) {
			if len(pcm) != int(length) {
				t.Errorf("channel %d plays %d samples of %d", i, len(pcm), length)
			}
		}
	}
}

// FuzzReader has anything read, measured and mended.
func FuzzReader(f *testing.F) {
	f.Add(file(2, 25, 7, [][]byte{opus.AppendSilence(nil)}))
	f.Add(file(1, 3, 0, [][]byte{{0xF8}}))
	f.Add(file(3, 0, 0, [][]byte{{0xF8}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _, readErr := read(b)
		_, _ = ogg.Length(bytes.NewReader(b)) // must not panic
		m := &memory{b: bytes.Clone(b)}
		length, err := ogg.Repair(m)
		if err != nil {
			if !errors.Is(err, ogg.ErrOgg) || readErr == nil {
				t.Errorf("read with %v, repaired with %v", readErr, err)
			}
			return
		}
		if again, err := ogg.Repair(m); err != nil || again != length {
			t.Errorf("repaired to %d samples, again to %d, %v", length, again, err)
		}
	})
}
