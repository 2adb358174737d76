package datagram

import (
	"net/netip"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// sockaddr is an address as the kernel has it, of either family.
type sockaddr = unix.RawSockaddrInet6

const (
	sockaddr4Bytes = unix.SizeofSockaddrInet4
	sockaddr6Bytes = unix.SizeofSockaddrInet6
)

// encode writes an address for a socket of a family, and returns its length.
func encode(a *sockaddr, to netip.AddrPort, family int) uint32 {
	if family == unix.AF_INET {
		v4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(a))
		*v4 = unix.RawSockaddrInet4{Family: unix.AF_INET, Port: bigEndian(to.Port()), Addr: to.Addr().Unmap().As4()}
		return sockaddr4Bytes
	}
	*a = sockaddr{Family: unix.AF_INET6, Port: bigEndian(to.Port()), Addr: to.Addr().As16()}
	if zone := to.Addr().Zone(); zone != "" {
		index, _ := strconv.ParseUint(zone, 10, 32) // as decode names it
		a.Scope_id = uint32(index)
	}
	return sockaddr6Bytes
}

// decode reads an address that the kernel gave.
func decode(a *sockaddr) netip.AddrPort {
	if a.Family == unix.AF_INET {
		v4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(a))
		return netip.AddrPortFrom(netip.AddrFrom4(v4.Addr), bigEndian(v4.Port))
	}
	ip := netip.AddrFrom16(a.Addr).Unmap()
	if a.Scope_id != 0 {
		ip = ip.WithZone(strconv.FormatUint(uint64(a.Scope_id), 10))
	}
	return netip.AddrPortFrom(ip, bigEndian(a.Port))
}

// bigEndian turns a port between the order of the network and ours.
func bigEndian(port uint16) uint16 {
	b := (*[2]byte)(unsafe.Pointer(&port))
	return uint16(b[0])<<8 | uint16(b[1])
}
