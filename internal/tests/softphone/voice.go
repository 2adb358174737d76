package softphone

import (
	"context"
	"encoding/binary"
	"sync"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v3"

	"parley/internal/media/audio"
	"parley/internal/media/codec"
)

// voice is the phone's microphone and pion's local track at once.
type voice struct {
	mu     sync.Mutex
	out    webrtc.TrackLocalWriter
	law    codec.Codec
	tone   *audio.ToneSource // nil: nothing is sent
	header rtp.Header
}

// frameTime is how much is said in one packet.
const frameTime = 20 * time.Millisecond

// speak sends a frame every 20 ms until ctx ends. On a busy machine it wakes up
// late and then sends what is due at once, as a microphone's buffer would.
func (v *voice) speak(ctx context.Context) {
	tick := time.NewTicker(frameTime)
	defer tick.Stop()
	frame := make([]byte, frameSamples)
	for due := time.Now(); ; {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			for ; !due.After(now); due = due.Add(frameTime) {
				v.frame(frame)
			}
		}
	}
}

func (v *voice) frame(frame []byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.header.Timestamp += frameSamples
	if v.tone == nil || v.out == nil {
		return
	}
	v.tone.Next(v.law, frame)
	payload := uint8(payloadPCMA)
	if v.law == codec.PCMU {
		payload = payloadPCMU
	}
	v.send(payload, v.header.Timestamp, frame)
}

// send drops errors: a phone that is not connected is merely not heard.
func (v *voice) send(payloadType uint8, timestamp uint32, payload []byte) {
	h := v.header
	h.Version, h.PayloadType, h.Timestamp = 2, payloadType, timestamp
	_, _ = v.out.WriteRTP(&h, payload)
	v.header.SequenceNumber++
}

func (v *voice) press(code byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.out == nil {
		return
	}
	v.header.Timestamp += frameSamples
	start := v.header.Timestamp
	event := []byte{code, 10, 0, 0}
	for n := range 8 {
		if n >= 5 {
			event[1] |= 0x80 // end
		}
		binary.BigEndian.PutUint16(event[2:], uint16(min(n+1, 5)*frameSamples))
		v.send(payloadEvent, start, event)
	}
	v.header.Timestamp += keyFrames * frameSamples
}

// keyFrames is how long a key lasts by its timestamps, with the gap behind it.
const keyFrames = 7

func (v *voice) setLaw(law codec.Codec) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.law = law
}

func (v *voice) setTone(hz float64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.tone = nil
	if hz != 0 {
		v.tone = audio.NewToneSource(hz, toneLevel)
	}
}

// Bind is called by pion when the track is negotiated.
func (v *voice) Bind(ctx webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.out, v.header.SSRC = ctx.WriteStream(), uint32(ctx.SSRC())
	return ctx.CodecParameters()[0], nil
}

// Unbind is called by pion when the connection ends.
func (v *voice) Unbind(webrtc.TrackLocalContext) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.out = nil
	return nil
}

// ID, StreamID, RID and Kind name the track in the answer.
func (v *voice) ID() string                { return "microphone" }
func (v *voice) StreamID() string          { return "softphone" }
func (v *voice) RID() string               { return "" }
func (v *voice) Kind() webrtc.RTPCodecType { return webrtc.RTPCodecTypeAudio }
