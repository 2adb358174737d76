package e2e

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"parley/internal/media/audio"
	"parley/internal/media/codec"
	"parley/internal/tests/testkit"
)

const (
	payloadALaw  = 8
	payloadEvent = 101
	rtpHeader    = 12
)

// listen keeps what the caller hears.
func (c *caller) listen() {
	buf := make([]byte, 2048)
	for {
		n, _, err := c.rtp.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		if n > rtpHeader && buf[1]&0x7f == payloadALaw {
			c.mu.Lock()
			c.heard = append(c.heard, buf[rtpHeader:n]...)
			c.mu.Unlock()
		}
	}
}

// speak says CustomerTone once the call is answered.
func (c *caller) speak() {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	tone, frame := audio.NewToneSource(testkit.CustomerTone, -12), make([]byte, audio.FrameSize)
	for {
		select {
		case <-c.stop:
			return
		case <-tick.C:
		}
		c.mu.Lock()
		if c.up && !c.over {
			tone.Next(codec.PCMA, frame)
			c.header.ts += audio.FrameSize
			c.packet(payloadALaw, c.header.ts, frame)
		}
		c.mu.Unlock()
	}
}

// packet sends audio. The caller of it holds the lock.
func (c *caller) packet(kind byte, ts uint32, payload []byte) {
	c.header.seq++
	p := []byte{0x80, kind}
	p = binary.BigEndian.AppendUint16(p, c.header.seq)
	p = binary.BigEndian.AppendUint32(p, ts)
	p = binary.BigEndian.AppendUint32(p, 0xca11)
	_, _ = c.rtp.WriteToUDPAddrPort(append(p, payload...), c.media)
}

// press presses a key, as events of RFC 4733.
func (c *caller) press(key byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	code := byte(strings.IndexByte("0123456789*#", key))
	c.header.ts += audio.FrameSize
	start := c.header.ts
	for n := range 8 {
		event := []byte{code, 10, 0, 0}
		if n >= 5 {
			event[1] |= 0x80
		}
		binary.BigEndian.PutUint16(event[2:], uint16(min(n+1, 5)*audio.FrameSize))
		c.packet(payloadEvent, start, event)
	}
}

// ear finds what is said to a caller in what he hears.
type ear struct {
	part []byte // of the prompt
	from int    // what was heard before was looked through
}

// newEar knows a shipped prompt by a loud part near its beginning, which comes
// through unchanged.
func newEar(t *testing.T, lib *audio.Library, id string) ear {
	t.Helper()
	source, ok := lib.Prompt(id, "en")
	if !ok {
		t.Fatalf("no prompt %s", id)
	}
	var all []byte
	for frame := make([]byte, audio.FrameSize); source.Next(codec.PCMA, frame); {
		all = append(all, frame...)
	}
	const length = audio.Rate / 10
	pcm := make([]int16, len(all))
	codec.Decode(codec.PCMA, pcm, all)
	best, loudest := 0, audio.Quietest
	for at := 0; at+length < len(pcm)*3/10; at += audio.FrameSize {
		if l := audio.Loudness(pcm[at : at+length]); l > loudest {
			best, loudest = at, l
		}
	}
	return ear{part: all[best : best+length]}
}

// hears says whether the caller has heard the prompt once more.
func (c *caller) hears(e *ear) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := bytes.Index(c.heard[e.from:], e.part)
	if at < 0 {
		e.from = max(e.from, len(c.heard)-len(e.part))
		return false
	}
	e.from += at + len(e.part)
	return true
}
