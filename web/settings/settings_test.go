package settings_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/workspace"
	"parley/internal/tests/desk"
	"parley/internal/tests/office"
	"parley/web/settings"
)

func open(t *testing.T) *desk.Desk {
	t.Helper()
	d := desk.New(t)
	service := workspace.NewService(workspace.Needs{Workspaces: d.DB, Audit: d.Heard, Changes: d.Heard})
	settings.New(settings.Needs{Pages: d.Pages, Gate: d.Gate, Regions: d.Regions, Store: d.DB, Service: service}).Routes(d.Mux)
	return d
}

func filled() url.Values {
	return url.Values{
		"name": {"Acme SA"}, "language": {"fr"}, "zone": {"Europe/Brussels"}, "country": {"BE"},
		"countries": {"DE", "CH"}, "member_limit": {"20"}, "workspace_limit": {""}, "concurrent_limit": {"1 000"},
		"seat_limit": {"25"}, "members_invite": {"on"}, "members_see_team": {"on"},
	}
}

func stored(t *testing.T, d *desk.Desk) workspace.Workspace {
	t.Helper()
	ws, err := d.DB.Workspace(t.Context(), d.Workspace.ID)
	if err != nil {
		t.Fatal(err)
	}
	return ws
}

func TestShowsDefaultsAsPlaceholders(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.Get(t, d.Admin, "/settings").Want(t, 200, `value="Acme"`, `value="Europe/Paris" selected`, `value="FR" selected`,
		`placeholder="120"`, `placeholder="1000"`, `placeholder="100"`, `placeholder="Find a country"`, `href="/audit"`, `placeholder="999"`, `href="/settings/domains"`, `href="/review"`)
}

func TestSave(t *testing.T) {
	t.Parallel()
	d := open(t)
	if a := d.Post(t, d.Admin, "/settings", filled()); a.Location != "/settings?done=saved" {
		t.Fatalf("status %d to %q: %s", a.Status, a.Location, a.Text())
	}
	ws := stored(t, d)
	if ws.Name != "Acme SA" || ws.Language != "fr" || ws.TimeZone != "Europe/Brussels" || ws.Country != "BE" ||
		!slices.Equal(ws.AllowedCountries, []string{"CH", "DE"}) || ws.MemberOutboundPerHour != 20 ||
		ws.MaxOutboundPerHour != 0 || ws.MaxConcurrentOutbound != 1000 ||
		ws.SeatLimit != 25 || !ws.MembersInvite || !ws.MembersSeeTeam {
		t.Errorf("stored %+v", ws)
	}
	changes, audited := d.Heard.Take()
	if want := "workspace " + ws.ID; !slices.Equal(changes, []string{want}) {
		t.Errorf("live parts heard %v, want %s", changes, want)
	}
	if want := "workspace.edited " + ws.ID; !slices.Equal(audited, []string{want}) {
		t.Errorf("audited %v, want %s", audited, want)
	}
	d.Get(t, d.Admin, "/settings?done=saved").Want(t, 200, "Saved.", `value="DE" checked`, `value="20"`)
}

func TestARefusedFormKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	d := open(t)
	form := filled()
	form.Set("name", " ")
	form.Set("zone", "Mars/<Olympus>")
	form.Set("member_limit", "a lot")
	form.Set("workspace_limit", "0")
	form.Set("seat_limit", "0")
	form["countries"] = []string{"DE", "QQ"}
	d.Post(t, d.Admin, "/settings", form).Want(t, 422, "Give it a name.", "This time zone is not known.",
		`value="a lot"`, "This limit must be a whole number", `value="DE" checked`, "This country is not known.",
		"6 things need your attention", `href="#f-countries"`)
	if ws := stored(t, d); ws.Name != "Acme" || len(ws.AllowedCountries) != 0 {
		t.Errorf("a refused form stored %+v", ws)
	}
}

func TestCountriesOfNumbersAreAlwaysAllowed(t *testing.T) {
	t.Parallel()
	d := open(t)
	if _, err := d.Numbers.Create(t.Context(), d.Owner, number.Draft{Phone: "+33123456789", Country: "FR", Name: "Sales"}); err != nil {
		t.Fatal(err)
	}
	a := d.Get(t, d.Owner, "/settings")
	a.Want(t, 200, "Always allowed: you have a number there.")
	list := a.Body[strings.Index(a.Body, "data-narrow"):]
	if strings.Index(list, `value="FR"`) > strings.Index(list, `value="AF"`) {
		t.Error("the countries that can be called do not come first")
	}
}

func TestWhoMayWhat(t *testing.T) {
	t.Parallel()
	d := open(t)
	for _, role := range member.Roles() {
		m := office.Hire(t, d.DB, d.Workspace, "One "+string(role), role)
		want := 403
		if role.Can(member.ManageWorkspace) {
			want = 200
		}
		d.Get(t, m, "/settings").Want(t, want)
		if a := d.Post(t, m, "/settings", filled()); (a.Status == 303) != (want == 200) {
			t.Errorf("%s posts: %d", role, a.Status)
		}
	}
}

func TestAnotherWorkspaceIsNotTouched(t *testing.T) {
	t.Parallel()
	d := open(t)
	other, stranger := office.Found(t, d.DB, "Other")
	d.Get(t, stranger, "/settings").Want(t, 200, `value="Other"`)
	if a := d.Post(t, stranger, "/settings", filled()); a.Status != 303 {
		t.Fatalf("status %d: %s", a.Status, a.Text())
	}
	if ws := stored(t, d); ws.Name != "Acme" {
		t.Errorf("the office is now %+v", ws)
	}
	if ws, err := d.DB.Workspace(t.Context(), other.ID); err != nil || ws.Name != "Acme SA" {
		t.Errorf("the other is %+v, %v", ws, err)
	}
}

func TestFrench(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.Owner.Language = "fr"
	d.Get(t, d.Owner, "/settings").Want(t, 200, "Réglages", "Fuseau horaire", "Allemagne", "Qui a fait quoi")
}
