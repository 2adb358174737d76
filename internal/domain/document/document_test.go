package document_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/adapters/store"
	"parley/internal/domain/agent"
	"parley/internal/domain/blocklist"
	"parley/internal/domain/document"
	"parley/internal/domain/member"
	"parley/internal/domain/message"
	"parley/internal/domain/queue"
	"parley/internal/domain/routing"
	"parley/internal/domain/team"
	"parley/internal/tests/office"
)

const acme = `
workspace:
  name: Acme
  language: fr
  time_zone: Europe/Paris
  country: FR
  allowed_countries: [BE, CH]
members:
  - {email: olive@acme.example, name: Olive, role: owner}
  - {email: max@acme.example, name: Max, role: member, wrap_up: 45s, default_number: "+33123456789"}
tags:
  - {name: Sale, colour: green}
  - {name: Complaint, colour: red}
trunks:
  - name: OVH Paris
    host: sip.example.com
    transport: tls
    username: acme
    password: ${OVH_PASSWORD}
    register: true
    allowed: [192.0.2.0/24]
numbers:
  - number: 01 23 45 67 89
    name: Sales
    trunk: ovh paris
    web_call: true
    recording: {auto_inbound: true, agent_inbound: true}
    mandatory_tag: true
    members: [max@acme.example, olive@acme.example]
  - {number: "+44 20 7946 0958", name: London, language: en}
`

type bench struct {
	db      *store.DB
	applier *document.Applier
	heard   *office.Heard
	voice   *voice
	flows   *routing.Service
}

func newBench(t testing.TB) bench {
	t.Helper()
	db, heard := office.OpenDB(t), &office.Heard{}
	speaker := &voice{db: db, voices: []message.Voice{{ID: "fr+1", Language: "fr"}, {ID: "en+1", Language: "en-GB"}}}
	log := slog.New(slog.DiscardHandler)
	flows := routing.New(routing.Needs{
		Store: db, Drafts: db, Cases: db, Feeds: db, Numbers: db, Assignments: db, Members: db, Teams: db, Memberships: db,
		Workspaces: db, Messages: db, States: agent.NewRegistry(db, db, db, log), Board: queue.NewBoard(time.Now),
		Audit: heard, Changes: heard, Now: time.Now, Log: log,
	})
	told := telling{heard, flows}
	blacklist := blocklist.NewService(blocklist.Needs{Store: db, Workspaces: db, Audit: heard, Changes: told, Now: time.Now, Log: log})
	numbers, tags, trunks := office.Services(db, heard)
	teams := team.NewService(team.Needs{Teams: db, Memberships: db, Members: db, Audit: heard, Changes: heard, Now: time.Now})
	return bench{db: db, heard: heard, voice: speaker, flows: flows, applier: document.NewApplier(document.Needs{
		Workspaces: db, Members: db, People: db, Edits: db, Teams: db, Memberships: db, Tags: db, Trunks: db,
		Numbers: db, Assignments: db, Supervisors: db, Flows: db, Feeds: db, Messages: db, Blocked: db, Speaker: speaker, Blocker: blacklist, Cases: flows, TeamService: teams, TagService: tags, TrunkService: trunks, NumberService: numbers,
		Audit: heard, Changes: told, Music: office.Music(), Now: time.Now,
	})}
}

// telling tells of changes, the service of flows too.
type telling struct {
	*office.Heard

	flows *routing.Service
}

func (c telling) Changed(ctx context.Context, workspaceID, kind, id string) {
	c.flows.Changed(workspaceID)
	c.Heard.Changed(ctx, workspaceID, kind, id)
}

// secrets sets every variable.
func secrets(name string) (string, bool) { return "secret of " + name, true }

func none(string) (string, bool) { return "", false }

func (b bench) apply(t testing.TB, text string, opt document.Options) document.Summary {
	t.Helper()
	sum, err := b.try(t, text, opt)
	if err != nil {
		t.Fatalf("apply: %v\n%s", err, text)
	}
	return sum
}

func (b bench) try(t testing.TB, text string, opt document.Options) (document.Summary, error) {
	t.Helper()
	doc, err := document.Parse([]byte(text))
	if err != nil {
		return document.Summary{}, err
	}
	return b.applier.Apply(t.Context(), doc, opt)
}

func (b bench) export(t testing.TB) string {
	t.Helper()
	out, err := b.applier.Export(t.Context(), "")
	if err != nil {
		t.Fatalf("export: %v", err)
	}
	return string(out)
}

