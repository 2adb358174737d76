package incoming_test

import (
	"testing"

	"parley/internal/domain/trunk/incoming"
)

// TestHowCarriersWriteCallers: all of these are one caller each, and nobody a stranger.
func TestHowCarriersWriteCallers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, country, want string }{
		{"+33612345678", "FR", "+33612345678"},
		{"0612345678", "FR", "+33612345678"},
		{"0033612345678", "FR", "+33612345678"},
		{"33612345678", "FR", "+33612345678"},
		{"447911123456", "FR", "+447911123456"}, // E.164 without its sign
		{"33612345678", "GB", "+33612345678"},
		{"12125550123", "FR", "+12125550123"},
		{"2125550123", "US", "+12125550123"},
		{"3631", "FR", "3631"},
		{"", "FR", ""},
		{"Restricted", "FR", ""},
		{"999999999999", "FR", ""},
		{"0000000000", "FR", ""},
		{"447911123456 ext 5", "FR", ""},
	} {
		if got := incoming.Caller(c.from, c.country); got != c.want {
			t.Errorf("%q in %s is %q, want %q", c.from, c.country, got, c.want)
		}
	}
}
