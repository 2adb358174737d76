package mail

import (
	"regexp"
	"strings"
	"unicode"

	"parley/internal/domain/letter"
)

// maxProblem is the longest problem text that is kept, in characters.
const maxProblem = 300

// Refusal is a mail server's final no to a recipient or a letter: an answer 5xx.
type Refusal struct {
	Code int // SMTP reply code
	Err  error
}

// Error is what the server said.
func (r *Refusal) Error() string { return r.Err.Error() }

// Unwrap returns the underlying error.
func (r *Refusal) Unwrap() error { return r.Err }

// problem is what went wrong, fit to be stored and shown: one bounded line without
// the recipient and without any link. Mail servers quote what they dislike, and
// the link of a letter lets its reader in.
func problem(err error, p letter.Posted) string {
	if err == nil {
		return ""
	}
	said := err.Error()
	for _, secret := range append(secrets(p), p.To) {
		said = strings.ReplaceAll(said, secret, "…")
	}
	said = link().ReplaceAllString(said, "…")
	said = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.In(r, unicode.C), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, strings.ToValidUTF8(said, ""))
	said = strings.Join(strings.Fields(said), " ")
	if r := []rune(said); len(r) > maxProblem {
		said = string(r[:maxProblem-1]) + "…"
	}
	return said
}

// secrets are the links of a letter and the last step of each path, longest first.
func secrets(p letter.Posted) []string {
	var out []string
	for _, found := range link().FindAllString(p.Text, -1) {
		out = append(out, found)
		if last := found[strings.LastIndexByte(found, '/')+1:]; len(last) >= 8 {
			out = append(out, last)
		}
	}
	return out
}

func link() *regexp.Regexp { return regexp.MustCompile(`(?i)https?://[^\s<>"]+`) }
