package incoming_test

import (
	"context"
	"errors"
	"testing"

	"parley/internal/base/fault"
	"parley/internal/domain/number"
	"parley/internal/domain/trunk"
	"parley/internal/domain/trunk/incoming"
	"parley/internal/domain/workspace"
)

// server has a workspace in France and one in Belgium, each with two trunks at one
// carrier. Their numbers +33 1 23 45 67 89 and +32 12 34 56 78 are on the first.
type server struct{ err error }

func (s server) AllTrunks(context.Context) ([]trunk.Trunk, error) {
	return []trunk.Trunk{
		{ID: "fr1", WorkspaceID: "fr"}, {ID: "be1", WorkspaceID: "be"}, {ID: "fr2", WorkspaceID: "fr"}, {ID: "be2", WorkspaceID: "be"},
	}, s.err
}

func (s server) Workspace(_ context.Context, id string) (workspace.Workspace, error) {
	return workspace.Workspace{ID: id, Country: map[string]string{"fr": "FR", "be": "BE"}[id]}, nil
}

func (s server) NumberByE164(_ context.Context, e164 string) (number.Number, error) {
	for _, n := range []number.Number{
		{ID: "n1", WorkspaceID: "fr", E164: "+33123456789", TrunkID: "fr1"},
		{ID: "n2", WorkspaceID: "be", E164: "+3223456789", TrunkID: "be1"},
		{ID: "n3", WorkspaceID: "fr", E164: "+33223456789", TrunkID: "fr2"},
		{ID: "n4", WorkspaceID: "fr", E164: "+33470123456"},
		{ID: "n5", WorkspaceID: "be", E164: "+32470123456"},
		{ID: "n6", WorkspaceID: "fr", E164: "+33523456789", TrunkID: "fr1", Inactive: true},
	} {
		if n.E164 == e164 {
			return n, nil
		}
	}
	return number.Number{}, fault.New(fault.NotFound, "error.not-found")
}

func all(called string) []incoming.Way {
	return []incoming.Way{{TrunkID: "fr1", Called: called}, {TrunkID: "be1", Called: called}, {TrunkID: "fr2", Called: called}, {TrunkID: "be2", Called: called}}
}

func TestACallBelongsToWhoHasTrunkAndNumber(t *testing.T) {
	t.Parallel()
	f := incoming.NewFinder(server{})
	for _, c := range []struct {
		name   string
		ways   []incoming.Way
		trunk  string
		number string
	}{
		{"the first trunk at the address", all("+33123456789"), "fr1", "n1"},
		{"not the first", all("+3223456789"), "be1", "n2"},
		{"the number's own trunk of two", all("+33223456789"), "fr2", "n3"},
		{"a number without trunk", all("+33470123456"), "fr1", "n4"},
		{"as the country writes it", all("0123456789"), "fr1", "n1"},
		{"the way of an account", []incoming.Way{{TrunkID: "be1", Called: "account"}, {TrunkID: "fr1", Called: "+33123456789"}}, "fr1", "n1"},
	} {
		i, n, err := f.Find(t.Context(), c.ways)
		if err != nil || c.ways[i].TrunkID != c.trunk || n.ID != c.number {
			t.Errorf("%s: trunk %s, number %s, %v", c.name, c.ways[i].TrunkID, n.ID, err)
		}
	}
}

func TestNoCallReachesAnotherWorkspace(t *testing.T) {
	t.Parallel()
	f := incoming.NewFinder(server{})
	for name, ways := range map[string][]incoming.Way{
		"another's number":           {{TrunkID: "fr1", Called: "+3223456789"}, {TrunkID: "fr2", Called: "+3223456789"}},
		"nobody's number":            all("+33900000000"),
		"an inactive number":         all("+33523456789"),
		"a number both could mean":   all("0470123456"),
		"no number":                  all("anonymous"),
		"a trunk that has just gone": {{TrunkID: "gone", Called: "+33123456789"}},
		"no way":                     nil,
	} {
		if _, n, err := f.Find(t.Context(), ways); fault.KindOf(err) != fault.NotFound || n.ID != "" {
			t.Errorf("%s: number %q, %v", name, n.ID, err)
		}
	}
	broken := errors.New("disk gone")
	if _, _, err := incoming.NewFinder(server{broken}).Find(t.Context(), all("+33123456789")); !errors.Is(err, broken) {
		t.Errorf("a broken store is told as %v", err)
	}
}
