package sip

import (
	"context"
	"errors"
	"time"

	"parley/internal/domain/call"
	"parley/internal/shared/callstate"

	gosip "github.com/emiago/sipgo/sip"
)

// attempt is an INVITE of ours until the leg is answered or over.
type attempt struct {
	hops      []hop // where to send it, in order; the first is being tried
	req       *gosip.Request
	tx        *gosip.ClientTx
	answers   *answers
	tries     int  // challenges left to meet
	heard     bool // the hop has given a sign of life
	cancelled bool
	quiet     *time.Timer
}

// dial starts the call; it runs on the leg's goroutine.
func (l *Leg) dial() {
	l.dialled = &attempt{tries: maxTries}
	if hops := l.line.targets(); len(hops) > 0 {
		l.dialHops(hops)
		return
	}
	// Nobody has asked for the trunk's addresses yet: do it now.
	l.pending++
	go func() {
		ctx, cancel := context.WithTimeout(l.core.wire.life, l.core.cfg.timing.silence)
		defer cancel()
		hops, err := l.core.resolver.resolve(ctx, l.line)
		l.box.post(func() {
			l.pending--
			switch {
			case l.phase == over:
			case err != nil:
				l.end(callstate.CauseTrunkUnreachable, 0, "the trunk's host is unknown")
			default:
				l.dialHops(hops)
			}
		})
	}()
}

// dialHops sends the INVITE to the first hop, keeping the others for the case
// that it is dead.
func (l *Leg) dialHops(hops []hop) {
	a, h := l.dialled, hops[0]
	a.hops, a.heard = hops, false
	l.dlg.network, l.dlg.peer = h.network, h.addr
	l.dlg.ip = l.core.wire.localIP(h.addr.Addr())
	l.admit(h.addr.Addr())
	l.dlg.localSeq++
	req := l.dlg.request(gosip.INVITE, l.dlg.localSeq)
	req.AppendHeader(gosip.NewHeader("P-Asserted-Identity", "<"+l.dlg.local.Address.String()+">"))
	l.describe(req)
	l.proposeTimer(req)
	attach(req, l.sdp.offer(l.dlg.ip))
	l.invite(req)
}

// invite sends an INVITE of the attempt and follows its transaction.
func (l *Leg) invite(req *gosip.Request) {
	a := l.dialled
	l.core.wire.seal(req, a.hops[0], l.dlg.ip)
	a.req, a.answers = req, newAnswers(l.core, l.line.credentials(), req, l.dlg.ip)
	if a.quiet != nil {
		a.quiet.Stop()
	}
	a.quiet = l.after(l.core.cfg.timing.silence, func() { l.onSilence(req) })
	l.follow(req, a.answers, func(tx *gosip.ClientTx) { a.tx = tx }, l.onReply)
}

// follow runs an INVITE transaction on a goroutine of its own, which always
// reads (sipgo blocks on unread responses) and has no limit of provisional ones.
func (l *Leg) follow(req *gosip.Request, ans *answers, started func(*gosip.ClientTx), reply func(*gosip.Request, *gosip.Response, error)) {
	l.pending++
	last := func(res *gosip.Response, err error) {
		l.box.post(func() {
			l.pending--
			reply(req, res, err)
		})
	}
	go func() {
		tx, err := l.core.wire.begin(l.core.wire.life, req)
		if err != nil {
			last(nil, err)
			return
		}
		tx.OnRetransmission(ans.more)
		l.box.post(func() { started(tx) })
		for {
			select {
			case res := <-tx.Responses():
				if !res.IsProvisional() {
					ans.first(res)
					last(res, nil)
					return
				}
				l.box.post(func() { reply(req, res, nil) })
			case <-tx.Done():
				last(nil, txError(tx))
				return
			}
		}
	}()
}

// onReply is told of every response to the attempt's INVITE, or of its failure.
func (l *Leg) onReply(req *gosip.Request, res *gosip.Response, err error) {
	a := l.dialled
	if req != a.req {
		return // of a hop given up
	}
	a.quiet.Stop()
	switch {
	case err != nil:
		l.onHopFailed(0, err)
	case res.IsProvisional():
		a.heard = true
		l.onProgress(res)
	case res.IsSuccess():
		l.onAnswer(res)
	case l.phase == over:
		// The refusal our CANCEL asked for.
	case l.meetChallenge(res):
	case res.StatusCode == 422 && l.session.raise(res):
		l.dialHops(a.hops)
	case res.StatusCode == 503 && !a.heard:
		l.onHopFailed(503, errors.New(bounded(res.Reason)))
	default:
		l.end(l.refused(res.StatusCode), res.StatusCode, res.Reason)
	}
}

// refused is why a far end says no. One that shares no codec with us is not met: what
// it does not share is the encryption, where that is demanded.
func (l *Leg) refused(code int) callstate.Cause {
	cause := causeOf(code, l.said[call.LegRinging])
	if cause == callstate.CauseNoCommonCodec && l.line.SRTP {
		return callstate.CauseNotEncrypted
	}
	return cause
}

