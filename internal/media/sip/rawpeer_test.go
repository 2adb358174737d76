package sip

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// rawPeer is a far end that does exactly what a test says and nothing by
// itself, except answering OPTIONS outside dialogs.
type rawPeer struct {
	t       *testing.T
	conn    *net.UDPConn
	addr    netip.AddrPort
	to      netip.AddrPort // the stack
	in      chan gosip.Message
	branch  atomic.Int64
	callID  string
	contact netip.AddrPort
}

func newRawPeer(t *testing.T, ip string) *rawPeer {
	t.Helper()
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.MustParseAddrPort(ip+":0")))
	if err != nil {
		t.Fatal(err)
	}
	p := &rawPeer{t: t, conn: conn, addr: addrPort(conn.LocalAddr()), in: make(chan gosip.Message, 64), callID: token()}
	p.contact = p.addr
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.read()
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	return p
}

func (p *rawPeer) read() {
	buf := make([]byte, 1<<16)
	for {
		n, from, err := p.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		msg, err := gosip.ParseMessage(buf[:n])
		if err != nil {
			// An answer repeats the question's headers, however broken.
			code := 0
			if _, scan := fmt.Sscanf(string(buf[:n]), "SIP/2.0 %d", &code); scan != nil {
				p.t.Errorf("unreadable from the stack: %v\n%s", err, buf[:n])
				continue
			}
			msg = gosip.NewResponse(code, "")
		}
		if req, ok := msg.(*gosip.Request); ok {
			req.SetSource(from.String())
			if req.Method == gosip.OPTIONS && tagOf(req.To().Params) == "" {
				_, _ = p.conn.WriteToUDPAddrPort([]byte(gosip.NewResponseFromRequest(req, 200, "OK", nil).String()), from)
				continue
			}
		}
		p.in <- msg
	}
}

// request waits for a request of a method; anything else fails the test but for
// retransmissions of what was seen before.
func (p *rawPeer) request(method gosip.RequestMethod) *gosip.Request {
	p.t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case m := <-p.in:
			if req, ok := m.(*gosip.Request); ok && req.Method == method {
				return req
			}
		case <-deadline:
			p.t.Fatalf("no %s came", method)
		}
	}
}

// response waits for a response of a code to a method.
func (p *rawPeer) response(code int, method gosip.RequestMethod) *gosip.Response {
	p.t.Helper()
	deadline := time.After(patience)
	var seen []string
	for {
		select {
		case m := <-p.in:
			res, ok := m.(*gosip.Response)
			if ok && res.StatusCode == code && res.CSeq() != nil && res.CSeq().MethodName == method {
				return res
			}
			if ok {
				seen = append(seen, res.StartLine())
			}
		case <-deadline:
			p.t.Fatalf("no %d to %s came, only %q", code, method, seen)
		}
	}
}

// answered is the 200 to the INVITE with a sequence number, past those to earlier ones
// that are repeated until their ACK has come.
func (p *rawPeer) answered(cseq int) *gosip.Response {
	p.t.Helper()
	for {
		if res := p.response(200, gosip.INVITE); int(res.CSeq().SeqNo) == cseq {
			return res
		}
	}
}

func (p *rawPeer) send(text string) {
	p.t.Helper()
	if _, err := p.conn.WriteToUDPAddrPort([]byte(text), p.to); err != nil {
		p.t.Fatal(err)
	}
}

// answer responds to a request of the stack. Headers are whole lines; one that
// starts with a blank line is the body.
func (p *rawPeer) answer(req *gosip.Request, code int, tag, body string, headers ...string) {
	p.t.Helper()
	res := gosip.NewResponseFromRequest(req, code, reasonPhrase(code), nil)
	if tag != "" {
		res.To().Params.Add("tag", tag)
	}
	res.AppendHeader(gosip.NewHeader("Contact", fmt.Sprintf("<sip:far@%s>", p.contact)))
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		res.AppendHeader(gosip.NewHeader(name, value))
	}
	if body != "" {
		res.AppendHeader(gosip.NewHeader("Content-Type", "application/sdp"))
		res.SetBody([]byte(body))
	}
	p.send(res.String())
}

