package jitter_test

import (
	"encoding/binary"
	"testing"

	"parley/internal/media/jitter"
)

// FuzzBuffer is any packets at any time: each pull gives a frame, whatever they say of
// when they were spoken.
func FuzzBuffer(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 160, 0, 0, 0, 1, 160})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 80, 0, 0, 0, 0, 240, 0x7f, 0xff, 0xff, 0xff, 250})
	f.Fuzz(func(t *testing.T, b []byte) {
		var buffer jitter.Buffer
		var frame [jitter.Frame]int16
		pulled := uint64(0)
		now := int64(0)
		for len(b) >= 5 {
			now += int64(b[4]) * 8
			buffer.Put(binary.BigEndian.Uint32(b), make([]int16, int(b[4]%7)*80), now)
			b = b[5:]
			for range b[:min(1, len(b))] {
				buffer.Pull(&frame)
				pulled += 2
			}
		}
		if s := buffer.Stats(); s.Heard+s.Concealed > pulled {
			t.Errorf("%+v of %d pulled", s, pulled)
		}
	})
}
