package phone

import (
	"strings"

	"parley/internal/shared/protocol"
)

// picker is the tag picker: a filter and a cursor on what it leaves.
type picker struct {
	filter string
	cursor int
}

// filterMost bounds the filter's text.
const filterMost = 64

// pick works the tag picker.
func (m *Model) pick(in Intent) {
	found := m.foundTags()
	switch in.Kind {
	case DoFilter:
		m.picker = picker{filter: in.Value[:min(len(in.Value), filterMost)]}
	case DoNextTag:
		m.picker.cursor = min(m.picker.cursor+1, max(len(found)-1, 0))
	case DoPrevTag:
		m.picker.cursor = max(m.picker.cursor-1, 0)
	case DoNthTag:
		if n := int(in.Value[0] - '1'); n >= 0 && n < len(found) {
			m.setTag(found[n].ID)
		}
	case DoTag:
		id := in.Value
		if id == "" && m.picker.cursor < len(found) {
			id = found[m.picker.cursor].ID
		}
		m.setTag(id)
	}
}

func (m *Model) setTag(id string) {
	call := m.snap.Me.DueTag
	tagging := m.waiting(func(p protocol.Message) bool { _, ok := p.(*protocol.SetTags); return ok })
	if id == "" || call == "" || tagging {
		return
	}
	m.command(&protocol.SetTags{Call: call, Tags: []string{id}})
}

// foundTags are the tags the filter leaves, those that begin with it first.
func (m *Model) foundTags() []protocol.Tag {
	want := fold(m.picker.filter)
	var first, rest []protocol.Tag
	for _, t := range m.snap.Tags {
		name := fold(t.Name)
		switch {
		case strings.HasPrefix(name, want):
			first = append(first, t)
		case strings.Contains(name, want):
			rest = append(rest, t)
		}
	}
	return append(first, rest...)
}

// fold makes comparing blind to case and to the accents of French.
func fold(s string) string {
	return strings.NewReplacer(
		"à", "a", "â", "a", "ä", "a", "ç", "c", "é", "e", "è", "e", "ê", "e", "ë", "e",
		"î", "i", "ï", "i", "ô", "o", "ö", "o", "ù", "u", "û", "u", "ü", "u", "œ", "oe", "æ", "ae",
	).Replace(strings.ToLower(strings.TrimSpace(s)))
}