func TestAnExportLeavesAnEntry(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ws, _ := office.Found(t, b.db, "Acme")
	b.heard.Take()
	b.export(t)
	if _, audit := b.heard.Take(); !slices.Equal(audit, []string{"workspace.exported " + ws.ID}) {
		t.Errorf("audited %v", audit)
	}
}

func TestApplyBuildsAWorkspace(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	sum := b.apply(t, acme, document.Options{Env: secrets})
	if len(sum.Changes) != 8 || !strings.Contains(sum.String(), "created number +33123456789\n") {
		t.Errorf("summary:\n%s", sum)
	}
	max, err := b.db.MemberByEmail(t.Context(), "max@acme.example")
	if err != nil || max.WrapUp != 45*time.Second || max.Language != "fr" || max.Role != member.User {
		t.Errorf("max is %+v, %v", max, err)
	}
	n, err := b.db.NumberByE164(t.Context(), "+33123456789")
	if err != nil || max.DefaultNumber != n.ID || !n.Recording.AutoInbound || n.Recording.AutoOutbound || n.Country != "FR" || n.Language != "fr" {
		t.Errorf("number is %+v, %v", n, err)
	}
	line, err := b.db.Trunk(t.Context(), n.WorkspaceID, n.TrunkID)
	if err != nil || line.Password != "secret of OVH_PASSWORD" {
		t.Errorf("trunk is %v, %v", line.Name, err)
	}
	if who, err := b.db.Assignments(t.Context(), n.WorkspaceID); err != nil || len(who) != 2 {
		t.Errorf("assignments %v, %v", who, err)
	}
	if tags, err := b.db.Tags(t.Context(), n.WorkspaceID); err != nil || len(tags) != 6 {
		t.Errorf("two tags and four of the system are wanted, got %v, %v", tags, err)
	}
}

func TestApplyTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.apply(t, acme, document.Options{Env: secrets})
	b.heard.Take()
	for _, opt := range []document.Options{{Env: secrets}, {Env: none}, {Env: secrets, Prune: true}} {
		if sum := b.apply(t, acme, opt); len(sum.Changes) != 0 {
			t.Errorf("applied again, prune %v:\n%s", opt.Prune, sum)
		}
	}
	if changes, audited := b.heard.Take(); changes != nil || audited != nil {
		t.Errorf("nothing changed, yet it was told: %v, %v", changes, audited)
	}
}

func TestApplyUpdates(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.apply(t, acme, document.Options{Env: secrets})
	sum := b.apply(t, `
workspace: {name: Acme SA, language: en, time_zone: Europe/Brussels, country: BE}
tags: [{name: SALE, colour: blue}]
numbers: [{number: "+33123456789", name: Sales and support, members: [olive@acme.example]}]
`, document.Options{Env: none})
	want := "changed workspace Acme SA\nchanged tag SALE\nchanged number +33123456789\n"
	if sum.String() != want {
		t.Errorf("summary:\n%swant:\n%s", sum, want)
	}
	if out := b.export(t); !strings.Contains(out, "name: Complaint") || !strings.Contains(out, "+442079460958") {
		t.Errorf("without prune something is gone:\n%s", out)
	}
}

func TestPrune(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.apply(t, acme, document.Options{Env: secrets})
	sum := b.apply(t, `
members: [{email: olive@acme.example, name: Olive, role: owner}]
trunks: []
numbers: [{number: "+442079460958", name: London}]
`, document.Options{Env: none, Prune: true})
	for _, line := range []string{"deleted number +33123456789", "deleted trunk OVH Paris", "deleted member max@acme.example"} {
		if !strings.Contains(sum.String(), line+"\n") {
			t.Errorf("%q is missing in\n%s", line, sum)
		}
	}
	out := b.export(t)
	if strings.Contains(out, "max@") || strings.Contains(out, "OVH") || !strings.Contains(out, "name: Complaint") {
		t.Errorf("after pruning members, trunks and numbers alone:\n%s", out)
	}
	b.apply(t, acme, document.Options{Env: secrets}) // whoever was pruned may come back
}

