package audio

import (
	"bytes"
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"parley/internal/media/codec"
	"parley/internal/media/relay"
)

//go:generate ./prompt/make.sh

//go:embed prompt/*.wav
var promptFiles embed.FS

// Prompts of the library that other packages ask for by name.
const (
	PromptUnavailable  = "unavailable"    // nobody can take the call now
	PromptNotInService = "not-in-service" // the number leads nowhere
)

// DefaultLanguage is the language of prompts where another is not spoken.
const DefaultLanguage = "en"

// Sentences lists the prompts that are heard by themselves, in the order in which
// to offer them. The others are parts of a sentence.
func Sentences() []string {
	return []string{
		"welcome", "menu", "closed", PromptUnavailable, PromptNotInService, "voicemail", "wrong-key", "please-wait",
		"callback-offer", "callback-promise", "goodbye", "blocked",
	}
}

// maxPrompt bounds one embedded prompt, in bytes.
const maxPrompt = 1 << 20

// Library holds the sounds shipped in the program: hold music and prompts. It
// never changes after NewLibrary; any goroutine may use it.
type Library struct {
	ids     []string
	music   map[string][]byte // A-law, by id
	prompts map[string][]byte // A-law, by "id.language"

	ringback map[bool][]byte // A-law, one cycle: French or not
	beep     []byte
}

// NewLibrary makes the music and loads the prompts: some 60 ms of work, once
// in a process. It fails only if the program was built with broken prompts.
func NewLibrary() (*Library, error) {
	l := &Library{music: map[string][]byte{}, prompts: map[string][]byte{}, ringback: ringbacks(), beep: beep()}
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
			codec.Encode(codec.PCMA, loops[i], pcm)
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
	sound, ok := l.prompts[id+"."+primary(language)]
	if !ok {
		return nil, false
	}
	return NewPlayer(sound), true
}

// Sentence returns a new source that speaks prompts one after the other; those
// that are not there are left out. It is false if there is none.
func (l *Library) Sentence(ids []string, language string) (relay.Source, bool) {
	s := &sentence{}
	for _, id := range ids {
		if sound, ok := l.prompts[id+"."+primary(language)]; ok {
			s.parts = append(s.parts, NewPlayer(sound))
		}
	}
	return s, len(s.parts) > 0
}

// Speaks says whether there are prompts in a language.
func (l *Library) Speaks(language string) bool {
	_, ok := l.prompts[PromptUnavailable+"."+primary(language)]
	return ok
}

func primary(language string) string {
	first, _, _ := strings.Cut(strings.ToLower(language), "-")
	return first
}

// Ringback returns a new source of the tone that a caller hears while it rings,
// as in the country of the language.
func (l *Library) Ringback(language string) relay.Source {
	return &Player{sound: l.ringback[primary(language) == "fr"], loop: true}
}

// Silence returns a new source of nothing to hear, without end.
func (l *Library) Silence() relay.Source {
	return &Player{sound: bytes.Repeat([]byte{codec.Silence(codec.PCMA)}, relay.FrameBytes), loop: true}
}

// Beep returns a new source of the tone after which a caller speaks, once.
func (l *Library) Beep() relay.Source { return NewPlayer(l.beep) }

// PromptWAV returns a prompt as a file that a web page can play, and whether
// there is such a prompt in language.
func (l *Library) PromptWAV(id, language string) ([]byte, bool) {
	sound, ok := l.prompts[id+"."+primary(language)]
	if !ok {
		return nil, false
	}
	return (&WAV{Encoding: ALaw, Rate: Rate, Channels: 1, Data: sound}).Bytes(), true
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
