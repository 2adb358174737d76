package rtc

import (
	"syscall/js"

	"parley/wasm/browser"
)

// Events is how Media reports, on the loop.
type Events struct {
	Answer     func(offer int, sdp string)
	Candidate  func(json string)
	Failed     func()              // the connection is dead; the server must offer anew
	Microphone func(name string)   // the browser refused it: the error's name
	Warn       func(reason string) // for the console
}

// Media is the tab's voice.
type Media struct {
	loop   *browser.Loop
	events Events
	work   chan func() error // the negotiating goroutine's
	peer   *peer             // the negotiating goroutine's
	sender js.Value
	mic    microphone
	sounds speakers
}

// workMost is how much of the server's signalling may wait.
const workMost = 64

// New returns media that waits for the server's first offer.
func New(loop *browser.Loop, events Events) *Media {
	m := &Media{loop: loop, events: events, work: make(chan func() error, workMost)}
	m.sounds = speakers{loop: loop, byMid: map[string]js.Value{}}
	loop.Go(m.negotiate)
	return m
}

// Offer takes the server's offer; Events.Answer follows.
func (m *Media) Offer(number int, sdp string) {
	m.queue(func() error { return m.answer(number, sdp) })
}

// Candidate takes a candidate of the server, an RTCIceCandidateInit as JSON.
func (m *Media) Candidate(init string) {
	m.queue(func() error {
		if m.peer != nil {
			m.peer.candidate(init)
		}
		return nil
	})
}

func (m *Media) queue(f func() error) {
	select {
	case m.work <- f:
	default:
		m.events.Warn("more signalling than can be handled")
	}
}

// SetInput opens the microphone or releases it, and lets the voice through or
// not. Calling it again with the same wish does nothing.
func (m *Media) SetInput(open, live bool) {
	m.mic.live = live
	m.mic.enable()
	switch {
	case open && !m.mic.wanted:
		m.mic.wanted = true
		m.openMicrophone()
	case !open && m.mic.wanted:
		m.mic.wanted = false
		m.mic.release()
		m.attach()
	}
}

// Replay starts what the browser refused to play before the first gesture.
func (m *Media) Replay() { m.sounds.play() }

// negotiate does the work in order.
func (m *Media) negotiate() {
	for f := range m.work {
		if err := f(); err != nil {
			m.loop.Post(func() { m.events.Warn(err.Error()) })
		}
	}
}

// answer answers an offer, on a new connection if it is of one. A connection
// that cannot answer is of no use any more.
func (m *Media) answer(number int, sdp string) error {
	info := readOffer(sdp)
	if m.peer != nil && m.peer.session != info.session {
		m.drop()
	}
	if m.peer == nil {
		p, err := newPeer(m, info)
		if err != nil {
			return err
		}
		m.peer = p
	}
	answer, sender, err := m.peer.answer(sdp, info.mic)
	if err != nil {
		m.drop()
		return err
	}
	m.loop.Post(func() {
		m.sender = sender
		m.attach()
		m.events.Answer(number, answer)
	})
	return nil
}

func (m *Media) drop() {
	m.peer.close()
	m.peer = nil
}

// attach puts the microphone's track, or none, on the connection.
func (m *Media) attach() {
	if !m.sender.Truthy() {
		return
	}
	track := js.Null()
	if m.mic.track.Truthy() {
		track = m.mic.track
	}
	browser.Ignore(m.loop, m.sender, "replaceTrack", track) // fails on a connection that is gone
}
