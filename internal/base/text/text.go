// Package text bounds what people type into one-line fields before it is stored,
// put into a header or shown to somebody else. It holds no state.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line returns s without surrounding space and with inner runs of space folded
// into one. It is refused (false) when it is longer than limit characters, is not
// UTF-8, or holds control, formatting or private characters: those hide or
// reorder what others read. An empty line is fine; callers decide about it.
func Line(s string, limit int) (string, bool) {
	if len(s) > 4*limit+64 || !utf8.ValidString(s) {
		return "", false
	}
	s = strings.Join(strings.Fields(s), " ")
	for _, r := range s {
		if r != '\u200d' && unicode.In(r, unicode.C) { // emoji sequences hold U+200D
			return "", false
		}
	}
	return s, utf8.RuneCountInString(s) <= limit
}
