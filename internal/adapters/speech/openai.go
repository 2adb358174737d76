package speech

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"parley/internal/domain/message"
)

const (
	endpointTime = 60 * time.Second // for one text
	maxAnswer    = 1 << 10          // bytes read of an answer that is no sound
	maxVoices    = 100
)

// EndpointConfig says where and how to ask an endpoint.
type EndpointConfig struct {
	URL    string   // base, such as "https://api.openai.com/v1"; "/audio/speech" is added
	Key    string   // bearer token, "" for none
	Model  string   // "" is DefaultModel
	Voices []string // "name" or "name=fr-FR"; none are DefaultVoices
}

// DefaultModel is asked for where no other is set.
const DefaultModel = "gpt-4o-mini-tts"

// DefaultVoices are those of OpenAI's own endpoint; each reads any language.
func DefaultVoices() []string {
	return []string{"alloy", "ash", "coral", "echo", "fable", "nova", "onyx", "sage", "shimmer"}
}

// Endpoint reads texts by an HTTP endpoint.
type Endpoint struct {
	url, key, model string
	voices          []message.Voice
	client          *http.Client
}

// NewEndpoint checks the settings; it asks nobody.
func NewEndpoint(c EndpointConfig) (*Endpoint, error) {
	base, err := url.Parse(c.URL)
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" || base.User != nil {
		return nil, errors.New("the speech endpoint is no http or https address") // it may hold a secret
	}
	e := &Endpoint{url: base.JoinPath("audio", "speech").String(), key: c.Key, model: c.Model}
	if e.model == "" {
		e.model = DefaultModel
	}
	names := c.Voices
	if len(names) == 0 {
		names = DefaultVoices()
	}
	if len(names) > maxVoices {
		return nil, fmt.Errorf("%d speech voices, at most %d", len(names), maxVoices)
	}
	for _, one := range names {
		name, language, _ := strings.Cut(one, "=")
		if name = strings.TrimSpace(name); name == "" || len(name) > 64 {
			return nil, fmt.Errorf("speech voice %.40q has no name or too long a one", one)
		}
		e.voices = append(e.voices, message.Voice{ID: name, Name: strings.ToUpper(name[:1]) + name[1:], Language: strings.TrimSpace(language)})
	}
	// The key goes to the address that was set and nowhere else.
	e.client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return e, nil
}

// Voices lists those that were set.
func (e *Endpoint) Voices(context.Context) ([]message.Voice, error) {
	return slices.Clone(e.voices), nil
}

// request is the body of a question.
type request struct {
	Model  string `json:"model"`
	Input  string `json:"input"`
	Voice  string `json:"voice"`
	Format string `json:"response_format"`
}

// Speak returns the file that the endpoint answers with: WAV is asked for.
func (e *Endpoint) Speak(ctx context.Context, text, voiceID string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, endpointTime)
	defer cancel()
	body, err := json.Marshal(request{Model: e.model, Input: text, Voice: voiceID, Format: "wav"})
	if err != nil {
		return nil, fmt.Errorf("word the question to the speech endpoint: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("word the question to the speech endpoint: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	if e.key != "" {
		r.Header.Set("Authorization", "Bearer "+e.key)
	}
	answer, err := e.client.Do(r)
	if err != nil {
		return nil, unavailable(err)
	}
	defer func() { _ = answer.Body.Close() }() // read to its end or of no more use
	if answer.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(io.LimitReader(answer.Body, maxAnswer)) // what came is enough
		return nil, unavailable(fmt.Errorf("the speech endpoint answers %s: %.200q", answer.Status, said))
	}
	wav := bounded{limit: maxWAV}
	if _, err := io.Copy(&wav, answer.Body); err != nil {
		return nil, unavailable(fmt.Errorf("read the speech endpoint's answer: %w", err))
	}
	return wav.bytes, nil
}
