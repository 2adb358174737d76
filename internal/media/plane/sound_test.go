package plane_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/domain/call"
	"parley/internal/domain/flow"
	"parley/internal/domain/recording"
	"parley/internal/media/audio"
	"parley/internal/media/codec"
	"parley/internal/media/relay"
	"parley/internal/shared/callstate"
)

// shelf is where the messages of workspaces lie.
type shelf struct {
	mu     sync.Mutex
	loads  map[string]int
	sounds map[string][]byte // by "workspace/message"
	gate   chan struct{}     // nil, or closed once messages may be had
}

func newShelf() *shelf { return &shelf{loads: map[string]int{}, sounds: map[string][]byte{}} }

func (s *shelf) ALaw(_ context.Context, workspaceID, messageID string) ([]byte, error) {
	if s.gate != nil {
		<-s.gate // heeds no context, as a store that hangs
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := workspaceID + "/" + messageID
	s.loads[key]++
	data, ok := s.sounds[key]
	if !ok {
		return nil, errors.New("no such message")
	}
	return data, nil
}

// ear is a leg that keeps the samples it hears.
type ear struct {
	call.Leg
	port *relay.Port

	mu    sync.Mutex
	heard []byte
}

func newEar() *ear {
	e := &ear{}
	e.port = relay.NewPort(e)
	e.port.SetCodec(codec.PCMA)
	return e
}

func (e *ear) ID() callstate.LegID { return callstate.CustomerLeg }
func (e *ear) Port() *relay.Port   { return e.port }

func (e *ear) Write(p *relay.Packet) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard = append(e.heard, p.Payload...)
	return nil
}

func (e *ear) all() []byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	return bytes.Clone(e.heard)
}

// tone is a message of the given number of frames, all of one value.
func tone(value byte, frames int) []byte {
	return bytes.Repeat([]byte{value}, frames*relay.FrameBytes)
}

// listening opens a call whose customer hears the player.
func listening(t *testing.T, sounds *shelf) (call.Bridge, *ear) {
	t.Helper()
	p, _ := newPlane(t, sounds)
	b := p.Open("w1", "c1")
	t.Cleanup(b.Close)
	customer := newEar()
	b.Attach(customer)
	b.Follow(callstate.State{Phase: callstate.Announcing})
	return b, customer
}

// play plays a sound to its end.
func play(t *testing.T, b call.Bridge, s call.Sound) {
	t.Helper()
	done := make(chan struct{})
	b.Play(s, func() { close(done) })
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatalf("%+v does not end", s)
	}
}

func message(id string) call.Sound { return call.Sound{Say: flow.Sound{MessageID: id}, Language: "fr"} }

func TestAMessageIsPlayedAndKept(t *testing.T) {
	t.Parallel()
	sounds := newShelf()
	sounds.sounds["w1/m1"] = tone(0x11, 5)
	b, customer := listening(t, sounds)
	for range 2 {
		play(t, b, message("m1"))
	}
	if got := customer.all(); !bytes.Equal(got, tone(0x11, 10)) {
		t.Errorf("%d bytes heard, want the message twice", len(got))
	}
	if n := sounds.loads["w1/m1"]; n != 1 {
		t.Errorf("loaded %d times", n)
	}
}

func TestAMessageOfAnotherWorkspaceIsNotPlayed(t *testing.T) {
	t.Parallel()
	sounds := newShelf()
	sounds.sounds["w2/m1"] = tone(0x11, 5)
	b, customer := listening(t, sounds)
	play(t, b, message("m1"))
	if bytes.Contains(customer.all(), tone(0x11, 1)) {
		t.Error("the caller hears another company's message")
	}
	if n := sounds.loads["w2/m1"]; n != 0 {
		t.Error("another company's message was loaded")
	}
}

// TestWhatCannotBeHadIsReplaced compares with the prompt that nobody is available.
func TestWhatCannotBeHadIsReplaced(t *testing.T) {
	t.Parallel()
	prompt, _ := sounds(t).Prompt(audio.PromptUnavailable, "fr")
	var want []byte
	for frame := make([]byte, relay.FrameBytes); prompt.Next(codec.PCMA, frame); {
		want = append(want, frame...)
	}
	for _, s := range []call.Sound{message("gone"), {Say: flow.Sound{Prompt: "polka"}, Language: "fr"}} {
		b, customer := listening(t, newShelf())
		b.Play(s, nil)
		await(t, "the prompt", func() bool { return len(customer.all()) > 50*relay.FrameBytes })
		if got := customer.all(); !bytes.Equal(got, want[:len(got)]) {
			t.Errorf("%+v is not replaced by the prompt", s)
		}
	}
}

