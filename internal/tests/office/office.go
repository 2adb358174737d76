// Package office is a small company on a fresh SQLite database, for tests: an
// owner, an admin and a member, the system tags, and the services that admins
// use. It is used by one test at a time.
package office

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"parley/internal/adapters/store"
	"parley/internal/base/id"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/internal/domain/tag"
	"parley/internal/domain/team"
	"parley/internal/domain/trunk"
	"parley/internal/domain/workspace"
)

// Office is the company and what works on it.
type Office struct {
	DB        *store.DB
	Workspace workspace.Workspace
	Owner     member.Member
	Admin     member.Member
	Member    member.Member
	Numbers   *number.Service
	Tags      *tag.Service
	Trunks    *trunk.Service
	Teams     *team.Service
	People    *people.Service
	Heard     *Heard
	Mail      *Mail
	Live      *Live
}

// Music is the hold music library of the office.
func Music() []string { return []string{"soft", "piano"} }

// New opens an empty database and moves the company in.
func New(t testing.TB) *Office {
	t.Helper()
	db := OpenDB(t)
	o := &Office{DB: db, Heard: &Heard{}, Mail: &Mail{}, Live: &Live{DB: db}}
	o.Workspace, o.Owner = Found(t, db, "Acme")
	o.Admin = Hire(t, db, o.Workspace, "Ada Admin", member.Admin)
	o.Member = Hire(t, db, o.Workspace, "Max Member", member.User)
	o.Numbers, o.Tags, o.Trunks = Services(db, o.Heard)
	o.staff()
	return o
}

// OpenDB opens an empty database that is closed with the test.
func OpenDB(t testing.TB) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "office.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("open the test database: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close the test database: %v", err)
		}
	})
	return db
}

// Services returns the services admins use, working on db.
func Services(db *store.DB, heard *Heard) (*number.Service, *tag.Service, *trunk.Service) {
	numbers := number.NewService(number.Needs{
		Numbers: db, Edits: db, Assignments: db, Supervisors: db, Members: db, Trunks: db,
		Audit: heard, Changes: heard, Music: Music(), Now: time.Now,
	})
	tags := tag.NewService(tag.Needs{Tags: db, Audit: heard, Changes: heard, Now: time.Now})
	trunks := trunk.NewService(trunk.Needs{Trunks: db, Users: numbers, Audit: heard, Changes: heard, Now: time.Now})
	return numbers, tags, trunks
}

// Found stores a workspace with its system tags and owner.
func Found(t testing.TB, db *store.DB, name string) (workspace.Workspace, member.Member) {
	t.Helper()
	ws := workspace.Workspace{
		ID: id.New(), Name: name, Language: "en", TimeZone: "Europe/Paris", Country: "FR", CreatedAt: time.Now().UTC(),
	}
	if err := db.SaveWorkspace(t.Context(), ws); err != nil {
		t.Fatalf("found %s: %v", name, err)
	}
	if err := tag.Seed(t.Context(), db, ws.ID, time.Now()); err != nil {
		t.Fatalf("seed the tags of %s: %v", name, err)
	}
	return ws, Hire(t, db, ws, "Olive Owner", member.Owner)
}

// Hire stores a member.
func Hire(t testing.TB, db *store.DB, ws workspace.Workspace, name string, role member.Role) member.Member {
	t.Helper()
	m := member.Member{
		ID: id.New(), WorkspaceID: ws.ID, Name: name, Role: role, Language: "en",
		Setting: member.Available, WrapUp: member.DefaultWrapUp, CreatedAt: time.Now().UTC(),
	}
	m.Email = m.ID + "@example.com"
	if err := db.SaveMember(t.Context(), m); err != nil {
		t.Fatalf("hire %s: %v", name, err)
	}
	return m
}

// Want fails the test unless err is a fault of the given key.
func Want(t testing.TB, err error, key, field string) {
	t.Helper()
	for _, f := range faultsOf(err) {
		if f.Key == key && f.Field == field {
			return
		}
	}
	t.Errorf("got %v, want fault %s on field %q", err, key, field)
}

// Shared gives a number to members who share it.
func Shared(memberIDs ...string) []number.Assignment {
	var out []number.Assignment
	for _, memberID := range memberIDs {
		out = append(out, number.Assignment{MemberID: memberID, Level: number.Shared})
	}
	return out
}
