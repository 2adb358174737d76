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

// Keys lists every key the program asks for in agent mode.
func Keys() []string {
	return []string{
		"phone.title", "phone.title.ringing", "phone.title.dialling", "phone.title.tag",
		"phone.state.offline", "phone.state.available", "phone.state.ringing", "phone.state.on-call",
		"phone.state.after-call-work", "phone.state.do-not-disturb",
		"phone.link.connecting", "phone.link.lost",
		"phone.call.incoming", "phone.call.incoming-web", "phone.call.dialling", "phone.call.ringing",
		"phone.call.talking", "phone.call.reconnecting", "phone.call.away", "phone.call.elsewhere",
		"phone.call.held", "phone.call.held-since", "phone.call.far-held", "phone.call.muted",
		"phone.recording.off", "phone.recording.on", "phone.recording.paused",
		"phone.record.start-recording", "phone.record.pause-recording", "phone.record.resume-recording",
		"phone.who.web", "phone.who.hidden",
		"phone.pad.tag-due", "phone.pad.offline", "phone.pad.no-mic", "phone.pad.no-line", "phone.pad.no-trunk",
		"phone.pad.service", "phone.pad.empty", "phone.pad.short", "phone.pad.long", "phone.pad.country",
		"phone.mic.unknown", "phone.mic.unknown.help", "phone.mic.denied", "phone.mic.denied.help",
		"phone.mic.missing", "phone.mic.missing.help", "phone.mic.granted", "phone.mic.granted.help",
		"phone.tags.none", "phone.tags.no-match",
		"phone.recent.call-back", "phone.when.yesterday", "phone.when.day", "phone.when.months",
		"phone.notice.taken", "phone.error.unknown", "phone.error.offline", "phone.error.crashed",
		"phone.ring.title", "phone.ring.body",
		"phone.say.incoming", "phone.say.dialling", "phone.say.talking", "phone.say.tag", "phone.say.wrapup",
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
