package sip

import (
	"errors"
	"net/netip"
	"time"

	"parley/internal/domain/call"
	"parley/internal/media/sip/sdp"
	"parley/internal/shared/callstate"

	gosip "github.com/emiago/sipgo/sip"
)

// Bounds of an unanswered call that came in.
const (
	maxRinging  = 3 * time.Minute
	repeatEvery = time.Minute // RFC 3261 section 13.3.1.1: so that no proxy gives up
)

// invitation is an INVITE of the far end until it has its final response.
type invitation struct {
	req     *gosip.Request
	tx      gosip.ServerTransaction
	body    []byte // our 200's
	offered bool   // the INVITE had no offer: our 200 makes it
	choice  sdp.Choice
	limit   *time.Timer
	again   *time.Timer
	settled chan struct{} // closed when the transaction needs its goroutine no longer
}

// open makes l the leg of an INVITE that was let in. The error wraps
// sdp.ErrNoCommon or sdp.ErrMalformed if the offer cannot be answered; the
// leg's media is not closed then.
func (l *Leg) open(req *gosip.Request, tx gosip.ServerTransaction, peer netip.AddrPort) error {
	l.dlg = uasDialog(req, peer, l.core.wire.localIP(peer.Addr()))
	in := &invitation{req: req, tx: tx, settled: make(chan struct{})}
	var err error
	if len(req.Body()) == 0 {
		in.offered, in.body = true, l.sdp.offer(l.dlg.ip)
	} else if in.body, in.choice, err = l.sdp.answer(req.Body(), l.dlg.ip); err != nil {
		return err
	}
	l.in = in
	l.phase = invited
	in.limit = l.after(maxRinging, func() { l.hangUp(callstate.CauseNoAnswer) })
	// sipgo answers a CANCEL with 487 itself and makes it from this request:
	// with the tag there, all our responses carry the same one.
	if tagOf(req.To().Params) == "" {
		req.To().Params.Add("tag", l.dlg.localTag)
	}
	l.admit(l.dlg.next().addr.Addr())
	return nil
}

// serve keeps the INVITE's transaction alive until it is settled: sipgo ends
// it when the goroutine that brought it returns.
func (l *Leg) serve(in *invitation) {
	for {
		select {
		case <-in.settled:
			return
		case ack := <-in.tx.Acks():
			l.box.offer(func() { l.onAck(ack) })
		case <-in.tx.Done():
			l.box.post(l.onInviteLost)
			return
		}
	}
}

func (l *Leg) ring() {
	if l.phase != invited {
		return
	}
	res := l.response(l.in.req, 180)
	res.AppendHeader(l.core.wire.contact(l.dlg.user, l.dlg.network, l.dlg.ip))
	if err := l.in.tx.Respond(res); err != nil {
		l.log.Info("SIP 180 not sent", "err", err)
	}
	l.in.again = l.after(repeatEvery, l.ring)
}

// accept sends the 200. A CANCEL may have won the race inside sipgo; its
// refusal to send tells.
func (l *Leg) accept() {
	if l.phase != invited {
		return
	}
	in := l.in
	res := l.response(in.req, 200)
	l.describe(res)
	l.offerTimer(in.req, res)
	attach(res, in.body)
	if err := in.tx.Respond(res); err != nil {
		if errors.Is(err, gosip.ErrTransactionCanceled) {
			return // onCancel follows
		}
		l.log.Info("SIP 200 not sent", "err", err)
	}
	in.stop()
	l.phase = up
	if !in.offered {
		l.agree(in.choice)
	}
	l.tell(call.LegEvent{Kind: call.LegAnswered})
	l.await(&confirm{tx: in.tx, ok: res, seq: in.req.CSeq().SeqNo, offered: in.offered, initial: true})
	l.watch()
}

// refuse sends a final response other than 200.
func (l *Leg) refuse(code int, reason string) {
	res := l.response(l.in.req, code)
	res.Reason = reason
	if code == 503 {
		res.AppendHeader(gosip.NewHeader("Retry-After", "10"))
	}
	if err := l.in.tx.Respond(res); err != nil && !errors.Is(err, gosip.ErrTransactionCanceled) {
		l.log.Info("SIP refusal not sent", "code", code, "err", err)
	}
	l.in.stop()
	l.in.settle()
}

