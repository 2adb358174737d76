package mail

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"sync"
)

// line is the connection of one attempt, which can be cut at any moment. go-mail
// leaves it open when a greeting, a handshake or a password fails, and does not
// heed its context once connected.
type line struct {
	settings Settings

	mu   sync.Mutex
	conn net.Conn
	over bool
}

func (l *line) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if !l.hold(conn) {
		return nil, net.ErrClosed
	}
	if l.settings.Security != ImplicitTLS {
		return conn, nil
	}
	secure := tls.Client(conn, l.settings.tls())
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("encrypt the connection to the mail server: %w", err)
	}
	return secure, nil
}

// hold keeps conn to be cut; it closes it and returns false where that is over.
func (l *line) hold(conn net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		_ = conn.Close() // nobody waits for it any more
		return false
	}
	l.conn = conn
	return true
}

func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
	if l.conn != nil {
		_ = l.conn.Close() // may be closed already
	}
}
