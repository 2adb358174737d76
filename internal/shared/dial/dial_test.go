package dial

import (
	"errors"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		typed, country, want string
		short                bool
		err                  error
	}{
		{"06 12 34 56 78", "FR", "+33612345678", false, nil},
		{"06.12.34.56.78", "fr", "+33612345678", false, nil},
		{"+33 (0)6 12 34 56 78", "GB", "+33612345678", false, nil},
		{"0033 6 12 34 56 78", "FR", "+33612345678", false, nil},
		{"tel:+44-20-7946-0958;ext=12", "FR", "+442079460958", false, nil},
		{"020 7946 0958 ext. 12", "GB", "+442079460958", false, nil},
		{"01 42 68 53 00 poste 4", "FR", "+33142685300", false, nil},
		{"(415) 555-2671", "US", "+14155552671", false, nil},
		{"1 415 555 2671", "US", "+14155552671", false, nil},
		{"011 33 6 12 34 56 78", "US", "+33612345678", false, nil},
		{"06 1 234 5678", "HU", "+3612345678", false, nil},
		{"06 6982 1234", "IT", "+390669821234", false, nil},
		{"8 912 345-67-89", "RU", "+79123456789", false, nil},
		{"٠٦١٢٣٤٥٦٧٨", "FR", "+33612345678", false, nil},
		{"＋３３６１２３４５６７８", "FR", "+33612345678", false, nil},
		{"\u202a+33 6 12 34 56 78\u202c", "FR", "+33612345678", false, nil},
		{"112", "FR", "112", true, nil},
		{"3631", "FR", "3631", true, nil},
		{"118 712", "FR", "118712", true, nil},
		{"911", "US", "911", true, nil},
		{"112", "", "112", true, nil},
		{"40 12 34", "NC", "+687401234", false, nil},
		{"", "FR", "", false, ErrEmpty},
		{"call me", "FR", "", false, ErrEmpty},
		{"+", "FR", "", false, ErrEmpty},
		{"+331", "FR", "", false, ErrTooShort},
		{"+3361234567890123", "FR", "", false, ErrTooLong},
		{"0612345678", "XX", "", false, ErrCountry},
		{"+0612345678", "FR", "", false, ErrCountry},
	} {
		got, err := Parse(c.typed, c.country)
		if !errors.Is(err, c.err) || got.Value != c.want || got.Short != c.short {
			t.Errorf("Parse(%q, %q) = %+v, %v; want %q short=%v, %v", c.typed, c.country, got, err, c.want, c.short, c.err)
		}
	}
}

func TestFormatWhileTyping(t *testing.T) {
	for _, c := range []struct{ typed, country, want string }{
		{"0", "FR", "0"},
		{"061", "FR", "06 1"},
		{"0612345678", "FR", "06 12 34 56 78"},
		{"+3361", "FR", "+33 6 1"},
		{"+33612345678", "US", "+33 6 12 34 56 78"},
		{"4155552671", "US", "415 555 2671"},
		{"+14155552671", "FR", "+1 415 555 2671"},
		{"3631", "FR", "3631"},
		{"*21#", "FR", "*21#"},
		{"+", "FR", "+"},
		{"+3", "FR", "+3"},
	} {
		if got := Format(c.typed, c.country); got != c.want {
			t.Errorf("Format(%q, %q) = %q, want %q", c.typed, c.country, got, c.want)
		}
	}
}

func TestCaretStaysBehindTheSameDigit(t *testing.T) {
	formatted := Format("0612345678", "FR") // 06 12 34 56 78
	for before, want := range map[string]int{"": 0, "0": 1, "06": 2, "061": 4, "06 1": 4, "0612345678": 14} {
		if got := Caret(formatted, before); got != want {
			t.Errorf("Caret(%q) = %d, want %d", before, got, want)
		}
	}
}

func TestCountry(t *testing.T) {
	for number, want := range map[string]string{
		"+33612345678": "FR", "+35312345678": "IE", "+14155552671": "US", "+999123456": "", "112": "",
	} {
		if got := Country(number); got != want {
			t.Errorf("Country(%q) = %q, want %q", number, got, want)
		}
	}
	if got := CallingCode("ch"); got != "+41" {
		t.Errorf("CallingCode(ch) = %q", got)
	}
}

func TestPlansAreSane(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range plans() {
		if seen[p.country] || len(p.country) != 2 || p.code == "" || p.exit == "" || p.groups == "" {
			t.Errorf("bad plan %+v", p)
		}
		seen[p.country] = true
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"+33 (0)6 12 34 56 78", "112", "011 33 6", "*21#", "x", "٠٦", "00", "(0)"} {
		f.Add(s, "FR")
		f.Add(s, "US")
		f.Add(s, "")
	}
	f.Fuzz(func(t *testing.T, typed, country string) {
		n, err := Parse(typed, country)
		if err == nil {
			digits := strings.TrimPrefix(n.Value, "+")
			if strings.Trim(digits, "0123456789") != "" || len(digits) > maxDigits || digits == "" {
				t.Fatalf("Parse(%q, %q) = %+v", typed, country, n)
			}
			if again, err := Parse(n.Value, country); err != nil || again != n {
				t.Fatalf("Parse is not stable: %+v then %+v, %v", n, again, err)
			}
		}
		cleaned := Clean(typed)
		if Clean(cleaned) != cleaned {
			t.Fatalf("Clean is not stable on %q: %q", typed, cleaned)
		}
		shown := Format(typed, country)
		if Clean(shown) != cleaned {
			t.Fatalf("Format(%q, %q) = %q changes the digits %q", typed, country, shown, cleaned)
		}
		if c := Caret(shown, typed); c < 0 || c > len(shown) {
			t.Fatalf("caret %d outside %q", c, shown)
		}
	})
}
