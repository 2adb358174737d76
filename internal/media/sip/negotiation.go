package sip

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"

	"parley/internal/domain/call"
	"parley/internal/media/codec"
	"parley/internal/media/sip/rtp"
	"parley/internal/media/sip/sdp"
	"parley/internal/media/srtp"
)

// negotiation is a leg's side of offer/answer.
type negotiation struct {
	local   sdp.Local
	demands bool // the trunk takes encrypted media alone
	keys    keys
	event   uint8        // payload type our last body asks for events on
	body    []byte       // our last body
	offered []sdp.Crypto // the keys in it
	agreed  bool
	choice  sdp.Choice
	media   rtp.Keys // of the far end's last body
}

func (n *negotiation) init(port uint16, demands bool) {
	n.local = sdp.Local{Port: port, ID: uint64(rand.Uint32()), Version: 0}
	n.demands = demands
}

// laws is our order of preference, the law agreed first so that a change of
// the session does not change it.
func (n *negotiation) laws() []uint8 {
	if n.agreed && n.choice.Law == sdp.PCMU {
		return []uint8{sdp.PCMU, sdp.PCMA}
	}
	return []uint8{sdp.PCMA, sdp.PCMU}
}

// suites is what we offer to encrypt by: nothing where the trunk does not demand it,
// unless it is agreed; then the suite agreed comes first, as the law does.
func (n *negotiation) suites() []srtp.Profile {
	if !n.demands && !n.choice.Encrypted() {
		return nil
	}
	suites := sdp.Suites()
	if i := slices.Index(suites, n.choice.Crypto.Suite); i > 0 {
		suites[0], suites[i] = suites[i], suites[0]
	}
	return suites
}

// offer makes our next offer.
func (n *negotiation) offer(ip netip.Addr) []byte {
	n.local.Addr = ip
	n.local.Version++
	n.event = sdp.Event
	n.offered = n.keys.offer(n.suites())
	n.body = n.local.Offer(n.laws(), n.offered)
	return n.body
}

// answer reads the far end's offer and makes our answer; nothing changes on error.
func (n *negotiation) answer(offer []byte, ip netip.Addr) ([]byte, sdp.Choice, error) {
	s, c, err := n.choose(offer, sdp.Terms{Laws: n.laws(), Encrypted: n.demands})
	if err != nil {
		return nil, sdp.Choice{}, fmt.Errorf("answer offer: %w", err)
	}
	var ours sdp.Crypto
	n.offered = nil
	if c.Encrypted() {
		ours = n.keys.line(c.Crypto.Suite, c.Crypto.Tag)
		n.offered = []sdp.Crypto{ours} // our body may be sent again, as an offer
	}
	n.local.Addr = ip
	n.local.Version++
	n.event = c.Event
	n.body = n.local.Answer(s, c, ours)
	return n.body, c, nil
}

// read reads the far end's answer to our offer.
func (n *negotiation) read(answer []byte) (sdp.Choice, error) {
	_, c, err := n.choose(answer, sdp.Terms{Offered: n.offered})
	if err != nil {
		return sdp.Choice{}, fmt.Errorf("read answer: %w", err)
	}
	return c, nil
}

// choose reads a body of the far end and takes its key.
func (n *negotiation) choose(body []byte, t sdp.Terms) (*sdp.Session, sdp.Choice, error) {
	s, err := sdp.Parse(body)
	if err != nil {
		return nil, sdp.Choice{}, err
	}
	c, err := sdp.Choose(s, t)
	if errors.Is(err, sdp.ErrNoKey) && n.demands {
		err = fmt.Errorf("the trunk takes encrypted media alone: %w", err)
	}
	if err != nil {
		return nil, sdp.Choice{}, err
	}
	media, err := n.keys.follow(c.Crypto)
	if err != nil {
		return nil, sdp.Choice{}, err
	}
	n.media = media
	return s, c, nil
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
	l.media.SetFar(rtp.Far{
		Addr: c.Remote, Reports: c.Reports, Peer: l.dlg.peer.Addr(), Law: law, Event: c.Event, Send: c.Wants(), Keys: l.sdp.media,
	}, l.sdp.event)
	switch held := c.Held(); {
	case held && !was:
		l.tell(call.LegEvent{Kind: call.LegHeld})
	case was && !held:
		l.tell(call.LegEvent{Kind: call.LegResumed})
	}
}
