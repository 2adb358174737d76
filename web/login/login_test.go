package login_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/tests/site"
)

func TestDiscoverableSignIn(t *testing.T) {
	s := site.New(t, site.Config{})
	owner := s.Owner()
	other := s.Browser()
	other.Key = owner.Key
	page := other.Get("/login?next=/team")
	if page.Status != http.StatusOK || strings.Contains(page.Body, "<input class=\"input\"") {
		t.Errorf("the page asks for a name: %d", page.Status)
	}
	if !strings.Contains(page.Body, `data-finish="/login/finish?next=%2Fteam"`) {
		t.Errorf("next is lost: %s", page.Body)
	}
	if done := other.SignIn(); done.Status != http.StatusOK || done.Location() != "/" {
		t.Fatalf("sign-in: %d %s", done.Status, done.Body)
	}
	if other.Who().ID != owner.Who().ID {
		t.Error("signed in as somebody else")
	}
	if again := other.Get("/login?next=/me"); again.Status != http.StatusSeeOther || again.Location() != "/me" {
		t.Errorf("signed in at /login: %d %s", again.Status, again.Location())
	}
}

// Each case bends one thing of an otherwise good ceremony.
func TestSignInRefused(t *testing.T) {
	s := site.New(t, site.Config{})
	owner := s.Owner()
	begin := func(c *site.Client) []byte { return []byte(c.Begin("/login/begin", nil).Body) }
	for name, tc := range map[string]struct {
		bend   func(c *site.Client)
		status int
	}{
		"wrong origin":       {func(c *site.Client) { c.Key.Origin = "http://evil.example" }, http.StatusUnprocessableEntity},
		"other port":         {func(c *site.Client) { c.Key.Origin = "http://localhost:1" }, http.StatusUnprocessableEntity},
		"https for http":     {func(c *site.Client) { c.Key.Origin = "https://" + s.URL.Host }, http.StatusUnprocessableEntity},
		"no verification":    {func(c *site.Client) { c.Key.SkipVerify = true }, http.StatusUnprocessableEntity},
		"other party":        {func(c *site.Client) { c.Key.ForeignParty = "evil.example" }, http.StatusUnprocessableEntity},
		"unknown passkey":    {func(c *site.Client) { makeKey(t, c) }, http.StatusUnauthorized},
		"ceremony of nobody": {func(c *site.Client) { c.SetCookie("parley_ceremony", strings.Repeat("A", 43)) }, http.StatusUnprocessableEntity},
	} {
		c := s.Browser()
		key := *owner.Key
		c.Key = &key
		options := begin(c)
		tc.bend(c)
		signed, err := c.Key.Get(options)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Finish("/login/finish", signed); got.Status != tc.status || c.Cookie("parley_session") != "" {
			t.Errorf("%s: %d %s", name, got.Status, got.Body)
		}
	}
	for name, body := range map[string]string{"empty": "", "no JSON": "{", "huge": `{"id":"` + strings.Repeat("A", 1<<20) + `"}`} {
		c := s.Browser()
		begin(c)
		if got := c.Finish("/login/finish", []byte(body)); got.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, got.Status)
		}
	}
}

// makeKey gives the authenticator a passkey of the party that the server never saw.
func makeKey(t *testing.T, c *site.Client) {
	t.Helper()
	options := `{"publicKey":{"challenge":"AAAA","rp":{"id":"localhost"},"user":{"id":"bm9ib2R5"}}}`
	if _, err := c.Key.Create([]byte(options)); err != nil {
		t.Fatal(err)
	}
}

func TestChallengeIsAnsweredOnce(t *testing.T) {
	s := site.New(t, site.Config{})
	c := s.Owner()
	begun := c.Begin("/login/begin", nil)
	ceremony := c.Cookie("parley_ceremony")
	signed, err := c.Key.Get([]byte(begun.Body))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Finish("/login/finish", signed); got.Status != http.StatusOK {
		t.Fatalf("first: %d", got.Status)
	}
	thief := s.Browser()
	thief.SetCookie("parley_ceremony", ceremony)
	if got := thief.Finish("/login/finish", signed); got.Status != http.StatusUnprocessableEntity || thief.Cookie("parley_session") != "" {
		t.Errorf("replayed: %d %s", got.Status, got.Body)
	}
}

