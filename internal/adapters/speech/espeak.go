package speech

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"parley/internal/domain/message"
)

const (
	espeakTime  = 30 * time.Second // for one text
	listTime    = 5 * time.Second  // for the list of voices
	maxList     = 256 << 10        // bytes of that list
	maxComplain = 2 << 10          // bytes of what the program says went wrong
)

// Espeak reads texts by the espeak-ng program. The text goes to its standard input:
// never to a shell, nor to the command line, where it could be taken for options.
type Espeak struct {
	path string

	mu     sync.Mutex
	voices []message.Voice // once they are known
}

// NewEspeak returns the program at path, or the one found in PATH for ""; false
// where there is none.
func NewEspeak(path string) (*Espeak, bool) {
	if path == "" {
		path = "espeak-ng"
	}
	found, err := exec.LookPath(path)
	if err != nil {
		return nil, false
	}
	return &Espeak{path: found}, true
}

// Voices lists the program's own voices, two of each accent: as it is, and higher.
// Languages and accents that nobody would choose for callers are left out.
func (e *Espeak) Voices(ctx context.Context) ([]message.Voice, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.voices != nil {
		return e.voices, nil
	}
	ctx, cancel := context.WithTimeout(ctx, listTime)
	defer cancel()
	list, err := e.run(ctx, "", maxList, "--voices")
	if err != nil {
		return nil, fmt.Errorf("list the voices of espeak-ng: %w", err)
	}
	e.voices = parseVoices(string(list))
	return e.voices, nil
}

// accent is one of those offered.
type accent struct {
	listed string // the program's own name in its list
	spoken string // and the one it speaks by: by others it knows no higher voice
	tag    string // as people know it
}

// accents are offered in this order.
func accents() []accent {
	return []accent{
		{"fr-fr", "fr", "fr-FR"},
		{"fr-be", "fr-be", "fr-BE"},
		{"fr-ch", "fr-ch", "fr-CH"},
		{"en-gb", "en", "en-GB"},
		{"en-us", "en-us", "en-US"},
		{"de", "de", "de-DE"},
		{"es", "es", "es-ES"},
		{"es-419", "es-419", "es-419"},
		{"it", "it", "it-IT"},
		{"nl", "nl", "nl-NL"},
		{"pt", "pt", "pt-PT"},
		{"pt-br", "pt-br", "pt-BR"},
		{"pl", "pl", "pl-PL"},
		{"ca", "ca", "ca-ES"},
		{"da", "da", "da-DK"},
		{"sv", "sv", "sv-SE"},
		{"ro", "ro", "ro-RO"},
	}
}

// parseVoices reads the table that --voices prints: priority, language, age and
// gender, name, file. Voices in mb/ need data of their own, which may be missing.
func parseVoices(table string) []message.Voice {
	var there []string
	for line := range strings.Lines(table) {
		if f := strings.Fields(line); len(f) >= 5 && !strings.HasPrefix(f[4], "mb/") && !strings.HasPrefix(f[4], "!v/") {
			there = append(there, f[1])
		}
	}
	out := []message.Voice{}
	for _, a := range accents() {
		if slices.Contains(there, a.listed) {
			out = append(out,
				message.Voice{ID: a.spoken, Name: "eSpeak 1", Language: a.tag},
				message.Voice{ID: a.spoken + "+f2", Name: "eSpeak 2", Language: a.tag})
		}
	}
	return out
}

// Speak returns a WAV file at the program's own rate, 22.05 kHz.
func (e *Espeak) Speak(ctx context.Context, text, voiceID string) ([]byte, error) {
	voices, err := e.Voices(ctx)
	if err != nil {
		return nil, unavailable(err)
	}
	if !slices.ContainsFunc(voices, func(v message.Voice) bool { return v.ID == voiceID }) {
		return nil, unavailable(fmt.Errorf("espeak-ng has no voice %.40q", voiceID))
	}
	ctx, cancel := context.WithTimeout(ctx, espeakTime)
	defer cancel()
	// A little slower than it speaks by itself: callers hear it once.
	wav, err := e.run(ctx, plain(text), maxWAV, "-v", voiceID, "-s", "155", "-b", "1", "--stdin", "--stdout")
	if err != nil {
		return nil, unavailable(err)
	}
	return wav, nil
}

// plain takes from a text what the program would obey: its commands begin with a
// control character, its phonemes with two brackets.
func plain(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' {
			return ' '
		}
		return r
	}, text)
	return strings.ReplaceAll(text, "[[", "[ [") + "\n"
}

// run gives the program input and returns at most limit bytes of what it prints. It
// sees nothing of our environment, where secrets may be.
func (e *Espeak) run(ctx context.Context, input string, limit int, args ...string) ([]byte, error) {
	out, complaint := bounded{limit: limit}, bounded{limit: maxComplain}
	cmd := exec.CommandContext(ctx, e.path, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &out, &complaint
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8"}
	cmd.WaitDelay = time.Second // for children that hold its output open
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			err = errors.Join(ctx.Err(), err)
		}
		return nil, fmt.Errorf("run espeak-ng: %w: %.200s", err, complaint.bytes)
	}
	return out.bytes, nil
}
