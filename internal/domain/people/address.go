package people

import (
	"net/mail"
	"slices"
	"strings"
)

// maxEmail is the longest e-mail address, in bytes (RFC 5321, 4.5.3.1.3).
const maxEmail = 254

// Address returns an e-mail address in its stored form, lower-cased and without
// space around it. It is refused (false) where mail could not be sent to it, or
// where it has letters beyond ASCII, which can be made to look like another's.
func Address(typed string) (string, bool) {
	s := strings.ToLower(strings.TrimSpace(typed))
	if len(s) > maxEmail || strings.ContainsAny(s, "\"()<>[]\\ \t\r\n") {
		return "", false
	}
	for _, r := range s {
		if r <= ' ' || r > '~' {
			return "", false
		}
	}
	parsed, err := mail.ParseAddress(s)
	if err != nil || parsed.Name != "" || parsed.Address != s {
		return "", false
	}
	local, domain, _ := strings.Cut(s, "@")
	labels := strings.Split(domain, ".")
	bad := func(l string) bool {
		return l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' || strings.Trim(l, "abcdefghijklmnopqrstuvwxyz0123456789-") != ""
	}
	if len(local) > 64 || len(labels) < 2 || slices.ContainsFunc(labels, bad) {
		return "", false
	}
	return s, true
}

// entry is one address as it was typed, with the name before it.
type entry struct{ name, email string }

// entries finds the addresses in what somebody typed or pasted: separated by
// commas, semicolons, spaces or lines, each bare or as in "Ann Lee <ann@a.com>".
// What is no address is an entry too, so that it can be shown as wrong.
func entries(text string) []entry {
	var out []entry
	for line := range strings.Lines(strings.ReplaceAll(text, "\r", "\n")) {
		// A quote that is never closed is a plain character: it must not hide the
		// addresses behind it.
		quotes := strings.Count(line, `"`)%2 == 0
		for _, chunk := range chunks(line, quotes) {
			out = append(out, split(chunk)...)
		}
	}
	return out
}

// chunks cuts a line at its separators and after each ">", leaving alone those
// between quotes.
func chunks(line string, quotes bool) []string {
	var out []string
	start, quoted := 0, false
	cut := func(end, next int) {
		if s := strings.TrimSpace(line[start:end]); s != "" {
			out = append(out, s)
		}
		start = next
	}
	for i, r := range line {
		switch {
		case r == '"' && quotes:
			quoted = !quoted
		case quoted:
		case r == '>':
			cut(i+1, i+1)
		case r == ',' || r == ';' || r == '\n':
			cut(i, i+1)
		}
	}
	cut(len(line), len(line))
	return out
}

// split takes one chunk apart: what stands between < and > is an address, the
// words before it its name; without them every word is an address.
func split(chunk string) []entry {
	before, rest, angled := strings.Cut(chunk, "<")
	address, _, closed := strings.Cut(rest, ">")
	if !angled || !closed {
		var out []entry
		for _, word := range strings.Fields(strings.NewReplacer("<", " ", ">", " ").Replace(chunk)) {
			out = append(out, entry{email: strings.Trim(word, "\"',;")})
		}
		return out
	}
	var out []entry
	words := strings.Fields(before)
	for i := len(words) - 1; i >= 0; i-- {
		if _, ok := Address(words[i]); ok { // "a@x.com b@x.com Ann <ann@x.com>"
			for _, w := range words[:i+1] {
				out = append(out, entry{email: w})
			}
			words = words[i+1:]
			break
		}
	}
	name := strings.Trim(strings.Join(words, " "), `"' `)
	return append(out, entry{name: name, email: strings.TrimSpace(address)})
}
