// Package jitter turns the packets of one speaker, who come late, out of order or not
// at all, into an even stream of samples, for whoever must hear samples rather than
// packets: mixes and recordings.
//
// A Buffer is fed as packets come and drained frame by frame at the speaker's pace.
// It holds back as little as the network's unevenness asks, learns that as it goes,
// and fills what is missing with what was said before (a concealment in the manner
// of ITU-T G.711 appendix I). It knows no clock of its own and has no lock: its user
// gives both.
package jitter

import "time"

// Sizes in samples of 8 kHz.
const (
	Frame = 160 // 20 ms: what Pull gives
	block = 80  // 10 ms: what is there or missing
	rate  = 8000
)

// Bounds of what is held back.
const (
	leastHeld = 20 * time.Millisecond
	mostHeld  = 60 * time.Millisecond
)

func samples(d time.Duration) int { return int(d * rate / time.Second) }
