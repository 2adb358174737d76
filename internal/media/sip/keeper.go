package sip

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// Paces of a keeper, in protocol seconds.
const (
	resolveEvery = 60
	wantExpires  = 600
	retryFirst   = 5
	retryMost    = 300
	answerWithin = 8
)

// keeper looks after one trunk on one goroutine: it finds its addresses, keeps
// it registered and asks every 30 s whether it is alive.
type keeper struct {
	core *core
	line *line
	stop context.CancelFunc // nil until it runs

	callID, tag string
	seq         uint32
	failures    int
	hop         int // the address that answered last

	mu     sync.Mutex
	status TrunkStatus
}

func newKeeper(c *core, t Trunk) *keeper {
	return &keeper{core: c, line: newLine(t), callID: token(), tag: token()}
}

// SetTrunks replaces the trunks served. Unchanged ones keep their registration;
// calls of removed ones go on.
func (s *Stack) SetTrunks(trunks []Trunk) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.keepers
	s.keepers = map[string]*keeper{}
	set := []*line{}
	for _, t := range trunks {
		k := old[t.ID]
		if k == nil || !sameTrunk(k.line.Trunk, t) {
			k = newKeeper(&s.core, t)
		} else {
			delete(old, t.ID)
		}
		s.keepers[t.ID] = k
		set = append(set, k.line)
	}
	s.lines.set.Store(&set)
	for _, k := range old {
		if k.stop != nil {
			k.stop()
		}
	}
	if s.ctx != nil {
		for _, k := range s.keepers {
			s.keep(k)
		}
	}
}

// keep starts k unless it runs; s.mu is held.
func (s *Stack) keep(k *keeper) {
	if k.stop != nil {
		return
	}
	var ctx context.Context
	ctx, k.stop = context.WithCancel(s.ctx)
	s.tasks.Go(func() { k.run(ctx) })
}

// Status returns what every trunk is doing, by its ID.
func (s *Stack) Status() map[string]TrunkStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := make(map[string]TrunkStatus, len(s.keepers))
	for id, k := range s.keepers {
		k.mu.Lock()
		m[id] = k.status
		k.mu.Unlock()
	}
	return m
}

func sameTrunk(a, b Trunk) bool {
	if len(a.AllowedNets) != len(b.AllowedNets) {
		return false
	}
	for i := range a.AllowedNets {
		if a.AllowedNets[i] != b.AllowedNets[i] {
			return false
		}
	}
	return a.Host == b.Host && a.Port == b.Port && a.Transport == b.Transport && a.SRTP == b.SRTP && a.Username == b.Username &&
		a.Password == b.Password && a.Register == b.Register && a.InboundUsername == b.InboundUsername &&
		a.InboundPassword == b.InboundPassword
}

func (k *keeper) update(f func(*TrunkStatus)) {
	k.mu.Lock()
	f(&k.status)
	now := k.status
	k.mu.Unlock()
	if k.core.cfg.OnStatus != nil {
		k.core.cfg.OnStatus(k.line.ID, now)
	}
}

func (k *keeper) failed(code int, text string) {
	k.core.log.Warn("trunk does not answer as it should", "trunk", k.line.ID, "code", code, "reason", bounded(text))
	k.update(func(s *TrunkStatus) { s.ErrorAt, s.ErrorCode, s.ErrorText = time.Now(), code, bounded(text) })
}

func (k *keeper) run(ctx context.Context) {
	second := k.core.cfg.timing.second
	optionsEvery := time.Duration(k.core.cfg.OptionsEvery.Seconds() * float64(second))
	var resolveAt, registerAt, optionsAt time.Time // zero: at once
	if optionsEvery < 0 {
		optionsAt = time.Now().Add(1 << 60)
	}
	for {
		if !time.Now().Before(resolveAt) {
			k.resolve(ctx)
			resolveAt = time.Now().Add(resolveEvery * second)
		}
		if k.line.Register && !time.Now().Before(registerAt) {
			registerAt = time.Now().Add(time.Duration(k.register(ctx)) * second)
		}
		if !time.Now().Before(optionsAt) {
			k.options(ctx)
			optionsAt = time.Now().Add(optionsEvery)
		}
		next := min(time.Until(resolveAt), time.Until(optionsAt))
		if k.line.Register {
			next = min(next, time.Until(registerAt))
		}
		select {
		case <-ctx.Done():
			k.signOff()
			return
		case <-time.After(max(next, 0)):
		}
	}
}

func (k *keeper) resolve(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin*time.Second)
	defer cancel()
	hops, err := k.core.resolver.resolve(ctx, k.line)
	if err != nil {
		if len(k.line.targets()) == 0 { // else the old ones may still be right
			k.failed(0, err.Error())
		}
		return
	}
	k.line.hops.Store(&hops)
}

// request builds a request outside any dialog, addressed to the trunk itself.
func (k *keeper) request(method gosip.RequestMethod, h hop) *gosip.Request {
	uri := requestURI("", k.line)
	req := gosip.NewRequest(method, uri)
	self := identity("", orUser(k.line.Username, "parley"), k.line)
	to := self.AsTo()
	if method == gosip.OPTIONS {
		to.Address.User = ""
	}
	self.Params = gosip.HeaderParams{{K: "tag", V: k.tag}}
	k.seq++
	callID, forwards := gosip.CallIDHeader(k.callID), gosip.MaxForwardsHeader(70)
	req.AppendHeader(&forwards)
	req.AppendHeader(&self)
	req.AppendHeader(&to)
	req.AppendHeader(&callID)
	req.AppendHeader(&gosip.CSeqHeader{SeqNo: k.seq, MethodName: method})
	req.AppendHeader(k.core.wire.contact(orUser(k.line.Username, "parley"), h.network, k.core.wire.localIP(h.addr.Addr())))
	return req
}

