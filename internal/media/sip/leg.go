package sip

import (
	"log/slog"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"parley/internal/domain/call"
	"parley/internal/media/codec"
	"parley/internal/media/relay"
	"parley/internal/media/rtcp"
	"parley/internal/media/sip/rtp"
	"parley/internal/shared/callstate"

	gosip "github.com/emiago/sipgo/sip"
)

// phase is how far a leg has come.
type phase uint8

const (
	invited phase = iota // their INVITE waits for our final response
	calling              // our INVITE waits for theirs
	up                   // answered
	over                 // LegEnded was told; transactions may still be finishing
)

// Leg is one phone call with a trunk. Everything but the fields marked as
// shared belongs to its goroutine (run); verbs, messages, timers and media
// reach it through the mailbox. It implements call.Leg.
type Leg struct {
	core  *core
	id    callstate.LegID
	line  *line
	box   *mailbox      // shared
	out   outbox        // shared
	media *rtp.Session  // shared
	law   atomic.Uint32 // shared: codec.Codec
	gone  chan struct{} // closed when the goroutine ends

	log     *slog.Logger
	phase   phase
	dlg     dialog
	sdp     negotiation
	in      *invitation // of a call that came in, until it is settled
	dialled *attempt    // of a call that goes out
	unacked *confirm    // our 200 to an INVITE that waits for its ACK
	session sessionTimer
	pending int // transactions and waits that must finish before the goroutine may
	said    map[call.LegEventKind]bool
	guests  []netip.Addr // admitted for this leg
	lastKey lastKey
}

// minSessionExpires is the least interval RFC 4028 allows, in seconds.
const minSessionExpires = 90

func newLeg(c *core, id callstate.LegID, l *line, media *rtp.Session) *Leg {
	leg := &Leg{
		core: c, id: id, line: l, media: media, box: newMailbox(), gone: make(chan struct{}),
		said: map[call.LegEventKind]bool{}, log: c.log.With("leg", string(id), "trunk", l.ID),
	}
	leg.sdp.init(media.LocalPort(), l.SRTP)
	media.Port().OnFirst(func() { leg.box.post(func() { leg.tellOnce(call.LegFlowing) }) })
	media.Port().OnDigit(func(d byte) { leg.box.offer(func() { leg.digit(d, keyInMedia) }) })
	c.count.legs.Add(1)
	return leg
}

// ID returns the leg's name within its call.
func (l *Leg) ID() callstate.LegID { return l.id }

// TrunkID returns the trunk the leg goes through.
func (l *Leg) TrunkID() string { return l.line.ID }

// Port is the leg's side of the relay.
func (l *Leg) Port() *relay.Port { return l.media.Port() }

// Quality is how the leg's packets fare, both ways.
func (l *Leg) Quality() rtcp.Quality { return l.media.Quality() }

// Encrypted says whether the leg's packets are, on their way.
func (l *Leg) Encrypted() bool { return l.media.Encrypted() }

// Codec is the law agreed with the far end; 0 until there is one.
func (l *Leg) Codec() codec.Codec { return codec.Codec(l.law.Load()) }

// Listen hands the leg its listener; see call.Leg.
func (l *Leg) Listen(f func(call.LegEvent)) { l.out.to(f) }

// Ringing sends a 180; it has an effect only on an unanswered call that came in.
func (l *Leg) Ringing() { l.box.post(l.ring) }

// Accept sends a 200; it has an effect only on an unanswered call that came in.
// LegAnswered follows at once, without waiting for the ACK.
func (l *Leg) Accept() { l.box.post(l.accept) }

// HangUp ends the leg whatever its phase: a final response, CANCEL or BYE.
func (l *Leg) HangUp(cause callstate.Cause) { l.box.post(func() { l.hangUp(cause) }) }

// run owns the leg until it is over and nothing is under way.
func (l *Leg) run() {
	defer close(l.gone)
	l.box.run(func() bool { return l.phase == over && l.pending == 0 })
	l.core.dialogs.drop(l)
	// Retransmissions of the far end may follow for this long.
	time.AfterFunc(64*l.core.cfg.timing.t1, func() {
		for _, ip := range l.guests {
			l.core.guests.drop(ip)
		}
	})
	l.core.count.legs.Add(-1)
}

// after posts f when d has passed.
func (l *Leg) after(d time.Duration, f func()) *time.Timer {
	return time.AfterFunc(d, func() { l.box.post(f) })
}

// tell reports an event unless the leg is over.
func (l *Leg) tell(e call.LegEvent) {
	if l.phase == over {
		return
	}
	e.Leg = l.id
	l.out.push(e)
}

func (l *Leg) tellOnce(kind call.LegEventKind) {
	if !l.said[kind] {
		l.said[kind] = true
		l.tell(call.LegEvent{Kind: kind})
	}
}

