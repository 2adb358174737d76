package text_test

import (
	"testing"

	"parley/internal/base/text"
)

func TestFold(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                     "",
		"  Léa\t Dupré ":       "lea dupre",
		"Le\u0301a":            "lea", // taken apart already
		"Lœw & Cæsar":          "loew & caesar",
		"STRASSE straße":       "strasse strasse",
		"Ørsted Łódź Đà":       "orsted lodz da",
		"İstanbul ılık":        "istanbul ilik",
		"L’Étoile":             "l'etoile",
		"Ａｂｃ ﬁn":               "abc fin",
		"山田 太郎":                "山田 太郎",
		"a\xffb":               "a\ufffdb",
		"lea.dupre@example.fr": "lea.dupre@example.fr",
	} {
		if got := text.Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
		if got := text.Fold(text.Fold(in)); got != want {
			t.Errorf("folded twice, %q is %q", in, got)
		}
	}
}

func TestDigits(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"": "", "+33 (0)6 12-34": "33061234", "abc": "", "١2": "2"} {
		if got := text.Digits(in); got != want {
			t.Errorf("Digits(%q) = %q, want %q", in, got, want)
		}
	}
}
