package welcome_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/tests/desk"
	"parley/internal/tests/office"
	"parley/web/welcome"
)

func open(t *testing.T) *desk.Desk {
	t.Helper()
	d := desk.New(t)
	welcome.New(d.Pages, d.Gate, d.People).Routes(d.Mux)
	return d
}

// lines are two numbers nobody has.
func lines(t *testing.T, d *desk.Desk) []number.Number {
	t.Helper()
	var out []number.Number
	for _, c := range []struct{ phone, name string }{{"+33123456701", "Direct one"}, {"+33123456702", "Direct two"}} {
		n, err := d.Numbers.Create(t.Context(), d.Owner, number.Draft{Phone: c.phone, Country: "FR", Name: c.name})
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, n)
	}
	return out
}

// invited is a member whose invitation offered the numbers.
func invited(t *testing.T, d *desk.Desk, name string, offered ...number.Number) member.Member {
	t.Helper()
	m := office.Hire(t, d.DB, d.Workspace, name, member.User)
	inv := member.Invitation{
		ID: "inv-" + m.ID, WorkspaceID: m.WorkspaceID, Email: m.Email, Role: m.Role, PickNumber: true, TokenHash: m.ID,
		InvitedBy: d.Owner.ID, CreatedAt: m.CreatedAt, ExpiresAt: m.CreatedAt.Add(time.Hour), AcceptedAt: m.CreatedAt.Add(time.Second),
	}
	for _, n := range offered {
		inv.NumberIDs = append(inv.NumberIDs, n.ID)
	}
	if err := d.DB.SaveInvitation(t.Context(), inv); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestChooseANumber(t *testing.T) {
	t.Parallel()
	d := open(t)
	both := lines(t, d)
	m := invited(t, d, "Nina New", both...)
	d.Get(t, m, "/welcome").Want(t, 200, "Welcome, Nina New", "Take this number", "01\u00a023\u00a045\u00a067\u00a001", "Direct two", "Allow and test", "Allow notifications")
	a := d.Post(t, m, "/welcome/number", url.Values{"number": {both[1].ID}})
	if a.Status != 303 || a.Location != "/welcome" {
		t.Fatalf("%d to %s: %s", a.Status, a.Location, a.Text())
	}
	after := d.Get(t, m, "/welcome")
	after.Want(t, 200, "Allow and test")
	if strings.Contains(after.Body, "Take this number") {
		t.Error("a number is offered to who has chosen")
	}
	held, err := d.DB.AssignmentsOf(t.Context(), m.WorkspaceID, m.ID)
	if err != nil || len(held) != 1 || held[0].NumberID != both[1].ID || held[0].Level != number.Exclusive {
		t.Errorf("he has %+v, %v", held, err)
	}
	d.Post(t, m, "/welcome/number", url.Values{"number": {both[0].ID}}).Want(t, 403)
}

func TestTheSlowerOfTwoIsToldKindly(t *testing.T) {
	t.Parallel()
	d := open(t)
	both := lines(t, d)
	fast, slow := invited(t, d, "Fay Fast", both...), invited(t, d, "Sam Slow", both...)
	if a := d.Post(t, fast, "/welcome/number", url.Values{"number": {both[0].ID}}); a.Status != 303 {
		t.Fatalf("%d %s", a.Status, a.Text())
	}
	again := d.Post(t, slow, "/welcome/number", url.Values{"number": {both[0].ID}})
	again.Want(t, 409, "A colleague has just chosen this number", "Direct two", "Take this number")
	if strings.Contains(again.Body, "Direct one") {
		t.Error("the number that is taken is still offered")
	}
}

func TestWhenNothingIsLeft(t *testing.T) {
	t.Parallel()
	d := open(t)
	one := lines(t, d)[0]
	fast, slow := invited(t, d, "Fay Fast", one), invited(t, d, "Sam Slow", one)
	d.Post(t, fast, "/welcome/number", url.Values{"number": {one.ID}})
	a := d.Post(t, slow, "/welcome/number", url.Values{"number": {one.ID}})
	a.Want(t, 409, "Every number offered is taken by now", "Allow and test")
	if strings.Contains(a.Body, "Take this number") {
		t.Error("there is nothing to take")
	}
}

func TestWithoutAnOffer(t *testing.T) {
	t.Parallel()
	d := open(t)
	both := lines(t, d)
	for _, m := range []member.Member{d.Owner, d.Admin, d.Member} {
		a := d.Get(t, m, "/welcome")
		a.Want(t, 200, "Allow and test", `href="/phone"`)
		if strings.Contains(a.Body, "Direct one") {
			t.Errorf("%s is offered a number", m.Role)
		}
		d.Post(t, m, "/welcome/number", url.Values{"number": {both[0].ID}}).Want(t, 403)
	}
	picker := invited(t, d, "Pia Picker", both[0])
	d.Post(t, picker, "/welcome/number", url.Values{"number": {both[1].ID}}).Want(t, 409) // not among those offered
	_, stranger := office.Found(t, d.DB, "Other")
	d.Post(t, stranger, "/welcome/number", url.Values{"number": {both[0].ID}}).Want(t, 403)
}

func TestNotificationsAreNoted(t *testing.T) {
	t.Parallel()
	d := open(t)
	m := d.Member
	m.Notices.MissedByMail = true
	if err := d.People.SetNotices(t.Context(), m, m.Notices); err != nil {
		t.Fatal(err)
	}
	d.Post(t, m, "/welcome/notices", nil).Want(t, 204)
	got, err := d.DB.Member(t.Context(), m.WorkspaceID, m.ID)
	if err != nil || !got.Notices.Desktop || !got.Notices.MissedByMail {
		t.Errorf("notices %+v, %v", got.Notices, err)
	}
}

func TestFrench(t *testing.T) {
	t.Parallel()
	d := open(t)
	m := invited(t, d, "Nina New", lines(t, d)...)
	m.Language = "fr"
	d.Get(t, m, "/welcome").Want(t, 200, `lang="fr"`, "Bienvenue, Nina New", "Prendre ce numéro", "Autoriser et tester", "Niveau du microphone")
}
