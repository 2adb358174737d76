package rtc_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/pion/rtp"

	"parley/internal/media/rtc"
	"parley/internal/tests/softphone"
)

// relayedCalls is how many two-way calls BenchmarkRelayPeers holds.
const relayedCalls = 25

// BenchmarkRelayPeers holds two-way calls over real ICE, DTLS and SRTP on the
// loopback for b.N packets and reports the CPU time of this whole process,
// phones included, per packet relayed. The phones do about what the server does
// (one encryption, one decryption, two system calls), so the server's share is
// near the half of cpu-µs/packet.
func BenchmarkRelayPeers(b *testing.B) {
	e := newEngine(b, rtc.Config{})
	arrived := make(chan struct{}, 1<<16)
	count := softphone.Options{OnPacket: func(*rtp.Packet) {
		select {
		case arrived <- struct{}{}:
		default:
		}
	}}
	for range relayedCalls {
		x, y := newBrowser(b, e, count), newBrowser(b, e, count)
		x.connect(b, nil)
		y.connect(b, nil)
		talk(b, x, y)
		x.phone.Tone(500)
		y.phone.Tone(900)
	}
	<-arrived
	b.ResetTimer()
	start, begun := cpu(b), time.Now()
	for range b.N {
		<-arrived
	}
	b.ReportMetric(float64((cpu(b)-start).Microseconds())/float64(b.N), "cpu-µs/packet")
	b.ReportMetric(float64(b.N)/time.Since(begun).Seconds(), "packets/s")
}

// cpu is the time this process has used so far.
func cpu(b *testing.B) time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
