package edge

import (
	"container/list"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limiter lets each key, such as a client address, do something only so often. It
// remembers a bounded number of keys and forgets the one unused for longest.
type Limiter struct {
	every time.Duration
	burst int
	size  int
	now   func() time.Time

	mu    sync.Mutex
	byKey map[string]*list.Element
	used  *list.List // of *bucket, most recently used first
}

type bucket struct {
	key   string
	limit *rate.Limiter
}

// NewLimiter allows burst attempts at once and one more each time every has
// passed, for each of at most size keys. A nil now means time.Now.
func NewLimiter(every time.Duration, burst, size int, now func() time.Time) *Limiter {
	if now == nil {
		now = time.Now
	}
	return &Limiter{
		every: every, burst: burst, size: size, now: now,
		byKey: make(map[string]*list.Element), used: list.New(),
	}
}

// Allow takes one attempt from the address and says whether there was one.
func (l *Limiter) Allow(a netip.Addr) bool { return l.AllowKey(network(a).String()) }

// AllowKey takes one attempt from the key and says whether there was one.
func (l *Limiter) AllowKey(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.byKey[key]
	if ok {
		l.used.MoveToFront(e)
	} else {
		if l.used.Len() >= l.size {
			oldest := l.used.Back()
			delete(l.byKey, oldest.Value.(*bucket).key)
			l.used.Remove(oldest)
		}
		e = l.used.PushFront(&bucket{key: key, limit: rate.NewLimiter(rate.Every(l.every), l.burst)})
		l.byKey[key] = e
	}
	return e.Value.(*bucket).limit.AllowN(l.now(), 1)
}

// Len is the number of keys remembered.
func (l *Limiter) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.used.Len()
}

// network is what one household holds: an IPv4 address or an IPv6 /64.
func network(a netip.Addr) netip.Addr {
	if !a.Is6() {
		return a
	}
	p, err := a.Prefix(64)
	if err != nil {
		return a
	}
	return p.Addr()
}

// Limit answers refused, with status 429 expected of it, to a client that asks
// too often. Retry-After is set.
func Limit(l *Limiter, c *Clients, refused, next http.Handler) http.Handler {
	wait := strconv.Itoa(max(int(l.every/time.Second), 1))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if l.Allow(c.Address(r)) {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Retry-After", wait)
		refused.ServeHTTP(w, r)
	})
}