// digit reports a key. Some far ends tell each twice, in the media and by INFO:
// what the other way told just now is not told again.
func (l *Leg) digit(d byte, way keyWay) {
	now := time.Now()
	last := l.lastKey
	if last.key == d && last.way != way && now.Sub(last.at) < keyEcho {
		l.lastKey = lastKey{} // the next one is a new key
		return
	}
	l.lastKey = lastKey{key: d, way: way, at: now}
	l.tell(call.LegEvent{Kind: call.LegDigit, Digit: d})
}

// keyWay is how a key was told.
type keyWay uint8

const (
	keyInMedia keyWay = iota + 1
	keyByInfo
)

// keyEcho is how far the two tellings of one key lie apart at most.
const keyEcho = 300 * time.Millisecond

// lastKey is the key told last.
type lastKey struct {
	key byte
	way keyWay
	at  time.Time
}

// end is the last thing the call hears of the leg. What the network still has
// to be told is up to the caller.
func (l *Leg) end(cause callstate.Cause, code int, reason string) {
	if l.phase == over {
		return
	}
	l.tell(call.LegEvent{Kind: call.LegEnded, Cause: cause, Code: code, Reason: bounded(reason)})
	l.phase = over
	l.session.stop()
	l.media.Close()
	l.log.Info("SIP leg ended", "cause", string(cause), "code", code)
	if n := l.media.Foreign(); n > 0 {
		l.log.Info("packets came that were not protected as agreed", "packets", n, "srtp", l.media.Encrypted())
	}
	l.box.post(func() {}) // let run see that it is over
}

func (l *Leg) hangUp(cause callstate.Cause) {
	switch l.phase {
	case invited:
		code, reason := refusal(cause)
		l.refuse(code, reason)
	case calling:
		l.cancel()
	case up:
		l.bye(cause)
	case over:
		return
	}
	l.end(cause, 0, "")
}

// bye sends a BYE, or sees to it that one is sent when the far end has
// acknowledged our 200, before which RFC 3261 section 15 forbids it.
func (l *Leg) bye(cause callstate.Cause) {
	if l.unacked != nil && l.unacked.initial {
		l.unacked.then = func() { l.bye(cause) }
		return
	}
	l.request(gosip.BYE, func(req *gosip.Request) {
		if code := cause.Verdict().SIPCode; code >= 400 {
			req.AppendHeader(gosip.NewHeader("Reason", sipReason(code)))
		}
	}, func(*gosip.Response, error) {})
}

// request sends a request within the dialog and reports its final response,
// credentials already given where they were asked for. done may be told of an
// error instead.
func (l *Leg) request(method gosip.RequestMethod, fill func(*gosip.Request), done func(*gosip.Response, error)) {
	l.dlg.localSeq++
	req := l.dlg.request(method, l.dlg.localSeq)
	fill(req)
	l.send(req, maxTries, done)
}

// maxTries bounds how often one request may be challenged.
const maxTries = 2

func (l *Leg) send(req *gosip.Request, tries int, done func(*gosip.Response, error)) {
	l.core.wire.seal(req, l.dlg.next(), l.dlg.ip)
	l.pending++
	go func() {
		res, err := l.core.wire.roundTrip(l.core.wire.life, req)
		l.box.post(func() {
			l.pending--
			if again := l.authorise(req, res, tries); again != nil {
				l.send(again, tries-1, done)
				return
			}
			done(res, err)
		})
	}()
}

// authorise returns the request to send instead if res asks for credentials we
// have, nil otherwise.
func (l *Leg) authorise(req *gosip.Request, res *gosip.Response, tries int) *gosip.Request {
	if res == nil || res.StatusCode != 401 && res.StatusCode != 407 || tries == 0 || tries < maxTries && !stale(res) {
		return nil
	}
	again, err := l.line.credentials().answer(req, res)
	if err != nil {
		l.log.Info("SIP challenge not answered", "method", req.Method.String(), "err", err)
		return nil
	}
	l.dlg.localSeq++
	again.CSeq().SeqNo = l.dlg.localSeq
	return again
}

// admit lets a host take part in the dialog past the gate, also if it is not,
// or will soon no longer be, a trunk's.
func (l *Leg) admit(ip netip.Addr) {
	if !ip.IsValid() || slices.Contains(l.guests, ip) {
		return
	}
	l.core.guests.add(ip)
	l.guests = append(l.guests, ip)
}

// describe adds what every message that makes or changes a session carries.
func (l *Leg) describe(m gosip.Message) {
	m.AppendHeader(l.core.wire.contact(l.dlg.user, l.dlg.network, l.dlg.ip))
	m.AppendHeader(gosip.NewHeader("Allow", allowed))
	m.AppendHeader(gosip.NewHeader("Supported", extensions))
}

// attach adds an SDP body.
func attach(m gosip.Message, body []byte) {
	m.AppendHeader(gosip.NewHeader("Content-Type", "application/sdp"))
	m.SetBody(body)
}
