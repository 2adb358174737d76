package messages

import (
	"bytes"
	"fmt"
	"net/http"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/web/form"
)

// maxWords bounds the form of a text, in bytes: three times the longest of it, escaped,
// so that a longer one comes back with what is wrong.
const maxWords = 256 << 10

// audio serves a message, in ranges, so that players can seek. A message never
// changes: its id is its version.
func (h *Handlers) audio(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	file, err := h.needs.Reader.Open(r.Context(), who.Member, r.PathValue("id"))
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	defer func() { _ = file.Close() }() // read only: nothing is lost
	head := w.Header()
	head.Set("Content-Type", "audio/wav")
	head.Set("Cache-Control", "private, no-cache")
	head.Set("ETag", `"`+r.PathValue("id")+`"`)
	// A slow line or a player that was paused takes longer than any page.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // only a test's writer cannot
	http.ServeContent(w, r, "", time.Time{}, file)
}

// prompt serves an announcement that ships with the program; any member may hear it.
func (h *Handlers) prompt(w http.ResponseWriter, r *http.Request) {
	wav, ok := h.needs.Prompts.PromptWAV(r.PathValue("id"), r.PathValue("lang"))
	if !ok {
		h.needs.Pages.Fail(w, r, fault.New(fault.NotFound, "error.not-found"))
		return
	}
	w.Header().Set("Content-Type", "audio/wav")
	w.Header().Set("Cache-Control", "private, max-age=3600")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(wav))
}

// preview speaks a text that is not kept.
func (h *Handlers) preview(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	f, err := form.ParseWithin(w, r, maxWords)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	sound, err := h.needs.Speech.Preview(r.Context(), who.Member, f.Value("text"), f.Value("language"), f.Value("voice"))
	if err != nil {
		h.needs.Pages.Fail(w, r, fmt.Errorf("preview a message: %w", err))
		return
	}
	w.Header().Set("Content-Type", "audio/wav")
	w.Header().Set("Cache-Control", "no-store")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(sound.Wide))
}
