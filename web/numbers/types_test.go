package numbers_test

import (
	"net/url"
	"strings"
	"testing"

	"parley/internal/domain/number"
	"parley/internal/tests/desk"
	"parley/web/page"
)

func add(t *testing.T, d *desk.Desk, draft number.Draft) number.Number {
	t.Helper()
	n, err := d.Numbers.Create(t.Context(), d.Owner, draft)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// inOrder fails the test unless the texts stand in the page one after the other.
func inOrder(t *testing.T, text string, parts ...string) {
	t.Helper()
	rest := text
	for _, p := range parts {
		_, after, ok := strings.Cut(rest, p)
		if !ok {
			t.Fatalf("%q is not behind what comes before it in %.3000s", p, text)
		}
		rest = after
	}
}

// NUM-04, NUM-05.
func TestTheListGoesByCountryAndName(t *testing.T) {
	t.Parallel()
	l := &live{}
	d := openWith(t, l)
	add(t, d, number.Draft{Phone: "+33123456702", Country: "FR", Name: "ventes"})
	etude := add(t, d, number.Draft{Phone: "+33123456701", Country: "FR", Name: "Étude"})
	add(t, d, number.Draft{Phone: "+4930123456", Country: "DE", Name: "Zentrale", Type: number.IVR})
	add(t, d, number.Draft{Phone: "+442079460958", Country: "GB", Name: "Angel", Inactive: true})
	l.open = map[string]bool{etude.ID: true}
	en := d.Get(t, d.Admin, "/numbers")
	en.Want(t, 200, "4 numbers")
	inOrder(t, en.Text(), "Inactive numbers", "Angel", "🇫🇷 France FR", "Étude", "Open", "ventes", "Closed", "🇩🇪 Germany DE", "Zentrale", "IVR", "Closed")
	if strings.Count(en.Text(), "Open") != 1 || strings.Contains(en.Text(), "United Kingdom") {
		t.Errorf("an inactive number is among the lines: %s", en.Text())
	}
	d.Owner.Language = "fr"
	inOrder(t, d.Get(t, d.Owner, "/numbers").Text(), "Numéros inactifs", "Angel", "Allemagne", "Zentrale", "SVI", "Fermée", "France", "Étude", "Ouverte", "ventes")
	d.Get(t, d.Admin, "/numbers?after=nobody").Want(t, 200, "Étude", "4 numbers")
}

// NUM-01.
func TestAnIVR(t *testing.T) {
	t.Parallel()
	l := &live{path: page.Path{Default: true, Lines: []page.PathLine{{Title: "Rings everybody"}}}}
	d := openWith(t, l)
	d.Get(t, d.Admin, "/numbers/new?type=ivr").Want(t, 200, "Add an IVR", `name="type" value="ivr"`, "Its calls never ring them")
	d.Get(t, d.Admin, "/numbers/new?type=fax").Want(t, 200, "Which type of number?")
	d.Post(t, d.Admin, "/numbers/new", url.Values{"type": {"fax"}, "country": {"FR"}, "phone": {"0123456789"}, "name": {"x"}}).
		Want(t, 422, "This is no type of number.")
	a := d.Post(t, d.Admin, "/numbers/new", url.Values{
		"type": {"ivr"}, "country": {"FR"}, "phone": {"01 23 45 67 89"}, "name": {"Front desk"}, "members": {d.Member.ID},
	})
	if a.Status != 303 {
		t.Fatalf("status %d: %s", a.Status, a.Text())
	}
	made := d.Get(t, d.Admin, a.Location)
	made.Want(t, 200, "Build the menu", "This IVR has no menu yet", "Record outgoing calls automatically", `value="ivr" selected`)
	if strings.Contains(made.Body, "Rings everybody") {
		t.Error("without a menu an IVR rings nobody")
	}
	if strings.Contains(made.Body, "auto_inbound") || strings.Contains(made.Body, "agent_inbound") {
		t.Error("an IVR has a switch for inbound recording")
	}
	at, _, _ := strings.Cut(a.Location, "?")
	d.Get(t, d.Admin, at+"/access").Want(t, 200, "Members of an IVR only call out", "Max Member")
	form := url.Values{
		"type": {"ivr"}, "name": {"Front desk"}, "country": {"FR"}, "language": {"en"}, "hold_music": {"soft"},
		"caller_name": {"Acme Ltd"}, "inbox_name": {"Reception"}, "auto_inbound": {"on"}, "auto_outbound": {"on"},
	}
	if b := d.Post(t, d.Admin, at, form); b.Status != 303 {
		t.Fatalf("status %d: %s", b.Status, b.Text())
	}
	n, err := d.DB.Number(t.Context(), d.Workspace.ID, strings.TrimPrefix(at, "/numbers/"))
	want := number.Recording{AutoOutbound: true}
	if err != nil || !n.IsIVR() || n.Recording != want || n.CallerName != "Acme Ltd" || n.InboxName != "Reception" {
		t.Errorf("stored %+v, %v", n, err)
	}
	form.Set("type", "classic")
	d.Post(t, d.Admin, at, form)
	if n, err = d.DB.Number(t.Context(), d.Workspace.ID, n.ID); err != nil || n.IsIVR() || !n.Recording.AutoInbound || holders(t, d, n.ID)[d.Member.ID] != number.Shared {
		t.Errorf("stored %+v, %v", n, err)
	}
	form.Set("caller_name", strings.Repeat("é", 40))
	d.Post(t, d.Admin, at, form).Want(t, 422, "too long")
}

func TestAnInactiveNumberSaysSo(t *testing.T) {
	t.Parallel()
	d := open(t)
	n := add(t, d, number.Draft{Phone: "+33123456701", Country: "FR", Name: "Soon", Inactive: true})
	a := d.Get(t, d.Admin, "/numbers/"+n.ID)
	a.Want(t, 200, "This number is inactive", `name="inactive" value="on" checked`)
	form := url.Values{"type": {"classic"}, "name": {"Soon"}, "country": {"FR"}, "language": {"en"}, "hold_music": {"soft"}}
	d.Post(t, d.Admin, "/numbers/"+n.ID, form)
	if a := d.Get(t, d.Admin, "/numbers"); strings.Contains(a.Body, "Inactive numbers") || !strings.Contains(a.Text(), "France FR Soon") {
		t.Errorf("it was activated, yet the list says %s", a.Text())
	}
}

// NUM-10, CB-03, IVR-01.
func TestTheNumbersPageTellsThePathOfItsCalls(t *testing.T) {
	t.Parallel()
	l := &live{path: page.Path{Callback: true, Empty: true, Lines: []page.PathLine{
		{Icon: "clock", Title: "Open Mon–Fri", Detail: "but for holidays"},
		{Depth: 1, Branch: "Closed", Icon: "phone-off", Title: "Hang up"},
		{Depth: 9, Branch: "1 <Sales>"},
		{Icon: "users", Title: "Wait for Support"},
	}}}
	d := openWith(t, l)
	n := add(t, d, number.Draft{Phone: "+33123456701", Country: "FR", Name: "Sales"})
	l.open = map[string]bool{n.ID: true}
	a := d.Get(t, d.Admin, "/numbers/"+n.ID)
	a.Want(t, 200, `href="/numbers/`+n.ID+`/flow"`, "Edit call distribution", `data-depth="3"`, "A menu has no option yet", "Tell callers about the callback")
	inOrder(t, a.Text(), "Open", "As it is live now.", "Incoming call", "Open Mon–Fri", "but for holidays", "Closed", "Hang up", "Sales", "Wait for Support")
	if strings.Contains(a.Body, "<Sales>") {
		t.Error("a branch's name is not escaped")
	}
}
