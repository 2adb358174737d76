package speech_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/adapters/speech"
	"parley/internal/base/fault"
	"parley/internal/domain/message"
)

// installed is the real program.
func installed(t *testing.T) *speech.Espeak {
	t.Helper()
	e, ok := speech.NewEspeak("")
	if !ok {
		t.Fatal("espeak-ng is needed: apt-get install espeak-ng")
	}
	return e
}

// fake is a program of the given script that lists one voice.
func fake(t *testing.T, speak string) *speech.Espeak {
	t.Helper()
	path := filepath.Join(t.TempDir(), "espeak-ng")
	script := "#!/bin/sh\nif [ \"$1\" = --voices ]; then echo ' 5  fr-fr --/M French roa/fr'; exit; fi\n" + speak + "\n"
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	e, ok := speech.NewEspeak(path)
	if !ok {
		t.Fatal("the program is not found")
	}
	return e
}

// seconds is the length of what espeak-ng gives, whose header does not know it.
func seconds(t *testing.T, wav []byte) float64 {
	t.Helper()
	if len(wav) < 44 || string(wav[:4]) != "RIFF" || string(wav[8:12]) != "WAVE" {
		t.Fatalf("no WAV: %.20q", wav)
	}
	return float64(len(wav)-44) / 2 / 22050
}

func TestEspeakVoices(t *testing.T) {
	t.Parallel()
	voices, err := installed(t).Voices(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var languages []string
	for _, v := range voices {
		languages = append(languages, v.Language)
		if v.ID == "" || v.Name == "" {
			t.Errorf("voice %+v", v)
		}
	}
	for _, want := range []string{"fr-FR", "en-GB", "en-US", "de-DE"} {
		if !slices.Contains(languages, want) {
			t.Errorf("nobody speaks %s: %v", want, languages)
		}
	}
}

func TestEspeakSpeaks(t *testing.T) {
	t.Parallel()
	e := installed(t)
	said := map[string][]byte{}
	for _, voice := range []string{"fr", "fr+f2", "en"} {
		wav, err := e.Speak(t.Context(), "Bonjour, vous êtes bien chez Parley.", voice)
		if err != nil {
			t.Fatal(err)
		}
		if s := seconds(t, wav); s < 1.5 || s > 6 {
			t.Errorf("%s takes %.1f s", voice, s)
		}
		said[voice] = wav
	}
	if bytes.Equal(said["fr"], said["en"]) || bytes.Equal(said["fr"], said["fr+f2"]) {
		t.Error("two voices are one")
	}
}

// TestEspeakIsObeyedByNothing: whatever a text looks like, it is read and nothing
// else happens.
func TestEspeakIsObeyedByNothing(t *testing.T) {
	t.Parallel()
	e, trap := installed(t), filepath.Join(t.TempDir(), "trap")
	for _, text := range []string{
		"--help", "-w " + trap, "-f /etc/passwd", "--path=/", `"; touch ` + trap + `; "`, "$(touch " + trap + ")", "`touch " + trap + "`",
		"it's \"quoted\" 'twice' \\", "one\x00two", "a\x01b \x01200S fast", "[[h@'loU]]", "<speak>Hello</speak>", "| touch " + trap, "&& touch " + trap, "\n\n-v en\n",
	} {
		wav, err := e.Speak(t.Context(), text, "en")
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if s := seconds(t, wav); s < 0.1 || s > 30 {
			t.Errorf("%q takes %.1f s", text, s)
		}
	}
	if _, err := os.Stat(trap); err == nil {
		t.Error("a text was run as a command")
	}
	long, err := e.Speak(t.Context(), strings.Repeat("deux mots ", 300), "fr")
	if err != nil || seconds(t, long) < 60 {
		t.Errorf("3000 characters: %d bytes, %v", len(long), err)
	}
}

func TestEspeakVoiceIsNoOption(t *testing.T) {
	t.Parallel()
	for _, voice := range []string{"", "--help", "fr-fr --stdin", "../../etc/passwd", "nobody"} {
		if _, err := installed(t).Speak(t.Context(), "Hello", voice); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("voice %q: %v", voice, err)
		}
	}
}

func TestEspeakThatHangs(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := fake(t, "sleep 60 & sleep 60").Speak(ctx, "Hello", "fr")
	if fault.Of(err).Key != "error.message-speech" || time.Since(start) > 20*time.Second {
		t.Errorf("after %v: %v", time.Since(start), err)
	}
}

func TestEspeakThatNeverEnds(t *testing.T) {
	t.Parallel()
	if _, err := fake(t, "exec cat /dev/zero").Speak(t.Context(), "Hello", "fr"); fault.Of(err).Key != "error.message-speech" {
		t.Errorf("endless sound is %v", err)
	}
	if _, err := fake(t, "exec cat /dev/zero >&2").Speak(t.Context(), "Hello", "fr"); fault.Of(err).Key != "error.message-speech" {
		t.Errorf("endless complaint is %v", err)
	}
}

func TestEspeakThatFails(t *testing.T) {
	t.Parallel()
	_, err := fake(t, "echo 'no voices here' >&2; exit 3").Speak(t.Context(), "Hello", "fr")
	if fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "no voices here") {
		t.Errorf("got %v", err)
	}
	if _, ok := speech.NewEspeak(filepath.Join(t.TempDir(), "nothing")); ok {
		t.Error("a program that is not there is found")
	}
}

// TestEspeakSeesNoSecrets of ours.
func TestEspeakSeesNoSecrets(t *testing.T) {
	t.Setenv("PARLEY_SPEECH_KEY", "sk-secret")
	out, err := fake(t, "exec env").Speak(t.Context(), "Hello", "fr")
	if err != nil || bytes.Contains(out, []byte("sk-secret")) {
		t.Errorf("its environment is %s, %v", out, err)
	}
}

var _ message.Speech = (*speech.Espeak)(nil)
