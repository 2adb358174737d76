// Package postbox is a mail server for tests: real SMTP on a loopback port. It
// keeps what it is given, and can refuse, hang, and be away. Tests wait for mail
// with Await; any goroutine may use a Box.
package postbox

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"parley/internal/tests/peers"
)

// Patience is how long Await waits.
const Patience = 20 * time.Second

// Options say how a Box wants to be spoken to. The zero value is plain SMTP for
// everybody.
type Options struct {
	StartTLS bool   // offer STARTTLS
	TLS      bool   // encrypted from the first byte
	User     string // "" asks nobody to sign in
	Password string
}

// Box is a running mail server.
type Box struct {
	options Options
	tls     *tls.Config // nil without encryption
	roots   *x509.CertPool
	address string

	mu       sync.Mutex
	server   *smtp.Server
	listener net.Listener
	stopped  chan struct{}
	mail     []Message
	attempts map[string]int // by recipient
	refused  map[string]int // reply code by recipient, "" for everybody
	content  int            // reply code to every content, 0 takes it
	hanging  chan struct{}  // closed when the hanging is over; nil while it answers
	changed  chan struct{}  // closed at the next change
}

// Open starts a plain Box, stopped when the test ends.
func Open(t testing.TB) *Box {
	t.Helper()
	return OpenWith(t, Options{})
}

// OpenWith starts a Box.
func OpenWith(t testing.TB, o Options) *Box {
	t.Helper()
	b := &Box{
		options: o, attempts: map[string]int{}, refused: map[string]int{}, changed: make(chan struct{}),
	}
	if o.StartTLS || o.TLS {
		b.encrypt(t)
	}
	b.address = b.listen(t, "127.0.0.1:0")
	t.Cleanup(b.Stop)
	return b
}

func (b *Box) encrypt(t testing.TB) {
	t.Helper()
	cert, key := peers.Certificate(t)
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		t.Fatalf("read the certificate: %v", err)
	}
	b.tls = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	b.roots = x509.NewCertPool()
	b.roots.AppendCertsFromPEM(cert)
}

func (b *Box) listen(t testing.TB, address string) string {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatalf("listen for mail: %v", err)
	}
	server := smtp.NewServer(smtp.BackendFunc(b.session))
	server.Domain, server.AllowInsecureAuth = "postbox.example", true
	server.MaxMessageBytes, server.MaxRecipients = 1<<20, 5
	server.EnableSMTPUTF8 = true
	server.ReadTimeout, server.WriteTimeout = time.Minute, time.Minute
	server.ErrorLog = log.New(io.Discard, "", 0) // clients that hang up are no news here
	if b.options.StartTLS {
		server.TLSConfig = b.tls
	}
	stopped := make(chan struct{})
	b.mu.Lock()
	b.server, b.listener, b.stopped = server, listener, stopped
	b.mu.Unlock()
	address = listener.Addr().String()
	if b.options.TLS {
		listener = tls.NewListener(listener, b.tls)
	}
	go func() {
		defer close(stopped)
		if err := server.Serve(listener); err != nil && !errors.Is(err, smtp.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			t.Errorf("postbox: %v", err)
		}
	}()
	return address
}

// URL is where to send mail to, with user and password, as the setting smtp-url
// takes it.
func (b *Box) URL() string {
	u := url.URL{Scheme: "smtp", Host: b.address}
	switch {
	case b.options.TLS:
		u.Scheme = "smtps"
	case !b.options.StartTLS:
		u.RawQuery = "tls=off"
	}
	if b.options.User != "" {
		u.User = url.UserPassword(b.options.User, b.options.Password)
	}
	return u.String()
}

// Roots is who signed the Box's certificate.
func (b *Box) Roots() *x509.CertPool { return b.roots }

// Stop takes the server away: connections are refused until Start.
func (b *Box) Stop() {
	b.Hang(false)
	b.mu.Lock()
	server, listener, stopped := b.server, b.listener, b.stopped
	b.server = nil
	b.mu.Unlock()
	if server == nil {
		return
	}
	_ = server.Close()   // knows no listener yet where it was only just started …
	_ = listener.Close() // … and has closed it otherwise
	<-stopped
}

// Start brings a stopped server back at the same port, with the mail it had.
func (b *Box) Start(t testing.TB) {
	t.Helper()
	b.listen(t, b.address)
}

// Refuse answers a recipient, or everybody where to is "", with an SMTP reply code
// such as 450 or 550. 0 takes mail again.
func (b *Box) Refuse(to string, code int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refused[to] = code
}

// RefuseContent answers every mail with a reply code and, as spam filters do, with
// a piece of it: its first link. 0 takes mail again.
func (b *Box) RefuseContent(code int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.content = code
}

// Hang lets clients wait for an answer for ever, until it is called with false.
func (b *Box) Hang(on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case on && b.hanging == nil:
		b.hanging = make(chan struct{})
	case !on && b.hanging != nil:
		close(b.hanging)
		b.hanging = nil
	}
}

// Count is how many mails an address got, or all of them where to is "".
func (b *Box) Count(to string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, m := range b.mail {
		if to == "" || m.To == to {
			n++
		}
	}
	return n
}

// Attempts is how often somebody began to send to an address, or to any where to
// is "", whatever came of it.
func (b *Box) Attempts(to string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.attempts[to]
}

// Await returns the first mail to an address that match likes, any where match is
// nil, and fails the test where none comes.
func (b *Box) Await(t testing.TB, to string, match func(Message) bool) Message {
	t.Helper()
	var found Message
	b.await(t, "mail to "+to, func() bool {
		for _, m := range b.mail {
			if m.To == to && (match == nil || match(m)) {
				found = m
				return true
			}
		}
		return false
	})
	return found
}

// AwaitAttempts waits until somebody began to send to an address n times.
func (b *Box) AwaitAttempts(t testing.TB, to string, n int) {
	t.Helper()
	b.await(t, fmt.Sprintf("%d attempts to %q", n, to), func() bool { return b.attempts[to] >= n })
}

// await waits until done, which is called under the lock, returns true.
func (b *Box) await(t testing.TB, what string, done func() bool) {
	t.Helper()
	deadline := time.NewTimer(Patience)
	defer deadline.Stop()
	for {
		b.mu.Lock()
		ok, changed := done(), b.changed
		b.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-deadline.C:
			t.Fatalf("waited %v for %s; the box has %d mails", Patience, what, b.Count(""))
		}
	}
}

// tell wakes who waits. It is called under the lock.
func (b *Box) tell() {
	close(b.changed)
	b.changed = make(chan struct{})
}
