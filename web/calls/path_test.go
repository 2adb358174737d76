package calls_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"parley/internal/base/id"
	"parley/internal/domain/agent"
	"parley/internal/domain/call"
	"parley/internal/domain/flow"
	"parley/internal/domain/recording"
	"parley/internal/media/audio"
	"parley/internal/shared/callstate"
)

func noted(at float64, n flow.Note) step { return step{at, call.EntryStep, call.Facts{Step: &n}} }

// route is a call that goes a long way and ends in a voicemail.
func (a *archive) route(t *testing.T) call.Record {
	t.Helper()
	me := a.Member.ID
	on := func(what string, kind flow.Kind) flow.Note {
		return flow.Note{Line: a.line.ID, Step: "s", Kind: kind, What: what}
	}
	with := func(n flow.Note, detail string) flow.Note { n.Detail = detail; return n }
	rings := on(flow.WhatEntered, flow.KindRing)
	rings.Passed = map[string]string{a.Admin.ID: string(agent.ReasonOnCall), a.Owner.ID: string(agent.ReasonOnCall)}
	again := on(flow.WhatNobodyFree, flow.KindRing)
	again.Line, again.Passed = a.other.ID, map[string]string{me: flow.PassedMissed, a.Owner.ID: string(agent.ReasonDND)}
	return a.log(t,
		arrived(a.line, "+33612345678"),
		noted(0.2, with(on(flow.WhatOpen, flow.KindHours), "Nocturne de Noël")),
		noted(0.2, on(flow.WhatEntered, flow.KindMenu)),
		noted(3.7, with(on(flow.WhatWrongKey, flow.KindMenu), "9")),
		noted(7.4, with(on(flow.WhatKey, flow.KindMenu), "1")),
		noted(7.4, rings),
		step{7.5, call.EntryNotRung, call.Facts{Member: a.Owner.ID, Reason: string(agent.ReasonRinging)}},
		step{7.5, call.EntryRing, call.Facts{Members: []string{me, a.Admin.ID}}},
		step{27.5, "rung-out", call.Facts{Member: me}},
		step{27.5, call.EntryWithdrawn, call.Facts{Members: []string{me, a.Admin.ID}, Cause: callstate.CauseNoAnswer}},
		noted(27.5, with(on(flow.WhatUnanswered, flow.KindRing), string(callstate.CauseNoAnswer))),
		noted(27.6, on(flow.WhatEntered, flow.KindNumber)),
		noted(27.6, again),
		noted(27.6, on(flow.WhatEntered, flow.KindVoicemail)),
		step{33.1, call.EntryRecordingStarted, call.Facts{Recording: "voice", Kind: recording.Voicemail}},
		step{45.3, call.EntryRecordingStopped, call.Facts{Recording: "voice", OffsetMS: 12200}},
		ended(45.3, callstate.CauseVoicemailLeft),
	)
}

func TestThePathOfACall(t *testing.T) {
	t.Parallel()
	a := open(t)
	r := a.route(t)
	text := a.Get(t, a.Owner, "/calls/"+r.ID).Text()
	at := 0
	for _, want := range []string{ // in this order
		"Opening hours: open Nocturne de Noël 00:00.2", "The menu was played 00:00.2", "The caller pressed 9, which leads nowhere 00:03.7",
		"The caller pressed 1 00:07.4", "Looking for somebody to answer 00:07.4",
		"Not rung: Ada Admin, Olive Owner On another call 00:07.4", "Olive Owner was not rung Another call was ringing 00:07.5",
		"Rang: Max Member, Ada Admin 00:07.5", "Max Member did not answer in time 00:27.5",
		"Stopped ringing: Max Member, Ada Admin Nobody answered in time. 00:27.5", "Nobody took the call Nobody answered in time. 00:27.5",
		"The call went on with another number 00:27.6", "Nobody could be rung On the path of Board 00:27.6",
		"Olive Owner was not rung Do not disturb 00:27.6", "Max Member was not rung Did not take this call before 00:27.6",
		"The caller was asked for a voicemail 00:27.6", "The voicemail begins 00:33.1", "The call ended The caller left a voicemail. 00:45.3",
	} {
		i := strings.Index(text[at:], want)
		if i < 0 {
			t.Fatalf("%q is missing behind %q in %s", want, text[max(at-40, 0):at], text)
		}
		at += i + len(want)
	}
	a.Owner.Language = "fr"
	a.Get(t, a.Owner, "/calls/"+r.ID).Want(t, 200, "L’appelant a appuyé sur 1", "00:07,4", "N’ont pas été sollicités", "Message vocal")
}

