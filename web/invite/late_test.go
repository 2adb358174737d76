package invite_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/domain/letter"
	"parley/internal/domain/member"
	"parley/internal/domain/people"
	"parley/internal/domain/team"
	"parley/internal/tests/site"
)

// pending is the one invitation that is open or expired.
func pending(t *testing.T, s *site.Site, workspaceID string) people.Pending {
	t.Helper()
	all, err := s.People.Open(t.Context(), workspaceID)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d invitations: %v", len(all), err)
	}
	return all[0]
}

// late opens a link that no longer works and returns what the page says.
func late(t *testing.T, s *site.Site, link string) site.Answer {
	t.Helper()
	c := s.Browser()
	page := c.Get(c.Path(link))
	if page.Status != http.StatusNotFound {
		t.Errorf("late link: %d %s", page.Status, page.Text())
	}
	if begun := c.Begin(c.Path(link)+"/begin", form()); begun.Status != http.StatusNotFound {
		t.Errorf("late link, begin: %d %s", begun.Status, begun.Body)
	}
	return page
}

func wants(t *testing.T, page site.Answer, says string, mayAsk bool) {
	t.Helper()
	if !strings.Contains(page.Text(), says) || strings.Contains(page.Body, `/again"`) != mayAsk {
		t.Errorf("may ask: want %v; want %q in %s", mayAsk, says, page.Text())
	}
}

func TestExpiredLinkCanBeAskedForAgainOnce(t *testing.T) {
	s := site.New(t, site.Config{Mail: true})
	owner := s.Owner()
	link := owner.Invite(member.User, "tom@atelier.example")
	s.Clock.Add(31 * 24 * time.Hour / 2)
	wants(t, late(t, s, link), "has expired", true)
	c := s.Browser()
	for range 3 {
		if got := c.Post(c.Path(link)+"/again", nil); got.Status != http.StatusOK || !strings.Contains(got.Text(), "has been told") {
			t.Fatalf("again: %d %s", got.Status, got.Text())
		}
	}
	var told []letter.Letter
	for _, l := range s.Mail.To("lea@atelier.example") {
		if l.Kind == letter.InvitationAsked {
			told = append(told, l)
		}
	}
	if len(told) != 1 || told[0].Args["email"] != "tom@atelier.example" || told[0].Args["company"] != "Atelier Nord" {
		t.Errorf("the inviter got %+v", told)
	}
}

func TestReplacedAndWithdrawnLinks(t *testing.T) {
	s := site.New(t, site.Config{})
	owner := s.Owner()
	actor := owner.Who()
	first := owner.Invite(member.User, "tom@atelier.example")
	again, err := s.People.Resend(t.Context(), actor, pending(t, s, actor.WorkspaceID).ID, "")
	if err != nil || again.Link == "" {
		t.Fatalf("resent %+v: %v", again, err)
	}
	wants(t, late(t, s, first), "A newer invitation", true)
	if err := s.People.Revoke(t.Context(), actor, pending(t, s, actor.WorkspaceID).ID); err != nil {
		t.Fatal(err)
	}
	wants(t, late(t, s, first), "no longer counts", false)
	wants(t, late(t, s, again.Link), "no longer counts", false)
	c := s.Browser()
	if got := c.Post(c.Path(first)+"/again", nil); got.Status != http.StatusNotFound {
		t.Errorf("asked again after it was withdrawn: %d", got.Status)
	}
}

func TestUsedLinkLeadsToSignIn(t *testing.T) {
	s := site.New(t, site.Config{})
	owner := s.Owner()
	link := owner.Invite(member.User, "tom@atelier.example")
	c := s.Browser()
	if done := c.Create(c.Path(link), form()); done.Status != http.StatusOK {
		t.Fatalf("joined: %d %s", done.Status, done.Body)
	}
	page := late(t, s, link)
	wants(t, page, "was already used", false)
	if !strings.Contains(page.Body, `href="/login"`) {
		t.Error("nothing leads to signing in")
	}
	for _, path := range []string{"/invite/" + strings.Repeat("A", 43), "/invite/x"} {
		if got := c.Get(path); got.Status != http.StatusNotFound || strings.Contains(got.Text(), "Atelier") {
			t.Errorf("made up link: %d %s", got.Status, got.Text())
		}
		if got := c.Post(path+"/again", nil); got.Status != http.StatusNotFound {
			t.Errorf("made up link, again: %d", got.Status)
		}
	}
}

