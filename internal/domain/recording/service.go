package recording

import (
	"context"
	"fmt"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/obs"
	"parley/internal/domain/member"
)

// Files keeps the audio. Deleting what is not there is no error.
type Files interface {
	Delete(ctx context.Context, key string) error
}

// Auditor takes the record of an action: who did it, to what, and pairs of name
// and value about it.
type Auditor interface {
	Record(ctx context.Context, workspaceID, by, action, subject string, detail ...string)
}

// Needs is what a Service works with.
type Needs struct {
	Recordings Store
	Files      Files
	Audit      Auditor
	Now        func() time.Time
}

// Service is what people do with recordings. It holds no state of its own: any
// goroutine may use it.
type Service struct{ needs Needs }

// NewService returns a Service.
func NewService(n Needs) *Service { return &Service{n} }

// Delete destroys the audio of a recording; what is known of it stays, with who
// deleted it and when. A recording under way is a Conflict fault.
func (s *Service) Delete(ctx context.Context, actor member.Member, recordingID string) error {
	if !actor.Role.Can(member.DeleteRecording) {
		return fault.New(fault.Forbidden, "error.not-allowed")
	}
	r, err := s.needs.Recordings.Recording(ctx, actor.WorkspaceID, recordingID)
	if err != nil {
		return fmt.Errorf("delete recording: %w", err)
	}
	switch r.State {
	case Deleted:
		return nil
	case Writing:
		return fault.New(fault.Conflict, "error.recording-running")
	case Ready, Failed:
	}
	// The file goes first: if the second step fails, doing it again heals it.
	if r.BlobKey != "" {
		if err := s.needs.Files.Delete(ctx, r.BlobKey); err != nil {
			return fmt.Errorf("delete the audio of a recording: %w", err)
		}
	}
	r.State, r.DeletedBy, r.DeletedAt = Deleted, actor.ID, s.needs.Now().UTC()
	if err := s.needs.Recordings.SaveRecording(ctx, r); err != nil {
		return fmt.Errorf("delete recording: %w", err)
	}
	s.needs.Audit.Record(ctx, r.WorkspaceID, actor.ID, "recording.deleted", r.ID, obs.Call, r.CallID)
	return nil
}
