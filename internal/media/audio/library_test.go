package audio

import (
	"bytes"
	"io/fs"
	"slices"
	"sync"
	"testing"
	"time"

	"parley/internal/domain/queue"
	"parley/internal/media/codec"
	"parley/internal/media/relay"
)

// builtLibrary is shared: it takes seconds to make under the race detector.
var builtLibrary = sync.OnceValues(NewLibrary)

func newLibrary(t testing.TB) *Library {
	t.Helper()
	l, err := builtLibrary()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func abs(n int) int { return max(n, -n) }

// listen plays at most seconds of source and returns the samples heard.
func listen(source relay.Source, law codec.Codec, seconds int) (pcm []int16) {
	var frame [FrameSize]byte
	samples := make([]int16, FrameSize)
	for range seconds * Rate / FrameSize {
		if !source.Next(law, frame[:]) {
			break
		}
		codec.Decode(law, samples, frame[:])
		pcm = append(pcm, samples...)
	}
	return pcm
}

func TestMusicIsCalmAndSteady(t *testing.T) {
	l := newLibrary(t)
	for _, id := range l.MusicIDs() {
		for _, law := range []codec.Codec{codec.PCMA, codec.PCMU} {
			source, ok := l.Music(id)
			if !ok {
				t.Fatalf("%s is listed but not there", id)
			}
			pcm := listen(source, law, 40)
			if len(pcm) != 40*Rate {
				t.Fatalf("%s ended after %d samples", id, len(pcm))
			}
			if got := Loudness(pcm[:16*Rate]); got < -21 || got > -19 {
				t.Errorf("%s in %s is %.1f dBFS loud", id, law, got)
			}
			if peak := max(slices.Max(pcm), -slices.Min(pcm)); peak > 16384 {
				t.Errorf("%s in %s peaks at %d", id, law, peak)
			}
			for s := range 39 {
				if got := Loudness(pcm[s*Rate : (s+1)*Rate]); got < -32 {
					t.Errorf("%s in %s falls to %.1f dBFS at second %d", id, law, got, s)
				}
			}
		}
	}
}

// TestMusicHasNoSeam compares the step from the loop's last sample to its
// first with the steps found elsewhere.
func TestMusicHasNoSeam(t *testing.T) {
	l := newLibrary(t)
	for _, p := range pieces() {
		source, _ := l.Music(p.id)
		pcm := listen(source, codec.PCMA, int(p.seconds))
		steepest := 0
		for i := 1; i < len(pcm); i++ {
			steepest = max(steepest, abs(int(pcm[i])-int(pcm[i-1])))
		}
		if seam := abs(int(pcm[0]) - int(pcm[len(pcm)-1])); seam > steepest {
			t.Errorf("%s jumps by %d where it loops, elsewhere by %d at most", p.id, seam, steepest)
		}
		if s := p.seconds; s < 8 || s > 16 {
			t.Errorf("%s is %.0f s long", p.id, s)
		}
	}
}

func TestMusicLoopsExactly(t *testing.T) {
	l := newLibrary(t)
	for _, id := range l.MusicIDs() {
		source, _ := l.Music(id)
		pcm := listen(source, codec.PCMA, 32)
		if !slices.Equal(pcm[:16*Rate], pcm[16*Rate:]) {
			t.Errorf("%s plays differently the second time", id)
		}
	}
}

func TestPromptsAreThereInBothLanguages(t *testing.T) {
	l := newLibrary(t)
	for _, id := range append(Sentences(), "position-next", "position-far", "wait-long") {
		for _, language := range []string{"fr", "en", "fr-CA", "EN-us"} {
			source, ok := l.Prompt(id, language)
			if !ok {
				t.Fatalf("no %s in %s", id, language)
			}
			pcm := listen(source, codec.PCMU, 60)
			if s := float64(len(pcm)) / Rate; s < 2 || s > 12 {
				t.Errorf("%s in %s lasts %.1f s", id, language, s)
			}
			if got := Loudness(pcm); got < -24 || got > -16 {
				t.Errorf("%s in %s is %.1f dBFS loud", id, language, got)
			}
			if source.Next(codec.PCMU, make([]byte, FrameSize)) {
				t.Errorf("%s in %s does not end", id, language)
			}
		}
	}
}

// TestPlacesCanBeSaid has every place and wait that callers are told spoken.
func TestPlacesCanBeSaid(t *testing.T) {
	l := newLibrary(t)
	for position := range 25 {
		for minutes := range 25 {
			p := queue.Place{Position: position + 1, Wait: time.Duration(minutes) * time.Minute, Known: minutes > 0}
			for _, language := range []string{"fr", "en"} {
				length := 0
				for _, id := range p.Prompts() {
					source, ok := l.Prompt(id, language)
					if !ok {
						t.Fatalf("no %s in %s", id, language)
					}
					pcm := listen(source, codec.PCMA, 20)
					if got := Loudness(pcm); got < -24 || got > -16 {
						t.Errorf("%s in %s is %.1f dBFS loud", id, language, got)
					}
					length += len(pcm)
				}
				all, ok := l.Sentence(p.Prompts(), language)
				if !ok {
					t.Fatalf("nothing to say of %+v", p)
				}
				if got := len(listen(all, codec.PCMA, 60)); length-got < 0 || length-got >= len(p.Prompts())*FrameSize {
					t.Errorf("the parts of %v last %d samples, together they last %d", p.Prompts(), length, got)
				}
			}
		}
	}
}

// TestSentencesHaveNoGaps plays two sounds that fill no whole frame.
func TestSentencesHaveNoGaps(t *testing.T) {
	ones, twos := bytes.Repeat([]byte{1}, 100), bytes.Repeat([]byte{2}, 100)
	s := &sentence{parts: []*Player{NewPlayer(ones), NewPlayer(twos)}}
	var heard []byte
	frame := make([]byte, FrameSize)
	for s.Next(codec.PCMA, frame) {
		heard = append(heard, frame...)
	}
	want := append(append(ones, twos...), bytes.Repeat([]byte{codec.Silence(codec.PCMA)}, 2*FrameSize-200)...)
	if !bytes.Equal(heard, want) {
		t.Errorf("heard %v", heard)
	}
}

func TestSentencesLeaveOutWhatIsNotThere(t *testing.T) {
	l := newLibrary(t)
	if _, ok := l.Sentence([]string{"polka", "number-3"}, "en"); !ok {
		t.Error("a part that is not there silences the rest")
	}
	if _, ok := l.Sentence([]string{"polka"}, "en"); ok {
		t.Error("a sentence of nothing")
	}
}

func TestRingbackAndBeep(t *testing.T) {
	l := newLibrary(t)
	for language, hz := range map[string]float64{"fr": 440, "en": 425, "": 425} {
		pcm := listen(l.Ringback(language), codec.PCMA, 12)
		if len(pcm) != 12*Rate {
			t.Fatalf("ringing ended after %d samples", len(pcm))
		}
		if got := Level(pcm[:Rate], Rate, hz); got < -26 || got > -20 {
			t.Errorf("%q rings with %.1f dBFS at first", language, got)
		}
		if got := Loudness(pcm[2*Rate : 4*Rate]); got > -60 {
			t.Errorf("%q does not pause: %.1f dBFS", language, got)
		}
		if got := Level(pcm[5*Rate:6*Rate], Rate, hz); got < -26 || got > -20 {
			t.Errorf("%q rings with %.1f dBFS the second time", language, got)
		}
	}
	pcm := listen(l.Beep(), codec.PCMU, 5)
	if s := float64(len(pcm)) / Rate; s < 0.3 || s > 0.6 {
		t.Errorf("the beep lasts %.2f s", s)
	}
}

func TestUnknownSounds(t *testing.T) {
	l := newLibrary(t)
	if _, ok := l.Music("polka"); ok {
		t.Error("music out of nowhere")
	}
	if _, ok := l.Prompt(PromptUnavailable, "tlh"); ok {
		t.Error("a prompt in an unknown language")
	}
	if _, ok := l.WAV("polka"); ok {
		t.Error("a file out of nowhere")
	}
}

func TestMusicPreviewIsTheMusic(t *testing.T) {
	l := newLibrary(t)
	file, ok := l.WAV("piano")
	if !ok {
		t.Fatal("no preview")
	}
	w, err := ReadWAV(bytes.NewReader(file), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	source, _ := l.Music("piano")
	if !slices.Equal(w.PCM(0), listen(source, codec.PCMA, 16)) {
		t.Error("the preview differs from what callers hear")
	}
}

func TestEmbeddedSoundsStaySmall(t *testing.T) {
	total := int64(0)
	err := fs.WalkDir(promptFiles, ".", func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		total += info.Size()
		return err
	})
	if err != nil || total == 0 || total > 3_000_000 {
		t.Errorf("%d bytes embedded, %v", total, err)
	}
}

func TestPlayerDoesNotAllocate(t *testing.T) {
	source, _ := newLibrary(t).Music("soft")
	frame := make([]byte, FrameSize)
	if n := testing.AllocsPerRun(100, func() { source.Next(codec.PCMU, frame) }); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

func BenchmarkNewLibrary(b *testing.B) {
	for b.Loop() {
		if _, err := NewLibrary(); err != nil {
			b.Fatal(err)
		}
	}
}
