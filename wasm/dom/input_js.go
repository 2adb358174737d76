package dom

import (
	"syscall/js"
	"unicode/utf16"

	"parley/wasm/browser"
	"parley/wasm/phone"
)

// Click is a button pressed: its data-act and what else it carries.
type Click struct {
	Act  string
	Data func(name string) string // another data- attribute, by its JavaScript name
	Held float64                  // milliseconds from press to release
}

// OnClick reports the buttons below the root that have a data-act. Buttons that
// submit a form are left to it.
func (p *Page) OnClick(loop *browser.Loop, f func(Click)) {
	pressed := 0.0
	loop.Listen(p.root, "pointerdown", func(ev js.Value) { pressed = ev.Get("timeStamp").Float() })
	loop.Listen(p.root, "click", func(ev js.Value) {
		el := ev.Get("target").Call("closest", "[data-act]")
		if !el.Truthy() || el.Get("type").Equal(js.ValueOf("submit")) {
			return
		}
		c := Click{Act: dataOf(el, "act"), Data: func(name string) string { return dataOf(el, name) }}
		if ev.Get("detail").Int() > 0 { // by a pointer
			c.Held = ev.Get("timeStamp").Float() - pressed
		}
		loop.Post(func() { f(c) })
	})
}

// OnSubmit reports the submitting of a form, which never leaves the page.
func (p *Page) OnSubmit(loop *browser.Loop, selector string, f func()) {
	for _, el := range p.all(selector) {
		loop.Listen(el, "submit", func(ev js.Value) {
			ev.Call("preventDefault")
			loop.Post(f)
		})
	}
}

// Input is what stands in a field after it was edited.
type Input struct {
	Value  string
	Before string // of the caret
}

// OnInput reports the editing of a field, or the choosing of an option.
func (p *Page) OnInput(loop *browser.Loop, selector string, f func(Input)) {
	for _, el := range p.all(selector) {
		loop.Listen(el, "input", func(js.Value) {
			in := Input{Value: el.Get("value").String()}
			in.Before = in.Value
			if at := el.Get("selectionStart"); at.Type() == js.TypeNumber {
				in.Before = firstUnits(in.Value, at.Int())
			}
			loop.Post(func() { f(in) })
		})
	}
}

// firstUnits is the first n UTF-16 units of s, in which browsers count.
func firstUnits(s string, n int) string {
	units := utf16.Encode([]rune(s))
	return string(utf16.Decode(units[:min(n, len(units))]))
}

// OnPaste reports text pasted while no field has the focus.
func OnPaste(loop *browser.Loop, f func(text string)) {
	loop.Listen(js.Global().Get("document"), "paste", func(ev js.Value) {
		if fieldOf(ev.Get("target")) == "" {
			text := ev.Get("clipboardData").Call("getData", "text").String()
			loop.Post(func() { f(text) })
		}
	})
}

// OnKey reports keys pressed anywhere. f runs in the callback, so that it can
// say whether the browser shall leave the key alone.
func OnKey(loop *browser.Loop, f func(phone.Key) (taken bool)) {
	loop.Listen(js.Global().Get("document"), "keydown", func(ev js.Value) {
		if ev.Get("isComposing").Truthy() || ev.Get("defaultPrevented").Bool() {
			return
		}
		target := ev.Get("target")
		is := func(name string) bool { return ev.Get(name).Truthy() }
		k := phone.Key{
			Name: ev.Get("key").String(), Shift: is("shiftKey"), Repeat: is("repeat"),
			Modified: is("ctrlKey") || is("altKey") || is("metaKey"),
			Field:    fieldOf(target), Act: controlOf(target),
		}
		if f(k) {
			ev.Call("preventDefault")
		}
	})
}

// fieldOf names the text field an event is in, "?" if it has no name.
func fieldOf(el js.Value) string {
	if !el.Get("closest").Truthy() {
		return ""
	}
	field := el.Call("closest", "input, textarea, select, [contenteditable]")
	return named(field, "p")
}

// controlOf names the control an event is at, "?" if it has no name.
func controlOf(el js.Value) string {
	if !el.Get("closest").Truthy() {
		return ""
	}
	return named(el.Call("closest", "button, a[href], summary"), "act")
}

func named(el js.Value, data string) string {
	if !el.Truthy() {
		return ""
	}
	if name := dataOf(el, data); name != "" {
		return name
	}
	return "?"
}

func dataOf(el js.Value, name string) string {
	if v := el.Get("dataset").Get(name); v.Type() == js.TypeString {
		return v.String()
	}
	return ""
}

// Focus moves the focus, unless somebody is typing elsewhere. A field that was
// just hidden keeps the focus until the browser draws, but nobody types there.
func (p *Page) Focus(selector string, steal bool) {
	active := js.Global().Get("document").Get("activeElement")
	if !steal && active.Truthy() && fieldOf(active) != "" && active.Call("getClientRects").Length() > 0 {
		return
	}
	if els := p.all(selector); len(els) > 0 {
		els[0].Call("focus")
	}
}

// Caret puts the caret of a field that has the focus.
func (p *Page) Caret(selector string, at int) {
	active := js.Global().Get("document").Get("activeElement")
	for _, el := range p.all(selector) {
		if el.Equal(active) {
			el.Call("setSelectionRange", at, at)
		}
	}
}

// JSON is the text of a JSON script element, "" where there is none.
func JSON(id string) string {
	el := js.Global().Get("document").Call("getElementById", id)
	if !el.Truthy() {
		return ""
	}
	return el.Get("textContent").String()
}
