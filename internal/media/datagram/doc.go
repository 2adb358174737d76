// Package datagram moves datagrams between the kernel and those who speak by them: many
// sockets, read and written in batches by a few goroutines.
//
// What a relay costs is wake-ups and system calls, not arithmetic. So a Loop, one
// goroutine, reads all its sockets: it wakes when something has come and drains all
// there is, and what comes while it works is its next round, so that rounds grow with
// the load by themselves. What its handlers send during such a Turn over the loop's own
// socket leaves in one system call at its end.
//
// Where the CPU time of a relayed packet goes (300 calls between browsers and plain RTP,
// two cores): half is the kernel sending it, a tenth the kernel handing it over, an
// eighth waiting and being woken, a fifteenth SRTP, a hundredth the reports; who hears
// it is decided in what is left. With pion's PeerConnection, which reads and writes one
// packet a call and hands it through four goroutines, it was four times as much.
//
// Handlers run on their loop's goroutine, one at a time for all sockets of the loop,
// and must not block. Sockets may be opened and closed from any goroutine: after
// Close has returned the handler is not called any more.
//
// It must not know what the datagrams mean: no RTP, no STUN, no encryption.
package datagram

import "net/netip"

// MaxDatagram is the longest datagram read or sent, in bytes; a longer one is cut.
const MaxDatagram = 2048

// Handler takes a datagram that came on a socket. b may be changed, has room up to
// MaxDatagram, and is the loop's again once the handler has returned.
type Handler func(t *Turn, on *Socket, b []byte, from netip.AddrPort)
