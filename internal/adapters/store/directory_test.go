package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"parley/internal/adapters/store"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
)

// named saves members with these names, e-mails and extensions made from them.
func named(t *testing.T, d *store.DB, ws string, names ...string) map[string]member.Member {
	t.Helper()
	out := map[string]member.Member{}
	for i, name := range names {
		m := aMember(t, d, ws)
		m.Name, m.Extension = name, fmt.Sprint(201+i)
		m.Email = fmt.Sprintf("user%d.%s@example.org", i, letters(m.ID)) // no digits to be found by
		must(t, d.SaveMember(t.Context(), m))
		out[name] = m
	}
	return out
}

// letters writes the digits of an id as letters.
func letters(id string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r - '0' + 'm'
		}
		return r
	}, id)
}

// found turns all pages of a query and lists the names.
func found(t *testing.T, d *store.DB, ws, query string, limit int) []string {
	t.Helper()
	out := []string{}
	p := people.Page{Query: query, Limit: limit}
	for {
		page, next, err := d.FindMembers(t.Context(), ws, p)
		must(t, err)
		if len(page) > limit {
			t.Fatalf("a page of %d has %d members", limit, len(page))
		}
		for _, m := range page {
			out = append(out, m.Name)
		}
		if next == "" {
			return out
		}
		p.After = next
	}
}

func TestFindMembers(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		all := named(t, d, ws, "Zoé Martin", "émile Œuvrard", "Eva 100%", "Amélie Dupré", "amelie dupre", "Bob_Stone")
		named(t, d, aWorkspace(t, d).ID, "Zoé Foreign")
		line := aNumber(t, d, ws)
		line.E164, line.Name = "+33612345678", "Amélie's line"
		must(t, d.SaveNumber(t.Context(), line))
		must(t, d.Assign(t.Context(), ws, line.ID, having(line, all["Zoé Martin"])))
		gone := all["Bob_Stone"]
		gone.ID, gone.Email, gone.Extension, gone.RemovedAt = line.ID, "gone@example.org", "", at(3)
		must(t, d.SaveMember(t.Context(), gone))

		everybody := []string{"Amélie Dupré", "amelie dupre", "Bob_Stone", "émile Œuvrard", "Eva 100%", "Zoé Martin"}
		for query, want := range map[string][]string{
			"":                        everybody,
			"   ":                     everybody,
			"AMÉLIE":                  {"Amélie Dupré", "amelie dupre"},
			"dup ame":                 {"Amélie Dupré", "amelie dupre"}, // all words, in any order
			"oeuv":                    {"émile Œuvrard"},
			"zoe":                     {"Zoé Martin"},
			"100%":                    {"Eva 100%"},
			"%":                       {"Eva 100%"},
			"b_s":                     {"Bob_Stone"},
			"!":                       {},
			"USER3.":                  {"Amélie Dupré"}, // by e-mail
			"203":                     {"Eva 100%"},
			"06 12":                   {"Zoé Martin"}, // by a number he has
			"+33 6 12.34":             {"Zoé Martin"},
			"0033612":                 {"Zoé Martin"},
			"(06) 12-34-56-78":        {"Zoé Martin"},
			"nobody":                  {},
			"' OR 1=1 --":             {},
			strings.Repeat("x", 1000): {},
			"foreign":                 {},
		} {
			for _, limit := range []int{1, 2, 50} {
				if got := found(t, d, ws, query, limit); !slices.Equal(got, want) {
					t.Errorf("%q in pages of %d finds %q, want %q", query, limit, got, want)
				}
			}
		}
		foreign := aMember(t, d, aWorkspace(t, d).ID)
		page, next, err := d.FindMembers(t.Context(), ws, people.Page{After: foreign.ID, Limit: 10})
		must(t, err)
		if len(page) > 0 || next != "" {
			t.Errorf("after a foreign member come %v", page)
		}
	})
}

