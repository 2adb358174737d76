package sip

import (
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/domain/call"
)

// TestAKeyToldTwiceIsOneKey has far ends that tell their keys in the media, by
// INFO, or both ways.
func TestAKeyToldTwiceIsOneKey(t *testing.T) {
	t.Parallel()
	type told struct {
		after time.Duration
		key   byte
		way   keyWay
	}
	const ms = time.Millisecond
	for _, c := range []struct {
		name string
		told []told
		want string
	}{
		{"one way", []told{{0, '1', keyInMedia}, {100 * ms, '1', keyInMedia}, {100 * ms, '2', keyInMedia}}, "112"},
		{"by INFO", []told{{0, '5', keyByInfo}, {50 * ms, '5', keyByInfo}}, "55"},
		{"both ways", []told{{0, '1', keyInMedia}, {90 * ms, '1', keyByInfo}, {200 * ms, '2', keyByInfo}, {10 * ms, '2', keyInMedia}}, "12"},
		{"the same key twice, both ways", []told{
			{0, '7', keyInMedia}, {20 * ms, '7', keyByInfo}, {160 * ms, '7', keyInMedia}, {20 * ms, '7', keyByInfo},
		}, "77"},
		{"another key the other way", []told{{0, '1', keyInMedia}, {20 * ms, '2', keyByInfo}}, "12"},
		{"much later", []told{{0, '1', keyInMedia}, {time.Second, '1', keyByInfo}}, "11"},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := &Leg{phase: up}
			got := ""
			l.Listen(func(e call.LegEvent) { got += string(rune(e.Digit)) })
			for _, k := range c.told {
				time.Sleep(k.after)
				l.digit(k.key, k.way)
			}
			if got != c.want {
				t.Errorf("%s: the call hears %q, want %q", c.name, got, c.want)
			}
		})
	}
}
