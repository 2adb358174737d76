package team_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/base/id"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/shared/protocol"
	"parley/internal/tests/office"
)

func TestListShowsWhatTheReaderMaySee(t *testing.T) {
	r := newRoom(t)
	r.Doing[r.Member.ID] = protocol.LiveOnCall
	all := r.Get(t, r.Owner, "/team")
	all.Want(t, 200, "Max Member", r.Member.Email, "On a call", "Support", "Supervisor", "never yet", "4/999", "4 members")
	led := r.Get(t, r.Lead, "/team")
	led.Want(t, 200, r.Member.Email, "Olive Owner")
	if strings.Contains(led.Text(), r.Owner.Email) || strings.Contains(led.Text(), "4/999") {
		t.Errorf("a supervisor sees beyond his team: %s", led.Text())
	}
	plain := r.Get(t, r.Member, "/team")
	plain.Want(t, 200, "Lou Lead", "On a call", "you")
	if strings.Contains(plain.Text(), "@") && strings.Contains(plain.Text(), r.Lead.Email) || strings.Contains(plain.Body, "/team/invite") {
		t.Errorf("a member sees %s", plain.Text())
	}
}

func TestListIsSearchedAndPaged(t *testing.T) {
	r := newRoom(t)
	for i := range 70 {
		office.Hire(t, r.DB, r.Workspace, fmt.Sprintf("Extra %02d", i), member.User)
	}
	office.Hire(t, r.DB, r.Workspace, "Léa Œuvrard", member.User)
	page := r.Get(t, r.Owner, "/team")
	page.Want(t, 200, "50 members on this page")
	next := regexp.MustCompile(`href="(/team\?after=[^"]+)"`).FindStringSubmatch(page.Body)
	if next == nil {
		t.Fatal("no next page")
	}
	r.Get(t, r.Owner, strings.ReplaceAll(next[1], "&amp;", "&")).Want(t, 200, "25 members on this page", "First page")
	r.Get(t, r.Owner, "/team?q=lea+oeuv").Want(t, 200, "Léa Œuvrard", "1 member")
	part := r.Get(t, r.Owner, "/team?part=list&q=nobody+is+called+so")
	part.Want(t, 200, "Nobody found")
	if strings.Contains(part.Body, "<html") {
		t.Error("the part is a whole page")
	}
	// What is typed is shown as text.
	r.Get(t, r.Owner, "/team?q="+url.QueryEscape(`"><b>x`)).Want(t, 200, "Nobody found")
	if strings.Contains(r.Get(t, r.Owner, "/team?q="+url.QueryEscape(`"><b>x`)).Body, "<b>x") {
		t.Error("the query is markup")
	}
}

func TestInvitingWithoutMailShowsLinks(t *testing.T) {
	r := newRoom(t)
	got := r.Post(t, r.Owner, "/team/invite", url.Values{
		"addresses": {"tom@acme.example, no address; " + r.Member.Email}, "role": {"supervisor"}, "language": {"fr"},
		"teams": {r.Sales.ID}, "grant": {"share"}, "numbers": {r.Line.ID},
	})
	got.Want(t, 200, "1 link to hand over", "https://parley.test/invite/", "tom@acme.example", "were not invited", r.Member.Email)
	open, err := r.People.Open(t.Context(), r.Workspace.ID)
	if err != nil || len(open) != 1 {
		t.Fatalf("%d open: %v", len(open), err)
	}
	inv := open[0].Invitation
	if inv.Role != member.Supervisor || inv.Language != "fr" || len(inv.TeamIDs) != 1 || len(inv.NumberIDs) != 1 || inv.PickNumber {
		t.Errorf("invited as %+v", inv)
	}
	list := r.Get(t, r.Owner, "/team")
	list.Want(t, 200, "Open invitations", "tom@acme.example", "Link to hand over", "New link", "5/999")
	if strings.Contains(list.Body, "https://parley.test/invite/") {
		t.Error("the list shows an invitation's link")
	}
	r.Post(t, r.Owner, "/team/invitations/"+inv.ID+"/resend", nil).Want(t, 200, "1 link to hand over", "https://parley.test/invite/")
	r.Post(t, r.Owner, "/team/invitations/"+inv.ID+"/revoke", nil).Want(t, http.StatusSeeOther)
}