func TestAMessageThatHangsIsReplaced(t *testing.T) {
	t.Parallel()
	sounds := newShelf()
	sounds.gate = make(chan struct{})
	t.Cleanup(func() { close(sounds.gate) })
	b, customer := listening(t, sounds)
	b.Play(message("m1"), nil)
	await(t, "the prompt", func() bool { return len(customer.all()) > 0 })
}

// TestALateMessageDoesNotInterrupt has the call gone on before a message is there.
func TestALateMessageDoesNotInterrupt(t *testing.T) {
	t.Parallel()
	sounds := newShelf()
	sounds.gate = make(chan struct{})
	sounds.sounds["w1/m1"] = tone(0x11, 5)
	p, _ := newPlane(t, sounds)
	b := p.Open("w1", "c1")
	defer b.Close()
	customer := newEar()
	b.Attach(customer)
	b.Follow(callstate.State{Phase: callstate.Announcing})
	b.Play(message("m1"), func() { t.Error("the message counts as played") })
	b.Play(call.Sound{Tone: call.Ringback}, nil)
	close(sounds.gate)
	if err := p.Close(t.Context()); err != nil { // it has been loaded
		t.Fatal(err)
	}
	n := len(customer.all())
	await(t, "ringing to go on", func() bool { return len(customer.all()) > n+20*relay.FrameBytes })
	if bytes.Contains(customer.all(), tone(0x11, 1)) {
		t.Error("the message interrupts what was asked for after it")
	}
}

func TestOddSoundsAreHeard(t *testing.T) {
	t.Parallel()
	b, customer := listening(t, newShelf())
	play(t, b, call.Sound{Tone: call.Beep})
	n := len(customer.all())
	if n == 0 {
		t.Error("no beep")
	}
	play(t, b, call.Sound{Prompts: []string{"number-3", "minutes"}, Language: "tlh"})
	if len(customer.all()) <= n {
		t.Error("no sentence")
	}
	n = len(customer.all())
	b.Play(call.Sound{Music: "polka"}, nil)
	await(t, "other music", func() bool { return len(customer.all()) > n })
	play(t, b, call.Sound{}) // silence ends at once
}

// TestMessagesKeptAreBounded has more messages played than memory holds.
func TestMessagesKeptAreBounded(t *testing.T) {
	t.Parallel()
	sounds(t) // made outside the bubble
	synctest.Test(t, func(t *testing.T) {
		sounds := newShelf()
		big := make([]byte, 6<<20)
		for i := range 8 {
			sounds.sounds[fmt.Sprintf("w1/m%d", i)] = big
		}
		sounds.sounds["w1/huge"] = make([]byte, 6<<20+1)
		p, _ := newPlane(t, sounds)
		b := p.Open("w1", "c1")
		for range 2 {
			for i := range 8 {
				b.Play(message(fmt.Sprintf("m%d", i)), nil)
				synctest.Wait()
			}
		}
		b.Play(message("huge"), nil)
		synctest.Wait()
		b.Close()
		for i := range 8 { // the oldest five are always gone before they are asked for again
			if n := sounds.loads[fmt.Sprintf("w1/m%d", i)]; n != 2 {
				t.Errorf("message %d was loaded %d times", i, n)
			}
		}
	})
}

func TestAVoicemailIsTheCustomerAlone(t *testing.T) {
	t.Parallel()
	p, store := newPlane(t, newShelf())
	close(store.open)
	b := p.Open("w1", "c1")
	defer b.Close()
	done := make(chan call.RecordResult, 1)
	r := b.Record(call.RecordSpec{
		RecordingID: "r1", WorkspaceID: "w1", CallID: "c1", Kind: recording.Voicemail, Start: time.Now(),
		Channels: []callstate.LegID{callstate.CustomerLeg, callstate.PlayerLeg}, Alarm: func(err error) { t.Error(err) },
	}, func(res call.RecordResult) { done <- res })
	r.Stop()
	if res := <-done; res.Err != nil {
		t.Fatal(res.Err)
	}
	file := store.read(t, "r1.wav")
	w, err := audio.ReadWAV(bytes.NewReader(file), 1<<20)
	if err != nil || w.Channels != 1 {
		t.Errorf("%d channels, %v", w.Channels, err)
	}
}

// await waits until cond holds.
func await(t *testing.T, what string, cond func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited %v for %s", patience, what)
		}
	}
}
