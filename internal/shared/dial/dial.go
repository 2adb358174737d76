// Package dial makes sense of phone numbers as people type and paste them: it
// cleans them, puts the calling code of a country before national ones, leaves
// short numbers (112, 3631) alone and groups digits for reading while somebody
// types. It is compiled into the browser too. It must not judge whether a
// number exists or may be dialled: the server does, with fuller tables.
package dial

import (
	"errors"
	"strings"
)

// Bounds of what is read and of what comes out (E.164, 6.2: 15 digits).
const (
	maxInput  = 64
	maxDigits = 15
	minDigits = 7 // of an international number, calling code included
	maxShort  = 6
)

// Why a number is refused.
var (
	ErrEmpty    = errors.New("no digits")
	ErrTooShort = errors.New("too few digits")
	ErrTooLong  = errors.New("too many digits")
	ErrCountry  = errors.New("unknown country or calling code")
)

// Number is a number ready to be dialled.
type Number struct {
	Value string // "+33612345678", or the bare digits of a short number
	Short bool   // an emergency or service number, dialled as it is
}

// Clean reduces pasted text to what a keypad can send: digits, * and #, with a
// leading +. It understands "tel:" links, "(0)" and digits of other scripts,
// and drops an extension ("ext. 12", "poste 4", ";ext=1").
func Clean(s string) string {
	if len(s) > maxInput {
		s = s[:maxInput]
	}
	s = strings.TrimSpace(strings.ToLower(s))
	s = strings.TrimPrefix(s, "tel:")
	if i := strings.IndexAny(s, ";,xp"); i > 0 { // ";ext=1", ",,1", "x1", "ext", "poste"
		s = s[:i]
	}
	if international(s) {
		s = strings.Replace(s, "(0)", "", 1)
	}
	var b strings.Builder
	for _, r := range s {
		switch d, ok := digit(r); {
		case ok:
			b.WriteByte(d)
		case r == '*' || r == '#':
			b.WriteRune(r)
		case (r == '+' || r == '＋') && b.Len() == 0:
			b.WriteByte('+')
		}
	}
	return b.String()
}

func international(s string) bool {
	return strings.Contains(s, "+") || strings.HasPrefix(s, "00")
}

// digit reads the digits of the scripts people paste from.
func digit(r rune) (byte, bool) {
	for _, zero := range [...]rune{'0', '０', '٠', '۰', '०'} {
		if r >= zero && r <= zero+9 {
			return byte('0' + r - zero), true
		}
	}
	return 0, false
}

// Parse reads what somebody typed in a country (ISO 3166 alpha-2) as a number
// to dial. Errors are ErrEmpty, ErrTooShort, ErrTooLong and ErrCountry.
func Parse(typed, country string) (Number, error) {
	s := strings.NewReplacer("*", "", "#", "").Replace(Clean(typed))
	if strings.Trim(s, "+") == "" {
		return Number{}, ErrEmpty
	}
	plan, known := planOf(country)
	if rest, ok := strings.CutPrefix(s, "+"); ok {
		return whole(rest)
	}
	if isShort(s, plan) {
		return Number{Value: s, Short: true}, nil
	}
	if !known {
		plan.exit = "00"
	}
	if rest, ok := strings.CutPrefix(s, plan.exit); ok && plan.exit != "" {
		return whole(rest)
	}
	if !known {
		return Number{}, ErrCountry
	}
	return whole(plan.code + plan.national(s))
}

// whole checks an international number, given without its "+".
func whole(digits string) (Number, error) {
	switch {
	case len(digits) < minDigits:
		return Number{}, ErrTooShort
	case len(digits) > maxDigits:
		return Number{}, ErrTooLong
	}
	if _, ok := codeOf(digits); !ok {
		return Number{}, ErrCountry
	}
	return Number{Value: "+" + digits}, nil
}

// isShort tells service numbers from subscriber numbers: few digits, and not
// begun like a national number.
func isShort(digits string, p plan) bool {
	if len(digits) < 2 || len(digits) > maxShort || p.shortest > 0 && len(digits) >= p.shortest {
		return false
	}
	return !strings.HasPrefix(digits, "0")
}

// Country is the country a "+" number most likely belongs to, "" where the
// calling code is unknown. Countries that share a code give the largest.
func Country(e164 string) string {
	rest, ok := strings.CutPrefix(e164, "+")
	if !ok {
		return ""
	}
	p, _ := codeOf(rest)
	return p.country
}

// CallingCode is the calling code of a country with its "+", "" if unknown.
func CallingCode(country string) string {
	p, ok := planOf(country)
	if !ok {
		return ""
	}
	return "+" + p.code
}
