// Package speech has texts read by synthetic voices: by the espeak-ng program of
// the machine, and by any endpoint that speaks the OpenAI protocol. It keeps nothing
// but the list of voices and decides nothing about who may speak what. Everything in
// it may be used from any goroutine.
package speech

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"parley/internal/base/fault"
	"parley/internal/base/obs"
	"parley/internal/domain/message"
)

const maxWAV = 64 << 20 // bytes: more than the longest text takes at any rate

// Several is voices of several makers as one. Ids of voices begin with their
// maker's name and a colon, which the makers themselves never see. Once all are added
// it is read-only.
type Several struct {
	makers []maker
	log    *slog.Logger
}

type maker struct {
	name   string
	speech message.Speech
}

// NewSeveral returns no voices; add makers with With.
func NewSeveral(log *slog.Logger) *Several { return &Several{log: log} }

// With adds the voices of one more maker, listed behind the others, and returns s.
// It is for the time before anybody else has s.
func (s *Several) With(name string, speech message.Speech) *Several {
	s.makers = append(s.makers, maker{name, speech})
	return s
}

// Voices lists all voices. A maker that does not answer has none: others may.
func (s *Several) Voices(ctx context.Context) ([]message.Voice, error) {
	var out []message.Voice
	for _, m := range s.makers {
		voices, err := m.speech.Voices(ctx)
		if err != nil {
			s.log.ErrorContext(ctx, "voices not to be had", "maker", m.name, obs.Err, err)
			continue
		}
		for _, v := range voices {
			v.ID = m.name + ":" + v.ID
			out = append(out, v)
		}
	}
	return out, nil
}

// Speak has the voice's maker speak. A maker that fails is an Unavailable fault.
func (s *Several) Speak(ctx context.Context, text, voiceID string) ([]byte, error) {
	name, id, _ := strings.Cut(voiceID, ":")
	for _, m := range s.makers {
		if m.name == name {
			return m.speech.Speak(ctx, text, id)
		}
	}
	return nil, fault.OnField("voice", "error.message-voice")
}

var errTooMuch = errors.New("more sound than a text can be")

func unavailable(err error) error {
	return fault.New(fault.Unavailable, "error.message-speech").Because(fmt.Errorf("speak: %w", err))
}

// bounded is a buffer that refuses to grow beyond its limit.
type bounded struct {
	limit int
	bytes []byte
}

func (b *bounded) Write(p []byte) (int, error) {
	if len(b.bytes)+len(p) > b.limit {
		return 0, errTooMuch
	}
	b.bytes = append(b.bytes, p...)
	return len(p), nil
}
