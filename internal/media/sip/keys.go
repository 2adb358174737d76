package sip

import (
	"fmt"

	"parley/internal/media/sip/rtp"
	"parley/internal/media/sip/sdp"
	"parley/internal/media/srtp"
)

// keys are what a leg's media are encrypted by (RFC 4568). Ours are made once a suite
// and kept as long as the leg, each with its one Sender: a number that a key protects
// twice gives the key away, and what the far end has counted of our packets holds
// through every change of the session.
type keys struct {
	own    []*ownKey
	theirs sdp.Crypto // the last
	in     *srtp.Receiver
}

// ownKey is a key of ours; its Sender is made when the far end takes it.
type ownKey struct {
	sdp.Crypto
	out *srtp.Sender
}

// of is our key for a suite.
func (k *keys) of(suite srtp.Profile) *ownKey {
	for _, own := range k.own {
		if own.Suite == suite {
			return own
		}
	}
	own := &ownKey{Crypto: sdp.NewCrypto(suite)}
	k.own = append(k.own, own)
	return own
}

// line is our key for a suite, under a tag.
func (k *keys) line(suite srtp.Profile, tag uint32) sdp.Crypto {
	c := k.of(suite).Crypto
	c.Tag = tag
	return c
}

// offer is a line for each suite.
func (k *keys) offer(suites []srtp.Profile) []sdp.Crypto {
	var lines []sdp.Crypto
	for i, suite := range suites {
		lines = append(lines, k.line(suite, uint32(i+1)))
	}
	return lines
}

// follow takes the far end's key, none where the media are plain. One that it had
// before goes on where it was; with another its packets are counted anew.
func (k *keys) follow(theirs sdp.Crypto) (m rtp.Keys, err error) {
	if theirs == (sdp.Crypto{}) {
		return rtp.Keys{}, nil
	}
	own := k.of(theirs.Suite)
	if own.out == nil {
		if own.out, err = own.Sender(); err != nil {
			return rtp.Keys{}, fmt.Errorf("use our key: %w", err)
		}
	}
	if k.in == nil || theirs.Suite != k.theirs.Suite || theirs.Key != k.theirs.Key {
		if k.in, err = theirs.Receiver(); err != nil {
			return rtp.Keys{}, fmt.Errorf("use the far end's key: %w", err)
		}
		k.theirs = theirs
	}
	return rtp.Keys{In: k.in, Out: own.out}, nil
}
