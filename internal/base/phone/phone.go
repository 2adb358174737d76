// Package phone reads and writes phone numbers: what people type becomes E.164,
// what is stored becomes what people read. Emergency and service numbers (112,
// 3631, 118712) are recognised before the library and kept as they are. It holds
// no state; any goroutine may call it.
package phone

import (
	"strconv"
	"strings"

	"parley/internal/base/fault"

	"github.com/nyaruka/phonenumbers"
)

// maxInput bounds what Parse looks at: the longest sensible way to write a
// number with separators, an extension left out.
const maxInput = 40

// maxShort is the length of the longest service number, such as 118712.
const maxShort = 6

// Parse reads a number as typed or pasted by somebody in country (ISO 3166-1
// alpha-2) and returns its E.164 form, or the bare digits of a short number. What
// is no valid number is an Invalid fault, error.phone-invalid.
func Parse(raw, country string) (string, error) {
	raw = strings.TrimSpace(raw)
	if len(raw) > maxInput {
		return "", invalid()
	}
	if short := bare(raw); isShort(short, country) {
		return short, nil
	}
	parsed, err := phonenumbers.Parse(raw, strings.ToUpper(country))
	if err != nil {
		return "", invalid().Because(err)
	}
	if parsed.GetExtension() != "" || !phonenumbers.IsValidNumber(parsed) {
		return "", invalid()
	}
	return phonenumbers.Format(parsed, phonenumbers.E164), nil
}

func invalid() *fault.Error { return fault.New(fault.Invalid, "error.phone-invalid") }

// bare strips the separators people write; it is empty where anything but
// digits remains.
func bare(raw string) string {
	digits := strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", ".", "", "-", "", "/", "", "(", "", ")", "").Replace(raw)
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return ""
	}
	return digits
}

// isShort tells short numbers from subscriber numbers. Up to three digits there
// is nothing else; up to six a small country may have subscribers, and what
// begins with 0 is most likely the start of a number cut short.
func isShort(digits, country string) bool {
	if len(digits) < 2 || len(digits) > maxShort {
		return false
	}
	if len(digits) <= 3 {
		return true
	}
	parsed, err := phonenumbers.Parse(digits, strings.ToUpper(country))
	if err != nil {
		return digits[0] != '0'
	}
	return phonenumbers.IsValidShortNumberForRegion(parsed, strings.ToUpper(country)) ||
		digits[0] != '0' && !phonenumbers.IsValidNumber(parsed)
}

// Short says whether a stored number is an emergency or service number rather
// than E.164.
func Short(number string) bool {
	return number != "" && len(number) <= maxShort && strings.Trim(number, "0123456789") == ""
}

// Emergency says whether number, as Parse returned it, reaches the emergency
// services when dialled from country.
func Emergency(number, country string) bool {
	return Short(number) && phonenumbers.IsEmergencyNumber(number, strings.ToUpper(country))
}

// Premium says whether an E.164 number is one that its owner earns by (in France
// those that begin with 089).
func Premium(e164 string) bool {
	parsed, err := phonenumbers.Parse(e164, "")
	return err == nil && phonenumbers.GetNumberType(parsed) == phonenumbers.PREMIUM_RATE
}

// Display writes a stored number for somebody in viewerCountry: in national form
// within the same country, else international. What is no number, such as
// "anonymous", comes back as it is.
func Display(e164, viewerCountry string) string {
	if Short(e164) {
		return spaceShort(e164)
	}
	parsed, err := phonenumbers.Parse(e164, "")
	if err != nil {
		return e164
	}
	if phonenumbers.GetRegionCodeForNumber(parsed) == strings.ToUpper(viewerCountry) {
		return phonenumbers.Format(parsed, phonenumbers.NATIONAL)
	}
	return phonenumbers.Format(parsed, phonenumbers.INTERNATIONAL)
}

func spaceShort(n string) string {
	switch len(n) {
	case 4:
		return n[:2] + " " + n[2:]
	case 6:
		return n[:3] + " " + n[3:]
	}
	return n
}

// Country returns the ISO 3166-1 country of an E.164 number, "" where it has
// none: short numbers, international networks, what is no number.
func Country(e164 string) string {
	parsed, err := phonenumbers.Parse(e164, "")
	if err != nil {
		return ""
	}
	region := phonenumbers.GetRegionCodeForNumber(parsed)
	if len(region) != 2 || region == "ZZ" { // "001" stands for international networks
		return ""
	}
	return region
}

// Flag returns the flag emoji of an E.164 number's country, "" where it has none.
func Flag(e164 string) string { return CountryFlag(Country(e164)) }

// CountryFlag returns the flag emoji of an ISO 3166-1 code: two regional
// indicator runes, "" for anything that is no such code.
func CountryFlag(country string) string {
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

// CallingCode returns the digits that follow + for a country ("33"), "" for an
// unknown one.
func CallingCode(country string) string {
	code := phonenumbers.GetCountryCodeForRegion(strings.ToUpper(country))
	if code == 0 {
		return ""
	}
	return strconv.Itoa(code)
}

// Spans says whether numbers that begin with + and these digits belong to several
// calling codes: "3" is the beginning of France's 33 and of many others.
func Spans(digits string) bool {
	for code := range phonenumbers.GetSupportedCallingCodes() {
		if whole := strconv.Itoa(code); len(whole) > len(digits) && strings.HasPrefix(whole, digits) {
			return true
		}
	}
	return false
}

// Known says whether country is the code of a country with phone numbers.
func Known(country string) bool { return len(country) == 2 && CallingCode(country) != "" }

// Countries lists the codes of every country with phone numbers, unordered.
func Countries() []string {
	regions := phonenumbers.GetSupportedRegions()
	out := make([]string, 0, len(regions))
	for region := range regions {
		out = append(out, region)
	}
	return out
}
