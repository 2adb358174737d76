package confirm_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"parley/internal/domain/member"
	"parley/internal/tests/site"
)

// grave mounts a form that asks for a passkey, and counts what gets through.
func grave(got *[]string) func(*site.Site, *http.ServeMux) error {
	return func(s *site.Site, mux *http.ServeMux) error {
		mux.Handle("/grave", s.Gate.Confirmed(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_ = r.ParseForm()
			*got = append(*got, r.Method+" "+r.Form.Encode())
			w.WriteHeader(http.StatusNoContent)
		})))
		return nil
	}
}

// again posts the form that the page repeats.
func again(c *site.Client, page site.Answer) site.Answer {
	form := regexp.MustCompile(`(?s)<form method="post" action="([^"]*)" id="confirm-again".*?</form>`).FindStringSubmatch(page.Body)
	fields := url.Values{}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`).FindAllStringSubmatch(form[0], -1) {
		fields.Add(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
	}
	return c.Post(html.UnescapeString(form[1]), fields)
}

func TestAFormIsRepeatedAfterThePasskey(t *testing.T) {
	var got []string
	s := site.New(t, site.Config{Mount: grave(&got)})
	c := s.Owner()
	form := url.Values{"role": {"owner"}, "note": {`"><script>`, "two\nlines"}, "submit": {""}}
	s.Clock.Add(6 * time.Minute)
	page := c.Post("/grave?from=here", form)
	if page.Status != http.StatusForbidden || len(got) != 0 || !strings.Contains(page.Body, `data-then="confirm-again"`) {
		t.Fatalf("asked: %d %v", page.Status, got)
	}
	if strings.Contains(page.Body, `"><script>`) {
		t.Error("a field is not escaped")
	}
	if done := c.Confirm("/"); done.Status != http.StatusOK {
		t.Fatalf("confirmed: %d %s", done.Status, done.Body)
	}
	form.Set("from", "here")
	if out := again(c, page); out.Status != http.StatusNoContent || len(got) != 1 || got[0] != "POST "+form.Encode() {
		t.Errorf("repeated: %d %q, want %q", out.Status, got, form.Encode())
	}
	// For a while nothing is asked; then it is again.
	c.Post("/grave", nil)
	s.Clock.Add(5*time.Minute + time.Second)
	if late := c.Post("/grave", nil); late.Status != http.StatusForbidden || len(got) != 2 {
		t.Errorf("after a while: %d %q", late.Status, got)
	}
}

func TestAPageIsGoneToAfterThePasskey(t *testing.T) {
	var got []string
	s := site.New(t, site.Config{Mount: grave(&got)})
	c := s.Owner()
	s.Clock.Add(6 * time.Minute)
	page := c.Get("/grave?a=1&b=2")
	if page.Status != http.StatusForbidden || !strings.Contains(page.Body, `data-finish="/confirm/finish?next=%2Fgrave%3Fa%3D1%26b%3D2"`) {
		t.Fatalf("asked: %d %s", page.Status, page.Body)
	}
	if done := c.Confirm("/grave?a=1&b=2"); done.Location() != "/grave?a=1&b=2" {
		t.Errorf("goes to %q", done.Location())
	}
	if done := c.Confirm("https://evil.example/"); done.Location() != "/" {
		t.Errorf("is sent to %q", done.Location())
	}
	if c.Get("/grave").Status != http.StatusNoContent {
		t.Error("still asked")
	}
}

func TestScriptsAreTold(t *testing.T) {
	var got []string
	s := site.New(t, site.Config{Mount: grave(&got)})
	c := s.Owner()
	s.Clock.Add(6 * time.Minute)
	c.Header.Set("Referer", s.URL.String()+"/me?x=1")
	if a := c.Begin("/grave", nil); a.Status != http.StatusForbidden || !strings.Contains(a.Body, `"confirm":"/confirm?next=%2Fme%3Fx%3D1"`) {
		t.Errorf("a script: %d %s", a.Status, a.Body)
	}
	c.Header.Set("Referer", "https://evil.example/me")
	if a := c.Begin("/grave", nil); !strings.Contains(a.Body, `"confirm":"/confirm?next=%2F"`) {
		t.Errorf("a foreign page is gone back to: %s", a.Body)
	}
	if a := c.Do(http.MethodPost, "/grave", "multipart/form-data; boundary=x", "text/html", []byte("--x--")); a.Status != http.StatusForbidden || strings.Contains(a.Body, "confirm-again") {
		t.Errorf("a file: %d", a.Status)
	}
	if a := c.Post("/grave", url.Values{"x": {strings.Repeat("y", 70<<10)}}); a.Status != http.StatusForbidden || strings.Contains(a.Body, "yyyy") {
		t.Errorf("a large form: %d", a.Status)
	}
	many := url.Values{}
	for i := range 1001 {
		many.Add(fmt.Sprint(i), "")
	}
	if a := c.Post("/grave", many); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("a form of many fields: %d", a.Status)
	}
	if out := s.Browser().Post("/grave", nil); out.Status != http.StatusUnauthorized || len(got) != 0 {
		t.Errorf("nobody: %d %v", out.Status, got)
	}
}

