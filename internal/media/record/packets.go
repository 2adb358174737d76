package record

import (
	"parley/internal/media/codec"
	"parley/internal/media/ogg"
	"parley/internal/media/opus"
	"parley/internal/media/relay"
)

// packets is a medium: Opus in an Ogg, passed on as it came. What is said is rounded to
// slots of 20 ms. It takes nothing but packets of frames that are as long.
type packets struct {
	shelves []*shelf
	end     int64 // where the file ends, once known; before, -1

	file    file
	out     *ogg.Writer
	streams [][]byte // of the slot that is being taken
	scratch [][3]byte
	page    []byte // on its way to the file
	taken   int64  // slots in it
	closes  bool   // it is the last
	slots   int64  // in the file
	size    int64  // of the file, in bytes
	closed  bool   // the last page is in the file
}

// newPackets returns the packets of so many tracks; its file is still to come.
func newPackets(tracks int) *packets {
	m := &packets{
		end: -1, out: ogg.NewWriter(tracks),
		streams: make([][]byte, tracks), scratch: make([][3]byte, tracks),
	}
	for range tracks {
		m.shelves = append(m.shelves, newShelf())
	}
	return m
}

// begin writes the head of an empty file.
func (m *packets) begin(f file) error {
	m.file = f
	head := m.out.Header()
	_, err := f.WriteAt(head, 0)
	m.size = int64(len(head))
	return err
}

func (m *packets) put(track int, p *relay.Packet, found place, floor int64) error {
	if p.Codec != codec.Opus {
		return errForeign
	}
	packet, err := opus.Parse(p.Payload)
	if err != nil || packet.TOC().Samples() != slot {
		return errForeign
	}
	s := m.shelves[track]
	if found.pull > 0 {
		s.pull(slotOf(found.from), slotOf(found.from)-slotOf(found.from-found.pull), (floor+slot-1)/slot)
	}
	for i := range packet.Frames() {
		pos := found.pos + int64(i)*slot
		if spokenBefore(&packet, i, pos, floor) {
			continue
		}
		if !s.put(slotOf(pos), &packet, i) {
			return errBehind
		}
	}
	return nil
}

// spokenBefore says whether a frame at pos, or what it repeats of the one before it,
// reaches behind floor.
func spokenBefore(p *opus.Packet, frame int, pos, floor int64) bool {
	if p.Repeats(frame) && floor > 0 {
		floor += slot
	}
	return pos < floor || slotOf(pos)*slot < floor
}

func (m *packets) clear(from int64) {
	for _, s := range m.shelves {
		s.clear(from / slot)
	}
}

func (m *packets) skip(upTo int64) {
	for _, s := range m.shelves {
		s.skip((upTo - 1) / slot)
	}
}

func (m *packets) finish(end int64) { m.end = end }

// fetch has nothing to decode: packets are passed on.
func (m *packets) fetch(int64) bool { return false }

func (m *packets) decode() {}

// due returns before which slot is to be written. Until the end is known one slot is
// left, for there to be a last page.
func (m *packets) due(upTo int64) (slots int64, closes bool) {
	if m.end >= 0 && upTo >= m.end {
		return max((m.end+slot-1)/slot, 1), true
	}
	return (upTo - 1) / slot, false
}

// take makes a page of slots. Those that were skipped are silence.
func (m *packets) take(upTo int64) bool {
	due, closes := m.due(upTo)
	m.out.Begin()
	m.taken = 0
	for m.slots+m.taken < due && !m.out.Full() {
		m.takeSlot(m.slots + m.taken)
		m.taken++
	}
	if m.taken == 0 {
		return false
	}
	end := (m.slots + m.taken) * slot
	if m.closes = closes && m.slots+m.taken == due; m.closes {
		end = m.end
	}
	m.page = m.out.Page(end, m.closes)
	return true
}

func (m *packets) takeSlot(at int64) {
	for i, s := range m.shelves {
		if at < s.base {
			m.streams[i] = opus.AppendSilence(m.scratch[i][:0])
		} else {
			m.streams[i] = s.next(m.scratch[i][:0])
		}
	}
	m.out.Add(m.streams)
	for _, s := range m.shelves {
		s.skip(at + 1)
	}
}

func (m *packets) write() error {
	if _, err := m.file.WriteAt(m.page, m.size); err != nil {
		return err
	}
	m.out.Written()
	m.size += int64(len(m.page))
	m.slots += m.taken
	m.closed = m.closes
	return nil
}

func (m *packets) length() int64 {
	if m.closed {
		return m.end
	}
	return m.slots * slot
}

func (m *packets) files() []file { return []file{m.file} }
