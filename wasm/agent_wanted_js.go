package main

import (
	"syscall/js"

	"parley/wasm/phone"
)

// wanted puts on the pad what a link to the page asks to call, such as
// #line=…&to=%2B33123456789. Nobody is called before the agent says so; the address
// forgets it, so that a reload does not ask again.
func (a *agent) wanted() {
	location := js.Global().Get("location")
	hash := location.Get("hash").String()
	if len(hash) < 2 {
		return
	}
	asked := js.Global().Get("URLSearchParams").New(hash[1:])
	to := asked.Call("get", "to")
	if to.Type() != js.TypeString {
		return
	}
	js.Global().Get("history").Call("replaceState", js.Null(), "", location.Get("pathname"))
	if line := asked.Call("get", "line"); line.Type() == js.TypeString {
		a.do(phone.Intent{Kind: phone.DoLine, Value: line.String()})
	}
	a.do(phone.Intent{Kind: phone.DoEntry, Value: to.String()})
}
