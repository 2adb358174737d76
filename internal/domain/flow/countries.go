package flow

import "parley/internal/base/phone"

// Countries are where calls may be sent to, ISO 3166-1 alpha-2: a flow calls out by
// itself, as often as callers make it. nil stands for everywhere.
type Countries map[string]bool

// Dials says whether a number in E.164 may be called. A short number has no
// country: it is dialled within that of the line.
func (c Countries) Dials(to string) bool {
	return c == nil || phone.Short(to) || c[phone.Country(to)]
}
