package sip

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"

	gosip "github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

// Bounds of our own challenges.
const (
	nonceLife = 2 * time.Minute
	maxNonces = 4096 // nonces that proved themselves, kept against replay
)

// challenger is the server side of digest authentication (RFC 3261 section 22,
// RFC 8760). A challenge costs no state: the nonce proves itself by an HMAC
// over its time and the address it was given to. Only nonces used with a right
// password are remembered, so strangers cannot fill the table.
type challenger struct {
	realm string
	key   [32]byte
	now   func() time.Time

	mu   sync.Mutex
	used map[string]nonceUse
}

type nonceUse struct {
	count   int
	request string // whose retransmissions may repeat count
	until   time.Time
}

func newChallenger(realm string) *challenger {
	c := &challenger{realm: realm, now: time.Now, used: map[string]nonceUse{}}
	_, _ = rand.Read(c.key[:]) // never fails, crypto/rand says
	return c
}

// errStale means right credentials over a nonce that is no longer good.
var errStale = errors.New("stale nonce")

// challenge is the WWW-Authenticate value for a peer at ip.
func (c *challenger) challenge(ip netip.Addr, stale bool) string {
	ch := digest.Challenge{Realm: c.realm, Nonce: c.nonce(ip, c.now()), Algorithm: "MD5", QOP: []string{"auth"}, Stale: stale}
	return ch.String()
}

func (c *challenger) nonce(ip netip.Addr, at time.Time) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], uint64(at.UnixNano()))
	_, _ = rand.Read(b[8:])
	return base64.RawURLEncoding.EncodeToString(c.sign(b[:], ip))
}

func (c *challenger) sign(b []byte, ip netip.Addr) []byte {
	mac := hmac.New(sha256.New, c.key[:])
	mac.Write(b[:16])
	mac.Write(ip.AsSlice())
	return append(b[:16:16], mac.Sum(nil)[:16]...)
}

// issued says when nonce was given to ip; ok is false if we never did.
func (c *challenger) issued(nonce string, ip netip.Addr) (at time.Time, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(nonce)
	if err != nil || len(b) != 32 || !hmac.Equal(b, c.sign(b, ip)) {
		return time.Time{}, false
	}
	return time.Unix(0, int64(binary.BigEndian.Uint64(b))), true
}

// claimed returns the credentials of req for our realm, nil if it has none.
func (c *challenger) claimed(req *gosip.Request) *digest.Credentials {
	for _, h := range req.GetHeaders("Authorization") {
		if cred, err := digest.ParseCredentials(h.Value()); err == nil && cred.Realm == c.realm {
			return cred
		}
	}
	return nil
}

// verify checks cred for req from ip against a password. errStale asks for
// another challenge, any other error is a wrong guess.
func (c *challenger) verify(req *gosip.Request, ip netip.Addr, cred *digest.Credentials, password string) error {
	at, ok := c.issued(cred.Nonce, ip)
	if !ok {
		return errStale // a nonce of before a restart looks like this
	}
	if cred.QOP != "auth" || cred.Nc < 1 || cred.Cnonce == "" || !strings.EqualFold(cred.Algorithm, "MD5") && cred.Algorithm != "" {
		return errors.New("digest without qop=auth and MD5")
	}
	want, err := digest.Digest(
		&digest.Challenge{Realm: c.realm, Nonce: cred.Nonce, Algorithm: cred.Algorithm, QOP: []string{"auth"}},
		digest.Options{Method: string(req.Method), URI: cred.URI, Count: cred.Nc, Cnonce: cred.Cnonce, Username: cred.Username, Password: password})
	if err != nil {
		return fmt.Errorf("compute digest: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(want.Response), []byte(strings.ToLower(cred.Response))) != 1 {
		return errors.New("wrong password")
	}
	if c.now().Sub(at) > nonceLife {
		return errStale
	}
	return c.spend(cred, requestKey(req), at.Add(nonceLife))
}

// spend takes the nonce count once; only a retransmission may repeat it.
func (c *challenger) spend(cred *digest.Credentials, request string, until time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	use, seen := c.used[cred.Nonce]
	switch {
	case seen && cred.Nc == use.count && request == use.request:
		return nil
	case seen && cred.Nc <= use.count:
		return errStale
	case !seen && len(c.used) >= maxNonces:
		now := c.now()
		for n, u := range c.used {
			if now.After(u.until) {
				delete(c.used, n)
			}
		}
		if len(c.used) >= maxNonces {
			return errStale
		}
	}
	c.used[cred.Nonce] = nonceUse{count: cred.Nc, request: request, until: until}
	return nil
}

func requestKey(req *gosip.Request) string {
	branch, _ := req.Via().Params.Get("branch")
	return req.CallID().Value() + "\x00" + branch + "\x00" + req.CSeq().Value() + "\x00" + req.Recipient.String()
}

// errNoChallenge means that credentials were asked for in a way we cannot meet.
var errNoChallenge = errors.New("no digest challenge we can answer")

// credentials is what a trunk gave us to prove ourselves with.
type credentials struct{ username, password string }

// answer returns a copy of req that meets the challenge of res: next CSeq, no
// Via, with credentials. The error wraps errNoChallenge.
func (c credentials) answer(req *gosip.Request, res *gosip.Response) (*gosip.Request, error) {
	ask, give := "WWW-Authenticate", "Authorization"
	if res.StatusCode == 407 {
		ask, give = "Proxy-Authenticate", "Proxy-Authorization"
	}
	if c.username == "" {
		return nil, fmt.Errorf("%w: the trunk has no credentials", errNoChallenge)
	}
	var chal *digest.Challenge
	for _, h := range res.GetHeaders(ask) {
		ch, err := digest.ParseChallenge(h.Value())
		if err != nil {
			continue
		}
		ch.Algorithm = strings.ToUpper(ch.Algorithm)
		for i := range ch.QOP {
			ch.QOP[i] = strings.TrimSpace(ch.QOP[i])
		}
		if digest.CanDigest(ch) && (chal == nil || len(ch.Algorithm) > len(chal.Algorithm)) {
			chal = ch // a longer name is a stronger hash here
		}
	}
	if chal == nil {
		return nil, fmt.Errorf("%w in %d", errNoChallenge, res.StatusCode)
	}
	if chal.SupportsQOP("auth") { // before auth-int, which would need the body
		chal.QOP = []string{"auth"}
	}
	cred, err := digest.Digest(chal, digest.Options{
		Method: string(req.Method), URI: req.Recipient.String(), Username: c.username, Password: c.password,
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoChallenge, err)
	}
	again := req.Clone()
	again.RemoveHeader("Via")
	for again.RemoveHeader(give) {
	}
	again.CSeq().SeqNo++
	again.AppendHeader(gosip.NewHeader(give, cred.String()))
	return again, nil
}

// stale says whether res asks again only because its nonce had expired.
func stale(res *gosip.Response) bool {
	for _, name := range []string{"WWW-Authenticate", "Proxy-Authenticate"} {
		for _, h := range res.GetHeaders(name) {
			if ch, err := digest.ParseChallenge(h.Value()); err == nil && ch.Stale {
				return true
			}
		}
	}
	return false
}
