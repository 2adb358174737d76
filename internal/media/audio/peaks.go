package audio

import (
	"bytes"
	"fmt"
	"io"
	"math"
)

// A waveform is drawn from samples of samples: looks a point, each so long. An
// hour of audio then costs as little as a minute.
const (
	looksPerPoint = 4
	lookSamples   = 160
)

// Peaks returns the loudness of each channel at points moments spread evenly over
// a recording, from 0 to 1 on a curve that shows quiet voices: of a WAV that begins with
// what AppendWAVHeader writes, or of an Ogg of package ogg. What is there counts, not
// what a header says, so that a recording under way can be drawn. Errors wrap ErrWAV or
// ogg.ErrOgg, or are those of r.
func Peaks(r io.ReadSeeker, points int) ([][]float64, error) {
	header := make([]byte, WAVHeaderSize)
	if _, err := io.ReadFull(r, header); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWAV, err)
	}
	if string(header[:4]) == "OggS" {
		return oggPeaks(r, points)
	}
	return wavPeaks(r, header, points)
}

// flat is so many points of silence for each channel.
func flat(channels, points int) [][]float64 {
	out := make([][]float64, channels)
	for i := range out {
		out[i] = make([]float64, points)
	}
	return out
}

func wavPeaks(r io.ReadSeeker, header []byte, points int) ([][]float64, error) {
	w, err := ReadWAV(bytes.NewReader(header), WAVHeaderSize)
	if err != nil {
		return nil, err
	}
	end, err := r.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, fmt.Errorf("measuring WAV: %w", err)
	}
	block := int64(w.Channels * w.Encoding.sampleBytes())
	frames := (end - WAVHeaderSize) / block
	out := flat(w.Channels, points)
	look := make([]byte, min(lookSamples, frames)*block)
	steps := int64(points) * looksPerPoint
	for step := int64(0); len(look) > 0 && step < steps; step++ {
		at := min(step*frames/steps, frames-int64(len(look))/block)
		if _, err := r.Seek(WAVHeaderSize+at*block, io.SeekStart); err != nil {
			return nil, fmt.Errorf("reading WAV: %w", err)
		}
		if _, err := io.ReadFull(r, look); err != nil {
			return nil, fmt.Errorf("reading WAV: %w", err)
		}
		w.Data = look
		for channel := range out {
			point := &out[channel][step/looksPerPoint]
			*point = max(*point, loudness(w.PCM(channel)))
		}
	}
	return out, nil
}

// loudness is the highest sample, on a square-root curve, to two digits.
func loudness(pcm []int16) float64 {
	peak := 0
	for _, s := range pcm {
		peak = max(peak, int(s), -int(s))
	}
	return math.Round(100*math.Sqrt(min(float64(peak)/math.MaxInt16, 1))) / 100
}
