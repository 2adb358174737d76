package calls

import (
	"maps"
	"slices"
	"strings"

	"parley/internal/domain/agent"
	"parley/internal/domain/call"
	"parley/internal/domain/flow"
	"parley/internal/domain/recording"
	"parley/internal/shared/callstate"
	"parley/web/ui"
)

// step tells what the number's flow did, and for everybody who was not rung why.
func (t teller) step(n flow.Note) []ui.Event {
	e := t.noted(n)
	if n.Line != "" && n.Line != t.record.NumberID {
		e.Detail = joined(e.Detail, t.c.T("calls.step.on-line", "line", t.line(n.Line)))
	}
	return append([]ui.Event{e}, t.passed(n.Passed)...)
}

func joined(a, b string) string {
	if a == "" {
		return b
	}
	return a + " · " + b
}

// noted puts a note into words: by what the step is where it begins, else by what
// came of it.
func (t teller) noted(n flow.Note) ui.Event {
	switch n.What {
	case flow.WhatEntered:
		return t.entered(n)
	case flow.WhatOpen:
		return ui.Event{Icon: "clock", Tone: ui.Good, Title: t.c.T("calls.step.open"), Detail: n.Detail}
	case flow.WhatClosed:
		return ui.Event{Icon: "clock", Tone: ui.Warn, Title: t.c.T("calls.step.closed"), Detail: n.Detail}
	case flow.WhatKey:
		return ui.Event{Icon: "hash", Tone: ui.Info, Title: t.c.T("calls.step.key", "key", n.Detail)}
	case flow.WhatWrongKey:
		return ui.Event{Icon: "hash", Title: t.c.T("calls.step.wrong-key", "key", n.Detail)}
	case flow.WhatNoKey:
		return ui.Event{Icon: "hash", Title: t.c.T("calls.step.no-key")}
	case flow.WhatNobodyFree:
		return ui.Event{Icon: "users", Tone: ui.Warn, Title: t.c.T("calls.step.nobody-free")}
	case flow.WhatUnanswered:
		return ui.Event{Icon: "clock", Tone: ui.Warn, Title: t.c.T("calls.step.unanswered"), Detail: t.because(n.Detail)}
	case flow.WhatWaited:
		return ui.Event{Icon: "clock", Tone: ui.Warn, Title: t.c.T("calls.step.waited")}
	}
	return t.odd(n)
}

// odd puts into words what happens seldom.
func (t teller) odd(n flow.Note) ui.Event {
	switch n.What {
	case flow.WhatEmpty:
		return ui.Event{Icon: "triangle-alert", Tone: ui.Warn, Title: t.c.T("calls.step.empty")}
	case flow.WhatQueueFull:
		return ui.Event{Icon: "users", Tone: ui.Warn, Title: t.c.T("calls.step.queue-full")}
	case flow.WhatAsked:
		return ui.Event{Icon: "list-todo", Tone: ui.Info, Title: t.c.T("calls.step.asked")}
	case flow.WhatDialFailed:
		return ui.Event{Icon: "phone-off", Tone: ui.Warn, Title: t.c.T("calls.step.dial-failed"), Detail: t.because(n.Detail)}
	case flow.WhatForbidden:
		return ui.Event{Icon: "phone-off", Tone: ui.Warn, Title: t.c.T("calls.step.forbidden")}
	case flow.WhatTargetGone:
		return ui.Event{Icon: "triangle-alert", Tone: ui.Warn, Title: t.c.T("calls.step.target-gone")}
	case flow.WhatTooManyHops:
		return ui.Event{Icon: "triangle-alert", Tone: ui.Warn, Title: t.c.T("calls.step.too-many-hops")}
	case flow.WhatStepGone:
		return ui.Event{Icon: "refresh-cw", Tone: ui.Warn, Title: t.c.T("calls.step.step-gone")}
	case flow.WhatOver:
		return ui.Event{Icon: "circle", Title: t.c.T("calls.step.over")}
	}
	return ui.Event{Icon: "info", Title: n.What}
}

