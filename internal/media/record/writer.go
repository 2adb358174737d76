package record

import (
	"errors"
	"slices"
	"sync"
	"time"

	"parley/internal/media/audio"
	"parley/internal/media/relay"
	"parley/internal/shared/callstate"
)

const (
	blockFrames = int(beat/time.Millisecond) * millisecond
	maxPayload  = 200 * millisecond // longest packet taken
	retryEvery  = time.Second       // how often a disk that refused is tried again
)

var (
	errBehind = errors.New("disk too slow: part of the recording is lost")
	errFull   = errors.New("recording has the greatest length of a WAV file")
)

// Writer is one recording. It is a relay.Tap. Its methods may be called from
// any goroutine.
type Writer struct {
	station *Station
	spec    Spec

	mu       sync.Mutex // guards what packets change; held for copying only
	tracks   []track
	markers  []Marker
	paused   bool
	openFrom int64 // nothing that lies before may come in
	end      int64 // length, once stopped; before, -1
	overrun  bool  // a ring was too short since the last flush

	io      sync.Mutex // guards what follows; taken before mu
	file    file
	block   []byte // samples on their way to the file
	header  []byte
	written int64 // samples a channel in the file
	health  health
	retryAt time.Time
	synced  int64 // value of written at the last sync

	side     sync.Mutex // guards the sidecar file; taken before mu
	saved    int        // markers in it
	finished *Result

	stop func() (Result, error) // runs once
}

func newWriter(s *Station, spec Spec, f file) *Writer {
	spec.Channels = slices.Clone(spec.Channels)
	w := &Writer{
		station: s, spec: spec, end: -1, file: f,
		block:  make([]byte, blockFrames*len(spec.Channels)),
		header: make([]byte, 0, audio.WAVHeaderSize),
		health: health{alarm: spec.Alarm},
	}
	for _, leg := range spec.Channels {
		w.tracks = append(w.tracks, newTrack(leg, spec.Codec))
	}
	w.stop = sync.OnceValues(w.finish)
	return w
}

// at returns the place of an instant on the recording's clock.
func (w *Writer) at(t time.Time) int64 {
	return int64(t.Sub(w.spec.Start)) / int64(time.Millisecond/millisecond)
}

// Packet records a packet that a leg sent. Legs without a channel, and
// whatever comes during a pause, leave no trace.
func (w *Writer) Packet(from callstate.LegID, p *relay.Packet, at time.Time) {
	if p.Kind != relay.Audio || len(p.Payload) == 0 || len(p.Payload) > maxPayload {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if t := w.trackOf(from); t != nil && w.end < 0 {
		w.put(t, p, w.at(at))
	}
}

// Pass has the channel of one leg go on with what another says.
func (w *Writer) Pass(from, to callstate.LegID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if t := w.trackOf(from); t != nil {
		t.leg, t.time = to, timeline{}
	}
}

func (w *Writer) trackOf(leg callstate.LegID) *track {
	for i := range w.tracks {
		if w.tracks[i].leg == leg {
			return &w.tracks[i]
		}
	}
	return nil
}

func (w *Writer) put(t *track, p *relay.Packet, arrived int64) {
	found := t.time.find(p, arrived, w.openFrom)
	if !found.ok || w.paused {
		return
	}
	if found.pull > 0 {
		t.pull(t.time.anchor+found.pull, found.pull, w.openFrom)
	}
	if !t.put(found.pos, p.Codec, p.Payload, w.openFrom) {
		w.overrun = true
	}
}

// Pause keeps out everything from now on, until Resume, when it returns: the
// span stays as silence. It returns false if the recording is paused or has
// ended.
func (w *Writer) Pause() bool { return w.setPaused(true, Paused) }

// Resume ends a pause. It returns false if there is none.
func (w *Writer) Resume() bool { return w.setPaused(false, Resumed) }

func (w *Writer) setPaused(paused bool, kind MarkerKind) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.paused == paused || w.end >= 0 {
		return false
	}
	now := max(w.at(w.station.now()), 0)
	w.paused, w.openFrom = paused, now
	for i := range w.tracks {
		w.tracks[i].silence(now, now+ringSize)
	}
	w.markers = append(w.markers, Marker{Kind: kind, OffsetMS: now / millisecond})
	return true
}

// Markers returns what happened so far.
func (w *Writer) Markers() []Marker {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.markers)
}

// Stop ends the recording, with the length it has now, and returns what became
// of it. It reads the file once to sum it, so it is slow work. If the disk
// refuses the end, it returns an error beside the result of what is on disk.
// Further calls return the same.
func (w *Writer) Stop() (Result, error) { return w.stop() }

func (w *Writer) finish() (Result, error) {
	w.mu.Lock()
	w.end = max(w.at(w.station.now()), 0)
	end := w.end
	w.mu.Unlock()
	w.station.remove(w)

	w.io.Lock()
	flushErr := w.flush(end)
	syncErr := w.file.Sync()
	closeErr := w.file.Close()
	w.io.Unlock()

	result, sumErr := w.result()
	w.side.Lock()
	w.finished = &result
	w.side.Unlock()
	return result, errors.Join(flushErr, syncErr, closeErr, sumErr, w.saveSidecar())
}

// result describes the file as it is on disk.
func (w *Writer) result() (Result, error) {
	r := Result{
		Path: w.spec.Path, Channels: w.spec.Channels, Start: w.spec.Start,
		DurationMS: w.written / millisecond, Markers: w.Markers(),
	}
	var err error
	r.Bytes, r.SHA256, err = sum(w.spec.Path)
	return r, err
}
