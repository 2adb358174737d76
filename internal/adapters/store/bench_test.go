package store_test

import (
	"fmt"
	"strings"
	"testing"

	"parley/internal/adapters/store"
	"parley/internal/base/id"
	"parley/internal/domain/call"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/internal/domain/team"
)

// onBothBench measures on a fresh database of each engine.
func onBothBench(b *testing.B, body func(b *testing.B, d *store.DB)) {
	b.Helper()
	b.Run("sqlite", func(b *testing.B) { body(b, open(b, sqliteURL(b))) })
	b.Run("postgres", func(b *testing.B) { body(b, open(b, postgres.Database(b))) })
}

// The largest company that is planned for.
const (
	manyMembers = 999
	manyNumbers = 1241
	teamSize    = 50
)

// crowd is that company: each member has two numbers, every 50 are a team led by
// its first, who supervises 200 numbers and owns one.
type crowd struct {
	ws      string
	members []string
	numbers []string
}

func aCrowd(t testing.TB, d *store.DB) crowd {
	t.Helper()
	c := crowd{ws: aWorkspace(t, d).ID}
	for i := range manyMembers {
		m := member.Member{
			ID: id.New(), WorkspaceID: c.ws, Name: fmt.Sprintf("Élodie Membre %03d", i), Role: member.User, Language: "fr",
			Email: fmt.Sprintf("elodie.%03d@%s.example", i, letters(c.ws)), Extension: fmt.Sprint(1000 + i), Setting: member.Auto, CreatedAt: at(1),
		}
		must(t, d.SaveMember(t.Context(), m))
		c.members = append(c.members, m.ID)
	}
	for i := range manyNumbers {
		n := number.Number{ID: id.New(), WorkspaceID: c.ws, Name: fmt.Sprintf("Ligne %04d", i), E164: fmt.Sprintf("+331234%05d", i), Country: "FR"}
		if i < manyMembers/teamSize {
			n.OwnerID = c.members[i*teamSize]
		}
		must(t, d.SaveNumber(t.Context(), n))
		c.numbers = append(c.numbers, n.ID)
		must(t, d.Assign(t.Context(), c.ws, n.ID, []number.Assignment{
			{MemberID: c.members[i%manyMembers]}, {MemberID: c.members[(i*7+3)%manyMembers], Level: number.ReadOnly},
		}))
	}
	for first := 0; first < manyMembers; first += teamSize {
		v := aTeam(t, d, c.ws, fmt.Sprint("Équipe ", first))
		var all []team.Membership
		for _, m := range c.members[first:min(first+teamSize, manyMembers)] {
			all = append(all, team.Membership{MemberID: m, Lead: len(all) == 0})
		}
		must(t, d.SetTeam(t.Context(), c.ws, v.ID, all))
	}
	for _, n := range c.numbers[:200] {
		must(t, d.SetSupervisors(t.Context(), c.ws, n, []string{c.members[0]}))
	}
	if d.Engine() == "postgres" { // as it does by itself after a while
		must(t, store.Do(t.Context(), d, "ANALYZE"))
	}
	return c
}

func BenchmarkAccessFacts(b *testing.B) {
	onBothBench(b, func(b *testing.B, d *store.DB) {
		c := aCrowd(b, d)
		for b.Loop() {
			f, err := d.AccessFacts(b.Context(), c.ws, c.members[0])
			must(b, err)
			if len(f.Led) != teamSize || len(f.Supervised) != 200 || len(f.Owned) != 1 {
				b.Fatalf("the facts are %d led, %d supervised, %d owned", len(f.Led), len(f.Supervised), len(f.Owned))
			}
		}
	})
}

func BenchmarkFindMembers(b *testing.B) {
	onBothBench(b, func(b *testing.B, d *store.DB) {
		c := aCrowd(b, d)
		for _, p := range []struct {
			name string
			page people.Page
			want int
		}{
			{"all", people.Page{Limit: 50}, 50},
			{"middle", people.Page{Limit: 50, After: c.members[500]}, 50},
			{"name", people.Page{Limit: 50, Query: "membre 998"}, 1},
			{"digits", people.Page{Limit: 50, Query: "01 23 40 1"}, 50},
			{"nobody", people.Page{Limit: 50, Query: "nobody"}, 0},
		} {
			b.Run(p.name, func(b *testing.B) {
				for b.Loop() {
					got, _, err := d.FindMembers(b.Context(), c.ws, p.page)
					must(b, err)
					if len(got) != p.want {
						b.Fatalf("found %d, want %d", len(got), p.want)
					}
				}
			})
		}
	})
}

func BenchmarkHeldBy(b *testing.B) {
	onBothBench(b, func(b *testing.B, d *store.DB) {
		c := aCrowd(b, d)
		for b.Loop() {
			held, err := d.HeldBy(b.Context(), c.ws, c.members[:50])
			must(b, err)
			if len(held) < 100 {
				b.Fatalf("fifty members have %d numbers", len(held))
			}
		}
	})
}

// BenchmarkHistory measures a page of what somebody sees who leads 50 members and
// supervises 200 numbers, among 100,000 calls.
func BenchmarkHistory(b *testing.B) {
	onBothBench(b, func(b *testing.B, d *store.DB) {
		ws := aWorkspace(b, d).ID
		must(b, manyCalls(b, d, ws, 100_000))
		if d.Engine() == "postgres" {
			must(b, store.Do(b.Context(), d, "ANALYZE"))
		}
		var f call.Filter
		for i := range 200 {
			f.NumberIDs = append(f.NumberIDs, fmt.Sprint("n", i))
		}
		for i := range 50 {
			f.MemberIDs = append(f.MemberIDs, fmt.Sprint("m", i))
		}
		missed, one := f, f
		missed.Missed, one.MemberID = true, "m7"
		for name, f := range map[string]call.Filter{"scope": f, "scope-missed": missed, "scope-one-member": one, "all": {}} {
			b.Run(name, func(b *testing.B) {
				for b.Loop() {
					page, err := d.Records(b.Context(), ws, f)
					must(b, err)
					if len(page) != 50 {
						b.Fatalf("a page has %d calls", len(page))
					}
				}
			})
		}
	})
}

// manyCalls writes n calls over 1,241 numbers and 999 members, a tenth of them
// missed.
func manyCalls(t testing.TB, d *store.DB, ws string, n int) error {
	t.Helper()
	const columns = "id, workspace_id, number_id, direction, web, party_e164, party_name, member_id, started_at, answered_at, " +
		"ended_at, cause, sip_code, missed, tag_ids, entries"
	for from := 0; from < n; from += 1000 {
		var rows []string
		for i := from; i < from+1000; i++ {
			rows = append(rows, fmt.Sprintf("('%010d', '%s', 'n%d', 'inbound', FALSE, '', '', 'm%d', %d, 0, 1, '', 0, %t, 'null', 1)",
				i, ws, i*31%manyNumbers, i*17%manyMembers, i, i%10 == 0))
		}
		if err := store.Do(t.Context(), d, "INSERT INTO calls ("+columns+") VALUES "+strings.Join(rows, ", ")); err != nil {
			return err
		}
	}
	return nil
}
