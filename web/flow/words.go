package flow

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/internal/domain/flow"
	"parley/internal/domain/hours"
)

// summary is a step in the words of somebody who tells it to a colleague: a title
// that says what happens, and the details that go with it.
type summary struct {
	Title  string
	Detail string
}

// sentence is the summary in one line.
func (s summary) sentence() string {
	if s.Detail == "" {
		return s.Title
	}
	return s.Title + " · " + s.Detail
}

// icon is the picture of a kind of step.
func icon(kind flow.Kind) string {
	switch kind {
	case flow.KindHours:
		return "clock"
	case flow.KindMessage:
		return "volume-2"
	case flow.KindMenu:
		return "grip"
	case flow.KindRing:
		return "phone-incoming"
	case flow.KindQueue:
		return "users"
	case flow.KindForward:
		return "phone-outgoing"
	case flow.KindNumber:
		return "hash"
	case flow.KindVoicemail:
		return "voicemail"
	case flow.KindCallback:
		return "history"
	}
	return "phone-off"
}

// say puts a step into words.
func (n *names) say(s flow.Step) summary {
	switch {
	case s.Hours != nil:
		return n.sayHours(s.Hours.Schedule)
	case s.Message != nil:
		return summary{Title: n.c.T("flow.say.message", "sound", n.sound(s.Message.Say))}
	case s.Menu != nil:
		return n.sayMenu(*s.Menu)
	case s.Ring != nil:
		return n.sayRing(*s.Ring)
	case s.Queue != nil:
		return n.sayQueue(*s.Queue)
	case s.Forward != nil && s.Forward.To == "":
		return summary{n.c.T("flow.say.forward-none"), n.length(orElse(s.Forward.Time, flow.DefaultRing))}
	case s.Forward != nil:
		return summary{n.c.T("flow.say.forward", "number", n.phone(s.Forward.To)), n.length(orElse(s.Forward.Time, flow.DefaultRing))}
	case s.Number != nil && s.Number.NumberID == "":
		return summary{Title: n.c.T("flow.say.number-none")}
	case s.Number != nil:
		return summary{Title: n.c.T("flow.say.number", "number", n.number(s.Number.NumberID)), Detail: n.c.T("flow.say.number-detail")}
	case s.Voicemail != nil:
		limit := n.c.T("flow.say.up-to", "time", n.length(orElse(s.Voicemail.Limit, flow.DefaultVoicemail)))
		return summary{n.c.T("flow.say.voicemail"), join(n.sound(s.Voicemail.Say), limit)}
	case s.Callback != nil:
		return summary{n.c.T("flow.say.callback"), n.c.T("flow.say.callback-detail")}
	case s.HangUp != nil && !s.HangUp.Say.Silent():
		return summary{Title: n.c.T("flow.say.hang-up-after", "sound", n.sound(s.HangUp.Say))}
	case s.HangUp != nil:
		return summary{Title: n.c.T("flow.say.hang-up")}
	}
	return summary{Title: n.c.T("flow.say.nothing")}
}

func (n *names) sayRing(r flow.Ring) summary {
	parts := []string{n.strategy(r.Strategy)}
	if time := n.length(orElse(r.Time, flow.DefaultRing)); r.Strategy == flow.AllAtOnce || r.Strategy == "" {
		parts = append(parts, time)
	} else {
		parts = append(parts, n.c.T("flow.say.each", "time", time))
	}
	if r.Wait {
		parts = append(parts, n.c.T("flow.say.waits"))
	}
	if r.Again {
		parts = append(parts, n.c.T("flow.say.again"))
	}
	return summary{n.c.T("flow.say.ring", "who", n.targets(r.Targets)), join(parts...)}
}

func (n *names) sayQueue(q flow.Queue) summary {
	parts := []string{n.c.T("flow.say.up-to", "time", n.length(orElse(q.MaxWait, flow.DefaultMaxWait)))}
	if q.Position {
		parts = append(parts, n.c.T("flow.say.position"))
	}
	if q.Callback {
		parts = append(parts, n.c.T("flow.say.star"))
	}
	if q.Priority > 0 {
		parts = append(parts, n.c.T("flow.say.priority", "level", q.Priority))
	}
	return summary{n.c.T("flow.say.queue", "who", n.targets(q.Targets)), join(parts...)}
}

