package testkit

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"testing"
)

// A server's ports are a block below the range from which the system takes
// ports for others. The block's last port is held as long as the server may
// start again, so that no other test takes the block.
const (
	blockSize   = 256
	firstBlock  = 10000
	blocks      = 88
	webPort     = 0 // TCP
	mediaPort   = 1 // UDP and TCP
	sipPort     = 2 // UDP and TCP
	rtpPorts    = 4
	lastRTPPort = blockSize - 3
	heldPort    = blockSize - 1 // TCP
)

// block is the first of a server's ports.
type block int

func takeBlock(t testing.TB) block {
	t.Helper()
	for range 100 {
		b := block(firstBlock + rand.IntN(blocks)*blockSize)
		held, err := net.Listen("tcp4", b.addr(heldPort))
		if err != nil {
			continue
		}
		if !b.free() {
			_ = held.Close() // nothing was sent
			continue
		}
		t.Cleanup(func() { _ = held.Close() })
		return b
	}
	t.Fatal("no free ports on 127.0.0.1")
	return 0
}

func (b block) addr(offset int) string { return fmt.Sprintf("127.0.0.1:%d", int(b)+offset) }

// RTPPorts is how many of the ports for trunks' audio are open: the even ones, each
// of which has the odd one above it for RTCP.
func (s *Server) RTPPorts() int {
	s.t.Helper()
	table, err := os.ReadFile("/proc/net/udp")
	check(s.t, "list open ports", err)
	open := 0
	for line := range strings.Lines(string(table)) {
		var slot string
		var addr, port int
		if n, _ := fmt.Sscanf(line, "%s %x:%x", &slot, &addr, &port); n != 3 {
			continue // the heading
		}
		if offset := port - int(s.ports); offset >= rtpPorts && offset <= lastRTPPort && port%2 == 0 {
			open++
		}
	}
	return open
}

// free says whether nothing uses the block's ports.
func (b block) free() bool {
	for i := range heldPort {
		u, err := net.ListenPacket("udp4", b.addr(i))
		if err != nil {
			return false
		}
		_ = u.Close()
		if i > sipPort {
			continue
		}
		l, err := net.Listen("tcp4", b.addr(i))
		if err != nil {
			return false
		}
		_ = l.Close()
	}
	return true
}
