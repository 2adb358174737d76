package call

import "parley/internal/shared/callstate"

// player is what the caller hears beside people: a background, and messages over
// it. A message belongs to the phase it was begun in: with that it is broken off.
type player struct {
	turn       int             // counts messages, so that the end of an old one is none of a new one
	speaks     callstate.Phase // in which a message is played, "" for none
	background background
}

// background is what is played without end.
type background struct {
	music string
	tone  Tone
}

// speak plays sounds one after the other, then does then.
func (c *live) speak(sounds []Sound, then func(*live) error) {
	c.player.turn++
	c.player.speaks, c.player.background = c.state.Phase, background{}
	c.speakOn(c.player.turn, sounds, then)
}

func (c *live) speakOn(turn int, sounds []Sound, then func(*live) error) {
	next := func(c *live) error {
		switch {
		case c.player.turn != turn:
			return nil
		case len(sounds) > 1:
			c.speakOn(turn, sounds[1:], then)
			return nil
		}
		c.player.speaks = ""
		return then(c)
	}
	done := func() { c.post(input{do: next}) }
	if len(sounds) == 0 || sounds[0].Silent() {
		done()
		return
	}
	c.bridge.Play(sounds[0], done)
}

// announced is the end of a message that the call waits for.
func announced(c *live) error { return c.handle(input{event: callstate.Announced{}}) }

// sound brings what the caller hears in step with the call.
func (c *live) sound() {
	hushed := false
	if c.player.speaks != "" {
		if c.player.speaks == c.state.Phase {
			return
		}
		c.player.turn++
		c.player.speaks, hushed = "", true
	}
	want := c.behind()
	if want != c.player.background || hushed {
		c.player.background = want
		c.bridge.Play(Sound{Music: want.music, Tone: want.tone}, nil)
	}
}

// behind is what the caller hears while nobody speaks.
func (c *live) behind() background {
	s := c.state
	switch {
	case c.customer == nil: // his place alone waits
		return background{}
	case s.Waits():
		return background{music: c.number.HoldMusic}
	case s.Phase == callstate.Routing:
		return c.player.background // for a moment
	case s.Phase == callstate.Waiting:
		if music := c.queued().Queue.Music; music != "" {
			return background{music: music}
		}
		return background{music: c.number.HoldMusic}
	case s.Phase == callstate.Ringing && s.Accepted:
		if music := c.offered().Music; music != "" {
			return background{music: music}
		}
		return background{tone: Ringback}
	case s.Phase == callstate.Forwarding && s.Accepted:
		return background{tone: Ringback}
	case s.Phase == callstate.Announcing, s.Phase == callstate.Voicemail:
		return background{tone: Silence} // a key is waited for, or the caller speaks
	}
	return background{}
}
