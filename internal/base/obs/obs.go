// Package obs is what the program says about itself: the log's vocabulary and
// the masking of what must not stand in it. It owns no logger; loggers are
// handed down from the composition root.
package obs

import "log/slog"

// Attribute names. A log line uses these and no synonyms.
const (
	Workspace = "ws"
	Call      = "call"
	Leg       = "leg"
	Member    = "member"
	Number    = "number"
	Trunk     = "trunk"
	Node      = "node"
	Err       = "err"
)

// Phone is a phone number that masks itself in logs: all but the first three
// and last two characters are hidden.
type Phone string

// LogValue masks the number.
func (p Phone) LogValue() slog.Value { return slog.StringValue(Mask(string(p))) }

// Mask hides the middle of a phone number.
func Mask(s string) string {
	r := []rune(s)
	if len(r) <= 5 {
		return "***"
	}
	for i := 3; i < len(r)-2; i++ {
		r[i] = '*'
	}
	return string(r)
}
