package plane

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"parley/internal/base/obs"
	"parley/internal/domain/call"
	"parley/internal/domain/recording"
	"parley/internal/media/codec"
	"parley/internal/media/record"
	"parley/internal/shared/callstate"
)

// storeTime bounds handing a finished recording to the blob store.
const storeTime = 10 * time.Minute

// recorder is a recording under way. Until its file is open it remembers what
// it was asked; nothing is tapped meanwhile.
type recorder struct {
	bridge *bridge
	spec   call.RecordSpec
	done   func(call.RecordResult)

	mu      sync.Mutex
	writer  *record.Writer
	untap   func()
	paused  bool
	passed  [][2]callstate.LegID // before the file was open
	stopped bool
}

// Record starts recording what each channel's party sends; of a voicemail, the
// customer alone.
func (b *bridge) Record(spec call.RecordSpec, done func(call.RecordResult)) call.Recorder {
	if spec.Kind == recording.Voicemail {
		spec.Channels = []callstate.LegID{callstate.CustomerLeg}
	}
	r := &recorder{bridge: b, spec: spec, done: done}
	b.plane.work.Go(r.open)
	return r
}

// recordCodec is what a recording of the call begins with: Opus as it comes, the laws
// in A-law.
func (b *bridge) recordCodec() codec.Codec {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.tongue.spoken == codec.Opus {
		return codec.Opus
	}
	return codec.PCMA
}

func (r *recorder) open() {
	p := r.bridge.plane
	c := r.bridge.recordCodec()
	w, err := p.Station.Open(record.Spec{
		Path:  filepath.Join(p.Spool, spoolName(r.spec.WorkspaceID, r.spec.RecordingID, record.FormatOf(c))),
		Codec: c, Channels: r.spec.Channels, Start: r.spec.Start, Alarm: r.alarm,
	})
	if err != nil {
		r.spec.Alarm(err)
		r.done(call.RecordResult{Err: err})
		return
	}
	r.mu.Lock()
	if r.paused {
		w.Pause()
	}
	for _, p := range r.passed {
		w.Pass(p[0], p[1])
	}
	r.writer = w
	stopped := r.stopped
	if !stopped {
		r.untap = r.bridge.relay.Tap(w)
	}
	r.mu.Unlock()
	if stopped {
		r.finish()
	}
}

// alarm passes on what the writer says of the disk: it takes recordings again
// when err is nil.
func (r *recorder) alarm(err error) {
	if err != nil {
		r.spec.Alarm(err)
		return
	}
	r.bridge.log.Info("recording grows again", "recording", r.spec.RecordingID)
}

// Pause keeps what is said from being written, from now on.
func (r *recorder) Pause() { r.setPaused(true) }

// Resume lets it be written again.
func (r *recorder) Resume() { r.setPaused(false) }

func (r *recorder) setPaused(paused bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.paused = paused
	switch {
	case r.writer == nil:
	case paused:
		r.writer.Pause()
	default:
		r.writer.Resume()
	}
}

// Pass has the channel of one leg go on with another's voice.
func (r *recorder) Pass(from, to callstate.LegID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.writer == nil {
		r.passed = append(r.passed, [2]callstate.LegID{from, to})
		return
	}
	r.writer.Pass(from, to)
}

// Stop ends the recording; its result follows when the file is stored.
func (r *recorder) Stop() {
	r.mu.Lock()
	again := r.stopped
	r.stopped = true
	opened := r.writer != nil
	if r.untap != nil {
		r.untap()
	}
	r.mu.Unlock()
	if !again && opened {
		r.bridge.plane.work.Go(r.finish)
	}
}

func (r *recorder) finish() {
	res, err := r.writer.Stop()
	if err != nil {
		r.bridge.log.Error("finish recording", "recording", r.spec.RecordingID, obs.Err, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	r.done(r.bridge.plane.keep(ctx, r.spec.WorkspaceID, r.spec.RecordingID, res, err))
}

// keep hands a finished recording to the blob store. The spool keeps its result
// until that is stored too.
func (p *Plane) keep(ctx context.Context, workspaceID, id string, res record.Result, err error) call.RecordResult {
	out := call.RecordResult{
		BlobKey:    blobKey(workspaceID, id, res.Format),
		DurationMS: res.DurationMS, Bytes: res.Bytes, SHA256: res.SHA256, Err: err,
		Stored: func() {
			if err := record.Forget(res.Path); err != nil {
				p.Log.Warn("spooled recording not removed", "recording", id, obs.Err, err)
			}
		},
	}
	for _, m := range res.Markers {
		kind := recording.Pause
		if m.Kind == record.Resumed {
			kind = recording.Resume
		}
		out.Markers = append(out.Markers, recording.Marker{Kind: kind, OffsetMS: m.OffsetMS})
	}
	if res.Path == "" { // not whole: the spool keeps it, for Recover
		out.Stored = func() {}
		return out
	}
	// The file may have been moved by the process that crashed before it could
	// store the result.
	if err := p.Blobs.Move(ctx, out.BlobKey, res.Path); err != nil && !p.Blobs.Has(ctx, out.BlobKey) {
		out.Err = fmt.Errorf("store recording %s: %w", id, err)
		out.Stored = func() {}
	}
	return out
}

// Recovered is a recording that a crash cut off, mended and stored.
type Recovered struct {
	WorkspaceID string
	RecordingID string
	Ends        time.Time // up to when it reaches
	Result      call.RecordResult
}

// Recover mends and stores what a crash left in the spool. Call it before the
// first call. What it could mend is returned beside an error about the rest.
func (p *Plane) Recover(ctx context.Context) ([]Recovered, error) {
	results, err := record.Recover(p.Spool)
	if err != nil {
		err = fmt.Errorf("mend recordings cut off by a crash: %w", err)
	}
	var out []Recovered
	for _, res := range results {
		ws, id, ok := strings.Cut(strings.TrimSuffix(filepath.Base(res.Path), res.Format.Ending()), "_")
		if !ok {
			p.Log.Warn("foreign file in the spool of recordings", "file", filepath.Base(res.Path))
			continue
		}
		out = append(out, Recovered{
			WorkspaceID: ws, RecordingID: id,
			Ends:   res.Start.Add(time.Duration(res.DurationMS) * time.Millisecond),
			Result: p.keep(ctx, ws, id, res, nil),
		})
	}
	return out, err
}

func spoolName(workspaceID, recordingID string, f record.Format) string {
	return workspaceID + "_" + recordingID + f.Ending()
}

func blobKey(workspaceID, recordingID string, f record.Format) string {
	return workspaceID + "/recordings/" + recordingID + f.Ending()
}
