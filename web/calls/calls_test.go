package calls_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/domain/call"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/recording"
	"parley/internal/domain/tag"
	"parley/internal/media/audio"
	"parley/internal/shared/callstate"
	"parley/internal/tests/desk"
	"parley/internal/tests/office"
	"parley/web/calls"
)

// shelf keeps files in memory.
type shelf map[string][]byte

type file struct{ *bytes.Reader }

func (file) Close() error { return nil }

func (s shelf) Open(_ context.Context, key string) (io.ReadSeekCloser, error) {
	body, ok := s[key]
	if !ok {
		return nil, fault.New(fault.NotFound, "error.not-found")
	}
	return file{bytes.NewReader(body)}, nil
}

func (s shelf) Delete(_ context.Context, key string) error {
	delete(s, key)
	return nil
}

type archive struct {
	*desk.Desk

	files shelf
	line  number.Number // assigned to the member
	other number.Number // assigned to nobody
	start time.Time
}

func open(t *testing.T) *archive {
	t.Helper()
	a := &archive{Desk: desk.New(t), files: shelf{}, start: time.Now().Add(-time.Hour).Truncate(time.Second)}
	deleter := recording.NewService(recording.Needs{Recordings: a.DB, Files: a.files, Audit: a.Heard, Now: time.Now})
	calls.New(calls.Needs{
		Pages: a.Pages, Gate: a.Gate, Log: a.DB, Directory: a.DB, Access: a.DB, Recordings: a.DB, Deleter: deleter,
		Audio: a.files, Peaks: audio.Peaks, Now: time.Now,
	}).Routes(a.Mux)
	a.line = a.own(t, "+33123456789", "Sales", a.Member.ID)
	a.other = a.own(t, "+33123456780", "Board")
	return a
}

func (a *archive) own(t *testing.T, e164, name string, members ...string) number.Number {
	t.Helper()
	n, err := a.Numbers.Create(t.Context(), a.Owner, number.Draft{Phone: e164, Country: "FR", Name: name})
	if err != nil {
		t.Fatal(err)
	}
	a.give(t, n, number.Shared, members...)
	return n
}

// give lets members have a number at a level.
func (a *archive) give(t *testing.T, n number.Number, l number.Level, members ...string) {
	t.Helper()
	var all []number.Assignment
	for _, m := range members {
		all = append(all, number.Assignment{NumberID: n.ID, MemberID: m, Level: l})
	}
	if err := a.DB.Assign(t.Context(), a.Workspace.ID, n.ID, all); err != nil {
		t.Fatal(err)
	}
}

// step is one entry of a log, so many seconds into the call.
type step struct {
	at   float64
	kind string
	f    call.Facts
}

