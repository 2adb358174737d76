package recover_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/domain/letter"
	"parley/internal/domain/member"
	"parley/internal/tests/site"
)

// ask asks for a link and waits until what came of it is settled.
func ask(t *testing.T, s *site.Site, email string) site.Answer {
	t.Helper()
	got := s.Browser().Post("/recover", url.Values{"email": {email}})
	s.Recovery.Wait()
	return got
}

// links are those of the recovery letters to an address.
func links(s *site.Site, address string) []string {
	var out []string
	for _, l := range s.Mail.To(address) {
		if l.Kind == letter.Recovery {
			out = append(out, s.Browser().Path(l.Args["link"]))
		}
	}
	return out
}

func TestRecoveryByMail(t *testing.T) {
	s := site.New(t, site.Config{Mail: true})
	owner := s.Owner()
	tom := s.Join(owner, member.User, "tom@atelier.example")
	id := tom.Who().ID
	if got := ask(t, s, " TOM@atelier.example"); got.Status != http.StatusSeeOther {
		t.Fatalf("asked: %d", got.Status)
	}
	path := links(s, "tom@atelier.example")
	if len(path) != 1 {
		t.Fatalf("%d letters", len(path))
	}
	s.Clock.Add(time.Second)
	c := s.Browser()
	for range 2 { // looking does not use it up
		if page := c.Get(path[0]); page.Status != http.StatusOK || !strings.Contains(page.Text(), "Hello member") {
			t.Fatalf("page: %d %s", page.Status, page.Text())
		}
	}
	if done := c.Create(path[0], nil); done.Status != http.StatusOK || done.Location() != "/recover/done" {
		t.Fatalf("finish: %d %s", done.Status, done.Body)
	}
	if c.Who().ID != id {
		t.Error("signed in as somebody else")
	}
	if page := c.Get("/recover/done"); page.Status != http.StatusOK || strings.Count(page.Text(), "Chrome, Linux") != 1 {
		t.Errorf("done: %d %s", page.Status, page.Text())
	}
	if got := c.Post("/recover/others", nil); got.Status != http.StatusSeeOther {
		t.Errorf("others: %d", got.Status)
	}
	if tom.Get("/").Status != http.StatusSeeOther || c.Get("/").Status != http.StatusOK || owner.Get("/").Status != http.StatusOK {
		t.Error("the wrong browsers are signed out")
	}
	if page := s.Browser().Get(path[0]); page.Status != http.StatusNotFound {
		t.Errorf("used link: %d", page.Status)
	}
	for _, address := range []string{"tom@atelier.example", "lea@atelier.example"} {
		told := 0
		for _, l := range s.Mail.To(address) {
			if l.Kind == letter.Recovered && l.Args["email"] == "tom@atelier.example" && l.Args["device"] == "Chrome, Linux" {
				told++
			}
		}
		if told != 1 {
			t.Errorf("%s was told %d times", address, told)
		}
	}
	entries, err := s.Store.AuditActions(t.Context(), owner.Who().WorkspaceID, []string{"recovery.asked", "recovery.done"}, 10)
	if err != nil || len(entries) != 2 {
		t.Errorf("%d entries in the audit log: %v", len(entries), err)
	}
}

// The answer does not tell whether somebody is a member.
func TestTheAnswerIsTheSameForEverybody(t *testing.T) {
	s := site.New(t, site.Config{Mail: true})
	owner := s.Owner()
	gone := s.Join(owner, member.User, "gone@atelier.example").Who()
	gone.RemovedAt = s.Clock.Now()
	if err := s.Store.SaveMember(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	known, unknown, removed := ask(t, s, "lea@atelier.example"), ask(t, s, "nobody@atelier.example"), ask(t, s, "gone@atelier.example")
	for _, got := range []site.Answer{unknown, removed} {
		if got.Status != known.Status || got.Body != known.Body || got.Location() != known.Location() {
			t.Errorf("%d %s, a member gets %d %s", got.Status, got.Location(), known.Status, known.Location())
		}
	}
	if page := s.Browser().Get(known.Location()); !strings.Contains(page.Text(), "If this is the address of a member") {
		t.Errorf("page: %s", page.Text())
	}
	if len(links(s, "nobody@atelier.example"))+len(links(s, "gone@atelier.example")) != 0 {
		t.Error("a letter to nobody")
	}
	if got := ask(t, s, "not an address"); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("no address: %d", got.Status)
	}
}

