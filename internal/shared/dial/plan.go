package dial

import "strings"

// plan is how one country numbers its phones.
type plan struct {
	country  string // ISO 3166 alpha-2
	code     string // calling code
	trunk    string // prefix of national numbers, not part of them
	exit     string // prefix of international numbers
	groups   string // digits per group of a national number with its prefix
	shortest int    // shortest national number where that is under seven digits
}

// national takes the trunk prefix off a national number.
func (p plan) national(digits string) string {
	if p.trunk == "" {
		return digits
	}
	if p.code == "1" && len(digits) != 11 { // "1" also begins no North American number
		return digits
	}
	return strings.TrimPrefix(digits, p.trunk)
}

func planOf(country string) (plan, bool) {
	for _, p := range plans() {
		if strings.EqualFold(p.country, country) {
			return p, true
		}
	}
	return plan{}, false
}

// codeOf finds the plan digits begin with; the longest code wins, and among
// equal ones the first listed. A code that is assigned but not listed still
// counts, as a plan without a country.
func codeOf(digits string) (plan, bool) {
	best := plan{}
	for _, p := range plans() {
		if strings.HasPrefix(digits, p.code) && len(p.code) > len(best.code) {
			best = p
		}
	}
	if best.code != "" {
		return best, true
	}
	// Zones 2 to 9 give three-digit codes to everybody not listed.
	if len(digits) > 3 && digits[0] >= '2' && digits[0] <= '9' {
		return plan{code: digits[:3]}, true
	}
	return plan{}, false
}

