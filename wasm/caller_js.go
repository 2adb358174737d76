package main

import (
	"context"
	"sync/atomic"
	"syscall/js"
	"time"

	"parley/internal/shared/protocol"
	"parley/wasm/browser"
	"parley/wasm/caller"
	"parley/wasm/device"
	"parley/wasm/dom"
	"parley/wasm/phone"
	"parley/wasm/rtc"
	"parley/wasm/screen"
	"parley/wasm/signal"
	"parley/wasm/sound"
)

// visitor is the public page of a number. Its fields belong to the loop.
type visitor struct {
	loop    *browser.Loop
	page    *dom.Page
	texts   phone.Texts
	model   *caller.Model
	session *signal.Session
	media   *rtc.Media
	player  *sound.Player
	running bool        // the session; it starts with the first sign of a person
	keys    atomic.Bool // the keypad is shown; read where keys are pressed
}

func startCaller(page *dom.Page) *visitor {
	c := &visitor{page: page, texts: texts("webcall-text")}
	c.loop = browser.NewLoop(c.crashed)
	c.session = signal.New(signal.Config{
		Dial: signal.Dial(c.loop, page.Data("socket")), Tab: tabName, Program: fresh(), Random: random,
		Notify: func(e signal.Event) { c.then(func() { c.event(e) }) },
	})
	c.model = caller.New(c.texts, c.session)
	c.media = rtc.New(c.loop, rtc.Events{
		Answer:    func(n int, sdp string) { c.session.Send(&protocol.MediaAnswer{Offer: n, SDP: sdp}) },
		Candidate: func(s string) { c.session.Send(&protocol.MediaCandidate{Candidate: s}) },
		Failed:    func() {},
		Microphone: func(failure string) {
			c.model.SetMicrophone(phone.MicrophoneAfter(failure))
			c.draw()
		},
		Warn: warn,
	})
	c.player = sound.NewPlayer(country(), c.loop.Post)
	c.listen()
	device.Tick(c.loop, c.draw)
	c.loop.Post(c.draw)
	return c
}

func (c *visitor) then(f func()) {
	c.loop.Post(func() {
		f()
		c.draw()
	})
}

func (c *visitor) draw() {
	v := c.model.View(time.Now())
	c.keys.Store(v.Keypad)
	screen.Caller(c.page, v)
	c.media.SetInput(v.Input.Open, v.Input.Live)
	if err := c.player.Play(v.Sound, ""); err != nil {
		warn(err.Error())
	}
}

// connect opens the socket; whoever only reads the page needs none.
func (c *visitor) connect() {
	if c.running {
		c.session.Nudge() // he will not wait for the next attempt
		return
	}
	c.running = true
	c.loop.Go(func() { c.session.Run(context.Background()) })
}

func (c *visitor) listen() {
	for _, event := range []string{"pointerdown", "focusin", "keydown"} {
		c.loop.Listen(c.page.Root(), event, func(js.Value) { c.loop.Post(c.connect) })
	}
	c.page.OnSubmit(c.loop, `[data-p="form"]`, func() {
		c.connect()
		c.do(caller.DoCall, c.name())
	})
	c.page.OnClick(c.loop, func(click dom.Click) { c.do(caller.Kind(click.Act), click.Data("digit")) })
	dom.OnKey(c.loop, func(k phone.Key) bool {
		taken := c.keys.Load() && !k.Modified && !k.Repeat && k.Field == "" && caller.IsKey(k.Name)
		if taken {
			c.loop.Post(func() { c.do(caller.DoPress, k.Name) })
		}
		return taken
	})
	onGesture(c.loop, c.media.Replay)
	c.loop.Listen(js.Global(), "online", func(js.Value) { c.session.Nudge() })
}

func (c *visitor) do(k caller.Kind, value string) {
	if k == caller.DoPress && c.keys.Load() && caller.IsKey(value) {
		if err := c.player.Press(value[0]); err != nil {
			warn(err.Error())
		}
	}
	c.model.Do(k, value, time.Now())
	c.draw()
}

// name is what stands in the field for the visitor's name.
func (c *visitor) name() string {
	if el := c.page.Root().Call("querySelector", `[data-p="name"]`); el.Truthy() {
		return el.Get("value").String()
	}
	return ""
}

func (c *visitor) event(e signal.Event) {
	now := time.Now()
	switch e := e.(type) {
	case signal.Up:
		c.model.Connected(true, now)
	case signal.Down:
		c.model.Connected(false, now)
	case signal.Answered:
		c.model.Answered(e.ID, e.Result)
	case signal.Ended:
		c.model.Connected(false, now)
		if e.Reason == signal.ReasonReload {
			reload(false)
		}
	case signal.Received:
		switch m := e.Message.(type) {
		case *protocol.MediaOffer:
			c.media.Offer(m.Offer, m.SDP)
		case *protocol.MediaCandidate:
			c.media.Candidate(m.Candidate)
		default:
			c.model.Apply(m, now)
		}
	}
}

func (c *visitor) crashed(reason string) {
	js.Global().Get("console").Call("error", "parley: "+reason)
	if el := c.page.Root().Call("querySelector", `[data-p="text"]`); el.Truthy() {
		el.Set("textContent", c.texts.T("webcall.js.crashed"))
	}
}
