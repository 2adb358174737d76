package record

import (
	"errors"
	"time"

	"parley/internal/media/codec"
	"parley/internal/shared/callstate"
)

// Spec says what to record.
type Spec struct {
	Path     string            // of the WAV; its folder exists, the file does not
	Codec    codec.Codec       // law of the file; packets in the other are converted
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
	case s.Codec != codec.PCMA && s.Codec != codec.PCMU:
		return errors.New("no codec")
	case len(s.Channels) == 0 || len(s.Channels) > maxChannels:
		return errors.New("needs 1 to 8 channels")
	case now.Sub(s.Start) > maxPast:
		return errors.New("starts too far in the past")
	}
	return nil
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

// Result is a recording that has ended.
type Result struct {
	Path       string            `json:"-"`
	Channels   []callstate.LegID `json:"channels"`
	Start      time.Time         `json:"start"`
	DurationMS int64             `json:"duration_ms"`
	Bytes      int64             `json:"bytes"` // of the whole file
	Markers    []Marker          `json:"markers,omitempty"`
	SHA256     string            `json:"sha256,omitempty"` // of the whole file, in hex
}
