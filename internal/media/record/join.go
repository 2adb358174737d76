package record

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"parley/internal/media/audio"
	"parley/internal/media/codec"
	"parley/internal/media/jitter"
	"parley/internal/media/ogg"
	"parley/internal/media/opus"
)

// join fills the place that a recording which has turned left free in its WAV, up to
// upTo, with what its Ogg holds. It may be done again, and computes for a five-hundredth
// of what each channel lasts.
func join(wav, packets string, upTo int64, channels int) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("joining recording %s: %w", wav, err)
		}
	}()
	to, err := os.OpenFile(wav, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	from, err := os.Open(packets)
	switch {
	case err == nil:
		defer func() { err = errors.Join(err, from.Close()) }()
		err = decodeInto(to, from, upTo, channels)
	case errors.Is(err, os.ErrNotExist): // somebody has removed it: its time stays
		err = decodeInto(to, strings.NewReader(""), upTo, channels)
	}
	if err != nil {
		return err
	}
	return to.Sync()
}

// decodeInto writes the first upTo samples of each channel of an Ogg, as A-law behind the
// header of a WAV. Where the Ogg ends before, or is torn, the rest is silence.
func decodeInto(wav io.WriterAt, packets io.Reader, upTo int64, channels int) error {
	d, err := newDecoding(packets, channels)
	if err != nil {
		return err
	}
	block := make([]byte, 0, int(blockFrames+longestFrame)*channels)
	for at := int64(0); at < upTo; {
		block = block[:0]
		for want := min(blockFrames, upTo-at) * int64(channels); int64(len(block)) < want; {
			if block, err = d.next(block); err != nil {
				return err
			}
		}
		n := min(int64(len(block))/int64(channels), upTo-at)
		if _, err := wav.WriteAt(block[:n*int64(channels)], audio.WAVHeaderSize+at*int64(channels)); err != nil {
			return err
		}
		at += n
	}
	return nil
}

// longestFrame is how many samples a packet has at most.
const longestFrame = 6 * slot

// decoding is the audio of an Ogg, without end.
type decoding struct {
	packets  *ogg.Reader // nil once there is no more
	decoders []*opus.Decoder
	conceal  []jitter.Concealer
}

func newDecoding(packets io.Reader, channels int) (*decoding, error) {
	r, err := ogg.NewReader(packets)
	if err != nil && !errors.Is(err, ogg.ErrOgg) {
		return nil, err
	}
	d := &decoding{packets: r, conceal: make([]jitter.Concealer, channels)}
	for range channels {
		d.decoders = append(d.decoders, opus.NewDecoder())
	}
	if r != nil && r.Channels() != channels {
		return nil, fmt.Errorf("%w: %d channels instead of %d", ogg.ErrOgg, r.Channels(), channels)
	}
	return d, nil
}

// next appends the samples of the next packet of each channel, interleaved.
func (d *decoding) next(dst []byte) ([]byte, error) {
	streams, err := d.read()
	if err != nil {
		return nil, err
	}
	channels := len(d.decoders)
	from, samples := len(dst), slot
	if streams != nil {
		samples = opus.Samples(streams[0])
	}
	for range samples * channels {
		dst = append(dst, codec.Silence(codec.PCMA))
	}
	for i, packet := range streams {
		pcm, heard := d.decoders[i].Decode(packet)
		if heard {
			d.conceal[i].Hear(pcm)
		} else {
			d.conceal[i].Conceal(pcm)
		}
		for n, sample := range pcm {
			dst[from+n*channels+i] = codec.PCMA.Compress(sample)
		}
	}
	return dst, nil
}

// read returns the next packet of each channel, or none at the end.
func (d *decoding) read() ([][]byte, error) {
	if d.packets == nil {
		return nil, nil
	}
	streams, _, err := d.packets.Next()
	if errors.Is(err, io.EOF) || errors.Is(err, ogg.ErrOgg) {
		d.packets = nil
		return nil, nil
	}
	return streams, err
}
