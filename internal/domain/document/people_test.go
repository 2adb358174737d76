package document_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/base/id"
	"parley/internal/domain/document"
	"parley/internal/domain/hours"
	"parley/internal/domain/identity"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/team"
	"parley/internal/domain/workspace"
)

// staffed is a document as export writes it.
const staffed = `workspace:
  name: Acme
  language: fr
  time_zone: Europe/Paris
  country: FR
  seat_limit: 5
  members_invite: true
  members_see_team: true
members:
  - email: lou@acme.example
    name: Lou
    role: supervisor
    language: fr
    extension: "202"
    wrap_up: 30s
    outside_hours:
      line: "+33123456789"
  - email: max@acme.example
    name: Max
    role: member
    language: fr
    extension: "201"
    wrap_up: 30s
    default_number: "+33123456789"
    hours:
      zone: Indian/Reunion
      slots:
        - days: [mon, tue, sun]
          from: "09:00"
          to: "18:30"
        - days: [sat]
          from: "20:00"
          to: "24:00"
    outside_hours:
      colleague: olive@acme.example
  - email: olive@acme.example
    name: Olive
    role: owner
    language: fr
    wrap_up: 30s
teams:
  - name: Sales
    members: [lou@acme.example, max@acme.example]
    leads: [lou@acme.example]
  - name: Support
    members: []
numbers:
  - number: "+33123456780"
    name: Direct
    country: FR
    hold_music: soft
    language: fr
    members:
      - {member: max@acme.example, level: exclusive}
  - number: "+33123456789"
    name: Sales
    country: FR
    hold_music: soft
    language: fr
    owner: max@acme.example
    supervisors: [lou@acme.example]
    members:
      - {member: lou@acme.example, level: read-only}
      - max@acme.example
      - {member: olive@acme.example, level: outbound-only}
`

func (b bench) workspaceNamed(t *testing.T, name string) workspace.Workspace {
	t.Helper()
	all, err := b.db.Workspaces(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(ws workspace.Workspace) bool { return ws.Name == name })
	if i < 0 {
		t.Fatalf("there is no workspace %s in %v", name, all)
	}
	return all[i]
}

func (b bench) member(t *testing.T, email string) member.Member {
	t.Helper()
	m, err := b.db.MemberByEmail(t.Context(), email)
	if err != nil {
		t.Fatalf("%s: %v", email, err)
	}
	return m
}

func TestPeopleAndAccess(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.apply(t, staffed, document.Options{Env: none})
	ws := b.workspaceNamed(t, "Acme")
	if ws.SeatLimit != 5 || !ws.MembersInvite || !ws.MembersSeeTeam {
		t.Errorf("workspace %+v", ws)
	}
	lou, max, olive := b.member(t, "lou@acme.example"), b.member(t, "max@acme.example"), b.member(t, "olive@acme.example")
	main, err := b.db.NumberByE164(t.Context(), "+33123456789")
	if err != nil || main.OwnerID != max.ID {
		t.Errorf("number %+v, %v", main, err)
	}
	tuesday := time.Date(2026, 3, 3, 10, 0, 0, 0, time.UTC) // 14:00 on Réunion
	if max.Extension != "201" || max.Hours.Zone != "Indian/Reunion" || !max.Hours.Open(tuesday) || max.Hours.Open(tuesday.Add(5*time.Hour)) ||
		max.Hours.Slots[1].To != hours.EndOfDay || max.Closed != (member.Closed{Do: member.ToColleague, MemberID: olive.ID}) ||
		lou.Closed != (member.Closed{Do: member.ToLine, NumberID: main.ID}) {
		t.Errorf("max %+v\nlou %+v", max, lou)
	}
	if who, err := b.db.Supervisors(t.Context(), ws.ID, main.ID); err != nil || !slices.Equal(who, []string{lou.ID}) {
		t.Errorf("supervised by %v, %v", who, err)
	}
	held, err := b.db.Assignments(t.Context(), ws.ID)
	if err != nil || len(held) != 4 || !slices.Contains(held, number.Assignment{NumberID: main.ID, MemberID: lou.ID, Level: number.ReadOnly}) {
		t.Errorf("assignments %v, %v", held, err)
	}
	in, err := b.db.Memberships(t.Context(), ws.ID)
	if err != nil || len(in) != 2 || !slices.ContainsFunc(in, func(m team.Membership) bool { return m.MemberID == lou.ID && m.Lead }) {
		t.Errorf("memberships %v, %v", in, err)
	}
	if out := b.export(t); out != staffed {
		t.Errorf("exported\n%s\nwant\n%s", out, staffed)
	}
	b.heard.Take()
	if sum := b.apply(t, staffed, document.Options{Env: none, Prune: true}); len(sum.Changes) > 0 {
		t.Errorf("applied again:\n%s", sum)
	}
	if changes, audited := b.heard.Take(); changes != nil || audited != nil {
		t.Errorf("nothing changed, yet it was told: %v, %v", changes, audited)
	}
}

