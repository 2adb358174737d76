package datagram

import (
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// message is one datagram of a batch, as recvmmsg(2) and sendmmsg(2) have it.
type message struct {
	header unix.Msghdr
	length uint32
	_      [4]byte
}

// batch is room for datagrams with their addresses, made once.
type batch struct {
	messages []message
	vectors  []unix.Iovec
	addrs    []sockaddr
	data     [][MaxDatagram]byte
}

func newBatch(size int) *batch {
	b := &batch{
		messages: make([]message, size), vectors: make([]unix.Iovec, size),
		addrs: make([]sockaddr, size), data: make([][MaxDatagram]byte, size),
	}
	for i := range b.messages {
		b.vectors[i].Base = &b.data[i][0]
		h := &b.messages[i].header
		h.Name, h.Iov = (*byte)(unsafe.Pointer(&b.addrs[i])), &b.vectors[i]
		h.SetIovlen(1)
	}
	return b
}

// receive fills the batch with what waits at a socket, and returns how many came.
func (b *batch) receive(fd uintptr) int {
	for i := range b.messages {
		b.messages[i].header.Namelen = sockaddr6Bytes
		b.vectors[i].SetLen(MaxDatagram)
	}
	for {
		n, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&b.messages[0])), uintptr(len(b.messages)), unix.MSG_DONTWAIT, 0, 0)
		switch errno {
		case 0:
			return int(n)
		case unix.EINTR, unix.ECONNREFUSED: // the latter is of a datagram sent before
		default: // nothing, or an error that the next round meets again
			return 0
		}
	}
}

// datagram is what came in place i.
func (b *batch) datagram(i int) ([]byte, netip.AddrPort) {
	return b.data[i][:b.messages[i].length], decode(&b.addrs[i])
}

// put writes into place i a datagram of which the data is there already.
func (b *batch) put(i, length int, to netip.AddrPort, family int) {
	b.vectors[i].SetLen(length)
	b.messages[i].header.Namelen = encode(&b.addrs[i], to, family)
}

// send sends the first n places, and returns how many the kernel did not take.
// What a full socket refuses is lost, as on any full link.
func (b *batch) send(fd uintptr, n int) (lost int) {
	for at := 0; at < n; {
		sent, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, fd, uintptr(unsafe.Pointer(&b.messages[at])), uintptr(n-at), unix.MSG_DONTWAIT, 0, 0)
		switch errno {
		case 0:
			at += int(sent)
		case unix.EINTR:
		default: // of the first one: the others may go elsewhere
			lost++
			at++
		}
	}
	return lost
}
