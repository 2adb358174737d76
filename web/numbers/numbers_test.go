package numbers_test

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"parley/internal/adapters/auth"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/workspace"
	"parley/internal/tests/desk"
	"parley/internal/tests/office"
	"parley/web/numbers"
	"parley/web/page"
)

type music struct{}

func (music) MusicIDs() []string { return office.Music() }

func (music) WAV(id string) ([]byte, bool) { return []byte("RIFF of " + id), id == "soft" }

// live is what callers find: the lines that are open, and the path on each.
type live struct {
	open map[string]bool
	path page.Path
}

func (l *live) OpenNow(context.Context, string) (map[string]bool, error) { return l.open, nil }

func (l *live) Path(context.Context, auth.Who, string) (page.Path, error) { return l.path, nil }

func open(t *testing.T) *desk.Desk {
	t.Helper()
	return openWith(t, &live{path: page.Path{Default: true}})
}

func openWith(t *testing.T, l *live) *desk.Desk {
	t.Helper()
	d := desk.New(t)
	numbers.New(numbers.Needs{
		Pages: d.Pages, Gate: d.Gate, Regions: d.Regions, Store: d.DB, Members: d.DB, Trunks: d.DB, Access: d.DB,
		Service: d.Numbers, Holders: d.Numbers, Lines: l, Paths: l, Music: music{}, PublicURL: &url.URL{Scheme: "https", Host: "tel.example.com"},
	}).Routes(d.Mux)
	return d
}

func TestCreateANumber(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.Get(t, d.Owner, "/numbers").Want(t, 200, "No number yet", `href="/numbers/new"`)
	d.Get(t, d.Owner, "/numbers/new").Want(t, 200, "Which type of number?", `href="/numbers/new?type=classic"`, `href="/numbers/new?type=ivr"`)
	d.Get(t, d.Owner, "/numbers/new?type=classic").Want(t, 200, `value="FR" selected`, "Olive Owner (you)", "Max Member")
	a := d.Post(t, d.Owner, "/numbers/new", url.Values{
		"country": {"FR"}, "phone": {"01 23 45 67 89"}, "name": {"Sales"}, "members": {d.Owner.ID, d.Member.ID},
	})
	if a.Status != 303 || !strings.HasSuffix(a.Location, "?done=created") {
		t.Fatalf("status %d to %q: %s", a.Status, a.Location, a.Text())
	}
	d.Get(t, d.Owner, a.Location).Want(t, 200, "The number is ready.", "Sales", "01\u00a023\u00a045\u00a067\u00a089", `data-copy="+33123456789"`, "2 members")
	d.Get(t, d.Owner, "/numbers").Want(t, 200, "🇫🇷", "Sales", "2 members", "1 number")
	alone := d.Post(t, d.Owner, "/numbers/new", url.Values{"country": {"FR"}, "phone": {"0123456780"}, "name": {"Spare"}})
	d.Get(t, d.Owner, alone.Location).Want(t, 200, "Nobody has it yet", "/access", "Nobody")
}

func TestALargeCompanyIsNotListedForANewNumber(t *testing.T) {
	t.Parallel()
	d := open(t)
	for i := range 30 {
		office.Hire(t, d.DB, d.Workspace, fmt.Sprintf("Agent %02d", i), member.User)
	}
	a := d.Get(t, d.Admin, "/numbers/new?type=classic")
	a.Want(t, 200, "Ada Admin (you)", "Add others afterwards")
	if strings.Contains(a.Body, "Agent 07") {
		t.Error("the whole company is in the form")
	}
}

func TestARefusedFormKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	d := open(t)
	a := d.Post(t, d.Admin, "/numbers/new", url.Values{
		"country": {"GB"}, "phone": {"12 <b>"}, "name": {"My & name"}, "members": {d.Member.ID},
	})
	a.Want(t, 422, "This is not a phone number.", `value="12 <b>"`, `value="My & name"`, `value="GB" selected`,
		`value="`+d.Member.ID+`" checked`, `aria-invalid="true"`, "One thing needs your attention")
	if strings.Contains(a.Body, "<b>") {
		t.Error("typed markup is not escaped")
	}
	d.Post(t, d.Admin, "/numbers/new", url.Values{}).Want(t, 422, "Pick the country.", "Give it a name.")
	d.Post(t, d.Admin, "/numbers/new", url.Values{
		"country": {"FR"}, "phone": {"0123456789"}, "name": {"x"}, "members": {"nobody"},
	}).Want(t, 422, "This member does not exist.")
	if all, err := d.DB.Numbers(t.Context(), d.Workspace.ID); err != nil || len(all) != 0 {
		t.Errorf("refused forms stored %v, %v", all, err)
	}
}

func sales(t *testing.T, d *desk.Desk) number.Number {
	t.Helper()
	n, err := d.Numbers.Create(t.Context(), d.Owner, number.Draft{Phone: "+33123456789", Country: "FR", Name: "Sales"})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestEditANumber(t *testing.T) {
	t.Parallel()
	d := open(t)
	n := sales(t, d)
	if err := d.Numbers.Assign(t.Context(), d.Owner, n.ID, []number.Assignment{{MemberID: d.Member.ID, Level: number.ReadOnly}}); err != nil {
		t.Fatal(err)
	}
	a := d.Get(t, d.Admin, "/numbers/"+n.ID)
	a.Want(t, 200, "Soft", "Record incoming calls automatically", `src="/hold-music/soft.wav"`, "France +33", `aria-current="page"`, "1 member")
	if strings.Contains(a.Body, "Callers must be told") || strings.Contains(a.Body, "tel.example.com") {
		t.Error("nothing is recorded and the web page is off, yet the page speaks of them")
	}
	all := url.Values{
		"name": {"Support"}, "country": {"FR"}, "language": {"fr"}, "hold_music": {"piano"}, "web_call": {"on"},
		"auto_inbound": {"on"}, "agent_outbound": {"on"}, "mandatory_tag": {"on"},
	}
	a = d.Post(t, d.Admin, "/numbers/"+n.ID, all)
	if a.Status != 303 {
		t.Fatalf("status %d: %s", a.Status, a.Text())
	}
	d.Get(t, d.Admin, a.Location).Want(t, 200, "Saved.", "Callers must be told", "https://tel.example.com/call/+33123456789")
	got, err := d.DB.Number(t.Context(), d.Workspace.ID, n.ID)
	want := number.Recording{AutoInbound: true, AgentOutbound: true}
	if err != nil || got.Recording != want || !got.WebCall || !got.MandatoryTag || got.HoldMusic != "piano" || got.E164 != n.E164 {
		t.Errorf("stored %+v, %v", got, err)
	}
	if left := holders(t, d, n.ID); left[d.Member.ID] != number.ReadOnly {
		t.Errorf("saving the settings changed who has the number: %v", left)
	}
	all.Set("name", "")
	d.Post(t, d.Admin, "/numbers/"+n.ID, all).Want(t, 422, "Give it a name.", `name="web_call" value="on" checked`)
}

func holders(t *testing.T, d *desk.Desk, numberID string) map[string]number.Level {
	t.Helper()
	all, err := d.DB.Holders(t.Context(), d.Workspace.ID, []string{numberID})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]number.Level{}
	for _, a := range all {
		out[a.MemberID] = a.Level
	}
	return out
}

func TestDeleteANumber(t *testing.T) {
	t.Parallel()
	d := open(t)
	n := sales(t, d)
	if a := d.Post(t, d.Owner, "/numbers/"+n.ID+"/delete", nil); a.Status != 303 {
		t.Fatalf("status %d", a.Status)
	}
	d.Get(t, d.Owner, "/numbers?done=deleted").Want(t, 200, "The number is gone.", "No number yet")
	d.Get(t, d.Owner, "/numbers/"+n.ID).Want(t, 404)
}

