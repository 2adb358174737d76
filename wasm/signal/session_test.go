package signal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/shared/protocol"
)

// pipe is a connection whose server end is the test.
type pipe struct {
	toServer chan protocol.Envelope
	toClient chan []byte
	closed   chan struct{}
}

func newPipe() *pipe {
	return &pipe{
		toServer: make(chan protocol.Envelope, 64), toClient: make(chan []byte, 64), closed: make(chan struct{}),
	}
}

func (p *pipe) Send(data []byte) error {
	env, _, err := protocol.Decode(data)
	if err != nil {
		return err
	}
	p.toServer <- env
	return nil
}

func (p *pipe) Receive(ctx context.Context) ([]byte, error) {
	select {
	case data, ok := <-p.toClient:
		if !ok {
			return nil, io.EOF
		}
		return data, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipe) Close() {
	select {
	case <-p.closed:
	default:
		close(p.closed)
	}
}

// bench is a session with a scripted server.
type bench struct {
	t      *testing.T
	s      *Session
	pipes  chan *pipe
	events []Event
}

var errRefused = errors.New("refused")

// start runs the session inside a synctest bubble. Each attempt takes the next
// of results: nil dials a pipe.
func start(t *testing.T, results ...error) *bench {
	t.Helper()
	b := &bench{t: t, pipes: make(chan *pipe, 16)}
	attempt := 0
	b.s = New(Config{
		Program: "p", Repeat: true,
		Tab: func(fresh bool) string {
			if fresh {
				return "other"
			}
			return "tab"
		},
		Random: func() float64 { return 0.5 },
		Notify: func(e Event) { b.events = append(b.events, e) },
		Dial: func(context.Context) (Conn, error) {
			attempt++
			if attempt <= len(results) && results[attempt-1] != nil {
				return nil, results[attempt-1]
			}
			p := newPipe()
			b.pipes <- p
			return p, nil
		},
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); b.s.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return b
}

// accept waits for a connection and its hello, and answers with a snapshot.
func (b *bench) accept(seq uint64) *pipe {
	b.t.Helper()
	p := <-b.pipes
	b.expect(p, "hello")
	b.say(p, &protocol.Snapshot{}, "", seq)
	return p
}

func (b *bench) say(p *pipe, m protocol.Message, re string, seq uint64) {
	b.t.Helper()
	data, err := protocol.Encode(m, "", re, seq)
	if err != nil {
		b.t.Fatal(err)
	}
	p.toClient <- data
	synctest.Wait()
}

func (b *bench) expect(p *pipe, typ string) protocol.Envelope {
	b.t.Helper()
	env := <-p.toServer
	if env.Type != typ {
		b.t.Fatalf("got %q, want %q", env.Type, typ)
	}
	return env
}

func (b *bench) quiet(p *pipe) {
	b.t.Helper()
	synctest.Wait()
	select {
	case env := <-p.toServer:
		b.t.Fatalf("unexpected %q", env.Type)
	default:
	}
}

func count[E Event](b *bench) (n int) {
	synctest.Wait()
	for _, e := range b.events {
		if _, ok := e.(E); ok {
			n++
		}
	}
	return n
}

func last[E Event](b *bench) (found E) {
	synctest.Wait()
	for _, e := range b.events {
		if v, ok := e.(E); ok {
			found = v
		}
	}
	return found
}

func TestDeltasInOrderAndResyncAfterAGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t)
		p := b.accept(10)
		b.say(p, &protocol.MeChanged{}, "", 11)
		b.say(p, &protocol.MeChanged{}, "", 11) // a repeat is dropped
		if got := count[Received](b); got != 2 {
			t.Fatalf("%d messages, want snapshot and one delta", got)
		}
		b.say(p, &protocol.MeChanged{}, "", 14)
		b.expect(p, "resync")
		b.say(p, &protocol.MeChanged{}, "", 15)
		b.quiet(p) // asked once
		b.say(p, &protocol.Snapshot{}, "", 15)
		b.say(p, &protocol.MeChanged{}, "", 16)
		if got := count[Received](b); got != 4 {
			t.Fatalf("%d messages, want 4", got)
		}
		if got := count[Up](b); got != 1 {
			t.Fatalf("up %d times", got)
		}
	})
}

func TestUnreadableAndUnknownMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t)
		p := b.accept(1)
		p.toClient <- []byte(`{"t":"of.tomorrow","seq":2,"d":{}}`)
		b.say(p, &protocol.MeChanged{}, "", 3)
		b.quiet(p)
		if got := count[Received](b); got != 2 {
			t.Fatalf("%d messages, want 2", got)
		}
		p.toClient <- []byte(`{"t":"me","seq":4,"d":{"me":7}}`)
		b.expect(p, "resync")
	})
}

func TestUnansweredCommandIsRepeatedWithItsID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t)
		p := b.accept(1)
		id := b.s.Send(&protocol.Act{Call: "c", Action: "hold", On: true})
		done := b.s.Send(&protocol.EndWrapUp{})
		b.s.Send(&protocol.MediaCandidate{Candidate: "x"})
		if got := b.expect(p, "call.act"); got.ID != id {
			t.Fatalf("id %q, want %q", got.ID, id)
		}
		b.expect(p, "wrapup.end")
		b.expect(p, "media.candidate")
		b.say(p, &protocol.Result{OK: true}, done, 0)
		close(p.toClient)
		p = b.accept(1)
		if got := b.expect(p, "call.act"); got.ID != id {
			t.Fatalf("repeated with id %q, want %q", got.ID, id)
		}
		b.quiet(p)
		b.say(p, &protocol.Result{OK: true}, id, 0)
		b.say(p, &protocol.Result{OK: true}, id, 0)
		if got := count[Answered](b); got != 2 {
			t.Fatalf("%d answers, want one for each command", got)
		}
	})
}

func TestCommandGivenUpAfterItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, errRefused, errRefused, errRefused, errRefused, errRefused, errRefused)
		begun := time.Now()
		b.s.Send(&protocol.Dial{To: "112"})
		p := b.accept(1)
		if since := time.Since(begun); since < commandLimit {
			t.Fatalf("connected after %v: the test proves nothing", since)
		}
		b.quiet(p)
		a := last[Answered](b)
		if a.Result.OK || a.Result.Key != KeyOffline {
			t.Fatalf("answer %+v", a)
		}
	})
}

func TestBackOffGrowsAndANudgeCutsItShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, errRefused, errRefused, errRefused, errRefused, errRefused, errRefused, errRefused, errRefused)
		begun := time.Now()
		<-time.After(5 * time.Second) // of the bubble
		synctest.Wait()
		var waits []time.Duration
		for _, e := range b.events {
			if d, ok := e.(Down); ok {
				waits = append(waits, d.Retry)
			}
		}
		for i, w := range waits {
			if want := backOffFirst << i; w != want {
				t.Fatalf("wait %d is %v, want %v", i, w, want)
			}
		}
		for range 8 {
			b.s.Nudge()
			synctest.Wait()
		}
		b.accept(1)
		if since := time.Since(begun); since != 5*time.Second {
			t.Fatalf("a nudge still waited until %v", since)
		}
	})
}

func TestPingsAndASilentConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t)
		p := b.accept(1)
		begun := time.Now()
		ping := b.expect(p, "ping")
		if since := time.Since(begun); since != pingEvery {
			t.Fatalf("ping after %v", since)
		}
		b.say(p, &protocol.Result{OK: true}, ping.ID, 0)
		<-p.closed
		if since := time.Since(begun); since < pingEvery+silenceLimit {
			t.Fatalf("closed after %v", since)
		}
		b.accept(1)
	})
}

func TestASnapshotThatNeverComesEndsTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t)
		p := <-b.pipes
		b.expect(p, "hello")
		for range 4 {
			b.say(p, &protocol.Notice{Level: "info"}, "", 0)
			<-time.After(5 * time.Second)
		}
		<-p.closed
	})
}