// TestEveryNoteIsTold: each step and what can come of it has words in both languages.
func TestEveryNoteIsTold(t *testing.T) {
	t.Parallel()
	a := open(t)
	whats := []string{
		flow.WhatOpen, flow.WhatClosed, flow.WhatKey, flow.WhatWrongKey, flow.WhatNoKey, flow.WhatEmpty, flow.WhatNobodyFree, flow.WhatUnanswered,
		flow.WhatQueueFull, flow.WhatWaited, flow.WhatAsked, flow.WhatDialFailed, flow.WhatForbidden, flow.WhatTargetGone, flow.WhatTooManyHops, flow.WhatStepGone, flow.WhatOver,
	}
	steps := []step{arrived(a.line, "")}
	for _, what := range whats {
		steps = append(steps, noted(1, flow.Note{Line: a.line.ID, What: what, Kind: flow.KindRing}))
	}
	for _, kind := range flow.Kinds() {
		if kind != flow.KindHours { // which is open or closed
			steps = append(steps, noted(1, flow.Note{Line: a.line.ID, What: flow.WhatEntered, Kind: kind}))
		}
	}
	for _, reason := range []agent.Reason{
		agent.ReasonOffline, agent.ReasonDND, agent.ReasonHours, agent.ReasonMuted, agent.ReasonRinging, agent.ReasonOnCall, agent.ReasonTagDue,
		agent.ReasonWrapUp, agent.ReasonStranger, flow.PassedMissed,
	} {
		steps = append(steps, noted(1, flow.Note{Line: a.line.ID, What: flow.WhatNobodyFree, Passed: map[string]string{a.Member.ID: string(reason)}}))
	}
	r := a.log(t, steps...)
	for language, other := range map[string]string{"en": "A step of the path", "fr": "Une étape du parcours"} {
		a.Owner.Language = language
		body := a.Get(t, a.Owner, "/calls/"+r.ID).Body
		if strings.Contains(body, "calls.step") || strings.Contains(body, "calls.reason") || strings.Contains(body, other) {
			t.Errorf("something has no words in %s", language)
		}
		for _, bare := range append(whats, string(agent.ReasonTagDue), flow.PassedMissed) {
			if strings.Contains(body, fmt.Sprintf(">%s</p>", bare)) {
				t.Errorf("%s has no words in %s", bare, language)
			}
		}
	}
}

func TestVoicemail(t *testing.T) {
	t.Parallel()
	a := open(t)
	r := a.route(t)
	wav := audio.WAV{Encoding: audio.ALaw, Rate: 8000, Channels: 1, Data: bytes.Repeat([]byte{0xd5}, 8000*12)}
	rec := recording.Recording{
		ID: id.New(), WorkspaceID: a.Workspace.ID, CallID: r.ID, Kind: recording.Voicemail, State: recording.Ready, BlobKey: "k/v.wav",
		Channels: []string{string(callstate.CustomerLeg)}, StartedAt: r.StartedAt, DurationMS: 12000,
	}
	a.files[rec.BlobKey] = wav.Bytes()
	if err := a.DB.SaveRecording(t.Context(), rec); err != nil {
		t.Fatal(err)
	}
	path := "/calls/" + r.ID + "/recording/" + rec.ID
	a.Get(t, a.Owner, "/calls/"+r.ID).Want(t, 200, "Voicemail", `src="`+path+`"`, "Delete the voicemail", "0:12")
	if text := a.Get(t, a.Member, "/calls/"+r.ID).Text(); strings.Contains(text, "Recording") {
		t.Errorf("a voicemail is called a recording: %s", text)
	}
	a.Get(t, a.Member, path+"/waves").Want(t, 200, `"channels":[[`)
	a.Get(t, a.Owner, "/calls?kind=voicemail").Want(t, 200, "/calls/"+r.ID, "Remove the filter “Voicemail”")
}

func TestAForwardedCallTalkedOutside(t *testing.T) {
	t.Parallel()
	a := open(t)
	r := a.log(t, arrived(a.line, "+33612345678"), step{9, "external-answered", call.Facts{}}, step{69, "external-gone", call.Facts{}},
		ended(69, callstate.CauseCustomerHungUp))
	a.Get(t, a.Owner, "/calls/"+r.ID).Want(t, 200, "Called Sales, talked with an external number for 1:00", "The external number answered")
}

func TestACallbackTellsItsStory(t *testing.T) {
	t.Parallel()
	a := open(t)
	r := a.log(t, step{0, "returning", call.Facts{NumberID: a.line.ID, Direction: callstate.Outbound, E164: "+33612345678"}},
		step{3600, call.EntryRing, call.Facts{Member: a.Member.ID}}, step{3605, "answered", call.Facts{Member: a.Member.ID}},
		step{3610, "customer-answered", call.Facts{}}, ended(3670, callstate.CauseCustomerHungUp))
	text := strings.ReplaceAll(a.Get(t, a.Owner, "/calls/"+r.ID).Text(), "\u00a0", " ")
	for _, want := range []string{
		"Stands in line on Sales in place of 06 12 34 56 78, who asked to be called back 00:00.0", "Rang: Max Member", "Max Member answered",
		"Waited 1:00:10", "Max Member", "1:00",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in %s", want, text)
		}
	}
}
