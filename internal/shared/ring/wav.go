package ring

import "encoding/binary"

// rate of a WAV, in samples a second.
const rate = 24000

// WAV is some rounds of a tone as a file: one channel of 16-bit samples. Listening
// to it once needs no growing, so it starts at full level.
func WAV(tone string, rounds int) []byte {
	at, samples := At(tone), rounds*int(Period*rate)
	size := 2 * samples
	out := make([]byte, 0, 44+size)
	u16, u32 := binary.LittleEndian.AppendUint16, binary.LittleEndian.AppendUint32
	out = append(out, "RIFF"...)
	out = u32(out, uint32(36+size))
	out = append(out, "WAVEfmt "...)
	out = u32(out, 16)
	out = u16(u16(out, 1), 1) // PCM, one channel
	out = u32(u32(out, rate), 2*rate)
	out = u16(u16(out, 2), 16)
	out = append(out, "data"...)
	out = u32(out, uint32(size))
	for i := range samples {
		// Two rounds in, a tone has grown to its level.
		v := at(2*Period + float64(i)/rate)
		out = u16(out, uint16(int16(v*32767)))
	}
	return out
}
