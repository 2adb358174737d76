package calls

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/internal/domain/call"
	"parley/internal/domain/recording"
	"parley/internal/shared/callstate"
	"parley/web/ui"
)

// teller turns a call's log into a story in plain words. It drops nothing: a kind
// of entry it does not know is shown by its name.
type teller struct {
	*names

	record     call.Record
	recordings []recording.Recording
}

// together is how close entries of a kind must be to be told as one: phones that
// ring at once are one sentence.
const together = time.Second

func (t teller) tell(entries []call.Entry) []ui.Event {
	var out []ui.Event
	for i := 0; i < len(entries); {
		run := t.run(entries[i:])
		for _, e := range t.events(run, entries[:i]) {
			out = append(out, t.place(e, run[0].At))
		}
		i += len(run)
	}
	return out
}

// run is the longest beginning of entries that is told in one sentence.
func (t teller) run(entries []call.Entry) []call.Entry {
	first := entries[0]
	n := 1
	if slices.Contains([]string{call.EntryRing, call.EntryWithdrawn, call.EntryNotRung}, first.Kind) {
		for n < len(entries) && entries[n].Kind == first.Kind && entries[n].At.Sub(first.At) < together && alike(first, entries[n]) {
			n++
		}
	}
	return entries[:n]
}

// alike says whether two entries of a kind differ in their members alone.
func alike(a, b call.Entry) bool {
	x, errX := call.ReadFacts(a)
	y, errY := call.ReadFacts(b)
	return errX == nil && errY == nil && x.Cause == y.Cause && x.By == y.By && x.Reason == y.Reason
}

// place writes when an event was and, where a recording covers it, where in the
// recording. Long after the call's end the date says more than an offset.
func (t teller) place(e ui.Event, at time.Time) ui.Event {
	e.At = offset(at.Sub(t.record.StartedAt), t.c.Lang())
	if !t.record.Live() && at.Sub(t.record.EndedAt) > time.Hour {
		e.At = t.c.Exact(at)
	}
	for _, r := range t.recordings {
		offset := at.Sub(r.StartedAt)
		if r.State == recording.Ready && offset >= 0 && offset <= time.Duration(r.DurationMS)*time.Millisecond {
			e.Offset, e.Seek = offset, true
		}
	}
	return e
}

// offset is how far into a call something was, to the tenth of a second: 01:05.3.
func offset(d time.Duration, lang string) string {
	tenths := max(int64(d/(100*time.Millisecond)), 0)
	point := "."
	if lang == "fr" {
		point = ","
	}
	text := fmt.Sprintf("%02d:%02d%s%d", tenths/600%60, tenths/10%60, point, tenths%10)
	if hours := tenths / 36000; hours > 0 {
		text = fmt.Sprintf("%d:%s", hours, text)
	}
	return text
}

// events are the sentences of a run: one, but for a step of the flow, which says of
// everybody who was not rung why.
func (t teller) events(run, before []call.Entry) []ui.Event {
	if run[0].Kind == call.EntryStep {
		if f, err := call.ReadFacts(run[0]); err == nil && f.Step != nil {
			return t.step(*f.Step)
		}
	}
	if e, told := t.event(run, before); told {
		return []ui.Event{e}
	}
	return nil
}

// event tells one sentence; told is false for what the entry before has said.
func (t teller) event(run, before []call.Entry) (e ui.Event, told bool) {
	f, err := call.ReadFacts(run[0])
	if err != nil {
		return ui.Event{Icon: "info", Title: run[0].Kind}, true
	}
	kind := run[0].Kind
	for _, tell := range []func(string, call.Facts) (ui.Event, bool){t.outside, t.opening, t.middle, t.ending} {
		if e, ok := tell(kind, f); ok {
			return e, true
		}
	}
	switch kind {
	case string(callstate.KindRecorded):
		return t.command(f, before), true
	case call.EntryNotRung:
		return t.notRung(t.everybody(run), f.Reason), true
	case call.EntryRing:
		return ui.Event{Icon: "phone", Title: t.c.T("calls.event.ring", "members", strings.Join(t.everybody(run), ", "))}, true
	case call.EntryWithdrawn:
		return t.withdrawn(run, f), true
	case call.EntryRecordingStarted, call.EntryRecordingPaused, call.EntryRecordingResumed, call.EntryRecordingStopped:
		return t.recorder(kind), !commanded(before)
	}
	return ui.Event{Icon: "info", Title: kind}, true
}

