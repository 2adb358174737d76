package rtc

import (
	"syscall/js"

	"parley/wasm/browser"
)

// microphone is the one input; the zero value is a closed one. It belongs to
// the loop.
type microphone struct {
	wanted bool
	live   bool
	asking bool // getUserMedia is under way
	track  js.Value
	stop   func()
}

// Constraints are what is asked of getUserMedia.
func Constraints() map[string]any {
	return map[string]any{"audio": map[string]any{
		"echoCancellation": true, "noiseSuppression": true, "autoGainControl": true, "channelCount": 1,
	}}
}

// openMicrophone asks for the input. By the time the browser gives it the wish
// may have gone.
func (m *Media) openMicrophone() {
	if m.mic.asking || m.mic.track.Truthy() {
		return
	}
	m.mic.asking = true
	m.loop.Go(func() {
		devices := js.Global().Get("navigator").Get("mediaDevices")
		stream, err := browser.Call(devices, "getUserMedia", Constraints())
		m.loop.Post(func() { m.opened(stream, err) })
	})
}

func (m *Media) opened(stream js.Value, err error) {
	m.mic.asking = false
	if err != nil {
		m.mic.wanted = false // it is asked for again at the next wish
		m.events.Microphone(browser.Name(err))
		return
	}
	track := stream.Call("getAudioTracks").Index(0)
	if !m.mic.wanted {
		track.Call("stop")
		return
	}
	m.mic.track = track
	m.mic.stop = m.loop.Listen(track, "ended", func(js.Value) { m.loop.Post(m.unplugged) })
	m.mic.enable()
	m.attach()
	m.events.Microphone("")
}

// unplugged asks again: the browser then gives another input, if there is one.
func (m *Media) unplugged() {
	m.mic.release()
	if m.mic.wanted {
		m.openMicrophone()
	}
}

func (c *microphone) enable() {
	if c.track.Truthy() {
		c.track.Set("enabled", c.live)
	}
}

// release stops the input, so that the browser's sign of it goes out.
func (c *microphone) release() {
	if !c.track.Truthy() {
		return
	}
	c.stop()
	c.track.Call("stop")
	c.track, c.stop = js.Undefined(), nil
}
