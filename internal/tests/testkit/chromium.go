package testkit

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// Chromium is a running browser; each of its windows is a person of their own.
type Chromium struct {
	t   testing.TB
	ctx context.Context
}

// Window is one person's window: own cookies, a tone for a microphone, and an
// ear that listens where the page's <audio> elements do.
type Window struct {
	t      testing.TB
	ctx    context.Context
	errors []string // what went wrong in the page; read when the test ends
	quit   chan struct{}
}

// browserTime bounds what a test does in a browser, all in all.
const browserTime = 12 * time.Minute

// StartChromium starts a browser that ends with the test.
func StartChromium(t testing.TB) *Chromium {
	t.Helper()
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Fatal("chromium is missing: apt-get install chromium")
	}
	// Not the test's context: that ends before the test's last look at the page.
	ctx, cancel := context.WithTimeout(context.Background(), browserTime)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, chromedp.Headless, chromedp.NoSandbox, chromedp.NoFirstRun,
		chromedp.DisableGPU, chromedp.ExecPath("chromium"), chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("use-fake-device-for-media-stream", true), chromedp.Flag("autoplay-policy", "no-user-gesture-required"),
		chromedp.Flag("allow-loopback-in-peer-connection", true), chromedp.Flag("disable-background-timer-throttling", true),
		chromedp.Flag("disable-renderer-backgrounding", true), chromedp.Flag("disable-backgrounding-occluded-windows", true))
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	check(t, "start chromium", chromedp.Do(ctx))
	return &Chromium{t, ctx}
}

// Window opens a window of somebody who says hz.
func (c *Chromium) Window(hz float64) *Window {
	c.t.Helper()
	ctx, cancel := chromedp.NewContext(c.ctx, chromedp.WithNewBrowserContext())
	c.t.Cleanup(cancel)
	w := &Window{t: c.t, ctx: ctx, quit: make(chan struct{})}
	check(c.t, "open a window", chromedp.Do(ctx))
	w.watch()
	_, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: fmt.Sprintf(earAndMouth, hz),
	})
	check(c.t, "prepare the window", err)
	c.t.Cleanup(w.judge)
	return w
}

// earAndMouth gives the page an oscillator for a microphone, and remembers its
// connections so that what it hears can be measured.
const earAndMouth = `(() => {
  const hz = %f, Native = window.RTCPeerConnection, connections = []
  if (!navigator.mediaDevices || !Native) return
  navigator.mediaDevices.getUserMedia = async () => {
    const audio = new AudioContext(), out = audio.createMediaStreamDestination()
    const tone = new OscillatorNode(audio, {frequency: hz}), volume = new GainNode(audio, {gain: 0.25})
    tone.connect(volume).connect(out)
    tone.start()
    await audio.resume()
    return out.stream
  }
  window.RTCPeerConnection = class extends Native {
    constructor(...args) { super(...args); connections.push(this) }
  }
  // The codec the page speaks.
  window.parleySpeaks = () => {
    const sdp = connections.at(-1)?.currentLocalDescription?.sdp ?? ""
    const first = sdp.match(/^m=audio \d+ \S+ (\d+)/m)?.[1]
    return sdp.match(new RegExp("^a=rtpmap:" + first + " ([^/]+)", "m"))?.[1]
  }
  let ear, analysers = new Map()
  const listening = 16384 // samples, some 350 ms
  // The level in dBFS of each frequency in what is heard from now on.
  window.parleyHears = async tones => {
    ear ??= new AudioContext()
    await ear.resume()
    const levels = tones.map(() => -120)
    for (const pc of connections) for (const {track} of pc.getReceivers()) {
      if (!analysers.has(track)) {
        const a = new AnalyserNode(ear, {fftSize: listening})
        ear.createMediaStreamSource(new MediaStream([track])).connect(a)
        analysers.set(track, a)
      }
    }
    await new Promise(heard => setTimeout(heard, 1000 * listening / ear.sampleRate + 20))
    for (const analyser of analysers.values()) {
      const pcm = new Float32Array(listening)
      analyser.getFloatTimeDomainData(pcm)
      tones.forEach((f, n) => {
        const k = 2 * Math.cos(2 * Math.PI * f / ear.sampleRate)
        let s1 = 0, s2 = 0, weight = 0
        for (let i = 0; i < pcm.length; i++) {
          const hann = 0.5 - 0.5 * Math.cos(2 * Math.PI * (i + 0.5) / pcm.length)
          weight += hann;
          [s1, s2] = [pcm[i] * hann + k * s1 - s2, s1]
        }
        const power = Math.max(s1 * s1 + s2 * s2 - k * s1 * s2, 1e-30)
        levels[n] = Math.max(levels[n], 20 * Math.log10(2 * Math.sqrt(power) / weight))
      })
    }
    return levels
  }
})()`