// entered tells which step begins.
func (t teller) entered(n flow.Note) ui.Event {
	switch n.Kind {
	case flow.KindMessage:
		return ui.Event{Icon: "volume-2", Title: t.c.T("calls.step.message")}
	case flow.KindMenu:
		return ui.Event{Icon: "grip", Title: t.c.T("calls.step.menu")}
	case flow.KindRing:
		return ui.Event{Icon: "phone", Title: t.c.T("calls.step.ring")}
	case flow.KindQueue:
		return ui.Event{Icon: "users", Tone: ui.Info, Title: t.c.T("calls.step.queue")}
	case flow.KindForward:
		return ui.Event{Icon: "external-link", Title: t.c.T("calls.step.forward")}
	case flow.KindNumber:
		return ui.Event{Icon: "corner-down-right", Title: t.c.T("calls.step.number")}
	case flow.KindVoicemail:
		return ui.Event{Icon: "voicemail", Tone: ui.Info, Title: t.c.T("calls.step.voicemail")}
	case flow.KindCallback:
		return ui.Event{Icon: "list-todo", Tone: ui.Info, Title: t.c.T("calls.step.callback")}
	case flow.KindHangUp:
		return ui.Event{Icon: "phone-off", Title: t.c.T("calls.step.hang-up")}
	case flow.KindHours:
	}
	return ui.Event{Icon: "info", Title: t.c.T("calls.step.other")}
}

// because puts the cause that a note keeps into words, "" for none.
func (t teller) because(cause string) string {
	if !slices.Contains(callstate.Causes(), callstate.Cause(cause)) {
		return ""
	}
	return t.c.T(callstate.Cause(cause).Verdict().TextKey)
}

// passed tells who was not rung: one sentence a reason.
func (t teller) passed(reasons map[string]string) []ui.Event {
	by := map[string][]string{}
	for id, reason := range reasons {
		by[reason] = append(by[reason], t.member(id))
	}
	var out []ui.Event
	for _, reason := range slices.Sorted(maps.Keys(by)) {
		slices.Sort(by[reason])
		out = append(out, t.notRung(by[reason], reason))
	}
	return out
}

func (t teller) notRung(names []string, reason string) ui.Event {
	title := t.c.T("calls.event.not-rung-all", "members", strings.Join(names, ", "))
	if len(names) == 1 {
		title = t.c.T("calls.event.not-rung", "member", names[0])
	}
	return ui.Event{Icon: "user", Title: title, Detail: t.reason(reason)}
}

// reason says why a member's phone was passed over.
func (t teller) reason(r string) string {
	if r == flow.PassedMissed {
		return t.c.T("calls.reason.missed")
	}
	switch agent.Reason(r) {
	case agent.ReasonOffline:
		return t.c.T("calls.reason.offline")
	case agent.ReasonDND:
		return t.c.T("calls.reason.dnd")
	case agent.ReasonHours:
		return t.c.T("calls.reason.hours")
	case agent.ReasonMuted:
		return t.c.T("calls.reason.muted")
	case agent.ReasonRinging:
		return t.c.T("calls.reason.ringing")
	case agent.ReasonOnCall:
		return t.c.T("calls.reason.on-call")
	case agent.ReasonTagDue:
		return t.c.T("calls.reason.tag-due")
	case agent.ReasonWrapUp:
		return t.c.T("calls.reason.wrap-up")
	case agent.ReasonStranger:
		return t.c.T("calls.reason.stranger")
	case agent.Free:
	}
	return r
}

// outside tells what happens with a number outside, with voicemails and with
// callers who are turned away.
func (t teller) outside(kind string, f call.Facts) (ui.Event, bool) {
	switch callstate.Kind(kind) {
	case callstate.KindBlocked:
		return ui.Event{Icon: "ban", Tone: ui.Bad, Title: t.c.T("calls.event.blocked")}, true
	case callstate.KindExternalAnswered:
		return ui.Event{Icon: "phone", Tone: ui.Good, Title: t.c.T("calls.event.external-answered")}, true
	case callstate.KindExternalGone:
		e := ui.Event{Icon: "phone-off", Title: t.c.T("calls.event.external-gone")}
		if f.Cause != callstate.CauseNone {
			e.Detail = t.c.T(f.Cause.Verdict().TextKey)
		}
		return e, true
	case callstate.KindSpoken:
		return ui.Event{Icon: "clock", Title: t.c.T("calls.event.spoken")}, true
	case callstate.KindUnproven:
		return ui.Event{Icon: "wifi-off", Tone: ui.Warn, Title: t.c.T("calls.event.unheard")}, true
	}
	if kind == call.EntryRecordingStarted && f.Kind == recording.Voicemail {
		return ui.Event{Icon: "voicemail", Tone: ui.Good, Title: t.c.T("calls.event.voicemail-started")}, true
	}
	if kind == call.EntryRecordingStopped && f.Recording != "" && f.Recording == t.record.VoicemailID {
		return ui.Event{Icon: "voicemail", Title: t.c.T("calls.event.voicemail-stopped")}, true
	}
	return ui.Event{}, false
}
