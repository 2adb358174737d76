// Package srtp protects RTP and RTCP in place (RFC 3711), by AES-GCM (RFC 7714) or
// by AES-CM with HMAC-SHA1. It is a connection's last step before the network and
// the first behind it: it knows no sockets and makes no keys. In the steady state it
// allocates nothing, which is why it is not a library's.
//
// A Sender and a Receiver hold the two directions of a connection. Neither has a
// lock: each belongs to whoever sends, or receives, and is used by one goroutine at
// a time.
package srtp

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
)

// Profile is a protection profile, by its number in DTLS-SRTP (RFC 5764 section
// 4.1.2, RFC 7714 section 14.2).
type Profile uint16

// The profiles spoken.
const (
	AES128CMSHA80 Profile = 0x0001
	AEADAES128GCM Profile = 0x0007
)

// Overhead is the most that protection adds to a packet, in bytes.
const Overhead = 16 + trailerBytes

// What is wrong with a packet.
var (
	ErrShort    = errors.New("packet is too short")
	ErrForged   = errors.New("packet is not authentic")
	ErrReplayed = errors.New("packet came before")
	ErrSpent    = errors.New("key has protected all the packets it may")
)

const (
	keyBytes     = 16
	headerBytes  = 12 // of RTP
	reportHeader = 8  // of RTCP, what stays in the clear
	trailerBytes = 4  // index and E bit of SRTCP
	encrypted    = 1 << 31
	lastIndex    = 1<<31 - 1 // of SRTCP
)

// KeyLengths are the bytes of master key and master salt of a profile.
func (p Profile) KeyLengths() (key, salt int, err error) {
	switch p {
	case AES128CMSHA80:
		return keyBytes, 14, nil
	case AEADAES128GCM:
		return keyBytes, 12, nil
	}
	return 0, 0, fmt.Errorf("SRTP profile %#04x is not spoken", uint16(p))
}

// Labels of the key derivation (RFC 3711 section 4.3).
const (
	labelKey       = 0
	labelAuth      = 1
	labelSalt      = 2
	labelReportKey = 3 // and so on for RTCP
)

// shield protects packets of one kind, RTP or RTCP, by one master key. An index is
// 48 bits of RTP, rollover counter and sequence number, and 31 of RTCP, whose packets
// carry it as a trailer.
type shield interface {
	// seal encrypts packet behind its header in place and appends tag and trailer,
	// for which it has the room.
	seal(packet []byte, header int, ssrc uint32, index uint64) []byte
	// open undoes seal; it is nil where the tag is wrong. The packet is at least
	// header and added long.
	open(packet []byte, header int, ssrc uint32, index uint64) []byte
	// trailer finds an RTCP packet's.
	trailer(packet []byte) []byte
	// added is by how much packets grow.
	added() int
}

func newShield(p Profile, key, salt []byte, report bool) (shield, error) {
	wantKey, wantSalt, err := p.KeyLengths()
	if err != nil {
		return nil, err
	}
	if len(key) != wantKey || len(salt) != wantSalt {
		return nil, fmt.Errorf("SRTP profile %#04x takes %d and %d bytes of key and salt, not %d and %d", uint16(p), wantKey, wantSalt, len(key), len(salt))
	}
	master, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("use the master key: %w", err)
	}
	label := byte(0)
	if report {
		label = labelReportKey
	}
	block, err := aes.NewCipher(derive(master, salt, label+labelKey, keyBytes))
	if err != nil {
		return nil, fmt.Errorf("use the session key: %w", err)
	}
	sessionSalt := derive(master, salt, label+labelSalt, wantSalt)
	if p == AEADAES128GCM {
		return newGCM(block, sessionSalt, report)
	}
	return newCounter(block, sessionSalt, derive(master, salt, label+labelAuth, authKeyBytes), report), nil
}

// derive makes a session key (RFC 3711 section 4.3.1) that is never renewed.
func derive(master cipher.Block, salt []byte, label byte, length int) []byte {
	var iv [aes.BlockSize]byte
	copy(iv[:], salt)
	iv[7] ^= label
	out := make([]byte, length)
	cipher.NewCTR(master, iv[:]).XORKeyStream(out, out)
	return out
}

// headerOf is the length of an RTP header with all its parts, 0 for what is none.
func headerOf(packet []byte) int {
	if len(packet) < headerBytes || packet[0]>>6 != 2 {
		return 0
	}
	n := headerBytes + 4*int(packet[0]&0x0f)
	if packet[0]&0x10 != 0 {
		if len(packet) < n+4 {
			return 0
		}
		n += 4 + 4*int(binary.BigEndian.Uint16(packet[n+2:]))
	}
	if len(packet) < n {
		return 0
	}
	return n
}
