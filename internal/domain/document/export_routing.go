package document

import (
	"cmp"
	"slices"
	"strings"

	"parley/internal/base/text"
	"parley/internal/domain/blocklist"
	"parley/internal/domain/message"
)

// exportMessages writes the texts that are spoken, those too that are not offered
// any more but that a flow says.
func (s *stored) exportMessages() []Message {
	var out []Message
	seen := map[string]bool{}
	for _, m := range s.messages {
		if key := text.Fold(m.Name); !seen[key] {
			seen[key] = true
			if m.Kind == message.Spoken {
				out = append(out, Message{Name: m.Name, Text: m.Text, Language: m.Language, Voice: m.Voice})
			}
		}
	}
	slices.SortFunc(out, func(a, b Message) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func (s *stored) exportCalendars(used map[string]bool) []Calendar {
	var out []Calendar
	for _, f := range s.feeds {
		out = append(out, Calendar{Name: f.Name, URL: f.URL})
	}
	slices.SortFunc(out, func(a, b Calendar) int { return strings.Compare(a.Name, b.Name) })
	for i := range out {
		out[i].URL = placeholder("CALENDAR", out[i].Name, "URL", out[i].URL, used)
	}
	return out
}

func (s *stored) exportBlocked() []Blocked {
	var out []Blocked
	for _, e := range s.blocked {
		one := Blocked{Note: e.Note}
		switch e.Kind {
		case blocklist.Exact:
			one.Number = e.Pattern
		case blocklist.Prefix:
			one.Prefix = e.Pattern
		case blocklist.Anonymous:
			one.Anonymous = true
		}
		out = append(out, one)
	}
	slices.SortFunc(out, func(a, b Blocked) int {
		return cmp.Or(strings.Compare(a.Number, b.Number), strings.Compare(a.Prefix, b.Prefix))
	})
	return out
}