// plans lists the countries: sources are ITU-T E.164 Annex to Operational
// Bulletin (codes) and the national plans filed with the ITU (prefixes).
func plans() []plan {
	return []plan{
		{country: "FR", code: "33", trunk: "0", exit: "00", groups: "22222"},
		{country: "GB", code: "44", trunk: "0", exit: "00", groups: "533"},
		{country: "US", code: "1", trunk: "1", exit: "011", groups: "334"},
		{country: "CA", code: "1", trunk: "1", exit: "011", groups: "334"},
		{country: "BE", code: "32", trunk: "0", exit: "00", groups: "4222"},
		{country: "CH", code: "41", trunk: "0", exit: "00", groups: "3322"},
		{country: "LU", code: "352", exit: "00", groups: "3333"},
		{country: "MC", code: "377", exit: "00", groups: "2222"},
		{country: "DE", code: "49", trunk: "0", exit: "00", groups: "444"},
		{country: "AT", code: "43", trunk: "0", exit: "00", groups: "4333"},
		{country: "ES", code: "34", exit: "00", groups: "333"},
		{country: "PT", code: "351", exit: "00", groups: "333"},
		{country: "IT", code: "39", exit: "00", groups: "334"},
		{country: "NL", code: "31", trunk: "0", exit: "00", groups: "334"},
		{country: "IE", code: "353", trunk: "0", exit: "00", groups: "334"},
		{country: "DK", code: "45", exit: "00", groups: "2222"},
		{country: "NO", code: "47", exit: "00", groups: "323", shortest: 5},
		{country: "SE", code: "46", trunk: "0", exit: "00", groups: "3322"},
		{country: "FI", code: "358", trunk: "0", exit: "00", groups: "334", shortest: 6},
		{country: "IS", code: "354", exit: "00", groups: "34"},
		{country: "PL", code: "48", exit: "00", groups: "333"},
		{country: "CZ", code: "420", exit: "00", groups: "333"},
		{country: "SK", code: "421", trunk: "0", exit: "00", groups: "433"},
		{country: "HU", code: "36", trunk: "06", exit: "00", groups: "2234"},
		{country: "RO", code: "40", trunk: "0", exit: "00", groups: "433"},
		{country: "BG", code: "359", trunk: "0", exit: "00", groups: "334"},
		{country: "GR", code: "30", exit: "00", groups: "334"},
		{country: "HR", code: "385", trunk: "0", exit: "00", groups: "334"},
		{country: "SI", code: "386", trunk: "0", exit: "00", groups: "333"},
		{country: "RS", code: "381", trunk: "0", exit: "00", groups: "334"},
		{country: "EE", code: "372", exit: "00", groups: "44"},
		{country: "LV", code: "371", exit: "00", groups: "233"},
		{country: "LT", code: "370", trunk: "0", exit: "00", groups: "333"},
		{country: "MT", code: "356", exit: "00", groups: "44"},
		{country: "CY", code: "357", exit: "00", groups: "26"},
		{country: "UA", code: "380", trunk: "0", exit: "00", groups: "334"},
		{country: "RU", code: "7", trunk: "8", exit: "810", groups: "13322"},
		{country: "KZ", code: "7", trunk: "8", exit: "810", groups: "13322"},
		{country: "TR", code: "90", trunk: "0", exit: "00", groups: "4322"},
		{country: "MA", code: "212", trunk: "0", exit: "00", groups: "22222"},
		{country: "DZ", code: "213", trunk: "0", exit: "00", groups: "22222"},
		{country: "TN", code: "216", exit: "00", groups: "233"},
		{country: "EG", code: "20", trunk: "0", exit: "00", groups: "344"},
		{country: "SN", code: "221", exit: "00", groups: "2322"},
		{country: "CI", code: "225", exit: "00", groups: "22222"},
		{country: "CM", code: "237", exit: "00", groups: "1222"},
		{country: "NG", code: "234", trunk: "0", exit: "009", groups: "434"},
		{country: "KE", code: "254", trunk: "0", exit: "000", groups: "433"},
		{country: "ZA", code: "27", trunk: "0", exit: "00", groups: "334"},
		{country: "RE", code: "262", trunk: "0", exit: "00", groups: "22222"},
		{country: "GP", code: "590", trunk: "0", exit: "00", groups: "22222"},
		{country: "MQ", code: "596", trunk: "0", exit: "00", groups: "22222"},
		{country: "GF", code: "594", trunk: "0", exit: "00", groups: "22222"},
		{country: "NC", code: "687", exit: "00", groups: "222", shortest: 6},
		{country: "PF", code: "689", exit: "00", groups: "2222"},
		{country: "IL", code: "972", trunk: "0", exit: "00", groups: "334"},
		{country: "AE", code: "971", trunk: "0", exit: "00", groups: "334"},
		{country: "SA", code: "966", trunk: "0", exit: "00", groups: "334"},
		{country: "LB", code: "961", trunk: "0", exit: "00", groups: "233"},
		{country: "IN", code: "91", trunk: "0", exit: "00", groups: "55"},
		{country: "CN", code: "86", trunk: "0", exit: "00", groups: "344"},
		{country: "HK", code: "852", exit: "001", groups: "44"},
		{country: "SG", code: "65", exit: "001", groups: "44"},
		{country: "JP", code: "81", trunk: "0", exit: "010", groups: "344"},
		{country: "KR", code: "82", trunk: "0", exit: "00", groups: "344"},
		{country: "TH", code: "66", trunk: "0", exit: "001", groups: "334"},
		{country: "VN", code: "84", trunk: "0", exit: "00", groups: "433"},
		{country: "PH", code: "63", trunk: "0", exit: "00", groups: "434"},
		{country: "ID", code: "62", trunk: "0", exit: "001", groups: "444"},
		{country: "MY", code: "60", trunk: "0", exit: "00", groups: "334"},
		{country: "AU", code: "61", trunk: "0", exit: "0011", groups: "433"},
		{country: "NZ", code: "64", trunk: "0", exit: "00", groups: "334"},
		{country: "BR", code: "55", trunk: "0", exit: "00", groups: "254"},
		{country: "MX", code: "52", exit: "00", groups: "334"},
		{country: "AR", code: "54", trunk: "0", exit: "00", groups: "344"},
		{country: "CL", code: "56", exit: "00", groups: "144"},
		{country: "CO", code: "57", exit: "00", groups: "334"},
		{country: "PE", code: "51", trunk: "0", exit: "00", groups: "333"},
	}
}
