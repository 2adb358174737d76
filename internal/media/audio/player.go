package audio

import "parley/internal/media/codec"

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
func (p *Player) Next(law codec.Codec, frame []byte) bool {
	if p.at >= len(p.sound) {
		return false
	}
	frame = p.fill(law, frame)
	for i := range frame {
		frame[i] = codec.Silence(law)
	}
	return true
}

// fill fills frame as far as the sound reaches and returns what is left of it.
func (p *Player) fill(law codec.Codec, frame []byte) []byte {
	for len(frame) > 0 && p.at < len(p.sound) {
		n := codec.Convert(law, frame, codec.PCMA, p.sound[p.at:])
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
func (s *sentence) Next(law codec.Codec, frame []byte) bool {
	if len(s.parts) == 0 {
		return false
	}
	for len(s.parts) > 0 && len(frame) > 0 {
		if frame = s.parts[0].fill(law, frame); len(frame) > 0 {
			s.parts = s.parts[1:]
		}
	}
	for i := range frame {
		frame[i] = codec.Silence(law)
	}
	return true
}
