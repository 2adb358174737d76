package text_test

import (
	"strings"
	"testing"

	"parley/internal/base/text"
)

func TestLine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		want string
		ok   bool
	}{
		{"", "", true},
		{"  Sales  team ", "Sales team", true},
		{"Comptabilité\tNord", "Comptabilité Nord", true},
		{"équipe 👩‍💻", "équipe 👩‍💻", true},
		{"two\nlines", "two lines", true},
		{"bell\a", "", false},
		{"a\u202eb", "", false}, // right-to-left override
		{"\xff", "", false},
		{strings.Repeat("é", 20), strings.Repeat("é", 20), true},
		{strings.Repeat("é", 21), "", false},
		{strings.Repeat("x", 1<<20), "", false},
	} {
		got, ok := text.Line(c.in, 20)
		if ok != c.ok || ok && got != c.want {
			t.Errorf("Line(%.30q) = %q, %v; want %q, %v", c.in, got, ok, c.want, c.ok)
		}
	}
}
