package number_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"parley/internal/base/id"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/trunk"
	"parley/internal/tests/office"
)

// have lists who has what, as "member level".
func have(t *testing.T, o *office.Office) []string {
	t.Helper()
	all, err := o.DB.Assignments(t.Context(), o.Workspace.ID)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, a := range all {
		out = append(out, a.MemberID+" "+string(a.Level))
	}
	slices.Sort(out)
	return out
}

func TestAssign(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	n := create(t, o, paris())
	give := func(pairs ...string) []number.Assignment {
		var out []number.Assignment
		for i := 0; i+1 < len(pairs); i += 2 {
			out = append(out, number.Assignment{NumberID: "whatever", MemberID: pairs[i], Level: number.Level(pairs[i+1])})
		}
		return out
	}
	for _, c := range []struct {
		name        string
		given, want []string
	}{
		{"levels", []string{o.Member.ID, "read-only", o.Admin.ID, ""}, []string{o.Member.ID + " read-only", o.Admin.ID + " shared"}},
		{"twice", []string{o.Member.ID, "shared", o.Member.ID, "read-only"}, []string{o.Member.ID + " shared"}},
		{"exclusive", []string{o.Owner.ID, "exclusive"}, []string{o.Owner.ID + " exclusive"}},
		{"nobody", nil, nil},
	} {
		if err := o.Numbers.Assign(t.Context(), o.Admin, n.ID, give(c.given...)); err != nil {
			t.Fatal(err)
		}
		slices.Sort(c.want)
		if got := have(t, o); !slices.Equal(got, c.want) {
			t.Errorf("%s: stored %v, want %v", c.name, got, c.want)
		}
	}
	before := have(t, o)
	for _, c := range []struct {
		key   string
		given []string
	}{
		{"error.member-unknown", []string{o.Member.ID, "shared", id.New(), "shared"}},
		{"error.level-unknown", []string{o.Member.ID, "royal"}},
		{"error.number-exclusive", []string{o.Member.ID, "exclusive", o.Admin.ID, "read-only"}},
	} {
		office.Want(t, o.Numbers.Assign(t.Context(), o.Admin, n.ID, give(c.given...)), c.key, "members")
	}
	if got := have(t, o); !slices.Equal(got, before) {
		t.Errorf("refused, yet stored %v", got)
	}
}

func TestAnOwnerRunsHisNumberAndNoOther(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	mine := create(t, o, paris())
	other := create(t, o, number.Draft{Phone: "+33 1 23 45 67 80", Country: "FR", Name: "Other"})
	if err := o.Numbers.SetOwner(t.Context(), o.Admin, mine.ID, o.Member.ID); err != nil {
		t.Fatal(err)
	}
	d := number.DraftOf(mine)
	d.Name = "My line"
	if _, err := o.Numbers.Edit(t.Context(), o.Member, mine.ID, d); err != nil {
		t.Errorf("the owner edits: %v", err)
	}
	if err := o.Numbers.Assign(t.Context(), o.Member, mine.ID, office.Shared(o.Admin.ID)); err != nil {
		t.Errorf("the owner assigns: %v", err)
	}
	line, err := o.Trunks.Create(t.Context(), o.Admin, trunk.Draft{Name: "Carrier", Host: "sip.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	d.TrunkID = line.ID
	_, err = o.Numbers.Edit(t.Context(), o.Member, mine.ID, d)
	office.Want(t, err, "error.not-allowed", "trunk")
	_, err = o.Numbers.Edit(t.Context(), o.Member, other.ID, number.DraftOf(other))
	office.Want(t, err, "error.not-allowed", "")
	office.Want(t, o.Numbers.Assign(t.Context(), o.Member, other.ID, nil), "error.not-allowed", "")
	office.Want(t, o.Numbers.SetOwner(t.Context(), o.Member, mine.ID, o.Admin.ID), "error.not-allowed", "")
	office.Want(t, o.Numbers.SetSupervisors(t.Context(), o.Member, mine.ID, nil), "error.not-allowed", "")
	office.Want(t, o.Numbers.Delete(t.Context(), o.Member, mine.ID), "error.not-allowed", "")

	if err := o.Numbers.SetOwner(t.Context(), o.Admin, mine.ID, ""); err != nil {
		t.Fatal(err)
	}
	office.Want(t, o.Numbers.Assign(t.Context(), o.Member, mine.ID, nil), "error.not-allowed", "")
	stored, err := o.DB.Number(t.Context(), o.Workspace.ID, mine.ID)
	if err != nil || stored.Name != "My line" || stored.OwnerID != "" || stored.TrunkID != "" {
		t.Errorf("stored %+v, %v", stored, err)
	}
	office.Want(t, o.Numbers.SetOwner(t.Context(), o.Admin, mine.ID, id.New()), "error.member-unknown", "owner")
}

func TestAnEditThatComesLateGivesNothingBack(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	n := create(t, o, paris())
	if err := o.Numbers.SetOwner(t.Context(), o.Admin, n.ID, o.Member.ID); err != nil {
		t.Fatal(err)
	}
	n.OwnerID = o.Member.ID
	stale := number.NewService(number.Needs{
		Numbers: stands{o.DB, n}, Edits: o.DB, Assignments: o.DB, Supervisors: o.DB, Members: o.DB, Trunks: o.DB,
		Audit: o.Heard, Changes: o.Heard, Music: office.Music(),
	})
	if err := o.Numbers.SetOwner(t.Context(), o.Admin, n.ID, o.Owner.ID); err != nil {
		t.Fatal(err)
	}
	d := number.DraftOf(n)
	d.Name = "Still mine"
	_, err := stale.Edit(t.Context(), o.Member, n.ID, d)
	office.Want(t, err, "error.not-allowed", "")
	stored, err := o.DB.Number(t.Context(), o.Workspace.ID, n.ID)
	if err != nil || stored.Name == "Still mine" || stored.OwnerID != o.Owner.ID {
		t.Errorf("stored %+v, %v", stored, err)
	}
}

// stands shows a number as it once was.
type stands struct {
	number.Store

	was number.Number
}

func (s stands) Number(context.Context, string, string) (number.Number, error) { return s.was, nil }

func TestSupervisors(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	n := create(t, o, paris())
	lead := office.Hire(t, o.DB, o.Workspace, "Sue Supervisor", member.Supervisor)
	o.Heard.Take()
	for _, ids := range [][]string{{lead.ID, o.Member.ID, lead.ID}, {o.Member.ID}, nil} {
		if err := o.Numbers.SetSupervisors(t.Context(), o.Admin, n.ID, ids); err != nil {
			t.Fatal(err)
		}
		got, err := o.DB.Supervisors(t.Context(), o.Workspace.ID, n.ID)
		if err != nil {
			t.Fatal(err)
		}
		want := slices.Compact(slices.Sorted(slices.Values(ids)))
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("supervised by %v, want %v", got, want)
		}
		changes, audited := o.Heard.Take()
		if len(changes) != 1 || !strings.HasPrefix(strings.Join(audited, " "), "number.supervisors") {
			t.Errorf("told %v, audited %v", changes, audited)
		}
	}
	office.Want(t, o.Numbers.SetSupervisors(t.Context(), o.Admin, n.ID, []string{id.New()}), "error.member-unknown", "supervisors")
}
