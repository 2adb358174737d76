package rtp

import (
	"encoding/binary"

	"parley/internal/media/srtp"
)

// Keys protect the packets of an encrypted leg (RFC 3711), those that come and those
// that go; a plain leg has neither. They are the Session's from SetFar on.
type Keys struct {
	In  *srtp.Receiver
	Out *srtp.Sender
}

// open reads a packet of the far end in place. It is false for one that is not
// protected as agreed. s.mu is held, as for those that follow.
func (s *Session) open(b []byte) ([]byte, bool) {
	if s.far.Keys.In == nil {
		return b, true // looksSealed knows more once it is parsed
	}
	plain, err := s.far.Keys.In.RTP(b)
	return plain, s.agreed(err == nil)
}

// openReport is open for RTCP.
func (s *Session) openReport(b []byte) ([]byte, bool) {
	if s.far.Keys.In == nil {
		return b, s.agreed(whole(b))
	}
	plain, err := s.far.Keys.In.RTCP(b)
	return plain, s.agreed(err == nil)
}

// agreed counts what is not protected as agreed.
func (s *Session) agreed(is bool) bool {
	if !is {
		s.foreign++
	}
	return is
}

// seal protects a packet in place, which has room for srtp.Overhead behind it.
func (s *Session) seal(b []byte) ([]byte, error) {
	if s.far.Keys.Out == nil {
		return b, nil
	}
	return s.far.Keys.Out.RTP(b)
}

// sealReport is seal for RTCP.
func (s *Session) sealReport(b []byte) ([]byte, error) {
	if s.far.Keys.Out == nil {
		return b, nil
	}
	return s.far.Keys.Out.RTCP(b)
}

// looksSealed tells by its length that the payload of a plain leg is encrypted, of
// which nothing else tells: it would be heard as noise, or taken for keys. The far end
// has then missed what was agreed, or not yet learned of it. G.711 comes in whole tens
// of milliseconds, an event in four bytes; behind them are ten more of AES-CM, or
// sixteen of GCM. Those are looked for at 20 ms alone, which is asked for: some phones
// send blocks of 256 samples.
func looksSealed(event bool, payload int) bool {
	const cm, gcm, tenMS, frame, report = 10, 16, 80, 160, 4
	if event {
		return payload == report+cm || payload == report+gcm
	}
	return payload%tenMS == cm || payload == frame+gcm
}

// whole says whether b is nothing but RTCP packets (RFC 3550 appendix A.2), which
// what SRTCP appends is not.
func whole(b []byte) bool {
	const header = 4
	for len(b) >= header && b[0]>>6 == 2 {
		n := header * (1 + int(binary.BigEndian.Uint16(b[2:])))
		if n > len(b) {
			return false
		}
		if b = b[n:]; len(b) == 0 {
			return true
		}
	}
	return false
}
