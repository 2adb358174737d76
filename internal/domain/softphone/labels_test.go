package softphone_test

import (
	"slices"
	"testing"

	"parley/internal/adapters/store"
	"parley/internal/domain/agent"
	"parley/internal/domain/call"
	"parley/internal/domain/tag"
)

func tagsOf(t *testing.T, db *store.DB, workspaceID, callID string) []string {
	t.Helper()
	r, err := db.Record(t.Context(), workspaceID, callID)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(slices.Values(r.TagIDs))
}

func TestWhoPicksTagsTakesNoneOfTheSystemsOff(t *testing.T) {
	t.Parallel()
	o := newOver(t)
	engine := call.NewEngine(call.Deps{Log: o.DB, Agents: agent.NewRegistry(o.DB, o.DB, o.DB, nil)})
	want := func(names ...string) {
		t.Helper()
		var ids []string
		for _, name := range names {
			ids = append(ids, o.tags[name])
		}
		slices.Sort(ids)
		if got := tagsOf(t, o.DB, o.Workspace.ID, o.call); !slices.Equal(got, ids) {
			t.Errorf("the call has %v, want %v", got, names)
		}
	}
	for range 2 {
		if err := engine.Label(t.Context(), o.Workspace.ID, o.call, o.tags[tag.CalledBack]); err != nil {
			t.Fatal(err)
		}
	}
	want(tag.CalledBack)
	pick := func(names ...string) {
		t.Helper()
		var ids []string
		for _, name := range names {
			ids = append(ids, o.tags[name])
		}
		if err := o.phone.SetTags(t.Context(), o.Member, o.call, ids); err != nil {
			t.Fatal(err)
		}
	}
	pick("Sale", tag.FollowUp)
	want("Sale", tag.FollowUp, tag.CalledBack)
	pick("Sale")
	want("Sale", tag.CalledBack)
}