// watch collects exceptions and errors of the page's console.
func (w *Window) watch() {
	exceptions := chromedp.Events(w.ctx, runtime.ExceptionThrown)
	console := chromedp.Events(w.ctx, runtime.ConsoleAPICalled)
	found := make(chan string, 64)
	go func() {
		for ev, err := range exceptions {
			if err != nil {
				return
			}
			found <- fmt.Sprintf("exception: %s %s", ev.ExceptionDetails.Text, describe(ev.ExceptionDetails.Exception))
		}
	}()
	go func() {
		for ev, err := range console {
			if err != nil {
				return
			}
			if ev.Type == "error" && len(ev.Args) > 0 {
				found <- "console: " + describe(ev.Args[0])
			}
		}
	}()
	gathered := make(chan struct{})
	go func() {
		defer close(gathered)
		for {
			select {
			case s := <-found:
				w.errors = append(w.errors, s)
			case <-w.quit:
				return
			}
		}
	}()
	w.t.Cleanup(func() {
		close(w.quit)
		<-gathered
		for _, e := range w.errors {
			w.t.Errorf("in the page: %s", e)
		}
	})
}

func describe(o *runtime.RemoteObject) string {
	if o == nil {
		return ""
	}
	return strings.TrimSpace(o.Description + " " + string(o.Value))
}

// judge shows how the page stood if the test failed.
func (w *Window) judge() {
	if w.t.Failed() && w.ctx.Err() == nil {
		text, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
		w.t.Logf("the window shows %s (%v)", text, err)
	}
}

// Authenticator gives the window one that always agrees.
func (w *Window) Authenticator() {
	w.t.Helper()
	_, err := chromedp.Call(w.ctx, webauthn.Enable, webauthn.EnableParams{})
	if err == nil {
		_, err = chromedp.Call(w.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
			Options: &webauthn.VirtualAuthenticatorOptions{
				Protocol: "ctap2", Transport: "internal", HasResidentKey: true, HasUserVerification: true,
				AutomaticPresenceSimulation: true, IsUserVerified: true,
			},
		})
	}
	check(w.t, "plug an authenticator in", err)
}

// AllowMicrophone does what the person does in the browser's own question.
func (w *Window) AllowMicrophone(origin string) {
	w.t.Helper()
	w.decide(origin, browser.PermissionSettingGranted)
}

// DenyMicrophone answers that question with no.
func (w *Window) DenyMicrophone(origin string) {
	w.t.Helper()
	w.decide(origin, browser.PermissionSettingDenied)
}

func (w *Window) decide(origin string, setting browser.PermissionSetting) {
	w.t.Helper()
	_, err := chromedp.Call(w.ctx, browser.SetPermission, browser.SetPermissionParams{
		Permission: &browser.PermissionDescriptor{Name: "microphone"}, Setting: setting,
		Origin: origin, BrowserContextID: chromedp.FromContext(w.ctx).BrowserContextID,
	})
	check(w.t, "decide on the microphone", err)
}

// Go opens an address, also while another page is still on its way: chromedp's own
// Navigate takes the end of that one for the end of this.
func (w *Window) Go(url string) {
	w.t.Helper()
	opened, err := chromedp.Call(w.ctx, page.Navigate, page.NavigateParams{URL: url})
	if err == nil && opened.ErrorText != "" {
		err = errors.New(opened.ErrorText)
	}
	check(w.t, "open "+url, err)
	w.Await(`document.readyState === "complete"`)
}

// Do runs actions.
func (w *Window) Do(what string, steps ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	check(w.t, what, chromedp.Do(w.ctx, steps...))
}

