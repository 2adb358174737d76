package relay

import (
	"slices"
	"sync"
	"time"

	"parley/internal/media/codec"
	"parley/internal/media/datagram"
	"parley/internal/media/jitter"
)

// mixer speaks to the listeners of a call who hear more than they have tracks for: it
// evens out and decodes every speaker once, and sums for each listener those he hears. It
// beats on the metronome's goroutine and lasts while somebody needs it.
//
// An ear holds back what was just said. Who may hear a speaker from now on therefore has
// another than those who heard him before.
//
// Keys that a mixed speaker presses are not mixed: they come to their listener by
// Bridge.SendDigits.
type mixer struct {
	mu     sync.Mutex // held over a frame, so that what follow forbids has stopped
	leave  func()     // leaves the metronome
	halted bool
	ears   []*ear
	mixes  []*mix
	packet Packet
	frame  [FrameBytes]byte
}

// mix is what one listener hears.
type mix struct {
	listener *Port
	voice    *Port // the mix as a speaker
	speakers map[*Port]*ear
}

// ear hears one speaker.
type ear struct {
	mu     sync.Mutex
	buffer jitter.Buffer
	heard  [maxMixed]int16

	frame [frameSamples]int16 // of this beat; the mixer's
}

// maxMixed is the longest packet that is mixed, in samples.
const maxMixed = 6 * frameSamples

// put takes a packet the speaker sent. Opus is not mixed: a call in which somebody
// hears several speaks G.711.
func (e *ear) put(p *Packet, now time.Time) {
	if p.Kind != Audio || p.Codec == codec.Opus || len(p.Payload) > maxMixed {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	n := codec.Decode(p.Codec, e.heard[:], p.Payload)
	e.buffer.Put(p.Timestamp, e.heard[:n], now.UnixNano()/int64(time.Second/ClockRate))
}

func (e *ear) pull() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.buffer.Pull(&e.frame)
}

// follow mixes for the listeners who need it from now on, and returns the ears that
// hear each speaker.
func (m *mixer) follow(heard map[*Port][]*Port) map[*Port][]*ear {
	m.mu.Lock()
	defer m.mu.Unlock()
	before := m.mixes
	m.mixes, m.ears = nil, nil
	hearing, fresh := make(map[*Port][]*ear), make(map[*Port]*ear)
	for listener, speakers := range heard {
		if !listener.crowded(speakers) {
			continue
		}
		old := &mix{voice: NewPort(nil)}
		if i := slices.IndexFunc(before, func(x *mix) bool { return x.listener == listener }); i >= 0 {
			old = before[i]
		}
		one := &mix{listener: listener, voice: old.voice, speakers: make(map[*Port]*ear, len(speakers))}
		for _, p := range speakers {
			e := old.speakers[p]
			if e == nil {
				if e = fresh[p]; e == nil {
					e = &ear{}
					fresh[p] = e
				}
			}
			one.speakers[p] = e
			if !slices.Contains(hearing[p], e) {
				hearing[p], m.ears = append(hearing[p], e), append(m.ears, e)
			}
		}
		m.mixes = append(m.mixes, one)
	}
	return hearing
}

// voice is who speaks to a listener.
func (m *mixer) voice(listener *Port) *Port {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.mixes, func(x *mix) bool { return x.listener == listener })
	return m.mixes[i].voice
}

// halt stops the mixer. Repeating it does no harm.
func (m *mixer) halt() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.halted, m.mixes, m.ears = true, nil, nil
	m.leave()
}

// Miss lets frames of time go by.
func (m *mixer) Miss(frames int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.packet.Timestamp += uint32(frames) * frameSamples
}

// Beat speaks a frame to every listener.
func (m *mixer) Beat(t *datagram.Turn) (more bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.halted {
		return false
	}
	for _, e := range m.ears {
		e.pull()
	}
	m.packet.Turn = t
	for _, one := range m.mixes {
		m.packet.Codec = one.listener.Codec().Law()
		one.sum(m.packet.Codec, &m.frame)
		m.packet.Payload = m.frame[:]
		one.listener.tracks[0].forward(one.voice, &m.packet, t.Now())
	}
	m.packet.Payload, m.packet.Turn = nil, nil
	m.packet.Sequence++
	m.packet.Timestamp += frameSamples
	return true
}

// sum adds up what the speakers say in this frame.
func (x *mix) sum(law codec.Codec, out *[FrameBytes]byte) {
	var all [frameSamples]int32
	for _, e := range x.speakers {
		for i, s := range e.frame {
			all[i] += int32(s)
		}
	}
	var pcm [frameSamples]int16
	for i, s := range all {
		pcm[i] = int16(min(max(s, -1<<15), 1<<15-1))
	}
	codec.Encode(law, out[:], pcm[:])
}
