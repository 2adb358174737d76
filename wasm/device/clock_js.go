package device

import (
	"syscall/js"

	"parley/wasm/browser"
)

// Tick calls f on the loop every half second, also in a tab that is hidden for
// long: browsers slow a hidden page's own timers down to one a minute, by which
// time the server has given the tab up, but not those of a worker. Each tick
// also wakes the program's other timers.
func Tick(loop *browser.Loop, f func()) {
	beat := loop.Func(func([]js.Value) { loop.Post(f) })
	worker, err := browser.Try(func() js.Value {
		source := "setInterval(() => postMessage(0), 500)"
		blob := js.Global().Get("Blob").New([]any{source}, map[string]any{"type": "text/javascript"})
		return js.Global().Get("Worker").New(js.Global().Get("URL").Call("createObjectURL", blob))
	})
	if err != nil {
		js.Global().Call("setInterval", beat, 500)
		return
	}
	worker.Set("onmessage", beat)
	// A policy that forbids the worker is told as an error event, not thrown.
	loop.Listen(worker, "error", func(js.Value) { js.Global().Call("setInterval", beat, 500) })
}
