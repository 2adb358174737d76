package document_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"parley/internal/domain/document"
)

func TestProblemsOfFlowsNameTheirLines(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, c := range []struct {
		name, old, new string
		line           string // its text, for the line's number
		key            string
	}{
		{"no such message", "message: Fermé", "message: Ferme la porte", "- message: Ferme la", "error.message-unknown"},
		{"no such prompt", "say: {prompt: goodbye}", "say: {prompt: ciao}", "- hang_up:", "error.flow-prompt-unknown"},
		{"no such team", "{team: Ventes}]", "{team: Achats}]", "to: [{team: Achats}]", "error.team-unknown"},
		{"no such member", "[everybody, max@", "[everybody, moritz@", "to: [everybody", "error.member-unknown"},
		{"no such number", `- number: "+33123456780"` + "\n            - key", `- number: "+33123456781"` + "\n            - key", `- number: "+33123456781"`, "error.number-unknown"},
		{"no such calendar", "calendar: Congés", "calendar: Fêtes", "calendar: Fêtes", "error.calendar-unknown"},
		{"same key", `- key: "2"`, `- key: "1"`, "- menu:", "error.flow-key-twice"},
		{"two things at once", "- message: Fermé\n", "- message: Fermé\n              ring: {time: 20s}\n", "- message: Fermé", "error.document-step"},
		{"nothing", "- id: all\n        ring:", "- id: all\n        rong:", "rong:", "error.document-field"},
		{"too short", "time: 40s", "time: 4s", "- id: all", "error.flow-time"},
		{"no duration", "time: 40s", "time: 40", "time: 40", "error.document-yaml"},
		{"no such day", "days: [mon, tue", "days: [lun, tue", "slots:", "error.hours-day-unknown"},
		{"no such holidays", "holidays: FR", "holidays: XX", "holidays: XX", "error.holidays-unknown"},
		{"number that goes on with itself", "- id: all\n        ring:\n          to: [everybody, max@acme.example]\n          strategy: round-robin\n          time: 40s\n          wait: true\n", `- number: "+33123456780"` + "\n", "", "error.flow-number-self"},
		{"odd number outside", `to: "+33987654321"`, "to: abc", "to: abc", "error.phone-invalid"},
		{"number of our own outside", `to: "+33987654321"`, `to: "+33123456780"`, "", "error.flow-forward-own"},
		{"two kinds of blocked", "  - anonymous: true", `  - {anonymous: true, prefix: "+1"}`, "anonymous", "error.document-blocked"},
		{"odd prefix", `prefix: "+33899"`, `prefix: "0899"`, `prefix: "0899"`, "error.blocked-prefix"},
		{"no such voice", "voice: fr+1", "voice: fr+9", "voice: fr+9", "error.message-voice"},
		{"spoken markup", "text: Nous sommes fermés.", "text: <speak>x</speak>", "text: <speak>", "error.message-text-marked"},
		{"no address", "${PARLEY_CALENDAR_CONG_S_URL}", "ftp://x", "url: ftp", "error.calendar-address"},
		{"no variable", "${PARLEY_CALENDAR_CONG_S_URL}", "${X}", "url: ${X}", "error.document-variable"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(routed, c.old) {
				t.Fatalf("the text does not contain %q", c.old)
			}
			text := strings.Replace(routed, c.old, c.new, 1)
			line := 0
			if c.line != "" {
				line = 1 + strings.Count(text[:strings.Index(text, c.line)], "\n")
			}
			_, err := b.try(t, text, document.Options{Env: calendarAddress})
			var problems document.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("got %v, want problems", err)
			}
			if !slices.ContainsFunc(problems, func(p document.Problem) bool { return p.Key == c.key && (line == 0 || p.Line == line) }) {
				t.Errorf("got %v, want line %d: %s", problems, line, c.key)
			}
			if all, err := b.db.Workspaces(t.Context()); err != nil || len(all) != 0 {
				t.Errorf("a refused document left %v, %v", all, err)
			}
		})
	}
}
