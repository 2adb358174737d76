package me_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/base/id"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/team"
	"parley/internal/tests/site"
	"parley/web/me"
)

// start is a site with the account page; its clock stands where a test puts it.
func start(t *testing.T) *site.Site {
	t.Helper()
	return site.New(t, site.Config{Mount: func(s *site.Site, mux *http.ServeMux) error {
		me.New(me.Needs{
			Pages: s.Pages, Gate: s.Gate, Regions: s.Regions, Account: s.People, Company: s.Store, Lines: s.Store,
			Passkeys: s.Passkeys, Registrar: s.Passkeys, Sessions: s.Sessions, Now: s.Clock.Now,
		}).Routes(mux)
		return nil
	}})
}

func want(t *testing.T, a site.Answer, status int, texts ...string) {
	t.Helper()
	if a.Status != status {
		t.Errorf("status %d, want %d: %.300s", a.Status, status, a.Text())
	}
	plain := html.UnescapeString(a.Body)
	for _, text := range texts {
		if !strings.Contains(plain, text) {
			t.Errorf("%q is missing in %.4000s", text, a.Text())
		}
	}
}

func TestProfileIsSaved(t *testing.T) {
	s := start(t)
	c := s.Owner()
	want(t, c.Get("/me"), http.StatusOK, "Your account", "Passkeys", "Owners and admins see all calls")
	saved := c.Post("/me", url.Values{"name": {"Léa M."}, "language": {"fr"}, "wrap_up": {"45"}, "role": {"member"}, "email": {"x@y.example"}})
	want(t, saved, http.StatusSeeOther)
	m := c.Who()
	if m.Name != "Léa M." || m.Language != "fr" || m.WrapUp != member.DefaultWrapUp {
		t.Errorf("member %+v", m)
	}
	if m.Role != member.Owner || m.Email != "lea@atelier.example" {
		t.Errorf("the form changed what it must not: %+v", m)
	}
	want(t, c.Get(saved.Location()), http.StatusOK, `<html lang="fr">`, "Enregistré.", "Horaires de travail", "Clés d’accès")
	if !slices.Contains(s.Changed.All(), "member "+m.ID) {
		t.Error("the change was not announced")
	}
}

func TestBadFormsAreShownAgain(t *testing.T) {
	s := start(t)
	c := s.Owner()
	long := strings.Repeat("n", 81)
	want(t, c.Post("/me", url.Values{"name": {long}, "language": {"tlh"}}), http.StatusUnprocessableEntity,
		"at most 80 characters", "2 things need your attention", long)
	want(t, c.Post("/me/phone", url.Values{"ring_tone": {"polka"}, "wrap_up": {"3601"}}), http.StatusUnprocessableEntity,
		"from 0 to 3600", "Choose one of the values offered.", `id="f-ring_tone"`)
	want(t, c.Post("/me/phone", url.Values{"ring_tone": {"soft"}, "wrap_up": {"10"}, "default_number": {"theirs"}, "dial_country": {"XX"}}),
		http.StatusUnprocessableEntity, "2 things need your attention", `value="soft" checked`)
	want(t, c.Post("/me/availability", url.Values{"setting": {"asleep"}}), http.StatusUnprocessableEntity, "Choose one of the values offered.")
	want(t, c.Post("/me/notices", url.Values{"muted": {"theirs"}}), http.StatusUnprocessableEntity, "Choose one of the values offered.")
	want(t, c.Post("/me/hours", url.Values{"closed": {"voicemail"}, "day-0": {"1"}, "from-0": {"09:00"}}), http.StatusUnprocessableEntity,
		"Slot 1: say from when to when.", `id="f-slot-0"`, `value="09:00"`)
	if m := c.Who(); m.Name != "Léa Marchand" || m.RingTone == "soft" || len(m.Hours.Slots) != 0 || m.WrapUp != member.DefaultWrapUp {
		t.Errorf("a refused form changed %+v", m)
	}
}

