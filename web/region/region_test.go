package region_test

import (
	"slices"
	"testing"
	"time"
	_ "time/tzdata"

	"parley/web/region"
)

func TestLists(t *testing.T) {
	l, err := region.New("en", "fr")
	if err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string][]string{"en": {"Åland Islands", "Germany", "France"}, "fr": {"Allemagne", "Émirats arabes unis", "France"}} {
		var names []string
		for _, c := range l.Countries(lang) {
			names = append(names, c.Name)
		}
		if len(names) < 240 {
			t.Errorf("%s: %d countries", lang, len(names))
		}
		for _, name := range want {
			if !slices.Contains(names, name) {
				t.Errorf("%s: no %s", lang, name)
			}
		}
	}
	fr := l.Countries("fr")
	at := func(code string) int {
		return slices.IndexFunc(fr, func(c region.Country) bool { return c.Code == code })
	}
	if at("AE") < 0 || at("AE") > at("FR") { // É sorts with E, before F
		t.Error("accents sort to the end")
	}
	if !l.IsCountry("FR") || l.IsCountry("fr") || l.IsCountry("XX") {
		t.Error("IsCountry")
	}
}

func TestEveryZoneLoads(t *testing.T) {
	l, err := region.New()
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Zones()) < 400 || !slices.IsSorted(l.Zones()) || !slices.Contains(l.Zones(), "Europe/Paris") {
		t.Errorf("%d zones", len(l.Zones()))
	}
	for _, zone := range l.Zones() {
		if _, err := time.LoadLocation(zone); err != nil {
			t.Error(err)
		}
	}
}