func TestAbsentFieldsKeepWhatPeopleHave(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.apply(t, staffed, document.Options{Env: none})
	b.apply(t, `
members: [{email: max@acme.example, name: Max, role: member, extension: "201", default_number: "+33123456789"}]
teams: [{name: SALES}]
numbers: [{number: "+33123456789", name: Sales}]
`, document.Options{Env: none})
	if out := b.export(t); out != strings.Replace(staffed, "name: Sales\n    members: [lou", "name: SALES\n    members: [lou", 1) {
		t.Errorf("exported\n%s", out)
	}
	b.apply(t, `
members: [{email: max@acme.example, name: Max, role: member, hours: {}, outside_hours: {}}]
teams: [{name: sales, leads: [max@acme.example]}, {name: Support, members: [olive@acme.example], leads: [lou@acme.example]}]
numbers: [{number: "+33123456789", name: Sales, owner: "", supervisors: [], members: []}]
`, document.Options{Env: none})
	out := b.export(t)
	for _, gone := range []string{" hours:\n", "colleague:", "owner: max", "supervisors", "read-only", `"201"`} {
		if strings.Contains(out, gone) {
			t.Errorf("%q is still in\n%s", gone, out)
		}
	}
	for _, want := range []string{
		"name: sales\n    members: [lou@acme.example, max@acme.example]\n    leads: [max@acme.example]\n",
		"name: Support\n    members: [lou@acme.example, olive@acme.example]\n    leads: [lou@acme.example]\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
}

func TestMembersTradePlaces(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.apply(t, staffed, document.Options{Env: none})
	swapped := strings.NewReplacer(`"201"`, `"202"`, `"202"`, `"201"`, "role: owner", "role: member", "role: member\n", "role: owner\n").Replace(staffed)
	sum := b.apply(t, swapped, document.Options{Env: none})
	if out := b.export(t); out != swapped {
		t.Errorf("after\n%sexported\n%s\nwant\n%s", sum, out, swapped)
	}
	_, audited := b.heard.Take()
	if got := strings.Count(strings.Join(audited, "\n"), "member.role "); got != 2 {
		t.Errorf("%d changes of role in %v", got, audited)
	}
}

func TestWhoIsPrunedIsOut(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.apply(t, staffed, document.Options{Env: none})
	max := b.member(t, "max@acme.example")
	session := identity.Session{
		ID: id.New(), Token: "t", MemberID: max.ID, WorkspaceID: max.WorkspaceID, CreatedAt: time.Now(), ExpiresAt: time.Now().Add(time.Hour),
	}
	if err := b.db.SaveSession(t.Context(), session); err != nil {
		t.Fatal(err)
	}
	b.heard.Take()
	b.apply(t, `
members: [{email: olive@acme.example, name: Olive, role: owner, language: fr, extension: "201"}]
teams: []
`, document.Options{Env: none, Prune: true})
	if left, err := b.db.SessionsOf(t.Context(), max.ID); err != nil || len(left) != 0 {
		t.Errorf("sessions %v, %v", left, err)
	}
	changes, audited := b.heard.Take()
	if !slices.Contains(changes, "session "+session.ID) || !slices.Contains(changes, "member "+max.ID) || !slices.Contains(audited, "member.removed "+max.ID) {
		t.Errorf("told %v, audited %v", changes, audited)
	}
	out := b.export(t)
	if strings.Contains(out, "max@") || strings.Contains(out, "lou@") || strings.Contains(out, "teams:") || !strings.Contains(out, `extension: "201"`) {
		t.Errorf("exported\n%s", out)
	}
}

func TestANewWorkspaceBesideTheOthers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.apply(t, staffed, document.Options{Env: none})
	second := strings.NewReplacer("Acme", "Bolt", "acme.example", "bolt.example", "+331234567", "+331234566").Replace(staffed)
	opt := document.Options{Env: none, New: true}
	b.apply(t, second, opt)
	first, made := b.workspaceNamed(t, "Acme"), b.workspaceNamed(t, "Bolt")
	if first.ID == made.ID {
		t.Fatal("the only workspace there was took the name")
	}
	for name, want := range map[string]string{"Acme": staffed, "Bolt": second} {
		if out, err := b.applier.Export(t.Context(), name); err != nil || string(out) != want {
			t.Errorf("%s exported, %v\n%s", name, err, out)
		}
	}
	if sum := b.apply(t, second, opt); len(sum.Changes) > 0 {
		t.Errorf("applied again:\n%s", sum)
	}
	_, err := b.try(t, "members: [{email: x@x.example, name: X, role: owner}]", opt)
	if err == nil || !strings.Contains(err.Error(), "error.document-workspace-needed") {
		t.Errorf("a new workspace without a name: %v", err)
	}
	third := "workspace: {name: Cog, language: fr, time_zone: UTC, country: FR}\n"
	for text, key := range map[string]string{
		third: "error.owner-needed",
		third + "members: [{email: max@bolt.example, name: Max, role: owner}]": "error.email-taken",
	} {
		if _, err := b.try(t, text, opt); err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("got %v, want %s", err, key)
		}
	}
	if all, err := b.db.Workspaces(t.Context()); err != nil || len(all) != 2 {
		t.Errorf("workspaces %v, %v", all, err)
	}
}