func TestAvailabilityAndHours(t *testing.T) {
	s := start(t)
	owner := s.Owner()
	tom := s.Join(owner, member.User, "tom@atelier.example")
	want(t, tom.Post("/me/availability", url.Values{"setting": {"auto"}}), http.StatusSeeOther)
	hours := url.Values{
		"zone": {"Asia/Tokyo"}, "closed": {"colleague"}, "closed_member": {owner.Who().ID},
		"day-0": {"1", "2", "3", "4", "5", "6", "0"}, "from-0": {"00:00"}, "to-0": {"00:00"},
	}
	want(t, tom.Post("/me/hours", hours), http.StatusSeeOther)
	m := tom.Who()
	if m.Setting != member.Auto || m.Hours.Zone != "Asia/Tokyo" || len(m.Hours.Slots) != 1 || m.Closed.MemberID != owner.Who().ID {
		t.Errorf("stored %+v", m)
	}
	if noted := s.Live.Take(); !slices.Contains(noted, "setting "+m.ID+" auto") || !slices.Contains(noted, "hours "+m.ID+" Asia/Tokyo") {
		t.Errorf("the live parts heard %v", noted)
	}
	want(t, tom.Get("/me"), http.StatusOK, "Now within hours", `value="auto" checked`, `value="colleague" checked`, `value="Asia/Tokyo" selected`)
	hours.Set("closed_member", m.ID)
	want(t, tom.Post("/me/hours", hours), http.StatusUnprocessableEntity, "Choose one of the values offered.")
}

// lines gives a member three numbers and returns their ids.
func lines(t *testing.T, s *site.Site, ws, memberID string) []string {
	t.Helper()
	var ids []string
	for i, level := range []number.Level{number.Shared, number.OutboundOnly, number.ReadOnly} {
		n := number.Number{ID: id.New(), WorkspaceID: ws, Name: "Line " + string(level), E164: "+3312345678" + string('0'+rune(i)), Country: "FR", Language: "en"}
		if err := s.Store.SaveNumber(t.Context(), n); err != nil {
			t.Fatal(err)
		}
		if err := s.Store.Assign(t.Context(), ws, n.ID, []number.Assignment{{MemberID: memberID, Level: level}}); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, n.ID)
	}
	return ids
}

// unsendable finds a list that has to be chosen from and begins with an empty value,
// which browsers take for nothing chosen.
func unsendable(body string) string {
	return regexp.MustCompile(`<select[^>]* required[^>]*>\s*<option value="" selected`).FindString(body)
}

func TestPhoneAndNotifications(t *testing.T) {
	s := start(t)
	owner := s.Owner()
	tom := s.Join(owner, member.User, "tom@atelier.example")
	m := tom.Who()
	ids := lines(t, s, m.WorkspaceID, m.ID)
	page := tom.Get("/me")
	if bad := unsendable(page.Body); bad != "" {
		t.Errorf("browsers refuse to send %s", bad)
	}
	want(t, page, http.StatusOK, "Line shared", "Outbound only", "Read only", "Whoever has one of your numbers")
	muted := `name="muted" value="`
	_, defaults, _ := strings.Cut(page.Body, `name="default_number"`)
	defaults, _, _ = strings.Cut(defaults, "</select>")
	if strings.Contains(defaults, ids[2]) || !strings.Contains(defaults, ids[1]) || strings.Contains(page.Body, muted+ids[1]) || !strings.Contains(page.Body, muted+ids[0]) {
		t.Error("a number is offered for what its level does not allow")
	}
	want(t, tom.Post("/me/phone", url.Values{
		"default_number": {ids[1]}, "dial_country": {"CH"}, "ring_tone": {"bright"}, "wrap_up": {"45"},
	}), http.StatusSeeOther)
	usual := url.Values{"default_number": {"default"}, "dial_country": {"default"}, "ring_tone": {"bright"}, "wrap_up": {"45"}}
	want(t, owner.Post("/me/phone", usual), http.StatusSeeOther)
	if o := owner.Who(); o.DefaultNumber != "" || o.DialCountry != "" || o.RingTone != "bright" {
		t.Errorf("the owner's phone %+v", o)
	}
	want(t, tom.Post("/me/phone", url.Values{"default_number": {ids[2]}, "ring_tone": {"bright"}, "wrap_up": {"45"}}), http.StatusUnprocessableEntity)
	want(t, tom.Post("/me/notices", url.Values{"desktop": {"on"}, "missed_mail": {"on"}, "muted": {ids[0]}}), http.StatusSeeOther)
	m = tom.Who()
	if m.DefaultNumber != ids[1] || m.DialCountry != "CH" || m.RingTone != "bright" || m.WrapUp != 45*time.Second {
		t.Errorf("phone %+v", m)
	}
	if !m.Notices.Desktop || !m.Notices.MissedByMail || !slices.Equal(m.Notices.Muted, ids[:1]) {
		t.Errorf("notices %+v", m.Notices)
	}
	want(t, tom.Get("/me"), http.StatusOK, `value="`+ids[1]+`" selected`, `value="CH" selected`, `value="bright" checked`, `value="45"`, muted+ids[0]+`" checked`)
	want(t, owner.Post("/me/notices", url.Values{"muted": {ids[0]}}), http.StatusUnprocessableEntity) // not the owner's
	tone := tom.Get("/me/tones/soft.wav")
	if tone.Status != http.StatusOK || tone.Header.Get("Content-Type") != "audio/wav" || !strings.HasPrefix(tone.Body, "RIFF") {
		t.Errorf("tone: %d %v", tone.Status, tone.Header)
	}
	want(t, tom.Get("/me/tones/polka.wav"), http.StatusNotFound)
}

