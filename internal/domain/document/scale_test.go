package document_test

import (
	"fmt"
	"strings"
	"testing"

	"parley/internal/domain/document"
)

// bigCompany is a document of 999 members in 40 teams with 1,241 numbers.
func bigCompany() string {
	var s strings.Builder
	s.WriteString("workspace: {name: Big, language: fr, time_zone: UTC, country: FR}\nmembers:\n")
	for i := range 999 {
		role := "member"
		if i == 0 {
			role = "owner"
		}
		fmt.Fprintf(&s, "  - {email: m%d@x.com, name: M%d, role: %s, extension: \"%d\"}\n", i, i, role, 2000+i)
	}
	s.WriteString("teams:\n")
	for i := range 40 {
		fmt.Fprintf(&s, "  - {name: T%d, members: [", i)
		for j := range 25 {
			fmt.Fprintf(&s, "m%d@x.com, ", (i*25+j)%999)
		}
		s.WriteString("]}\n")
	}
	s.WriteString("numbers:\n")
	for i := range 1241 {
		fmt.Fprintf(&s, "  - {number: \"+3312345%04d\", name: N%d, owner: m%d@x.com, supervisors: [m1@x.com], ", i, i, i%999)
		fmt.Fprintf(&s, "members: [m%d@x.com, {member: m%d@x.com, level: read-only}]}\n", i%999, (i+1)%999)
	}
	return s.String()
}

func BenchmarkBigCompany(b *testing.B) {
	text := bigCompany()
	rig := newBench(b)
	rig.apply(b, text, document.Options{Env: none})
	b.Run("apply again", func(b *testing.B) {
		for b.Loop() {
			if sum := rig.apply(b, text, document.Options{Env: none, Prune: true}); len(sum.Changes) > 0 {
				b.Fatal(sum)
			}
		}
	})
	b.Run("export", func(b *testing.B) {
		for b.Loop() {
			rig.export(b)
		}
	})
}
