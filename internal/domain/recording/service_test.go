package recording_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"parley/internal/base/id"
	"parley/internal/domain/recording"
	"parley/internal/tests/office"
)

// files notes what is deleted, and fails once if told to.
type files struct {
	deleted []string
	fail    error
}

func (f *files) Delete(_ context.Context, key string) error {
	if err := f.fail; err != nil {
		f.fail = nil
		return err
	}
	f.deleted = append(f.deleted, key)
	return nil
}

func TestDelete(t *testing.T) {
	t.Parallel()
	o, disk := office.New(t), &files{fail: errors.New("disk away")}
	s := recording.NewService(recording.Needs{Recordings: o.DB, Files: disk, Audit: o.Heard, Now: time.Now})
	r := recording.Recording{
		ID: id.New(), WorkspaceID: o.Workspace.ID, CallID: id.New(), State: recording.Writing,
		BlobKey: "ws/recordings/a.wav", Channels: []string{"customer", "agent"}, StartedAt: time.Now(), DurationMS: 1000,
	}
	save := func() {
		t.Helper()
		if err := o.DB.SaveRecording(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	save()
	office.Want(t, s.Delete(t.Context(), o.Admin, r.ID), "error.recording-running", "")
	r.State = recording.Ready
	save()
	_, stranger := office.Found(t, o.DB, "Other")
	office.Want(t, s.Delete(t.Context(), o.Member, r.ID), "error.not-allowed", "")
	office.Want(t, s.Delete(t.Context(), stranger, r.ID), "error.not-found", "")
	if err := s.Delete(t.Context(), o.Admin, r.ID); err == nil {
		t.Fatal("the disk is away, yet the recording counts as deleted")
	}
	for range 2 { // the second finds it deleted
		if err := s.Delete(t.Context(), o.Admin, r.ID); err != nil {
			t.Fatal(err)
		}
	}
	left, err := o.DB.Recording(t.Context(), o.Workspace.ID, r.ID)
	if err != nil || left.State != recording.Deleted || left.DeletedBy != o.Admin.ID || left.DurationMS != 1000 || left.DeletedAt.IsZero() {
		t.Errorf("what stays is %+v, %v", left, err)
	}
	_, audited := o.Heard.Take()
	if !slices.Equal(disk.deleted, []string{"ws/recordings/a.wav"}) || !slices.Equal(audited, []string{"recording.deleted " + r.ID}) {
		t.Errorf("deleted %v, audited %v", disk.deleted, audited)
	}
}