// Click clicks what a CSS selector finds, with the mouse, once it can be seen, stands
// still and nothing covers it. It asks the page where that is, not the browser's
// tree of nodes, whose ids a page that is still being opened takes along.
func (w *Window) Click(selector string) {
	w.t.Helper()
	var at []float64
	AwaitFor(w.t, Patience, selector+" to click on", func() string {
		before := at
		var err error
		at, err = chromedp.Run(w.ctx, chromedp.Evaluate[[]float64](fmt.Sprintf(placeOf, quote(selector))))
		if err != nil || len(at) == 0 || !slices.Equal(at, before) {
			return fmt.Sprintf("it is at %v (%v)", at, err)
		}
		return ""
	})
	w.Do("click "+selector, chromedp.MouseClickXY(at[0], at[1]))
}

// placeOf is a point where a click meets the element, or its label; [] is none.
const placeOf = `(() => {
  const e = document.querySelector(%s)
  if (!e?.checkVisibility()) return []
  e.scrollIntoViewIfNeeded()
  const box = e.getClientRects()[0]
  if (!box) return []
  const at = [box.x + box.width / 2, box.y + box.height / 2]
  const met = document.elementFromPoint(...at)
  return met && (e.contains(met) || met.closest("label")?.control === e) ? at : []
})()`

// Fill writes into a field.
func (w *Window) Fill(selector, value string) {
	w.t.Helper()
	w.Await(`document.querySelector(` + quote(selector) + `)?.checkVisibility()`)
	w.Do("fill "+selector, chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(() => {
		const e = document.querySelector(%s)
		e.focus()
		e.value = %s
		for (const kind of ["input", "change"]) e.dispatchEvent(new Event(kind, {bubbles: true}))
	})()`, quote(selector), quote(value))))
}

// Press presses keys, whatever has the focus.
func (w *Window) Press(keys string, opts ...chromedp.KeyOption) {
	w.t.Helper()
	w.Do("press a key", chromedp.KeyEvent(keys, opts...))
}

// Text is the text of the element.
func (w *Window) Text(selector string) string {
	w.t.Helper()
	text, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](`document.querySelector(`+quote(selector)+`)?.textContent.trim() ?? ""`))
	check(w.t, "read "+selector, err)
	return text
}

// Await waits until a script's value is truthy. A question that falls into a
// navigation fails, and is asked again.
func (w *Window) Await(script string) {
	w.t.Helper()
	AwaitFor(w.t, Patience, "the page", func() string {
		ok, err := chromedp.Run(w.ctx, chromedp.Evaluate[bool](`!!(`+script+`)`))
		if err != nil || !ok {
			return fmt.Sprintf("not %s (%v)", script, err)
		}
		return ""
	})
}

// AwaitView waits until the page's program shows a view.
func (w *Window) AwaitView(view string) {
	w.t.Helper()
	AwaitFor(w.t, Patience, "the view "+view, func() string {
		now, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](`document.querySelector("[data-p=root]")?.dataset.view ?? ""`))
		if err != nil || now != view {
			return fmt.Sprintf("it is %q (%v)", now, err)
		}
		return ""
	})
}

// Hears waits until the window hears hz and none of the other tones; 0 is none.
func (w *Window) Hears(hz float64) {
	w.t.Helper()
	tones := []float64{CustomerTone, AgentTone, OtherTone}
	AwaitFor(w.t, Patience, fmt.Sprintf("%.0f Hz alone to be heard in the page", hz), func() string {
		script := fmt.Sprintf("parleyHears([%f, %f, %f])", tones[0], tones[1], tones[2])
		levels, err := chromedp.Run(w.ctx, chromedp.Evaluate[[]float64](script, chromedp.EvalAwaitPromise))
		if err == nil && len(levels) != len(tones) {
			err = errors.New("no levels")
		}
		if err != nil {
			return err.Error()
		}
		for i, tone := range tones {
			if tone == hz && levels[i] < Heard-6 || tone != hz && levels[i] > Silent {
				return fmt.Sprintf("%v at %.0f dB", tones, levels)
			}
		}
		return ""
	})
}

// AwaitCodec waits until the page speaks a codec, by its name in SDP.
func (w *Window) AwaitCodec(name string) {
	w.t.Helper()
	w.Await("parleySpeaks() === " + quote(name))
}

func quote(s string) string { return fmt.Sprintf("%q", s) }
