package device

import (
	"syscall/js"

	"parley/wasm/browser"
	"parley/wasm/phone"
)

// Tab is the tab as others see it: title, icon, notification.
type Tab struct {
	loop   *browser.Loop
	title  string
	state  string
	ring   phone.Ring
	notice js.Value
	stop   func()
}

// NewTab returns the tab the program runs in.
func NewTab(loop *browser.Loop) *Tab { return &Tab{loop: loop} }

// Title sets the document's title; "" leaves it.
func (t *Tab) Title(title string) {
	if title != "" && title != t.title {
		t.title = title
		js.Global().Get("document").Set("title", title)
	}
}

// Icon sets the favicon to that of a state, by the addresses in the page.
func (t *Tab) Icon(state string) {
	if state == t.state {
		return
	}
	t.state = state
	document := js.Global().Get("document")
	icon := document.Call("getElementById", "favicon")
	link := document.Call("querySelector", `[data-favicon-state="`+state+`"]`)
	if icon.Truthy() && link.Truthy() {
		icon.Set("href", link.Get("href"))
	}
}

// AllowNotifications has the browser ask whether it may notify, once.
func (t *Tab) AllowNotifications() {
	n := js.Global().Get("Notification")
	if n.Truthy() && n.Get("permission").String() == "default" {
		browser.Ignore(t.loop, n, "requestPermission")
	}
}

// Ring notifies of a ringing call while nobody looks at the tab, and takes the
// notification back when it has stopped.
func (t *Tab) Ring(r phone.Ring) {
	if r.Call != t.ring.Call {
		t.quiet()
	}
	t.ring = r
	hidden := js.Global().Get("document").Get("hidden").Bool()
	if r.Call == "" || !hidden || t.notice.Truthy() {
		return
	}
	n := js.Global().Get("Notification")
	if !n.Truthy() || n.Get("permission").String() != "granted" {
		return
	}
	options := map[string]any{"body": r.Body, "tag": r.Call, "requireInteraction": true}
	notice, err := browser.Try(func() js.Value { return n.New(r.Title, options) })
	if err != nil { // some systems allow them to service workers only
		return
	}
	t.notice = notice
	t.stop = t.loop.Listen(notice, "click", func(js.Value) {
		js.Global().Call("focus")
		t.loop.Post(t.quiet)
	})
}

func (t *Tab) quiet() {
	if t.notice.Truthy() {
		t.stop()
		t.notice.Call("close")
	}
	t.notice, t.stop = js.Undefined(), nil
}
