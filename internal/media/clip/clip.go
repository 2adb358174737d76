// Package clip turns sound files that people upload into what telephones play: an
// MP3 or WAV, told by its content and never by its name, becomes one channel of
// samples, cut of long silence at its ends, resampled and evened in loudness. Files
// come from outside: their size, length, memory and decoding time are bounded, and
// whatever is wrong with one is an Invalid fault. It keeps nothing; a Clip is
// read-only once made, and every function may be called from any goroutine.
package clip

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"parley/internal/base/fault"
)

// Bounds of a file.
const (
	MaxLength = 10 * time.Minute
	MaxWork   = time.Minute // of decoding one; ten minutes of sound take some seconds on an idle machine
)

// Clip is a decoded sound: one channel.
type Clip struct {
	rate    int // Hz
	samples []int16
}

// Length is how long the clip lasts.
func (c Clip) Length() time.Duration {
	if c.rate == 0 {
		return 0
	}
	return time.Duration(len(c.samples)) * time.Second / time.Duration(c.rate)
}

// Decode reads an MP3 (MPEG-1 or 2, layer III) or a WAV (PCM, float, A-law,
// mu-law) of at most limit bytes; channels are mixed into one, and silence of more
// than a second at an end is cut. Faults are Invalid: error.message-large,
// -kind, -unreadable, -long, -silent, -slow. Other errors are those of r and ctx.
func Decode(ctx context.Context, r io.Reader, limit int64) (Clip, error) {
	file, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return Clip{}, fmt.Errorf("read the sound file: %w", err)
	}
	if int64(len(file)) > limit {
		return Clip{}, fault.New(fault.Invalid, "error.message-large").With("max", strconv.FormatInt(limit>>20, 10))
	}
	if len(file) == 0 {
		return Clip{}, fault.New(fault.Invalid, "error.message-file-needed")
	}
	ctx, cancel := context.WithTimeoutCause(ctx, MaxWork, tooSlow())
	defer cancel()
	c, err := decode(ctx, file)
	if err != nil {
		return Clip{}, err
	}
	c.samples = trim(c.samples, c.rate)
	if len(c.samples) == 0 {
		return Clip{}, fault.New(fault.Invalid, "error.message-silent")
	}
	return c, nil
}

func decode(ctx context.Context, file []byte) (Clip, error) {
	if len(file) >= 12 && string(file[:4]) == "RIFF" && string(file[8:12]) == "WAVE" {
		return decodeWAV(ctx, file)
	}
	if frames := findMP3(file); frames != nil {
		return decodeMP3(ctx, frames)
	}
	return Clip{}, fault.New(fault.Invalid, "error.message-kind")
}

// pace is asked now and then by a decoder: whether it has taken too long, and
// whether the clip has.
func pace(ctx context.Context, samples, rate int) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if int64(samples) > int64(rate)*int64(MaxLength/time.Second) {
		return fault.New(fault.Invalid, "error.message-long").With("minutes", strconv.Itoa(int(MaxLength/time.Minute)))
	}
	return nil
}

func unreadable(err error) error {
	return fault.New(fault.Invalid, "error.message-unreadable").Because(err)
}

func tooSlow() error { return fault.New(fault.Invalid, "error.message-slow") }

// known says whether sound is made at this rate, so that the resampler's tables
// stay small; whatever else a header claims is refused.
func known(rate int) bool {
	switch rate {
	case 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000, 176400, 192000:
		return true
	}
	return false
}