// log stores a call made of steps, as the engine does.
func (a *archive) log(t *testing.T, steps ...step) call.Record {
	t.Helper()
	r, callID := call.Record{}, id.New()
	var entries []call.Entry
	for i, s := range steps {
		raw, err := json.Marshal(s.f)
		if err != nil {
			t.Fatal(err)
		}
		e := call.Entry{
			CallID: callID, WorkspaceID: a.Workspace.ID, Seq: i + 1, Kind: s.kind, Payload: raw,
			At: a.start.Add(time.Duration(s.at * float64(time.Second))),
		}
		if r, err = call.Fold(r, e); err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
	if err := a.DB.Append(t.Context(), entries, r); err != nil {
		t.Fatal(err)
	}
	a.start = a.start.Add(time.Minute)
	return r
}

func arrived(n number.Number, from string) step {
	return step{0, "arrived", call.Facts{NumberID: n.ID, Direction: callstate.Inbound, E164: from}}
}

func ended(at float64, c callstate.Cause) step {
	return step{at, call.EntryEnded, call.Facts{Cause: c}}
}

// conversation is a call with everything in it.
func (a *archive) conversation(t *testing.T) call.Record {
	t.Helper()
	on, off := true, false
	me := a.Member.ID
	return a.log(t,
		arrived(a.line, "+33612345678"),
		step{0.1, call.EntryRing, call.Facts{Member: me}},
		step{0.1, call.EntryRing, call.Facts{Member: a.Admin.ID}},
		step{0.1, call.EntryNotRung, call.Facts{Member: a.Owner.ID, Reason: "tag-due"}},
		step{4, "answered", call.Facts{Member: me}},
		step{4, call.EntryWithdrawn, call.Facts{Member: a.Admin.ID, Cause: callstate.CauseAnsweredElsewhere, By: me}},
		step{4.2, call.EntryRecordingStarted, call.Facts{}},
		step{20, "held", call.Facts{Member: me, On: &on}},
		step{62, "held", call.Facts{Member: me, On: &off}},
		step{70, "recording", call.Facts{Member: me, To: "paused"}},
		step{70, call.EntryRecordingPaused, call.Facts{OffsetMS: 65800}},
		step{80, "mystery", call.Facts{}},
		step{90, call.EntryDigits, call.Facts{Member: me, Count: 3}},
		step{99, "customer-gone", call.Facts{}},
		ended(99, callstate.CauseCustomerHungUp),
		step{400, "wrap-up-ended", call.Facts{Member: me}},
	)
}

func TestTheStoryOfACall(t *testing.T) {
	t.Parallel()
	a := open(t)
	r := a.conversation(t)
	page := a.Get(t, a.Owner, "/calls/"+r.ID)
	page.Want(t, 200, "Called Sales, talked with Max Member for 1:35", `data-copy="+33612345678"`)
	text := page.Text()
	for _, want := range []string{
		"called Sales 00:00.0", "Rang: Max Member, Ada Admin 00:00.1", "Olive Owner was not rung Owed a tag for the last call 00:00.1",
		"Max Member answered 00:04.0", "Stopped ringing: Ada Admin Taken by Max Member 00:04.0", "Recording started 00:04.2",
		"Max Member put the call on hold 00:20.0", "Max Member resumed the call 01:02.0", "Max Member paused recording 01:10.0",
		"mystery 01:20.0", "Max Member sent 3 keys 01:30.0", "left the call 01:39.0", "The call ended The customer hung up. 01:39.0",
		"Max Member finished after-call work", "On hold 0:42", "Waited 0:04", "Talk time 1:35",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in %s", want, text)
		}
	}
	if strings.Contains(text, "Recording paused") {
		t.Error("the pause is told twice")
	}
	a.Owner.Language = "fr"
	a.Get(t, a.Owner, "/calls/"+r.ID).Want(t, 200, "Max Member a mis l’appel en attente", "Ce qui s’est passé", "Le client a raccroché")
}

// TestEveryKindIsTold: each event of the machine and each entry of the engine has
// words in both languages, so that no page shows a bare name.
func TestEveryKindIsTold(t *testing.T) {
	t.Parallel()
	a := open(t)
	kinds := []string{
		"arrived", "dialled", "returning", "answered", "declined", "offer-lost", "rung-out", "announced", "customer-ringing",
		"customer-early-media", "customer-answered", "customer-held", "customer-gone", "muted", "held", "recording",
		"hung-up", "agent-lost", "agent-back", "away-expired", "handed-over", "stopped", call.EntryRing, call.EntryNotRung,
		call.EntryWithdrawn, call.EntryRecordingStarted, call.EntryRecordingPaused, call.EntryRecordingResumed,
		call.EntryRecordingStopped, "blocked", "external-answered", "external-gone", "spoken", "agent-unheard", call.EntryTagged, call.EntryDigits, "wrap-up-ended", call.EntryEnded,
	}
	for _, language := range []string{"en", "fr"} {
		a.Owner.Language = language
		for _, kind := range kinds {
			r := a.log(t, arrived(a.line, ""), step{1, kind, call.Facts{Member: a.Member.ID, Cause: callstate.CauseBusy, NumberID: a.line.ID, Direction: callstate.Inbound}})
			text := a.Get(t, a.Owner, "/calls/"+r.ID).Body
			if strings.Contains(text, fmt.Sprintf(`<p class="event-title">%s</p>`, kind)) || strings.Contains(text, "calls.event") {
				t.Errorf("%s has no words in %s", kind, language)
			}
		}
	}
}

