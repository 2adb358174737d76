package sip

import (
	"strconv"
	"strings"

	"parley/internal/media/sip/sdp"
	"parley/internal/shared/callstate"

	gosip "github.com/emiago/sipgo/sip"
)

// inDialog answers a request of the far end within the leg's dialog. It runs on
// the leg's goroutine and calls done when the transaction may end.
func (l *Leg) inDialog(req *gosip.Request, tx gosip.ServerTransaction, done func()) {
	if req.Method == gosip.INVITE && l.theirs(req) && l.inOrder(req) {
		l.onReinvite(req, tx, done)
		return
	}
	defer done()
	if !l.theirs(req) {
		l.respond(tx, req, 481)
		return
	}
	if !l.inOrder(req) {
		l.respond(tx, req, 500, gosip.NewHeader("Retry-After", "1")) // RFC 3261 section 12.2.2
		return
	}
	switch req.Method {
	case gosip.BYE:
		l.respond(tx, req, 200)
		l.onBye(req)
	case gosip.UPDATE:
		l.onUpdate(req, tx)
	case gosip.INFO:
		l.onInfo(req, tx)
	case gosip.OPTIONS:
		l.respond(tx, req, 200, gosip.NewHeader("Allow", allowed), gosip.NewHeader("Accept", "application/sdp"), gosip.NewHeader("Supported", extensions))
	case gosip.REFER:
		l.respond(tx, req, 501)
	default:
		l.respond(tx, req, 405, gosip.NewHeader("Allow", allowed))
	}
}

// theirs says whether req comes from the far end the dialog is with.
func (l *Leg) theirs(req *gosip.Request) bool {
	return l.dlg.remoteTag == "" || tagOf(req.From().Params) == l.dlg.remoteTag
}

// inOrder notes the CSeq of req; false means that a later one came before.
func (l *Leg) inOrder(req *gosip.Request) bool {
	if req.CSeq().SeqNo < l.dlg.remoteSeq {
		return false
	}
	l.dlg.remoteSeq = req.CSeq().SeqNo
	return true
}

func (l *Leg) respond(tx gosip.ServerTransaction, req *gosip.Request, code int, headers ...gosip.Header) {
	res := l.response(req, code)
	for _, h := range headers {
		res.AppendHeader(h)
	}
	if err := tx.Respond(res); err != nil {
		l.log.Info("SIP response not sent", "method", req.Method.String(), "code", code, "err", err)
	}
}

// onBye ends the leg from afar. In the early dialog of a call of theirs it is
// an odd way to cancel, which RFC 3261 section 15 allows.
func (l *Leg) onBye(req *gosip.Request) {
	cause := callstate.CauseCustomerHungUp
	switch l.phase {
	case invited:
		cause = callstate.CauseCustomerLeft
		l.refuse(487, reasonPhrase(487))
	case calling:
		l.cancel()
	case up:
		if c := l.unacked; c != nil {
			c.then = nil
			l.confirmed(c) // who hangs up needs no more 200s
		}
	}
	l.end(cause, 0, reasonOf(req))
}

// busyModifying says whether another change of the session is under way, in
// either direction: the newcomer has to wait (491).
func (l *Leg) busyModifying() bool {
	return l.phase != up || l.unacked != nil || l.session.modifying
}

// onReinvite answers an INVITE that changes the session. sipgo hands messages
// on in no particular order: one that seems to come before the ACK of the last
// may be waiting for no more than its turn.
func (l *Leg) onReinvite(req *gosip.Request, tx gosip.ServerTransaction, done func()) {
	c := l.unacked
	if l.phase != up || c == nil || l.session.modifying {
		l.modify(req, tx)
		done()
		return
	}
	turn := false
	next := func() {
		if !turn {
			turn = true
			l.modify(req, tx)
			done()
		}
	}
	c.waiting = append(c.waiting, next)
	l.after(l.core.cfg.timing.t1, next)
}

