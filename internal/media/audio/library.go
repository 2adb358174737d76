package audio

import (
	"bytes"
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"parley/internal/media/relay"
)

//go:generate ./prompt/make.sh

//go:embed prompt/*.wav
var promptFiles embed.FS

// The prompts of the library.
const (
	PromptUnavailable  = "unavailable"    // nobody can take the call now
	PromptNotInService = "not-in-service" // the number leads nowhere
)

// maxPrompt bounds one embedded prompt, in bytes.
const maxPrompt = 1 << 20

// Library holds the sounds shipped in the program: hold music and prompts. It
// never changes after NewLibrary; any goroutine may use it.
type Library struct {
	ids     []string
	music   map[string][]byte // A-law, by id
	prompts map[string][]byte // A-law, by "id.language"
}

// NewLibrary makes the music and loads the prompts: some 60 ms of work, once
// in a process. It fails only if the program was built with broken prompts.
func NewLibrary() (*Library, error) {
	l := &Library{music: map[string][]byte{}, prompts: map[string][]byte{}}
	if err := l.loadPrompts(); err != nil {
		return nil, err
	}
	all := pieces()
	loops := make([][]byte, len(all))
	var wg sync.WaitGroup
	for i := range all {
		wg.Go(func() {
			pcm := all[i].render()
			loops[i] = make([]byte, len(pcm))
			Encode(relay.PCMA, loops[i], pcm)
		})
	}
	wg.Wait()
	for i, p := range all {
		l.ids = append(l.ids, p.id)
		l.music[p.id] = loops[i]
	}
	return l, nil
}

func (l *Library) loadPrompts() error {
	entries, err := promptFiles.ReadDir("prompt")
	if err != nil {
		return fmt.Errorf("listing prompts: %w", err)
	}
	for _, entry := range entries {
		file, err := promptFiles.ReadFile("prompt/" + entry.Name())
		if err != nil {
			return fmt.Errorf("reading prompt %s: %w", entry.Name(), err)
		}
		w, err := ReadWAV(bytes.NewReader(file), maxPrompt)
		if err != nil {
			return fmt.Errorf("reading prompt %s: %w", entry.Name(), err)
		}
		if w.Encoding != ALaw || w.Rate != Rate || w.Channels != 1 {
			return fmt.Errorf("prompt %s is not 8 kHz mono A-law", entry.Name())
		}
		l.prompts[strings.TrimSuffix(entry.Name(), ".wav")] = w.Data
	}
	return nil
}

// MusicIDs lists the pieces of music in the order in which to offer them.
func (l *Library) MusicIDs() []string { return slices.Clone(l.ids) }

// Music returns a new source that plays a piece over and over, and whether
// there is such a piece.
func (l *Library) Music(id string) (relay.Source, bool) {
	loop, ok := l.music[id]
	if !ok {
		return nil, false
	}
	return &Player{sound: loop, loop: true}, true
}

// Prompt returns a new source that speaks a prompt once, and whether there is
// such a prompt in language: a tag such as "fr" or "fr-CA", of which the first
// part counts.
func (l *Library) Prompt(id, language string) (relay.Source, bool) {
	primary, _, _ := strings.Cut(strings.ToLower(language), "-")
	sound, ok := l.prompts[id+"."+primary]
	if !ok {
		return nil, false
	}
	return &Player{sound: sound}, true
}

// WAV returns a piece of music as a file that a web page can play, and whether
// there is such a piece.
func (l *Library) WAV(id string) ([]byte, bool) {
	loop, ok := l.music[id]
	if !ok {
		return nil, false
	}
	return (&WAV{Encoding: ALaw, Rate: Rate, Channels: 1, Data: loop}).Bytes(), true
}

// Player is a relay.Source over a sound held in memory. It belongs to the
// goroutine that calls Next; the sound itself is shared.
type Player struct {
	sound []byte // A-law
	loop  bool
	at    int
}

// Next fills frame with what follows, in codec. It returns false at the end,
// without touching frame; a sound's last frame is filled up with silence.
func (p *Player) Next(codec relay.Codec, frame []byte) bool {
	if p.at >= len(p.sound) {
		return false
	}
	for len(frame) > 0 && p.at < len(p.sound) {
		n := Convert(codec, frame, relay.PCMA, p.sound[p.at:])
		frame, p.at = frame[n:], p.at+n
		if p.loop && p.at == len(p.sound) {
			p.at = 0
		}
	}
	for i := range frame {
		frame[i] = Silence(codec)
	}
	return true
}
