package speech_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/adapters/speech"
	"parley/internal/base/fault"
	"parley/internal/domain/message"
)

const key = "sk-very-secret"

func endpoint(t *testing.T, answer http.HandlerFunc, voices ...string) *speech.Endpoint {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	e, err := speech.NewEndpoint(speech.EndpointConfig{URL: server.URL + "/v1/", Key: key, Model: "tts-1", Voices: voices})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestEndpointSpeaks(t *testing.T) {
	t.Parallel()
	e := endpoint(t, func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		var asked map[string]string
		if err := json.Unmarshal(raw, &asked); err != nil {
			t.Errorf("%s: %v", raw, err)
		}
		want := map[string]string{"model": "tts-1", "input": "Dites \"oui\"\n<b>", "voice": "nova", "response_format": "wav"}
		for name, value := range want {
			if asked[name] != value {
				t.Errorf("%s is %q, want %q", name, asked[name], value)
			}
		}
		if len(asked) != len(want) || r.Method != http.MethodPost || r.URL.Path != "/v1/audio/speech" ||
			r.Header.Get("Authorization") != "Bearer "+key || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("asked %s %s %v %s", r.Method, r.URL, r.Header, raw)
		}
		_, _ = w.Write([]byte("RIFF sound"))
	}, "nova", "celine=fr-FR")
	wav, err := e.Speak(t.Context(), "Dites \"oui\"\n<b>", "nova")
	if err != nil || string(wav) != "RIFF sound" {
		t.Errorf("got %q, %v", wav, err)
	}
	voices, err := e.Voices(t.Context())
	want := []message.Voice{{ID: "nova", Name: "Nova"}, {ID: "celine", Name: "Celine", Language: "fr-FR"}}
	if err != nil || !slices.Equal(voices, want) {
		t.Errorf("voices %+v, %v", voices, err)
	}
}

func TestEndpointThatFails(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the key went elsewhere: %v", r.Header)
	}))
	defer elsewhere.Close()
	for name, answer := range map[string]http.HandlerFunc{
		"401": func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, strings.Repeat("bad key ", 1000), http.StatusUnauthorized)
		},
		"429": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) },
		"moved": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		},
		"no end": func(w http.ResponseWriter, _ *http.Request) {
			for block := make([]byte, 1<<20); ; {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		},
		"cut": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("RIFF"))
		},
	} {
		_, err := endpoint(t, answer).Speak(t.Context(), "Hello", "alloy")
		if fault.Of(err).Key != "error.message-speech" || fault.KindOf(err) != fault.Unavailable {
			t.Errorf("%s: %v", name, err)
		} else if strings.Contains(err.Error(), key) || len(err.Error()) > 600 {
			t.Errorf("%s: the error tells too much: %v", name, err)
		}
	}
}

func TestEndpointThatHangs(t *testing.T) {
	t.Parallel()
	e := endpoint(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // or leaving is not noticed
		<-r.Context().Done()
	})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := e.Speak(ctx, "Hello", "alloy"); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("got %v", err)
	}
}

func TestEndpointSettings(t *testing.T) {
	t.Parallel()
	for _, c := range []speech.EndpointConfig{
		{URL: ""},
		{URL: "localhost"},
		{URL: "ftp://host/x"},
		{URL: "https://user:pass@host"},
		{URL: "https://host", Voices: []string{"=fr"}},
		{URL: "https://host", Voices: make([]string, 500)},
	} {
		if _, err := speech.NewEndpoint(c); err == nil || strings.Contains(err.Error(), "pass") {
			t.Errorf("%+v is taken, or told: %v", c, err)
		}
	}
	e, err := speech.NewEndpoint(speech.EndpointConfig{URL: "https://host"})
	if err != nil {
		t.Fatal(err)
	}
	if voices, _ := e.Voices(t.Context()); len(voices) != len(speech.DefaultVoices()) {
		t.Errorf("voices %v", voices)
	}
}

// maker speaks what it is called.
type maker struct {
	name string
	err  error
}

func (m maker) Voices(context.Context) ([]message.Voice, error) {
	return []message.Voice{{ID: "a:b", Name: m.name}}, m.err
}

func (m maker) Speak(_ context.Context, text, voiceID string) ([]byte, error) {
	return []byte(m.name + voiceID + text), m.err
}

func TestSeveral(t *testing.T) {
	t.Parallel()
	s := speech.NewSeveral(slog.New(slog.DiscardHandler))
	if voices, err := s.Voices(t.Context()); err != nil || len(voices) != 0 {
		t.Errorf("nobody speaks as %v, %v", voices, err)
	}
	s = s.With("one", maker{name: "1"}).With("lost", maker{err: io.ErrUnexpectedEOF}).With("two", maker{name: "2"})
	voices, err := s.Voices(t.Context())
	if want := []message.Voice{{ID: "one:a:b", Name: "1"}, {ID: "two:a:b", Name: "2"}}; err != nil || !slices.Equal(voices, want) {
		t.Errorf("voices %v, %v", voices, err)
	}
	if said, err := s.Speak(t.Context(), "x", "two:a:b"); err != nil || string(said) != "2a:bx" {
		t.Errorf("said %s, %v", said, err)
	}
	for _, voice := range []string{"", "three:a", "one"} {
		if said, err := s.Speak(t.Context(), "x", voice); voice != "one" && fault.Of(err).Key != "error.message-voice" {
			t.Errorf("%q said %s, %v", voice, said, err)
		}
	}
}
