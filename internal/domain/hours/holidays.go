package hours

import (
	"slices"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/ar"
	"github.com/rickar/cal/v2/at"
	"github.com/rickar/cal/v2/au"
	"github.com/rickar/cal/v2/be"
	"github.com/rickar/cal/v2/bg"
	"github.com/rickar/cal/v2/br"
	"github.com/rickar/cal/v2/ca"
	"github.com/rickar/cal/v2/ch"
	"github.com/rickar/cal/v2/cz"
	"github.com/rickar/cal/v2/de"
	"github.com/rickar/cal/v2/dk"
	"github.com/rickar/cal/v2/es"
	"github.com/rickar/cal/v2/fr"
	"github.com/rickar/cal/v2/gb"
	"github.com/rickar/cal/v2/gr"
	"github.com/rickar/cal/v2/hr"
	"github.com/rickar/cal/v2/ie"
	"github.com/rickar/cal/v2/it"
	"github.com/rickar/cal/v2/jp"
	"github.com/rickar/cal/v2/lt"
	"github.com/rickar/cal/v2/lv"
	"github.com/rickar/cal/v2/mw"
	"github.com/rickar/cal/v2/nc"
	"github.com/rickar/cal/v2/nl"
	"github.com/rickar/cal/v2/no"
	"github.com/rickar/cal/v2/nz"
	"github.com/rickar/cal/v2/pl"
	"github.com/rickar/cal/v2/ro"
	"github.com/rickar/cal/v2/ru"
	"github.com/rickar/cal/v2/se"
	"github.com/rickar/cal/v2/si"
	"github.com/rickar/cal/v2/sk"
	"github.com/rickar/cal/v2/ua"
	"github.com/rickar/cal/v2/us"
	"github.com/rickar/cal/v2/za"
)

// Holiday is one public holiday, by its name in the country's language.
type Holiday struct {
	Date Date
	Name string
}

// HolidayCountries lists the countries whose public holidays are known, as ISO
// 3166-1 alpha-2 codes in order.
func HolidayCountries() []string {
	return []string{
		"AR", "AT", "AU", "BE", "BG", "BR", "CA", "CH", "CZ", "DE", "DK", "ES", "FR", "GB", "GR", "HR", "IE", "IT", "JP",
		"LT", "LV", "MW", "NC", "NL", "NO", "NZ", "PL", "RO", "RU", "SE", "SI", "SK", "UA", "US", "ZA",
	}
}

// Holidays are the public holidays of a country in a year by date: those of the
// whole country, and the days off in their stead where they fall on a weekend. None
// for a country that is not known.
func Holidays(country string, year int) []Holiday {
	var out []Holiday
	for date, name := range holidaysOf(country, year) {
		out = append(out, Holiday{Date: date, Name: name})
	}
	slices.SortFunc(out, func(a, b Holiday) int { return a.Date.compare(b.Date) })
	return out
}

// holidaysOf has the names by date. A day off in the stead of a holiday may lie in
// the year before or after that.
func holidaysOf(country string, year int) map[Date]string {
	out := make(map[Date]string)
	for _, h := range rules(country) {
		if h.Type == cal.ObservanceOther { // a day that many take off, but no public holiday
			continue
		}
		for y := year - 1; y <= year+1; y++ {
			actual, observed := h.Calc(y)
			for _, t := range [2]time.Time{actual, observed} {
				if t.Year() == year && !t.IsZero() {
					out[DateOf(t)] = h.Name
				}
			}
		}
	}
	return out
}

// rules are how a country's holidays are reckoned.
func rules(country string) []*cal.Holiday {
	switch country {
	case "AU":
		return common(au.HolidaysACT, au.HolidaysNSW, au.HolidaysNT, au.HolidaysQLD, au.HolidaysSA, au.HolidaysTAS, au.HolidaysVIC, au.HolidaysWA)
	case "CH":
		return common(ch.HolidaysZH, ch.HolidaysBE, ch.HolidaysLU, ch.HolidaysGE, ch.HolidaysVD, ch.HolidaysTI, ch.HolidaysVS, ch.HolidaysNE)
	case "AR":
		return ar.Holidays
	case "AT":
		return at.Holidays
	case "BE":
		return be.Holidays
	case "BG":
		return bg.Holidays
	case "BR":
		return br.Holidays
	case "CA":
		return ca.Holidays
	case "CZ":
		return cz.Holidays
	case "DE":
		return de.Holidays
	case "DK":
		return dk.Holidays
	case "ES":
		return es.Holidays
	case "FR":
		return fr.Holidays
	case "GB":
		return gb.Holidays
	case "GR":
		return gr.Holidays
	case "HR":
		return hr.Holidays
	case "IE":
		return ie.Holidays
	case "IT":
		return it.Holidays
	}
	return rulesFromJapan(country)
}

// rulesFromJapan goes on with the countries from JP on.
func rulesFromJapan(country string) []*cal.Holiday {
	switch country {
	case "JP":
		return jp.Holidays
	case "LT":
		return lt.Holidays
	case "LV":
		return lv.Holidays
	case "MW":
		return mw.Holidays
	case "NC":
		return nc.Holidays
	case "NL":
		return nl.Holidays
	case "NO":
		return no.Holidays
	case "NZ":
		return nz.Holidays
	case "PL":
		return pl.Holidays
	case "RO":
		return ro.Holidays
	case "RU":
		return ru.Holidays
	case "SE":
		return se.Holidays
	case "SI":
		return si.Holidays
	case "SK":
		return sk.Holidays
	case "UA":
		return ua.Holidays
	case "US":
		return us.Holidays
	case "ZA":
		return za.Holidays
	}
	return nil
}

// common are the holidays that every part of a country has.
func common(parts ...[]*cal.Holiday) []*cal.Holiday {
	var out []*cal.Holiday
	for _, h := range parts[0] {
		if !slices.ContainsFunc(parts[1:], func(part []*cal.Holiday) bool { return !slices.Contains(part, h) }) {
			out = append(out, h)
		}
	}
	return out
}
