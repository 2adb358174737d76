package rtc_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"parley/internal/media/rtc"
	"parley/internal/tests/softphone"
)

// TestCloseWhileConnecting ends connections at the very moments they come
// about. pion v3 alone races there, and may panic.
func TestCloseWhileConnecting(t *testing.T) {
	const peers = 60
	e := newEngine(t, rtc.Config{})
	for range peers {
		b := newBrowser(t, e, softphone.Options{})
		if err := b.Start(); err != nil {
			t.Fatal(err)
		}
		b.negotiate(t, nil)
		moment := time.NewTimer(rand.N(12 * time.Millisecond))
		<-moment.C
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
