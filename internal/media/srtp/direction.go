package srtp

import "encoding/binary"

// maxSources bounds the sources of a connection, of which a call has a handful. A
// Receiver forgets the oldest for a new one; a Sender must not, since with a number
// used twice AES-GCM gives its key away.
const maxSources = 32

// reorder is how far a packet may come behind the newest one, in packets.
const reorder = 64

// Sender protects what is sent.
type Sender struct {
	media, reports shield
	sources        []rollover
	report         uint64 // index of the next report, of whatever source
}

// NewSender returns the sender by a master key and salt.
func NewSender(p Profile, key, salt []byte) (*Sender, error) {
	media, reports, err := shields(p, key, salt)
	if err != nil {
		return nil, err
	}
	return &Sender{media: media, reports: reports}, nil
}

func shields(p Profile, key, salt []byte) (media, reports shield, err error) {
	if media, err = newShield(p, key, salt, false); err == nil {
		reports, err = newShield(p, key, salt, true)
	}
	return media, reports, err
}

// RTP protects a packet in place; it needs room for Overhead bytes behind its end.
// It refuses a sequence number that a source has used, or one too old to know.
func (s *Sender) RTP(packet []byte) ([]byte, error) {
	header := headerOf(packet)
	if header == 0 {
		return nil, ErrShort
	}
	ssrc := binary.BigEndian.Uint32(packet[8:])
	source := find(&s.sources, ssrc)
	if source == nil {
		if len(s.sources) == maxSources {
			return nil, ErrSpent
		}
		source = add(&s.sources, ssrc)
	}
	index := source.index(binary.BigEndian.Uint16(packet[2:]))
	if source.known(index) {
		return nil, ErrReplayed
	}
	if index>>48 != 0 {
		return nil, ErrSpent
	}
	source.saw(index)
	return s.media.seal(packet, header, ssrc, index), nil
}

// RTCP protects a compound packet in place; it needs room for Overhead bytes.
func (s *Sender) RTCP(packet []byte) ([]byte, error) {
	if len(packet) < reportHeader {
		return nil, ErrShort
	}
	if s.report > lastIndex {
		return nil, ErrSpent
	}
	index := s.report
	s.report++
	return s.reports.seal(packet, reportHeader, binary.BigEndian.Uint32(packet[4:]), index), nil
}

// Receiver checks and reads what comes.
type Receiver struct {
	media, reports shield
	sources        []rollover
	told           []rollover // of reports
}

// NewReceiver returns the receiver by a master key and salt.
func NewReceiver(p Profile, key, salt []byte) (*Receiver, error) {
	media, reports, err := shields(p, key, salt)
	if err != nil {
		return nil, err
	}
	return &Receiver{media: media, reports: reports}, nil
}

// RTP reads a protected packet in place. A packet that fails leaves no trace, but in
// packet itself.
func (r *Receiver) RTP(packet []byte) ([]byte, error) {
	header := headerOf(packet)
	if header == 0 || len(packet) < header+r.media.added() {
		return nil, ErrShort
	}
	ssrc := binary.BigEndian.Uint32(packet[8:])
	var fresh rollover
	source := find(&r.sources, ssrc)
	if source == nil {
		fresh.ssrc = ssrc
		source = &fresh
	}
	index := source.index(binary.BigEndian.Uint16(packet[2:]))
	if source.known(index) {
		return nil, ErrReplayed
	}
	plain := r.media.open(packet, header, ssrc, index)
	if plain == nil {
		return nil, ErrForged
	}
	if source == &fresh {
		source = add(&r.sources, ssrc)
	}
	source.saw(index)
	return plain, nil
}

// RTCP reads a protected compound packet in place.
func (r *Receiver) RTCP(packet []byte) ([]byte, error) {
	if len(packet) < reportHeader+r.reports.added() {
		return nil, ErrShort
	}
	ssrc := binary.BigEndian.Uint32(packet[4:])
	trailer := binary.BigEndian.Uint32(r.reports.trailer(packet))
	if trailer&encrypted == 0 {
		return nil, ErrForged // we agreed on encryption
	}
	index := uint64(trailer &^ encrypted)
	source := find(&r.told, ssrc)
	if source != nil && source.known(index) {
		return nil, ErrReplayed
	}
	plain := r.reports.open(packet, reportHeader, ssrc, index)
	if plain == nil {
		return nil, ErrForged
	}
	if source == nil {
		source = add(&r.told, ssrc)
	}
	source.saw(index)
	return plain, nil
}

// rollover follows the indexes of one source.
type rollover struct {
	ssrc uint32
	any  bool
	high uint64 // highest index
	seen uint64 // bit n: high-n came
}

func find(all *[]rollover, ssrc uint32) *rollover {
	for i := range *all {
		if (*all)[i].ssrc == ssrc {
			return &(*all)[i]
		}
	}
	return nil
}

func add(all *[]rollover, ssrc uint32) *rollover {
	if len(*all) == maxSources {
		copy(*all, (*all)[1:])
		*all = (*all)[:maxSources-1]
	}
	*all = append(*all, rollover{ssrc: ssrc})
	return &(*all)[len(*all)-1]
}

// index is the whole index of a sequence number: the one nearest to the highest
// (RFC 3711 section 3.3.1).
func (r *rollover) index(seq uint16) uint64 {
	if !r.any {
		return uint64(seq)
	}
	index := r.high&^0xffff | uint64(seq)
	switch ahead := int64(index) - int64(r.high); {
	case ahead > 1<<15:
		if index >= 1<<16 {
			index -= 1 << 16
		}
	case ahead < -1<<15:
		index += 1 << 16
	}
	return index
}

// known says whether an index came before, or is too old to tell.
func (r *rollover) known(index uint64) bool {
	if !r.any || index > r.high {
		return false
	}
	behind := r.high - index
	return behind >= reorder || r.seen&(1<<behind) != 0
}

// saw notes an index.
func (r *rollover) saw(index uint64) {
	switch {
	case !r.any:
		r.any, r.high, r.seen = true, index, 1
	case index > r.high:
		r.seen = r.seen<<min(index-r.high, 64) | 1
		r.high = index
	default:
		r.seen |= 1 << (r.high - index)
	}
}
