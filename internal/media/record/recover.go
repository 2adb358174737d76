package record

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"parley/internal/media/audio"
	"parley/internal/media/codec"
	"parley/internal/media/ogg"
)

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
		if !strings.HasSuffix(name, sidecarSuffix) {
			continue
		}
		result, err := recoverOne(name)
		switch {
		case errors.Is(err, os.ErrNotExist):
			errs = append(errs, os.Remove(name)) // crashed before it began
		case err != nil:
			errs = append(errs, fmt.Errorf("recovering recording of %s: %w", name, err))
		default:
			results = append(results, result)
		}
	}
	return results, errors.Join(errs...)
}

// recoverOne returns the recording of a sidecar, made whole.
func recoverOne(name string) (Result, error) {
	s, err := loadSidecar(name)
	if err != nil {
		return Result{}, err
	}
	if !s.Finished {
		if err := s.mend(); err != nil {
			return Result{}, err
		}
		s.Finished = true
		if err := s.save(name); err != nil {
			return Result{}, err
		}
	}
	if s.Turn != nil && s.Result.Format == WAV {
		err = removed(pathOf(s.Result.Path, Ogg))
	}
	return s.Result, err
}

// removed has nothing lie at path, as it may already.
func removed(path string) error {
	err := os.Remove(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// mend makes the recording whole and completes its result.
func (s *sidecar) mend() (err error) {
	r := &s.Result
	length, err := s.mendTurned()
	if err == nil && s.Turn == nil {
		length, err = s.mendFile()
	}
	if err != nil {
		return err
	}
	r.DurationMS = length / millisecond
	r.Bytes, r.SHA256, err = sum(r.Path)
	return err
}

// mendTurned joins the two files of a recording that has turned. Where there is nothing
// in the second one yet, it is as if it had not.
func (s *sidecar) mendTurned() (length int64, err error) {
	if s.Turn == nil {
		return 0, nil
	}
	wav, packets := pathOf(s.Result.Path, WAV), pathOf(s.Result.Path, Ogg)
	channels := len(s.Result.Channels)
	length, err = mendWAV(wav, audio.ALaw, channels)
	if errors.Is(err, os.ErrNotExist) {
		s.Turn = nil
		return 0, nil
	} else if err != nil {
		return 0, err
	}
	if length <= *s.Turn {
		s.Turn = nil
		return 0, os.Remove(wav)
	}
	s.Result.Format, s.Result.Path = WAV, wav
	return length, join(wav, packets, *s.Turn, channels)
}

func (s *sidecar) mendFile() (length int64, err error) {
	channels := len(s.Result.Channels)
	switch {
	case s.Result.Format == Ogg:
		return mendOgg(s.Result.Path, channels)
	case s.Codec == codecName(codec.PCMA):
		return mendWAV(s.Result.Path, audio.ALaw, channels)
	default:
		return mendWAV(s.Result.Path, audio.MuLaw, channels)
	}
}

// mendWAV gives the file at path whole samples and a header that is true of
// them, and returns how many each channel has.
func mendWAV(path string, encoding audio.Encoding, channels int) (samples int64, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return 0, err
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

// mendOgg cuts the file at path behind its last whole page, and returns how many samples
// each channel has.
func mendOgg(path string, channels int) (samples int64, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	samples, err = ogg.Repair(f)
	if errors.Is(err, ogg.ErrOgg) { // crashed within its head
		out := ogg.NewWriter(channels)
		empty := append(append([]byte(nil), out.Header()...), out.Empty()...)
		_, err = f.WriteAt(empty, 0)
		err = errors.Join(err, f.Truncate(int64(len(empty))))
	}
	if err != nil {
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
