package blocklist_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/base/fault"
	"parley/internal/domain/blocklist"
	"parley/internal/domain/member"
	"parley/internal/domain/workspace"
)

// shelf is a blacklist in memory.
type shelf struct {
	all    []blocklist.Entry
	broken error
	reads  int
	told   []string
	detail []string
}

func (s *shelf) Blocked(context.Context, string) ([]blocklist.Entry, error) {
	s.reads++
	return s.all, s.broken
}

func (s *shelf) SaveBlocked(_ context.Context, e blocklist.Entry) error {
	if slices.ContainsFunc(s.all, func(o blocklist.Entry) bool { return o.Kind == e.Kind && o.Pattern == e.Pattern }) {
		return fault.New(fault.Conflict, "error.taken")
	}
	s.all = append(s.all, e)
	return nil
}

func (s *shelf) DeleteBlocked(_ context.Context, _, id string) error {
	s.all = slices.DeleteFunc(slices.Clone(s.all), func(e blocklist.Entry) bool { return e.ID == id })
	return nil
}

func (s *shelf) Workspace(context.Context, string) (workspace.Workspace, error) {
	return workspace.Workspace{Country: "FR"}, nil
}

func (s *shelf) Changed(_ context.Context, _, kind, _ string) { s.told = append(s.told, kind) }

func (s *shelf) Record(_ context.Context, _, _, action, _ string, detail ...string) {
	s.told, s.detail = append(s.told, action), detail
}

func open() (*shelf, *blocklist.Service) {
	s := &shelf{}
	return s, blocklist.NewService(blocklist.Needs{
		Store: s, Workspaces: s, Audit: s, Changes: s, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
}

func admin() member.Member { return member.Member{ID: "a", WorkspaceID: "w", Role: member.Admin} }

func TestWhoIsBlocked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind          blocklist.Kind
		pattern       string
		blocks, takes []string
	}{
		"exact":        {blocklist.Exact, "06 12 34 56 78", []string{"+33612345678"}, []string{"", "+33612345679", "+336123456781"}},
		"prefix":       {blocklist.Prefix, "+33 (899)", []string{"+33899000000", "+33899"}, []string{"", "+3389", "+33898000000", "+13389900000"}},
		"prefix (0)":   {blocklist.Prefix, "+33 (0)1 62", []string{"+33162000000"}, []string{"+33161000000"}},
		"country":      {blocklist.Prefix, "+1", []string{"+12125550100"}, []string{"+33123456789"}},
		"prefix by 00": {blocklist.Prefix, "0033899", []string{"+33899000000"}, []string{"+33612345678"}},
		"anonymous":    {blocklist.Anonymous, "ignored", []string{""}, []string{"+33612345678"}},
		"short number": {blocklist.Exact, "3631", []string{"3631"}, []string{"+333631", "36310"}},
	} {
		sh, s := open()
		if yes, err := s.Blocks(t.Context(), "w", c.blocks[0]); yes || err != nil {
			t.Errorf("%s: an empty list blocks: %v", name, err)
		}
		if _, err := s.Add(t.Context(), admin(), blocklist.Draft{Kind: c.kind, Pattern: c.pattern}); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, e164 := range append(c.blocks, c.takes...) {
			yes, err := s.Blocks(t.Context(), "w", e164)
			if want := slices.Contains(c.blocks, e164); yes != want || err != nil {
				t.Errorf("%s: %q blocked: %v, %v", name, e164, yes, err)
			}
		}
		if sh.reads != 3 { // before, to count, after
			t.Errorf("%s: read %d times", name, sh.reads)
		}
	}
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	_, s := open()
	for _, c := range []struct {
		blocklist.Draft
		key, field string
	}{
		{blocklist.Draft{Kind: "all"}, "error.form-choice", "kind"},
		{blocklist.Draft{Kind: blocklist.Prefix, Pattern: "0899"}, "error.blocked-prefix", "pattern"},
		{blocklist.Draft{Kind: blocklist.Prefix, Pattern: "+"}, "error.blocked-prefix", "pattern"},
		{blocklist.Draft{Kind: blocklist.Prefix, Pattern: "+3"}, "error.blocked-prefix", "pattern"},
		{blocklist.Draft{Kind: blocklist.Prefix, Pattern: "+33+44"}, "error.blocked-prefix", "pattern"},
		{blocklist.Draft{Kind: blocklist.Prefix, Pattern: "+21"}, "error.blocked-prefix", "pattern"},
		{blocklist.Draft{Kind: blocklist.Prefix, Pattern: "+33x"}, "error.blocked-prefix", "pattern"},
		{blocklist.Draft{Kind: blocklist.Prefix, Pattern: "+" + strings.Repeat("1", 16)}, "error.blocked-prefix", "pattern"},
		{blocklist.Draft{Kind: blocklist.Anonymous, Note: strings.Repeat("x", 121)}, "error.note-invalid", "note"},
	} {
		_, err := s.Add(t.Context(), admin(), c.Draft)
		if f := fault.Of(err); f.Kind != fault.Invalid || f.Key != c.key || f.Field != c.field {
			t.Errorf("%+v: %v", c.Draft, err)
		}
	}
	for _, role := range []member.Role{member.Supervisor, member.User, ""} {
		m := member.Member{ID: "m", WorkspaceID: "w", Role: role}
		_, err := s.Add(t.Context(), m, blocklist.Draft{Kind: blocklist.Anonymous})
		_, unseen := s.List(t.Context(), m)
		for _, err := range []error{err, unseen, s.Remove(t.Context(), m, "id")} {
			if fault.KindOf(err) != fault.Forbidden {
				t.Errorf("%s: %v", role, err)
			}
		}
	}
	if err := s.Remove(t.Context(), admin(), "unknown"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("got %v", err)
	}
}

func TestTheRecordHoldsNoWholeNumber(t *testing.T) {
	t.Parallel()
	sh, s := open()
	e, err := s.Add(t.Context(), admin(), blocklist.Draft{Kind: blocklist.Exact, Pattern: "+33612345678"})
	if err != nil {
		t.Fatal(err)
	}
	if text := strings.Join(sh.detail, " "); strings.Contains(text, "612345") {
		t.Errorf("audited %s", text)
	}
	if err := s.Remove(t.Context(), admin(), e.ID); err != nil {
		t.Fatal(err)
	}
	if want := []string{"blacklist", "blacklist.added", "blacklist", "blacklist.removed"}; !slices.Equal(sh.told, want) {
		t.Errorf("told %v", sh.told)
	}
}

func TestAStoreThatFailsLeavesTheListReadBefore(t *testing.T) {
	t.Parallel()
	sh, s := open()
	sh.broken = errors.New("disk full")
	if yes, err := s.Blocks(t.Context(), "w", ""); yes || !errors.Is(err, sh.broken) {
		t.Errorf("%v, %v", yes, err)
	}
	sh.broken = nil
	if _, err := s.Add(t.Context(), admin(), blocklist.Draft{Kind: blocklist.Anonymous}); err != nil {
		t.Fatal(err)
	}
	s.Blocks(t.Context(), "w", "")
	sh.broken = errors.New("disk full")
	s.Changed("")
	if yes, err := s.Blocks(t.Context(), "w", ""); !yes || err != nil {
		t.Errorf("%v, %v", yes, err)
	}
}
