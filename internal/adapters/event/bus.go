// Package event carries what happened on one node to all of them, over NATS:
// embedded in the program where no cluster is configured (in process, no port),
// else an external one. Delivery is at most once and in order per publisher;
// whoever must not miss anything loads anew after a gap (see Changes). A node
// hears its own messages too, so there is one path.
//
// A Bus may be used from any goroutine. Each subscription calls its function on
// a goroutine of its own, one message at a time.
package event

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"parley/internal/base/obs"
)

const (
	prefix       = "parley." // of every subject, so that a NATS cluster can be shared
	startTimeout = 10 * time.Second
	sendTimeout  = 5 * time.Second // where the caller sets no deadline

	reconnectWait = 500 * time.Millisecond
)

// Bus is a connection to NATS.
type Bus struct {
	nc       *nats.Conn
	embedded *server.Server // nil with an external cluster
	closed   chan struct{}
	log      *slog.Logger

	mu   sync.Mutex
	gaps map[*func()]struct{} // called when messages may have been missed
}

// Open connects to the cluster at url ("nats://host:4222", several with commas),
// or starts a server inside the program where url is "".
func Open(ctx context.Context, url string, log *slog.Logger) (*Bus, error) {
	b := &Bus{closed: make(chan struct{}), log: log, gaps: make(map[*func()]struct{})}
	opts := []nats.Option{
		nats.Name("parley"),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(reconnectWait),
		nats.Timeout(startTimeout),
		nats.ClosedHandler(func(*nats.Conn) { close(b.closed) }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { b.disconnected(err) }),
		nats.ReconnectHandler(func(*nats.Conn) { b.reconnected() }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { b.failed(err) }),
	}
	if url == "" {
		srv, err := startEmbedded(log)
		if err != nil {
			return nil, err
		}
		b.embedded, opts = srv, append(opts, nats.InProcessServer(srv))
	}
	var err error
	if b.nc, err = nats.Connect(url, opts...); err != nil {
		b.stopEmbedded()
		return nil, fmt.Errorf("connect to NATS: %w", err)
	}
	if err := b.Ping(ctx); err != nil {
		return nil, errors.Join(err, b.Close(ctx))
	}
	return b, nil
}

// startEmbedded starts a server that listens on no port. NoSigs matters: else
// NATS handles signals itself and exits the program.
func startEmbedded(log *slog.Logger) (*server.Server, error) {
	srv, err := server.NewServer(&server.Options{ServerName: "parley", DontListen: true, NoSigs: true})
	if err != nil {
		return nil, fmt.Errorf("make the embedded NATS: %w", err)
	}
	srv.SetLogger(natsLog{log}, false, false)
	srv.Start()
	if !srv.ReadyForConnections(startTimeout) {
		srv.Shutdown()
		return nil, errors.New("the embedded NATS did not start")
	}
	return srv, nil
}

func (b *Bus) stopEmbedded() {
	if b.embedded != nil {
		b.embedded.Shutdown()
		b.embedded.WaitForShutdown()
	}
}

// Publish sends payload to all subscribers of subject on all nodes and returns
// once the server has it.
func (b *Bus) Publish(ctx context.Context, subject string, payload []byte) error {
	if err := b.nc.Publish(prefix+subject, payload); err != nil {
		return fmt.Errorf("publish %s: %w", subject, err)
	}
	return b.flush(ctx, "publish "+subject)
}

// Subscribe calls f with every payload sent to subject from now on, until
// unsubscribe is called. f must not keep the payload nor block for long.
func (b *Bus) Subscribe(subject string, f func(payload []byte)) (unsubscribe func(), err error) {
	sub, err := b.nc.Subscribe(prefix+subject, func(m *nats.Msg) { f(m.Data) })
	if err != nil {
		return nil, fmt.Errorf("subscribe to %s: %w", subject, err)
	}
	// The server must know before we return: the next Publish, of any node, counts.
	if err := b.flush(context.Background(), "subscribe to "+subject); err != nil {
		return nil, errors.Join(err, sub.Unsubscribe())
	}
	return func() {
		if err := sub.Unsubscribe(); err != nil && !errors.Is(err, nats.ErrConnectionClosed) {
			b.log.Warn("unsubscribing failed", "subject", subject, obs.Err, err)
		}
	}, nil
}

// OnGap calls f whenever messages may have been missed, until cancel is called.
func (b *Bus) OnGap(f func()) (cancel func()) {
	key := &f
	b.mu.Lock()
	defer b.mu.Unlock()
	b.gaps[key] = struct{}{}
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.gaps, key)
	}
}

// Ping says whether NATS answers.
func (b *Bus) Ping(ctx context.Context) error { return b.flush(ctx, "ping NATS") }

func (b *Bus) flush(ctx context.Context, what string) error {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, sendTimeout)
		defer cancel()
	}
	if err := b.nc.FlushWithContext(ctx); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// Close lets subscribers finish what has arrived, as long as ctx lasts, and
// closes the connection and the embedded server.
func (b *Bus) Close(ctx context.Context) error {
	err := b.nc.Drain()
	if err == nil {
		select {
		case <-b.closed:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	b.nc.Close()
	b.stopEmbedded()
	// Without a connection there is nothing to drain.
	if err != nil && !errors.Is(err, nats.ErrConnectionClosed) && !errors.Is(err, nats.ErrConnectionReconnecting) {
		return fmt.Errorf("close the event bus: %w", err)
	}
	return nil
}

func (b *Bus) disconnected(err error) {
	if err != nil {
		b.log.Warn("NATS connection lost", obs.Err, err)
	}
}

func (b *Bus) reconnected() {
	b.log.Info("NATS connection is back")
	b.gap()
}

// failed hears of errors nobody waits for: a subscriber too slow has lost
// messages.
func (b *Bus) failed(err error) {
	b.log.Error("NATS reports an error", obs.Err, err)
	if errors.Is(err, nats.ErrSlowConsumer) {
		b.gap()
	}
}

func (b *Bus) gap() {
	b.mu.Lock()
	calls := make([]func(), 0, len(b.gaps))
	for f := range b.gaps {
		calls = append(calls, *f)
	}
	b.mu.Unlock()
	for _, f := range calls {
		f()
	}
}

// natsLog is the embedded server's logger. Its notices are details to us.
type natsLog struct{ log *slog.Logger }

func (l natsLog) Noticef(f string, a ...any) { l.log.Debug("nats: " + fmt.Sprintf(f, a...)) }
func (l natsLog) Warnf(f string, a ...any)   { l.log.Warn("nats: " + fmt.Sprintf(f, a...)) }
func (l natsLog) Errorf(f string, a ...any)  { l.log.Error("nats: " + fmt.Sprintf(f, a...)) }
func (l natsLog) Fatalf(f string, a ...any)  { l.log.Error("nats: " + fmt.Sprintf(f, a...)) }
func (l natsLog) Debugf(f string, a ...any)  { l.log.Debug("nats: " + fmt.Sprintf(f, a...)) }
func (l natsLog) Tracef(f string, a ...any)  { l.log.Debug("nats: " + fmt.Sprintf(f, a...)) }
