// Package calls shows the history: the list with its filters, and the page of one
// call with its recording and its story. Whose calls somebody sees is decided by
// package access; what he may not see is not there for him. Any goroutine may use a
// Handlers.
package calls

import (
	"context"
	"io"
	"net/http"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/domain/access"
	"parley/internal/domain/call"
	"parley/internal/domain/member"
	"parley/internal/domain/people"
	"parley/internal/domain/recording"
	"parley/internal/domain/tag"
	"parley/web/page"
)

// Log reads the history.
type Log interface {
	Records(ctx context.Context, workspaceID string, f call.Filter) ([]call.Record, error)
	Record(ctx context.Context, workspaceID, callID string) (call.Record, error)
	Entries(ctx context.Context, workspaceID, callID string) ([]call.Entry, error)
}

// Directory names whom and what calls refer to.
type Directory interface {
	people.Names
	Tags(ctx context.Context, workspaceID string) ([]tag.Tag, error)
}

// Recordings reads what is known of recordings.
type Recordings interface {
	Recording(ctx context.Context, workspaceID, id string) (recording.Recording, error)
	RecordingsOfCall(ctx context.Context, workspaceID, callID string) ([]recording.Recording, error)
}

// Deleter destroys the audio of a recording.
type Deleter interface {
	Delete(ctx context.Context, actor member.Member, recordingID string) error
}

// Audio opens the file of a recording.
type Audio interface {
	Open(ctx context.Context, key string) (io.ReadSeekCloser, error)
}

// Needs is what Handlers works with.
type Needs struct {
	Pages      *page.Pages
	Gate       *auth.Gate
	Log        Log
	Directory  Directory
	Access     access.Store
	Recordings Recordings
	Deleter    Deleter
	Audio      Audio
	// Peaks measures the loudness of each channel of a recording's file at so
	// many points, from 0 to 1.
	Peaks func(file io.ReadSeeker, points int) ([][]float64, error)
	Now   func() time.Time
}

// Handlers serve the pages.
type Handlers struct{ needs Needs }

// New returns the handlers.
func New(n Needs) *Handlers { return &Handlers{n} }

// Routes mounts the pages on mux.
func (h *Handlers) Routes(mux page.Mux) {
	handle := func(pattern string, f http.HandlerFunc) {
		mux.Handle(pattern, h.needs.Gate.Require(member.UsePhone, f))
	}
	handle("GET /calls", h.list)
	handle("GET /calls/{id}", h.show)
	handle("GET /calls/{id}/recording/{rid}", h.audio)
	handle("GET /calls/{id}/recording/{rid}/waves", h.waves)
	mux.Handle("POST /calls/{id}/recording/{rid}/delete",
		h.needs.Gate.Require(member.DeleteRecording, http.HandlerFunc(h.remove)))
}
