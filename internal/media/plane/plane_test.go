package plane_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"parley/internal/domain/call"
	"parley/internal/media/audio"
	"parley/internal/media/codec"
	"parley/internal/media/plane"
	"parley/internal/media/record"
	"parley/internal/shared/callstate"
)

// patience bounds what a test waits for.
const patience = 10 * time.Second

// blobs keeps what it is given in a folder, once it may.
type blobs struct {
	folder string
	open   chan struct{} // closed: blobs are taken
}

func (b *blobs) Move(ctx context.Context, key, path string) error {
	select {
	case <-b.open:
		return os.Rename(path, filepath.Join(b.folder, filepath.Base(key)))
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (b *blobs) Has(_ context.Context, key string) bool {
	_, err := os.Stat(filepath.Join(b.folder, filepath.Base(key)))
	return err == nil
}

func (b *blobs) read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(b.folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// built is shared: it takes seconds to make under the race detector.
var built = sync.OnceValues(audio.NewLibrary)

func sounds(t *testing.T) *audio.Library {
	t.Helper()
	l, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func newPlane(t *testing.T, messages plane.Sounds) (*plane.Plane, *blobs) {
	t.Helper()
	station := record.NewStation()
	t.Cleanup(station.Close)
	b := &blobs{folder: t.TempDir(), open: make(chan struct{})}
	return plane.New(plane.Config{
		Library: sounds(t), Station: station, Blobs: b, Sounds: messages, Spool: t.TempDir(), Log: slog.New(slog.DiscardHandler),
	}), b
}

// TestCloseKeepsItsDeadline has a blob store that does not answer.
func TestCloseKeepsItsDeadline(t *testing.T) {
	t.Parallel()
	p, store := newPlane(t, nil)
	b := p.Open("w1", "c1")
	done := make(chan call.RecordResult, 1)
	r := b.Record(call.RecordSpec{
		RecordingID: "r1", WorkspaceID: "w1", CallID: "c1", Start: time.Now(),
		Channels: []callstate.LegID{callstate.CustomerLeg}, Alarm: func(err error) { t.Error(err) },
	}, func(res call.RecordResult) { done <- res })
	r.Stop()
	b.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Close(ctx); err == nil {
		t.Error("a recording that is not stored counts as stored")
	}
	close(store.open)
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if res := <-done; res.Err != nil || res.BlobKey != "w1/recordings/r1.wav" {
		t.Errorf("result: %+v", res)
	}
}

// TestRecoverGoesOnAfterABrokenOne has one recording in the spool that cannot be
// read, and one that can.
func TestRecoverGoesOnAfterABrokenOne(t *testing.T) {
	t.Parallel()
	p, store := newPlane(t, nil)
	close(store.open)
	w, err := p.Station.Open(record.Spec{
		Path: filepath.Join(p.Spool, "w1_r2.wav"), Codec: codec.PCMA, Channels: []callstate.LegID{callstate.CustomerLeg},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"w1_r1.wav", "w1_r1.wav.json"} {
		if err := os.WriteFile(filepath.Join(p.Spool, name), []byte("nonsense"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mended, err := p.Recover(t.Context())
	if err == nil {
		t.Error("nothing is said of the broken one")
	}
	if len(mended) != 1 || mended[0].RecordingID != "r2" || mended[0].Result.Err != nil {
		t.Errorf("mended: %+v", mended)
	}
}
