package store_test

import (
	"fmt"
	"slices"
	"testing"

	"parley/internal/adapters/store"
	"parley/internal/base/id"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/internal/domain/workspace"
)

// switchboard is a workspace with a member and numbers called Line 00, Line 01 ….
func switchboard(t *testing.T, d *store.DB, numbers int) (wsID, memberID string, ids []string) {
	t.Helper()
	ws := workspace.Workspace{ID: id.New(), Name: "Acme", Language: "en", TimeZone: "UTC", Country: "FR"}
	m := member.Member{ID: id.New(), WorkspaceID: ws.ID, Name: "Ann", Role: member.User, Language: "en", Setting: member.Available}
	m.Email = m.ID + "@example.com"
	if err := d.SaveWorkspace(t.Context(), ws); err != nil {
		t.Fatal(err)
	}
	if err := d.SaveMember(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	for i := range numbers {
		n := number.Number{
			ID: id.New(), WorkspaceID: ws.ID, Name: fmt.Sprintf("Line %02d", i), Country: "FR", Language: "en",
			E164: "+339" + letters(ws.ID[len(ws.ID)-4:]) + fmt.Sprintf("%04d", i), // no other digits to be found by
		}
		if err := d.SaveNumber(t.Context(), n); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, n.ID)
	}
	return ws.ID, m.ID, ids
}

func idsOf(all []number.Number) []string {
	out := make([]string, len(all))
	for i, n := range all {
		out[i] = n.ID
	}
	return out
}

func TestNumberPages(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws, _, ids := switchboard(t, d, 12)
		other, _, theirs := switchboard(t, d, 3)
		var got []string
		p := people.Page{Limit: 5}
		for range 3 {
			page, next, err := d.NumberPage(t.Context(), ws, p, nil)
			if err != nil || len(page) > 5 {
				t.Fatalf("%d numbers, %v", len(page), err)
			}
			got = append(got, idsOf(page)...)
			p.After = next
		}
		if p.After != "" || !slices.Equal(got, ids) {
			t.Errorf("the pages have %v, then %q, want %v", got, p.After, ids)
		}
		for name, c := range map[string]struct {
			ws, query string
			within    []string
			want      []string
		}{
			"by name":            {ws, "LINE 07", nil, ids[7:8]},
			"within":             {ws, "line", ids[2:4], ids[2:4]},
			"within nothing":     {ws, "", []string{}, nil},
			"another's cursor":   {other, "", nil, theirs},
			"another's, by name": {other, "line 07", nil, nil},
			"another's, by id":   {ws, "", theirs, nil},
		} {
			page, _, err := d.NumberPage(t.Context(), c.ws, people.Page{Query: c.query, Limit: 20}, c.within)
			if err != nil || !slices.Equal(idsOf(page), c.want) && len(page)+len(c.want) > 0 {
				t.Errorf("%s: %v, %v", name, idsOf(page), err)
			}
		}
	})
}

func TestWhoHasNumbersAndWhichNobodyHas(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws, ann, ids := switchboard(t, d, 4)
		other, _, _ := switchboard(t, d, 1)
		for _, n := range ids[:2] {
			if err := d.Assign(t.Context(), ws, n, []number.Assignment{{MemberID: ann, Level: number.ReadOnly}}); err != nil {
				t.Fatal(err)
			}
		}
		holders, err := d.Holders(t.Context(), ws, ids[1:])
		want := []number.Assignment{{NumberID: ids[1], MemberID: ann, Level: number.ReadOnly}}
		if err != nil || !slices.Equal(holders, want) {
			t.Errorf("holders %+v, %v", holders, err)
		}
		if foreign, err := d.Holders(t.Context(), other, ids); err != nil || len(foreign) != 0 {
			t.Errorf("another workspace sees %+v, %v", foreign, err)
		}
		vacant, err := d.VacantNumbers(t.Context(), ws, nil, 10)
		if err != nil || !slices.Equal(idsOf(vacant), ids[2:]) {
			t.Errorf("nobody has %v, want %v, %v", idsOf(vacant), ids[2:], err)
		}
		if some, err := d.VacantNumbers(t.Context(), ws, ids[:3], 10); err != nil || !slices.Equal(idsOf(some), ids[2:3]) {
			t.Errorf("of three nobody has %v, %v", idsOf(some), err)
		}
		roster, err := d.Roster(t.Context(), ws)
		if err != nil || len(roster) != 1 || roster[0] != (people.Brief{ID: ann, Name: "Ann", Email: ann + "@example.com", Role: member.User}) {
			t.Errorf("roster %+v, %v", roster, err)
		}
		if _, err := d.Leave(t.Context(), people.Leaving{WorkspaceID: ws, MemberID: ann, Role: member.User, At: at(9)}); err != nil {
			t.Fatal(err)
		}
		if vacant, err = d.VacantNumbers(t.Context(), ws, nil, 10); err != nil || len(vacant) != 4 {
			t.Errorf("after the only member left nobody has %v, %v", idsOf(vacant), err)
		}
		if roster, err = d.Roster(t.Context(), ws); err != nil || len(roster) != 0 {
			t.Errorf("after she left the roster has %+v, %v", roster, err)
		}
	})
}
