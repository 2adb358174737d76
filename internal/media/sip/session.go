package sip

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"parley/internal/shared/callstate"

	gosip "github.com/emiago/sipgo/sip"
)

// sessionTimer is a leg's side of RFC 4028: one side refreshes the session in
// time, the other hangs up if it does not.
type sessionTimer struct {
	interval  int  // seconds; 0 = no timer
	floor     int  // least interval the far end takes
	ours      bool // we refresh
	alone     bool // the far end does not speak of timers: any answer of it will do
	update    bool // the far end understands UPDATE
	modifying bool // a re-INVITE or UPDATE of ours is under way
	refresh   *time.Timer
	expire    *time.Timer
}

func (t *sessionTimer) stop() {
	for _, timer := range []*time.Timer{t.refresh, t.expire} {
		if timer != nil {
			timer.Stop()
		}
	}
}

// want is the interval we propose, in seconds.
func (t *sessionTimer) want(cfg *Config) int {
	return max(int(cfg.SessionExpires/time.Second), t.floor, minSessionExpires)
}

// raise takes the floor of a 422; false means that it makes no sense.
func (t *sessionTimer) raise(res *gosip.Response) bool {
	n, _ := deltaSeconds(res, "Min-SE")
	if n <= t.floor || n > 24*3600 {
		return false
	}
	t.floor = n
	return true
}

// proposeTimer adds our wish to a request of ours.
func (l *Leg) proposeTimer(req *gosip.Request) {
	want := strconv.Itoa(l.session.want(l.core.cfg))
	if l.phase == up && l.session.ours {
		want += ";refresher=uac"
	} else if l.phase == up && l.session.interval > 0 {
		want += ";refresher=uas"
	}
	req.AppendHeader(gosip.NewHeader("Session-Expires", want))
	req.AppendHeader(gosip.NewHeader("Min-SE", strconv.Itoa(max(l.session.floor, minSessionExpires))))
}

// offerTimer settles the timer in a 200 of ours to req and starts it.
func (l *Leg) offerTimer(req *gosip.Request, res *gosip.Response) {
	interval, refresher := deltaSeconds(req, "Session-Expires", "x")
	floor, _ := deltaSeconds(req, "Min-SE")
	if interval == 0 {
		interval = max(l.session.want(l.core.cfg), floor)
	}
	theirs := supports(req, "timer")
	by := "uas"
	if theirs && refresher == "uac" {
		by = "uac"
		res.AppendHeader(gosip.NewHeader("Require", "timer"))
	}
	res.AppendHeader(gosip.NewHeader("Session-Expires", strconv.Itoa(interval)+";refresher="+by))
	l.session.update = allows(req, "UPDATE")
	l.startTimer(interval, by == "uas")
}

// tooShort refuses an interval below the least one (RFC 4028 section 9).
func tooShort(req *gosip.Request) *refusedRequest {
	if n, _ := deltaSeconds(req, "Session-Expires", "x"); n == 0 || n >= minSessionExpires {
		return nil
	}
	return &refusedRequest{code: 422, headers: []gosip.Header{gosip.NewHeader("Min-SE", strconv.Itoa(minSessionExpires))}}
}

// accepted takes the timer of a 2xx to a request of ours. A far end that does
// not speak of timers is refreshed by us all the same: how else would we learn
// of its death?
func (t *sessionTimer) accepted(l *Leg, res *gosip.Response) {
	if res.CSeq().MethodName == gosip.INVITE {
		t.update = allows(res, "UPDATE")
	}
	interval, refresher := deltaSeconds(res, "Session-Expires", "x")
	t.alone = interval == 0
	if t.alone {
		interval, refresher = t.want(l.core.cfg), "uac"
	}
	l.startTimer(max(interval, minSessionExpires), refresher != "uas")
}

func (l *Leg) startTimer(interval int, ours bool) {
	t, second := &l.session, l.core.cfg.timing.second
	t.stop()
	t.interval, t.ours = interval, ours
	grace := min(32, interval/3)
	t.expire = l.after(time.Duration(interval-grace)*second, l.expire)
	if ours {
		t.refresh = l.after(time.Duration(interval)*second/2, l.refresh)
	}
}

func (l *Leg) expire() {
	if l.phase != up {
		return
	}
	l.bye(callstate.CauseCustomerLost)
	l.end(callstate.CauseCustomerLost, 0, "session expired")
}

