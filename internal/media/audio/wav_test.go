package audio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"os/exec"
	"strings"
	"testing"

	"parley/internal/media/codec"
)

// stereo returns a second of 440 Hz left and 1000 Hz right in encoding.
func stereo(encoding Encoding) *WAV {
	left, right := Tone(440, -12, Rate, Rate), Tone(1000, -12, Rate, Rate)
	w := &WAV{Encoding: encoding, Rate: Rate, Channels: 2}
	for i := range left {
		for _, s := range []int16{left[i], right[i]} {
			switch encoding {
			case PCM16:
				w.Data = binary.LittleEndian.AppendUint16(w.Data, uint16(s))
			case ALaw:
				w.Data = append(w.Data, codec.PCMA.Compress(s))
			case MuLaw:
				w.Data = append(w.Data, codec.PCMU.Compress(s))
			}
		}
	}
	return w
}

func TestWAVComesBack(t *testing.T) {
	for _, encoding := range []Encoding{PCM16, ALaw, MuLaw} {
		w := stereo(encoding)
		back, err := ReadWAV(bytes.NewReader(w.Bytes()), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if back.Encoding != encoding || back.Rate != Rate || back.Channels != 2 || !bytes.Equal(back.Data, w.Data) {
			t.Errorf("encoding %d came back as %d, %d Hz, %d channels, %d bytes",
				encoding, back.Encoding, back.Rate, back.Channels, len(back.Data))
		}
		if l, r := Level(back.PCM(0), Rate, 440), Level(back.PCM(1), Rate, 1000); math.Abs(l+12) > 0.3 || math.Abs(r+12) > 0.3 {
			t.Errorf("encoding %d: levels %.1f and %.1f", encoding, l, r)
		}
		if l, r := Level(back.PCM(0), Rate, 1000), Level(back.PCM(1), Rate, 440); l > -50 || r > -50 {
			t.Errorf("encoding %d: channels mixed, %.1f and %.1f", encoding, l, r)
		}
	}
}

func TestFFmpegReadsOurWAV(t *testing.T) {
	for _, encoding := range []Encoding{PCM16, ALaw, MuLaw} {
		w := stereo(encoding)
		cmd := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error", "-i", "-", "-af", "pan=mono|c0=c1", "-f", "s16le", "-")
		cmd.Stdin = bytes.NewReader(w.Bytes())
		var complaints strings.Builder
		cmd.Stderr = &complaints
		raw, err := cmd.Output()
		if err != nil || complaints.Len() > 0 {
			t.Fatalf("ffmpeg on encoding %d: %v %s", encoding, err, complaints.String())
		}
		got := (&WAV{Encoding: PCM16, Rate: Rate, Channels: 1, Data: raw}).PCM(0)
		if len(got) != Rate || math.Abs(Level(got, Rate, 1000)+12) > 0.3 {
			t.Errorf("encoding %d: %d samples, %.1f dBFS", encoding, len(got), Level(got, Rate, 1000))
		}
	}
}

func TestReadWAVRefuses(t *testing.T) {
	good := stereo(ALaw).Bytes()
	patched := func(at int, b ...byte) []byte {
		out := bytes.Clone(good)
		copy(out[at:], b)
		return out
	}
	for name, file := range map[string][]byte{
		"empty":            nil,
		"not RIFF":         []byte(strings.Repeat("x", 100)),
		"unknown encoding": patched(20, 85),
		"no channel":       patched(22, 0),
		"many channels":    patched(22, 255),
		"no rate":          patched(24, 0, 0, 0, 0),
		"odd depth":        patched(34, 12),
		"no samples":       good[:40],
		"samples first":    append([]byte("RIFF\x00\x00\x00\x00WAVEdata"), 0, 0, 0, 0),
		"too long":         append(bytes.Clone(good), make([]byte, 1<<16)...),
	} {
		if _, err := ReadWAV(bytes.NewReader(file), int64(len(good))); !errors.Is(err, ErrWAV) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadWAVTakesATruncatedFile(t *testing.T) {
	good := stereo(ALaw).Bytes()
	w, err := ReadWAV(bytes.NewReader(good[:WAVHeaderSize+101]), 1<<20)
	if err != nil || len(w.Data) != 100 {
		t.Fatalf("%v, %d bytes", err, len(w.Data))
	}
}

func FuzzReadWAV(f *testing.F) {
	f.Add(stereo(PCM16).Bytes()[:200])
	f.Add(stereo(MuLaw).Bytes()[:100])
	f.Fuzz(func(t *testing.T, file []byte) {
		w, err := ReadWAV(bytes.NewReader(file), 1<<16)
		if err != nil {
			if !errors.Is(err, ErrWAV) {
				t.Errorf("unexpected error %v", err)
			}
			return
		}
		if n := len(w.PCM(0)); n > len(file) || n != len(w.PCM(w.Channels-1)) {
			t.Errorf("%d samples from %d bytes", n, len(file))
		}
		if w.PCM(w.Channels) != nil || w.PCM(-1) != nil {
			t.Error("samples of a channel that is not there")
		}
	})
}
