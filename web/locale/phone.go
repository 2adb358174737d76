package locale

import (
	"strings"

	"parley/internal/base/phone"
)

// Phone is a number as a viewer reads it.
type Phone struct {
	Text    string // national format at home, international abroad; what was given when it is no number
	Flag    string // two regional indicator runes; empty where no country is known
	Country string // ISO 3166, empty where none is known
	E164    string // what a copy button copies; the bare digits of a short number
}

// Phone writes an E.164 or short number for the viewer. It never fails: what
// cannot be read as a number, such as "anonymous", is shown as it came.
func (c *Catalogue) Phone(number string) Phone {
	n := strings.TrimSpace(number)
	p := Phone{Text: strings.ReplaceAll(phone.Display(n, c.country), " ", "\u00a0"), Country: phone.Country(n), E164: n}
	if phone.Short(n) {
		p.Country = c.country
	}
	p.Flag = Flag(p.Country)
	return p
}

// Flag is the flag emoji of an ISO 3166 country code, empty for anything else.
func Flag(country string) string { return phone.CountryFlag(country) }
