package srtp

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the profile's, and unbroken as a MAC
	"crypto/subtle"
	"encoding/binary"
	"hash"
)

const (
	authKeyBytes = 20
	authTagBytes = 10
)

// counter is AES_CM_128_HMAC_SHA1_80 (RFC 3711 sections 4.1.1 and 4.2.1).
type counter struct {
	block  cipher.Block
	mac    hash.Hash
	salt   [aes.BlockSize]byte
	report bool
	iv     [aes.BlockSize]byte
	pad    [aes.BlockSize]byte
	sum    [sha1.Size]byte
	roc    [4]byte
}

func newCounter(block cipher.Block, salt, authKey []byte, report bool) *counter {
	c := &counter{block: block, mac: hmac.New(sha1.New, authKey), report: report}
	copy(c.salt[:], salt)
	return c
}

func (c *counter) added() int {
	if c.report {
		return trailerBytes + authTagBytes
	}
	return authTagBytes
}

func (c *counter) trailer(packet []byte) []byte {
	return packet[len(packet)-authTagBytes-trailerBytes : len(packet)-authTagBytes]
}

func (c *counter) seal(packet []byte, header int, ssrc uint32, index uint64) []byte {
	c.crypt(packet[header:], ssrc, index)
	if c.report {
		packet = binary.BigEndian.AppendUint32(packet, encrypted|uint32(index))
	}
	return append(packet, c.authenticate(packet, index)...)
}

func (c *counter) open(packet []byte, header int, ssrc uint32, index uint64) []byte {
	n := len(packet) - authTagBytes
	if subtle.ConstantTimeCompare(c.authenticate(packet[:n], index), packet[n:]) != 1 {
		return nil
	}
	if c.report {
		n -= trailerBytes
	}
	c.crypt(packet[header:n], ssrc, index)
	return packet[:n]
}

// crypt runs the key stream over b. crypto/cipher's would be a new object a packet.
func (c *counter) crypt(b []byte, ssrc uint32, index uint64) {
	c.iv = c.salt
	xor32(c.iv[4:], ssrc)
	xor32(c.iv[8:], uint32(index>>16))
	c.iv[12] ^= byte(index >> 8)
	c.iv[13] ^= byte(index)
	for n := uint16(0); len(b) > 0; n++ {
		binary.BigEndian.PutUint16(c.iv[14:], n)
		c.block.Encrypt(c.pad[:], c.iv[:])
		b = b[subtle.XORBytes(b, b, c.pad[:min(len(b), len(c.pad))]):]
	}
}

// authenticate is the tag of a packet: of RTP over it and the rollover counter, of
// RTCP over it with its trailer.
func (c *counter) authenticate(packet []byte, index uint64) []byte {
	c.mac.Reset()
	c.mac.Write(packet)
	if !c.report {
		binary.BigEndian.PutUint32(c.roc[:], uint32(index>>16))
		c.mac.Write(c.roc[:])
	}
	return c.mac.Sum(c.sum[:0])[:authTagBytes]
}
