package store_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"parley/internal/adapters/store"
	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/domain/access"
	"parley/internal/domain/agent"
	"parley/internal/domain/audit"
	"parley/internal/domain/blocklist"
	"parley/internal/domain/call"
	"parley/internal/domain/callback"
	"parley/internal/domain/claim"
	"parley/internal/domain/identity"
	"parley/internal/domain/letter"
	"parley/internal/domain/member"
	"parley/internal/domain/message"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/internal/domain/recording"
	"parley/internal/domain/routing"
	"parley/internal/domain/tag"
	"parley/internal/domain/team"
	"parley/internal/domain/todo"
	"parley/internal/domain/trunk"
	"parley/internal/domain/workspace"
	"parley/internal/tests/pgtest"
)

// One DB is every store.
var (
	_ workspace.Store          = (*store.DB)(nil)
	_ member.Store             = (*store.DB)(nil)
	_ member.InvitationStore   = (*store.DB)(nil)
	_ number.Store             = (*store.DB)(nil)
	_ number.AssignmentStore   = (*store.DB)(nil)
	_ tag.Store                = (*store.DB)(nil)
	_ trunk.Store              = (*store.DB)(nil)
	_ recording.Store          = (*store.DB)(nil)
	_ number.Editor            = (*store.DB)(nil)
	_ number.SupervisorStore   = (*store.DB)(nil)
	_ team.Store               = (*store.DB)(nil)
	_ team.MembershipStore     = (*store.DB)(nil)
	_ people.Store             = (*store.DB)(nil)
	_ people.Offers            = (*store.DB)(nil)
	_ people.Edits             = (*store.DB)(nil)
	_ people.Directory         = (*store.DB)(nil)
	_ people.Names             = (*store.DB)(nil)
	_ access.Store             = (*store.DB)(nil)
	_ letter.Store             = (*store.DB)(nil)
	_ claim.Store              = (*store.DB)(nil)
	_ audit.ChainStore         = (*store.DB)(nil)
	_ identity.SessionLists    = (*store.DB)(nil)
	_ call.Log                 = (*store.DB)(nil)
	_ agent.Store              = (*store.DB)(nil)
	_ audit.Store              = (*store.DB)(nil)
	_ identity.CredentialStore = (*store.DB)(nil)
	_ identity.SessionStore    = (*store.DB)(nil)
	_ identity.LinkStore       = (*store.DB)(nil)
	_ routing.Store            = (*store.DB)(nil)
	_ routing.DraftStore       = (*store.DB)(nil)
	_ routing.CaseStore        = (*store.DB)(nil)
	_ routing.FeedStore        = (*store.DB)(nil)
	_ message.Store            = (*store.DB)(nil)
	_ blocklist.Store          = (*store.DB)(nil)
	_ todo.Store               = (*store.DB)(nil)
	_ callback.Items           = (*store.DB)(nil)
)

// postgres is one server for all tests of this package.
var postgres *pgtest.Server

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		if postgres, err = pgtest.Start(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer postgres.Stop()
		return m.Run()
	}())
}

// onBoth runs body on a fresh database of each engine.
func onBoth(t *testing.T, body func(t *testing.T, d *store.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { body(t, open(t, sqliteURL(t))) })
	t.Run("postgres", func(t *testing.T) { body(t, open(t, postgres.Database(t))) })
}

func sqliteURL(t testing.TB) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "a folder?", "parley.db")
}

func open(t testing.TB, url string) *store.DB {
	t.Helper()
	d, err := store.Open(t.Context(), url, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("open the store: %v", err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	return d
}

// at is a moment n seconds into the tests' day, to the millisecond.
func at(n int) time.Time {
	return time.Date(2026, 3, 1, 9, 0, 0, 7e6, time.UTC).Add(time.Duration(n) * time.Second)
}

// The makers below save a valid thing and return it.

func aWorkspace(t testing.TB, d *store.DB) workspace.Workspace {
	t.Helper()
	w := workspace.Workspace{
		ID: id.New(), Name: "Étoile d'Or", Language: "fr", TimeZone: "Europe/Paris", Country: "FR",
		AllowedCountries: []string{"FR", "BE"}, MaxConcurrentOutbound: 3, MaxOutboundPerHour: 60, MemberOutboundPerHour: 20,
		CreatedAt: at(0),
	}
	must(t, d.SaveWorkspace(t.Context(), w))
	return w
}

func aMember(t testing.TB, d *store.DB, ws string) member.Member {
	t.Helper()
	m := member.Member{
		ID: id.New(), WorkspaceID: ws, Name: "Zoé", Role: member.Admin, Language: "fr",
		Setting: member.Available, WrapUp: 45 * time.Second, CreatedAt: at(1),
	}
	m.Email = m.ID + "@example.org"
	must(t, d.SaveMember(t.Context(), m))
	return m
}

func aNumber(t testing.TB, d *store.DB, ws string) number.Number {
	t.Helper()
	n := number.Number{
		ID: id.New(), WorkspaceID: ws, Name: "Accueil", Country: "FR", WebCall: true,
		Recording:    number.Recording{AutoInbound: true, AgentOutbound: true},
		MandatoryTag: true, HoldMusic: "calm", Language: "fr", CreatedAt: at(2),
		Type: number.IVR, CallerName: "Étoile d'Or", InboxName: "Boutique", Inactive: true,
	}
	n.E164 = "+33" + n.ID
	must(t, d.SaveNumber(t.Context(), n))
	return n
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// loads gives a check that a load gives exactly want.
func loads[T any](t testing.TB, want T) func(T, error) {
	return func(v T, err error) {
		t.Helper()
		must(t, err)
		if !reflect.DeepEqual(v, want) {
			t.Fatalf("\n got %+v\nwant %+v", v, want)
		}
	}
}

// oneWins runs do eight times at once: one must succeed and the others must get
// the fault.
func oneWins(t testing.TB, key string, do func(i int) error) {
	t.Helper()
	const n = 8
	results := make(chan error)
	for i := range n {
		go func() { results <- do(i) }()
	}
	won := 0
	for range n {
		switch err := <-results; {
		case err == nil:
			won++
		case fault.Of(err).Key != key:
			t.Errorf("got %v, want the fault %s", err, key)
		}
	}
	if won != 1 {
		t.Fatalf("%d of %d won", won, n)
	}
}

// wantFault fails unless err is a fault of the kind with the key.
func wantFault(t testing.TB, err error, kind fault.Kind, key string) {
	t.Helper()
	if f := fault.Of(err); err == nil || f.Kind != kind || f.Key != key {
		t.Fatalf("got %v, want %s fault %s", err, kind, key)
	}
}

func wantMissing(t testing.TB, err error) {
	t.Helper()
	wantFault(t, err, fault.NotFound, "error.not-found")
}
