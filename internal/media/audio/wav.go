package audio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"parley/internal/media/codec"
)

// Encoding is the format tag of a WAV file (RFC 2361).
type Encoding uint16

// The encodings read and written here.
const (
	PCM16 Encoding = 1
	ALaw  Encoding = 6
	MuLaw Encoding = 7
)

// EncodingOf is the format tag for codec.
func EncodingOf(law codec.Codec) Encoding {
	if law == codec.PCMA {
		return ALaw
	}
	return MuLaw
}

func (e Encoding) sampleBytes() int {
	if e == PCM16 {
		return 2
	}
	return 1
}

// maxChannels bounds what a header from outside may ask for.
const maxChannels = 16

// ErrWAV is returned for a file that is no WAV, or of a kind not read here.
var ErrWAV = errors.New("not a WAV file of 16-bit PCM, A-law or mu-law")

// WAV is a sound with its format.
type WAV struct {
	Encoding Encoding
	Rate     int    // Hz
	Channels int    // interleaved in Data
	Data     []byte // samples; PCM16 is little-endian
}

// WAVHeaderSize is the length in bytes of what AppendWAVHeader writes.
const WAVHeaderSize = 58

// AppendWAVHeader appends to dst the header of a file with dataBytes bytes of
// samples. The header has the same length whatever they are, so that it can be
// written anew over a file that grows. Sizes stop at what 32 bits hold.
func AppendWAVHeader(dst []byte, encoding Encoding, rate, channels int, dataBytes int64) []byte {
	const beyondRIFFSize = WAVHeaderSize - 8
	size := uint32(min(max(dataBytes, 0), 1<<32-1-beyondRIFFSize-1))
	block := channels * encoding.sampleBytes()
	le := binary.LittleEndian
	dst = append(dst, "RIFF"...)
	dst = le.AppendUint32(dst, beyondRIFFSize+size+size&1)
	dst = append(dst, "WAVEfmt "...)
	dst = le.AppendUint32(dst, 18)
	dst = le.AppendUint16(dst, uint16(encoding))
	dst = le.AppendUint16(dst, uint16(channels))
	dst = le.AppendUint32(dst, uint32(rate))
	dst = le.AppendUint32(dst, uint32(rate*block))
	dst = le.AppendUint16(dst, uint16(block))
	dst = le.AppendUint16(dst, uint16(8*encoding.sampleBytes()))
	dst = le.AppendUint16(dst, 0) // no extension
	dst = append(dst, "fact"...)
	dst = le.AppendUint32(dst, 4)
	dst = le.AppendUint32(dst, size/uint32(block))
	dst = append(dst, "data"...)
	return le.AppendUint32(dst, size)
}

// Bytes returns w as a file.
func (w *WAV) Bytes() []byte {
	out := make([]byte, 0, WAVHeaderSize+len(w.Data)+1)
	out = AppendWAVHeader(out, w.Encoding, w.Rate, w.Channels, int64(len(w.Data)))
	out = append(out, w.Data...)
	if len(w.Data)%2 == 1 {
		out = append(out, 0) // chunks are padded to even length
	}
	return out
}

// ReadWAV reads a WAV of at most limit bytes in all. A data chunk that
// promises more than is there is taken as far as it goes. Errors wrap ErrWAV
// or are those of r.
func ReadWAV(r io.Reader, limit int64) (*WAV, error) {
	file, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("reading WAV: %w", err)
	}
	if int64(len(file)) > limit {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrWAV, limit)
	}
	if len(file) < 12 || string(file[:4]) != "RIFF" || string(file[8:12]) != "WAVE" {
		return nil, fmt.Errorf("%w: no RIFF header", ErrWAV)
	}
	var w WAV
	for rest := file[12:]; len(rest) >= 8; {
		id, size := string(rest[:4]), uint64(binary.LittleEndian.Uint32(rest[4:]))
		rest = rest[8:]
		body := rest[:min(size, uint64(len(rest)))]
		switch id {
		case "fmt ":
			if err := w.readFormat(body); err != nil {
				return nil, err
			}
		case "data":
			return w.withData(body)
		}
		rest = rest[min(size+size&1, uint64(len(rest))):]
	}
	return nil, fmt.Errorf("%w: no samples", ErrWAV)
}

// readFormat takes the format from the body of a "fmt " chunk.
func (w *WAV) readFormat(body []byte) error {
	if len(body) < 16 {
		return fmt.Errorf("%w: short format chunk", ErrWAV)
	}
	le := binary.LittleEndian
	w.Encoding = Encoding(le.Uint16(body))
	w.Channels = int(le.Uint16(body[2:]))
	w.Rate = int(le.Uint32(body[4:]))
	depth := int(le.Uint16(body[14:]))
	switch {
	case w.Encoding != PCM16 && w.Encoding != ALaw && w.Encoding != MuLaw:
		return fmt.Errorf("%w: format tag %d", ErrWAV, w.Encoding)
	case depth != 8*w.Encoding.sampleBytes():
		return fmt.Errorf("%w: %d bits a sample", ErrWAV, depth)
	case w.Channels < 1 || w.Channels > maxChannels:
		return fmt.Errorf("%w: %d channels", ErrWAV, w.Channels)
	case w.Rate < 1 || w.Rate > 384000:
		return fmt.Errorf("%w: %d samples a second", ErrWAV, w.Rate)
	}
	return nil
}

// withData gives w the whole sample frames of body.
func (w *WAV) withData(body []byte) (*WAV, error) {
	if w.Encoding == 0 {
		return nil, fmt.Errorf("%w: samples before their format", ErrWAV)
	}
	w.Data = body[:len(body)-len(body)%(w.Channels*w.Encoding.sampleBytes())]
	return w, nil
}

// PCM returns the samples of one channel, counted from 0, or nothing for a
// channel that w lacks.
func (w *WAV) PCM(channel int) []int16 {
	if channel < 0 || channel >= w.Channels {
		return nil
	}
	width := w.Encoding.sampleBytes()
	block := w.Channels * width
	pcm := make([]int16, len(w.Data)/block)
	for i := range pcm {
		at := i*block + channel*width
		switch w.Encoding {
		case PCM16:
			pcm[i] = int16(binary.LittleEndian.Uint16(w.Data[at:]))
		case ALaw:
			pcm[i] = codec.PCMA.Expand(w.Data[at])
		case MuLaw:
			pcm[i] = codec.PCMU.Expand(w.Data[at])
		}
	}
	return pcm
}
