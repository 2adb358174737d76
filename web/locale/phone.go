package locale

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
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
	if isShort(n) {
		return Phone{Text: spaceShort(n), Flag: Flag(c.country), Country: c.country, E164: n}
	}
	parsed, err := phonenumbers.Parse(n, c.country)
	if err != nil {
		return Phone{Text: n, E164: n}
	}
	region := phonenumbers.GetRegionCodeForNumber(parsed)
	p := Phone{Country: region, Flag: Flag(region), E164: phonenumbers.Format(parsed, phonenumbers.E164)}
	format := phonenumbers.INTERNATIONAL
	if region == c.country {
		format = phonenumbers.NATIONAL
	}
	p.Text = strings.ReplaceAll(phonenumbers.Format(parsed, format), " ", "\u00a0")
	return p
}

// isShort tells emergency and service numbers (112, 3631, 118 712) from
// subscriber numbers, which phonenumbers would mangle.
func isShort(n string) bool {
	if len(n) < 2 || len(n) > 6 {
		return false
	}
	for _, r := range n {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}

func spaceShort(n string) string {
	switch len(n) {
	case 4:
		return n[:2] + "\u00a0" + n[2:]
	case 6:
		return n[:3] + "\u00a0" + n[3:]
	}
	return n
}

// Flag is the flag emoji of an ISO 3166 country code, empty for anything else.
func Flag(country string) string {
	if len(country) != 2 {
		return ""
	}
	var b strings.Builder
	for _, r := range strings.ToUpper(country) {
		if r < 'A' || r > 'Z' {
			return ""
		}
		b.WriteRune(0x1F1E6 + r - 'A')
	}
	return b.String()
}
