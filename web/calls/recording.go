package calls

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/call"
	"parley/internal/domain/recording"
	"parley/web/locale"
)

// wavePoints is how many bars a waveform has.
const wavePoints = 240

// recordingOf finds a recording that can be heard, of a call the reader may see.
func (h *Handlers) recordingOf(r *http.Request) (call.Record, recording.Recording, error) {
	who, _ := auth.From(r.Context())
	record, err := h.find(r.Context(), who, r.PathValue("id"))
	if err != nil {
		return record, recording.Recording{}, err
	}
	rec, err := h.needs.Recordings.Recording(r.Context(), who.Workspace.ID, r.PathValue("rid"))
	if err != nil {
		return record, rec, fmt.Errorf("read recording: %w", err)
	}
	if rec.CallID != record.ID || rec.State != recording.Ready {
		return record, rec, fault.New(fault.NotFound, "error.not-found")
	}
	return record, rec, nil
}

// audio serves the file, in ranges, so that players can seek.
func (h *Handlers) audio(w http.ResponseWriter, r *http.Request) {
	record, rec, err := h.recordingOf(r)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	file, err := h.needs.Audio.Open(r.Context(), rec.BlobKey)
	if err != nil {
		h.needs.Pages.Fail(w, r, fmt.Errorf("open recording: %w", err))
		return
	}
	defer func() { _ = file.Close() }() // read only: nothing is lost
	head := w.Header()
	head.Set("Content-Type", rec.MediaType())
	head.Set("Cache-Control", "private, no-cache")
	if rec.SHA256 != "" {
		head.Set("ETag", `"`+rec.SHA256+`"`)
	}
	if r.URL.Query().Has("download") {
		head.Set("Content-Disposition", `attachment; filename="`+fileName(locale.From(r.Context()), record, rec)+`"`)
	}
	// An hour of two voices, over a slow line, or to a player that was paused,
	// takes longer than any page.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // only a test's writer cannot
	http.ServeContent(w, r, "", time.Time{}, file)
}

// fileName is such as parley-2026-03-01-1405-33123456789.wav.
func fileName(c *locale.Catalogue, r call.Record, rec recording.Recording) string {
	name := "parley-" + r.StartedAt.In(c.Zone()).Format("2006-01-02-1504")
	if digits := strings.TrimPrefix(r.PartyE164, "+"); digits != "" && strings.Trim(digits, "0123456789") == "" {
		name += "-" + digits
	}
	return name + rec.Ending()
}

// waves is what the player draws: bars per channel, and the spans that were paused.
type waves struct {
	Channels [][]float64 `json:"channels"`
	Spans    []span      `json:"spans"`
}

// span is a part of a recording, from 0 to 1.
type span struct {
	From float64 `json:"from"`
	To   float64 `json:"to"`
	Text string  `json:"text"`
}

func (h *Handlers) waves(w http.ResponseWriter, r *http.Request) {
	_, rec, err := h.recordingOf(r)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	file, err := h.needs.Audio.Open(r.Context(), rec.BlobKey)
	if err != nil {
		h.needs.Pages.Fail(w, r, fmt.Errorf("open recording: %w", err))
		return
	}
	defer func() { _ = file.Close() }() // read only: nothing is lost
	channels, err := h.needs.Peaks(file, wavePoints)
	if err != nil {
		h.needs.Pages.Fail(w, r, fmt.Errorf("measure recording: %w", err))
		return
	}
	h.needs.Pages.JSON(w, r, http.StatusOK, waves{Channels: channels, Spans: pauses(locale.From(r.Context()), rec)})
}

// pauses pairs the markers of a recording; a pause without an end lasts to its end.
func pauses(c *locale.Catalogue, rec recording.Recording) []span {
	out := []span{}
	if rec.DurationMS <= 0 {
		return out
	}
	add := func(from, to int64) {
		length := c.Duration(time.Duration(to-from) * time.Millisecond)
		out = append(out, span{
			From: float64(from) / float64(rec.DurationMS), To: float64(to) / float64(rec.DurationMS),
			Text: c.T("calls.paused-span", "length", length),
		})
	}
	since := int64(-1)
	for _, m := range rec.Markers {
		switch at := min(m.OffsetMS, rec.DurationMS); {
		case m.Kind == "pause" && since < 0:
			since = at
		case m.Kind == "resume" && since >= 0:
			add(since, at)
			since = -1
		}
	}
	if since >= 0 {
		add(since, rec.DurationMS)
	}
	return out
}

// remove destroys the audio; the call and what is known of the recording stay.
func (h *Handlers) remove(w http.ResponseWriter, r *http.Request) {
	record, rec, err := h.recordingOf(r)
	if err == nil {
		who, _ := auth.From(r.Context())
		err = h.needs.Deleter.Delete(r.Context(), who.Member, rec.ID)
	}
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/calls/"+record.ID+"?done=deleted", http.StatusSeeOther)
}
