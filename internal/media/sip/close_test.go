package sip

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"parley/internal/domain/call"
)

// A trunk that never says a word must not hold up the end of the program.
func TestCloseDoesNotWaitForTheDead(t *testing.T) {
	dead, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = dead.Close() }()
	clocks := fast()
	clocks.t1 = time.Second // the INVITE would live on for 64 s
	clocks.silence = 10 * time.Millisecond
	s := newTestStack(t, Config{timing: clocks}, refuseAll(t))
	s.SetTrunks([]Trunk{trunkTo("peer", netip.MustParseAddrPort(dead.LocalAddr().String()))})
	leg, err := s.Dial(t.Context(), spec("+33987654321"))
	if err != nil {
		t.Fatal(err)
	}
	listen(t, leg).await(call.LegEnded)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := s.Close(ctx); err != nil {
		t.Error(err)
	}
}
