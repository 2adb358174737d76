package todo_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"parley/internal/base/fault"
	"parley/internal/domain/access"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/todo"
)

// desks is who reaches what, and who there is.
type desks map[string]access.Facts

func (d desks) AccessFacts(_ context.Context, _, memberID string) (access.Facts, error) {
	return d[memberID], nil
}

func (d desks) Member(_ context.Context, workspaceID, id string) (member.Member, error) {
	if _, ok := d[id]; !ok || workspaceID != "w" {
		return member.Member{}, fault.New(fault.NotFound, "error.not-found")
	}
	return person(id), nil
}

func person(id string) member.Member {
	m := member.Member{ID: id, WorkspaceID: "w", Role: member.User}
	switch id {
	case "admin":
		m.Role = member.Admin
	case "lead":
		m.Role = member.Supervisor
	case "removed":
		m.RemovedAt = at(0)
	}
	return m
}

func office() (*shelf, *todo.Service, *time.Time) {
	level := func(l number.Level) map[string]number.Level { return map[string]number.Level{"sales": l} }
	d := desks{
		"admin": {}, "removed": {}, "elsewhere": {Levels: map[string]number.Level{"support": number.Shared}},
		"ada": {Levels: level(number.Shared)}, "dials": {Levels: level(number.OutboundOnly)}, "reads": {Levels: level(number.ReadOnly)},
		"lead": {Supervised: []string{"sales"}},
	}
	s := &shelf{items: []todo.Item{
		{ID: "1", WorkspaceID: "w", NumberID: "sales", CallID: "1", Kind: todo.Missed, E164: marie, At: at(1), LatestAt: at(1)},
		{ID: "2", WorkspaceID: "w", NumberID: "support", CallID: "2", Kind: todo.Voicemail, At: at(2), LatestAt: at(2)},
	}}
	now := at(10)
	return s, todo.NewService(todo.Needs{Store: s, Members: d, Access: d, Changes: s, Now: func() time.Time { return now }}), &now
}

func TestWhoSeesAndDoesWhat(t *testing.T) {
	t.Parallel()
	_, s, _ := office()
	for id, want := range map[string][]string{
		"admin": {"1 acts", "2 acts"}, "ada": {"1 acts dials"}, "dials": {"1 acts dials"}, "reads": {"1"}, "lead": {"1 acts"},
		"elsewhere": {"2 acts"}, "removed": nil,
	} {
		all, err := s.List(t.Context(), person(id), todo.Query{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, i := range all {
			text := i.ID
			if i.Acts {
				text += " acts"
			}
			if i.Dials {
				text += " dials"
			}
			got = append(got, text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s sees %v, want %v", id, got, want)
		}
	}
	if _, err := s.Archive(t.Context(), person("reads"), "1"); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("who may only read: %v", err)
	}
	for _, itemID := range []string{"1", "unknown"} {
		for _, err := range []error{
			second(s.Archive(t.Context(), person("elsewhere"), itemID)), second(s.CalledBack(t.Context(), person("elsewhere"), itemID)),
			second(s.Assign(t.Context(), person("elsewhere"), itemID, "ada")), second(s.Find(t.Context(), person("elsewhere"), itemID)),
		} {
			if fault.KindOf(err) != fault.NotFound {
				t.Errorf("who does not see %s: %v", itemID, err)
			}
		}
	}
	if all, err := s.List(t.Context(), person("ada"), todo.Query{NumberID: "support"}); len(all) != 0 || err != nil {
		t.Errorf("by another number: %v, %v", all, err)
	}
	if _, err := s.List(t.Context(), member.Member{ID: "x", WorkspaceID: "w"}, todo.Query{}); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("without a role: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestEachActionStampsTheTime(t *testing.T) {
	t.Parallel()
	sh, s, now := office()
	got, err := s.Assign(t.Context(), person("ada"), "1", "elsewhere")
	if err != nil || got.AssigneeID != "elsewhere" || !got.AssignedAt.Equal(at(10)) || got.Handling() != 9*time.Minute {
		t.Fatalf("assigned %+v, %v", got, err)
	}
	mine, err := s.List(t.Context(), person("elsewhere"), todo.Query{Mine: true})
	if err != nil || len(mine) != 1 || !mine[0].Acts {
		t.Errorf("who it is assigned to sees %+v, %v", mine, err)
	}
	*now = at(12)
	if got, err = s.Assign(t.Context(), person("ada"), "1", "elsewhere"); err != nil || !got.AssignedAt.Equal(at(10)) {
		t.Errorf("assigned again %+v, %v", got, err)
	}
	if got, err = s.Archive(t.Context(), person("elsewhere"), "1"); err != nil || got.Outcome != todo.Archived || got.DoneBy != "elsewhere" || !got.DoneAt.Equal(at(12)) {
		t.Errorf("archived %+v, %v", got, err)
	}
	if got, err = s.CalledBack(t.Context(), person("admin"), "2"); err != nil || got.Outcome != todo.CalledBack || got.Handling() != 10*time.Minute {
		t.Errorf("called back %+v, %v", got, err)
	}
	if _, err := s.Archive(t.Context(), person("admin"), "2"); fault.Of(err).Key != "error.todo-done" {
		t.Errorf("done twice: %v", err)
	}
	if n, err := s.Count(t.Context(), person("admin")); n != 0 || err != nil {
		t.Errorf("%d to do, %v", n, err)
	}
	if done, err := s.List(t.Context(), person("admin"), todo.Query{Done: true}); len(done) != 2 || err != nil || sh.changed != 4 {
		t.Errorf("done %v, %v; told %d times", done, err, sh.changed)
	}
}

func TestWhoCanBeGivenSomethingToDo(t *testing.T) {
	t.Parallel()
	_, s, _ := office()
	for _, id := range []string{"removed", "unknown"} {
		if _, err := s.Assign(t.Context(), person("admin"), "1", id); fault.Of(err).Key != "error.member-unknown" || fault.Of(err).Field != "member" {
			t.Errorf("%s: %v", id, err)
		}
	}
	for _, id := range []string{"ada", ""} {
		if got, err := s.Assign(t.Context(), person("admin"), "1", id); err != nil || got.AssigneeID != id || got.AssignedAt.IsZero() != (id == "") {
			t.Errorf("%q: %+v, %v", id, got, err)
		}
	}
}
