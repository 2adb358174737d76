package calls

import (
	"net/url"
	"slices"

	"parley/internal/domain/call"
	"parley/internal/shared/callstate"
)

// pageSize is how many calls a page shows.
const pageSize = 50

// kinds are the values of the filter by kind of call.
const (
	kindInbound   = "inbound"
	kindOutbound  = "outbound"
	kindMissed    = "missed"
	kindVoicemail = "voicemail"
)

// allKinds lists the kinds of call in the order they are offered.
func allKinds() []string { return []string{kindInbound, kindOutbound, kindMissed, kindVoicemail} }

// query is what the address of a list asks for. What it names and the reader
// cannot choose does not count.
type query struct {
	number, member, kind, tag, before string
}

func readQuery(v url.Values, of choices) query {
	q := query{number: v.Get("number"), member: v.Get("member"), kind: v.Get("kind"), tag: v.Get("tag"), before: v.Get("before")}
	if !of.hasNumber(q.number) {
		q.number = ""
	}
	if !of.hasMember(q.member) {
		q.member = ""
	}
	if !of.hasTag(q.tag) {
		q.tag = ""
	}
	if !slices.Contains(allKinds(), q.kind) {
		q.kind = ""
	}
	if len(q.before) > 64 {
		q.before = ""
	}
	return q
}

func (q query) filter() call.Filter {
	f := call.Filter{NumberID: q.number, MemberID: q.member, TagID: q.tag, Before: q.before, Limit: pageSize + 1}
	switch q.kind {
	case kindInbound:
		f.Direction = callstate.Inbound
	case kindOutbound:
		f.Direction = callstate.Outbound
	case kindMissed:
		f.Missed = true
	case kindVoicemail:
		f.Voicemail = true
	}
	return f
}

func (q query) path() string {
	v := url.Values{}
	for name, value := range map[string]string{
		"number": q.number, "member": q.member, "kind": q.kind, "tag": q.tag, "before": q.before,
	} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if len(v) == 0 {
		return "/calls"
	}
	return "/calls?" + v.Encode()
}

// filtered says whether anything narrows the list.
func (q query) filtered() bool {
	return q.number != "" || q.member != "" || q.kind != "" || q.tag != ""
}

// chip is a filter at work; following it removes the filter.
type chip struct{ Text, Href string }

func (q query) chips(n *names) []chip {
	var out []chip
	add := func(text string, without query) {
		without.before = ""
		out = append(out, chip{Text: text, Href: without.path()})
	}
	if q.number != "" {
		without := q
		without.number = ""
		add(n.line(q.number), without)
	}
	if q.member != "" {
		without := q
		without.member = ""
		add(n.member(q.member), without)
	}
	if q.kind != "" {
		without := q
		without.kind = ""
		add(n.kind(q.kind), without)
	}
	if q.tag != "" {
		without := q
		without.tag = ""
		add(n.tagNames([]string{q.tag}), without)
	}
	return out
}