func TestGoodbye(t *testing.T) {
	for reason, ends := range map[string]bool{
		"reload": true, "signed-out": true, "stopping": false, "malformed": false, "unheard-of": false,
	} {
		t.Run(reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := start(t)
				p := b.accept(1)
				b.say(p, &protocol.Goodbye{Reason: reason}, "", 0)
				<-p.closed
				if ends {
					if got := last[Ended](b); got.Reason != reason {
						t.Fatalf("ended with %q", got.Reason)
					}
					return
				}
				b.accept(1)
				if got := count[Ended](b); got != 0 {
					t.Fatal("ended for good")
				}
			})
		})
	}
}

func TestSignedOutWhileDialling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, errRefused, ErrSignedOut)
		<-time.After(time.Second)
		if got := last[Ended](b); got.Reason != ReasonSignedOut {
			t.Fatalf("ended with %q", got.Reason)
		}
	})
}

func TestCallerStateIsASnapshot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t)
		p := <-b.pipes
		b.expect(p, "hello")
		id := b.s.Send(&protocol.CallerStart{Name: "Ada"})
		b.quiet(p)
		b.say(p, &protocol.CallerState{Phase: "ready"}, "", 0)
		if got := b.expect(p, "caller.start"); got.ID != id {
			t.Fatalf("id %q", got.ID)
		}
		b.say(p, &protocol.CallerState{Phase: "ringing"}, "", 0)
		if got := count[Received](b); got != 2 {
			t.Fatalf("%d messages", got)
		}
	})
}

func TestAFullQueueIsSaidSo(t *testing.T) {
	s := New(Config{Program: "p"})
	for range queueLength {
		if s.Send(&protocol.Ping{}) == "" {
			t.Fatal("refused too early")
		}
	}
	if s.Send(&protocol.Ping{}) != "" {
		t.Fatal("a full queue took a command")
	}
}

func TestADuplicatedTabTakesANewName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t)
		p := b.accept(1)
		b.say(p, &protocol.Goodbye{Reason: reasonReplaced}, "", 0)
		p = <-b.pipes
		hello := b.expect(p, "hello")
		if got := string(hello.Body); got != fmt.Sprintf(`{"version":%d,"tab":"other"}`, protocol.Version) {
			t.Fatalf("hello %s", got)
		}
	})
}

func TestWithoutRepeatCommandsFailWithTheirConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t)
		p := b.accept(1)
		b.s.cfg.Repeat = false
		b.s.Send(&protocol.CallerStart{})
		b.expect(p, "caller.start")
		close(p.toClient)
		p = b.accept(1)
		b.quiet(p)
		if a := last[Answered](b); a.Result.Key != KeyOffline {
			t.Fatalf("answer %+v", a)
		}
	})
}

// nowhere is a connection whose other end is not looked at.
type nowhere struct{ sent int }

func (n *nowhere) Send([]byte) error                       { n.sent++; return nil }
func (n *nowhere) Receive(context.Context) ([]byte, error) { return nil, io.EOF }
func (n *nowhere) Close()                                  {}

// No message makes the session panic, deliver out of order or flood the server.
func FuzzReceive(f *testing.F) {
	for _, m := range protocol.Messages() {
		data, err := protocol.Encode(m, "", "p-1", 2)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, []byte(`{"t":"me","seq":9}`))
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		conn := &nowhere{}
		s := New(Config{Program: "p", Tab: func(bool) string { return "tab" }, Notify: func(Event) {}})
		s.link = link{conn: conn, up: true, seq: 1}
		for _, data := range [][]byte{first, second, first} {
			before := s.link.seq
			s.receive(data)
			if s.link.seq < before && s.link.resync {
				t.Fatal("went back without a snapshot")
			}
		}
		if conn.sent > 3 {
			t.Fatalf("%d messages sent in answer to 3", conn.sent)
		}
	})
}
