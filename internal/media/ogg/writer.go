package ogg

import (
	"encoding/binary"

	"parley/internal/media/opus"
)

// maxPackets is how many packets a page has at most: 1 s.
const maxPackets = 50

// Writer makes the pages of a file, which its user appends to it. A page is made anew
// by Begin, Add and Page, and counts once Written says that it is in the file.
type Writer struct {
	sum      *checksum
	channels int
	serial   uint32
	sequence uint32
	packets  int // in the page that is being made
	lacing   []byte
	body     []byte
	page     []byte
}

// NewWriter returns the writer of a file with 1 to MaxChannels channels.
func NewWriter(channels int) *Writer {
	return &Writer{
		sum: newChecksum(), channels: channels, serial: 1,
		lacing: make([]byte, 0, maxSegments), page: make([]byte, 0, 4096), body: make([]byte, 0, 4096),
	}
}

// Header returns what a file begins with. It is valid until the next call.
func (w *Writer) Header() []byte {
	head := appendHead(nil, w.channels)
	w.page = w.append(w.page[:0], first, 0, []byte{byte(len(head))}, head)
	w.sequence++
	tags := appendTags(nil)
	w.page = w.append(w.page, 0, 0, []byte{byte(len(tags))}, tags)
	w.sequence++
	return w.page
}

// Begin has another page begin.
func (w *Writer) Begin() {
	w.lacing, w.body, w.packets = w.lacing[:0], w.body[:0], 0
}

// Full says that the page takes no more.
func (w *Writer) Full() bool {
	most := w.channels * (longestFrame + 3)
	return w.packets >= maxPackets || len(w.lacing)+most/maxSegment+1 > maxSegments
}

// longestFrame is the length of a frame of Opus in bytes (RFC 6716 section 3.2.1).
const longestFrame = 1275

// Add adds 20 ms to the page, unless it is full: a packet for each channel (RFC 7845
// section 3), each of one frame. What is not such a packet becomes silence.
func (w *Writer) Add(streams [][]byte) {
	before := len(w.body)
	for i := range w.channels {
		w.stream(streams[i], i == w.channels-1)
	}
	size := len(w.body) - before
	for ; size >= maxSegment; size -= maxSegment {
		w.lacing = append(w.lacing, maxSegment)
	}
	w.lacing = append(w.lacing, byte(size))
	w.packets++
}

// stream adds the packet of one stream; all but the last say where they end.
func (w *Writer) stream(b []byte, last bool) {
	p, err := opus.Parse(b)
	if err != nil || p.Frames() != 1 || p.Samples() != opus.Frame || len(b) > longestFrame+1 {
		var quiet [3]byte
		w.stream(opus.AppendSilence(quiet[:0]), last)
		return
	}
	if last {
		w.body = p.Append(w.body)
	} else {
		w.body = p.AppendDelimited(w.body)
	}
}

// Page returns the page. It ends at a place in the file, in samples of 8 kHz; that of
// the last page is the end of the file, be it within a packet. It is valid until the
// next call.
func (w *Writer) Page(end int64, ends bool) []byte {
	flags := byte(0)
	if ends {
		flags = last
	}
	w.page = w.append(w.page[:0], flags, end*scale, w.lacing, w.body)
	return w.page
}

// Empty returns the last page of a file that lasts no time, which still has a packet.
// It is valid until the next call.
func (w *Writer) Empty() []byte {
	quiet := make([][]byte, w.channels)
	for i := range quiet {
		quiet[i] = opus.AppendSilence(nil)
	}
	w.Begin()
	w.Add(quiet)
	return w.Page(0, true)
}

// Written says that the page is in the file.
func (w *Writer) Written() { w.sequence++ }

func (w *Writer) append(dst []byte, flags byte, granule int64, lacing, body []byte) []byte {
	le, from := binary.LittleEndian, len(dst)
	dst = append(dst, "OggS"...)
	dst = append(dst, 0, flags)
	dst = le.AppendUint64(dst, uint64(granule))
	dst = le.AppendUint32(dst, w.serial)
	dst = le.AppendUint32(dst, w.sequence)
	dst = le.AppendUint32(dst, 0)
	dst = append(dst, byte(len(lacing)))
	dst = append(append(dst, lacing...), body...)
	w.sum.seal(dst[from:])
	return dst
}