func TestProblemsNameTheirLines(t *testing.T) {
	t.Parallel()
	b := newBench(t) // stays empty: nothing of a refused document is stored
	for _, c := range []struct {
		name, old, new string
		line           int
		path, key      string
	}{
		{"unknown field", "name: London,", "nom: London,", 30, "", "error.document-field"},
		{"no YAML", "workspace:\n", "workspace: [\n", 0, "", "error.document-yaml"},
		{"bad duration", "45s", "45", 10, "", "error.document-yaml"},
		{"unknown country", "country: FR", "country: XX", 6, "workspace.country", "error.country-unknown"},
		{"no such zone", "Europe/Paris", "Europe/Pariss", 5, "workspace.time_zone", "error.time-zone-unknown"},
		{"bad e-mail", "olive@acme.example, name", "olive, name", 9, "members[0].email", "error.email-invalid"},
		{"no such role", "role: member", "role: agent", 10, "members[1].role", "error.role-unknown"},
		{"no owner", "role: owner", "role: admin", 8, "members", "error.owner-needed"},
		{"same tag twice", "Complaint", "sALE", 13, "tags[1].name", "error.document-twice"},
		{"system tag", "Complaint", "follow up", 13, "tags[1].name", "error.tag-system"},
		{"open trunk", "192.0.2.0/24", "0.0.0.0/0", 21, "trunks[0].allowed", "error.network-open"},
		{"unknown trunk", "trunk: ovh paris", "trunk: OVH Lyon", 25, "numbers[0].trunk", "error.trunk-unknown"},
		{"unknown member", "members: [max@", "members: [moritz@", 29, "numbers[0].members[0]", "error.member-unknown"},
		{"bad number", "01 23 45 67 89", "01 23 45", 23, "numbers[0].number", "error.phone-invalid"},
		{"same number twice", "+44 20 7946 0958", "+33123456789", 30, "numbers[1].number", "error.document-twice"},
		{"default number of nobody", `default_number: "+33123456789"`, `default_number: "+33999999999"`, 10, "members[1].default_number", "error.number-unknown"},
		{"two documents", "numbers:\n", "---\nnumbers:\n", 22, "", "error.document-several"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(acme, c.old) {
				t.Fatalf("the text does not contain %q", c.old)
			}
			_, err := b.try(t, strings.Replace(acme, c.old, c.new, 1), document.Options{Env: secrets})
			var problems document.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("got %v, want problems", err)
			}
			found := false
			for _, p := range problems {
				found = found || p.Key == c.key && p.Path == c.path && (p.Line == c.line || c.line == 0)
			}
			if !found {
				t.Errorf("got %v, want line %d: %s: %s", problems, c.line, c.path, c.key)
			}
			if all, err := b.db.Workspaces(t.Context()); err != nil || len(all) != 0 {
				t.Errorf("a refused document left %v, %v", all, err)
			}
		})
	}
}

func TestMissingVariable(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, err := b.try(t, acme, document.Options{Env: none})
	var problems document.Problems
	if !errors.As(err, &problems) || len(problems) != 1 || problems[0].Args["name"] != "OVH_PASSWORD" || problems[0].Line != 19 {
		t.Errorf("got %v", err)
	}
}

func TestOtherWorkspacesAreLeftAlone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.apply(t, acme, document.Options{Env: secrets})
	office.Found(t, b.db, "Other")
	if _, err := b.try(t, "tags: [{name: X}]", document.Options{Env: none}); err == nil {
		t.Error("with two workspaces a document must name its own")
	}
	_, err := b.try(t, `
workspace: {name: Other, language: en, time_zone: UTC, country: FR}
members: [{email: max@acme.example, name: Max, role: owner}]
numbers: [{number: "+33123456789", name: Mine}]
`, document.Options{Env: none})
	for _, key := range []string{"line 3: members[0].email: error.email-taken", "line 4: numbers[0].number: error.number-taken"} {
		if err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("got %v, want %s", err, key)
		}
	}
}

func TestEmptyAndLargeDocuments(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for text, key := range map[string]string{
		"":                               "error.document-workspace-needed",
		strings.Repeat("#", 5<<20):       "error.document-large",
		"tags: &a [*a]":                  "error.document-yaml",
		"tags: [{name: x}]":              "error.document-workspace-needed",
		strings.Repeat("[", 100000):      "error.document-yaml",
		"workspace: {name: [1, 2]}":      "error.document-yaml",
		"members: {a: b}":                "error.document-yaml",
		"numbers: [{recording: {x: 1}}]": "error.document-field",
	} {
		_, err := b.try(t, text, document.Options{Env: none})
		if err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%.20q: got %.200v, want %s", text, err, key)
		}
	}
}
