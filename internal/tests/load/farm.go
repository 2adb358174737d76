// Package load is talkers by the hundred on a fraction of a core: browsers' ends of
// WebRTC, with real checks of ICE, DTLS and SRTP, and plain RTP. They say what the
// packets they hear can be measured by: who sent them when.
//
// One datagram.Loop reads all their sockets and one metronome has them speak, so that
// what a benchmark of a relay measures is the relay.
package load

import (
	"crypto/tls"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/dtls/v2/pkg/crypto/selfsign"

	"parley/internal/media/datagram"
)

// FrameTime is how often a talker speaks.
const FrameTime = 20 * time.Millisecond

// speechStep is how far the packets of some talkers lie from those of others: people do
// not speak in step, and a relay that got packets in bursts would look cheaper than it is.
const speechStep = 100 * time.Microsecond

// hearingBeat is how often talkers hear what has come: who sends to somebody who sleeps
// pays for waking him, and real ones sleep on other machines. Half of it, and more where
// beats fall together, is in every delay.
const hearingBeat = time.Millisecond

// Farm is where talkers live.
type Farm struct {
	loop        *datagram.Loop
	speech      *datagram.Metronome
	checks      *datagram.Metronome
	unchecked   atomic.Bool // browsers make no checks
	certificate tls.Certificate
	work        sync.WaitGroup

	mu      sync.Mutex
	talkers []*Talker
}

// NewFarm returns one without talkers. It must be closed.
func NewFarm() (*Farm, error) {
	f := &Farm{speech: datagram.NewMetronome(FrameTime, speechStep), checks: datagram.NewMetronome(checkInterval, 10*time.Millisecond)}
	var err error
	if f.certificate, err = selfsign.GenerateSelfSigned(); err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	if f.loop, err = datagram.NewLoop(hearingBeat); err != nil {
		return nil, fmt.Errorf("start a loop: %w", err)
	}
	return f, nil
}

// SetChecks has browsers make checks of ICE, or not for a while: answering one allocates,
// forwarding a packet must not.
func (f *Farm) SetChecks(on bool) { f.unchecked.Store(!on) }

// Close ends all talkers.
func (f *Farm) Close() error {
	f.mu.Lock()
	all := f.talkers
	f.mu.Unlock()
	for _, t := range all {
		t.close()
	}
	f.work.Wait()
	return f.loop.Close()
}

// open opens a talker's socket.
func (f *Farm) open(t *Talker, handle datagram.Handler) error {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return fmt.Errorf("open a socket: %w", err)
	}
	if t.socket, err = f.loop.Open(conn, handle); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.talkers = append(f.talkers, t)
	return nil
}