// modify answers a re-INVITE now.
func (l *Leg) modify(req *gosip.Request, tx gosip.ServerTransaction) {
	if l.phase == over {
		l.respond(tx, req, 481)
		return
	}
	if l.busyModifying() {
		l.respond(tx, req, 491)
		return
	}
	bad := acceptableBody(req)
	if bad == nil {
		bad = tooShort(req)
	}
	if bad != nil {
		l.respond(tx, req, bad.code, bad.headers...)
		return
	}
	c := &confirm{tx: tx, seq: req.CSeq().SeqNo}
	var body []byte
	var choice sdp.Choice
	if len(req.Body()) == 0 {
		c.offered, body = true, l.sdp.offer(l.dlg.ip)
	} else {
		var err error
		if body, choice, err = l.sdp.answer(req.Body(), l.dlg.ip); err != nil {
			l.respond(tx, req, 488)
			return
		}
	}
	l.dlg.retarget(req.Contact())
	c.ok = l.response(req, 200)
	l.describe(c.ok)
	l.offerTimer(req, c.ok)
	attach(c.ok, body)
	if err := tx.Respond(c.ok); err != nil {
		l.log.Info("SIP 200 to a re-INVITE not sent", "err", err)
	}
	if !c.offered {
		l.agree(choice)
	}
	l.await(c)
}

// onUpdate answers an UPDATE (RFC 3311), with or without an offer.
func (l *Leg) onUpdate(req *gosip.Request, tx gosip.ServerTransaction) {
	if l.phase == over {
		l.respond(tx, req, 481)
		return
	}
	if bad := acceptableBody(req); bad != nil {
		l.respond(tx, req, bad.code, bad.headers...)
		return
	}
	if bad := tooShort(req); bad != nil {
		l.respond(tx, req, bad.code, bad.headers...)
		return
	}
	res := l.response(req, 200)
	if len(req.Body()) > 0 {
		if l.busyModifying() {
			l.respond(tx, req, 491)
			return
		}
		body, choice, err := l.sdp.answer(req.Body(), l.dlg.ip)
		if err != nil {
			l.respond(tx, req, 488)
			return
		}
		attach(res, body)
		l.agree(choice)
	}
	l.dlg.retarget(req.Contact())
	l.describe(res)
	if l.phase == up {
		l.offerTimer(req, res)
	}
	if err := tx.Respond(res); err != nil {
		l.log.Info("SIP 200 to an UPDATE not sent", "err", err)
	}
}

// onInfo takes digits sent as INFO, by far ends that have no telephone-event.
func (l *Leg) onInfo(req *gosip.Request, tx gosip.ServerTransaction) {
	if len(req.Body()) == 0 {
		l.respond(tx, req, 200)
		return
	}
	kind := ""
	if c := req.ContentType(); c != nil {
		kind = strings.ToLower(mediaType(c.Value()))
	}
	digit, ok := infoDigit(kind, string(req.Body()))
	if !ok {
		l.respond(tx, req, 415, gosip.NewHeader("Accept", "application/dtmf-relay, application/dtmf"))
		return
	}
	l.respond(tx, req, 200)
	l.digit(digit, keyByInfo)
}

// infoDigit reads the two customary forms of a digit in INFO.
func infoDigit(kind, body string) (byte, bool) {
	signal := strings.TrimSpace(body)
	switch kind {
	case "application/dtmf":
	case "application/dtmf-relay":
		signal = ""
		for line := range strings.SplitSeq(body, "\n") {
			if k, v, _ := strings.Cut(line, "="); strings.EqualFold(strings.TrimSpace(k), "Signal") {
				signal = strings.TrimSpace(v)
			}
		}
	default:
		return 0, false
	}
	if n, err := strconv.Atoi(signal); err == nil && n >= 10 && n <= 15 {
		return "*#ABCD"[n-10], true // the numbers of RFC 4733
	}
	if len(signal) == 1 && strings.Contains("0123456789*#ABCD", strings.ToUpper(signal)) {
		return strings.ToUpper(signal)[0], true
	}
	return 0, false
}

// reasonOf is the text of a request's Reason header (RFC 3326), if any.
func reasonOf(req *gosip.Request) string {
	if h := req.GetHeader("Reason"); h != nil {
		return bounded(h.Value())
	}
	return ""
}

func sipReason(code int) string {
	return "SIP;cause=" + strconv.Itoa(code) + `;text="` + reasonPhrase(code) + `"`
}
