package main

import (
	"io"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/domain/recording"
	"parley/internal/domain/workspace"
	"parley/internal/media/codec"
	"parley/internal/media/record"
	"parley/internal/shared/callstate"
)

// wired is the whole program over a fresh data folder, not started.
func wired(t *testing.T) *parley {
	t.Helper()
	cfg, _, err := readConfig([]string{
		"-data", t.TempDir(), "-media", "127.0.0.1:0", "-media-tcp=false", "-sip-udp", "127.0.0.1:0", "-sip-tcp", "off",
	}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	k, err := openKept(t.Context(), cfg, log)
	if err != nil {
		t.Fatal(err)
	}
	p, err := wire(cfg, log, k)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// spooled leaves a recording in the spool whose row has the given state.
func spooled(t *testing.T, p *parley, ws string, state recording.State) recording.Recording {
	t.Helper()
	r := recording.Recording{ID: id.New(), WorkspaceID: ws, CallID: id.New(), State: state, StartedAt: time.Now()}
	w, err := p.voice.station.Open(record.Spec{
		Path:  filepath.Join(p.cfg.spool(), ws+"_"+r.ID+".wav"),
		Codec: codec.PCMA, Channels: []callstate.LegID{callstate.CustomerLeg},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := p.kept.db.SaveRecording(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestRecoverSettlesWhatWasSpooled has a recording that a crash cut off, one that
// could not be stored when its call ended, and one deleted since.
func TestRecoverSettlesWhatWasSpooled(t *testing.T) {
	p := wired(t)
	ws := workspace.Workspace{ID: id.New(), Name: "Acme", Language: "en", TimeZone: "UTC", Country: "FR"}
	if err := p.kept.db.SaveWorkspace(t.Context(), ws); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		before, after recording.State
		kept          bool
	}{
		{recording.Writing, recording.Ready, true},
		{recording.Failed, recording.Ready, true},
		{recording.Deleted, recording.Deleted, false},
	} {
		r := spooled(t, p, ws.ID, c.before)
		if err := p.recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		row, err := p.kept.db.Recording(t.Context(), ws.ID, r.ID)
		if err != nil || row.State != c.after {
			t.Errorf("a %s recording is %s afterwards, %v", c.before, row.State, err)
		}
		audio, err := p.kept.blobs.Open(t.Context(), ws.ID+"/recordings/"+r.ID+".wav")
		if c.kept && err != nil || !c.kept && fault.KindOf(err) != fault.NotFound {
			t.Errorf("audio of a %s recording: %v", c.before, err)
		}
		if err == nil {
			_ = audio.Close() // opened to look only
		}
	}
	left, err := filepath.Glob(filepath.Join(p.cfg.spool(), "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left in the spool: %v, %v", left, err)
	}
}
