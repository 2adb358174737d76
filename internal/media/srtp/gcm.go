package srtp

import (
	"crypto/cipher"
	"encoding/binary"
	"fmt"
)

// gcm is AEAD_AES_128_GCM (RFC 7714).
type gcm struct {
	aead   cipher.AEAD
	salt   [12]byte
	report bool
	nonce  [12]byte
	clear  [reportHeader + trailerBytes]byte // what is authenticated of RTCP
}

func newGCM(block cipher.Block, salt []byte, report bool) (*gcm, error) {
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("set up AES-GCM: %w", err)
	}
	g := &gcm{aead: aead, report: report}
	copy(g.salt[:], salt)
	return g, nil
}

func (g *gcm) added() int {
	if g.report {
		return g.aead.Overhead() + trailerBytes
	}
	return g.aead.Overhead()
}

func (g *gcm) trailer(packet []byte) []byte { return packet[len(packet)-trailerBytes:] }

// prepare makes the nonce: two zero bytes, the SSRC and the index, which has 48
// bits of RTP and, behind two zero bytes, 32 of RTCP (sections 8.1 and 9.1). It
// returns what is authenticated and not encrypted.
func (g *gcm) prepare(packet []byte, header int, ssrc uint32, index uint64) []byte {
	g.nonce = g.salt
	xor32(g.nonce[2:], ssrc)
	xor32(g.nonce[6:], uint32(index>>16))
	g.nonce[10] ^= byte(index >> 8)
	g.nonce[11] ^= byte(index)
	if !g.report {
		return packet[:header]
	}
	copy(g.clear[:], packet[:reportHeader])
	binary.BigEndian.PutUint32(g.clear[reportHeader:], encrypted|uint32(index))
	return g.clear[:]
}

func (g *gcm) seal(packet []byte, header int, ssrc uint32, index uint64) []byte {
	clear := g.prepare(packet, header, ssrc, index)
	sealed := packet[:header+len(g.aead.Seal(packet[header:header], g.nonce[:], packet[header:], clear))]
	if g.report {
		return binary.BigEndian.AppendUint32(sealed, encrypted|uint32(index))
	}
	return sealed
}

func (g *gcm) open(packet []byte, header int, ssrc uint32, index uint64) []byte {
	if g.report {
		packet = packet[:len(packet)-trailerBytes]
	}
	clear := g.prepare(packet, header, ssrc, index)
	opened, err := g.aead.Open(packet[header:header], g.nonce[:], packet[header:], clear)
	if err != nil {
		return nil
	}
	return packet[:header+len(opened)]
}

func xor32(b []byte, v uint32) {
	binary.BigEndian.PutUint32(b, binary.BigEndian.Uint32(b)^v)
}
