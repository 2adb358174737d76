// Package record writes live calls to disk, crash-safe: one file per call with one
// channel per party, readable at any moment while it grows. What speaks G.711 becomes a
// WAV, what speaks Opus an Ogg of the very packets; a call of both becomes a WAV.
//
// A Writer is one recording. Its packets are laid straight into a ring per
// party, at the place on the recording's clock where they were spoken, under a
// mutex of that recording alone; nothing on that path allocates, decodes, waits for
// the disk or knows of other calls. One goroutine of the Station, the beat, moves
// what is older than half a second from all rings to all files five times a
// second, and decodes what is Opus in a WAV, of each party as much as time passes;
// another does the fsyncs, so that they never delay the beat. Two goroutines for a
// whole node, not two a call: the disk is shared anyway, 300 calls then cost five
// wake-ups a second instead of 1500, and a disk that hangs blocks two threads instead
// of hundreds. The rings hold four seconds for it to come back.
//
// What the rings and the file are made of is a medium: samples, packets, or packets
// that have turned into samples, since a leg came whose packets are others. The Writer
// has all the rest: clock, pauses, markers, alarms, sidecar.
//
// A recording in a folder consists of NAME.wav or NAME.ogg, while it goes on of both if
// it has turned, and of NAME.json. That says what the others are, and stays until
// Forget: whatever happens to the process, Recover finds every recording whose result
// was not yet stored elsewhere. The folder is a spool; finished files are to be moved
// away.
//
// The package decides nothing: who may record or pause is the server's matter.
// It does not mix or delete sound, and transcodes only what must share a file.
package record

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"parley/internal/media/codec"
)

const (
	beat      = 200 * time.Millisecond
	syncEvery = time.Second
)

// file is what a recording is written to.
type file interface {
	WriteAt(p []byte, off int64) (int, error)
	Sync() error
	Close() error
}

// Station writes all recordings of a node. Its methods may be called from any
// goroutine.
type Station struct {
	create func(path string) (file, error)
	now    func() time.Time
	quit   chan struct{}
	tasks  sync.WaitGroup

	mu   sync.Mutex
	open map[*Writer]struct{}
}

// NewStation returns a station with its goroutines running. Close ends them.
func NewStation() *Station {
	s := newStation(createFile, time.Now)
	s.tasks.Go(func() { s.every(beat, (*Writer).flushDue) })
	s.tasks.Go(func() { s.every(syncEvery, (*Writer).sync) })
	return s
}

// newStation returns a station without its goroutines.
func newStation(create func(string) (file, error), now func() time.Time) *Station {
	return &Station{create: create, now: now, quit: make(chan struct{}), open: map[*Writer]struct{}{}}
}

// createFile refuses a file that exists: recordings are never written over.
func createFile(path string) (file, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
}

// every does task for all open recordings at each tick, until Close.
func (s *Station) every(period time.Duration, task func(*Writer)) {
	ticker := time.NewTicker(period)
	defer ticker.Stop()
	var writers []*Writer // reused
	for {
		select {
		case <-s.quit:
			return
		case <-ticker.C:
		}
		writers = s.snapshot(writers[:0])
		for _, w := range writers {
			task(w)
		}
		clear(writers)
	}
}

func (s *Station) snapshot(into []*Writer) []*Writer {
	s.mu.Lock()
	defer s.mu.Unlock()
	for w := range s.open {
		into = append(into, w)
	}
	return into
}

// Open begins a recording. The file must not exist, its folder must. Errors
// are those of creating the two files, or say what the spec lacks.
func (s *Station) Open(spec Spec) (*Writer, error) {
	now := s.now()
	if spec.Start.IsZero() {
		spec.Start = now
	}
	if err := spec.check(now); err != nil {
		return nil, fmt.Errorf("opening recording %s: %w", spec.Path, err)
	}
	f, err := s.create(spec.Path)
	if err != nil {
		return nil, fmt.Errorf("opening recording: %w", err)
	}
	m, err := begin(spec, f)
	w := newWriter(s, spec, m)
	if err := errors.Join(err, w.saveSidecar()); err != nil {
		return nil, fmt.Errorf("opening recording %s: %w", spec.Path, errors.Join(err, f.Close(), os.Remove(spec.Path)))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[w] = struct{}{}
	return w, nil
}

// begin returns the medium that a recording begins with, its file begun.
func begin(spec Spec, f file) (medium, error) {
	if spec.Codec == codec.Opus {
		m := newPackets(len(spec.Channels))
		return m, m.begin(f)
	}
	m := newSamples(spec.Codec, len(spec.Channels), 0)
	return m, m.begin(f)
}

func (s *Station) remove(w *Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, w)
}

// Close ends the station's goroutines. Recordings that were not stopped stay on
// disk up to the last beat, for Recover to find. Call it once.
func (s *Station) Close() {
	close(s.quit)
	s.tasks.Wait()
}
