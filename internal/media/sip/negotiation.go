package sip

import (
	"fmt"
	"math/rand/v2"
	"net/netip"

	"parley/internal/domain/call"
	"parley/internal/media/codec"
	"parley/internal/media/sip/rtp"
	"parley/internal/media/sip/sdp"
)

// negotiation is a leg's side of offer/answer.
type negotiation struct {
	local  sdp.Local
	event  uint8  // payload type our last body asks for events on
	body   []byte // our last body
	agreed bool
	choice sdp.Choice
}

func (n *negotiation) init(port uint16) {
	n.local = sdp.Local{Port: port, ID: uint64(rand.Uint32()), Version: 0}
}

// laws is our order of preference, the law agreed first so that a change of
// the session does not change it.
func (n *negotiation) laws() []uint8 {
	if n.agreed && n.choice.Law == sdp.PCMU {
		return []uint8{sdp.PCMU, sdp.PCMA}
	}
	return []uint8{sdp.PCMA, sdp.PCMU}
}

// offer makes our next offer.
func (n *negotiation) offer(ip netip.Addr) []byte {
	n.local.Addr = ip
	n.local.Version++
	n.event = sdp.Event
	n.body = n.local.Offer(n.laws())
	return n.body
}

// answer reads the far end's offer and makes our answer; nothing changes on error.
func (n *negotiation) answer(offer []byte, ip netip.Addr) ([]byte, sdp.Choice, error) {
	s, err := sdp.Parse(offer)
	if err != nil {
		return nil, sdp.Choice{}, fmt.Errorf("read offer: %w", err)
	}
	c, err := sdp.Choose(s, n.laws())
	if err != nil {
		return nil, sdp.Choice{}, fmt.Errorf("answer offer: %w", err)
	}
	n.local.Addr = ip
	n.local.Version++
	n.event = c.Event
	n.body = n.local.Answer(s, c)
	return n.body, c, nil
}

// read reads the far end's answer to our offer.
func (n *negotiation) read(answer []byte) (sdp.Choice, error) {
	s, err := sdp.Parse(answer)
	if err != nil {
		return sdp.Choice{}, fmt.Errorf("read answer: %w", err)
	}
	c, err := sdp.Choose(s, nil)
	if err != nil {
		return sdp.Choice{}, fmt.Errorf("read answer: %w", err)
	}
	return c, nil
}

// agree makes the media follow what was negotiated and tells of hold and resume.
func (l *Leg) agree(c sdp.Choice) {
	was := l.sdp.agreed && l.sdp.choice.Held()
	l.sdp.choice, l.sdp.agreed = c, true
	if l.phase == over {
		return
	}
	law := codec.PCMA
	if c.Law == sdp.PCMU {
		law = codec.PCMU
	}
	l.law.Store(uint32(law))
	l.media.SetFar(rtp.Far{Addr: c.Remote, Reports: c.Reports, Peer: l.dlg.peer.Addr(), Law: law, Event: c.Event, Send: c.Wants()}, l.sdp.event)
	switch held := c.Held(); {
	case held && !was:
		l.tell(call.LegEvent{Kind: call.LegHeld})
	case was && !held:
		l.tell(call.LegEvent{Kind: call.LegResumed})
	}
}
