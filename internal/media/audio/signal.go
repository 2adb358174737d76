package audio

import (
	"math"

	"parley/internal/media/codec"
)

// The tones a caller hears, at the level of speech or below, so that nobody takes
// the telephone off his ear.
const (
	ringbackLevel = -23.0 // dBFS
	beepLevel     = -18.0
)

// ringbacks are one cycle each of the French tone and that of most of Europe.
func ringbacks() map[bool][]byte {
	return map[bool][]byte{
		true:  cycle(440, 1.5, 3.5, ringbackLevel),
		false: cycle(425, 1, 4, ringbackLevel),
	}
}

// beep is the tone after which a caller speaks.
func beep() []byte { return cycle(880, 0.35, 0.05, beepLevel) }

// cycle is a tone of on seconds and a silence of off seconds, as A-law.
func cycle(hz, on, off, dbfs float64) []byte {
	pcm := Tone(hz, dbfs, Rate, int(on*Rate))
	edge := Rate / 100 // without it, a tone begins and ends with a click
	for i := range edge {
		gain := 0.5 - 0.5*math.Cos(math.Pi*float64(i)/float64(edge))
		pcm[i] = int16(gain * float64(pcm[i]))
		last := len(pcm) - 1 - i
		pcm[last] = int16(gain * float64(pcm[last]))
	}
	pcm = append(pcm, make([]int16, int(off*Rate))...)
	out := make([]byte, len(pcm))
	codec.Encode(codec.PCMA, out, pcm)
	return out
}
