// Package region lists the countries and time zones people choose from. It
// knows no pages. A Lists is read-only after New.
package region

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

//go:embed zones.tsv
var zoneTable string

// Country is a country with a telephone network.
type Country struct {
	Code string // ISO 3166-1 alpha-2
	Name string // in the language asked for
}

// Lists are the countries per language and the time zones.
type Lists struct {
	byLang map[string][]Country
	codes  map[string]bool
	zones  []string
}

// New makes the lists in the given languages, each sorted as its readers do.
func New(languages ...string) (*Lists, error) {
	l := &Lists{byLang: make(map[string][]Country, len(languages)), codes: map[string]bool{}, zones: Zones()}
	for code := range phonenumbers.GetSupportedRegions() {
		l.codes[code] = true
	}
	for _, lang := range languages {
		tag, err := language.Parse(lang)
		if err != nil {
			return nil, fmt.Errorf("language of country names: %w", err)
		}
		namer := display.Regions(tag)
		countries := make([]Country, 0, len(l.codes))
		for code := range l.codes {
			reg, err := language.ParseRegion(code)
			if err != nil {
				return nil, fmt.Errorf("country %s: %w", code, err)
			}
			countries = append(countries, Country{Code: code, Name: namer.Name(reg)})
		}
		order := collate.New(tag)
		slices.SortFunc(countries, func(a, b Country) int { return order.CompareString(a.Name, b.Name) })
		l.byLang[lang] = countries
	}
	return l, nil
}

// Countries are all countries by name in the language; none for one not given to New.
func (l *Lists) Countries(lang string) []Country { return l.byLang[lang] }

// IsCountry says whether code is one of Countries.
func (l *Lists) IsCountry(code string) bool { return l.codes[code] }

// Zones are the names of all IANA time zones in use, and UTC.
func (l *Lists) Zones() []string { return l.zones }

// Zones reads the same list where no countries are wanted.
func Zones() []string {
	out := []string{"UTC"}
	for line := range strings.Lines(zoneTable) {
		if _, zone, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok && !strings.HasPrefix(line, "#") {
			out = append(out, zone)
		}
	}
	slices.Sort(out)
	return out
}
