package calls

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/domain/call"
	"parley/internal/domain/member"
	"parley/internal/domain/recording"
	"parley/internal/shared/callstate"
	"parley/web/locale"
	"parley/web/ui"
)

func (h *Handlers) show(w http.ResponseWriter, r *http.Request) {
	v, err := h.loadCall(r.Context(), r.PathValue("id"))
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	c := locale.From(r.Context())
	var flash ui.Notice
	if r.URL.Query().Get("done") == "deleted" {
		flash = ui.Notice{Tone: ui.Good, Text: c.T("calls.recording-deleted")}
	}
	v.Frame = h.needs.Pages.Frame(r, ui.Page{
		Title: v.Party, Lead: v.Outcome, Place: ui.Calls, Flash: flash, Scripts: []string{"player.js"},
		Crumbs: []ui.Crumb{{Text: c.T("calls.title"), Href: "/calls"}},
	})
	h.needs.Pages.Show(w, r, http.StatusOK, callPage(v))
}

func (h *Handlers) loadCall(ctx context.Context, callID string) (callView, error) {
	who, _ := auth.From(ctx)
	r, err := h.find(ctx, who, callID)
	if err != nil {
		return callView{}, err
	}
	entries, err := h.needs.Log.Entries(ctx, who.Workspace.ID, callID)
	if err != nil {
		return callView{}, fmt.Errorf("read the call's log: %w", err)
	}
	recordings, err := h.needs.Recordings.RecordingsOfCall(ctx, who.Workspace.ID, callID)
	if err != nil {
		return callView{}, fmt.Errorf("list recordings: %w", err)
	}
	n, err := h.names(ctx, who.Workspace.ID)
	if err != nil {
		return callView{}, err
	}
	members, lines := mentioned(r, entries, recordings)
	if err := h.meet(ctx, who.Workspace.ID, n, members, lines); err != nil {
		return callView{}, err
	}
	return newCallView(n, r, entries, recordings, who.Can(member.DeleteRecording), h.needs.Now()), nil
}

// mentioned lists the members and numbers a call's page names.
func mentioned(r call.Record, entries []call.Entry, recordings []recording.Recording) (members, lines []string) {
	members, lines = []string{r.MemberID}, []string{r.NumberID}
	for _, e := range entries {
		f, err := call.ReadFacts(e)
		if err != nil {
			continue
		}
		members = append(append(members, f.By, f.To), f.Whom()...)
		if f.Step != nil {
			lines = append(lines, f.Step.Line)
			members = slices.AppendSeq(members, maps.Keys(f.Step.Passed))
		}
	}
	for _, one := range recordings {
		members = append(members, one.DeletedBy)
	}
	return members, lines
}

type callView struct {
	Frame      ui.Page
	Party      string
	E164       string
	Outcome    string
	Live       bool
	Voicemail  bool // the caller left one
	Recordings []recordingView
	Story      ui.Timeline
	Facts      []ui.Definition
	Tags       []ui.Tag
	Now        time.Time
}

type recordingView struct {
	Title      string
	Player     ui.Player // without Src there is nothing to hear
	Waves      string    // address of the waveforms
	Delete     string    // address to delete by, "" where the reader may not
	DeleteText string
	DeleteAsk  string
	Notice     string // why there is nothing to hear
	startedAt  time.Time
}

func newCallView(
	n *names, r call.Record, entries []call.Entry, recordings []recording.Recording, mayDelete bool, now time.Time,
) callView {
	v := callView{
		Party: n.party(r), E164: r.PartyE164, Outcome: outcome(n, r), Live: r.Live(), Voicemail: r.VoicemailID != "", Tags: n.tagged(r.TagIDs), Now: now,
	}
	for _, one := range recordings {
		v.Recordings = append(v.Recordings, newRecordingView(n, r, one, mayDelete))
	}
	story := teller{names: n, record: r, recordings: recordings}
	v.Story = ui.Timeline{Label: n.c.T("calls.story"), Items: story.tell(entries)}
	v.Facts = facts(n, r, entries)
	return v
}

// outcome is the call in one line.
func outcome(n *names, r call.Record) string {
	line, c := n.line(r.NumberID), n.c
	switch {
	case r.Live():
		return c.T("calls.outcome.live", "line", line)
	case r.AnsweredAt.IsZero():
		return c.T(r.Cause.Verdict().TextKey)
	case r.Direction == callstate.Inbound && r.MemberID == "":
		return c.T("calls.outcome.forwarded", "line", line, "talk", c.Duration(r.TalkTime()))
	case r.Direction == callstate.Outbound:
		return c.T("calls.outcome.outbound", "line", line, "member", n.member(r.MemberID), "talk", c.Duration(r.TalkTime()))
	}
	return c.T("calls.outcome.inbound", "line", line, "member", n.member(r.MemberID), "talk", c.Duration(r.TalkTime()))
}

func newRecordingView(n *names, r call.Record, rec recording.Recording, mayDelete bool) recordingView {
	path := "/calls/" + r.ID + "/recording/" + rec.ID
	v := recordingView{
		startedAt: rec.StartedAt, Title: n.c.T("calls.recording"),
		DeleteText: n.c.T("calls.recording-delete"), DeleteAsk: n.c.T("calls.recording-confirm"),
	}
	writing := n.c.T("calls.recording.writing")
	if rec.Kind == recording.Voicemail {
		v.Title, v.DeleteText, v.DeleteAsk = n.c.T("calls.voicemail"), n.c.T("calls.voicemail-delete"), n.c.T("calls.voicemail-confirm")
		writing = n.c.T("calls.voicemail.writing")
	}
	switch rec.State {
	case recording.Writing:
		v.Notice = writing
	case recording.Failed:
		v.Notice = n.c.T("calls.recording.failed")
	case recording.Deleted:
		v.Notice = n.c.T("calls.recording.deleted", "member", n.member(rec.DeletedBy), "when", n.c.Date(rec.DeletedAt))
	case recording.Ready:
		v.Waves = path + "/waves"
		if mayDelete {
			v.Delete = path + "/delete"
		}
		v.Player = ui.Player{
			ID: "recording-" + rec.ID, Title: v.Title, Src: path, Download: path + "?download=1",
			Length: time.Duration(rec.DurationMS) * time.Millisecond,
		}
		for _, channel := range rec.Channels {
			v.Player.Tracks = append(v.Player.Tracks, track(n, r, channel))
		}
	}
	return v
}

// track names the party of a channel.
func track(n *names, r call.Record, channel string) ui.Track {
	if callstate.LegID(channel) == callstate.CustomerLeg {
		return ui.Track{Name: n.party(r), Tone: ui.Good}
	}
	return ui.Track{Name: n.member(r.MemberID), Tone: ui.Info}
}