// What an admin promised is void once they may no longer give it.
func TestInvitationFallsWithItsInviter(t *testing.T) {
	s := site.New(t, site.Config{Mail: true})
	owner := s.Owner()
	admin := s.Join(owner, member.Admin, "ada@atelier.example")
	ada := admin.Who()
	link := admin.Invite(member.Admin, "tom@atelier.example")
	c := s.Browser()
	begun := c.Begin(c.Path(link)+"/begin", form())
	made, err := c.Key.Create([]byte(begun.Body))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Store.SetRole(t.Context(), ada.WorkspaceID, ada.ID, member.Admin, member.Supervisor); err != nil {
		t.Fatal(err)
	}
	if got := c.Finish(c.Path(link)+"/finish", made); got.Status != http.StatusNotFound || c.Cookie("parley_session") != "" {
		t.Errorf("accepted: %d %s", got.Status, got.Body)
	}
	wants(t, late(t, s, link), "no longer counts", true)
}

func TestInvitationBringsTeams(t *testing.T) {
	s := site.New(t, site.Config{})
	owner := s.Owner()
	ws := owner.Who().WorkspaceID
	sales := team.Team{ID: "t-sales", WorkspaceID: ws, Name: "Sales", CreatedAt: s.Clock.Now()}
	if err := s.Store.SaveTeam(t.Context(), sales); err != nil {
		t.Fatal(err)
	}
	link := owner.InviteWith(people.Batch{Addresses: "tom@atelier.example", Role: member.User, TeamIDs: []string{sales.ID}})
	c := s.Browser()
	if done := c.Create(c.Path(link), form()); done.Status != http.StatusOK {
		t.Fatalf("joined: %d %s", done.Status, done.Body)
	}
	in, err := s.Store.Memberships(t.Context(), ws)
	if err != nil || len(in) != 1 || in[0].TeamID != sales.ID || in[0].MemberID != c.Who().ID {
		t.Errorf("memberships %+v: %v", in, err)
	}
}

// Of two browsers that accept one link together, one becomes the member.
func TestAcceptanceRace(t *testing.T) {
	s := site.New(t, site.Config{})
	owner := s.Owner()
	link := owner.Invite(member.User, "tom@atelier.example")
	type racer struct {
		client *site.Client
		answer []byte
	}
	var racers []racer
	for range 4 {
		c := s.Browser()
		made, err := c.Key.Create([]byte(c.Begin(c.Path(link)+"/begin", form()).Body))
		if err != nil {
			t.Fatal(err)
		}
		racers = append(racers, racer{c, made})
	}
	statuses := make([]int, len(racers))
	var run sync.WaitGroup
	for i, r := range racers {
		run.Go(func() { statuses[i] = r.client.Finish(r.client.Path(link)+"/finish", r.answer).Status })
	}
	run.Wait()
	won := 0
	for _, status := range statuses {
		if status == http.StatusOK {
			won++
		}
	}
	all, err := s.Store.Members(t.Context(), owner.Who().WorkspaceID)
	if err != nil || won != 1 || len(all) != 2 {
		t.Errorf("%v: %d members: %v", statuses, len(all), err)
	}
}

// The page speaks the invitation's language until its reader picks another.
func TestInvitationSpeaksItsLanguage(t *testing.T) {
	s := site.New(t, site.Config{})
	owner := s.Owner()
	link := owner.InviteWith(people.Batch{Addresses: "tom@atelier.example", Role: member.User, Language: "fr"})
	c := s.Browser()
	c.Header.Set("Accept-Language", "en")
	if page := c.Get(c.Path(link)); !strings.Contains(page.Body, `<html lang="fr">`) || !strings.Contains(page.Text(), "Rejoindre Atelier Nord") {
		t.Errorf("page: %s", page.Text())
	}
	c.SetCookie("parley_lang", "en")
	if page := c.Get(c.Path(link)); !strings.Contains(page.Body, `<html lang="en">`) {
		t.Errorf("page after the switch: %s", page.Text())
	}
}
