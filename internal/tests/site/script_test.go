package site_test

import (
	"context"
	"html"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"parley/internal/tests/site"
)

// browser is a Chromium with an authenticator that always agrees.
type browser struct {
	ctx  context.Context
	site *site.Site
	key  webauthn.AuthenticatorID
}

func open(t *testing.T, s *site.Site) *browser {
	t.Helper()
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Fatal("chromium is missing: install the Debian package chromium")
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), chromedp.Headless, chromedp.NoSandbox, chromedp.NoFirstRun,
		chromedp.DisableGPU, chromedp.ExecPath("chromium"), chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-quic", true))
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, time.Minute)
	t.Cleanup(cancel)
	b := &browser{ctx: ctx, site: s}
	b.do(t, chromedp.Navigate(s.URL.String()+"/login"))
	if _, err := chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	b.newDevice(t)
	return b
}

// newDevice replaces the authenticator by an empty one.
func (b *browser) newDevice(t *testing.T) {
	t.Helper()
	if b.key != "" {
		_, err := chromedp.Call(b.ctx, webauthn.RemoveVirtualAuthenticator, webauthn.RemoveVirtualAuthenticatorParams{AuthenticatorID: b.key})
		if err != nil {
			t.Fatal(err)
		}
	}
	made, err := chromedp.Call(b.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
		Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: "ctap2", Transport: "internal", HasResidentKey: true, HasUserVerification: true,
			AutomaticPresenceSimulation: true, IsUserVerified: true,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.key = made.AuthenticatorID
}

func (b *browser) do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// await asks until the script's value is true. A question that falls into a
// navigation fails and is asked again, up to the browser's deadline.
func (b *browser) await(t *testing.T, script string) {
	t.Helper()
	for {
		if ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](script)); err == nil && ok {
			return
		}
		if b.ctx.Err() != nil {
			t.Fatalf("never true: %s", script)
		}
	}
}

const (
	submit = "form[data-passkey] button[type=submit]"
	ready  = "form[data-passkey]"
)

// grave mounts a form that asks for a passkey before it does anything.
func grave(s *site.Site, mux *http.ServeMux) error {
	mux.Handle("GET /grave", s.Gate.SignedIn(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<form method="post"><input name="submit" value="a &amp; b"><button>Go</button></form>`)
	})))
	mux.Handle("POST /grave", s.Gate.Confirmed(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<output>`+html.EscapeString(r.FormValue("submit"))+`</output>`)
	})))
	return nil
}

// The page's script against a real browser: every ceremony, and what it shows
// when the server or the authenticator refuses.
func TestPasskeyScript(t *testing.T) {
	s := site.New(t, site.Config{Mount: grave})
	link, err := s.Setup.Link(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, s)
	// An address instead of the name: the browser is sent to where passkeys work.
	b.do(t, chromedp.Navigate(strings.Replace(link, "localhost", "127.0.0.1", 1)), chromedp.WaitReady(ready))
	b.await(t, `location.hostname === "localhost"`)
	b.do(t, chromedp.Click(submit))
	b.await(t, `document.querySelectorAll(".field-error").length === 3 && document.activeElement.name === "workspace"`)
	b.do(t, chromedp.SetValue("#f-workspace", "Atelier Nord"), chromedp.SetValue("#f-name", "Léa Marchand"),
		chromedp.SetValue("#f-email", "lea@atelier.example"), chromedp.Click(submit))
	b.await(t, `location.pathname === "/"`)

	signIn, err := s.Links.SignIn(t.Context(), "lea@atelier.example")
	if err != nil {
		t.Fatal(err)
	}
	b.do(t, chromedp.Navigate(signIn), chromedp.WaitReady(ready), chromedp.Click(submit))
	b.await(t, `document.querySelector("[data-passkey-text]").textContent.includes("already has a passkey")`)
	b.newDevice(t)
	b.do(t, chromedp.Click(submit))
	b.await(t, `location.pathname === "/"`)

	b.do(t, chromedp.Navigate(s.URL.String()+"/recover/done"), chromedp.WaitReady("form[action='/logout']"))
	b.await(t, `document.querySelector("form[action='/logout']").submit() === undefined`)
	b.await(t, `location.pathname === "/login"`)
	b.do(t, chromedp.Navigate(s.URL.String()+"/login?next=/recover/done"), chromedp.WaitReady(ready), chromedp.Click(submit))
	b.await(t, `location.pathname === "/recover/done"`)
	if seen, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.cookie`)); err != nil || strings.Contains(seen, "session") {
		t.Errorf("scripts see the cookie %q: %v", seen, err)
	}
	b.stepUp(t)
}

// stepUp sends a form that asks for a passkey, shows it, and awaits that the form
// got through; then the same for a page.
func (b *browser) stepUp(t *testing.T) {
	t.Helper()
	b.site.Clock.Add(6 * time.Minute)
	grave := b.site.URL.String() + "/grave"
	b.do(t, chromedp.Navigate(grave), chromedp.WaitReady("button"), chromedp.Click("button"), chromedp.WaitReady(ready))
	b.await(t, `document.activeElement.closest("form[data-passkey]") !== null`)
	b.do(t, chromedp.Click(submit))
	b.await(t, `document.querySelector("output")?.textContent === "a & b"`)
	b.do(t, chromedp.Navigate(b.site.URL.String()+"/confirm?next=/grave"), chromedp.WaitReady(ready), chromedp.Click(submit))
	b.await(t, `location.pathname === "/grave"`)
}
