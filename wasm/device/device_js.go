// Package device is what of the machine is neither sound nor page: whether the
// microphone may be used, the system's notifications, the tab's title and icon,
// and a clock that browsers do not slow down. Its methods are called by the
// program's loop and report to it.
package device

import (
	"syscall/js"

	"parley/wasm/browser"
	"parley/wasm/phone"
	"parley/wasm/rtc"
)

// Microphone watches whether the microphone may be used.
type Microphone struct {
	loop   *browser.Loop
	report func(phone.Microphone)
}

// WatchMicrophone reports the microphone's state now and whenever it changes.
func WatchMicrophone(loop *browser.Loop, report func(phone.Microphone)) *Microphone {
	m := &Microphone{loop: loop, report: report}
	media := m.devices()
	if !media.Truthy() { // not a secure page
		loop.Post(func() { report(phone.MicDenied) })
		return m
	}
	loop.Listen(media, "devicechange", func(js.Value) { loop.Go(m.look) })
	loop.Go(m.look)
	loop.Go(m.followPermission)
	return m
}

func (m *Microphone) devices() js.Value { return js.Global().Get("navigator").Get("mediaDevices") }

func (m *Microphone) followPermission() {
	if status, err := permission(); err == nil {
		m.loop.Listen(status, "change", func(js.Value) { m.loop.Go(m.look) })
	}
}

func permission() (js.Value, error) {
	permissions := js.Global().Get("navigator").Get("permissions")
	return browser.Call(permissions, "query", map[string]any{"name": "microphone"})
}

// look finds the state without asking anybody.
func (m *Microphone) look() {
	state := phone.MicUnknown
	if status, err := permission(); err == nil { // some browsers do not tell
		switch status.Get("state").String() {
		case "granted":
			state = phone.MicGranted
		case "denied":
			state = phone.MicDenied
		}
	}
	if state != phone.MicDenied && !m.plugged() {
		state = phone.MicMissing
	}
	m.loop.Post(func() { m.report(state) })
}

// plugged says whether there is any input; true where that cannot be known.
func (m *Microphone) plugged() bool {
	list, err := browser.Call(m.devices(), "enumerateDevices")
	if err != nil {
		return true
	}
	for i := range list.Length() {
		if list.Index(i).Get("kind").String() == "audioinput" {
			return true
		}
	}
	return false
}

// Ask has the browser ask the member, and gives the input back at once.
func (m *Microphone) Ask() {
	m.loop.Go(func() {
		stream, err := browser.Call(m.devices(), "getUserMedia", rtc.Constraints())
		if err == nil {
			stream.Call("getTracks").Index(0).Call("stop")
		}
		m.loop.Post(func() { m.report(phone.MicrophoneAfter(browser.Name(err))) })
	})
}