// sign answers the options of somebody's step-up with the authenticator's passkey.
func sign(t *testing.T, c *site.Client, options string) []byte {
	t.Helper()
	signed, err := c.Key.Get([]byte(options))
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// Somebody at another's unlocked browser cannot confirm with a passkey of their own.
func TestAnothersPasskeyConfirmsNothing(t *testing.T) {
	var got []string
	s := site.New(t, site.Config{Mount: grave(&got)})
	owner := s.Owner()
	thief := s.Join(owner, member.User, "tom@atelier.example")
	s.Clock.Add(6 * time.Minute)
	begun := owner.Begin("/confirm/begin", nil)
	if a := owner.Finish("/confirm/finish", sign(t, thief, begun.Body)); a.Status != http.StatusForbidden || !strings.Contains(a.Body, "somebody else") {
		t.Errorf("another's passkey: %d %s", a.Status, a.Body)
	}
	// Nor with a challenge that is answered in another session, of whomever.
	begun = thief.Begin("/confirm/begin", nil)
	signed := sign(t, thief, begun.Body)
	owner.SetCookie("parley_ceremony", thief.Cookie("parley_ceremony"))
	if a := owner.Finish("/confirm/finish", signed); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("another's ceremony: %d %s", a.Status, a.Body)
	}
	if owner.Post("/grave", nil).Status != http.StatusForbidden || len(got) != 0 {
		t.Error("it counted")
	}
}

func TestBentCeremoniesConfirmNothing(t *testing.T) {
	var got []string
	s := site.New(t, site.Config{Mount: grave(&got)})
	c := s.Owner()
	second := s.Browser()
	second.Key = c.Key
	if second.SignIn().Status != http.StatusOK {
		t.Fatal("no second session")
	}
	s.Clock.Add(6 * time.Minute)
	// The answer to a sign-in's challenge.
	signed := sign(t, c, c.Begin("/login/begin", nil).Body)
	if a := c.Finish("/confirm/finish", signed); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("a sign-in's challenge: %d %s", a.Status, a.Body)
	}
	// The member's own other session.
	signed = sign(t, c, c.Begin("/confirm/begin", nil).Body)
	second.SetCookie("parley_ceremony", c.Cookie("parley_ceremony"))
	if a := second.Finish("/confirm/finish", signed); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("the other session: %d %s", a.Status, a.Body)
	}
	// Without the finger on the sensor, and answered twice.
	c.Key.SkipVerify = true
	if a := c.Confirm("/"); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "could not be verified") {
		t.Errorf("unverified: %d %s", a.Status, a.Body)
	}
	if c.Post("/grave", nil).Status != http.StatusForbidden || second.Post("/grave", nil).Status != http.StatusForbidden || len(got) != 0 {
		t.Error("one of them counted")
	}
	c.Key.SkipVerify = false
	begun := c.Begin("/confirm/begin", nil)
	kept := c.Cookie("parley_ceremony")
	signed = sign(t, c, begun.Body)
	if a := c.Finish("/confirm/finish", signed); a.Status != http.StatusOK {
		t.Fatalf("good: %d %s", a.Status, a.Body)
	}
	c.SetCookie("parley_ceremony", kept)
	if a := c.Finish("/confirm/finish", signed); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("answered twice: %d %s", a.Status, a.Body)
	}
	signed = sign(t, c, c.Begin("/confirm/begin", nil).Body)
	s.Clock.Add(11 * time.Minute)
	if a := c.Finish("/confirm/finish", signed); a.Status != http.StatusUnprocessableEntity || c.Post("/grave", nil).Status != http.StatusForbidden {
		t.Errorf("stale: %d %s", a.Status, a.Body)
	}
}

// A step-up changes the session's token. What was copied before is worth nothing
// once a page's other requests are through, and never confirms.
func TestStepUpRotatesTheToken(t *testing.T) {
	var got []string
	s := site.New(t, site.Config{Mount: grave(&got)})
	c := s.Owner()
	s.Clock.Add(6 * time.Minute)
	thief := s.Browser()
	thief.Key = c.Key // to answer a challenge; the session is what was stolen
	stolen := c.Cookie("parley_session")
	thief.SetCookie("parley_session", stolen)
	if c.Confirm("/").Status != http.StatusOK || c.Cookie("parley_session") == stolen {
		t.Fatal("the token stayed")
	}
	if c.Post("/grave", nil).Status != http.StatusNoContent {
		t.Error("the new token is not confirmed")
	}
	if a := thief.Get("/"); a.Status != http.StatusOK {
		t.Errorf("a request under way: %d", a.Status)
	}
	if a := thief.Post("/grave", nil); a.Status != http.StatusForbidden {
		t.Errorf("the old token is confirmed: %d", a.Status)
	}
	if a := thief.Confirm("/"); a.Status != http.StatusUnprocessableEntity || thief.Cookie("parley_session") != stolen {
		t.Errorf("the old token steps up: %d %s", a.Status, a.Body)
	}
	s.Clock.Add(31 * time.Second)
	if a := thief.Get("/"); a.Status != http.StatusSeeOther {
		t.Errorf("the old token outlives its moment: %d", a.Status)
	}
	if a := c.Get("/"); a.Status != http.StatusOK {
		t.Errorf("the new token: %d", a.Status)
	}
	// Signing out with the old token ends nothing any more.
	thief.SetCookie("parley_session", stolen)
	thief.Post("/logout", nil)
	if a := c.Get("/"); a.Status != http.StatusOK {
		t.Errorf("signed out by a token of before: %d", a.Status)
	}
}

func TestSpeaksFrench(t *testing.T) {
	s := site.New(t, site.Config{})
	c := s.Owner()
	m := c.Who()
	m.Language = "fr"
	if err := s.Store.SaveMember(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if page := c.Get("/confirm?next=/recover/done"); page.Status != http.StatusOK || !strings.Contains(page.Text(), "Est-ce bien vous ?") {
		t.Errorf("page: %d %s", page.Status, page.Text())
	}
}