func TestChallengeExpires(t *testing.T) {
	s := site.New(t, site.Config{})
	c := s.Owner()
	begun := c.Begin("/login/begin", nil)
	signed, err := c.Key.Get([]byte(begun.Body))
	if err != nil {
		t.Fatal(err)
	}
	s.Clock.Add(11 * time.Minute)
	if got := c.Finish("/login/finish", signed); got.Status != http.StatusUnprocessableEntity || !strings.Contains(got.Body, "too long") {
		t.Errorf("late answer: %d %s", got.Status, got.Body)
	}
}

func TestCopiedPasskeyIsRefused(t *testing.T) {
	s := site.New(t, site.Config{})
	c := s.Owner()
	c.SignIn()
	c.Key.FreezeCount = true
	if got := c.SignIn(); got.Status != http.StatusUnauthorized || !strings.Contains(got.Body, "copy") {
		t.Errorf("counter stood still: %d %s", got.Status, got.Body)
	}
}

func TestSignInRotatesTheSession(t *testing.T) {
	s := site.New(t, site.Config{})
	c := s.Owner()
	planted := c.Cookie("parley_session")
	if c.SignIn().Status != http.StatusOK {
		t.Fatal("sign-in failed")
	}
	if c.Cookie("parley_session") == planted {
		t.Error("the token stayed")
	}
	old := s.Browser()
	old.SetCookie("parley_session", planted)
	if got := old.Get("/"); got.Status != http.StatusSeeOther {
		t.Errorf("the old token still works: %d", got.Status)
	}
}

func TestSignInLink(t *testing.T) {
	s := site.New(t, site.Config{})
	owner := s.Owner()
	link, err := s.Links.SignIn(t.Context(), " LEA@atelier.example ")
	if err != nil {
		t.Fatal(err)
	}
	c := s.Browser()
	path := c.Path(link)
	for range 2 { // looking does not use it up
		if page := c.Get(path); page.Status != http.StatusOK || !strings.Contains(page.Text(), "Hello Léa Marchand") {
			t.Fatalf("page: %d %s", page.Status, page.Text())
		}
	}
	if done := c.Create(path, nil); done.Status != http.StatusOK {
		t.Fatalf("finish: %d %s", done.Status, done.Body)
	}
	if c.Who().ID != owner.Who().ID {
		t.Error("signed in as somebody else")
	}
	keys, err := s.Passkeys.Of(t.Context(), c.Who().ID)
	if err != nil || len(keys) != 2 {
		t.Errorf("%d passkeys: %v", len(keys), err)
	}
	if page := s.Browser().Get(path); page.Status != http.StatusNotFound {
		t.Errorf("used link: %d", page.Status)
	}
	if _, err := s.Links.SignIn(t.Context(), "nobody@atelier.example"); err == nil {
		t.Error("a link for nobody")
	}
}

func TestSignInLinkExpires(t *testing.T) {
	s := site.New(t, site.Config{})
	s.Owner()
	link, err := s.Links.SignIn(t.Context(), "lea@atelier.example")
	if err != nil {
		t.Fatal(err)
	}
	c := s.Browser()
	begun := c.Begin(c.Path(link)+"/begin", nil)
	made, err := c.Key.Create([]byte(begun.Body))
	if err != nil {
		t.Fatal(err)
	}
	s.Clock.Add(4 * time.Minute)
	s.Clock.Add(11*time.Minute + time.Second)
	if got := c.Get(c.Path(link)); got.Status != http.StatusNotFound {
		t.Errorf("late page: %d", got.Status)
	}
	if got := c.Finish(c.Path(link)+"/finish", made); got.Status == http.StatusOK || c.Cookie("parley_session") != "" {
		t.Errorf("late answer: %d", got.Status)
	}
}

// A passkey begun with one member's link does not become another's.
func TestSignInLinkOfSomebodyElse(t *testing.T) {
	s := site.New(t, site.Config{})
	owner := s.Owner()
	s.Join(owner, "member", "tom@atelier.example")
	mine, err := s.Links.SignIn(t.Context(), "tom@atelier.example")
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := s.Links.SignIn(t.Context(), "lea@atelier.example")
	if err != nil {
		t.Fatal(err)
	}
	c := s.Browser()
	begun := c.Begin(c.Path(mine)+"/begin", nil)
	made, err := c.Key.Create([]byte(begun.Body))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Finish(c.Path(theirs)+"/finish", made); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("crossed links: %d %s", got.Status, got.Body)
	}
}

