package document_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"parley/internal/domain/document"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
)

// TestRoundTrip: what is exported builds the same workspace on an empty server,
// and applied where it came from it changes nothing.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	texts := rapid.Custom(drawDocument)
	for seed := range 10 { // each builds two databases: fewer than rapid.Check would
		text := texts.Example(seed)
		one, two := newBench(t), newBench(t)
		if _, err := one.try(t, text, document.Options{Env: secrets}); err != nil {
			t.Fatalf("apply: %v\n%s", err, text)
		}
		exported := one.export(t)
		if strings.Contains(exported, "secret of") {
			t.Fatalf("a password is in the export:\n%s", exported)
		}
		if sum, err := one.try(t, exported, document.Options{Env: none, Prune: true}); err != nil || len(sum.Changes) > 0 {
			t.Fatalf("applied where it came from: %v\n%s\n%s", err, sum, exported)
		}
		if _, err := two.try(t, exported, document.Options{Env: secrets}); err != nil {
			t.Fatalf("applied elsewhere: %v\n%s", err, exported)
		}
		if again := two.export(t); again != exported {
			t.Fatalf("exported\n%s\nbut its copy exports\n%s", exported, again)
		}
	}
}

func drawDocument(rt *rapid.T) string {
	var b strings.Builder
	word := rapid.StringMatching(`[A-Za-zéÉ]([A-Za-z0-9é:#'"{}*&!?,.-]| [A-Za-z]){0,12}`)
	quote := func(label string) string { return fmt.Sprintf("%q", word.Draw(rt, label)) }
	yes := func(label string) bool { return rapid.Bool().Draw(rt, label) }
	fmt.Fprintf(&b, "workspace: {name: %s, language: fr, time_zone: UTC, country: FR, max_outbound_per_hour: %d}\n",
		quote("workspace"), rapid.IntRange(0, 500).Draw(rt, "limit"))
	members := rapid.IntRange(1, 4).Draw(rt, "members")
	b.WriteString("members:\n")
	for i := range members {
		role := "owner"
		if i > 0 {
			role = string(rapid.SampledFrom(member.Roles()).Draw(rt, "role"))
		}
		fmt.Fprintf(&b, "  - {email: m%d@example.com, name: %s, role: %s, wrap_up: %ds", i, quote("member"), role, rapid.IntRange(0, 3600).Draw(rt, "wrap-up"))
		if yes("extension") {
			fmt.Fprintf(&b, ", extension: \"20%d\"", i)
		}
		if yes("hours") {
			from := rapid.IntRange(0, 22).Draw(rt, "from")
			fmt.Fprintf(&b, ", hours: {zone: %s, slots: [{days: [sun, fri], from: \"%02d:15\", to: \"%02d:00\"}]}",
				rapid.SampledFrom([]string{"", "Europe/Paris"}).Draw(rt, "zone"), from, rapid.IntRange(from+1, 24).Draw(rt, "to"))
		}
		if i > 0 && yes("outside") {
			b.WriteString(", outside_hours: {colleague: m0@example.com}")
		}
		b.WriteString("}\n")
	}
	for i := range rapid.IntRange(0, 3).Draw(rt, "teams") {
		if i == 0 {
			b.WriteString("teams:\n")
		}
		fmt.Fprintf(&b, "  - {name: \"team %d\", members: [m0@example.com], leads: [m%d@example.com]}\n", i, rapid.IntRange(0, members-1).Draw(rt, "lead"))
	}
	trunks := rapid.IntRange(0, 3).Draw(rt, "trunks")
	for i := range trunks {
		if i == 0 {
			b.WriteString("trunks:\n")
		}
		fmt.Fprintf(&b, "  - {name: %q, host: 192.0.2.%d, port: %d, transport: tcp", "line "+strings.Repeat("-", i), i, rapid.IntRange(0, 65535).Draw(rt, "port"))
		if yes("password") {
			fmt.Fprintf(&b, ", username: u, password: 'x ${V%d}', register: %v", i, yes("register"))
		}
		if yes("srtp") {
			b.WriteString(", srtp: true")
		}
		if yes("nets") {
			fmt.Fprintf(&b, ", allowed: [\"2001:db8::%d\", 10.0.0.0/8]", i)
		}
		b.WriteString("}\n")
	}
	for i := range rapid.IntRange(0, 4).Draw(rt, "numbers") {
		if i == 0 {
			b.WriteString("numbers:\n")
		}
		fmt.Fprintf(&b, "  - {number: \"+3312345678%d\", name: %s, mandatory_tag: %v, recording: {auto_inbound: %v}", i, quote("number"), yes("tag"), yes("record"))
		if trunks > 0 && yes("trunk") {
			fmt.Fprintf(&b, ", trunk: %q", "line "+strings.Repeat("-", trunks-1))
		}
		if yes("assign") {
			fmt.Fprintf(&b, ", owner: m0@example.com, members: [{member: m%d@example.com, level: %s}]",
				rapid.IntRange(0, members-1).Draw(rt, "who"), rapid.SampledFrom(number.Levels()).Draw(rt, "level"))
		}
		b.WriteString("}\n")
	}
	return b.String()
}
