package plane

import (
	"parley/internal/base/obs"
	"parley/internal/domain/call"
	"parley/internal/media/audio"
	"parley/internal/media/relay"
	"parley/internal/shared/callstate"
)

// Play replaces what the player leg plays. A message that is not in memory is
// loaded first; until then there is silence.
func (b *bridge) Play(s call.Sound, done func()) {
	b.mu.Lock()
	stop := b.stop
	b.stop = nil
	b.turn++
	turn := b.turn
	b.mu.Unlock()
	if stop != nil {
		stop()
	}
	if s.Music == "" && s.Say.MessageID != "" {
		b.say(s, turn, done)
		return
	}
	src, ok := b.source(s)
	if !ok {
		if done != nil {
			done()
		}
		return
	}
	b.start(turn, src, done)
}

// say plays a message of the workspace, or the prompt that nobody is available
// where it cannot be had: a caller must not be left in silence.
func (b *bridge) say(s call.Sound, turn int, done func()) {
	key := clipKey{b.workspaceID, s.Say.MessageID}
	if data, ok := b.plane.clips.kept(key); ok {
		b.start(turn, audio.NewPlayer(data), done)
		return
	}
	b.plane.work.Go(func() {
		data, err := b.plane.clips.load(key)
		if err == nil {
			b.start(turn, audio.NewPlayer(data), done)
			return
		}
		b.log.Error("message not to be had, a shipped prompt is played", "message", s.Say.MessageID, obs.Err, err)
		if src, ok := b.prompt(audio.PromptUnavailable, s.Language); ok {
			b.start(turn, src, done)
		}
	})
}

// start plays src unless something else was asked for since turn.
func (b *bridge) start(turn int, src relay.Source, done func()) {
	ended := func() {
		b.mu.Lock()
		current := b.turn == turn
		b.mu.Unlock()
		if current && done != nil {
			done()
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.turn == turn {
		b.stop = b.relay.Play(callstate.PlayerLeg, src, ended)
	}
}

// source is what a sound without a message of the workspace is made of. What the
// library does not have is replaced, never left out, but for parts of a sentence.
func (b *bridge) source(s call.Sound) (relay.Source, bool) {
	lib := b.plane.Library
	switch {
	case s.Music != "":
		if src, ok := lib.Music(s.Music); ok {
			return src, true
		}
		b.log.Warn("no such music, another is played", "music", s.Music)
		return lib.Music(lib.MusicIDs()[0])
	case s.Say.Prompt != "":
		if src, ok := b.prompt(s.Say.Prompt, s.Language); ok {
			return src, true
		}
		b.log.Warn("no such prompt, another is played", "prompt", s.Say.Prompt)
		return b.prompt(audio.PromptUnavailable, s.Language)
	case len(s.Prompts) > 0:
		return lib.Sentence(s.Prompts, b.language(s.Language))
	case s.Tone == call.Ringback:
		return lib.Ringback(s.Language), true
	case s.Tone == call.Silence:
		return lib.Silence(), true
	case s.Tone == call.Beep:
		return lib.Beep(), true
	}
	return nil, false
}

func (b *bridge) prompt(id, language string) (relay.Source, bool) {
	return b.plane.Library.Prompt(id, b.language(language))
}

// language is one in which there are prompts.
func (b *bridge) language(asked string) string {
	if b.plane.Library.Speaks(asked) {
		return asked
	}
	return audio.DefaultLanguage
}
