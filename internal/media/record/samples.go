package record

import (
	"math"

	"parley/internal/media/audio"
	"parley/internal/media/codec"
	"parley/internal/media/opus"
	"parley/internal/media/relay"
)

// samples is a medium: G.711 in a WAV, whose header is right after every write.
type samples struct {
	law      codec.Codec
	rings    []ring
	decoders []*opus.Decoder // of the tracks that sent Opus; others have none
	law8     []byte          // a packet decoded, on its way to its ring

	file    file
	block   []byte // samples on their way to the file
	header  []byte
	taken   int   // samples a channel in the block
	written int64 // samples a channel in the file
}

// newSamples returns the samples of so many tracks from a place on; its file is still
// to come.
func newSamples(law codec.Codec, tracks int, from int64) *samples {
	s := &samples{
		law: law, written: from,
		block:    make([]byte, int(blockFrames)*tracks),
		header:   make([]byte, 0, audio.WAVHeaderSize),
		decoders: make([]*opus.Decoder, tracks),
	}
	for range tracks {
		s.rings = append(s.rings, newRing(law, from))
	}
	return s
}

// begin writes the header of an empty file.
func (s *samples) begin(f file) error {
	s.file = f
	return s.writeHeader()
}

func (s *samples) put(track int, p *relay.Packet, found place, floor int64) error {
	r := &s.rings[track]
	if found.pull > 0 {
		r.pull(found.from, found.pull, floor)
	}
	law, payload := p.Codec, p.Payload
	if law == codec.Opus {
		law, payload = s.law, s.decode(track, p.Payload, found.new)
	}
	if !r.put(found.pos, law, payload, floor) {
		return errBehind
	}
	return nil
}

// decode turns a packet of Opus into the file's law. A decoder goes on from packet to
// packet of a stream.
func (s *samples) decode(track int, packet []byte, begins bool) []byte {
	d := s.decoders[track]
	if d == nil {
		d = opus.NewDecoder()
		s.decoders[track] = d
	} else if begins {
		d.Reset()
	}
	pcm, _ := d.Decode(packet)
	if s.law8 == nil {
		s.law8 = make([]byte, maxPayload)
	}
	return s.law8[:codec.Encode(s.law, s.law8, pcm)]
}

func (s *samples) clear(from int64) {
	for i := range s.rings {
		s.rings[i].clear(from)
	}
}

func (s *samples) skip(upTo int64) {
	for i := range s.rings {
		s.rings[i].skip(whole(upTo))
	}
}

// finish has nothing to do: the header is right whenever the file ends.
func (s *samples) finish(int64) {}

// take fills the block with samples of each channel, interleaved. A span that was
// skipped is silence.
func (s *samples) take(upTo int64) bool {
	n := min(whole(upTo)-s.written, blockFrames)
	if n <= 0 {
		return false
	}
	if gap := s.rings[0].base - s.written; gap > 0 {
		s.taken = int(min(n, gap))
		quiet := codec.Silence(s.law)
		for i := range s.block {
			s.block[i] = quiet
		}
		return true
	}
	s.taken = int(n)
	for i := range s.rings {
		s.rings[i].take(s.block[i:], len(s.rings), s.taken)
	}
	return true
}

// limit is the greatest length, in samples a channel, that a WAV file holds.
func (s *samples) limit() int64 {
	return (math.MaxUint32 - 2*audio.WAVHeaderSize) / int64(len(s.rings)) &^ 1
}

// whole rounds down so that the data has even length, as RIFF wants it.
func whole(samples int64) int64 { return samples &^ 1 }

func (s *samples) write() error {
	if s.written+int64(s.taken) > s.limit() {
		return errFull
	}
	data := s.block[:s.taken*len(s.rings)]
	if _, err := s.file.WriteAt(data, audio.WAVHeaderSize+s.written*int64(len(s.rings))); err != nil {
		return err
	}
	s.written += int64(s.taken)
	return s.writeHeader()
}

func (s *samples) writeHeader() error {
	size := s.written * int64(len(s.rings))
	s.header = audio.AppendWAVHeader(s.header[:0], audio.EncodingOf(s.law), audio.Rate, len(s.rings), size)
	_, err := s.file.WriteAt(s.header, 0)
	return err
}

func (s *samples) length() int64 { return s.written }

func (s *samples) files() []file { return []file{s.file} }
