package record

import (
	"errors"
	"path/filepath"
	"strings"
	"time"

	"parley/internal/media/codec"
	"parley/internal/shared/callstate"
)

// Spec says what to record.
type Spec struct {
	// Path is that of the file, with the ending of FormatOf(Codec); its folder exists,
	// it does not.
	Path string
	// Codec is that of the file. G.711 of the other law is converted, Opus decoded; Opus
	// is kept until something else comes, which makes the file a WAV in the end.
	Codec    codec.Codec
	Channels []callstate.LegID // who is heard in which channel, until Pass
	Start    time.Time         // the instant of the first sample; zero is now

	// Alarm is told once when the disk refuses the recording or is too slow for
	// it, and with nil once it takes it again. It runs on the goroutine that all
	// recordings share: it must return at once and not call the Writer. It may
	// be nil.
	Alarm func(error)
}

const (
	maxChannels = 8
	maxPast     = time.Hour // how far before Open a recording may start: it is filled with silence
)

func (s *Spec) check(now time.Time) error {
	switch {
	case s.Path == "":
		return errors.New("no path")
	case s.Codec != codec.PCMA && s.Codec != codec.PCMU && s.Codec != codec.Opus:
		return errors.New("no codec")
	case filepath.Ext(s.Path) != FormatOf(s.Codec).Ending():
		return errors.New("ending is not that of its format")
	case len(s.Channels) == 0 || len(s.Channels) > maxChannels:
		return errors.New("needs 1 to 8 channels")
	case now.Sub(s.Start) > maxPast:
		return errors.New("starts too far in the past")
	}
	return nil
}

// Format is the kind of file a recording is in.
type Format string

// The formats.
const (
	WAV Format = "wav" // G.711
	Ogg Format = "ogg" // Opus
)

// FormatOf returns the format in which a recording in a codec begins.
func FormatOf(c codec.Codec) Format {
	if c == codec.Opus {
		return Ogg
	}
	return WAV
}

// Ending is that of the names of files.
func (f Format) Ending() string { return "." + string(f) }

// pathOf returns where a recording at path lies in a format.
func pathOf(path string, f Format) string {
	return strings.TrimSuffix(path, filepath.Ext(path)) + f.Ending()
}

// MarkerKind is what happened at a Marker.
type MarkerKind string

// The kinds of marker.
const (
	Paused  MarkerKind = "paused"
	Resumed MarkerKind = "resumed"
)

// Marker is an instant of the recording at which something happened.
type Marker struct {
	Kind     MarkerKind `json:"kind"`
	OffsetMS int64      `json:"offset_ms"`
}

// Result is a recording that has ended, of which there is one file.
type Result struct {
	Path       string            `json:"-"`
	Format     Format            `json:"format,omitempty"`
	Channels   []callstate.LegID `json:"channels"`
	Start      time.Time         `json:"start"`
	DurationMS int64             `json:"duration_ms"`
	Bytes      int64             `json:"bytes"` // of the whole file
	Markers    []Marker          `json:"markers,omitempty"`
	SHA256     string            `json:"sha256,omitempty"` // of the whole file, in hex
}
