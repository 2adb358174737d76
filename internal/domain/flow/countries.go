package flow

import "parley/internal/base/phone"

// Countries are where calls may be sent to, ISO 3166-1 alpha-2: a flow calls out by
// itself, as often as callers make it. nil stands for everywhere.
type Countries map[string]bool

// CountriesOf are the countries with these codes.
func CountriesOf(codes []string) Countries {
	out := make(Countries, len(codes))
	for _, code := range codes {
		out[code] = true
	}
	return out
}

// Dials says whether a flow may call a number in E.164. A short number has no
// country: it is dialled within that of the line.
func (c Countries) Dials(to string) bool {
	return c == nil || !barred(to, c) && (phone.Short(to) || c[phone.Country(to)])
}

// barred says whether a number is one that people alone may call: of the emergency
// services, or one that its owner earns by, whom a caller may be.
func barred(to string, where Countries) bool {
	for country := range where {
		if phone.Emergency(to, country) {
			return true
		}
	}
	return phone.Premium(to)
}
