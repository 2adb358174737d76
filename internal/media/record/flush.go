package record

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// flushDue writes what is too old to change. A disk that refused is tried again
// now and then; what was due in between becomes silence.
func (w *Writer) flushDue() {
	w.io.Lock()
	defer w.io.Unlock()
	now := w.station.now()
	due := w.due(now)
	if due < 0 {
		return
	}
	if now.Before(w.retryAt) {
		w.discard(due)
		return
	}
	if err := w.flush(due); err != nil {
		w.discard(due)
		w.retryAt = now.Add(retryEvery)
	}
}

// due returns up to where packets can no longer change the recording, or -1 if
// Stop has taken over.
func (w *Writer) due(now time.Time) int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.end >= 0 {
		return -1
	}
	return max(w.at(now)-behind, 0)
}

// flush brings the file to the length upTo.
func (w *Writer) flush(upTo int64) error {
	err := w.drain(upTo)
	if err == nil && w.tookOverrun() {
		w.health.report(writing, errBehind)
	}
	if err != nil {
		err = fmt.Errorf("writing recording %s: %w", w.spec.Path, err)
	}
	w.health.report(writing, err)
	return err
}

func (w *Writer) drain(upTo int64) error {
	for {
		m := w.next(upTo)
		if m == nil {
			return nil
		}
		if err := m.write(); err != nil {
			return err
		}
	}
}

// next returns the medium once it has something to write, or nil. Packets need not wait
// while it decodes.
func (w *Writer) next(upTo int64) medium {
	for m := w.fetch(upTo); m != nil; m = w.fetch(upTo) {
		m.decode()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.medium.take(upTo) {
		return nil
	}
	return w.medium
}

// fetch returns the medium once it has something to decode, or nil.
func (w *Writer) fetch(upTo int64) medium {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.medium.fetch(upTo) {
		return nil
	}
	return w.medium
}

// discard drops what is due but cannot be written.
func (w *Writer) discard(upTo int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.medium.skip(upTo)
}

func (w *Writer) tookOverrun() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	over := w.overrun
	w.overrun = false
	return over
}

// sync brings to the disk what the beat has written, and the markers. It holds
// no lock that the beat needs while the disk works.
func (w *Writer) sync() {
	w.io.Lock()
	length, files := w.onDisk()
	dirty := length > w.synced
	w.io.Unlock()
	var err error
	if dirty {
		for _, f := range files {
			err = errors.Join(err, f.Sync())
		}
	}
	err = errors.Join(err, w.saveMarkers())
	if errors.Is(err, os.ErrClosed) {
		return // stopped meanwhile, which has synced
	}
	if err != nil {
		err = fmt.Errorf("syncing recording %s: %w", w.spec.Path, err)
	}
	w.io.Lock()
	defer w.io.Unlock()
	if err == nil {
		w.synced = length
	}
	w.health.report(syncing, err)
}

// onDisk returns what the recording has on disk.
func (w *Writer) onDisk() (length int64, files []file) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.medium.length(), w.medium.files()
}

// duty is what a disk may fail at.
type duty int

const (
	writing duty = iota
	syncing
)

// health turns single errors into one alarm, and one all-clear.
type health struct {
	alarm func(error)
	ill   [2]bool
}

func (h *health) report(d duty, err error) {
	was := h.ill[writing] || h.ill[syncing]
	h.ill[d] = err != nil
	if is := h.ill[writing] || h.ill[syncing]; is != was && h.alarm != nil {
		h.alarm(err)
	}
}