func TestASearchTellsNoMoreThanIsKnown(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		all := named(t, d, ws, "Zoé Martin", "Eva 100%")
		zoe, eva := all["Zoé Martin"], all["Eva 100%"]
		line := aNumber(t, d, ws)
		line.E164 = "+33612345678"
		must(t, d.SaveNumber(t.Context(), line))
		must(t, d.Assign(t.Context(), ws, line.ID, having(line, zoe)))
		for query, want := range map[string][3]int{ // known: everybody, Zoé, nobody
			"":             {2, 2, 2},
			"martin zoe":   {1, 1, 1},
			zoe.Extension:  {1, 1, 1},
			eva.Extension:  {1, 1, 1},
			zoe.Email:      {1, 1, 0},
			eva.Email:      {1, 0, 0},
			"06 12":        {1, 1, 0},
			"example":      {2, 1, 0},
			"zoe example":  {1, 1, 0},
			"100%":         {1, 1, 1},
			"eva example ": {1, 0, 0},
		} {
			for i, known := range [][]string{nil, {zoe.ID}, {}} {
				page, _, err := d.FindMembers(t.Context(), ws, people.Page{Query: query, Limit: 10, Known: known})
				must(t, err)
				if len(page) != want[i] {
					t.Errorf("%q, known %v: %d found, want %d", query, known, len(page), want[i])
				}
			}
		}
	})
}

func TestSearchFollowsWhatIsSaved(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		m := named(t, d, ws, "Before")["Before"]
		must(t, d.EditMember(t.Context(), ws, m.ID, func(m *member.Member) error {
			m.Name, m.Extension = "Après", "4711"
			return nil
		}))
		for query, want := range map[string]int{"before": 0, "apres": 1, "471": 1, "201": 0} {
			if got := found(t, d, ws, query, 10); len(got) != want {
				t.Errorf("%q finds %v", query, got)
			}
		}
		n := aNumber(t, d, ws)
		_, err := d.EditNumber(t.Context(), ws, n.ID, func(n *number.Number) error { n.Name = "Été"; return nil })
		must(t, err)
		got, err := d.FindNumbers(t.Context(), ws, "ete", nil, 10)
		must(t, err)
		if len(got) != 1 {
			t.Errorf("a renamed number is found %d times", len(got))
		}
	})
}

func TestFindNumbers(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		a, b, c := aNumber(t, d, ws), aNumber(t, d, ws), aNumber(t, d, ws)
		a.Name, a.E164 = "Réception", "+33123456789"
		b.Name, b.E164 = "accueil Lyon", "+33472000000"
		c.Name, c.E164, c.Country = "London", "+442079460000", "GB"
		for _, n := range []number.Number{a, b, c} {
			must(t, d.SaveNumber(t.Context(), n))
		}
		aNumber(t, d, aWorkspace(t, d).ID)
		find := func(query string, within []string, limit int, want ...number.Number) {
			t.Helper()
			loads(t, append([]number.Number{}, want...))(d.FindNumbers(t.Context(), ws, query, within, limit))
		}
		find("", nil, 10, b, c, a)
		find("", nil, 2, b, c)
		find("reception", nil, 10, a)
		find("04 72", nil, 10, b)
		find("+33 4 72", nil, 10, b)
		find("020 7946", nil, 10, c)
		find("0", []string{a.ID, c.ID}, 10, c, a)
		find("", []string{}, 10)
		find("lyon", []string{a.ID}, 10)
	})
}

func TestHeldBy(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		z, a, m, other := aNumber(t, d, ws), aNumber(t, d, ws), aMember(t, d, ws), aMember(t, d, ws)
		z.Name, a.Name = "Zulu", "alpha"
		must(t, d.SaveNumber(t.Context(), z))
		must(t, d.SaveNumber(t.Context(), a))
		must(t, d.SetNumbersOf(t.Context(), ws, m.ID, []number.Assignment{{NumberID: z.ID}, {NumberID: a.ID, Level: number.ReadOnly}}))
		must(t, d.SetNumbersOf(t.Context(), ws, other.ID, []number.Assignment{{NumberID: z.ID}}))
		held := []people.Held{
			{NumberID: a.ID, MemberID: m.ID, Name: "alpha", E164: a.E164, Level: number.ReadOnly},
			{NumberID: z.ID, MemberID: m.ID, Name: "Zulu", E164: z.E164, Level: number.Shared},
			{NumberID: z.ID, MemberID: other.ID, Name: "Zulu", E164: z.E164, Level: number.Shared},
		}
		loads(t, held)(d.HeldBy(t.Context(), ws, []string{m.ID, other.ID}))
		loads(t, held[:2])(d.HeldBy(t.Context(), ws, []string{m.ID}))
		loads(t, []people.Held{})(d.HeldBy(t.Context(), ws, nil))
		loads(t, []people.Held{})(d.HeldBy(t.Context(), aWorkspace(t, d).ID, []string{m.ID}))
	})
}