func TestInvitationsByMail(t *testing.T) {
	r := newRoom(t)
	r.Mail.On()
	got := r.Post(t, r.Owner, "/team/invite", url.Values{"addresses": {"tom@acme.example ann@acme.example"}, "role": {"member"}, "language": {"en"}, "grant": {"pick"}})
	got.Want(t, 200, "2 invitations are on their way")
	if strings.Contains(got.Body, "/invite/") && strings.Contains(got.Body, "parley.test") {
		t.Error("a mailed link is shown")
	}
	open, err := r.People.Open(t.Context(), r.Workspace.ID)
	if err != nil || len(open) != 2 || !open[0].PickNumber {
		t.Fatalf("open: %+v %v", open, err)
	}
	r.Get(t, r.Owner, "/team").Want(t, 200, "Mail on its way", "Send again")
	resend := "/team/invitations/" + open[0].ID + "/resend"
	if to := r.Post(t, r.Owner, resend, nil); to.Location != "/team?done=resent" {
		t.Errorf("resent: %d %s", to.Status, to.Location)
	}
	wrong := r.Post(t, r.Owner, resend, url.Values{"email": {"nonsense"}})
	wrong.Want(t, 422, `data-open`, `value="nonsense"`, "not an e-mail address")
	r.Post(t, r.Owner, resend, url.Values{"email": {r.Member.Email}}).Want(t, 409, `data-open`)
	r.Post(t, r.Owner, resend, url.Values{"email": {"thomas@acme.example"}}).Want(t, http.StatusSeeOther)
	if got := len(r.Mail.To("thomas@acme.example")); got != 1 {
		t.Errorf("%d letters to the other address", got)
	}
}

func TestInviteFormIsShownAgain(t *testing.T) {
	r := newRoom(t)
	for name, tc := range map[string]struct{ field, value, says string }{
		"no address":     {"addresses", "", "addresses"},
		"no such role":   {"role", "king", "role"},
		"foreign number": {"numbers", "x", "numbers"},
		"none to share":  {"numbers", "", "numbers"},
		"foreign team":   {"teams", "x", "teams"},
		"no language":    {"language", "tlh", "language"},
	} {
		form := url.Values{"addresses": {"tom@acme.example"}, "role": {"member"}, "language": {"en"}, "grant": {"share"}, "numbers": {r.Line.ID}}
		if form.Set(tc.field, tc.value); tc.value == "" {
			form.Del(tc.field)
		}
		got := r.Post(t, r.Owner, "/team/invite", form)
		got.Want(t, 422, `id="f-`+tc.says+`-error"`, `href="#f-`+tc.says+`"`)
		if tc.field != "addresses" && !strings.Contains(got.Body, ">tom@acme.example</textarea>") {
			t.Errorf("%s: what was typed is lost", name)
		}
	}
	if open, err := r.People.Open(t.Context(), r.Workspace.ID); err != nil || len(open) != 0 {
		t.Errorf("%d were invited all the same: %v", len(open), err)
	}
}

func TestFullWorkspaceSaysSo(t *testing.T) {
	r := newRoom(t)
	r.Workspace.SeatLimit = 5
	if err := r.DB.SaveWorkspace(t.Context(), r.Workspace); err != nil {
		t.Fatal(err)
	}
	r.Post(t, r.Owner, "/team/invite", url.Values{"addresses": {"a@acme.example b@acme.example"}, "role": {"member"}, "language": {"en"}, "grant": {"none"}}).
		Want(t, 200, "1 link to hand over", "1 was not invited", "5")
	r.Get(t, r.Owner, "/team").Want(t, 200, "5/5", "gauge-full")
}