func TestListAndFilters(t *testing.T) {
	t.Parallel()
	a := open(t)
	a.Get(t, a.Owner, "/calls").Want(t, 200, "No calls yet")
	sale, err := a.Tags.Create(t.Context(), a.Owner, tag.Draft{Name: "Sale"})
	if err != nil {
		t.Fatal(err)
	}
	me := a.Member.ID
	a.log(t, arrived(a.line, "+33600000001"), ended(25, callstate.CauseNoAnswer))
	a.log(t, step{0, "dialled", call.Facts{NumberID: a.line.ID, Direction: callstate.Outbound, E164: "+33600000002", Member: me}}, ended(5, callstate.CauseBusy))
	a.log(t, arrived(a.other, "+33600000003"), step{2, "answered", call.Facts{Member: me}}, ended(67, callstate.CauseAgentHungUp),
		step{70, call.EntryTagged, call.Facts{Member: me, Tags: []string{sale.ID}}})
	a.log(t, arrived(a.line, "+33600000004"))
	a.log(t, arrived(a.line, "+33600000005"), step{3, call.EntryRecordingStarted, call.Facts{Recording: "v", Kind: recording.Voicemail}}, ended(9, callstate.CauseVoicemailLeft))
	a.log(t, arrived(a.line, "+33600000006"), step{0, "blocked", call.Facts{}}, ended(1, callstate.CauseBlocked)) // not missed
	for _, c := range []struct {
		query string
		shown string // last digits of the parties, newest first
	}{
		{"", "654321"},
		{"?kind=missed", "51"},
		{"?kind=voicemail", "5"},
		{"?kind=outbound", "2"},
		{"?kind=inbound", "65431"},
		{"?number=" + a.other.ID, "3"},
		{"?tag=" + sale.ID, "3"},
		{"?kind=inbound&number=" + a.line.ID, "6541"},
		{"?kind=nonsense&number=nobody&tag=none", "654321"},
		{"?kind=outbound&tag=" + sale.ID, ""},
	} {
		got := a.Get(t, a.Owner, "/calls"+c.query)
		shown := ""
		for _, part := range strings.Split(got.Body, `data-e164="+3360000000`)[1:] {
			shown += part[:1]
		}
		if got.Status != 200 || shown != c.shown {
			t.Errorf("%q shows %q, want %q", c.query, shown, c.shown)
		}
	}
	a.Get(t, a.Owner, "/calls").Want(t, 200, "In progress", "Nobody answered in time.", "1:05", "Sale", "The line was busy.")
	a.Get(t, a.Owner, "/calls?kind=missed&number="+a.line.ID).Want(t, 200,
		`href="/calls?kind=missed"`, `href="/calls?number=`+a.line.ID+`"`, "Remove the filter “Missed”")
	a.Get(t, a.Owner, "/calls?kind=outbound&tag="+sale.ID).Want(t, 200, "No call matches")
}

func TestPages(t *testing.T) {
	t.Parallel()
	a := open(t)
	for range 120 {
		a.log(t, arrived(a.line, "+33600000001"), ended(1, callstate.CauseNoAnswer))
	}
	seen, path := 0, "/calls?kind=missed"
	for range 3 {
		body := a.Get(t, a.Owner, path).Body
		seen += strings.Count(body, `class="row-link"`)
		_, rest, more := strings.Cut(body, `href="/calls?before=`)
		if !more {
			break
		}
		end := strings.IndexByte(rest, '"')
		path = "/calls?before=" + strings.ReplaceAll(rest[:end], "&amp;", "&")
	}
	if seen != 120 {
		t.Errorf("three pages show %d calls of 120; the last was %s", seen, path)
	}
}