func TestTheListIsPagedAndSearched(t *testing.T) {
	t.Parallel()
	d := open(t)
	for i := range 60 {
		_, err := d.Numbers.Create(t.Context(), d.Owner, number.Draft{Phone: fmt.Sprintf("+331234567%02d", i), Country: "FR", Name: fmt.Sprintf("Ligne d’été %02d", i)})
		if err != nil {
			t.Fatal(err)
		}
	}
	first := d.Get(t, d.Admin, "/numbers")
	first.Want(t, 200, "50 numbers on this page", "Ligne d’été 00", "Ligne d’été 49", "Next page")
	if strings.Contains(first.Body, "Ligne d’été 50") {
		t.Error("the second page is on the first")
	}
	_, rest, _ := strings.Cut(first.Body, `href="/numbers?after=`)
	cursor, _, _ := strings.Cut(rest, `"`)
	second := d.Get(t, d.Admin, "/numbers?after="+cursor)
	second.Want(t, 200, "10 numbers on this page", "Ligne d’été 59", `href="/numbers"`)
	part := d.Get(t, d.Admin, "/numbers?part=list&q=ETE+07")
	part.Want(t, 200, "1 number", "Ligne d’été 07")
	if strings.Contains(part.Body, "<html") {
		t.Error("the part is a whole page")
	}
	d.Get(t, d.Admin, "/numbers?q=01+23+45+67+42").Want(t, 200, "Ligne d’été 42", "1 number")
	d.Get(t, d.Admin, "/numbers?q=<nothing>").Want(t, 200, "No number found", "<nothing>")
}

// rows posts the access page as it was shown, with the levels given.
func rows(levels map[string]number.Level) url.Values {
	v := url.Values{}
	for id, l := range levels {
		v.Add("row", id)
		v.Set("level-"+id, string(l))
	}
	return v
}

func TestWhoHasANumber(t *testing.T) {
	t.Parallel()
	d := open(t)
	n := sales(t, d)
	lead := office.Hire(t, d.DB, d.Workspace, "Sue Supervisor", member.Supervisor)
	at := "/numbers/" + n.ID + "/access"
	d.Get(t, d.Admin, at).Want(t, 200, "Nobody has this number", "Find somebody to add", "Outbound only")
	if bad := regexp.MustCompile(`<select[^>]* required[^>]*>\s*<option value="" selected`).FindString(d.Get(t, d.Admin, at).Body); bad != "" {
		t.Errorf("browsers refuse to send %s", bad)
	}
	d.Get(t, d.Admin, at+"?q=max").Want(t, 200, "Max Member", "1 person found", `name="level-`+d.Member.ID+`"`)
	d.Get(t, d.Admin, at+"?q=zebra&part=list").Want(t, 200, "Nobody found")

	form := rows(map[string]number.Level{d.Member.ID: number.Shared, lead.ID: number.ReadOnly})
	form["supervise"], form["owner"], form["q"] = []string{lead.ID}, []string{d.Member.ID}, []string{"m"}
	a := d.Post(t, d.Admin, at, form)
	if a.Status != 303 || a.Location != at+"?done=saved&q=m" {
		t.Fatalf("status %d to %s: %s", a.Status, a.Location, a.Text())
	}
	d.Get(t, d.Admin, at+"?done=saved").Want(t, 200, "It holds at once", "Max Member", "Sue Supervisor", `value="`+lead.ID+`" checked`, `value="`+d.Member.ID+`" selected`)
	supervisors, err := d.DB.Supervisors(t.Context(), d.Workspace.ID, n.ID)
	got, err2 := d.DB.Number(t.Context(), d.Workspace.ID, n.ID)
	if err != nil || err2 != nil || !slices.Equal(supervisors, []string{lead.ID}) || got.OwnerID != d.Member.ID {
		t.Errorf("supervisors %v, owner %q, %v %v", supervisors, got.OwnerID, err, err2)
	}

	// Who is not on the page stays as he is.
	d.Post(t, d.Admin, at, rows(map[string]number.Level{lead.ID: ""}))
	if left := holders(t, d, n.ID); len(left) != 1 || left[d.Member.ID] != number.Shared {
		t.Errorf("left with %v", left)
	}
	refused := d.Post(t, d.Admin, at, rows(map[string]number.Level{d.Member.ID: number.Exclusive, d.Admin.ID: number.Shared}))
	refused.Want(t, 422, "Ada Admin", `value="exclusive" selected`, "One thing needs your attention")
	d.Post(t, d.Admin, at, rows(map[string]number.Level{"nobody": number.Shared})).Want(t, 422, "This member does not exist.")
	d.Post(t, d.Admin, at, rows(map[string]number.Level{d.Member.ID: "master"})).Want(t, 422)
	if left := holders(t, d, n.ID); len(left) != 1 || left[d.Member.ID] != number.Shared {
		t.Errorf("a refused form left %v", left)
	}
	alone := rows(map[string]number.Level{d.Member.ID: number.Exclusive})
	alone["owner"] = []string{"nobody"}
	d.Post(t, d.Admin, at, alone)
	got, err = d.DB.Number(t.Context(), d.Workspace.ID, n.ID)
	if left := holders(t, d, n.ID); left[d.Member.ID] != number.Exclusive || err != nil || got.OwnerID != "" {
		t.Errorf("left with %v, owner %q, %v", left, got.OwnerID, err)
	}
}