// sendCSV uploads a list as m.
func sendCSV(t *testing.T, r *room, m member.Member, list []byte) *httptest.ResponseRecorder {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, value := range map[string]string{"role": "member", "language": "en"} {
		if err := w.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	if list != nil {
		part, err := w.CreateFormFile("file", "people.csv")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write(list)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/team/invite/csv", &body)
	req.Header.Set("Content-Type", w.FormDataContentType())
	rec := httptest.NewRecorder()
	r.Handler(m, r.Workspace).ServeHTTP(rec, req)
	return rec
}

func TestCSVInvitesTheGoodAndGivesBackTheBad(t *testing.T) {
	r := newRoom(t)
	got := sendCSV(t, r, r.Admin, []byte("email;role;teams\ntom@acme.example;supervisor;Sales\n=cmd();member;\nboss@acme.example;owner;\n"))
	body := got.Body.String()
	if got.Code != 200 || !strings.Contains(body, "1 link to hand over") || !strings.Contains(body, "2 were not invited") || !strings.Contains(body, "line 3") {
		t.Fatalf("%d %.2000s", got.Code, body)
	}
	rows := regexp.MustCompile(`(?s)<textarea name="rows"[^>]*>(.*?)</textarea>`).FindStringSubmatch(body)
	if rows == nil {
		t.Fatal("the bad lines are not given back")
	}
	file := r.Post(t, r.Admin, "/team/invite/rejected", url.Values{"rows": {rows[1]}})
	file.Want(t, 200, "boss@acme.example", "'=cmd()", "reason")
	if !strings.HasPrefix(file.Header.Get("Content-Disposition"), "attachment") || file.Header.Get("Content-Type") != "text/csv; charset=utf-8" || strings.Contains(file.Body, "tom@") {
		t.Errorf("%v %s", file.Header, file.Body)
	}
	for name, list := range map[string][]byte{"nothing chosen": nil, "no header": []byte("a,b\nc,d\n"), "empty": []byte("email\n"), "large": bytes.Repeat([]byte("email\n"), 300_000), "larger still": bytes.Repeat([]byte("email\n"), 600_000)} {
		if got := sendCSV(t, r, r.Admin, list); got.Code != 422 || !strings.Contains(got.Body.String(), `id="f-file-error"`) {
			t.Errorf("%s: %d", name, got.Code)
		}
	}
	if got := sendCSV(t, r, r.Lead, []byte("email\nx@acme.example\n")); got.Code != http.StatusForbidden {
		t.Errorf("a supervisor uploads: %d", got.Code)
	}
	r.Get(t, r.Admin, "/team/invite/sample.csv").Want(t, 200, "email,name,role,teams,numbers,language")
}

func TestSectionsOfAMemberAreSaved(t *testing.T) {
	r := newRoom(t)
	at := "/team/" + r.Member.ID
	r.Post(t, r.Admin, at+"/profile", profile("Maxime", "207")).Want(t, http.StatusSeeOther)
	r.Post(t, r.Admin, at+"/role", url.Values{"role": {"supervisor"}}).Want(t, http.StatusSeeOther)
	r.Post(t, r.Admin, at+"/teams", url.Values{"lead": {r.Sales.ID}}).Want(t, http.StatusSeeOther)
	r.Post(t, r.Admin, at+"/numbers", url.Values{"numbers": {r.Line.ID}, "level-" + r.Line.ID: {"exclusive"}}).Want(t, http.StatusSeeOther)
	direct := r.Line
	direct.ID, direct.E164, direct.Name = id.New(), "+33139281901", "Direct"
	if err := r.DB.SaveNumber(t.Context(), direct); err != nil {
		t.Fatal(err)
	}
	r.Post(t, r.Admin, "/team/"+r.Lead.ID+"/numbers", url.Values{"add": {direct.ID}, "add_level": {"read-only"}}).Want(t, http.StatusSeeOther)
	r.Get(t, r.Admin, "/team/"+r.Lead.ID).Want(t, 200, "Direct", "Read only")
	r.Post(t, r.Admin, at+"/availability", url.Values{"setting": {"do-not-disturb"}}).Want(t, http.StatusSeeOther)
	m := r.read(t, r.Member.ID)
	if m.Name != "Maxime" || m.Language != "fr" || m.Extension != "207" || m.WrapUp != 45*time.Second || m.Role != member.Supervisor || m.Setting != member.DoNotDisturb {
		t.Errorf("stored %+v", m)
	}
	held, err := r.DB.HeldBy(t.Context(), r.Workspace.ID, []string{m.ID})
	if err != nil || len(held) != 1 || held[0].Level != number.Exclusive {
		t.Errorf("numbers %+v %v", held, err)
	}
	r.Get(t, r.Admin, at+"?done=saved").Want(t, 200, "Saved.", "Maxime", "207", "Exclusive", "Availability", "Remove from the company")
	card := r.Get(t, office.Hire(t, r.DB, r.Workspace, "Oda", member.User), at)
	card.Want(t, 200, "Maxime", "Supervisor", "Leads Sales", "207")
	if strings.Contains(card.Text(), m.Email) || strings.Contains(card.Body, `action="/team/`) {
		t.Errorf("a colleague sees %s", card.Text())
	}
}

func TestWhatIsWrongIsSaidAtItsField(t *testing.T) {
	r := newRoom(t)
	at := "/team/" + r.Member.ID
	r.Post(t, r.Owner, "/team/"+r.Admin.ID+"/profile", profile("Ada", "200")).Want(t, http.StatusSeeOther)
	taken := r.Post(t, r.Owner, at+"/profile", profile("Maxime", "200"))
	taken.Want(t, 409, `id="f-extension-error"`, `value="Maxime"`)
	r.Post(t, r.Owner, at+"/profile", profile("", "2")).Want(t, 422, `id="f-name-error"`)
	r.Post(t, r.Owner, at+"/profile", url.Values{"name": {"Max"}, "language": {"en"}, "wrap_up": {"9999"}}).Want(t, 422, `id="f-wrap_up-error"`)
	r.Post(t, r.Admin, at+"/role", url.Values{"role": {"owner"}}).Want(t, 403, `id="f-role-error"`)
	r.Post(t, r.Owner, at+"/numbers", url.Values{"numbers": {r.Line.ID}, "level-" + r.Line.ID: {"half"}}).Want(t, 422)
	r.Post(t, r.Owner, at+"/numbers", url.Values{"add": {r.Line.ID}}).Want(t, 422, `id="f-add_level-error"`)
	r.Post(t, r.Owner, at+"/numbers", url.Values{"add": {"x"}, "add_level": {"shared"}}).Want(t, 422, `id="f-add-error"`)
	r.Post(t, r.Owner, at+"/hours", url.Values{"zone": {"Mars/Base"}, "closed": {"voicemail"}}).Want(t, 422, `id="f-zone-error"`)
	r.Post(t, r.Owner, at+"/availability", url.Values{"setting": {"asleep"}}).Want(t, 422, `id="f-setting-error"`)
	if m := r.read(t, r.Member.ID); m.Name != "Max Member" {
		t.Errorf("stored %+v", m)
	}
}

func TestRemovalHandsOver(t *testing.T) {
	r := newRoom(t)
	at := "/team/" + r.Member.ID + "/remove"
	r.Doing[r.Member.ID] = protocol.LiveOnCall
	r.Get(t, r.Admin, at).Want(t, 200, "Support", "is on a call right now", "Remove Max Member", r.Lead.Name+" · "+r.Lead.Email)
	r.Post(t, r.Admin, at, url.Values{"number-" + r.Line.ID: {"somebody"}}).Want(t, 422, `id="f-number-`+r.Line.ID+`-error"`, `value="somebody"`)
	r.Post(t, r.Admin, at, url.Values{"heir": {r.Member.Email}}).Want(t, 422, `id="f-heir-error"`)
	done := r.Post(t, r.Admin, at, url.Values{"number-" + r.Line.ID: {r.Lead.Name + " · " + r.Lead.Email}, "heir": {"lou lead"}})
	if done.Location != "/team?done=removed" {
		t.Fatalf("%d %s", done.Status, done.Text())
	}
	if m := r.read(t, r.Member.ID); m.Active() {
		t.Error("still a member")
	}
	if told := strings.Join(r.Live.Take(), "; "); !strings.Contains(told, "part "+r.Member.ID+" to "+r.Lead.ID) {
		t.Errorf("told %q", told)
	}
	held, err := r.DB.HeldBy(t.Context(), r.Workspace.ID, []string{r.Lead.ID})
	if err != nil || len(held) != 1 {
		t.Errorf("taken over: %+v %v", held, err)
	}
	r.Get(t, r.Admin, "/team/"+r.Member.ID).Want(t, http.StatusNotFound)
	r.Post(t, r.Admin, at, nil).Want(t, http.StatusNotFound)
}

func TestFrenchPages(t *testing.T) {
	r := newRoom(t)
	owner := r.Owner
	owner.Language = "fr"
	for path, says := range map[string]string{
		"/team": "Dernière activité", "/team/invite": "Créer les liens", "/team/invite/csv": "Fichier CSV",
		"/team/" + r.Member.ID: "Retirer de l’entreprise", "/team/" + r.Member.ID + "/numbers": "Lecture seule",
		"/team/" + r.Member.ID + "/hours": "Horaires de Max Member", "/team/" + r.Member.ID + "/remove": "Ce qui part et ce qui reste",
	} {
		r.Get(t, owner, path).Want(t, 200, says, `<html lang="fr">`)
	}
}

func TestStrangersAreLedToSignIn(t *testing.T) {
	r := newRoom(t)
	for _, path := range []string{"/team", "/team/invite", "/team/" + r.Member.ID} {
		rec := httptest.NewRecorder()
		r.Mux.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		if rec.Code != http.StatusSeeOther || !strings.HasPrefix(rec.Header().Get("Location"), "/login?next=") {
			t.Errorf("GET %s: %d", path, rec.Code)
		}
	}
	rec := httptest.NewRecorder()
	r.Mux.ServeHTTP(rec, httptest.NewRequestWithContext(auth.With(t.Context(), auth.Who{Member: member.Member{Role: "none"}}), http.MethodGet, "/team", nil))
	if rec.Code != http.StatusForbidden {
		t.Errorf("a role nobody knows: %d", rec.Code)
	}
}
