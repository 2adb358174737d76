package record

import (
	"errors"
	"fmt"
	"math"
	"os"
	"time"

	"parley/internal/media/audio"
	"parley/internal/media/codec"
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

// flush brings the file to the length upTo and its header up to date.
func (w *Writer) flush(upTo int64) error {
	before := w.written
	err := w.writeSamples(whole(upTo))
	if w.written > before {
		err = errors.Join(err, w.writeHeader())
	}
	if err == nil && w.tookOverrun() {
		w.health.report(writing, errBehind)
	}
	if err != nil {
		err = fmt.Errorf("writing recording %s: %w", w.spec.Path, err)
	}
	w.health.report(writing, err)
	return err
}

// limit is the greatest length, in samples a channel, that a WAV file holds.
func (w *Writer) limit() int64 {
	return (math.MaxUint32 - 2*audio.WAVHeaderSize) / int64(len(w.tracks)) &^ 1
}

// whole rounds down so that the data has even length, as RIFF wants it.
func whole(samples int64) int64 { return samples &^ 1 }

// writeSamples appends samples until there are upTo of each channel.
func (w *Writer) writeSamples(upTo int64) error {
	if upTo > w.limit() {
		return errFull
	}
	for w.written < upTo {
		n := w.next(int(min(upTo-w.written, int64(blockFrames))))
		data := w.block[:n*len(w.tracks)]
		if _, err := w.file.WriteAt(data, audio.WAVHeaderSize+w.written*int64(len(w.tracks))); err != nil {
			return err
		}
		w.written += int64(n)
	}
	return nil
}

// next fills the block with at most n samples of each channel, interleaved, and
// returns their number. A span that was discarded is silence.
func (w *Writer) next(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if gap := w.tracks[0].base - w.written; gap > 0 {
		n = int(min(int64(n), gap))
		quiet := codec.Silence(w.spec.Codec)
		for i := range w.block {
			w.block[i] = quiet
		}
		return n
	}
	for i := range w.tracks {
		w.tracks[i].take(w.block[i:], len(w.tracks), n)
	}
	return n
}

// discard drops what is due but cannot be written.
func (w *Writer) discard(upTo int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.tracks {
		w.tracks[i].skip(whole(upTo))
	}
}

func (w *Writer) tookOverrun() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	over := w.overrun
	w.overrun = false
	return over
}

func (w *Writer) writeHeader() error {
	size := w.written * int64(len(w.tracks))
	w.header = audio.AppendWAVHeader(w.header[:0], audio.EncodingOf(w.spec.Codec), audio.Rate, len(w.tracks), size)
	_, err := w.file.WriteAt(w.header, 0)
	return err
}

// sync brings to the medium what the beat has written, and the markers. It
// holds no lock that the beat needs while the medium works.
func (w *Writer) sync() {
	w.io.Lock()
	written := w.written
	dirty := written > w.synced
	w.io.Unlock()
	var err error
	if dirty {
		err = w.file.Sync()
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
		w.synced = written
	}
	w.health.report(syncing, err)
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
