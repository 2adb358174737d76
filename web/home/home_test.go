package home_test

import (
	"strings"
	"testing"
	"time"

	"parley/internal/base/id"
	"parley/internal/domain/call"
	"parley/internal/domain/number"
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

func open(t *testing.T) *desk.Desk {
	t.Helper()
	d := desk.New(t)
	home.New(home.Needs{Pages: d.Pages, Gate: d.Gate, Store: d.DB, Statuses: down{}, Now: time.Now}).Routes(d.Mux)
	return d
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
}