// commanded says whether the entry before is the agent's command, which says more.
func commanded(before []call.Entry) bool {
	return len(before) > 0 && before[len(before)-1].Kind == string(callstate.KindRecorded)
}

// opening tells how a call came about.
func (t teller) opening(kind string, f call.Facts) (ui.Event, bool) {
	line, party := t.line(t.record.NumberID), t.party(t.record)
	switch callstate.Kind(kind) {
	case callstate.KindArrived:
		e := ui.Event{Icon: "phone-incoming", Tone: ui.Info, Title: t.c.T("calls.event.arrived", "party", party, "line", line)}
		if f.Cause != callstate.CauseNone {
			e.Detail = t.c.T(f.Cause.Verdict().TextKey)
		}
		return e, true
	case callstate.KindDialled:
		return ui.Event{Icon: "phone-outgoing", Tone: ui.Info, Title: t.c.T("calls.event.dialled", "member", t.member(f.Member), "party", party, "line", line)}, true
	case callstate.KindReturning:
		return ui.Event{Icon: "phone-outgoing", Tone: ui.Info, Title: t.c.T("calls.event.returning", "party", party, "line", line)}, true
	case callstate.KindAnswered:
		return ui.Event{Icon: "phone", Tone: ui.Good, Title: t.c.T("calls.event.answered", "member", t.member(f.Member))}, true
	case callstate.KindDeclined:
		return ui.Event{Icon: "phone-off", Title: t.c.T("calls.event.declined", "member", t.member(f.Member))}, true
	case callstate.KindOfferLost:
		return ui.Event{Icon: "wifi-off", Title: t.c.T("calls.event.offer-lost", "member", t.member(f.Member))}, true
	case callstate.KindRungOut:
		if f.Member != "" {
			return ui.Event{Icon: "clock", Title: t.c.T("calls.event.rung-out-one", "member", t.member(f.Member))}, true
		}
		return ui.Event{Icon: "clock", Tone: ui.Warn, Title: t.c.T("calls.event.rung-out")}, true
	case callstate.KindAnnounced:
		return ui.Event{Icon: "volume-2", Title: t.c.T("calls.event.announced")}, true
	case callstate.KindCustomerRinging:
		return ui.Event{Icon: "phone", Title: t.c.T("calls.event.customer-ringing")}, true
	case callstate.KindCustomerEarly:
		return ui.Event{Icon: "volume-2", Title: t.c.T("calls.event.customer-early")}, true
	case callstate.KindCustomerAnswered:
		return ui.Event{Icon: "phone", Tone: ui.Good, Title: t.c.T("calls.event.customer-answered")}, true
	}
	return ui.Event{}, false
}

// middle tells what happened while they talked.
func (t teller) middle(kind string, f call.Facts) (ui.Event, bool) {
	on := f.On != nil && *f.On
	who := t.member(f.Member)
	pick := func(yes, no string) string {
		if on {
			return t.c.T(yes, "member", who)
		}
		return t.c.T(no, "member", who)
	}
	switch callstate.Kind(kind) {
	case callstate.KindMuted:
		return ui.Event{Icon: "mic-off", Title: pick("calls.event.muted", "calls.event.unmuted")}, true
	case callstate.KindHeld:
		return ui.Event{Icon: "circle-pause", Title: pick("calls.event.held", "calls.event.unheld")}, true
	case callstate.KindCustomerHeld:
		return ui.Event{Icon: "circle-pause", Title: pick("calls.event.customer-held", "calls.event.customer-unheld")}, true
	case callstate.KindAgentLost:
		return ui.Event{Icon: "wifi-off", Tone: ui.Warn, Title: t.c.T("calls.event.agent-lost", "member", who)}, true
	case callstate.KindAgentBack:
		return ui.Event{Icon: "phone", Tone: ui.Good, Title: t.c.T("calls.event.agent-back", "member", who)}, true
	case callstate.KindHandedOver:
		return t.handedOver(f), true
	case callstate.KindAwayExpired:
		return ui.Event{Icon: "clock", Tone: ui.Warn, Title: t.c.T("calls.event.away-expired")}, true
	}
	if kind == call.EntryDigits {
		return ui.Event{Icon: "grip", Title: t.c.T("calls.event.digits", "member", who, "n", f.Count)}, true
	}
	return ui.Event{}, false
}

