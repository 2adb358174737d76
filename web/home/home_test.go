package home_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"parley/internal/base/id"
	"parley/internal/domain/call"
	"parley/internal/domain/hours"
	"parley/internal/domain/letter"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	domain "parley/internal/domain/people"
	"parley/internal/domain/routing"
	"parley/internal/domain/trunk"
	"parley/internal/shared/callstate"
	"parley/internal/tests/desk"
	"parley/internal/tests/office"
	"parley/web/home"
)

// down says every trunk fails.
type down struct{}

func (down) TrunkStatus(string) trunk.Status {
	return trunk.Status{ErrorAt: time.Now(), ErrorCode: 503}
}

// flows are the warnings there are.
type flows []routing.Warning

func (f flows) Warnings(context.Context, member.Member) ([]routing.Warning, error) { return f, nil }

func open(t *testing.T) *desk.Desk {
	t.Helper()
	return openWith(t, nil)
}

func openWith(t *testing.T, f flows) *desk.Desk {
	t.Helper()
	d := desk.New(t)
	home.New(home.Needs{
		Pages: d.Pages, Gate: d.Gate, Store: d.DB, Log: d.DB, People: d.People, Flows: f, Statuses: down{}, Now: time.Now,
	}).Routes(d.Mux)
	return d
}

func TestAFlowThatNeedsSomebodyIsSaid(t *testing.T) {
	t.Parallel()
	f := flows{{Number: number.Number{ID: "n1", Name: "Sales"}}}
	d := openWith(t, f)
	d.Get(t, d.Admin, "/").Want(t, 200, "The call distribution of “Sales” has a gap", `href="/numbers/n1/flow"`)
	if a := d.Get(t, d.Member, "/"); strings.Contains(a.Body, "has a gap") {
		t.Error("a member is told what he cannot mend")
	}
	many := openWith(t, flows{f[0], f[0], f[0], f[0]})
	if a := many.Get(t, many.Admin, "/"); strings.Count(a.Body, "has a gap") != 0 || !strings.Contains(a.Body, "and others have gaps") {
		t.Errorf("four gaps are told as %s", a.Text())
	}
}

// Nobody is rung by a number that has a menu, or waits.
func TestNobodyNeedHaveAnIVROrAnInactiveNumber(t *testing.T) {
	t.Parallel()
	d := open(t)
	for _, draft := range []number.Draft{
		{Phone: "+33123456701", Country: "FR", Name: "Menu", Type: number.IVR}, {Phone: "+33123456702", Country: "FR", Name: "Soon", Inactive: true, WebCall: true},
	} {
		if _, err := d.Numbers.Create(t.Context(), d.Owner, draft); err != nil {
			t.Fatal(err)
		}
	}
	if a := d.Get(t, d.Owner, "/"); strings.Contains(a.Body, "Nobody has") || strings.Contains(a.Body, "/call/") {
		t.Errorf("the page is worried: %s", a.Text())
	}
}

func TestStepsLeadToAWorkingPhone(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.Get(t, d.Owner, "/").Want(t, 200, "Hello, Olive Owner", "1 of 4 done", `href="/numbers/new"`, "Once there is a number")
	n, err := d.Numbers.Create(t.Context(), d.Owner, number.Draft{Phone: "+33123456789", Country: "FR", Name: "Sales"})
	if err != nil {
		t.Fatal(err)
	}
	d.Get(t, d.Owner, "/").Want(t, 200, "2 of 4 done", "Switch it on", "/numbers/"+n.ID, "Nobody has “Sales”")
	draft := number.DraftOf(n)
	draft.WebCall = true
	if _, err := d.Numbers.Edit(t.Context(), d.Owner, n.ID, draft); err != nil {
		t.Fatal(err)
	}
	if err := d.Numbers.Assign(t.Context(), d.Owner, n.ID, office.Shared(d.Member.ID)); err != nil {
		t.Fatal(err)
	}
	a := d.Get(t, d.Owner, "/")
	a.Want(t, 200, `href="/call/+33123456789"`)
	if strings.Contains(a.Body, "Nobody has") || strings.Contains(a.Body, "Your numbers") {
		t.Error("the number is the member's and nobody else's")
	}
	if _, err := d.Trunks.Create(t.Context(), d.Owner, trunk.Draft{Name: "Carrier", Host: "sip.example.com"}); err != nil {
		t.Fatal(err)
	}
	d.Get(t, d.Owner, "/").Want(t, 200, "3 of 4 done", "The trunk “Carrier” does not work")
	r := call.Record{
		ID: id.New(), WorkspaceID: d.Workspace.ID, NumberID: n.ID, Direction: callstate.Inbound, StartedAt: time.Now(), Entries: 1,
	}
	entry := call.Entry{CallID: r.ID, WorkspaceID: r.WorkspaceID, Seq: 1, At: r.StartedAt, Kind: "arrived"}
	if err := d.DB.Append(t.Context(), []call.Entry{entry}, r); err != nil {
		t.Fatal(err)
	}
	if a := d.Get(t, d.Owner, "/"); strings.Contains(a.Body, "Next steps") {
		t.Error("all steps are done, yet they are shown")
	}
}

