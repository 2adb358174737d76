package datagram

import (
	"net/netip"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Turn gathers what one goroutine sends in one go: a loop while it hands out what
// has come, or a player while it plays a frame to many.
type Turn struct {
	now  time.Time
	out  *batch
	held int     // of out
	over *Socket // what is held goes over it
	lost atomic.Uint64

	// Made once: a function that is passed to the runtime is allocated.
	flushing, receiving func(fd uintptr)
	reading             *batch
	came                int
}

// NewTurn returns the turn of a goroutine that is not a loop's.
func NewTurn() *Turn { return newTurn(sendBatch) }

// NewSmallTurn returns the turn of one goroutine among many: it takes little memory, and
// gathers no more than a few datagrams.
func NewSmallTurn() *Turn { return newTurn(smallBatch) }

func newTurn(size int) *Turn {
	t := &Turn{out: newBatch(size)}
	t.flushing = func(fd uintptr) { t.lost.Add(uint64(t.out.send(fd, t.held))) }
	t.receiving = func(fd uintptr) { t.came = t.reading.receive(fd) }
	return t
}

// Begin sets the clock of the turn.
func (t *Turn) Begin() { t.now = time.Now() }

// Now is when the turn began.
func (t *Turn) Now() time.Time { return t.now }

// Lost counts the datagrams that the kernel did not take.
func (t *Turn) Lost() uint64 { return t.lost.Load() }

// Buffer is room for the next datagram to be sent, until Send or the next Buffer.
func (t *Turn) Buffer() []byte { return t.out.data[t.held][:] }

// Send sends the first n bytes of Buffer over a socket, at the turn's end or before.
// It may be lost, like any datagram.
func (t *Turn) Send(s *Socket, n int, to netip.AddrPort) {
	if !s.reaches(to) {
		t.lost.Add(1)
		return
	}
	if t.over != s && t.held > 0 {
		from := &t.out.data[t.held]
		t.flush()
		copy(t.out.data[0][:], from[:n])
	}
	t.over = s
	t.out.put(t.held, n, to, s.family)
	if t.held++; t.held == len(t.out.messages) {
		t.flush()
	}
}

// reaches says whether the socket's family has such addresses: far ends may name any.
func (s *Socket) reaches(to netip.AddrPort) bool {
	return s.family != unix.AF_INET && to.IsValid() || to.Addr().Unmap().Is4()
}

// End sends what is held.
func (t *Turn) End() {
	t.flush()
	t.over = nil
}

func (t *Turn) flush() {
	if t.held == 0 {
		return
	}
	if err := t.over.raw.Control(t.flushing); err != nil {
		t.lost.Add(uint64(t.held)) // the socket is closed
	}
	t.held = 0
}

func (t *Turn) receive(raw syscall.RawConn, into *batch) int {
	t.reading, t.came = into, 0
	_ = raw.Control(t.receiving) // a closed socket has nothing
	return t.came
}
