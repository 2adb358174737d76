package flow

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"parley/internal/domain/hours"
)

// field is one thing that a step says, as text that Diff compares.
type field struct{ name, value string }

// fields are all that a step says beside the lists it leads into.
func fields(s Step) []field {
	kind := field{"kind", string(s.Kind())}
	switch s.Kind() {
	case KindHours:
		return append([]field{kind}, scheduleFields(s.Hours.Schedule)...)
	case KindMessage:
		return []field{kind, {"say", s.Message.Say.text()}}
	case KindMenu:
		return append([]field{kind}, menuFields(*s.Menu)...)
	case KindRing:
		r := s.Ring
		return []field{
			kind, {"targets", targetsText(r.Targets)}, {"strategy", string(r.Strategy)}, {"time", timeText(r.Time)},
			{"wait", yes(r.Wait)}, {"again", yes(r.Again)}, {"music", r.Music},
		}
	case KindQueue:
		return append([]field{kind}, queueFields(*s.Queue)...)
	case KindForward:
		return []field{kind, {"to", s.Forward.To}, {"time", timeText(s.Forward.Time)}}
	case KindNumber:
		return []field{kind, {"number", s.Number.NumberID}}
	case KindVoicemail:
		return []field{kind, {"say", s.Voicemail.Say.text()}, {"limit", timeText(s.Voicemail.Limit)}}
	case KindCallback:
		return []field{kind, {"say", s.Callback.Say.text()}}
	case KindHangUp:
		return []field{kind, {"say", s.HangUp.Say.text()}}
	}
	return []field{kind}
}

func menuFields(m Menu) []field {
	out := []field{{"say", m.Say.text()}, {"wait", timeText(m.Wait)}, {"replays", strconv.Itoa(m.Plays() - 1)}}
	for _, o := range m.Options {
		// The order of options says nothing: a key is a key.
		out = append(out, field{"option." + o.Key, "yes"}, field{"option." + o.Key + ".label", o.Label})
	}
	return out
}

func queueFields(q Queue) []field {
	return []field{
		{"targets", targetsText(q.Targets)}, {"strategy", string(q.Strategy)}, {"ring_time", timeText(q.RingTime)},
		{"max_wait", timeText(q.MaxWait)}, {"max_calls", number(q.MaxCalls)}, {"priority", number(q.Priority)},
		{"music", q.Music}, {"position", yes(q.Position)}, {"comfort", q.Comfort.text()},
		{"interval", timeText(q.Interval)}, {"callback", yes(q.Callback)},
	}
}

func scheduleFields(s hours.Schedule) []field {
	var slots, exceptions []string
	for _, slot := range s.Hours.Slots {
		var days []string
		for _, d := range slot.Days {
			days = append(days, strconv.Itoa(int(d)))
		}
		slots = append(slots, strings.Join(days, "")+" "+spanText(slot.From, slot.To))
	}
	for _, e := range s.Exceptions {
		text := string(e.From) + "/" + string(e.To)
		for _, span := range e.Open {
			text += " " + spanText(span.From, span.To)
		}
		exceptions = append(exceptions, strings.TrimSpace(text+" "+e.Name))
	}
	return []field{
		{"mode", string(s.Mode)}, {"zone", s.Hours.Zone}, {"slots", strings.Join(slots, "; ")},
		{"holidays", s.Holidays}, {"exceptions", strings.Join(exceptions, "; ")}, {"feed", s.FeedID},
	}
}

func spanText(from, to hours.Minute) string {
	return fmt.Sprintf("%02d:%02d-%02d:%02d", from/60, from%60, to/60, to%60)
}

// text is "message:ID" or "prompt:ID".
func (s Sound) text() string { return tagged("message:", s.MessageID, "prompt:", s.Prompt) }

// tagged are the ids that are set, each behind its tag.
func tagged(pairs ...string) string {
	var out []string
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			out = append(out, pairs[i]+pairs[i+1])
		}
	}
	return strings.Join(out, " ")
}

// targetsText is "member:ID team:ID everybody".
func targetsText(targets []Target) string {
	if len(targets) == 0 {
		return "everybody"
	}
	var out []string
	for _, t := range targets {
		out = append(out, cmp.Or(tagged("team:", t.TeamID, "member:", t.MemberID), "everybody"))
	}
	return strings.Join(out, " ")
}

// timeText is in seconds, "" for the default.
func timeText(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "s"
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func yes(set bool) string {
	if set {
		return "yes"
	}
	return ""
}