// The owner of a number runs it and no other, whatever his role.
func TestTheOwnerOfANumber(t *testing.T) {
	t.Parallel()
	d := open(t)
	n := sales(t, d)
	other, err := d.Numbers.Create(t.Context(), d.Owner, number.Draft{Phone: "+33123456700", Country: "FR", Name: "Other line"})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Numbers.SetOwner(t.Context(), d.Admin, n.ID, d.Member.ID); err != nil {
		t.Fatal(err)
	}
	list := d.Get(t, d.Member, "/numbers")
	list.Want(t, 200, "Sales", "The numbers you run.")
	page := d.Get(t, d.Member, "/numbers/"+n.ID)
	page.Want(t, 200, "Record incoming calls automatically", "Change who has it")
	access := d.Get(t, d.Member, "/numbers/"+n.ID+"/access?q=ada")
	access.Want(t, 200, "Ada Admin")
	for what, body := range map[string]string{
		"Other line": list.Body, "/numbers/new": list.Body, `name="trunk"`: page.Body, "Give up": page.Body,
		`name="owner"`: access.Body, `name="supervise"`: access.Body, d.Admin.Email: access.Body,
	} {
		if strings.Contains(body, what) {
			t.Errorf("the owner of a number is shown %s", what)
		}
	}
	if a := d.Get(t, d.Member, "/numbers?q=other"); strings.Contains(a.Body, "Other line") {
		t.Error("a search finds a number that is not his")
	}
	form := url.Values{"name": {"Sales desk"}, "country": {"FR"}, "language": {"en"}, "hold_music": {"soft"}}
	if a := d.Post(t, d.Member, "/numbers/"+n.ID, form); a.Status != 303 {
		t.Errorf("edit: %d %s", a.Status, a.Text())
	}
	form.Set("trunk", "elsewhere") // not his to change: his form has no such field
	if a := d.Post(t, d.Member, "/numbers/"+n.ID, form); a.Status != 303 {
		t.Errorf("edit with a trunk: %d", a.Status)
	}
	give := rows(map[string]number.Level{d.Admin.ID: number.Shared})
	give["supervise"] = []string{d.Admin.ID}
	if a := d.Post(t, d.Member, "/numbers/"+n.ID+"/access", give); a.Status != 303 {
		t.Errorf("give: %d %s", a.Status, a.Text())
	}
	give["owner"] = []string{d.Admin.ID}
	d.Post(t, d.Member, "/numbers/"+n.ID+"/access", give).Want(t, 403)
	got, err := d.DB.Number(t.Context(), d.Workspace.ID, n.ID)
	supervisors, err2 := d.DB.Supervisors(t.Context(), d.Workspace.ID, n.ID)
	if err != nil || err2 != nil || got.Name != "Sales desk" || got.OwnerID != d.Member.ID || got.TrunkID != "" || len(supervisors) != 0 {
		t.Errorf("stored %+v, supervised by %v, %v %v", got, supervisors, err, err2)
	}
	if left := holders(t, d, n.ID); left[d.Admin.ID] != number.Shared {
		t.Errorf("left with %v", left)
	}
	d.Get(t, d.Member, "/hold-music/soft.wav").Want(t, 200)
	d.Get(t, d.Member, "/numbers/"+other.ID).Want(t, 403)
	d.Post(t, d.Member, "/numbers/"+n.ID+"/delete", nil).Want(t, 403)
}

