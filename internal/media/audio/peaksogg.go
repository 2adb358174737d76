package audio

import (
	"errors"
	"fmt"
	"io"

	"parley/internal/media/ogg"
	"parley/internal/media/opus"
)

// warmUp is how many packets a decoder hears before what it says is right (RFC 7845
// section 4.6: 80 ms).
const warmUp = 4

// oggPeaks decodes the packets looked at, and few before each.
func oggPeaks(r io.ReadSeeker, points int) ([][]float64, error) {
	length, err := ogg.Length(r)
	if err != nil {
		return nil, err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("reading Ogg: %w", err)
	}
	packets, err := ogg.NewReader(r)
	if err != nil {
		return nil, err
	}
	ears := make([]*opus.Decoder, packets.Channels())
	for i := range ears {
		ears[i] = opus.NewDecoder()
	}
	out := flat(len(ears), points)
	steps := int64(points) * looksPerPoint
	frames := length / opus.Frame
	for step := int64(0); step < steps; {
		streams, at, err := packets.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return nil, err
		}
		if at/opus.Frame < step*frames/steps-warmUp {
			continue
		}
		peaks := make([]float64, len(ears))
		for i, packet := range streams {
			pcm, _ := ears[i].Decode(packet)
			peaks[i] = loudness(pcm)
		}
		for ; step < steps && step*frames/steps <= at/opus.Frame; step++ {
			for i, peak := range peaks {
				point := &out[i][step/looksPerPoint]
				*point = max(*point, peak)
			}
		}
	}
	return out, nil
}