// timed is a connection with a time limit on answers.
type timed struct {
	*httptest.ResponseRecorder
	deadline time.Time
}

// SetWriteDeadline is what http.ResponseController looks for.
func (w *timed) SetWriteDeadline(t time.Time) error {
	w.deadline = t
	return nil
}

func TestRecording(t *testing.T) {
	t.Parallel()
	a := open(t)
	r := a.conversation(t)
	wav := audio.WAV{Encoding: audio.ALaw, Rate: 8000, Channels: 2, Data: bytes.Repeat([]byte{0xd5}, 2*8000*95)}
	rec := recording.Recording{
		ID: id.New(), WorkspaceID: a.Workspace.ID, CallID: r.ID, State: recording.Ready, BlobKey: "k/a.wav",
		Channels: []string{string(callstate.CustomerLeg), string(callstate.AgentLeg(a.Member.ID))}, StartedAt: r.AnsweredAt,
		DurationMS: 95000, Markers: []recording.Marker{{Kind: "pause", OffsetMS: 9500}, {Kind: "resume", OffsetMS: 19000}, {Kind: "pause", OffsetMS: 85500}},
	}
	a.files[rec.BlobKey] = wav.Bytes()
	if err := a.DB.SaveRecording(t.Context(), rec); err != nil {
		t.Fatal(err)
	}
	path := "/calls/" + r.ID + "/recording/" + rec.ID
	a.Get(t, a.Owner, "/calls/"+r.ID).Want(t, 200, `src="`+path+`"`, `data-waves="`+path+`/waves"`, path+"/delete", `data-seek="16.00"`, "1:35")
	if body := a.Get(t, a.Member, "/calls/"+r.ID).Body; !strings.Contains(body, path) || strings.Contains(body, "/delete") {
		t.Error("a member may hear his call and not delete it")
	}
	ranged := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	ranged.Header.Set("Range", "bytes=0-57")
	w := httptest.NewRecorder()
	a.Handler(a.Member, a.Workspace).ServeHTTP(w, ranged)
	if w.Code != 206 || w.Body.Len() != 58 || w.Header().Get("Content-Type") != "audio/wav" {
		t.Errorf("range: %d, %d bytes, %v", w.Code, w.Body.Len(), w.Header())
	}
	long := &timed{ResponseRecorder: httptest.NewRecorder(), deadline: time.Now()}
	a.Handler(a.Member, a.Workspace).ServeHTTP(long, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	if long.Code != 200 || !long.deadline.IsZero() {
		t.Errorf("a long recording is cut off at %v", long.deadline)
	}
	down := a.Get(t, a.Owner, path+"?download=1")
	if got := down.Header.Get("Content-Disposition"); !strings.HasPrefix(got, `attachment; filename="parley-`) || !strings.HasSuffix(got, `-33612345678.wav"`) {
		t.Errorf("download is named %q", got)
	}
	a.Get(t, a.Member, path+"/waves").Want(t, 200, `"spans":[{"from":0.1,"to":0.2,"text":"Paused for 0:10"},{"from":0.9,"to":1,`)
	other := a.log(t, arrived(a.line, ""), ended(1, callstate.CauseNoAnswer))
	a.Get(t, a.Owner, "/calls/"+other.ID+"/recording/"+rec.ID).Want(t, 404)
	a.Get(t, office.Hire(t, a.DB, a.Workspace, "New", member.User), path).Want(t, 404)
	a.Post(t, a.Member, path+"/delete", nil).Want(t, 403)
	if got := a.Post(t, a.Owner, path+"/delete", nil); got.Location != "/calls/"+r.ID+"?done=deleted" {
		t.Fatalf("delete: %d %s", got.Status, got.Text())
	}
	a.Get(t, a.Owner, "/calls/"+r.ID+"?done=deleted").Want(t, 200, "The recording is deleted.", "Deleted by Olive Owner on")
	a.Get(t, a.Owner, path).Want(t, 404)
	if len(a.files) != 0 {
		t.Error("the audio is still there")
	}
}