// onCancel runs when sipgo has matched a CANCEL and is about to send the 487.
func (l *Leg) onCancel(req *gosip.Request) {
	if l.phase != invited {
		return
	}
	l.in.stop()
	l.in.settle()
	l.end(callstate.CauseCustomerLeft, 0, reasonOf(req))
}

// onInviteLost runs when the transaction ended under us: its connection broke.
func (l *Leg) onInviteLost() {
	l.in.settle()
	if l.phase == invited {
		l.in.stop()
		l.end(callstate.CauseCustomerLost, 0, "connection lost")
	}
}

func (in *invitation) stop() {
	in.limit.Stop()
	if in.again != nil {
		in.again.Stop()
	}
}

func (in *invitation) settle() {
	select {
	case <-in.settled:
	default:
		close(in.settled)
	}
}

// response builds a response to req with our tag.
func (l *Leg) response(req *gosip.Request, code int) *gosip.Response {
	return l.core.response(req, code, l.dlg.localTag)
}

// confirm is a 200 of ours to an INVITE, sent again until its ACK comes
// (RFC 3261 section 13.3.1.4; sipgo leaves this to its user).
type confirm struct {
	tx       gosip.ServerTransaction
	ok       *gosip.Response
	seq      uint32
	offered  bool     // the ACK carries the answer
	initial  bool     // of the INVITE that made the dialog
	then     func()   // our BYE, if it has to wait
	waiting  []func() // re-INVITEs that overtook the ACK
	pace     time.Duration
	resend   *time.Timer
	deadline *time.Timer
}

func (l *Leg) await(c *confirm) {
	t1 := l.core.cfg.timing.t1
	l.pending++
	l.unacked = c
	c.pace = t1
	c.resend = l.after(c.pace, func() { l.sendAgain(c) })
	c.deadline = l.after(64*t1, func() { l.onNoAck(c) })
}

func (l *Leg) sendAgain(c *confirm) {
	if l.unacked != c {
		return
	}
	if err := c.tx.Respond(c.ok); err != nil {
		l.log.Info("SIP 200 not sent again", "err", err)
	}
	c.pace = min(2*c.pace, 8*l.core.cfg.timing.t1)
	c.resend = l.after(c.pace, func() { l.sendAgain(c) })
}

// onNoAck gives up: RFC 3261 asks for a BYE all the same.
func (l *Leg) onNoAck(c *confirm) {
	if l.unacked != c {
		return
	}
	l.confirmed(c)
	if l.phase == up {
		l.bye(callstate.CauseCustomerLost)
		l.end(callstate.CauseCustomerLost, 0, "no ACK")
	}
}

func (l *Leg) onAck(ack *gosip.Request) {
	c := l.unacked
	if c == nil || ack.CSeq() == nil || ack.CSeq().SeqNo != c.seq {
		return
	}
	l.confirmed(c)
	if !c.offered || l.phase == over {
		return
	}
	choice, err := l.sdp.read(ack.Body())
	if err != nil {
		l.log.Info("SIP answer in ACK cannot be used", "err", err)
		cause, reason := unusable(err)
		l.bye(cause)
		l.end(cause, 0, reason)
		return
	}
	l.agree(choice)
}

func (l *Leg) confirmed(c *confirm) {
	c.resend.Stop()
	c.deadline.Stop()
	l.unacked = nil
	l.pending--
	if c.initial {
		l.in.settle()
	}
	if c.then != nil {
		c.then()
	}
	for _, f := range c.waiting {
		l.box.post(f)
	}
}

// abandon stops waiting for an ACK: there is no time left for it.
func (l *Leg) abandon() {
	if l.unacked != nil {
		l.confirmed(l.unacked)
	}
}

// watch notes, once, that an answered call has no audio from the far end.
func (l *Leg) watch() {
	const patience = time.Minute
	since := time.Now()
	l.after(patience, func() {
		if l.phase != up || l.sdp.choice.Held() {
			return
		}
		if last := l.media.Port().Stats().LastIn; last.Before(since) {
			l.log.Info("no RTP from the far end", "since", since)
		}
	})
}
