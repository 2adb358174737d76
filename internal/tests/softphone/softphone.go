// Package softphone is a browser's media without the browser: a native WebRTC
// client for tests, which answers the server's offers, says a tone and listens.
//
// A Phone sends on one goroutine and reads on one of pion's; its methods may be
// called from any.
package softphone

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/ice/v2"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v3"

	"parley/internal/media/audio"
	"parley/internal/media/codec"
)

const (
	frameSamples = 160 // 20 ms
	payloadPCMU  = 0
	payloadPCMA  = 8
	payloadEvent = 126
	toneLevel    = -12 // dBFS
)

// Options makes a Phone unlike the usual one.
type Options struct {
	TCP      bool              // connect over ICE-TCP as well
	OnPacket func(*rtp.Packet) // sees every packet heard, on the reading goroutine
}

// Phone is the browser's end of a peer connection.
type Phone struct {
	pc       *webrtc.PeerConnection
	voice    *voice
	opts     Options
	begun    chan struct{} // closed once ICE goes by the first answer
	stop     func()
	speaking sync.WaitGroup

	mu    sync.Mutex
	heard []int16
	more  chan struct{} // closed and replaced when heard grows
}

// New returns a phone that hangs up when the test ends. It says nothing yet.
func New(t testing.TB, o Options) *Phone {
	t.Helper()
	p, err := Open(o)
	if err != nil {
		t.Fatalf("softphone: %v", err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("softphone: %v", err)
		}
	})
	return p
}

// Open returns a phone outside of a test. It must be closed.
func Open(o Options) (*Phone, error) {
	var s webrtc.SettingEngine
	s.SetIncludeLoopbackCandidate(true)
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	networks := []webrtc.NetworkType{webrtc.NetworkTypeUDP4}
	if o.TCP {
		networks = append(networks, webrtc.NetworkTypeTCP4)
	}
	s.SetNetworkTypes(networks)
	media := &webrtc.MediaEngine{}
	for _, c := range []webrtc.RTPCodecParameters{
		offered(webrtc.MimeTypePCMU, payloadPCMU), offered(webrtc.MimeTypePCMA, payloadPCMA), offered("audio/telephone-event", payloadEvent),
	} {
		if err := media.RegisterCodec(c, webrtc.RTPCodecTypeAudio); err != nil {
			return nil, fmt.Errorf("register law: %w", err)
		}
	}
	pc, err := webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithSettingEngine(s)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, fmt.Errorf("make peer connection: %w", err)
	}
	p := &Phone{pc: pc, voice: &voice{}, opts: o, begun: make(chan struct{}), more: make(chan struct{})}
	begun := sync.OnceFunc(func() { close(p.begun) })
	pc.OnICEConnectionStateChange(func(webrtc.ICEConnectionState) { begun() })
	if _, err = pc.AddTrack(p.voice); err != nil {
		return nil, errors.Join(fmt.Errorf("add track: %w", err), pc.Close())
	}
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { p.listen(track) })
	ctx, stop := context.WithCancel(context.Background())
	p.stop = stop
	p.speaking.Go(func() { p.voice.speak(ctx) })
	return p, nil
}

// settleTime is how long Close waits for a connection that is coming about.
const settleTime = 300 * time.Millisecond

// Close hangs up. It does not while the connection is just coming about: pion v3
// races there (see rtc's settle).
func (p *Phone) Close() error {
	p.stop()
	p.speaking.Wait()
	transport := p.pc.SCTP().Transport()
	patience := time.NewTimer(settleTime)
	defer patience.Stop()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for p.pc.RemoteDescription() != nil && transport.State() == webrtc.DTLSTransportStateNew {
		select {
		case <-ticker.C:
			continue
		case <-patience.C:
		}
		break
	}
	return p.pc.Close()
}

func offered(mime string, payload webrtc.PayloadType) webrtc.RTPCodecParameters {
	return webrtc.RTPCodecParameters{
		RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: mime, ClockRate: audio.Rate}, PayloadType: payload,
	}
}

// Answer takes an offer, the first or a later one, and returns the complete
// answer. Like a browser the phone then sends the law the offer names first.
func (p *Phone) Answer(offer string) (string, error) {
	if p.pc.CurrentLocalDescription() != nil {
		<-p.begun // pion v3 races here (see rtc's makeOffer); every change of ICE's state ends it, closing too
	}
	if err := p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
		return "", fmt.Errorf("take offer: %w", err)
	}
	answer, err := p.pc.CreateAnswer(nil)
	if err != nil {
		return "", fmt.Errorf("create answer: %w", err)
	}
	gathered := webrtc.GatheringCompletePromise(p.pc)
	if err := p.pc.SetLocalDescription(answer); err != nil {
		return "", fmt.Errorf("set answer: %w", err)
	}
	<-gathered
	p.voice.setLaw(firstLaw(offer))
	return p.pc.LocalDescription().SDP, nil
}

func firstLaw(offer string) codec.Codec {
	for line := range strings.Lines(offer) {
		if formats, ok := strings.CutPrefix(line, "m=audio "); ok {
			for _, f := range strings.Fields(formats)[2:] {
				if f == fmt.Sprint(payloadPCMU) {
					return codec.PCMU
				}
				if f == fmt.Sprint(payloadPCMA) {
					return codec.PCMA
				}
			}
		}
	}
	return codec.PCMA
}

// Tone says a sine of hz from now on; 0 sends nothing, like a track not attached.
func (p *Phone) Tone(hz float64) { p.voice.setTone(hz) }

// Press sends a key's event packets (RFC 4733) at once. code is 0-9, 10 for *,
// 11 for #.
func (p *Phone) Press(code byte) { p.voice.press(code) }

// Listen returns the next n samples (8 kHz) the phone hears from now on.
func (p *Phone) Listen(ctx context.Context, n int) ([]int16, error) {
	p.mu.Lock()
	p.heard = p.heard[:0]
	p.mu.Unlock()
	for {
		p.mu.Lock()
		heard, more := append([]int16(nil), p.heard...), p.more
		p.mu.Unlock()
		if len(heard) >= n {
			return heard[:n], nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return heard, fmt.Errorf("heard %d samples of %d: %w", len(heard), n, ctx.Err())
		}
	}
}

func (p *Phone) listen(track *webrtc.TrackRemote) {
	for {
		packet, _, err := track.ReadRTP()
		if err != nil {
			return
		}
		if p.opts.OnPacket != nil {
			p.opts.OnPacket(packet)
		}
		if packet.PayloadType != payloadEvent {
			p.hear(packet)
		}
	}
}

// keepSamples bounds what a phone that nobody asks remembers.
const keepSamples = 10 * audio.Rate

func (p *Phone) hear(packet *rtp.Packet) {
	law := codec.PCMA
	if packet.PayloadType == payloadPCMU {
		law = codec.PCMU
	}
	pcm := make([]int16, len(packet.Payload))
	codec.Decode(law, pcm, packet.Payload)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heard = append(p.heard, pcm...)
	p.heard = p.heard[max(0, len(p.heard)-keepSamples):]
	close(p.more)
	p.more = make(chan struct{})
}

// Connected waits until ICE and DTLS are through.
func (p *Phone) Connected(ctx context.Context) error {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for p.pc.ConnectionState() != webrtc.PeerConnectionStateConnected {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("connection is %s: %w", p.pc.ConnectionState(), ctx.Err())
		}
	}
	return nil
}

// Vanish breaks the connection without a word, as a crashed tab does.
func (p *Phone) Vanish() { _ = p.pc.SCTP().Transport().ICETransport().Stop() }