func TestProblemsOfPeople(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, c := range []struct{ name, old, new, path, key string }{
		{"too many for the seats", "seat_limit: 5", "seat_limit: 2", "members", "error.seats-taken"},
		{"no such limit", "seat_limit: 5", "seat_limit: -1", "workspace.seat_limit", "error.limit-invalid"},
		{"an extension twice", `"202"`, `"201"`, "members[1].extension", "error.document-twice"},
		{"an emergency number", `"202"`, `"112"`, "members[0].extension", "error.extension-invalid"},
		{"no such zone", "Indian/Reunion", "Indian/Rennes", "members[1].hours.zone", "error.time-zone-unknown"},
		{"no such day", "[mon,", "[moon,", "members[1].hours.slots", "error.hours-day-unknown"},
		{"backwards", `"18:30"`, `"08:30"`, "members[1].hours.slots", "error.hours-span"},
		{"no time of day", `"18:30"`, `"25:30"`, "", "error.document-yaml"},
		{"calls to nobody", "colleague: olive@", "colleague: oscar@", "members[1].outside_hours.colleague", "error.member-unknown"},
		{"calls to oneself", "colleague: olive@", "colleague: max@", "members[1].outside_hours.colleague", "error.colleague-self"},
		{"calls to no line", `line: "+33123456789"`, `line: "+33199999999"`, "members[0].outside_hours.line", "error.number-unknown"},
		{"calls to both", `line: "+33123456789"`, "line: \"+33123456789\"\n      colleague: max@acme.example", "members[0].outside_hours", "error.form-choice"},
		{"a team twice", "name: Support", "name: sales", "teams[1].name", "error.document-twice"},
		{"a team without a name", "name: Support", `name: ""`, "teams[1].name", "error.name-needed"},
		{"a stranger in a team", "members: [lou@", "members: [leo@", "teams[0].members[0]", "error.member-unknown"},
		{"a stranger leads", "leads: [lou@", "leads: [leo@", "teams[0].leads[0]", "error.member-unknown"},
		{"owned by a stranger", "owner: max@", "owner: moritz@", "numbers[1].owner", "error.member-unknown"},
		{"supervised by a stranger", "supervisors: [lou@", "supervisors: [leo@", "numbers[1].supervisors[0]", "error.member-unknown"},
		{"no such level", "level: read-only", "level: royal", "numbers[1].members[0]", "error.level-unknown"},
		{"exclusive for three", "level: read-only", "level: exclusive", "numbers[1].members", "error.number-exclusive"},
		{"unknown field of access", "level: read-only", "lvl: read-only", "", "error.document-field"},
		{"access of no kind", "{member: lou@acme.example, level: read-only}", "[lou@acme.example]", "", "error.document-yaml"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(staffed, c.old) {
				t.Fatalf("the text does not contain %q", c.old)
			}
			_, err := b.try(t, strings.Replace(staffed, c.old, c.new, 1), document.Options{Env: none})
			var problems document.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("got %v, want problems", err)
			}
			if !slices.ContainsFunc(problems, func(p document.Problem) bool { return p.Key == c.key && p.Path == c.path && p.Line > 0 }) {
				t.Errorf("got %v, want %s: %s", problems, c.path, c.key)
			}
		})
	}
	if all, err := b.db.Workspaces(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("refused documents left %v, %v", all, err)
	}
}

func TestAnExtensionOfSomebodyOutsideTheDocument(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.apply(t, staffed, document.Options{Env: none})
	text := `members: [{email: olive@acme.example, name: Olive, role: owner, extension: "201"}]`
	_, err := b.try(t, text, document.Options{Env: none})
	if err == nil || !strings.Contains(err.Error(), "members[0].extension: error.extension-taken") {
		t.Errorf("got %v", err)
	}
}