func (n *names) sayMenu(m flow.Menu) summary {
	if len(m.Options) == 0 {
		return summary{n.c.T("flow.say.menu-empty"), n.sound(m.Say)}
	}
	replays := n.c.T("flow.say.plays", "n", m.Plays())
	return summary{n.c.T("flow.say.menu", "n", len(m.Options)), join(n.sound(m.Say), replays)}
}

// option is what a key leads to, in a word: its label, or its first step.
func (n *names) option(o flow.Option) string {
	switch {
	case o.Label != "":
		return o.Label
	case len(o.Steps) == 0:
		return n.c.T("flow.option-empty")
	}
	return n.say(o.Steps[0]).Title
}

func (n *names) sayHours(s hours.Schedule) summary {
	switch s.Mode {
	case hours.AlwaysClosed:
		return summary{Title: n.c.T("flow.say.always-closed")}
	case hours.Custom:
	default:
		return summary{Title: n.c.T("flow.say.always-open")}
	}
	var slots []string
	for _, slot := range s.Hours.Slots {
		slots = append(slots, n.days(slot.Days)+" "+clock(slot.From)+"–"+clock(slot.To))
	}
	out := summary{Title: n.c.T("flow.say.open", "hours", strings.Join(slots, ", "))}
	if len(slots) == 0 {
		out.Title = n.c.T("flow.say.open-always-but")
	}
	var but []string
	if s.Holidays != "" {
		but = append(but, n.c.T("flow.say.holidays", "country", n.country(s.Holidays)))
	}
	if days := len(s.Exceptions); days > 0 {
		but = append(but, n.c.T("flow.say.exceptions", "n", days))
	}
	if s.FeedID != "" {
		but = append(but, n.c.T("flow.say.feed", "name", n.feed(s.FeedID)))
	}
	if s.Hours.Zone != "" {
		but = append(but, strings.ReplaceAll(s.Hours.Zone, "_", " "))
	}
	out.Detail = join(but...)
	return out
}

// days writes weekdays in their order, runs of three and more as a span.
func (n *names) days(days []time.Weekday) string {
	short := strings.Fields(n.c.T("account.days-short"))
	var on []int // from Monday
	for _, d := range days {
		on = append(on, (int(d)+6)%7)
	}
	slices.Sort(on)
	on = slices.Compact(on)
	var out []string
	for i := 0; i < len(on); {
		j := i
		for j+1 < len(on) && on[j+1] == on[j]+1 {
			j++
		}
		switch {
		case j-i >= 2:
			out = append(out, short[on[i]]+"–"+short[on[j]])
		default:
			for k := i; k <= j; k++ {
				out = append(out, short[on[k]])
			}
		}
		i = j + 1
	}
	return strings.Join(out, ", ")
}

func clock(m hours.Minute) string { return fmt.Sprintf("%d:%02d", m/60, m%60) }

func (n *names) strategy(s flow.Strategy) string {
	if s == "" {
		s = flow.AllAtOnce
	}
	return n.c.T("flow.strategy." + string(s))
}

// length writes a time as people say it: 25 s, 2 min, 1 min 30 s.
func (n *names) length(d time.Duration) string {
	minutes, seconds := int(d/time.Minute), int(d%time.Minute/time.Second)
	switch {
	case minutes == 0:
		return n.c.T("flow.seconds", "seconds", seconds)
	case seconds == 0:
		return n.c.T("flow.minutes", "minutes", minutes)
	}
	return n.c.T("flow.minutes", "minutes", minutes) + " " + n.c.T("flow.seconds", "seconds", seconds)
}

func orElse(d, fallback time.Duration) time.Duration {
	if d == 0 {
		return fallback
	}
	return d
}

func join(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), " · ")
}
