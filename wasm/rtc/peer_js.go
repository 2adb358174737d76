package rtc

import (
	"fmt"
	"syscall/js"

	"parley/wasm/browser"
)

// peer is one RTCPeerConnection.
type peer struct {
	media   *Media
	session string
	pc      js.Value
	stop    []func()
	ready   bool     // a remote description is set
	early   []string // candidates that came before it
}

func newPeer(m *Media, info offered) (*peer, error) {
	pc, err := browser.Try(func() js.Value { return js.Global().Get("RTCPeerConnection").New() })
	if err != nil {
		return nil, fmt.Errorf("make a peer connection: %w", err)
	}
	p := &peer{media: m, session: info.session, pc: pc}
	p.stop = []func(){
		m.loop.Listen(pc, "track", func(ev js.Value) {
			mid, track := ev.Get("transceiver").Get("mid").String(), ev.Get("track")
			m.loop.Post(func() { m.sounds.add(mid, track) })
		}),
		m.loop.Listen(pc, "connectionstatechange", func(js.Value) {
			if pc.Get("connectionState").String() == "failed" {
				m.loop.Post(m.events.Failed)
			}
		}),
	}
	if !info.lite {
		p.stop = append(p.stop, m.loop.Listen(pc, "icecandidate", p.found))
	}
	return p, nil
}

// found passes one of our own candidates on.
func (p *peer) found(ev js.Value) {
	c := ev.Get("candidate")
	if !c.Truthy() {
		return
	}
	init := js.Global().Get("JSON").Call("stringify", c).String()
	p.media.loop.Post(func() { p.media.events.Candidate(init) })
}

// answer answers an offer and returns the sender the microphone goes to.
func (p *peer) answer(sdp, mic string) (answer string, sender js.Value, err error) {
	none := js.Undefined()
	remote := map[string]any{"type": "offer", "sdp": sdp}
	if _, err := browser.Call(p.pc, "setRemoteDescription", remote); err != nil {
		return "", none, fmt.Errorf("take the offer: %w", err)
	}
	p.ready = true
	for _, c := range p.early {
		p.candidate(c)
	}
	p.early = nil
	sender = p.openSection(mic)
	local, err := browser.Call(p.pc, "createAnswer")
	if err != nil {
		return "", none, fmt.Errorf("make an answer: %w", err)
	}
	if _, err := browser.Call(p.pc, "setLocalDescription", local); err != nil {
		return "", none, fmt.Errorf("take our answer: %w", err)
	}
	return local.Get("sdp").String(), sender, nil
}

// openSection makes the microphone's section go both ways, without a track yet:
// one can then be put there at any time without negotiating.
func (p *peer) openSection(mid string) js.Value {
	list := p.pc.Call("getTransceivers")
	for i := range list.Length() {
		t := list.Index(i)
		if mid != "" && t.Get("mid").Equal(js.ValueOf(mid)) {
			t.Set("direction", "sendrecv")
			return t.Get("sender")
		}
	}
	return js.Undefined()
}

// candidate adds one of the server's candidates.
func (p *peer) candidate(init string) {
	if !p.ready {
		p.early = append(p.early, init)
		return
	}
	parsed, err := browser.Try(func() js.Value { return js.Global().Get("JSON").Call("parse", init) })
	if err != nil {
		return
	}
	browser.Ignore(p.media.loop, p.pc, "addIceCandidate", parsed)
}

func (p *peer) close() {
	for _, stop := range p.stop {
		stop()
	}
	p.pc.Call("close")
}
