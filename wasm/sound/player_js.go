package sound

import (
	"fmt"
	"time"

	"github.com/ebitengine/oto/v3"
)

// idleAfter is how long the speaker stays open after the last sound: an open
// one costs a few per cent of a core.
const idleAfter = 4 * time.Second

// Player plays one lasting sound and the keys' tones. Its methods are called by
// the program's loop.
type Player struct {
	country string
	post    func(func()) // runs a function on the program's loop
	ctx     *oto.Context
	kind    Kind
	lasting *oto.Player
	key     *oto.Player // held, as one that nobody holds may be collected while it plays
	idle    *time.Timer
}

// NewPlayer returns a player that opens the speaker at its first sound.
func NewPlayer(country string, post func(func())) *Player {
	return &Player{country: country, post: post}
}

// Unlock opens the speaker; browsers allow it after the first gesture only.
func (p *Player) Unlock() error {
	if p.ctx != nil {
		return nil
	}
	ctx, ready, err := oto.NewContext(&oto.NewContextOptions{
		SampleRate: Rate, ChannelCount: 1, Format: oto.FormatFloat32LE, BufferSize: 60 * time.Millisecond,
	})
	if err != nil {
		return fmt.Errorf("open the speaker: %w", err)
	}
	p.ctx = ctx
	go func() {
		<-ready // oto resumes at a gesture by itself, wanted or not
		p.post(p.rest)
	}()
	return nil
}

// Play starts a lasting sound instead of the one that plays; None stops it. The
// tone is that of a ring which begins now.
func (p *Player) Play(k Kind, tone string) error {
	if k == p.kind {
		return nil
	}
	p.kind = k
	if p.lasting != nil {
		p.lasting.Pause()
		p.lasting = nil
	}
	if k == None {
		p.rest()
		return nil
	}
	if err := p.open(); err != nil {
		return err
	}
	p.lasting = p.ctx.NewPlayer(Stream(k, p.country, tone))
	p.lasting.SetBufferSize(Rate * 4 / 5) // 200 ms: soon silent when stopped
	p.lasting.Play()
	return nil
}

// Press plays the tone of a key.
func (p *Player) Press(key byte) error {
	tone := Key(key)
	if tone == nil {
		return nil
	}
	if err := p.open(); err != nil {
		return err
	}
	if p.key != nil {
		p.key.Pause() // fast fingers make no chord
	}
	p.key = p.ctx.NewPlayer(tone)
	p.key.Play()
	p.rest()
	return nil
}

func (p *Player) open() error {
	if err := p.Unlock(); err != nil {
		return err
	}
	if err := p.ctx.Resume(); err != nil {
		return fmt.Errorf("wake the speaker: %w", err)
	}
	return nil
}

// rest closes the speaker soon unless something lasting plays.
func (p *Player) rest() {
	if p.ctx == nil {
		return
	}
	if p.idle != nil {
		p.idle.Stop()
	}
	p.idle = time.AfterFunc(idleAfter, func() {
		p.post(func() {
			if p.kind == None {
				p.key = nil
				_ = p.ctx.Suspend() // cannot fail in a browser
			}
		})
	})
}