func (l *Leg) meetChallenge(res *gosip.Response) bool {
	again := l.authorise(l.dialled.req, res, l.dialled.tries)
	if again == nil {
		return false
	}
	l.dialled.tries--
	l.invite(again)
	return true
}

// onHopFailed tries the trunk's next address if this one never showed life.
func (l *Leg) onHopFailed(code int, err error) {
	a := l.dialled
	if l.phase == over {
		return
	}
	if !a.heard && len(a.hops) > 1 {
		l.log.Info("SIP trunk address gave no answer, trying the next", "addr", a.hops[0].String(), "err", err)
		l.dialHops(a.hops[1:])
		return
	}
	cause := callstate.CauseTrunkUnreachable
	if code != 0 {
		cause = causeOf(code, false)
	}
	l.end(cause, code, err.Error())
}

// onSilence runs when nothing at all came back. The transaction lives on: a
// late 200 must still be acknowledged and ended.
func (l *Leg) onSilence(req *gosip.Request) {
	if l.phase != calling || req != l.dialled.req {
		return
	}
	if len(l.dialled.hops) > 1 && l.dialled.tx != nil {
		l.dialled.tx.Terminate()
	}
	l.onHopFailed(0, errors.New("no answer from the trunk"))
}

func (l *Leg) onProgress(res *gosip.Response) {
	if l.phase == over {
		l.cancelNow()
		return
	}
	if res.StatusCode == 180 {
		l.tellOnce(call.LegRinging)
	}
	if len(res.Body()) == 0 {
		return
	}
	choice, err := l.sdp.read(res.Body())
	if err != nil {
		l.log.Info("SIP early media cannot be used", "err", err)
		return
	}
	l.agree(choice)
	l.tellOnce(call.LegEarlyMedia)
}

// onAnswer takes a 200. It may have crossed our CANCEL: the far end then
// believes in a call and must be told otherwise.
func (l *Leg) onAnswer(res *gosip.Response) {
	a := l.dialled
	l.dlg.confirm(res)
	l.acknowledge(res, a.req, a.answers)
	if l.phase == over {
		l.bye(callstate.CauseAgentCancelled)
		return
	}
	l.admit(l.dlg.next().addr.Addr())
	l.phase = up
	if len(res.Body()) > 0 || !l.sdp.agreed {
		choice, err := l.sdp.read(res.Body())
		if err != nil {
			l.log.Info("SIP answer cannot be used", "err", err)
			cause, reason := unusable(err)
			l.bye(cause)
			l.end(cause, res.StatusCode, reason)
			return
		}
		l.agree(choice)
	}
	l.tell(call.LegEvent{Kind: call.LegAnswered})
	l.session.accepted(l, res)
	l.watch()
}

// acknowledge sends the ACK of a 200 to req and keeps it for repetitions.
func (l *Leg) acknowledge(res *gosip.Response, req *gosip.Request, ans *answers) {
	ack := ackFor(&l.dlg, req)
	l.core.wire.seal(ack, l.dlg.next(), l.dlg.ip)
	if err := ans.acknowledge(res, ack); err != nil {
		l.log.Info("SIP ACK not sent", "err", err)
	}
}

// cancel asks the far end to stop ringing, now or as soon as RFC 3261 section
// 9.1 allows: when it has given a sign of life.
func (l *Leg) cancel() {
	a := l.dialled
	if a == nil || a.req == nil || !a.heard {
		return // onProgress sends it
	}
	l.cancelNow()
}

func (l *Leg) cancelNow() {
	a := l.dialled
	if a.cancelled {
		return
	}
	a.cancelled = true
	req := cancelFor(a.req)
	l.pending++
	go func() {
		_, err := l.core.wire.roundTrip(l.core.wire.life, req)
		l.box.post(func() {
			l.pending--
			if err != nil {
				l.log.Info("SIP CANCEL not answered", "err", err)
			}
		})
	}()
	// Who answers the CANCEL but never the INVITE has forgotten it.
	l.after(64*l.core.cfg.timing.t1, func() {
		if a.tx != nil {
			a.tx.Terminate()
		}
	})
}

// cancelFor builds the CANCEL of an INVITE (RFC 3261 section 9.1): same hop,
// same branch, same everything that names the transaction.
func cancelFor(invite *gosip.Request) *gosip.Request {
	req := gosip.NewRequest(gosip.CANCEL, *invite.Recipient.Clone())
	req.AppendHeader(invite.Via().Clone())
	gosip.CopyHeaders("Route", invite, req)
	gosip.CopyHeaders("From", invite, req)
	gosip.CopyHeaders("To", invite, req)
	gosip.CopyHeaders("Call-ID", invite, req)
	forwards := gosip.MaxForwardsHeader(70)
	req.AppendHeader(&forwards)
	req.AppendHeader(&gosip.CSeqHeader{SeqNo: invite.CSeq().SeqNo, MethodName: gosip.CANCEL})
	req.SetBody(nil)
	req.SetTransport(invite.Transport())
	req.SetDestination(invite.Destination())
	req.Laddr = invite.Laddr
	return req
}
