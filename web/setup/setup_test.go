package setup_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"parley/internal/domain/member"
	"parley/internal/domain/tag"
	"parley/internal/tests/site"
)

func link(t *testing.T, s *site.Site) string {
	t.Helper()
	l, err := s.Setup.Link(t.Context())
	if err != nil || l == "" {
		t.Fatalf("setup link %q: %v", l, err)
	}
	return strings.TrimPrefix(l, s.URL.String())
}

func TestSetupMakesWorkspaceOwnerPasskeyAndSession(t *testing.T) {
	s := site.New(t, site.Config{})
	c := s.Browser()
	path := link(t, s)
	if page := c.Get(path); page.Status != http.StatusOK || !strings.Contains(page.Body, `data-passkey="create"`) {
		t.Fatalf("page: %d", page.Status)
	}
	done := c.Create(path, site.SetupForm())
	if done.Status != http.StatusOK || done.Location() != "/" {
		t.Fatalf("finish: %d %s", done.Status, done.Body)
	}
	owner := c.Who()
	if owner.Role != member.Owner || owner.Email != "lea@atelier.example" || owner.Language != "en" {
		t.Errorf("owner %+v", owner)
	}
	ws, err := s.Store.Workspace(t.Context(), owner.WorkspaceID)
	if err != nil || ws.TimeZone != "Europe/Paris" || ws.Country != "FR" || ws.Name != "Atelier Nord" {
		t.Errorf("workspace %+v: %v", ws, err)
	}
	tags, err := s.Store.Tags(t.Context(), ws.ID)
	if err != nil || len(tags) != len(tag.SystemNames()) {
		t.Errorf("%d system tags: %v", len(tags), err)
	}
	keys, err := s.Store.Credentials(t.Context(), owner.ID)
	if err != nil || len(keys) != 1 || keys[0].Name != "Chrome, Linux" {
		t.Errorf("passkeys %+v: %v", keys, err)
	}
}

func TestSetupLinkWorksOnce(t *testing.T) {
	s := site.New(t, site.Config{})
	first, second := link(t, s), link(t, s)
	if done := s.Browser().Create(first, site.SetupForm()); done.Status != http.StatusOK {
		t.Fatalf("first: %d %s", done.Status, done.Body)
	}
	for name, path := range map[string]string{"used": first, "other": second, "made up": "/setup/" + strings.Repeat("x", 43), "short": "/setup/x"} {
		c := s.Browser()
		if page := c.Get(path); page.Status != http.StatusNotFound || !strings.Contains(page.Text(), "no longer works") {
			t.Errorf("%s link, page: %d %s", name, page.Status, page.Text())
		}
		if begun := c.Begin(path+"/begin", site.SetupForm()); begun.Status != http.StatusNotFound {
			t.Errorf("%s link, begin: %d", name, begun.Status)
		}
	}
	if l, err := s.Setup.Link(t.Context()); err != nil || l != "" {
		t.Errorf("a new setup link %q: %v", l, err)
	}
}

// Two people with two links who press the button together make one workspace.
func TestSetupRace(t *testing.T) {
	s := site.New(t, site.Config{})
	type racer struct {
		client *site.Client
		finish string
		answer []byte
	}
	racers := make([]racer, 4)
	for i := range racers {
		c, path := s.Browser(), link(t, s)
		form := site.SetupForm()
		form.Set("email", string(rune('a'+i))+"@atelier.example")
		begun := c.Begin(path+"/begin", form)
		made, err := c.Key.Create([]byte(begun.Body))
		if err != nil {
			t.Fatal(err)
		}
		racers[i] = racer{c, path + "/finish", made}
	}
	statuses := make([]int, len(racers))
	var run sync.WaitGroup
	for i, r := range racers {
		run.Go(func() { statuses[i] = r.client.Finish(r.finish, r.answer).Status })
	}
	run.Wait()
	won := 0
	for _, status := range statuses {
		if status == http.StatusOK {
			won++
		}
	}
	all, err := s.Store.Workspaces(t.Context())
	if err != nil || won != 1 || len(all) != 1 {
		t.Errorf("%d setups won, %d workspaces: %v (%v)", won, len(all), statuses, err)
	}
}

func TestSetupRefusesBadForms(t *testing.T) {
	s := site.New(t, site.Config{})
	path := link(t, s)
	for _, tc := range []struct{ field, value string }{
		{"workspace", ""}, {"workspace", strings.Repeat("é", 81)}, {"name", " "}, {"name", "a\x00b"},
		{"email", "lea"}, {"email", "Lea <lea@atelier.example>"}, {"email", "lea@localhost"},
		{"language", "de"}, {"country", "XX"}, {"country", ""},
		{"zone", "Mars/Base"}, {"zone", ""}, {"zone", "Local"}, {"zone", "../../etc/passwd"},
	} {
		form := site.SetupForm()
		form.Set(tc.field, tc.value)
		got := s.Browser().Begin(path+"/begin", form)
		if got.Status != http.StatusUnprocessableEntity || !strings.Contains(got.Body, `"field":"`+tc.field+`"`) {
			t.Errorf("%s=%q: %d %s", tc.field, tc.value, got.Status, got.Body)
		}
	}
	all := s.Browser().Begin(path+"/begin", url.Values{})
	if n := strings.Count(all.Body, `"field"`); n != 6 {
		t.Errorf("an empty form has %d faults, not 6: %s", n, all.Body)
	}
	huge := site.SetupForm()
	huge.Set("name", strings.Repeat("x", 1<<20))
	if got := s.Browser().Begin(path+"/begin", huge); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("a megabyte: %d", got.Status)
	}
}

func TestSetupSpeaksFrench(t *testing.T) {
	s := site.New(t, site.Config{})
	c := s.Browser()
	c.Header.Set("Accept-Language", "fr-CA,fr;q=0.9,en;q=0.5")
	page := c.Get(link(t, s))
	if !strings.Contains(page.Body, `<html lang="fr">`) || !strings.Contains(page.Text(), "Fuseau horaire") {
		t.Errorf("page: %s", page.Text())
	}
	if !strings.Contains(page.Text(), "Allemagne") {
		t.Error("countries are not in French")
	}
}
