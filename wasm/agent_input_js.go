package main

import (
	"syscall/js"

	"parley/internal/shared/dial"
	"parley/wasm/dom"
	"parley/wasm/phone"
)

// holdForPlus is how long, in milliseconds, the 0 is held for a +.
const holdForPlus = 500

// listen joins the page's controls to the softphone.
func (a *agent) listen() {
	a.page.OnClick(a.loop, a.clicked)
	a.page.OnSubmit(a.loop, `[data-p="dial-form"]`, func() { a.do(phone.Intent{Kind: phone.DoDial}) })
	a.page.OnInput(a.loop, `[data-p="dial-number"]`, a.typed)
	a.page.OnInput(a.loop, `[data-p="tag-filter"]`, func(in dom.Input) {
		a.do(phone.Intent{Kind: phone.DoFilter, Value: in.Value})
	})
	a.page.OnInput(a.loop, `[data-p="lines"]`, func(in dom.Input) {
		a.do(phone.Intent{Kind: phone.DoLine, Value: in.Value})
	})
	dom.OnKey(a.loop, func(k phone.Key) bool {
		in, ok := a.shown.Load().Key(k)
		if ok {
			a.loop.Post(func() { a.do(in) })
		}
		return ok
	})
	dom.OnPaste(a.loop, func(text string) {
		if a.shown.Load().Panel == phone.PanelIdle {
			a.do(phone.Intent{Kind: phone.DoEntry, Value: text})
		}
	})
	onGesture(a.loop, func() {
		if err := a.player.Unlock(); err != nil {
			warn(err.Error())
		}
		a.media.Replay()
	})
	for _, event := range []string{"online", "pageshow"} {
		a.loop.Listen(js.Global(), event, func(js.Value) { a.session.Nudge() })
	}
}

// clicked translates a button: what it acts on stands in its other attributes.
func (a *agent) clicked(c dom.Click) {
	in := phone.Intent{Kind: phone.Kind(c.Act)}
	switch in.Kind {
	case phone.DoPadDigit, phone.DoDigit:
		in.Value = c.Data("digit")
		if in.Value == "" {
			return
		}
		if in.Kind == phone.DoPadDigit && in.Value == "0" && c.Held >= holdForPlus {
			in.Value = "+"
		}
	case phone.DoSetting:
		in.Value = c.Data("setting")
	case phone.DoPanel:
		in.Value = c.Data("to")
	case phone.DoRecent:
		in.Value = c.Data("number")
	case phone.DoTag:
		if in.Value = c.Data("tag"); in.Value == "" {
			return
		}
	}
	a.do(in)
}

// typed groups the digits of the number being typed, with the caret behind the
// same digit as before.
func (a *agent) typed(in dom.Input) {
	a.do(phone.Intent{Kind: phone.DoEntry, Value: in.Value})
	a.page.Caret(`[data-p="dial-number"]`, dial.Caret(a.shown.Load().Pad.Entry, in.Before))
}
