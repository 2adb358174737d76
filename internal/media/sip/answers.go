package sip

import (
	"log/slog"
	"net/netip"
	"sync"

	gosip "github.com/emiago/sipgo/sip"
)

// answers remembers whose 200s to one INVITE of ours were acknowledged. An
// INVITE may be answered more than once: again by the same far end, whose ACK
// got lost, or by another one that a proxy rang as well (a fork), which must be
// told to hang up. Both happen after the transaction has given its final
// response, even after the leg is over, so this has a lock and needs no leg.
type answers struct {
	core  *core
	log   *slog.Logger
	creds credentials
	req   *gosip.Request
	ip    netip.Addr

	mu   sync.Mutex
	acks map[string]*gosip.Request // by To tag; nil until the leg has made it
}

// maxForks bounds the far ends of one INVITE that are hung up on.
const maxForks = 10

func newAnswers(c *core, creds credentials, req *gosip.Request, ip netip.Addr) *answers {
	return &answers{core: c, log: c.log, creds: creds, req: req, ip: ip, acks: map[string]*gosip.Request{}}
}

// first notes who answered first, before its leg gets to see the answer.
func (a *answers) first(res *gosip.Response) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if res.IsSuccess() && res.To() != nil {
		a.acks[tagOf(res.To().Params)] = nil
	}
}

// acknowledge sends ack for res and keeps it.
func (a *answers) acknowledge(res *gosip.Response, ack *gosip.Request) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.acks[tagOf(res.To().Params)] = ack
	return a.core.wire.send(ack)
}

// more takes every further 2xx of the transaction, on sipgo's goroutine.
func (a *answers) more(res *gosip.Response) {
	if !res.IsSuccess() || res.To() == nil {
		return
	}
	tag := tagOf(res.To().Params)
	a.mu.Lock()
	ack, known := a.acks[tag]
	if ack != nil {
		if err := a.core.wire.send(ack); err != nil {
			a.log.Info("SIP ACK not sent again", "err", err)
		}
	}
	fork := !known && len(a.acks) < maxForks
	if fork {
		a.acks[tag] = nil
	}
	a.mu.Unlock()
	if fork {
		a.hangUp(res)
	}
}

// hangUp acknowledges and ends the dialog of a fork.
func (a *answers) hangUp(res *gosip.Response) {
	d := dialog{
		callID: a.req.CallID().Value(), localTag: tagOf(a.req.From().Params),
		local:    gosip.FromHeader{DisplayName: a.req.From().DisplayName, Address: a.req.From().Address},
		remote:   gosip.FromHeader{Address: a.req.To().Address},
		localSeq: a.req.CSeq().SeqNo, network: a.req.Transport(), ip: a.ip, target: a.req.Recipient,
	}
	d.confirm(res)
	w := a.core.wire
	ack := ackFor(&d, a.req)
	w.seal(ack, d.next(), d.ip)
	if err := a.acknowledge(res, ack); err != nil {
		a.log.Info("SIP ACK to a fork not sent", "err", err)
	}
	a.log.Info("a second far end answered, hanging up on it")
	bye := d.request(gosip.BYE, d.localSeq+1)
	for range maxTries {
		w.seal(bye, d.next(), d.ip)
		answer, err := w.roundTrip(w.life, bye)
		if err != nil || answer.StatusCode != 401 && answer.StatusCode != 407 {
			return
		}
		if bye, err = a.creds.answer(bye, answer); err != nil {
			return
		}
	}
}

// ackFor builds the ACK of a 200 to req (RFC 3261 section 13.2.2.4), which
// repeats its credentials.
func ackFor(d *dialog, req *gosip.Request) *gosip.Request {
	ack := d.request(gosip.ACK, req.CSeq().SeqNo)
	gosip.CopyHeaders("Authorization", req, ack)
	gosip.CopyHeaders("Proxy-Authorization", req, ack)
	return ack
}
