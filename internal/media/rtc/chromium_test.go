package rtc_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"parley/internal/domain/call"
	"parley/internal/media/audio"
	"parley/internal/media/codec"
	"parley/internal/media/relay"
	"parley/internal/media/rtc"
	"parley/internal/shared/callstate"
)

// page is the least a tab does: it answers with no microphone attached, and
// attaches a tone later.
const page = `<!doctype html><audio id=ear autoplay></audio><script>
const pc = new RTCPeerConnection(), audio = new AudioContext()
pc.ontrack = e => { ear.srcObject = e.streams[0]; ear.play() }
async function answer(sdp) {
  await pc.setRemoteDescription({type: 'offer', sdp})
  pc.getTransceivers()[0].direction = 'sendrecv'
  await pc.setLocalDescription()
  return pc.localDescription.sdp
}
async function speak(hz) {
  const tone = new OscillatorNode(audio, {frequency: hz}), out = audio.createMediaStreamDestination()
  tone.connect(out); tone.start(); await audio.resume()
  await pc.getSenders()[0].replaceTrack(out.stream.getAudioTracks()[0])
}
async function inbounds() {
  const stats = await pc.getStats(), all = []
  for (const s of stats.values()) if (s.type == 'inbound-rtp') all.push({
    codec: stats.get(s.codecId)?.mimeType ?? '', packets: s.packetsReceived, lost: s.packetsLost, energy: s.totalAudioEnergy,
    concealed: s.concealedSamples - s.silentConcealedSamples, samples: s.totalSamplesReceived})
  return all
}
async function inbound() { // the track most came by; none did at first
  return (await inbounds()).sort((a, b) => b.packets - a.packets)[0] ?? {codec: '', packets: 0, lost: 0, energy: 0, concealed: 0, samples: 0}
}
</script>`

// inbound is what Chromium says of the stream it hears.
type inbound struct {
	Codec                             string
	Packets, Lost, Concealed, Samples int
	Energy                            float64
}

// tab is a page in a headless Chromium.
type tab struct{ ctx context.Context }

func openTab(t *testing.T) tab {
	t.Helper()
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Fatal("chromium is missing: install the Debian package chromium")
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, page) }))
	t.Cleanup(srv.Close)
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), chromedp.Headless, chromedp.NoSandbox, chromedp.NoFirstRun,
		chromedp.DisableGPU, chromedp.ExecPath("chromium"), chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"), chromedp.Flag("allow-loopback-in-peer-connection", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-quic", true))
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Navigate(srv.URL)); err != nil {
		t.Fatal(err)
	}
	return tab{ctx}
}

// eval awaits a promise in the page.
func eval[T any](t *testing.T, b tab, script string) T {
	t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%.40s: %v", script, err)
	}
	return v
}

// ear is what the other party hears, frame by frame.
type ear struct{ frames chan relay.Packet }

func (e ear) Write(p *relay.Packet) error {
	kept := *p
	kept.Payload = append([]byte(nil), p.Payload...)
	select {
	case e.frames <- kept:
	default: // nobody listens: only the newest second matters
		<-e.frames
		e.frames <- kept
	}
	return nil
}

// hears waits until half a second in a row is of law and of the tone hz.
func (e ear) hears(t *testing.T, law codec.Codec, hz float64) {
	t.Helper()
	ctx := soon(t)
	var pcm []int16
	level := audio.Quietest
	for level < -20 {
		for len(pcm) < second/2 {
			select {
			case p := <-e.frames:
				if p.Codec != law {
					pcm = pcm[:0]
					continue
				}
				frame := make([]int16, len(p.Payload))
				codec.Decode(law, frame, p.Payload)
				pcm = append(pcm, frame...)
			case <-ctx.Done():
				t.Fatalf("%v Hz in law %v not heard (last level %v dB)", hz, law, level)
			}
		}
		level = audio.Level(pcm, audio.Rate, hz)
		pcm = pcm[:0]
	}
}

