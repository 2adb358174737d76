package phone

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Texts are the sentences the server put into the page, by key, in the
// member's language.
type Texts map[string]string

// UnmarshalJSON takes texts and leaves out plurals, which this program has no
// use for.
func (t *Texts) UnmarshalJSON(data []byte) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return fmt.Errorf("read the page's texts: %w", err)
	}
	*t = make(Texts, len(raw))
	for key, value := range raw {
		var text string
		if json.Unmarshal(value, &text) == nil {
			(*t)[key] = text
		}
	}
	return nil
}

// T is the text of key with its {names} filled from args, pairs of name and
// value. A missing key shows itself.
func (t Texts) T(key string, args ...string) string {
	text, ok := t[key]
	if !ok {
		return key
	}
	for i := 0; i+1 < len(args); i += 2 {
		text = strings.ReplaceAll(text, "{"+args[i]+"}", args[i+1])
	}
	return text
}

// Or is the text of key, or of the other key where that is missing.
func (t Texts) Or(key, other string) string {
	if _, ok := t[key]; ok {
		return t.T(key)
	}
	return t.T(other)
}

// Keys lists every key the program asks for; the page holds their texts.
func Keys() []string {
	return []string{
		"state.offline", "state.available", "state.ringing", "state.on-call", "state.after-call-work",
		"state.do-not-disturb",
		"phone.js.title", "phone.js.title.ringing", "phone.js.title.dialling", "phone.js.title.tag",
		"phone.js.link.connecting", "phone.js.link.lost", "phone.js.link.lost.text",
		"phone.js.held",
		"phone.js.call.dialling", "phone.js.call.ringing", "phone.js.call.held", "phone.js.call.reconnecting",
		"phone.js.call.away", "phone.js.call.elsewhere", "phone.js.call.far-held",
		"phone.js.who.web", "phone.js.who.hidden",
		"phone.js.pad.tag-due", "phone.js.pad.offline", "phone.js.pad.no-mic", "phone.js.pad.no-line",
		"phone.js.pad.no-trunk", "phone.js.pad.service", "phone.js.pad.empty", "phone.js.pad.short",
		"phone.js.pad.long", "phone.js.pad.country",
		"phone.js.auto.until", "phone.js.auto.until-tomorrow", "phone.js.auto.until-day",
		"phone.js.auto.from", "phone.js.auto.from-tomorrow", "phone.js.auto.from-day",
		"phone.js.when.days", "phone.js.call.incoming", "phone.js.call.passed", "phone.js.call.waited",
		"phone.js.when.yesterday", "phone.js.when.day", "phone.js.when.months",
		"phone.js.error.unknown", "phone.js.error.offline", "phone.js.error.crashed", "phone.js.error.outdated",
		"phone.js.ring.title", "phone.js.ring.body",
		"phone.js.call.answer", "phone.js.call.answer.back", "phone.js.title.ringing.back", "phone.js.ring.title.back", "phone.js.say.incoming.back", "phone.js.call.incoming.back",
		"phone.js.say.incoming", "phone.js.say.talking", "phone.js.say.tag", "phone.js.say.wrapup",
		"phone.js.say.muted", "phone.js.say.recording-on", "phone.js.say.recording-paused",
	}
}

// length writes milliseconds as 1:05 or 1:02:09.
func length(ms int64) string {
	s := max(ms, 0) / 1000
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}