// handedOver tells who was taken out of the call, why, and who was to take over.
func (t teller) handedOver(f call.Facts) ui.Event {
	e := ui.Event{Icon: "user", Tone: ui.Info, Detail: t.c.T(f.Cause.Verdict().TextKey)}
	e.Title = t.c.T("calls.event.taken-out", "member", t.member(f.Member))
	if f.To != "" {
		e.Title = t.c.T("calls.event.handed-over", "member", t.member(f.Member), "to", t.member(f.To))
	}
	return e
}

// ending tells how a call ended and what was done after.
func (t teller) ending(kind string, f call.Facts) (ui.Event, bool) {
	who := t.member(f.Member)
	switch kind {
	case string(callstate.KindHungUp):
		return ui.Event{Icon: "phone-off", Title: t.c.T("calls.event.hung-up", "member", who)}, true
	case string(callstate.KindCustomerGone):
		e := ui.Event{Icon: "phone-off", Title: t.c.T("calls.event.customer-gone", "party", t.party(t.record))}
		if f.Cause != callstate.CauseNone {
			e.Detail = t.c.T(f.Cause.Verdict().TextKey)
		}
		return e, true
	case string(callstate.KindStopped):
		return ui.Event{Icon: "triangle-alert", Tone: ui.Bad, Title: t.c.T(f.Cause.Verdict().TextKey)}, true
	case call.EntryTagged:
		if names := t.tagNames(f.Tags); names != "" {
			return ui.Event{Icon: "tag", Tone: ui.Info, Title: t.c.T("calls.event.tagged", "member", who, "tags", names)}, true
		}
		return ui.Event{Icon: "tag", Title: t.c.T("calls.event.untagged", "member", who)}, true
	case call.EntryEnded:
		e := ui.Event{Icon: "phone-off", Title: t.c.T("calls.event.ended"), Detail: t.c.T(f.Cause.Verdict().TextKey)}
		if f.Code != 0 {
			e.Detail += " (" + strconv.Itoa(f.Code) + ")"
		}
		return e, true
	case "wrap-up-ended":
		return ui.Event{Icon: "clock", Title: t.c.T("calls.event.wrap-up-ended", "member", who)}, true
	}
	return ui.Event{}, false
}

// command tells what the agent did to the recording.
func (t teller) command(f call.Facts, before []call.Entry) ui.Event {
	who := t.member(f.Member)
	running := slices.ContainsFunc(before, func(e call.Entry) bool { return e.Kind == call.EntryRecordingStarted })
	switch {
	case f.To == string(callstate.RecordingPaused):
		return ui.Event{Icon: "pause", Tone: ui.Warn, Title: t.c.T("calls.event.recording-paused-by", "member", who)}
	case running:
		return ui.Event{Icon: "circle-dot", Title: t.c.T("calls.event.recording-resumed-by", "member", who)}
	}
	return ui.Event{Icon: "circle-dot", Title: t.c.T("calls.event.recording-on-by", "member", who)}
}

// recorder tells what the recorder did by itself.
func (t teller) recorder(kind string) ui.Event {
	switch kind {
	case call.EntryRecordingPaused:
		return ui.Event{Icon: "pause", Tone: ui.Warn, Title: t.c.T("calls.event.recording-paused")}
	case call.EntryRecordingResumed:
		return ui.Event{Icon: "circle-dot", Title: t.c.T("calls.event.recording-resumed")}
	case call.EntryRecordingStopped:
		return ui.Event{Icon: "circle", Title: t.c.T("calls.event.recording-stopped")}
	}
	return ui.Event{Icon: "circle-dot", Title: t.c.T("calls.event.recording-started")}
}

// withdrawn tells whose phones stopped ringing, and why.
func (t teller) withdrawn(run []call.Entry, f call.Facts) ui.Event {
	e := ui.Event{Icon: "phone-off", Title: t.c.T("calls.event.withdrawn", "members", strings.Join(t.everybody(run), ", "))}
	switch {
	case f.By != "":
		e.Detail = t.c.T("calls.event.taken-by", "member", t.member(f.By))
	case f.Cause != callstate.CauseNone:
		e.Detail = t.c.T(f.Cause.Verdict().TextKey)
	}
	return e
}

// everybody lists the members of a run of entries.
func (t teller) everybody(run []call.Entry) []string {
	var out []string
	for _, e := range run {
		if f, err := call.ReadFacts(e); err == nil {
			for _, id := range f.Whom() {
				out = append(out, t.member(id))
			}
		}
	}
	return out
}
