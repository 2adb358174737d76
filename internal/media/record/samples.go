package record

import (
	"math"

	"parley/internal/media/audio"
	"parley/internal/media/codec"
	"parley/internal/media/jitter"
	"parley/internal/media/opus"
	"parley/internal/media/relay"
)

// samples is a medium: G.711 in a WAV, whose header is right after every write.
type samples struct {
	law      codec.Codec
	rings    []ring
	backlogs []*backlog // of the tracks that sent Opus; others have none

	decoders []*opus.Decoder // likewise
	decoding int             // the track whose packet is being decoded, or -1
	packet   coded           // that packet
	decoded  []byte          // what it says, on its way to its ring

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
		backlogs: make([]*backlog, tracks),
		decoders: make([]*opus.Decoder, tracks), decoding: -1,
		decoded: make([]byte, 0, longestFrame),
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
		s.pull(track, max(found.from, floor), found.pull, floor)
	}
	if p.Codec == codec.Opus {
		return s.queue(track, p, found, floor)
	}
	if !r.put(found.pos, p.Codec, p.Payload, floor) {
		return errBehind
	}
	return nil
}

// pull moves what lies from from on by so much earlier, decoded or not, if all of it is
// still here.
func (s *samples) pull(track int, from, by, floor int64) {
	r, b := &s.rings[track], s.backlogs[track]
	if from < r.base {
		return
	}
	r.pull(from, by, floor)
	if b != nil {
		b.pull(from, by, floor)
	}
	if s.decoding == track {
		s.packet.pull(from, by, floor)
	}
}

// queue has a packet of Opus wait for the station to decode it: that takes too long for
// the goroutine that reads all sockets. One that begins before floor is left out, since
// the decoder would bring some of it into what follows.
func (s *samples) queue(track int, p *relay.Packet, found place, floor int64) error {
	if s.backlogs[track] == nil {
		s.backlogs[track] = newBacklog()
	}
	b := s.backlogs[track]
	b.renew = b.renew || found.new
	switch {
	case found.pos < floor:
		return nil
	case found.pos >= s.rings[track].base+ringSize:
		return errBehind
	}
	b.put(p.Payload, found.pos, duration(p))
	return nil
}

// fetch goes as far behind the block as it takes to conceal what was lost in it.
func (s *samples) fetch(upTo int64) bool {
	s.land()
	n := s.next(upTo)
	if n <= 0 {
		return false
	}
	for i, b := range s.backlogs {
		if b != nil && b.take(&s.packet, s.warm(i), s.written+n+longestLoss+jitter.Overlap) {
			s.decoding = i
			return true
		}
	}
	return false
}

// warm returns from where on a track's decoder hears what is said, for it to be right
// from the beginning of the ring on.
func (s *samples) warm(track int) int64 { return s.rings[track].base - warmUp*slot }

// decode turns the packet fetched into the file's law. A decoder goes on from packet to
// packet of a stream.
func (s *samples) decode() {
	d := s.decoders[s.decoding]
	if d == nil {
		d = opus.NewDecoder()
		s.decoders[s.decoding] = d
	} else if s.packet.begins {
		d.Reset()
	}
	pcm, _ := d.Decode(s.packet.packet)
	s.decoded = s.decoded[:len(pcm)]
	codec.Encode(s.law, s.decoded, pcm)
}

// land lays what was decoded into its ring, which has room for all that was fetched.
func (s *samples) land() {
	if s.decoding >= 0 {
		heard := min(max(s.packet.until-s.packet.pos, 0), int64(len(s.decoded)))
		s.rings[s.decoding].put(s.packet.pos, s.law, s.decoded[:heard], 0)
		s.decoding = -1
	}
}

func (s *samples) clear(from int64) {
	for i := range s.rings {
		s.rings[i].clear(from)
		if s.backlogs[i] != nil {
			s.backlogs[i].clear(from)
		}
	}
	s.packet.cut(from)
}

func (s *samples) skip(upTo int64) {
	for i := range s.rings {
		s.rings[i].skip(whole(upTo))
		if s.backlogs[i] != nil {
			s.backlogs[i].skip(s.warm(i))
		}
	}
}

// finish has nothing to do: the header is right whenever the file ends.
func (s *samples) finish(int64) {}

// take fills the block with samples of each channel, interleaved. A span that was
// skipped is silence.
func (s *samples) take(upTo int64) bool {
	n := s.next(upTo)
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

// next returns how many samples a channel the next block has.
func (s *samples) next(upTo int64) int64 { return min(whole(upTo)-s.written, blockFrames) }

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