// Every route by every role, for a number of the house and one of another.
func TestWhoMayWhat(t *testing.T) {
	t.Parallel()
	d := open(t)
	n := sales(t, d)
	lead := office.Hire(t, d.DB, d.Workspace, "Sue Supervisor", member.Supervisor)
	for _, m := range []member.Member{d.Member, lead} { // to have or to supervise a number is not to run it
		if err := d.DB.SetNumbersOf(t.Context(), d.Workspace.ID, m.ID, []number.Assignment{{NumberID: n.ID, Level: number.Shared}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Numbers.SetSupervisors(t.Context(), d.Owner, n.ID, []string{lead.ID}); err != nil {
		t.Fatal(err)
	}
	_, stranger := office.Found(t, d.DB, "Other")
	for _, path := range []string{"/numbers", "/numbers/new", "/numbers/" + n.ID, "/numbers/" + n.ID + "/access"} {
		d.Get(t, d.Owner, path).Want(t, 200)
		d.Get(t, d.Admin, path).Want(t, 200)
		d.Get(t, lead, path).Want(t, 403)
		d.Get(t, d.Member, path).Want(t, 403)
	}
	for _, path := range []string{"/numbers/new", "/numbers/" + n.ID, "/numbers/" + n.ID + "/access", "/numbers/" + n.ID + "/delete"} {
		d.Post(t, lead, path, nil).Want(t, 403)
		d.Post(t, d.Member, path, nil).Want(t, 403)
	}
	for _, who := range []member.Member{stranger, office.Hire(t, d.DB, workspace.Workspace{ID: stranger.WorkspaceID}, "Eve", member.User)} {
		d.Get(t, who, "/numbers/"+n.ID+"/access").Want(t, 404)
		d.Get(t, who, "/numbers/"+n.ID).Want(t, 404)
		d.Post(t, who, "/numbers/"+n.ID, url.Values{"name": {"Mine"}}).Want(t, 404)
		d.Post(t, who, "/numbers/"+n.ID+"/access", rows(map[string]number.Level{who.ID: number.Shared})).Want(t, 404)
	}
	d.Post(t, stranger, "/numbers/"+n.ID+"/delete", nil).Want(t, 404)
	if a := d.Get(t, stranger, "/numbers?q=sales"); strings.Contains(a.Body, "Sales<") {
		t.Error("another workspace's number is in the list")
	}
	if a := d.Post(t, stranger, "/numbers/new", url.Values{"country": {"FR"}, "phone": {"0123456711"}, "name": {"x"}, "members": {d.Member.ID}}); a.Status != 422 {
		t.Errorf("a member of another workspace was given a number: %d", a.Status)
	}
}

func TestMusic(t *testing.T) {
	t.Parallel()
	d := open(t)
	a := d.Get(t, d.Owner, "/hold-music/soft.wav")
	if a.Status != 200 || a.Body != "RIFF of soft" || a.Header.Get("Content-Type") != "audio/wav" {
		t.Errorf("%d %v %q", a.Status, a.Header, a.Body)
	}
	d.Get(t, d.Owner, "/hold-music/polka.wav").Want(t, 404)
}

func TestFrench(t *testing.T) {
	t.Parallel()
	d := open(t)
	n := sales(t, d)
	d.Owner.Language = "fr"
	d.Get(t, d.Owner, "/numbers").Want(t, 200, `lang="fr"`, "Numéros", "Personne", "1 numéro")
	d.Get(t, d.Owner, "/numbers/"+n.ID).Want(t, 200, "Enregistrer automatiquement les appels entrants", "Douce")
	d.Get(t, d.Owner, "/numbers/"+n.ID+"/access?q=max").Want(t, 200, "Accès de Max Member", "Sortant seul", "1 personne trouvée")
}
