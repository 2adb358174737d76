package dial

import "strings"

// Format groups what somebody has typed so far for reading. It never changes
// the digits: Clean(Format(s)) equals Clean(s). Service codes with * or # and
// short numbers stay as they are.
func Format(typed, country string) string {
	s := Clean(typed)
	if strings.ContainsAny(s, "*#") {
		return s
	}
	if rest, ok := strings.CutPrefix(s, "+"); ok {
		return formatInternational(rest)
	}
	p, ok := planOf(country)
	if !ok || p.groups == "" || isShort(s, p) || p.exit != "" && strings.HasPrefix(s, p.exit) {
		return s
	}
	return group(s, p.groups)
}

func formatInternational(digits string) string {
	p, ok := codeOf(digits)
	if !ok || len(digits) <= len(p.code) {
		return "+" + digits
	}
	groups := p.groups
	if p.trunk == "0" && groups != "" { // the first group is written without its 0
		groups = string(groups[0]-1) + groups[1:]
	}
	return "+" + p.code + " " + group(digits[len(p.code):], groups)
}

// group cuts digits into the given sizes, what is left over into threes.
func group(digits, sizes string) string {
	var parts []string
	for _, size := range sizes {
		n := int(size - '0')
		if n <= 0 || len(digits) <= n {
			continue
		}
		parts, digits = append(parts, digits[:n]), digits[n:]
		if len(parts) == len(sizes)-1 {
			break
		}
	}
	for len(digits) > 5 {
		parts, digits = append(parts, digits[:3]), digits[3:]
	}
	return strings.Join(append(parts, digits), " ")
}

// Caret is where the caret goes in formatted so that the same count of signs
// stands before it as did before formatting. Positions count bytes, which here
// are UTF-16 units too.
func Caret(formatted, before string) int {
	want := len(Clean(before))
	for i := 0; i < len(formatted); i++ {
		if want == 0 {
			return i
		}
		if formatted[i] != ' ' {
			want--
		}
	}
	return len(formatted)
}
