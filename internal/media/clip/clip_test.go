package clip

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"parley/internal/base/fault"
	"parley/internal/domain/message"
	"parley/internal/media/audio"
)

const megabytes = 10 << 20

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func decoded(t testing.TB, file []byte) Clip {
	t.Helper()
	c, err := Decode(t.Context(), bytes.NewReader(file), megabytes)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// refused fails the test unless the file is an Invalid fault with the key.
func refused(t testing.TB, file []byte, key string) {
	t.Helper()
	_, err := Decode(t.Context(), bytes.NewReader(file), megabytes)
	if f := fault.Of(err); err == nil || f.Kind != fault.Invalid || f.Key != key {
		t.Errorf("got %v, want %s", err, key)
	}
}

// tone is seconds of a sine of amplitude from 0 to 1.
func tone(rate int, hz, seconds, amplitude float64) []int16 {
	out := make([]int16, int(seconds*float64(rate)))
	for i := range out {
		out[i] = int16(32767 * amplitude * math.Sin(2*math.Pi*hz*float64(i)/float64(rate)))
	}
	return out
}

// power is the mean square of the part of wave at hz.
func power[S int16 | float32](wave []S, rate int, hz float64) float64 {
	var re, im float64
	for i, s := range wave {
		sin, cos := math.Sincos(2 * math.Pi * hz * float64(i) / float64(rate))
		re, im = re+float64(s)*cos, im+float64(s)*sin
	}
	n := float64(len(wave))
	return 2 * (re*re + im*im) / (n * n)
}

func total[S int16 | float32](wave []S) float64 {
	sum := 0.0
	for _, s := range wave {
		sum += float64(s) * float64(s)
	}
	return sum / float64(len(wave))
}

// wantTone fails the test unless nearly all of the sound is at hz.
func wantTone(t testing.TB, wave []int16, rate int, hz float64) {
	t.Helper()
	inner := wave[len(wave)/4 : 3*len(wave)/4]
	if share := power(inner, rate, hz) / total(inner); share < 0.98 {
		t.Errorf("%.1f %% of the sound is at %g Hz", 100*share, hz)
	}
}

func TestMP3(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"stereo-44100.mp3", "mono-24000.mp3", "vbr-48000.mp3", "mono-22050.mp3", "stereo-22050.mp3"} {
		c := decoded(t, read(t, name))
		if c.Length() < 1150*time.Millisecond || c.Length() > 1350*time.Millisecond {
			t.Errorf("%s lasts %v", name, c.Length())
		}
		for _, rate := range []int{8000, 16000} {
			wantTone(t, c.At(rate), rate, 440)
		}
	}
}

// TestMP3EqualsFFmpeg compares with another decoder; they may begin apart.
func TestMP3EqualsFFmpeg(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"stereo-44100.mp3", "mono-24000.mp3", "mono-22050.mp3", "stereo-22050.mp3"} {
		raw, err := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error", "-i", "testdata/"+name, "-ac", "1", "-f", "s16le", "-").Output()
		if err != nil {
			t.Fatalf("ffmpeg is needed as the reference: %v", err)
		}
		theirs := make([]int16, len(raw)/2)
		if _, err := binary.Decode(raw, binary.LittleEndian, theirs); err != nil {
			t.Fatal(err)
		}
		ours := decoded(t, read(t, name)).samples
		if a, b := total(ours[8000:20000]), total(theirs[8000:20000]); math.Abs(10*math.Log10(a/b)) > 0.1 {
			t.Errorf("%s: ours is %.2f dB louder", name, 10*math.Log10(a/b))
		}
	}
}

func TestMP3IsToldByItsContent(t *testing.T) {
	t.Parallel()
	mono := read(t, "mono-24000.mp3")
	tagged := append([]byte("ID3\x03\x00\x00\x00\x00\x01\x00"), make([]byte, 128)...)
	for name, file := range map[string][]byte{
		"padding before":      append(make([]byte, 3000), mono...),
		"two tags":            append(bytes.Clone(tagged), append(bytes.Clone(tagged), mono...)...),
		"a tag after it":      append(bytes.Clone(mono), "TAG"+string(make([]byte, 125))...),
		"cut in a frame":      mono[:len(mono)-17],
		"noise in the middle": append(append(bytes.Clone(mono), bytes.Repeat([]byte{0x55}, 500)...), mono...),
	} {
		if c := decoded(t, file); c.Length() < time.Second {
			t.Errorf("%s: %v are left", name, c.Length())
		}
	}
	picture := append([]byte("\xff\xd8\xff\xe0\x00\x10JFIF"), bytes.Repeat([]byte{0xFF, 0xFB, 0x90, 0x00, 0x17}, 3000)...)
	for name, file := range map[string][]byte{
		"a picture":         picture,
		"a page":            []byte("<html>ID3 RIFF WAVE</html>"),
		"a program":         append([]byte("\x7fELF"), make([]byte, 5000)...),
		"a tag alone":       tagged,
		"a tag that lies":   []byte("ID3\x03\x00\x00\x7f\x7f\x7f\x7fxx"),
		"one sync":          {0xFF, 0xFB, 0x90, 0x00},
		"too far in":        append(make([]byte, maxLead+1), mono...),
		"MPEG 2.5":          read(t, "mpeg25-11025.mp3"),
		"layer II":          read(t, "layer2.mp3"),
		"RIFF without WAVE": []byte("RIFF\x10\x00\x00\x00AVI LIST"),
	} {
		t.Run(name, func(t *testing.T) { refused(t, file, "error.message-kind") })
	}
}

