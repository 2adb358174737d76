// Package ice is the server's end of ICE, as a lite agent (RFC 8445 sections 2.5 and
// 7.3): it answers a browser's connectivity checks and uses the path the browser
// nominates. It sends no checks, so it needs no candidate of the browser and cannot
// be made to probe addresses that a caller of a public page names.
//
// It knows messages and credentials only: sockets, and whose path leads where, are
// its user's. An Agent may be used from any goroutine.
package ice

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"

	"github.com/pion/stun"
)

// Credentials are the name and password of one end (RFC 8839 section 5.4).
type Credentials struct{ Ufrag, Pwd string }

const (
	ufragLength = 16
	pwdLength   = 32
)

// newCredentials draws some. The name is long, too: it alone tells whose a check is.
func newCredentials() Credentials {
	text := rand.Text() + rand.Text() // of 26 characters each
	return Credentials{Ufrag: text[:ufragLength], Pwd: text[ufragLength : ufragLength+pwdLength]}
}

// What is wrong with a check.
var (
	ErrNoCheck  = errors.New("not a connectivity check")
	ErrStranger = errors.New("check of a stranger")
)

// Agent is the server's end of one connection.
type Agent struct {
	mu     sync.Mutex
	local  Credentials
	before Credentials // valid until those that a restart brought are used
}

// NewAgent returns an agent with credentials of its own.
func NewAgent() *Agent { return &Agent{local: newCredentials()} }

// Local are the credentials to offer.
func (a *Agent) Local() Credentials {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.local
}

// Restart draws new credentials (RFC 8445 section 9). Checks by the old ones are
// answered until the first one by the new: the path in use carries on meanwhile.
func (a *Agent) Restart() Credentials {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.before, a.local = a.local, newCredentials()
	return a.local
}

// Names are those under which checks may come.
func (a *Agent) Names() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.before == (Credentials{}) {
		return []string{a.local.Ufrag}
	}
	return []string{a.local.Ufrag, a.before.Ufrag}
}

// password finds the one that belongs to a name.
func (a *Agent) password(ufrag string) (pwd string, current bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch ufrag {
	case a.local.Ufrag:
		return a.local.Pwd, true
	case a.before.Ufrag:
		return a.before.Pwd, false
	}
	return "", false
}

// forget ends the credentials before the current ones.
func (a *Agent) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.before = Credentials{}
}

// Check is a connectivity check that was read, not yet verified.
type Check struct {
	Ufrag   string // whose it is
	message stun.Message
}

// magic is in every message (RFC 8489 section 5).
const magic = 0x2112a442

// IsMessage says whether a datagram looks like STUN (RFC 7983 tells it from others by
// the first byte).
func IsMessage(b []byte) bool {
	return len(b) >= 20 && b[0] < 4 && binary.BigEndian.Uint32(b[4:]) == magic
}

// Read reads a datagram into the check, whose memory is used again.
func (c *Check) Read(b []byte) error {
	c.message.Reset()
	if err := stun.Decode(b, &c.message); err != nil {
		return fmt.Errorf("%w: %w", ErrNoCheck, err)
	}
	if c.message.Type != stun.BindingRequest {
		return ErrNoCheck
	}
	name, err := c.message.Get(stun.AttrUsername)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoCheck, err)
	}
	ufrag, _, ok := strings.Cut(string(name), ":")
	if !ok {
		return ErrNoCheck
	}
	c.Ufrag = ufrag
	return nil
}

// Answer verifies a check that came from an address, writes its response into out
// and returns how long it is. nominated: the browser wants the path used from now on.
// A check that is not authentic gets no response, so that nobody can be flooded
// with them.
func (a *Agent) Answer(c *Check, from netip.AddrPort, out []byte) (n int, nominated bool, err error) {
	pwd, current := a.password(c.Ufrag)
	if pwd == "" {
		return 0, false, ErrStranger
	}
	integrity := stun.NewShortTermIntegrity(pwd)
	if err := integrity.Check(&c.message); err != nil {
		return 0, false, fmt.Errorf("%w: %w", ErrStranger, err)
	}
	if c.message.Contains(stun.AttrFingerprint) {
		if err := stun.Fingerprint.Check(&c.message); err != nil {
			return 0, false, fmt.Errorf("%w: %w", ErrNoCheck, err)
		}
	}
	if current {
		a.forget()
	}
	var res stun.Message
	if c.message.Contains(stun.AttrICEControlled) { // that is us, always (section 7.3.1.1)
		err = res.Build(&c.message, stun.BindingError, stun.CodeRoleConflict, integrity, stun.Fingerprint)
	} else {
		nominated = c.message.Contains(stun.AttrUseCandidate)
		err = res.Build(&c.message, stun.BindingSuccess,
			&stun.XORMappedAddress{IP: from.Addr().AsSlice(), Port: int(from.Port())}, integrity, stun.Fingerprint)
	}
	if err != nil {
		return 0, false, fmt.Errorf("answer a check: %w", err)
	}
	return copy(out, res.Raw), nominated, nil
}
