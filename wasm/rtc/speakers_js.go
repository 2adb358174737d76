package rtc

import (
	"syscall/js"

	"parley/wasm/browser"
)

// speakers are the <audio> elements the others are heard by, one for each
// section. They belong to the loop.
type speakers struct {
	loop  *browser.Loop
	byMid map[string]js.Value
}

// add plays a track. Chromium gives silence for a remote stream that no playing
// element holds.
func (s *speakers) add(mid string, track js.Value) {
	el, ok := s.byMid[mid]
	if !ok {
		document := js.Global().Get("document")
		el = document.Call("createElement", "audio")
		el.Set("autoplay", true)
		el.Get("dataset").Set("voice", mid)
		document.Get("body").Call("append", el)
		s.byMid[mid] = el
	}
	el.Set("srcObject", js.Global().Get("MediaStream").New([]any{track}))
	browser.Ignore(s.loop, el, "play") // refused before the first gesture: Replay
}

// play starts the elements that are not playing.
func (s *speakers) play() {
	for _, el := range s.byMid {
		if el.Get("paused").Bool() {
			browser.Ignore(s.loop, el, "play")
		}
	}
}
