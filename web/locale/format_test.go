package locale

import (
	"testing"
	"time"
)

func bundle(t *testing.T) *Bundle {
	t.Helper()
	b, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDuration(t *testing.T) {
	c := bundle(t).For("en")
	for in, want := range map[time.Duration]string{
		0: "0:00", 65 * time.Second: "1:05", -3 * time.Second: "0:00",
		59*time.Second + 600*time.Millisecond:     "1:00",
		time.Hour + 2*time.Minute + 9*time.Second: "1:02:09",
	} {
		if got := c.Duration(in); got != want {
			t.Errorf("Duration(%v) = %q, want %q", in, got, want)
		}
	}
}

func TestPluralAndNumbers(t *testing.T) {
	b := bundle(t)
	key := "common.form.wrong"
	for _, tc := range []struct {
		lang string
		n    int
		want string
	}{
		{"en", 0, "0 things need your attention"},
		{"en", 1, "One thing needs your attention"},
		{"en", 1234, "1,234 things need your attention"},
		{"fr", 0, "Un point est à corriger"},
		{"fr", 1, "Un point est à corriger"},
		{"fr", 1234, "1\u202f234 points sont à corriger"},
	} {
		if got := b.For(tc.lang).T(key, "n", tc.n); got != tc.want {
			t.Errorf("%s %d: %q, want %q", tc.lang, tc.n, got, tc.want)
		}
	}
	if got := b.For("en").Number(-1234567); got != "\u22121,234,567" {
		t.Errorf("Number = %q", got)
	}
}

func TestRelative(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	b := bundle(t)
	now := time.Date(2026, 3, 3, 9, 30, 0, 0, time.UTC) // 10:30 in Paris
	for _, tc := range []struct {
		at     time.Time
		en, fr string
	}{
		{now.Add(-10 * time.Second), "just now", "à l’instant"},
		{now.Add(-5 * time.Minute), "5 min ago", "il y a 5 min"},
		{now.Add(-2 * time.Hour), "08:30", "08:30"},
		{now.Add(-11 * time.Hour), "yesterday, 23:30", "hier, 23:30"},
		{now.AddDate(0, -1, 0), "3 February, 10:30", "3 février, 10:30"},
		{now.AddDate(-2, 0, 0), "3 March 2024", "3 mars 2024"},
		{now.AddDate(0, 1, 0), "3 April 2026", "3 avril 2026"},
	} {
		if got := b.For("en").In(paris, "FR").Relative(tc.at, now); got != tc.en {
			t.Errorf("en %v: %q, want %q", tc.at, got, tc.en)
		}
		if got := b.For("fr").In(paris, "FR").Relative(tc.at, now); got != tc.fr {
			t.Errorf("fr %v: %q, want %q", tc.at, got, tc.fr)
		}
	}
	if got := b.For("fr").In(paris, "FR").Exact(now); got != "3 mars 2026, 10:30:00 CET" {
		t.Errorf("Exact = %q", got)
	}
}

func TestPhone(t *testing.T) {
	c := bundle(t).For("fr").In(nil, "FR")
	for in, want := range map[string]Phone{
		"+33139281900":   {"01\u00a039\u00a028\u00a019\u00a000", "🇫🇷", "FR", "+33139281900"},
		"+442079460000":  {"+44\u00a020\u00a07946\u00a00000", "🇬🇧", "GB", "+442079460000"},
		"112":            {"112", "🇫🇷", "FR", "112"},
		"3631":           {"36\u00a031", "🇫🇷", "FR", "3631"},
		"anonymous":      {"anonymous", "", "", "anonymous"},
		"":               {},
		" +33139281900 ": {"01\u00a039\u00a028\u00a019\u00a000", "🇫🇷", "FR", "+33139281900"},
	} {
		if got := c.Phone(in); got != want {
			t.Errorf("Phone(%q) = %+v, want %+v", in, got, want)
		}
	}
}

func TestBytes(t *testing.T) {
	b := bundle(t)
	if got := b.For("fr").Bytes(1_440_000); got != "1,4\u00a0Mo" {
		t.Errorf("Bytes = %q", got)
	}
	if got := b.For("en").Bytes(999); got != "999\u00a0B" {
		t.Errorf("Bytes = %q", got)
	}
}
