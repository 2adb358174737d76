package phone_test

import (
	"strings"
	"testing"

	"parley/internal/base/fault"
	"parley/internal/base/phone"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ raw, country, want string }{
		{"01 23 45 67 89", "FR", "+33123456789"},
		{"+33 (0)1 23 45 67 89", "FR", "+33123456789"},
		{"0033123456789", "FR", "+33123456789"},
		{"tel:+33-1-23-45-67-89", "GB", "+33123456789"},
		{"01.23.45.67.89", "fr", "+33123456789"},
		{"(212) 555-0123", "US", "+12125550123"},
		{"020 7946 0958", "GB", "+442079460958"},
		{"112", "FR", "112"},
		{"15", "FR", "15"},
		{"17", "FR", "17"},
		{"18", "FR", "18"},
		{"36 31", "FR", "3631"},
		{"3631", "FR", "3631"},
		{"118 712", "FR", "118712"},
		{"911", "US", "911"},
		{"821234", "AD", "+376821234"}, // Andorra's subscribers have six digits
	} {
		got, err := phone.Parse(c.raw, c.country)
		if err != nil || got != c.want {
			t.Errorf("Parse(%q, %s) = %q, %v; want %q", c.raw, c.country, got, err, c.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"", " ", "1", "hello", "+", "+999123456789", "0123", "01 23 45", "01 23 45 67 8x", "+33 1 23 45 67 89 ext. 5",
		strings.Repeat("0123456789", 100), "\x00\x01", "+331234567890123",
	} {
		got, err := phone.Parse(raw, "FR")
		f := fault.Of(err)
		if err == nil || f.Kind != fault.Invalid || f.Key != "error.phone-invalid" {
			t.Errorf("Parse(%q) = %q, %v; want error.phone-invalid", raw, got, err)
		}
	}
}

func TestDisplay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ number, viewer, want, flag string }{
		{"+33123456789", "FR", "01 23 45 67 89", "🇫🇷"},
		{"+33123456789", "fr", "01 23 45 67 89", "🇫🇷"},
		{"+33123456789", "GB", "+33 1 23 45 67 89", "🇫🇷"},
		{"+12125550123", "CA", "+1 212-555-0123", "🇺🇸"},
		{"3631", "FR", "36 31", ""},
		{"112", "FR", "112", ""},
		{"anonymous", "FR", "anonymous", ""},
		{"", "FR", "", ""},
	} {
		if got := phone.Display(c.number, c.viewer); got != c.want {
			t.Errorf("Display(%q, %s) = %q, want %q", c.number, c.viewer, got, c.want)
		}
		if got := phone.Flag(c.number); got != c.flag {
			t.Errorf("Flag(%q) = %q, want %q", c.number, got, c.flag)
		}
	}
}

func TestCountries(t *testing.T) {
	t.Parallel()
	if got := phone.CallingCode("fr"); got != "33" {
		t.Errorf("CallingCode(fr) = %q", got)
	}
	if phone.CallingCode("ZZ") != "" || phone.Known("ZZ") || phone.Known("") || !phone.Known("FR") {
		t.Error("unknown countries must have no calling code")
	}
	if phone.Country("+33123456789") != "FR" || phone.Country("112") != "" || phone.Country("+80012345678") != "" {
		t.Error("Country must know France and no country for short and international numbers")
	}
	for _, c := range phone.Countries() {
		if !phone.Known(c) || phone.CountryFlag(c) == "" {
			t.Errorf("country %q is listed but not known", c)
		}
	}
}

func TestSpans(t *testing.T) {
	for digits, want := range map[string]bool{"3": true, "21": true, "1": false, "7": false, "33": false, "336": false, "210": false, "88": true, "": true} {
		if phone.Spans(digits) != want {
			t.Errorf("%q: %v", digits, !want)
		}
	}
}

func TestEmergency(t *testing.T) {
	t.Parallel()
	if !phone.Emergency("112", "FR") || !phone.Emergency("15", "FR") || phone.Emergency("3631", "FR") || phone.Emergency("+33112", "FR") {
		t.Error("112 and 15 are emergency numbers in France, 3631 is not")
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"01 23 45 67 89", "+33123456789", "112", "", "tel:+1", ";ext=1", "٠١٢٣٤٥٦٧٨٩"} {
		f.Add(s, "FR")
	}
	f.Fuzz(func(t *testing.T, raw, country string) {
		got, err := phone.Parse(raw, country)
		if err != nil {
			return
		}
		if !phone.Short(got) && !strings.HasPrefix(got, "+") {
			t.Fatalf("Parse(%q, %q) = %q: neither short nor E.164", raw, country, got)
		}
		again, err := phone.Parse(got, country)
		if err != nil || again != got {
			t.Fatalf("Parse is not stable: %q then %q, %v", got, again, err)
		}
	})
}

// Flows read stored numbers without a country.
func TestShortNumbersNeedNoCountry(t *testing.T) {
	t.Parallel()
	for _, n := range []string{"112", "15", "3631", "118712", "+33123456789"} {
		if got, err := phone.Parse(n, ""); err != nil || got != n {
			t.Errorf("Parse(%q) = %q, %v", n, got, err)
		}
	}
	for _, bad := range []string{"", "1", "0123456789", "911911911"} {
		if got, err := phone.Parse(bad, ""); err == nil {
			t.Errorf("Parse(%q) = %q", bad, got)
		}
	}
}

func TestPremium(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]bool{"+33899123456": true, "+33123456789": false, "+442079460958": false, "+449098790000": true, "112": false, "": false} {
		if got := phone.Premium(number); got != want {
			t.Errorf("Premium(%q) is %v", number, got)
		}
	}
}
