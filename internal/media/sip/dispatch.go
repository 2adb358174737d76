package sip

import (
	"net/netip"
	"sync"

	"parley/internal/domain/trunk/incoming"
	"parley/internal/media/sip/rtp"
	"parley/internal/shared/callstate"

	gosip "github.com/emiago/sipgo/sip"
)

// dialogs is the table of legs by dialog, and of INVITEs in progress.
type dialogs struct {
	max int

	mu      sync.Mutex
	stopped bool
	legs    map[string]*Leg
	callers map[string]*Leg // of calls that came in, by Call-ID and their tag
}

func newDialogs(limit int) *dialogs {
	return &dialogs{max: limit, legs: map[string]*Leg{}, callers: map[string]*Leg{}}
}

// add enters a leg. Its dialog's key must not change after.
func (d *dialogs) add(l *Leg) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.stopped:
		return ErrStackStopping
	case len(d.legs) >= d.max:
		return ErrTooManyCalls
	}
	d.legs[l.dlg.key()] = l
	if l.in != nil {
		d.callers[dialogKey(l.dlg.callID, l.dlg.remoteTag)] = l
	}
	return nil
}

func (d *dialogs) drop(l *Leg) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.legs, l.dlg.key())
	if l.in != nil {
		delete(d.callers, dialogKey(l.dlg.callID, l.dlg.remoteTag))
	}
}

func (d *dialogs) leg(req *gosip.Request) *Leg {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.legs[dialogKey(req.CallID().Value(), tagOf(req.To().Params))]
}

// merged says whether req reached us already on another way (RFC 3261 section 8.2.2.2).
func (d *dialogs) merged(req *gosip.Request) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, ok := d.callers[dialogKey(req.CallID().Value(), tagOf(req.From().Params))]
	return ok
}

// shut refuses further legs and returns those there are.
func (d *dialogs) shut() []*Leg {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stopped = true
	legs := make([]*Leg, 0, len(d.legs))
	for _, l := range d.legs {
		legs = append(legs, l)
	}
	return legs
}

// dispatch answers every request sipgo lets through; it runs on a goroutine per
// request, and the transaction ends when it returns.
func (s *Stack) dispatch(req *gosip.Request, tx *gosip.ServerTx) {
	defer tx.TerminateGracefully()
	if bad := validate(req); bad != nil {
		s.count.malformed.Add(1)
		s.refuse(req, tx, bad)
		return
	}
	from, err := netip.ParseAddrPort(req.Source())
	if err != nil {
		return
	}
	from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
	if tagOf(req.To().Params) != "" {
		s.toDialog(req, tx, from)
		return
	}
	known := s.lines.knows(from.Addr())
	switch {
	case req.Method == gosip.ACK:
	case req.Method == gosip.INVITE:
		s.onInvite(req, tx, from)
	case !known:
		s.count.refused.Add(1)
		s.refuse(req, tx, &refusedRequest{code: 403})
	case req.Method == gosip.OPTIONS:
		s.refuse(req, tx, &refusedRequest{code: 200, headers: []gosip.Header{
			gosip.NewHeader("Allow", allowed), gosip.NewHeader("Accept", "application/sdp"), gosip.NewHeader("Supported", extensions),
		}})
	case req.Method == gosip.BYE, req.Method == gosip.CANCEL, req.Method == gosip.UPDATE, req.Method == gosip.INFO:
		s.refuse(req, tx, &refusedRequest{code: 481})
	case req.Method == gosip.REFER:
		s.refuse(req, tx, &refusedRequest{code: 501})
	default:
		s.refuse(req, tx, &refusedRequest{code: 405, headers: []gosip.Header{gosip.NewHeader("Allow", allowed)}})
	}
}

// toDialog hands a request to its leg and waits until it is answered.
func (s *Stack) toDialog(req *gosip.Request, tx *gosip.ServerTx, from netip.AddrPort) {
	leg := s.dialogs.leg(req)
	if leg == nil || !s.lines.knows(from.Addr()) && !s.guests.has(from.Addr()) {
		if req.Method != gosip.ACK {
			s.refuse(req, tx, &refusedRequest{code: 481})
		}
		return
	}
	if req.Method == gosip.ACK {
		leg.box.offer(func() { leg.onAck(req) })
		return
	}
	done := make(chan struct{})
	if !leg.box.offer(func() { leg.inDialog(req, tx, sync.OnceFunc(func() { close(done) })) }) {
		s.refuse(req, tx, &refusedRequest{code: 481})
		return
	}
	select {
	case <-done:
	case <-tx.Done():
	}
}