// TestCraftedMP3: one that makes the library panic is refused like any other, and
// whatever else is done to a file ends.
func TestCraftedMP3(t *testing.T) {
	t.Parallel()
	refused(t, read(t, "panic.mp3"), "error.message-unreadable")
	_, err := decodeMP3(t.Context(), read(t, "panic.mp3"))
	if err == nil || !strings.Contains(err.Error(), "panicked") {
		t.Errorf("the file shows nothing any more: %v", err)
	}
	for seed := range uint64(60) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		file := bytes.Clone(read(t, []string{"mono-24000.mp3", "mono-22050.mp3", "stereo-22050.mp3", "vbr-48000.mp3"}[seed%4])[:2400])
		for range 1 + rnd.IntN(30) {
			file[rnd.IntN(len(file))] = byte(rnd.Uint32())
		}
		c, err := Decode(t.Context(), bytes.NewReader(file), megabytes)
		if err != nil && fault.KindOf(err) != fault.Invalid || c.Length() > 10*time.Second {
			t.Errorf("seed %d: %v, %v", seed, c.Length(), err)
		}
	}
}

func TestTooLong(t *testing.T) {
	t.Parallel()
	second := read(t, "mono-24000.mp3") // 1.2 s
	halfHour := bytes.Repeat(second, 1500)
	if len(halfHour) > megabytes {
		t.Fatalf("%d bytes are refused for their size", len(halfHour))
	}
	refused(t, halfHour, "error.message-long")
	if c := decoded(t, bytes.Repeat(second, 100)); c.Length() < 119*time.Second {
		t.Errorf("two minutes became %v", c.Length())
	}
	refused(t, wav(tagALaw, 8, 1, 8000, bytes.Repeat([]byte{0x55, 0x95}, 8000*301)), "error.message-long")
}

// TestTinyFrames: the least bytes a frame may have, ten megabytes of them, would
// last for hours.
func TestTinyFrames(t *testing.T) {
	t.Parallel()
	frame := make([]byte, 24) // MPEG-2, 8 kbit/s, 24 kHz, mono
	copy(frame, []byte{0xFF, 0xF3, 0x14, 0xC0})
	start := time.Now()
	refused(t, bytes.Repeat(frame, megabytes/len(frame)), "error.message-long")
	if took := time.Since(start); took > MaxWork {
		t.Errorf("refusing took %v", took)
	}
}

func TestLargeEmptyAndBroken(t *testing.T) {
	t.Parallel()
	refused(t, make([]byte, megabytes+1), "error.message-large")
	refused(t, nil, "error.message-file-needed")
	lost := errors.New("line cut")
	if _, err := Decode(t.Context(), iotest.ErrReader(lost), megabytes); !errors.Is(err, lost) || fault.KindOf(err) != fault.Internal {
		t.Errorf("a broken line is %v", err)
	}
	// The most a file may have is taken.
	most := wav(tagPCM, 16, 2, 48000, nil)
	most = append(most, pcm(tone(48000, 300, 120, 0.5))[:(megabytes-len(most))/4*4]...)
	binary.LittleEndian.PutUint32(most[40:], uint32(len(most)-44))
	if c := decoded(t, most); c.Length() < 27*time.Second {
		t.Errorf("10 MB are %v", c.Length())
	}
}

func TestTimeIsBounded(t *testing.T) {
	t.Parallel()
	file := bytes.Repeat(read(t, "mono-24000.mp3"), 400)
	late, cancel := context.WithTimeoutCause(t.Context(), 0, tooSlow())
	defer cancel()
	for name, f := range map[string][]byte{"MP3": file, "WAV": wav(tagPCM, 16, 1, 8000, pcm(tone(8000, 300, 20, 0.5)))} {
		if _, err := decode(late, f); fault.Of(err).Key != "error.message-slow" {
			t.Errorf("%s: out of time is %v", name, err)
		}
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := Decode(gone, bytes.NewReader(file), megabytes); !errors.Is(err, context.Canceled) {
		t.Errorf("who left is told %v", err)
	}
}

func TestStudio(t *testing.T) {
	t.Parallel()
	sound, err := Studio{}.Make(t.Context(), bytes.NewReader(read(t, "vbr-48000.mp3")), megabytes)
	if err != nil {
		t.Fatal(err)
	}
	samples, err := Studio{}.Samples(sound.Narrow)
	if err != nil {
		t.Fatal(err)
	}
	if got := time.Duration(len(samples)) * time.Second / 8000; got != sound.Length || got < time.Second {
		t.Errorf("%v of samples, said to be %v", got, sound.Length)
	}
	for rate, file := range map[int][]byte{8000: sound.Narrow, 16000: sound.Wide} {
		w, err := audio.ReadWAV(bytes.NewReader(file), megabytes)
		if err != nil || w.Rate != rate || w.Channels != 1 {
			t.Fatalf("%+v, %v", w, err)
		}
		wantTone(t, w.PCM(0), rate, 440)
	}
	if _, err := (Studio{}).Samples(sound.Wide); err == nil {
		t.Error("16 kHz pass for 8 kHz")
	}
	if _, err := (Studio{}).Samples(nil); err == nil {
		t.Error("nothing passes for samples")
	}
	whistle := wav(tagPCM, 16, 1, 48000, pcm(tone(48000, 15000, 2, 0.5)))
	if _, err := (Studio{}).Make(t.Context(), bytes.NewReader(whistle), megabytes); fault.Of(err).Key != "error.message-silent" {
		t.Errorf("a tone no telephone carries is %v", err)
	}
}

var _ message.Studio = Studio{}
