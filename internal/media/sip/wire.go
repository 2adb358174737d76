package sip

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// hop is where a request goes next.
type hop struct {
	network string         // UDP, TCP or TLS
	name    string         // host name for the certificate, "" if the URI had an address
	addr    netip.AddrPort // resolved; invalid where only the name is known
}

func (h hop) String() string {
	if h.addr.IsValid() && (h.network != "TLS" || h.name == "") {
		return h.addr.String()
	}
	return net.JoinHostPort(h.name, strconv.Itoa(int(h.addr.Port())))
}

// wire sends messages. It is what legs and trunk loops know of the transports;
// its methods may be called from any goroutine. Only what resolves or dials
// blocks, and says so.
type wire struct {
	cfg *Config
	tp  *gosip.TransportLayer
	tx  *gosip.TransactionLayer
	lis *listeners

	life context.Context // of every transaction; ends with Close's patience
	kill context.CancelFunc
}

// errStopped is the end of a transaction whose stack was closed.
var errStopped = errors.New("SIP stack stopped")

// errNoSocket means that we do not listen on UDP, or not at this moment.
var errNoSocket = errors.New("no UDP socket")

// localIP is the address a peer at dst is told to reach us at.
func (w *wire) localIP(dst netip.Addr) netip.Addr {
	if ip, err := netip.ParseAddr(w.cfg.PublicIP); err == nil {
		return ip
	}
	if ip := w.lis.ip(); ip.IsValid() && !ip.IsUnspecified() {
		return ip
	}
	if dst.IsValid() {
		// No packet is sent: connecting a UDP socket asks for the route.
		if c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(dst, 9))); err == nil {
			defer func() { _ = c.Close() }()
			return c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
		}
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
}

// contact is our Contact for user, reachable over network.
func (w *wire) contact(user, network string, ip netip.Addr) *gosip.ContactHeader {
	uri := gosip.Uri{Scheme: "sip", User: user, Host: ip.String(), Port: w.lis.anyPort(network)}
	if network != "UDP" {
		uri.UriParams = gosip.HeaderParams{{K: "transport", V: strings.ToLower(network)}}
	}
	return &gosip.ContactHeader{Address: uri}
}

// seal makes req ready to go to h: Via with a new branch, User-Agent,
// destination and, for UDP, the listening socket it must leave from. A socket
// is never named for TCP or TLS: sipgo would then send the request over
// whatever connection is registered under our address, which may be another
// peer's.
func (w *wire) seal(req *gosip.Request, h hop, ip netip.Addr) {
	via := &gosip.ViaHeader{
		ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: h.network,
		Host: ip.String(), Port: w.lis.port(h.network),
	}
	via.Params.Add("branch", gosip.RFC3261BranchMagicCookie+"."+token())
	via.Params.Add("rport", "")
	req.PrependHeader(via)
	if req.GetHeader("User-Agent") == nil {
		req.AppendHeader(gosip.NewHeader("User-Agent", w.cfg.UserAgent))
	}
	if req.Body() == nil {
		req.SetBody(nil)
	}
	req.SetTransport(h.network)
	req.SetDestination(h.String())
	req.Laddr = gosip.Addr{}
	if local := w.lis.udp(); h.network == "UDP" && local.IsValid() {
		req.Laddr = gosip.Addr{IP: local.Addr().AsSlice(), Port: int(local.Port())}
	}
}

// begin starts a client transaction. It may block on DNS and dialling.
func (w *wire) begin(ctx context.Context, req *gosip.Request) (*gosip.ClientTx, error) {
	if err := w.ready(req); err != nil {
		return nil, err
	}
	tx, err := w.tx.Request(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("send %s to %s: %w", req.Method, req.Destination(), err)
	}
	return tx, nil
}

// ready refuses to send what sipgo would send wrongly: without a registered
// socket it opens one of its own on our port, which then cannot be bound again.
func (w *wire) ready(req *gosip.Request) error {
	switch {
	case w.life.Err() != nil:
		return errStopped
	case gosip.NetworkToUpper(req.Transport()) == "UDP" && !w.lis.live.Load():
		return fmt.Errorf("send %s: %w", req.Method, errNoSocket)
	}
	return nil
}

// roundTrip sends a request that is not an INVITE and waits for its final
// response. It blocks until then, at most for 32 s.
func (w *wire) roundTrip(ctx context.Context, req *gosip.Request) (*gosip.Response, error) {
	tx, err := w.begin(ctx, req)
	if err != nil {
		return nil, err
	}
	for {
		select {
		case res := <-tx.Responses():
			if res.IsProvisional() {
				continue
			}
			return res, nil
		case <-tx.Done():
			return nil, fmt.Errorf("%s to %s: %w", req.Method, req.Destination(), txError(tx))
		case <-ctx.Done():
			tx.Terminate()
			return nil, fmt.Errorf("%s to %s: %w", req.Method, req.Destination(), ctx.Err())
		}
	}
}

func txError(tx gosip.Transaction) error {
	err := tx.Err()
	if err == nil || errors.Is(err, gosip.ErrTransactionCanceled) {
		return errStopped
	}
	return err
}

// send writes a request outside any transaction: an ACK.
func (w *wire) send(req *gosip.Request) error {
	if err := w.ready(req); err != nil {
		return err
	}
	if err := w.tp.WriteMsg(req); err != nil {
		return fmt.Errorf("send %s to %s: %w", req.Method, req.Destination(), err)
	}
	return nil
}

// token returns a random word for tags, branches and Call-IDs.
func token() string { return strings.ToLower(rand.Text()) }
