package record

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"parley/internal/media/audio"
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
	Codec    string `json:"codec"` // "pcma" or "pcmu"
	Finished bool   `json:"finished"`
	Result   Result `json:"result"` // as far as it is known
}

func codecName(c codec.Codec) string {
	if c == codec.PCMA {
		return "pcma"
	}
	return "pcmu"
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
	s := sidecar{Version: sidecarVersion, Codec: codecName(w.spec.Codec), Result: Result{
		Channels: w.spec.Channels, Start: w.spec.Start, Markers: markers,
	}}
	if w.finished != nil {
		s.Finished, s.Result = true, *w.finished
	}
	if err := s.save(w.spec.Path); err != nil {
		return err
	}
	w.saved = len(markers)
	return nil
}

// save writes s beside the recording at path so that a crash leaves the old or
// the new content.
func (s *sidecar) save(path string) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("writing sidecar of %s: %w", path, err)
		}
	}()
	content, err := json.Marshal(s)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path+scratchSuffix, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(path+scratchSuffix, path+sidecarSuffix)
}

func loadSidecar(path string) (*sidecar, error) {
	f, err := os.Open(path + sidecarSuffix)
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
	s.Result.Path = path
	return &s, nil
}

// Recover finds in dir the recordings that a crash cut short, makes them whole
// and returns them, with those that had ended but were not forgotten: it
// returns a recording again and again until Forget. Call it before recording
// into dir. It goes on after an error and returns all of them beside what it
// could recover.
func Recover(dir string) ([]Result, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("recovering recordings: %w", err)
	}
	var results []Result
	var errs []error
	for _, entry := range entries {
		name := filepath.Join(dir, entry.Name())
		if strings.HasSuffix(name, scratchSuffix) {
			errs = append(errs, os.Remove(name))
			continue
		}
		path, ok := strings.CutSuffix(name, ".wav"+sidecarSuffix)
		if !ok {
			continue
		}
		result, err := recoverOne(path + ".wav")
		switch {
		case errors.Is(err, os.ErrNotExist):
			errs = append(errs, os.Remove(name)) // crashed before it began
		case err != nil:
			errs = append(errs, fmt.Errorf("recovering recording %s: %w", path, err))
		default:
			results = append(results, result)
		}
	}
	return results, errors.Join(errs...)
}

func recoverOne(path string) (Result, error) {
	s, err := loadSidecar(path)
	if err != nil {
		return Result{}, err
	}
	if s.Finished {
		return s.Result, nil
	}
	samples, err := repair(path, s)
	if err != nil {
		return Result{}, err
	}
	s.Finished, s.Result.DurationMS = true, samples/millisecond
	if s.Result.Bytes, s.Result.SHA256, err = sum(path); err != nil {
		return Result{}, err
	}
	return s.Result, s.save(path)
}

// repair gives the file at path whole samples and a header that is true of
// them, and returns how many each channel has.
func repair(path string, s *sidecar) (samples int64, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	channels, encoding := len(s.Result.Channels), audio.MuLaw
	if s.Codec == codecName(codec.PCMA) {
		encoding = audio.ALaw
	}
	samples = max(info.Size()-audio.WAVHeaderSize, 0) / int64(channels) &^ 1
	size := samples * int64(channels)
	header := audio.AppendWAVHeader(nil, encoding, audio.Rate, channels, size)
	if _, err := f.WriteAt(header, 0); err != nil {
		return 0, err
	}
	if err := f.Truncate(audio.WAVHeaderSize + size); err != nil {
		return 0, err
	}
	return samples, f.Sync()
}

// sum returns the size of a file and its SHA-256 in hex.
func sum(path string) (int64, string, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, "", fmt.Errorf("summing recording: %w", err)
	}
	defer f.Close()
	hash := sha256.New()
	n, err := io.Copy(hash, f)
	if err != nil {
		return 0, "", fmt.Errorf("summing recording %s: %w", path, err)
	}
	return n, hex.EncodeToString(hash.Sum(nil)), nil
}

// Forget says that the result of the recording at path is stored elsewhere:
// Recover will not return it again. The recording itself stays.
func Forget(path string) error {
	if err := os.Remove(path + sidecarSuffix); err != nil {
		return fmt.Errorf("forgetting recording: %w", err)
	}
	return nil
}
