package main

import (
	"context"
	"sync/atomic"
	"syscall/js"
	"time"

	"parley/internal/shared/protocol"
	"parley/wasm/browser"
	"parley/wasm/device"
	"parley/wasm/dom"
	"parley/wasm/phone"
	"parley/wasm/rtc"
	"parley/wasm/screen"
	"parley/wasm/signal"
	"parley/wasm/sound"
)

// agent is the softphone. Its fields belong to the loop; shown is read by
// callbacks too.
type agent struct {
	loop    *browser.Loop
	page    *dom.Page
	texts   phone.Texts
	model   *phone.Model
	session *signal.Session
	media   *rtc.Media
	player  *sound.Player
	tab     *device.Tab
	mic     *device.Microphone
	shown   atomic.Pointer[phone.View] // as drawn last
}

func startAgent(page *dom.Page) *agent {
	a := &agent{page: page, texts: texts("phone-text")}
	a.loop = browser.NewLoop(a.crashed)
	a.shown.Store(&phone.View{})
	a.session = signal.New(signal.Config{
		Dial: signal.Dial(a.loop, page.Data("socket")), Tab: tabName, Program: fresh(), Random: random, Repeat: true,
		Notify: func(e signal.Event) { a.then(func() { a.event(e) }) },
	})
	a.model = phone.New(a.texts, country(), a.session)
	a.media = rtc.New(a.loop, rtc.Events{
		Answer:     func(n int, sdp string) { a.session.Send(&protocol.MediaAnswer{Offer: n, SDP: sdp}) },
		Candidate:  func(c string) { a.session.Send(&protocol.MediaCandidate{Candidate: c}) },
		Failed:     a.model.MediaFailed,
		Microphone: func(failure string) { a.heard(phone.MicrophoneAfter(failure)) },
		Warn:       warn,
	})
	a.player = sound.NewPlayer(country(), a.loop.Post)
	a.tab = device.NewTab(a.loop)
	a.mic = device.WatchMicrophone(a.loop, a.heard)
	a.listen()
	device.Tick(a.loop, a.draw)
	a.loop.Go(func() { a.session.Run(context.Background()) })
	a.loop.Post(a.draw)
	a.loop.Post(a.wanted)
	return a
}

// then runs f on the loop and draws the page.
func (a *agent) then(f func()) {
	a.loop.Post(func() {
		f()
		a.draw()
	})
}

// draw brings everything into the state the model wants.
func (a *agent) draw() {
	v := a.model.View(time.Now())
	before := a.shown.Swap(&v)
	screen.Phone(a.page, v)
	a.media.SetInput(v.Input.Open, v.Input.Live)
	a.tab.Title(v.Title)
	a.tab.Icon(string(v.State))
	a.tab.Ring(v.Ring)
	if err := a.player.Play(v.Sound, v.Tone); err != nil {
		warn(err.Error())
	}
	if v.Panel != before.Panel {
		a.focus(v.Panel)
	}
}

// focus goes to what a panel is about, for hands on the keyboard.
func (a *agent) focus(p phone.Panel) {
	switch p {
	case phone.PanelIncoming:
		a.page.Focus(`[data-act="answer"]`, false)
	case phone.PanelTag:
		a.page.Focus(`[data-p="tag-filter"]`, false)
	case phone.PanelWrapUp:
		a.page.Focus(`[data-act="end-wrap-up"]`, false)
	case phone.PanelIdle, phone.PanelDialling, phone.PanelTalking, phone.PanelOffline, phone.PanelMicBlocked:
	}
}

// event takes what the session reports.
func (a *agent) event(e signal.Event) {
	now := time.Now()
	switch e := e.(type) {
	case signal.Up:
		store("parley-reloaded", "")
	case signal.Down:
		a.model.Connected(false, now)
	case signal.Answered:
		a.model.Answered(e.ID, e.Command, e.Result, now)
	case signal.Ended:
		a.ended(e.Reason)
	case signal.Received:
		switch m := e.Message.(type) {
		case *protocol.MediaOffer:
			a.media.Offer(m.Offer, m.SDP)
		case *protocol.MediaCandidate:
			a.media.Candidate(m.Candidate)
		default:
			a.model.Apply(m, now)
		}
	}
}

func (a *agent) ended(reason string) {
	switch reason {
	case signal.ReasonSignedOut:
		js.Global().Get("location").Call("assign", "/login")
	case signal.ReasonReload:
		if !reload(false) {
			a.model.Break(a.texts.T("phone.js.error.outdated"))
		}
	}
	a.model.Connected(false, time.Now())
}

// heard takes the microphone's state.
func (a *agent) heard(state phone.Microphone) {
	a.model.SetMicrophone(state)
	a.draw()
}

// do carries out an intent: the browser's part here, the rest in the model.
func (a *agent) do(in phone.Intent) {
	switch in.Kind {
	case phone.DoPadDigit, phone.DoDigit:
		if err := a.player.Press(in.Value[0]); err != nil {
			warn(err.Error())
		}
	case phone.DoMicrophone:
		a.mic.Ask()
		a.tab.AllowNotifications()
	case phone.DoSetting:
		a.tab.AllowNotifications()
	case phone.DoReload:
		reload(true)
	}
	a.model.Do(in, time.Now())
	a.draw()
	if in.Kind == phone.DoFocusPad {
		a.page.Focus(`[data-p="dial-number"]`, true)
	}
}

// crashed tells of a panic as best it can: the model may be what is broken.
func (a *agent) crashed(reason string) {
	js.Global().Get("console").Call("error", "parley: "+reason)
	text := a.texts.T("phone.js.error.crashed")
	for selector, show := range map[string]string{"banner": "", "banner-text": text, "banner-reload": ""} {
		el := a.page.Root().Call("querySelector", `[data-p="`+selector+`"]`)
		if !el.Truthy() {
			continue
		}
		el.Set("hidden", false)
		if show != "" {
			el.Set("textContent", show)
		}
	}
	a.loop.Post(func() { a.model.Break(text) })
}
