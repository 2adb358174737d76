package record

import (
	"errors"

	"parley/internal/media/relay"
)

var (
	errBehind  = errors.New("disk too slow: part of the recording is lost")
	errForeign = errors.New("the medium does not take such packets")
	errFull    = errors.New("recording has the greatest length of a WAV file")
)

// medium is what a recording is in: the audio of its tracks on its way to the file, and
// that file. Places and lengths are in samples of 8 kHz on the recording's clock. The
// Writer guards it: put, clear, skip, finish, fetch and take need its mu held; fetch,
// decode, take, write, length and files its io.
type medium interface {
	// put lays a packet of a track where it was found to belong, as far as it lies
	// behind floor. It returns errBehind if the disk is too slow for it, and errForeign,
	// having done nothing, for what this medium never takes.
	put(track int, p *relay.Packet, found place, floor int64) error
	// clear drops what lies behind from.
	clear(from int64)
	// skip drops what lies before upTo: in the file it will be silence.
	skip(upTo int64)
	// finish says where the recording ends.
	finish(end int64)

	// fetch moves what is to be decoded next, for take to be right, out of the tracks. It
	// returns false if there is nothing. What was decoded goes back at its next call.
	fetch(upTo int64) bool
	// decode decodes what fetch has moved.
	decode()
	// take moves what comes next in the file, and lies before upTo, out of the tracks.
	// It returns false if there is nothing.
	take(upTo int64) bool
	// write appends to the file what take has moved.
	write() error
	// length is what the file holds.
	length() int64
	// files are what is to be synced, and closed in the end.
	files() []file
}