func TestMembersSeeTheirNumbers(t *testing.T) {
	t.Parallel()
	d := open(t)
	a := d.Get(t, d.Member, "/")
	a.Want(t, 200, "You have no number yet", "Ask an admin")
	if strings.Contains(a.Body, "Next steps") || strings.Contains(a.Body, "/numbers/new") {
		t.Error("a member is led to pages of admins")
	}
	n, err := d.Numbers.Create(t.Context(), d.Owner, number.Draft{Phone: "+33123456789", Country: "FR", Name: "Sales"})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Numbers.Assign(t.Context(), d.Owner, n.ID, office.Shared(d.Member.ID)); err != nil {
		t.Fatal(err)
	}
	d.Get(t, d.Member, "/").Want(t, 200, "Your numbers", "Sales")
	err = d.Numbers.Assign(t.Context(), d.Owner, n.ID, []number.Assignment{{MemberID: d.Member.ID, Level: number.OutboundOnly}})
	if err != nil {
		t.Fatal(err)
	}
	d.Get(t, d.Member, "/").Want(t, 200, "Sales", "Outbound only")
}

// people is what the page is told about invitations.
type people struct {
	*desk.Desk

	open []domain.Pending
}

func (p people) Seats(ctx context.Context, ws string) (domain.Seats, error) {
	return p.People.Seats(ctx, ws)
}

func (p people) Open(context.Context, string) ([]domain.Pending, error) { return p.open, nil }

func (p people) Offered(ctx context.Context, m member.Member) ([]number.Number, error) {
	return p.People.Offered(ctx, m)
}

func TestAdminsAreToldWhatHappensToPeople(t *testing.T) {
	t.Parallel()
	d := desk.New(t)
	waiting := domain.Pending{}
	failed := domain.Pending{Letter: letter.Posted{State: letter.Failed}}
	expired := domain.Pending{Expired: true, Letter: letter.Posted{State: letter.Failed}} // to be sent again either way
	home.New(home.Needs{
		Pages: d.Pages, Gate: d.Gate, Store: d.DB, Log: d.DB, Flows: flows{}, Statuses: down{}, Now: time.Now,
		People: people{d, []domain.Pending{waiting, failed, failed, expired}},
	}).Routes(d.Mux)
	a := d.Get(t, d.Admin, "/")
	a.Want(t, 200, "2 invitations could not be mailed", "One invitation has expired", `href="/team"`)
	if strings.Contains(a.Body, "seats are taken") {
		t.Error("seats are said to be short at 3 of 999")
	}
	d.Workspace.SeatLimit = 3
	if err := d.DB.SaveWorkspace(t.Context(), d.Workspace); err != nil {
		t.Fatal(err)
	}
	d.Get(t, d.Admin, "/").Want(t, 200, "3 of 3 seats are taken")
	d.Admin.Language = "fr"
	d.Get(t, d.Admin, "/").Want(t, 200, "3 places sur 3 sont prises", "2 invitations n’ont pas pu être envoyées", "Une invitation a expiré")
	if a := d.Get(t, d.Member, "/"); strings.Contains(a.Body, "invitation") || strings.Contains(a.Body, "seats") {
		t.Error("a member is told of invitations")
	}
}

func TestManyNumbersWithoutMembersAreOneNotice(t *testing.T) {
	t.Parallel()
	d := open(t)
	for i := range 5 {
		_, err := d.Numbers.Create(t.Context(), d.Owner, number.Draft{Phone: fmt.Sprintf("+3312345678%d", i), Country: "FR", Name: fmt.Sprintf("Line %d", i)})
		if err != nil {
			t.Fatal(err)
		}
	}
	a := d.Get(t, d.Owner, "/")
	a.Want(t, 200, "Nobody has “Line 0” and other numbers")
	if strings.Contains(a.Body, "Nobody has “Line 1”") {
		t.Error("each of many is told")
	}
}

func TestMembersAreToldWhatKeepsCallsFromThem(t *testing.T) {
	t.Parallel()
	d := open(t)
	n, err := d.Numbers.Create(t.Context(), d.Owner, number.Draft{Phone: "+33123456789", Country: "FR", Name: "Sales"})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Numbers.Assign(t.Context(), d.Owner, n.ID, office.Shared(d.Member.ID)); err != nil {
		t.Fatal(err)
	}
	if a := d.Get(t, d.Member, "/"); strings.Contains(a.Body, "/me#availability") {
		t.Error("calls reach him, yet he is told otherwise")
	}
	d.Member.Setting = member.DoNotDisturb
	d.Get(t, d.Member, "/").Want(t, 200, "You are on “Do not disturb”", `href="/me#availability"`)
	d.Member.Setting = member.Auto
	if a := d.Get(t, d.Member, "/"); strings.Contains(a.Body, "/me#availability") {
		t.Error("without hours he is always within them")
	}
	tomorrow := time.Now().UTC().AddDate(0, 0, 2).Weekday()
	d.Member.Hours = hours.Hours{Zone: "UTC", Slots: []hours.Slot{{Days: []time.Weekday{tomorrow}, From: 60, To: 120}}}
	d.Get(t, d.Member, "/").Want(t, 200, "Now outside hours, until", "01:00", `href="/me#availability"`)

	free, err := d.Numbers.Create(t.Context(), d.Owner, number.Draft{Phone: "+33123456788", Country: "FR", Name: "Direct"})
	if err != nil {
		t.Fatal(err)
	}
	err = d.DB.SaveInvitation(t.Context(), member.Invitation{
		ID: "inv", WorkspaceID: d.Workspace.ID, Email: d.Member.Email, Role: member.User, PickNumber: true, NumberIDs: []string{free.ID},
		TokenHash: "hash", InvitedBy: d.Owner.ID, CreatedAt: time.Now(), ExpiresAt: time.Now(), AcceptedAt: time.Now(),
	})
	if err != nil {
		t.Fatal(err)
	}
	d.Get(t, d.Member, "/").Want(t, 200, "Choose your number", `href="/welcome"`)
}
