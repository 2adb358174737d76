package audio

import "parley/internal/media/relay"

// Player is a relay.Source over a sound held in memory. It belongs to the
// goroutine that calls Next; the sound itself is shared.
type Player struct {
	sound []byte // A-law
	loop  bool
	at    int
}

// NewPlayer returns a source that plays 8 kHz A-law samples once. They must not
// change while it plays.
func NewPlayer(alaw []byte) *Player { return &Player{sound: alaw} }

// Next fills frame with what follows, in codec. It returns false at the end,
// without touching frame; a sound's last frame is filled up with silence.
func (p *Player) Next(codec relay.Codec, frame []byte) bool {
	if p.at >= len(p.sound) {
		return false
	}
	frame = p.fill(codec, frame)
	for i := range frame {
		frame[i] = Silence(codec)
	}
	return true
}

// fill fills frame as far as the sound reaches and returns what is left of it.
func (p *Player) fill(codec relay.Codec, frame []byte) []byte {
	for len(frame) > 0 && p.at < len(p.sound) {
		n := Convert(codec, frame, relay.PCMA, p.sound[p.at:])
		frame, p.at = frame[n:], p.at+n
		if p.loop && p.at == len(p.sound) {
			p.at = 0
		}
	}
	return frame
}

// sentence plays sounds one after the other without a gap.
type sentence struct{ parts []*Player }

// Next fills frame with what follows, as Player.Next.
func (s *sentence) Next(codec relay.Codec, frame []byte) bool {
	if len(s.parts) == 0 {
		return false
	}
	for len(s.parts) > 0 && len(frame) > 0 {
		if frame = s.parts[0].fill(codec, frame); len(frame) > 0 {
			s.parts = s.parts[1:]
		}
	}
	for i := range frame {
		frame[i] = Silence(codec)
	}
	return true
}
