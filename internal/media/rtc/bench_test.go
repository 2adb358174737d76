package rtc_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"parley/internal/media/relay"
	"parley/internal/media/rtc"
	"parley/internal/shared/callstate"
	"parley/internal/tests/load"
)

const (
	// phonesOnly, set in the environment, makes this test program a process of
	// phones, so that the benchmark counts the server's CPU time alone.
	phonesOnly = "PARLEY_TEST_PHONES"
	// relayedCalls is how many two-way calls BenchmarkRelayPeers holds.
	relayedCalls = 50
)

// servePhones opens a phone for every offer (a JSON string) it reads, writes
// its answer and says a tone, until in ends.
func servePhones(in io.Reader, out io.Writer) (err error) {
	offers, answers := json.NewDecoder(in), json.NewEncoder(out)
	farm, err := load.NewFarm()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, farm.Close()) }()
	for {
		var offer string
		if err := offers.Decode(&offer); err != nil {
			if errors.Is(err, io.EOF) {
				s := farm.Score()
				slog.Info("score", "sent", s.Sent, "heard", s.Heard, "lost", s.Lost, "p50", s.Delay(.5), "p99", s.Delay(.99))
				return nil
			}
			return err
		}
		_, answer, err := farm.Answer(offer)
		if err != nil {
			return err
		}
		if err := answers.Encode(answer); err != nil {
			return err
		}
	}
}

// phones starts the process of phones and returns what answers an offer there.
func phones(b *testing.B) (answer func(offer string) string) {
	b.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(b.Context()), os.Args[0]) // ends when its input does
	cmd.Env = append(os.Environ(), phonesOnly+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := errors.Join(in.Close(), cmd.Wait()); err != nil {
			b.Errorf("phones: %v", err)
		}
	})
	offers, answers := json.NewEncoder(in), json.NewDecoder(out)
	return func(offer string) (sdp string) {
		if err := errors.Join(offers.Encode(offer), answers.Decode(&sdp)); err != nil {
			b.Fatal(err)
		}
		return sdp
	}
}

// BenchmarkRelayPeers holds two-way calls over real ICE, DTLS and SRTP on the
// loopback until b.N packets were relayed, and reports the CPU time the server
// took for each, user and system.
func BenchmarkRelayPeers(b *testing.B) {
	e := newEngine(b, rtc.Config{})
	answer := phones(b)
	var ports []*relay.Port
	for range relayedCalls {
		bridge := relay.NewBridge(relay.NewMetronome())
		b.Cleanup(bridge.Close)
		for _, id := range []callstate.LegID{"a", "b"} {
			port := dialPhone(b, e, answer)
			bridge.Attach(id, port)
			ports = append(ports, port)
		}
		bridge.SetTable(callstate.Table{{Listener: "a", Speaker: "b"}, {Listener: "b", Speaker: "a"}})
	}
	relayed := func() (n int) {
		for _, p := range ports {
			n += int(p.Stats().Out.Packets)
		}
		return n
	}
	awaitRelayed(b, relayed, 2*len(ports))
	b.ResetTimer()
	start, begun, first := cpu(b), time.Now(), relayed()
	awaitRelayed(b, relayed, first+b.N)
	n := float64(relayed() - first)
	b.ReportMetric(float64((cpu(b)-start).Nanoseconds())/1000/n, "cpu-µs/packet")
	b.ReportMetric(n/time.Since(begun).Seconds(), "packets/s")
}

func dialPhone(b *testing.B, e *rtc.Engine, answer func(string) string) *relay.Port {
	b.Helper()
	offers := make(chan string, 1)
	peer, err := e.NewPeer(rtc.PeerConfig{Signal: func(s rtc.Signal) { offers <- s.SDP }, Log: quiet()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = peer.Close() })
	if err := peer.Start(); err != nil {
		b.Fatal(err)
	}
	if err := peer.Answer(answer(<-offers)); err != nil {
		b.Fatal(err)
	}
	return peer.Port()
}

func awaitRelayed(b *testing.B, relayed func() int, want int) {
	b.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for relayed() < want {
		select {
		case <-tick.C:
		case <-b.Context().Done():
			b.Fatalf("%d packets relayed of %d", relayed(), want)
		}
	}
}

// cpu is the time this process has used so far.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// BenchmarkOffer is what a new tab or web caller waits for its first offer.
func BenchmarkOffer(b *testing.B) {
	e := newEngine(b, rtc.Config{TCPAddr: "127.0.0.1:0"})
	for b.Loop() {
		peer, err := e.NewPeer(rtc.PeerConfig{Signal: func(rtc.Signal) {}, Log: quiet()})
		if err != nil {
			b.Fatal(err)
		}
		if err := errors.Join(peer.Start(), peer.Close()); err != nil {
			b.Fatal(err)
		}
	}
}
