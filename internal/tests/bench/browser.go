package main

import (
	"strconv"
	"time"

	"github.com/chromedp/chromedp/kb"

	"parley/internal/tests/testkit"
)

// stamp keeps when the last key was pressed, in milliseconds of the wall clock
// as the browser's input queue has it.
const stamp = `(() => {
  const at = document.createElement("output")
  at.id = "bench-stamp"; at.hidden = true
  document.body.append(at)
  addEventListener("keydown", e => { at.textContent = String(performance.timeOrigin + e.timeStamp) }, true)
  return true
})()`

const available = `document.querySelector("[data-p=me-state]")?.dataset.state === "available"`

// inBrowser measures the real page in Chromium: from the key that answers to the
// first packet of the agent's voice at a native caller, and a reload.
func inBrowser(r *run, program *testkit.Program) {
	s := server(r, program, 1)
	w := testkit.StartChromium(r).Window(testkit.AgentTone)
	w.Go(s.URL() + "/login")
	w.Authenticator()
	w.AllowMicrophone(s.URL())
	w.Go(s.SignInLink(email(0)))
	w.Click("form[data-passkey] button[type=submit]")
	w.Await(`location.pathname === "/"`)

	var reloads []time.Duration
	for i := range warmUps + 5 {
		began := time.Now()
		w.Go(s.URL() + "/phone")
		w.Await(available)
		if i >= warmUps {
			reloads = append(reloads, time.Since(began))
		}
	}
	w.Await(stamp)
	var audio []time.Duration
	for i := range warmUps + 9 {
		one := answerByKey(r, s, w, i)
		if i >= warmUps {
			audio = append(audio, one)
		}
	}
	r.median("answer_to_audio_ms", audio)
	r.median("reload_to_ready_ms", reloads)
}

func answerByKey(r *run, s *testkit.Server, w *testkit.Window, turn int) time.Duration {
	caller := visitor(s, 0, turn)
	caller.Start("")
	w.AwaitView("incoming")
	r.pass(500 * time.Millisecond)
	if n := caller.Packets(); n != 0 {
		r.Fatalf("the caller hears %d packets before anybody has answered", n)
	}
	heard := aside(r, caller.NextPacket)
	w.Press(kb.Enter)
	at := must(r, heard)
	pressed, err := strconv.ParseFloat(w.Text("#bench-stamp"), 64)
	if err != nil {
		r.Fatalf("the page does not say when the key was pressed: %v", err)
	}
	caller.HangUp()
	caller.AwaitPhase("ended")
	caller.Leave()
	w.AwaitView("idle")
	return at.Sub(time.UnixMicro(int64(pressed * 1000)))
}