// refresh renews the session by UPDATE, or by a re-INVITE with what is agreed.
func (l *Leg) refresh() {
	if l.phase != up {
		return
	}
	if l.unacked != nil || l.session.modifying {
		l.refreshLater(time.Second)
		return
	}
	l.session.modifying = true
	if l.session.update {
		l.request(gosip.UPDATE, func(req *gosip.Request) {
			l.describe(req)
			l.proposeTimer(req)
		}, l.onRefreshed)
		return
	}
	l.dlg.localSeq++
	req := l.dlg.request(gosip.INVITE, l.dlg.localSeq)
	l.describe(req)
	l.proposeTimer(req)
	attach(req, l.sdp.body)
	l.reinvite(req, maxTries)
}

func (l *Leg) reinvite(req *gosip.Request, tries int) {
	l.core.wire.seal(req, l.dlg.next(), l.dlg.ip)
	ans := newAnswers(l.core, l.line.credentials(), req, l.dlg.ip)
	l.follow(req, ans, func(*gosip.ClientTx) {}, func(req *gosip.Request, res *gosip.Response, err error) {
		switch {
		case res != nil && res.IsProvisional():
			return
		case res != nil && res.IsSuccess():
			l.acknowledge(res, req, ans)
			if choice, err := l.sdp.read(res.Body()); err == nil {
				l.agree(choice)
			} else { // what was agreed before goes on
				l.log.Info("SIP answer to a refresh cannot be used", "err", err)
			}
		}
		if again := l.authorise(req, res, tries); again != nil && l.phase == up {
			l.reinvite(again, tries-1)
			return
		}
		l.onRefreshed(res, err)
	})
}

// onRefreshed is told how the refresh went.
func (l *Leg) onRefreshed(res *gosip.Response, err error) {
	l.session.modifying = false
	if l.phase != up {
		return
	}
	switch {
	case err != nil, res.StatusCode == 408, res.StatusCode == 481:
		l.bye(callstate.CauseCustomerLost)
		l.end(callstate.CauseCustomerLost, 0, "the far end no longer answers")
	case res.IsSuccess():
		l.dlg.retarget(res.Contact())
		l.session.accepted(l, res)
	case res.StatusCode == 491:
		// RFC 3261 section 14.1: who made the Call-ID waits longer.
		wait := time.Duration(rand.IntN(2000)) * time.Millisecond
		if l.dialled != nil {
			wait = 2100*time.Millisecond + time.Duration(rand.IntN(1900))*time.Millisecond
		}
		l.refreshLater(wait)
	case res.StatusCode == 422 && l.session.raise(res):
		l.refresh()
	case l.session.update:
		l.session.update = false // it understands UPDATE less well than it says
		l.refresh()
	case l.session.alone:
		l.startTimer(l.session.interval, true)
	default:
		l.refreshLater(time.Duration(l.session.interval) * time.Second / 8)
	}
}

// refreshLater tries again after wait, told in real seconds.
func (l *Leg) refreshLater(wait time.Duration) {
	wait = time.Duration(float64(wait) * l.core.cfg.timing.second.Seconds())
	l.session.refresh = l.after(wait, l.refresh)
}

// headered is a request or a response.
type headered interface {
	GetHeaders(name string) []gosip.Header
}

// deltaSeconds reads a header of the form "1800;refresher=uac" under any of its
// names; 0 where there is none or it is nonsense.
func deltaSeconds(m headered, names ...string) (n int, refresher string) {
	for _, name := range names {
		for _, h := range m.GetHeaders(name) {
			value, params, _ := strings.Cut(h.Value(), ";")
			n, err := strconv.Atoi(strings.TrimSpace(value))
			if err != nil || n < 0 || n > 1<<31-1 {
				return 0, ""
			}
			for p := range strings.SplitSeq(params, ";") {
				if k, v, _ := strings.Cut(p, "="); strings.EqualFold(strings.TrimSpace(k), "refresher") {
					refresher = strings.ToLower(strings.TrimSpace(v))
				}
			}
			return n, refresher
		}
	}
	return 0, ""
}

func supports(m headered, tag string) bool { return lists(m, tag, "Supported", "k", "Require") }

func allows(m headered, method string) bool { return lists(m, method, "Allow") }

func lists(m headered, word string, names ...string) bool {
	for _, name := range names {
		for _, h := range m.GetHeaders(name) {
			for s := range strings.SplitSeq(h.Value(), ",") {
				if strings.EqualFold(strings.TrimSpace(s), word) {
					return true
				}
			}
		}
	}
	return false
}
