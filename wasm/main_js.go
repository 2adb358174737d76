// Command wasm is Parley in the browser: the softphone of an agent (#phone) or
// the public page of a number (#webcall), whichever the page is. It joins the
// packages that think (signal, phone, caller, screen, sound's generators) to
// those that touch the browser (dom, rtc, device, sound's player).
//
// One goroutine, the loop, owns all of it. Whatever happens is posted there;
// then the page is drawn anew from the model, and only what differs is written.
package main

import (
	"encoding/json"
	"strconv"
	"syscall/js"

	"parley/wasm/browser"
	"parley/wasm/dom"
	"parley/wasm/phone"
)

func main() {
	if page, ok := dom.Find("phone"); ok {
		startAgent(page).loop.Run()
	}
	if page, ok := dom.Find("webcall"); ok {
		startCaller(page).loop.Run()
	}
	warn("this page has no phone")
}

// texts reads the sentences the server put into the page.
func texts(id string) phone.Texts {
	t := phone.Texts{}
	if err := json.Unmarshal([]byte(dom.JSON(id)), &t); err != nil {
		warn("texts of the page: " + err.Error())
	}
	return t
}

// country is where the reader most likely is, by the page's language.
func country() string {
	if language() == "fr" {
		return "FR"
	}
	return "GB"
}

func language() string {
	return js.Global().Get("document").Get("documentElement").Get("lang").String()
}

func warn(reason string) { js.Global().Get("console").Call("warn", "parley: "+reason) }

func random() float64 { return js.Global().Get("Math").Call("random").Float() }

// fresh is a new random name, for a tab or a run of the program.
func fresh() string {
	const parts = 2
	values := js.Global().Get("Uint32Array").New(parts)
	js.Global().Get("crypto").Call("getRandomValues", values)
	name := ""
	for i := range parts {
		name += strconv.FormatInt(int64(values.Index(i).Float()), 36)
	}
	return name
}

// tabName is this tab's name, kept over reloads where the browser lets us.
func tabName(anew bool) string {
	const key = "parley-tab"
	name := stored(key)
	if name == "" || anew {
		name = fresh()
		store(key, name)
	}
	return name
}

func stored(key string) string {
	v, err := browser.Try(func() js.Value { return js.Global().Get("sessionStorage").Call("getItem", key) })
	if err != nil || v.Type() != js.TypeString {
		return ""
	}
	return v.String()
}

func store(key, value string) {
	_, err := browser.Try(func() js.Value { return js.Global().Get("sessionStorage").Call("setItem", key, value) })
	if err != nil {
		warn("the tab keeps no name: " + err.Error())
	}
}

// reload loads the page anew. forced says that a person asked: otherwise it is
// done once only, as a page that stays as it was would reload for ever.
func reload(forced bool) (done bool) {
	const key = "parley-reloaded"
	if !forced && stored(key) != "" {
		return false
	}
	value := ""
	if !forced {
		value = "yes"
	}
	store(key, value)
	js.Global().Get("location").Call("reload")
	return true
}

// onGesture calls f at every sign of a person: only then browsers let sound out.
func onGesture(loop *browser.Loop, f func()) {
	document := js.Global().Get("document")
	for _, event := range []string{"pointerup", "keyup"} {
		loop.Listen(document, event, func(js.Value) { loop.Post(f) })
	}
}