func TestAMailboxIsNotFilled(t *testing.T) {
	s := site.New(t, site.Config{Mail: true})
	s.Owner()
	for range 8 {
		ask(t, s, "lea@atelier.example")
	}
	if n := len(links(s, "lea@atelier.example")); n != 3 {
		t.Errorf("%d letters in one go", n)
	}
	s.Clock.Add(time.Hour)
	for range 8 {
		ask(t, s, "lea@atelier.example")
	}
	if n := len(links(s, "lea@atelier.example")); n != 6 {
		t.Errorf("%d letters an hour later", n)
	}
}

func TestOneClientMayNotAskForEver(t *testing.T) {
	s := site.New(t, site.Config{Mail: true, Burst: 3})
	c := s.Browser()
	var statuses []int
	for range 4 {
		statuses = append(statuses, c.Post("/recover", url.Values{"email": {"lea@atelier.example"}}).Status)
	}
	if !slices.Equal(statuses, []int{303, 303, 303, 429}) {
		t.Errorf("answers %v", statuses)
	}
}

func TestLinksExpireAndVoidEachOther(t *testing.T) {
	s := site.New(t, site.Config{Mail: true})
	s.Owner()
	ask(t, s, "lea@atelier.example")
	ask(t, s, "lea@atelier.example")
	both := links(s, "lea@atelier.example")
	s.Clock.Add(time.Second)
	c, late := s.Browser(), s.Browser()
	made, err := late.Key.Create([]byte(late.Begin(both[1]+"/begin", nil).Body))
	if err != nil {
		t.Fatal(err)
	}
	if done := c.Create(both[0], nil); done.Status != http.StatusOK {
		t.Fatalf("first: %d %s", done.Status, done.Body)
	}
	if got := late.Finish(both[1]+"/finish", made); got.Status != http.StatusNotFound || late.Cookie("parley_session") != "" {
		t.Errorf("the second of two letters: %d %s", got.Status, got.Body)
	}
	s.Clock.Add(time.Hour)
	ask(t, s, "lea@atelier.example")
	path := links(s, "lea@atelier.example")[2]
	s.Clock.Add(15*time.Minute + time.Second)
	if got := c.Get(path); got.Status != http.StatusNotFound {
		t.Errorf("after 15 minutes: %d", got.Status)
	}
}

// A passkey begun with one member's link does not open another's account.
func TestLinksAreNotMixed(t *testing.T) {
	s := site.New(t, site.Config{Mail: true})
	owner := s.Owner()
	s.Join(owner, member.User, "tom@atelier.example")
	ask(t, s, "lea@atelier.example")
	ask(t, s, "tom@atelier.example")
	s.Clock.Add(time.Second)
	c := s.Browser()
	begun := c.Begin(links(s, "tom@atelier.example")[0]+"/begin", nil)
	made, err := c.Key.Create([]byte(begun.Body))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Finish(links(s, "lea@atelier.example")[0]+"/finish", made); got.Status != http.StatusUnprocessableEntity || c.Cookie("parley_session") != "" {
		t.Errorf("crossed: %d %s", got.Status, got.Body)
	}
	signin := strings.Replace(links(s, "lea@atelier.example")[0], "/recover/", "/signin/", 1)
	if got := c.Get(signin); got.Status != http.StatusNotFound {
		t.Errorf("as another kind of link: %d", got.Status)
	}
}

func TestWithoutMailAnAdminHelps(t *testing.T) {
	s := site.New(t, site.Config{})
	s.Owner()
	if page := s.Browser().Get("/recover"); page.Status != http.StatusOK || !strings.Contains(page.Text(), "Ask an admin") || strings.Contains(page.Body, `name="email"`) {
		t.Errorf("page: %s", page.Text())
	}
	if page := s.Browser().Get("/login"); strings.Contains(page.Body, `href="/recover"`) || strings.Contains(page.Body, `href="/join"`) {
		t.Error("the sign-in page offers what needs mail")
	}
	if got := ask(t, s, "lea@atelier.example"); got.Status != http.StatusSeeOther || len(s.Mail.To("lea@atelier.example")) != 0 {
		t.Errorf("asked all the same: %d", got.Status)
	}
	with := site.New(t, site.Config{Mail: true})
	if page := with.Browser().Get("/login"); !strings.Contains(page.Body, `href="/recover"`) || !strings.Contains(page.Body, `href="/join"`) {
		t.Error("the sign-in page does not offer recovery")
	}
}
