// Package audio holds the sounds of Parley and the arithmetic on samples: tones and
// their detection, small WAV files, and the library of hold music and spoken
// prompts. It is pure: no clock, no network, no file but the embedded prompts. Every
// value is immutable once made, except a Player, which belongs to the one goroutine
// that plays it.
package audio

import "parley/internal/media/relay"

// Rate is the sampling rate of telephony, in Hz.
const Rate = 8000

// FrameSize is 20 ms of G.711, in bytes and in samples.
const FrameSize = relay.FrameBytes