// ask sends a request made by build to the address that answered last, or to
// the others, and meets its challenge.
func (k *keeper) ask(ctx context.Context, build func(h hop) *gosip.Request) (*gosip.Response, error) {
	hops := k.line.targets()
	if len(hops) == 0 {
		return nil, errors.New("the trunk's host is unknown")
	}
	var res *gosip.Response
	var err error
	for range hops {
		h := hops[k.hop%len(hops)]
		if res, err = k.askHop(ctx, h, build(h)); err == nil && res.StatusCode != 503 {
			return res, nil
		}
		k.hop++
	}
	return res, err
}

func (k *keeper) askHop(ctx context.Context, h hop, req *gosip.Request) (*gosip.Response, error) {
	ip := k.core.wire.localIP(h.addr.Addr())
	for tries := maxTries; ; tries-- {
		k.core.wire.seal(req, h, ip)
		within, cancel := context.WithTimeout(ctx, answerWithin*time.Second)
		res, err := k.core.wire.roundTrip(within, req)
		cancel()
		if err != nil || res.StatusCode != 401 && res.StatusCode != 407 || tries == 0 || tries < maxTries && !stale(res) {
			return res, err
		}
		again, err := k.line.credentials().answer(req, res)
		if err != nil {
			return res, nil //nolint:nilerr // the challenge itself says what is wrong
		}
		k.seq++
		req = again
		req.CSeq().SeqNo = k.seq
	}
}

// options asks the trunk for a sign of life: any answer is one.
func (k *keeper) options(ctx context.Context) {
	res, err := k.ask(ctx, func(h hop) *gosip.Request {
		req := k.request(gosip.OPTIONS, h)
		req.AppendHeader(gosip.NewHeader("Accept", "application/sdp"))
		return req
	})
	switch {
	case ctx.Err() != nil:
	case err != nil:
		k.failed(0, "no answer to OPTIONS: "+err.Error())
	default:
		k.update(func(s *TrunkStatus) { s.OptionsAt, s.OptionsCode = time.Now(), res.StatusCode })
	}
}

// register refreshes the registration and returns when to do it next, in
// protocol seconds.
func (k *keeper) register(ctx context.Context) int {
	res, err := k.sendRegister(ctx, wantExpires)
	if err == nil && res.StatusCode == 423 {
		if floor, _ := deltaSeconds(res, "Min-Expires"); floor > wantExpires && floor < 24*3600 {
			res, err = k.sendRegister(ctx, floor)
		}
	}
	switch {
	case ctx.Err() != nil:
		return retryMost
	case err != nil:
		return k.unregistered(0, err.Error())
	case !res.IsSuccess():
		return k.unregistered(res.StatusCode, res.Reason)
	}
	k.failures = 0
	expires := k.granted(res)
	now := time.Now()
	k.update(func(s *TrunkStatus) {
		s.Registered, s.ErrorCode, s.ErrorText = true, 0, ""
		s.RegisteredAt, s.ExpiresAt = now, now.Add(time.Duration(expires)*k.core.cfg.timing.second)
	})
	return max(1, expires/2-rand.IntN(expires/10+1))
}

// unregistered notes a failure and returns the pause before the next try:
// doubled each time, spread so that trunks do not all come back at once.
func (k *keeper) unregistered(code int, text string) int {
	k.failed(code, text)
	k.update(func(s *TrunkStatus) { s.Registered = s.Registered && time.Now().Before(s.ExpiresAt) })
	pause := min(retryFirst<<min(k.failures, 8), retryMost)
	k.failures++
	return pause/2 + rand.IntN(pause/2+1)
}

func (k *keeper) sendRegister(ctx context.Context, expires int) (*gosip.Response, error) {
	return k.ask(ctx, func(h hop) *gosip.Request {
		req := k.request(gosip.REGISTER, h)
		e := gosip.ExpiresHeader(expires)
		req.AppendHeader(&e)
		return req
	})
}

// granted is the lifetime of our binding in a 200 to REGISTER, in seconds.
func (k *keeper) granted(res *gosip.Response) int {
	expires, _ := deltaSeconds(res, "Expires")
	for _, h := range res.GetHeaders("Contact") {
		c, ok := h.(*gosip.ContactHeader)
		if !ok || c.Address.User != orUser(k.line.Username, "parley") || c.Address.Port != k.core.wire.lis.port(k.line.network) {
			continue
		}
		if v, ok := c.Params.Get("expires"); ok {
			expires, _ = deltaSeconds(plain(v), "expires")
		}
	}
	if expires <= 0 {
		return wantExpires
	}
	return min(expires, 24*3600)
}

// plain lets one value be read like a header.
type plain string

// GetHeaders returns the value under any name.
func (p plain) GetHeaders(string) []gosip.Header {
	return []gosip.Header{gosip.NewHeader("", string(p))}
}

// signOff takes the registration back, if there is one and time for it.
func (k *keeper) signOff() {
	k.mu.Lock()
	registered := k.status.Registered
	k.mu.Unlock()
	if !registered {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if _, err := k.sendRegister(ctx, 0); err != nil {
		k.core.log.Info("trunk not signed off", "trunk", k.line.ID, "err", err)
	}
	k.update(func(s *TrunkStatus) { s.Registered = false })
}