// joinTab connects the tab to a new peer; negotiate answers its next offer.
func joinTab(t *testing.T, b tab) (peer *rtc.Peer, negotiate func()) {
	t.Helper()
	e := newEngine(t, rtc.Config{TCPAddr: "127.0.0.1:0"})
	offers := make(chan string, 4)
	connected := make(chan time.Time, 1)
	var once sync.Once
	peer, err := e.NewPeer(rtc.PeerConfig{
		Signal: func(s rtc.Signal) { offers <- s.SDP },
		State: func(s rtc.PeerState) {
			if s == rtc.PeerConnected {
				once.Do(func() { connected <- time.Now() })
			}
		},
		Log: quiet(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = peer.Close() })
	negotiate = func() {
		t.Helper()
		offer, err := json.Marshal(<-offers)
		if err != nil {
			t.Fatal(err)
		}
		if err := peer.Answer(eval[string](t, b, "answer("+string(offer)+")")); err != nil {
			t.Fatal(err)
		}
	}
	if err := peer.Start(); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	negotiate()
	select {
	case at := <-connected:
		t.Logf("connected %v after the offer", at.Sub(start))
	case <-soon(t).Done():
		t.Fatal("Chromium does not connect")
	}
	return peer, negotiate
}

func TestChromium(t *testing.T) {
	b := openTab(t)
	peer, negotiate := joinTab(t, b)
	bridge := relay.NewBridge(relay.NewMetronome())
	t.Cleanup(bridge.Close)
	customer := ear{frames: make(chan relay.Packet, 50)}
	bridge.Attach("agent", peer.Port())
	bridge.Attach("customer", relay.NewPort(customer))
	bridge.SetTable(callstate.Table{{Listener: "customer", Speaker: "agent"}, {Listener: "agent", Speaker: "player:a"}})
	in := listen(peer.Leg("agent"))

	t.Run("first packet after the microphone is attached", func(t *testing.T) {
		start := time.Now()
		eval[chromedp.Void](t, b, "speak(500)")
		in.want(t, call.LegEvent{Leg: "agent", Kind: call.LegFlowing})
		t.Logf("%v", time.Since(start))
		customer.hears(t, codec.PCMA, 500)
	})
	t.Run("prefer the other law", func(t *testing.T) {
		for _, law := range []codec.Codec{codec.PCMU, codec.PCMA} {
			if err := peer.Prefer(law); err != nil {
				t.Fatal(err)
			}
			negotiate()
			customer.hears(t, law, 500)
		}
	})
	t.Run("digits", func(t *testing.T) {
		eval[bool](t, b, "pc.getSenders()[0].dtmf.insertDTMF('7#', 100, 50), true")
		in.want(t, call.LegEvent{Leg: "agent", Kind: call.LegDigit, Digit: '7'})
		in.want(t, call.LegEvent{Leg: "agent", Kind: call.LegDigit, Digit: '#'})
	})
	t.Run("speakers change without a seam", func(t *testing.T) { hearsWithoutSeam(t, b, bridge) })
	t.Run("restart", func(t *testing.T) {
		if err := peer.Restart(); err != nil {
			t.Fatal(err)
		}
		negotiate()
		customer.hears(t, codec.PCMA, 500)
	})
}

// hearsWithoutSeam switches between two sources and asks Chromium
// how much it had to conceal.
func hearsWithoutSeam(t *testing.T, b tab, bridge *relay.Bridge) {
	bridge.Play("player:a", audio.NewToneSource(440, -12), nil)
	bridge.Play("player:b", audio.NewToneSource(660, -12), nil)
	before := settled(t, b, 50)
	for i := range 20 {
		bridge.SetTable(callstate.Table{{Listener: "customer", Speaker: "agent"},
			{Listener: "agent", Speaker: []callstate.LegID{"player:b", "player:a"}[i%2]}})
		settled(t, b, 5)
	}
	after := settled(t, b, 20)
	t.Logf("before %+v after %+v", before, after)
	if after.Lost > 0 || after.Energy <= before.Energy {
		t.Fatalf("lost %d, energy %v then %v", after.Lost, before.Energy, after.Energy)
	}
	if share := float64(after.Concealed-before.Concealed) / float64(after.Samples-before.Samples); share > 0.07 {
		t.Fatalf("Chromium concealed %.1f %% of what it heard over 20 changes of speaker", 100*share)
	}
}

// settled waits until so many more packets have come to the tab.
func settled(t *testing.T, b tab, more int) inbound {
	t.Helper()
	ctx := soon(t)
	for first := eval[inbound](t, b, "inbound()"); ; {
		if now := eval[inbound](t, b, "inbound()"); now.Packets >= first.Packets+more {
			return now
		} else if ctx.Err() != nil {
			t.Fatalf("Chromium hears nothing more: %+v", now)
		}
	}
}
