package record

import (
	"errors"
	"math"
	"slices"
	"sync"
	"time"

	"parley/internal/media/codec"
	"parley/internal/media/opus"
	"parley/internal/media/relay"
	"parley/internal/shared/callstate"
)

const (
	blockFrames = int64(beat/time.Millisecond) * millisecond
	maxPayload  = 200 * millisecond // longest packet taken
	retryEvery  = time.Second       // how often a disk that refused is tried again
)

// Writer is one recording. It is a relay.Tap. Its methods may be called from
// any goroutine.
type Writer struct {
	station *Station
	spec    Spec

	mu       sync.Mutex // guards what packets change; the disk is never waited for with it
	tracks   []track
	medium   medium
	turned   *turned // the medium, if it is that; else nil
	markers  []Marker
	paused   bool
	openFrom int64 // nothing that lies before may come in
	end      int64 // length, once stopped; before, -1
	overrun  bool  // the disk was too slow since the last flush

	io      sync.Mutex // guards what follows and the medium's file; taken before mu
	health  health
	retryAt time.Time
	synced  int64 // length of the file at the last sync

	side     sync.Mutex // guards the sidecar file; taken before mu
	saved    int        // markers in it
	finished *Result

	stop func() (Result, error) // runs once
}

func newWriter(s *Station, spec Spec, m medium) *Writer {
	spec.Channels = slices.Clone(spec.Channels)
	w := &Writer{station: s, spec: spec, end: -1, medium: m, health: health{alarm: spec.Alarm}}
	for _, leg := range spec.Channels {
		w.tracks = append(w.tracks, track{leg: leg})
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
	lasts := duration(p)
	if lasts == 0 || lasts > maxPayload {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if i := w.trackOf(from); i >= 0 && w.end < 0 {
		w.put(i, p, lasts, w.at(at))
	}
}

// duration returns how long a packet lasts in samples: 0 if it is no audio.
func duration(p *relay.Packet) int64 {
	switch {
	case p.Kind != relay.Audio:
		return 0
	case p.Codec == codec.Opus:
		return int64(opus.Samples(p.Payload))
	}
	return int64(len(p.Payload))
}

// Pass has the channel of one leg go on with what another says.
func (w *Writer) Pass(from, to callstate.LegID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if i := w.trackOf(from); i >= 0 {
		w.tracks[i] = track{leg: to}
	}
}

// trackOf returns the index of a leg's track, or -1.
func (w *Writer) trackOf(leg callstate.LegID) int {
	return slices.IndexFunc(w.tracks, func(t track) bool { return t.leg == leg })
}

func (w *Writer) put(i int, p *relay.Packet, lasts, arrived int64) {
	openFrom := w.openFrom
	if w.paused {
		openFrom = math.MaxInt64
	}
	found := w.tracks[i].time.find(p, lasts, arrived, openFrom)
	if !found.ok || w.paused {
		return
	}
	err := w.medium.put(i, p, found, w.openFrom)
	if errors.Is(err, errForeign) {
		w.turn(found.pos)
		err = w.medium.put(i, p, found, w.openFrom)
	}
	w.overrun = w.overrun || err != nil
}

// turn has the recording go on, from pos on, in a medium that takes everything.
func (w *Writer) turn(pos int64) {
	if first, ok := w.medium.(*packets); ok {
		w.turned = turn(first, pos, w.cross)
		w.medium = w.turned
	}
}

// cross begins the second file of a recording that has turned, once the sidecar tells of
// it.
func (w *Writer) cross() (file, error) {
	if err := w.saveSidecar(); err != nil {
		return nil, err
	}
	return w.station.create(pathOf(w.spec.Path, WAV))
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
	if !paused {
		w.openFrom += tolerance // by which what was said before may be placed too late
	}
	w.medium.clear(now)
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
// of it. It reads the file once to sum it, and joins what has turned, so it is slow
// work. If the disk refuses the end, it returns an error beside the result of what is
// on disk.
// Further calls return the same.
func (w *Writer) Stop() (Result, error) { return w.stop() }

func (w *Writer) finish() (Result, error) {
	w.mu.Lock()
	end := max(w.at(w.station.now()), 0)
	w.end = end
	w.medium.finish(end)
	w.mu.Unlock()
	w.station.remove(w)

	w.io.Lock()
	flushErr := w.flush(end)
	closeErr := w.close()
	w.io.Unlock()

	result, err := w.result()
	if err != nil {
		return result, errors.Join(flushErr, closeErr, err)
	}
	w.side.Lock()
	w.finished = &result
	w.side.Unlock()
	err = w.conclude(&result)
	return result, errors.Join(flushErr, closeErr, err)
}

// conclude has the sidecar say that the recording has ended, and removes what that makes
// superfluous. Where that fails, the result has no path: nobody is to forget the sidecar,
// by which Recover finds what is left.
func (w *Writer) conclude(r *Result) error {
	err := w.saveSidecar()
	if r.Path == w.spec.Path {
		return err
	}
	if err == nil {
		err = removed(w.spec.Path)
	}
	if err != nil {
		r.Path = ""
	}
	return err
}

// close brings to the disk what was written, and ends that.
func (w *Writer) close() error {
	var errs []error
	for _, f := range w.medium.files() {
		errs = append(errs, f.Sync(), f.Close())
	}
	return errors.Join(errs...)
}

// result describes the file as it is on disk. One that has turned is joined first;
// where that fails, the result has no path, and Recover makes up for it.
func (w *Writer) result() (Result, error) {
	r := Result{
		Format: FormatOf(w.spec.Codec), Channels: w.spec.Channels, Start: w.spec.Start,
		DurationMS: w.medium.length() / millisecond, Markers: w.Markers(),
	}
	path := w.spec.Path
	if w.turned != nil && w.turned.crossed() {
		r.Format, path = WAV, pathOf(w.spec.Path, WAV)
		if err := join(path, w.spec.Path, w.turned.at, len(w.tracks)); err != nil {
			return r, err
		}
	}
	var err error
	r.Path = path
	r.Bytes, r.SHA256, err = sum(path)
	return r, err
}
