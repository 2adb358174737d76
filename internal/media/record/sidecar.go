package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"parley/internal/media/codec"
)

const (
	sidecarSuffix  = ".json"
	scratchSuffix  = ".json.tmp"
	sidecarVersion = 1
	maxSidecar     = 1 << 20 // bytes
)

// sidecar is the file beside a recording that says what it is.
type sidecar struct {
	Version  int    `json:"version"`
	Codec    string `json:"codec"` // "pcma", "pcmu" or "opus": what it began with
	Finished bool   `json:"finished"`
	Turn     *int64 `json:"turn,omitempty"` // samples from which on it lies in a second file
	Result   Result `json:"result"`         // as far as it is known
}

func codecName(c codec.Codec) string { return strings.ToLower(c.String()) }

// sidecarOf returns where the sidecar of the recording at path lies.
func sidecarOf(path string) string {
	return strings.TrimSuffix(path, filepath.Ext(path)) + sidecarSuffix
}

// saveMarkers writes markers that came since the last save, unless the
// recording has ended and may be forgotten already.
func (w *Writer) saveMarkers() error {
	w.side.Lock()
	defer w.side.Unlock()
	if markers := w.Markers(); w.finished == nil && w.saved < len(markers) {
		return w.writeSidecar(markers)
	}
	return nil
}

// saveSidecar writes what is known of w.
func (w *Writer) saveSidecar() error {
	w.side.Lock()
	defer w.side.Unlock()
	return w.writeSidecar(w.Markers())
}

// writeSidecar needs w.side held.
func (w *Writer) writeSidecar(markers []Marker) error {
	s := sidecar{Version: sidecarVersion, Codec: codecName(w.spec.Codec), Turn: w.turnedAt(), Result: Result{
		Format: FormatOf(w.spec.Codec), Channels: w.spec.Channels, Start: w.spec.Start, Markers: markers,
	}}
	if w.finished != nil {
		s.Finished, s.Result = true, *w.finished
	}
	if err := s.save(sidecarOf(w.spec.Path)); err != nil {
		return err
	}
	w.saved = len(markers)
	return nil
}

func (w *Writer) turnedAt() *int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.turned == nil {
		return nil
	}
	return &w.turned.at
}

// save writes s so that a crash leaves the old or the new content.
func (s *sidecar) save(path string) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("writing sidecar %s: %w", path, err)
		}
	}()
	content, err := json.Marshal(s)
	if err != nil {
		return err
	}
	scratch := strings.TrimSuffix(path, sidecarSuffix) + scratchSuffix
	f, err := os.OpenFile(scratch, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(scratch, path)
}

// loadSidecar reads a sidecar.
func loadSidecar(path string) (*sidecar, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var s sidecar
	if err := json.NewDecoder(io.LimitReader(f, maxSidecar)).Decode(&s); err != nil {
		return nil, err
	}
	if s.Version != sidecarVersion || len(s.Result.Channels) == 0 || len(s.Result.Channels) > maxChannels {
		return nil, fmt.Errorf("sidecar of version %d with %d channels", s.Version, len(s.Result.Channels))
	}
	if s.Result.Format == "" {
		s.Result.Format = WAV // from before there was another
	}
	s.Result.Path = pathOf(recordingOf(path), s.Result.Format)
	return &s, nil
}

// recordingOf returns what differs from the path of a sidecar's recording by its ending
// alone. Sidecars of earlier versions are named NAME.wav.json.
func recordingOf(path string) string {
	return strings.TrimSuffix(strings.TrimSuffix(path, sidecarSuffix), WAV.Ending()) + sidecarSuffix
}

// Forget says that the result of the recording at path is stored elsewhere:
// Recover will not return it again. The recording itself stays.
func Forget(path string) error {
	err := os.Remove(sidecarOf(path))
	if errors.Is(err, os.ErrNotExist) {
		err = os.Remove(path + sidecarSuffix) // of an earlier version
	}
	if err != nil {
		return fmt.Errorf("forgetting recording: %w", err)
	}
	return nil
}
