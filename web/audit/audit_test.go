package audit_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	audits "parley/internal/domain/audit"
	"parley/internal/domain/member"
	"parley/internal/tests/desk"
	"parley/internal/tests/office"
	"parley/web/audit"
)

func open(t *testing.T) *desk.Desk {
	t.Helper()
	d := desk.New(t)
	audit.New(audit.Needs{Pages: d.Pages, Gate: d.Gate, Log: d.DB, Chain: d.DB, Members: d.DB, Now: time.Now}).Routes(d.Mux)
	return d
}

// note appends the n-th entry; later ones have greater ids.
func note(t *testing.T, d *desk.Desk, n int, e audits.Entry) {
	t.Helper()
	e.ID, e.At = fmt.Sprintf("id-%03d", n), time.Now()
	if e.WorkspaceID == "" {
		e.WorkspaceID = d.Workspace.ID
	}
	if err := d.DB.AppendAudit(t.Context(), e); err != nil {
		t.Fatal(err)
	}
}

func TestEntriesInWords(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.Get(t, d.Owner, "/audit").Want(t, 200, "Nothing yet")
	note(t, d, 1, audits.Entry{MemberID: d.Admin.ID, Action: "number.created", Subject: "n", Detail: map[string]string{"number": "+33 ••• 89", "name": "Sales"}})
	note(t, d, 2, audits.Entry{MemberID: d.Member.ID, Action: "call.refused", Detail: map[string]string{"to": "+53 •••", "reason": "error.country-not-allowed"}})
	note(t, d, 3, audits.Entry{Action: "member.removed", Subject: d.Member.ID})
	note(t, d, 4, audits.Entry{MemberID: "gone", Action: "moon.landed", Detail: map[string]string{"speed": "<b>fast"}})
	note(t, d, 5, audits.Entry{MemberID: d.Admin.ID, Action: "workspace.edited", Detail: map[string]string{"countries_opened": "CU, KP", "member_limit": "0 → 20"}})
	a := d.Get(t, d.Owner, "/audit")
	a.Want(t, 200, "Added a number", "Ada Admin", "Sales · +33 ••• 89", "Was refused a call", "country not allowed", "+53 •••",
		"The server", "Removed a member", "Max Member", "moon.landed", "Somebody unknown", "speed: <b>fast", "now allowed: CU, KP", "by one member in an hour: default → 20")
	if strings.Contains(a.Body, "<b>") {
		t.Error("a detail is not escaped")
	}
	if strings.Index(a.Body, "moon.landed") > strings.Index(a.Body, "Added a number") {
		t.Error("the newest is not first")
	}
	d.Owner.Language = "fr"
	d.Get(t, d.Owner, "/audit").Want(t, 200, "A ajouté un numéro", "pays non autorisé", "Le serveur")
}

// bent is a log somebody changed behind Parley's back.
type bent struct {
	audits.ChainStore
	at int64
}

func (b bent) AuditChain(ctx context.Context, workspaceID string, after int64, limit int) ([]audits.Entry, error) {
	all, err := b.ChainStore.AuditChain(ctx, workspaceID, after, limit)
	for i := range all {
		if all[i].Seq == b.at {
			all[i].Detail = map[string]string{"role": "owner → member"}
		}
	}
	return all, err
}

func TestTheChainIsChecked(t *testing.T) {
	t.Parallel()
	d := open(t)
	for i := range 30 {
		note(t, d, i, audits.Entry{MemberID: d.Owner.ID, Action: "member.role", Subject: d.Member.ID, Detail: map[string]string{"role": "member → owner"}})
	}
	d.Get(t, d.Owner, "/audit").Want(t, 200, "30 entries are sealed", "role: member → owner", "Max Member")
	d.Post(t, d.Owner, "/audit/verify", nil).Want(t, 200, "The log is intact", "30 entries were read")
	d.Post(t, d.Member, "/audit/verify", nil).Want(t, 403)

	tampered := desk.New(t)
	for i := range 30 {
		note(t, tampered, i, audits.Entry{Action: "member.role"})
	}
	audit.New(audit.Needs{
		Pages: tampered.Pages, Gate: tampered.Gate, Log: tampered.DB, Chain: bent{tampered.DB, 12}, Members: tampered.DB, Now: time.Now,
	}).Routes(tampered.Mux)
	tampered.Post(t, tampered.Owner, "/audit/verify", nil).Want(t, 200, "tampered with at entry 12", "is not as it was written")
	tampered.Owner.Language = "fr"
	tampered.Post(t, tampered.Owner, "/audit/verify", nil).Want(t, 200, "altéré à l’entrée 12")
}

func TestPages(t *testing.T) {
	t.Parallel()
	d := open(t)
	for i := range 51 {
		note(t, d, i, audits.Entry{Action: fmt.Sprintf("step.%02d-done", i)})
	}
	first := d.Get(t, d.Owner, "/audit")
	first.Want(t, 200, "step.50-done", "step.01-done", `href="/audit?before=id-001"`)
	second := d.Get(t, d.Owner, "/audit?before=id-001")
	second.Want(t, 200, "step.00-done", `href="/audit"`)
	if strings.Contains(first.Body, "step.00-done") || strings.Contains(second.Body, "step.01-done") {
		t.Error("an entry is on both pages")
	}
	d.Get(t, d.Owner, "/audit?before="+strings.Repeat("z", 500)).Want(t, 200, "step.50-done")
}

func TestWhoMaySee(t *testing.T) {
	t.Parallel()
	d := open(t)
	note(t, d, 1, audits.Entry{MemberID: d.Owner.ID, Action: "tag.created", Detail: map[string]string{"name": "Ours"}})
	for _, role := range member.Roles() {
		want := 403
		if role.Can(member.SeeAudit) {
			want = 200
		}
		d.Get(t, office.Hire(t, d.DB, d.Workspace, "One", role), "/audit").Want(t, want)
	}
	_, stranger := office.Found(t, d.DB, "Other")
	if a := d.Get(t, stranger, "/audit"); a.Status != 200 || strings.Contains(a.Body, "Ours") {
		t.Errorf("a stranger sees %d %s", a.Status, a.Text())
	}
}