func TestWhatAMemberMayDoAndWhoSeesHisCalls(t *testing.T) {
	s := start(t)
	owner := s.Owner()
	tom := s.Join(owner, member.User, "tom@atelier.example")
	sue := s.Join(owner, member.Supervisor, "sue@atelier.example").Who()
	ann := s.Join(owner, member.User, "ann@atelier.example").Who()
	m := tom.Who()
	ids := lines(t, s, m.WorkspaceID, m.ID)
	crew := team.Team{ID: id.New(), WorkspaceID: m.WorkspaceID, Name: "Night crew"}
	if err := s.Store.SaveTeam(t.Context(), crew); err != nil {
		t.Fatal(err)
	}
	err := s.Store.SetTeam(t.Context(), m.WorkspaceID, crew.ID, []team.Membership{
		{TeamID: crew.ID, MemberID: m.ID}, {TeamID: crew.ID, MemberID: sue.ID, Lead: true}, {TeamID: crew.ID, MemberID: ann.ID, Lead: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Store.SetSupervisors(t.Context(), m.WorkspaceID, ids[0], []string{sue.ID}); err != nil {
		t.Fatal(err)
	}
	page := tom.Get("/me")
	want(t, page, http.StatusOK, "Night crew", "supervisor leads “Night crew”", "supervisor supervises “Line shared”")
	if strings.Contains(page.Text(), "member leads") {
		t.Error("leading is said to show calls to a member, who sees none by it")
	}
	ws, err := s.Store.Workspace(t.Context(), m.WorkspaceID)
	if err != nil {
		t.Fatal(err)
	}
	ws.MembersSeeTeam = true
	if err := s.Store.SaveWorkspace(t.Context(), ws); err != nil {
		t.Fatal(err)
	}
	want(t, tom.Get("/me"), http.StatusOK, "The members of your teams see your calls.")
}

func TestLanguageSwitch(t *testing.T) {
	s := start(t)
	c := s.Owner()
	if got := c.Post("/language", url.Values{"lang": {"fr"}, "back": {"/me"}}); got.Status != http.StatusSeeOther || got.Location() != "/me" {
		t.Fatalf("switch: %d %s", got.Status, got.Location())
	}
	if c.Who().Language != "fr" || !strings.Contains(c.Get("/me").Body, `<html lang="fr">`) {
		t.Error("the member's language stayed")
	}
	c.Post("/language", url.Values{"lang": {"tlh"}, "back": {"/"}})
	if c.Who().Language != "fr" {
		t.Error("an unknown language was taken")
	}
	stranger := s.Browser()
	stranger.Post("/language", url.Values{"lang": {"fr"}, "back": {"/login"}})
	if !strings.Contains(stranger.Get("/login").Body, `<html lang="fr">`) {
		t.Error("the stranger's language stayed")
	}
	if got := stranger.Post("/language", url.Values{"lang": {"fr"}, "back": {"//evil.example"}}); got.Location() != "/" {
		t.Errorf("sent to %s", got.Location())
	}
}