// sdpAt is an offer or answer of the far end.
func sdpAt(addr netip.AddrPort, more ...string) string {
	return fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 %[1]s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\nm=audio %[2]d RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n",
		addr.Addr(), addr.Port()) + strings.Join(append(more, ""), "\r\n")
}

// text writes a request of the far end. toTag "" is outside a dialog.
func (p *rawPeer) text(method, fromTag, toTag string, seq int, body string, headers ...string) string {
	to := "<sip:+33987654321@" + p.to.String() + ">"
	if toTag != "" {
		to += ";tag=" + toTag
	}
	lines := []string{
		fmt.Sprintf("%s sip:+33987654321@%s SIP/2.0", method, p.to),
		fmt.Sprintf("Via: SIP/2.0/UDP %s;branch=z9hG4bK%s%d;rport", p.addr, p.callID[:8], p.branch.Add(1)),
		"Max-Forwards: 70",
		fmt.Sprintf("From: \"Far\" <sip:+33123456789@%s>;tag=%s", p.addr.Addr(), fromTag),
		"To: " + to,
		"Call-ID: " + p.callID,
		fmt.Sprintf("CSeq: %d %s", seq, method),
		fmt.Sprintf("Contact: <sip:far@%s>", p.contact),
	}
	lines = append(lines, headers...)
	if body != "" && !strings.Contains(strings.Join(headers, "\n"), "Content-Type") {
		lines = append(lines, "Content-Type: application/sdp")
	}
	lines = append(lines, fmt.Sprintf("Content-Length: %d", len(body)), "", body)
	return strings.Join(lines, "\r\n")
}

// far is a rawPeer that is the one trunk of a stack.
func far(t *testing.T, cfg Config, h Handler) (*Stack, *rawPeer) {
	t.Helper()
	s, p := newTestStack(t, cfg, h), newRawPeer(t, "127.0.0.1")
	p.to = s.Addr("udp")
	s.SetTrunks([]Trunk{trunkTo("peer", p.addr)})
	return s, p
}

// dialled is a call of the stack whose INVITE has reached the far end.
func dialled(t *testing.T, cfg Config) (*Leg, *events, *rawPeer, *gosip.Request) {
	t.Helper()
	s, p := far(t, cfg, refuseAll(t))
	leg, err := s.Dial(t.Context(), spec("+33987654321"))
	if err != nil {
		t.Fatal(err)
	}
	return leg, listen(t, leg), p, p.request(gosip.INVITE)
}

// established is such a call, answered.
func established(t *testing.T, cfg Config, headers ...string) (*Leg, *events, *rawPeer, *gosip.Request) {
	t.Helper()
	leg, e, p, req := dialled(t, cfg)
	p.answer(req, 200, "far", sdpAt(p.addr), headers...)
	e.await("answered")
	p.request(gosip.ACK)
	p.callID = req.CallID().Value()
	return leg, e, p, req
}

// called is a call of the far end that was accepted; it returns our tag too.
func calledIn(t *testing.T, cfg Config, headers ...string) (*Leg, *events, *rawPeer, string) {
	t.Helper()
	h, calls := chanHandler()
	_, p := far(t, cfg, h)
	p.send(p.text("INVITE", "far", "", 1, sdpAt(p.addr), headers...))
	in := receive(t, calls)
	e := listen(t, in.Leg)
	in.Leg.Accept()
	tag := tagOf(p.response(200, gosip.INVITE).To().Params)
	p.send(p.text("ACK", "far", tag, 1, ""))
	eventually(t, "the ACK is taken", func() bool { return !in.Leg.waitsForACK() })
	return in.Leg, e, p, tag
}