func TestSignOut(t *testing.T) {
	s := site.New(t, site.Config{})
	c := s.Owner()
	token, who := c.Cookie("parley_session"), c.Who()
	if out := c.Post("/logout", nil); out.Status != http.StatusSeeOther || out.Location() != "/login" {
		t.Errorf("sign-out: %d %s", out.Status, out.Location())
	}
	c.SetCookie("parley_session", token)
	if got := c.Get("/recover/done"); got.Status != http.StatusSeeOther || got.Location() != "/login?next=%2Frecover%2Fdone" {
		t.Errorf("after sign-out: %d %s", got.Status, got.Location())
	}
	last, err := s.Store.AuditEntries(t.Context(), who.WorkspaceID, "", 1)
	if err != nil || len(last) != 1 || last[0].Action != auth.ActionSignedOut || last[0].MemberID != who.ID {
		t.Errorf("the audit ends with %+v, %v", last, err)
	}
}

func TestCrossSitePostRefused(t *testing.T) {
	s := site.New(t, site.Config{})
	c := s.Owner()
	for name, header := range map[string]http.Header{
		"fetch metadata": {"Sec-Fetch-Site": {"cross-site"}},
		"same site":      {"Sec-Fetch-Site": {"same-site"}},
		"old browser":    {"Origin": {"http://evil.example"}},
	} {
		c.Header = header
		if got := c.Post("/logout", url.Values{}); got.Status != http.StatusForbidden || !strings.Contains(got.Text(), "another site") {
			t.Errorf("%s: %d %s", name, got.Status, got.Text())
		}
	}
	c.Header = http.Header{"Sec-Fetch-Site": {"same-origin"}, "Origin": {s.URL.String()}}
	if got := c.Post("/logout", url.Values{}); got.Status != http.StatusSeeOther {
		t.Errorf("our own page: %d", got.Status)
	}
}

func TestGuessingIsSlowedDown(t *testing.T) {
	s := site.New(t, site.Config{Burst: 3})
	c := s.Browser()
	for i := range 3 {
		if got := c.Get("/signin/" + strings.Repeat("x", 43)); got.Status != http.StatusNotFound {
			t.Fatalf("attempt %d: %d", i, got.Status)
		}
	}
	c.Header.Set("X-Forwarded-For", "203.0.113.9") // no proxy is trusted
	got := c.Begin("/login/begin", nil)
	if got.Status != http.StatusTooManyRequests || got.Header.Get("Retry-After") == "" || !strings.Contains(got.Body, "Too many") {
		t.Errorf("fourth: %d %s", got.Status, got.Body)
	}
	s.Clock.Add(time.Minute)
	if got := c.Begin("/login/begin", nil); got.Status != http.StatusOK {
		t.Errorf("a minute later: %d", got.Status)
	}
}

func TestEveryAnswerCarriesTheGuards(t *testing.T) {
	s := site.New(t, site.Config{})
	for _, path := range []string{"/login", "/nowhere", "/setup/x"} {
		h := s.Browser().Get(path).Header
		csp := h.Get("Content-Security-Policy")
		for _, want := range []string{
			"default-src 'self'", "script-src 'self' 'wasm-unsafe-eval' blob:", "style-src 'self'", "frame-ancestors 'none'",
			"base-uri 'none'", "form-action 'self'", "connect-src 'self' ws://" + s.URL.Host,
		} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: no %q in %q", path, want, csp)
			}
		}
		if strings.Contains(csp, "unsafe-inline") || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", path, h)
		}
	}
	page := s.Browser().Get("/login")
	for _, inline := range []string{"<script>", " onclick=", " style=\"", "<style"} {
		if strings.Contains(page.Body, inline) {
			t.Errorf("the page has inline code or style: %s", inline)
		}
	}
	if page.Header.Get("Cache-Control") != "no-store" {
		t.Error("the page may be kept by a cache")
	}
}