// onInvite lets a call in, or not.
func (s *Stack) onInvite(req *gosip.Request, tx *gosip.ServerTx, from netip.AddrPort) {
	trunks := s.lines.callers(req, from.Addr())
	if len(trunks) == 0 {
		if trunks = s.signIn(req, tx, from); len(trunks) == 0 {
			return
		}
	}
	bad := acceptableBody(req)
	switch {
	case bad != nil:
	case s.dialogs.merged(req):
		bad = &refusedRequest{code: 482}
	case req.GetHeader("Replaces") != nil:
		bad = &refusedRequest{code: 501}
	case req.Contact() == nil:
		bad = malformed("Missing Contact")
	default:
		bad = tooShort(req)
	}
	if bad != nil {
		s.count.refused.Add(1)
		s.refuse(req, tx, bad)
		return
	}
	s.receive(req, tx, from, s.choose(req, trunks))
}

// choose returns the trunk that a call came by, of those it may have come by.
func (s *Stack) choose(req *gosip.Request, trunks []*line) *line {
	if len(trunks) == 1 || s.cfg.Choose == nil {
		return trunks[0]
	}
	ways := make([]incoming.Way, len(trunks))
	for i, t := range trunks {
		ways[i] = incoming.Way{TrunkID: t.ID, Called: called(req, t)}
	}
	if i := s.cfg.Choose(ways); i >= 0 && i < len(trunks) {
		return trunks[i]
	}
	return trunks[0]
}

// signIn asks a stranger for a trunk's password; nil means that it was refused.
func (s *Stack) signIn(req *gosip.Request, tx *gosip.ServerTx, from netip.AddrPort) []*line {
	if !s.lines.anyDigest() {
		s.count.refused.Add(1)
		s.refuse(req, tx, &refusedRequest{code: 403})
		return nil
	}
	trunks, ask := authenticate(s.digest, s.lines, req, from.Addr())
	if len(trunks) == 0 {
		s.count.challenged.Add(1)
		_ = tx.Respond(ask) // who does not get it asks again
	}
	return trunks
}

// receive makes the leg of a call and gives it to the handler.
func (s *Stack) receive(req *gosip.Request, tx *gosip.ServerTx, from netip.AddrPort, trunk *line) {
	media, err := rtp.Open(s.ports)
	if err != nil {
		s.log.Error("call refused: no media port", "trunk", trunk.ID, "err", err)
		s.unavailable(req, tx)
		return
	}
	leg := newLeg(&s.core, callstate.CustomerLeg, trunk, media)
	if err := leg.open(req, tx, from); err != nil {
		leg.discard()
		s.log.Info("call refused: its offer cannot be answered", "trunk", trunk.ID, "err", err)
		s.count.refused.Add(1)
		s.refuse(req, tx, &refusedRequest{code: 488})
		return
	}
	if err := s.dialogs.add(leg); err != nil {
		leg.in.stop()
		leg.discard()
		s.log.Warn("call refused", "trunk", trunk.ID, "err", err)
		s.unavailable(req, tx)
		return
	}
	leg.admit(from.Addr())
	go leg.run()
	if !tx.OnCancel(func(r *gosip.Request) { leg.box.post(func() { leg.onCancel(r) }) }) {
		leg.HangUp(callstate.CauseCustomerLeft)
		return
	}
	_ = tx.Respond(s.response(req, 100, ""))
	s.count.inbound.Add(1)
	number, name := caller(req)
	s.handler.Inbound(Inbound{
		TrunkID: trunk.ID, From: number, FromName: name, To: called(req, trunk), CallID: req.CallID().Value(), Leg: leg,
	})
	leg.serve(leg.in)
}

// discard undoes newLeg for a leg that never ran.
func (l *Leg) discard() {
	l.media.Close()
	for _, ip := range l.guests {
		l.core.guests.drop(ip)
	}
	l.core.count.legs.Add(-1)
}

func (s *Stack) unavailable(req *gosip.Request, tx *gosip.ServerTx) {
	s.count.refused.Add(1)
	s.refuse(req, tx, &refusedRequest{code: 503, headers: []gosip.Header{gosip.NewHeader("Retry-After", "10")}})
}

// refuse answers a request that has no leg.
func (s *Stack) refuse(req *gosip.Request, tx *gosip.ServerTx, r *refusedRequest) {
	if req.Method == gosip.ACK {
		return
	}
	res := s.response(req, r.code, "")
	if r.reason != "" {
		res.Reason = r.reason
	}
	for _, h := range r.headers {
		res.AppendHeader(h)
	}
	_ = tx.Respond(res) // a response that is lost is asked for again
}

// response builds a response to req; tag is ours, "" takes a new one.
func (c *core) response(req *gosip.Request, code int, tag string) *gosip.Response {
	res := gosip.NewResponseFromRequest(req, code, reasonPhrase(code), nil)
	if to := res.To(); to != nil && tag != "" && code != 100 {
		to.Params.Add("tag", tag)
	}
	res.AppendHeader(gosip.NewHeader("Server", c.cfg.UserAgent))
	return res
}
