package numbers_test

import (
	"net/url"
	"strings"
	"testing"

	"parley/internal/domain/number"
	"parley/internal/tests/desk"
	"parley/internal/tests/office"
	"parley/web/numbers"
)

type music struct{}

func (music) MusicIDs() []string { return office.Music() }

func (music) WAV(id string) ([]byte, bool) { return []byte("RIFF of " + id), id == "soft" }

func open(t *testing.T) *desk.Desk {
	t.Helper()
	d := desk.New(t)
	numbers.New(numbers.Needs{
		Pages: d.Pages, Gate: d.Gate, Regions: d.Regions, Store: d.DB, Members: d.DB, Trunks: d.DB,
		Service: d.Numbers, Music: music{}, PublicURL: &url.URL{Scheme: "https", Host: "tel.example.com"},
	}).Routes(d.Mux)
	return d
}

func TestCreateANumber(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.Get(t, d.Owner, "/numbers").Want(t, 200, "No number yet", `href="/numbers/new"`)
	d.Get(t, d.Owner, "/numbers/new").Want(t, 200, `value="FR" selected`, "Olive Owner (you)")
	a := d.Post(t, d.Owner, "/numbers/new", url.Values{
		"country": {"FR"}, "phone": {"01 23 45 67 89"}, "name": {"Sales"}, "members": {d.Owner.ID, d.Member.ID},
	})
	if a.Status != 303 || !strings.HasSuffix(a.Location, "?done=created") {
		t.Fatalf("status %d to %q: %s", a.Status, a.Location, a.Text())
	}
	d.Get(t, d.Owner, a.Location).Want(t, 200, "The number is ready.", "Sales", "01\u00a023\u00a045\u00a067\u00a089", `data-copy="+33123456789"`)
	d.Get(t, d.Owner, "/numbers").Want(t, 200, "🇫🇷 France", "Sales", "2 members")
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
	a := d.Get(t, d.Admin, "/numbers/"+n.ID)
	a.Want(t, 200, "Soft", "Record incoming calls automatically", `src="/numbers/music/soft.wav"`, "France +33")
	if strings.Contains(a.Body, "Callers must be told") || strings.Contains(a.Body, "tel.example.com") {
		t.Error("nothing is recorded and the web page is off, yet the page speaks of them")
	}
	all := url.Values{
		"name": {"Support"}, "country": {"FR"}, "language": {"fr"}, "hold_music": {"piano"}, "web_call": {"on"},
		"auto_inbound": {"on"}, "agent_outbound": {"on"}, "mandatory_tag": {"on"}, "members": {d.Member.ID},
	}
	a = d.Post(t, d.Admin, "/numbers/"+n.ID, all)
	if a.Status != 303 {
		t.Fatalf("status %d: %s", a.Status, a.Text())
	}
	d.Get(t, d.Admin, a.Location).Want(t, 200, "Saved.", "Callers must be told", "https://tel.example.com/call/+33123456789",
		`value="`+d.Member.ID+`" checked`)
	got, err := d.DB.Number(t.Context(), d.Workspace.ID, n.ID)
	want := number.Recording{AutoInbound: true, AgentOutbound: true}
	if err != nil || got.Recording != want || !got.WebCall || !got.MandatoryTag || got.HoldMusic != "piano" || got.E164 != n.E164 {
		t.Errorf("stored %+v, %v", got, err)
	}
	all.Set("name", "")
	d.Post(t, d.Admin, "/numbers/"+n.ID, all).Want(t, 422, "Give it a name.", `name="web_call" value="on" checked`)
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

func TestWhoMayWhat(t *testing.T) {
	t.Parallel()
	d := open(t)
	n := sales(t, d)
	_, stranger := office.Found(t, d.DB, "Other")
	for _, path := range []string{"/numbers", "/numbers/new", "/numbers/" + n.ID, "/numbers/music/soft.wav"} {
		d.Get(t, d.Member, path).Want(t, 403)
	}
	for _, path := range []string{"/numbers/new", "/numbers/" + n.ID, "/numbers/" + n.ID + "/delete"} {
		d.Post(t, d.Member, path, nil).Want(t, 403)
	}
	d.Get(t, stranger, "/numbers/"+n.ID).Want(t, 404)
	d.Post(t, stranger, "/numbers/"+n.ID, url.Values{"name": {"Mine"}}).Want(t, 404)
	d.Post(t, stranger, "/numbers/"+n.ID+"/delete", nil).Want(t, 404)
	if a := d.Get(t, stranger, "/numbers"); strings.Contains(a.Body, "Sales") {
		t.Error("another workspace's number is in the list")
	}
}

func TestMusic(t *testing.T) {
	t.Parallel()
	d := open(t)
	a := d.Get(t, d.Owner, "/numbers/music/soft.wav")
	if a.Status != 200 || a.Body != "RIFF of soft" || a.Header.Get("Content-Type") != "audio/wav" {
		t.Errorf("%d %v %q", a.Status, a.Header, a.Body)
	}
	d.Get(t, d.Owner, "/numbers/music/polka.wav").Want(t, 404)
}

func TestFrench(t *testing.T) {
	t.Parallel()
	d := open(t)
	n := sales(t, d)
	d.Owner.Language = "fr"
	d.Get(t, d.Owner, "/numbers").Want(t, 200, `lang="fr"`, "Numéros", "Personne")
	d.Get(t, d.Owner, "/numbers/"+n.ID).Want(t, 200, "Enregistrer automatiquement les appels entrants", "Douce")
}
