package event_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"go.uber.org/goleak"

	"parley/internal/adapters/event"
)

const patience = 10 * time.Second

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, url string) *event.Bus {
	t.Helper()
	b, err := event.Open(t.Context(), url, slog.New(slog.DiscardHandler))
	must(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := b.Close(ctx); err != nil {
			t.Errorf("close the bus: %v", err)
		}
	})
	return b
}

// listening starts a real NATS server on loopback; port -1 is a free one.
func listening(t *testing.T, port int) *server.Server {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: port, NoSigs: true, NoLog: true})
	must(t, err)
	s.Start()
	if !s.ReadyForConnections(patience) {
		t.Fatal("the NATS server did not start")
	}
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// next waits for the next value.
func next[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

// nodes runs body with two nodes on each kind of server; embedded, one node is
// both.
func nodes(t *testing.T, body func(t *testing.T, a, b *event.Bus)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) { a := open(t, ""); body(t, a, a) })
	t.Run("cluster", func(t *testing.T) {
		url := listening(t, -1).ClientURL()
		body(t, open(t, url), open(t, url))
	})
}

func TestChangesReachEveryNodeInOrder(t *testing.T) {
	nodes(t, func(t *testing.T, a, b *event.Bus) {
		got := make(chan event.Changed, 300)
		stop, err := event.NewChanges(b).Subscribe(func(c event.Changed) { got <- c }, event.Number, event.Trunk)
		must(t, err)
		for i := range 100 {
			must(t, event.NewChanges(a).Publish(t.Context(), event.Changed{WorkspaceID: "w", Kind: event.Tag, ID: "unheard"}))
			must(t, event.NewChanges(a).Publish(t.Context(), event.Changed{WorkspaceID: "w", Kind: event.Number, ID: fmt.Sprint(i)}))
		}
		for i := range 100 {
			if c, want := next(t, got), (event.Changed{WorkspaceID: "w", Kind: event.Number, ID: fmt.Sprint(i)}); c != want {
				t.Fatalf("got %+v, want %+v", c, want)
			}
		}
		stop()
		must(t, event.NewChanges(a).Publish(t.Context(), event.Changed{Kind: event.Trunk}))
		must(t, b.Ping(t.Context()))
		if len(got) != 0 {
			t.Errorf("after unsubscribing came %+v", <-got)
		}
	})
}

func TestAllKindsAreHeardByDefault(t *testing.T) {
	b := open(t, "")
	got := make(chan event.Changed, 10)
	stop, err := event.NewChanges(b).Subscribe(func(c event.Changed) { got <- c })
	must(t, err)
	defer stop()
	for _, k := range event.Kinds() {
		must(t, event.NewChanges(b).Publish(t.Context(), event.Changed{Kind: k}))
		if c := next(t, got); c.Kind != k {
			t.Errorf("got %+v, want kind %s", c, k)
		}
	}
}

func TestUnknownKindsAreRefused(t *testing.T) {
	c := event.NewChanges(open(t, ""))
	if c.Publish(t.Context(), event.Changed{Kind: event.Everything}) == nil {
		t.Error("everything was published")
	}
	if _, err := c.Subscribe(func(event.Changed) {}, event.Tag, "flower"); err == nil {
		t.Error("an unknown kind was subscribed to")
	}
}

func TestWhatCannotBeReadIsLeftOut(t *testing.T) {
	b := open(t, "")
	got := make(chan int, 2)
	stop, err := event.NewTopic[int](b, "count").Subscribe(func(n int) { got <- n })
	must(t, err)
	defer stop()
	must(t, b.Publish(t.Context(), "count", []byte("{")))
	must(t, event.NewTopic[int](b, "count").Publish(t.Context(), 7))
	if n := next(t, got); n != 7 {
		t.Errorf("got %d", n)
	}
	if event.NewTopic[func()](b, "count").Publish(t.Context(), nil) == nil {
		t.Error("a function was published")
	}
}

func TestAfterAGapEverythingMayHaveChanged(t *testing.T) {
	first := listening(t, -1)
	url := first.ClientURL()
	b := open(t, url)
	got := make(chan event.Changed, 10)
	stop, err := event.NewChanges(b).Subscribe(func(c event.Changed) { got <- c }, event.Tag)
	must(t, err)
	defer stop()
	port := first.Addr().(*net.TCPAddr).Port
	first.Shutdown()
	first.WaitForShutdown()
	listening(t, port)
	if c := next(t, got); c.Kind != event.Everything {
		t.Errorf("after a reconnect came %+v", c)
	}
	must(t, event.NewChanges(b).Publish(t.Context(), event.Changed{Kind: event.Tag, ID: "1"}))
	if c := next(t, got); c.ID != "1" {
		t.Errorf("got %+v", c)
	}
}

func TestCloseKeepsItsDeadline(t *testing.T) {
	b, err := event.Open(t.Context(), "", slog.New(slog.DiscardHandler))
	must(t, err)
	busy, free := make(chan bool), make(chan bool)
	_, err = b.Subscribe("slow", func([]byte) { busy <- true; <-free })
	must(t, err)
	must(t, b.Publish(t.Context(), "slow", nil))
	next(t, busy)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	if err := b.Close(ctx); err == nil || !strings.Contains(err.Error(), "deadline") {
		t.Errorf("closing with a stuck subscriber gave %v", err)
	}
	if took := time.Since(start); took > patience {
		t.Errorf("closing took %v", took)
	}
	close(free)
	if b.Ping(t.Context()) == nil {
		t.Error("a closed bus answers")
	}
}

func TestOpenSaysWhenNobodyIsThere(t *testing.T) {
	s := listening(t, -1)
	url := s.ClientURL()
	s.Shutdown()
	s.WaitForShutdown()
	if _, err := event.Open(t.Context(), url, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("opened a bus to nobody")
	}
}
