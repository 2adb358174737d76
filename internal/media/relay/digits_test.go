package relay_test

import (
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/media/relay"
)

// press sends so many keys whose beginnings lie step samples apart, and counts those that
// are told.
func press(port *relay.Port, from *uint32, keys int, step uint32) (told int) {
	port.OnDigit(func(byte) { told++ })
	for range keys {
		*from += step
		for range 3 { // packets of one key
			port.Receive(&relay.Packet{Kind: relay.Event, Timestamp: *from, Payload: []byte{5, 10, 0, 160}})
		}
	}
	return told
}

// TestNoHandIsThatFast: keys come as fast as they can be pressed, or at once as many as
// a network may have held back.
func TestNoHandIsThatFast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		port, at := relay.NewPort(nil), uint32(0)
		if n := press(port, &at, 8000, 1); n > 25 {
			t.Errorf("%d keys in a second of timestamps", n)
		}
		pass(time.Minute)
		if n := press(port, &at, 8000, 800); n > 40 {
			t.Errorf("%d keys at once", n)
		}
		pass(time.Minute)
		if n := press(port, &at, 20, 800); n != 20 {
			t.Errorf("%d of 20 keys that a network held back", n)
		}
		pass(time.Minute)
		for range 200 {
			if press(port, &at, 1, 640) != 1 {
				t.Fatal("a key of somebody fast is lost")
			}
			pass(80 * time.Millisecond)
		}
	})
}
