package e2e

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// exchange is the phone network at the far end of the trunk, over one socket: any
// number of people who call the company, and phones outside that it calls.
type exchange struct {
	t       *testing.T
	conn    *net.UDPConn
	deaf    *net.UDPConn // where phones outside are told what is said to them
	server  netip.AddrPort
	reading sync.WaitGroup
	does    map[string]int // by number outside: how it answers a call, 180 for never

	mu      sync.Mutex
	callers map[string]*caller // by Call-ID
}

// newExchange opens the ports of a phone network that answers nobody before serve.
func newExchange(t *testing.T) *exchange {
	t.Helper()
	conn, err := openPort()
	if err != nil {
		t.Fatal(err)
	}
	deaf, err := openPort()
	if err != nil {
		t.Fatal(err)
	}
	x := &exchange{t: t, conn: conn, deaf: deaf, callers: make(map[string]*caller)}
	t.Cleanup(func() {
		_, _ = conn.Close(), deaf.Close()
		x.reading.Wait()
	})
	return x
}

// serve connects the network to a server.
func (x *exchange) serve(server netip.AddrPort, does map[string]int) {
	x.server, x.does = server, does
	x.reading.Go(x.read)
}

func openPort() (*net.UDPConn, error) {
	return net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
}

func portOf(conn *net.UDPConn) int { return conn.LocalAddr().(*net.UDPAddr).Port }

func (x *exchange) port() int { return portOf(x.conn) }

func (x *exchange) read() {
	buf := make([]byte, 1<<16)
	for {
		n, _, err := x.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		msg, err := gosip.ParseMessage(buf[:n])
		if err != nil {
			x.t.Errorf("the server sends what nobody understands: %v\n%s", err, buf[:n])
			continue
		}
		switch m := msg.(type) {
		case *gosip.Request:
			x.asked(m)
		case *gosip.Response:
			if c := x.caller(m.CallID().Value()); c != nil {
				c.answered(m)
			}
		}
	}
}

func (x *exchange) caller(callID string) *caller {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.callers[callID]
}

func (x *exchange) send(text string) {
	_, _ = x.conn.WriteToUDPAddrPort([]byte(text), x.server) // what is lost is sent again
}

// asked answers the server's requests. The same request again gets the same answer.
func (x *exchange) asked(req *gosip.Request) {
	switch req.Method {
	case gosip.INVITE:
		x.rings(req)
	case gosip.CANCEL:
		x.respond(req, 200, "")
		req.CSeq().MethodName = gosip.INVITE
		x.respond(req, 487, "")
	case gosip.BYE:
		x.respond(req, 200, "")
		if c := x.caller(req.CallID().Value()); c != nil {
			c.end()
		}
	case gosip.OPTIONS:
		x.respond(req, 200, "")
	}
}

// rings is a phone outside that the company calls.
func (x *exchange) rings(req *gosip.Request) {
	code, known := x.does[req.Recipient.User]
	if !known {
		x.t.Errorf("the company calls %s", req.Recipient.User)
		code = 404
	}
	body := ""
	if code == 200 {
		body = description(portOf(x.deaf))
	}
	x.respond(req, code, body)
}

func (x *exchange) respond(req *gosip.Request, code int, body string) {
	res := gosip.NewResponseFromRequest(req, code, "Because", nil)
	if res.To().Params == nil {
		res.To().Params = gosip.NewParams()
	}
	if tag, _ := res.To().Params.Get("tag"); tag == "" && code > 100 {
		res.To().Params.Add("tag", "outside")
	}
	res.AppendHeader(gosip.NewHeader("Contact", fmt.Sprintf("<sip:outside@127.0.0.1:%d>", x.port())))
	if body != "" {
		res.AppendHeader(gosip.NewHeader("Content-Type", "application/sdp"))
	}
	res.SetBody([]byte(body))
	x.send(res.String())
}

// description is a phone that speaks A-law and sends keys as events.
func description(port int) string {
	return fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"+
		"m=audio %d RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n", port)
}

// caller is one person's call to the company.
type caller struct {
	x      *exchange
	id     string
	from   string // a number, "" hides it
	to     string
	target string // where requests in the dialog go
	toTag  string
	rtp    *net.UDPConn
	stop   chan struct{}
	tasks  sync.WaitGroup

	mu     sync.Mutex
	media  netip.AddrPort
	up     bool
	over   bool
	code   int // of a call that was refused
	byed   bool
	heard  []byte // A-law
	header struct {
		seq uint16
		ts  uint32
	}
}

// call places a call.
func (x *exchange) call(id, from, to string) (*caller, error) {
	rtp, err := openPort()
	if err != nil {
		return nil, fmt.Errorf("open a port for audio: %w", err)
	}
	c := &caller{x: x, id: id, from: from, to: to, rtp: rtp, stop: make(chan struct{})}
	x.mu.Lock()
	x.callers[id] = c
	x.mu.Unlock()
	c.tasks.Go(c.listen)
	c.tasks.Go(c.speak)
	invite := c.request("INVITE", 1, c.uri(), "inv", description(portOf(rtp)))
	c.tasks.Go(func() {
		c.insist(invite, func() bool { return c.code != 0 || c.up || c.over })
	})
	return c, nil
}

func (c *caller) uri() string { return "sip:" + c.to + "@" + c.x.server.String() }

func (c *caller) request(method string, seq int, uri, branch, body string) string {
	from := "<sip:" + c.from + "@127.0.0.1>"
	if c.from == "" {
		from = `"Anonymous" <sip:anonymous@anonymous.invalid>`
	}
	to := "<sip:" + c.to + "@" + c.x.server.String() + ">"
	if c.toTag != "" {
		to += ";tag=" + c.toTag
	}
	kind := ""
	if body != "" {
		kind = "Content-Type: application/sdp\r\n"
	}
	return fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bK-%s-%s;rport\r\nFrom: %s;tag=%s\r\nTo: %s\r\n"+
		"Call-ID: %s\r\nCSeq: %d %s\r\nContact: <sip:caller@127.0.0.1:%d>\r\nMax-Forwards: 70\r\n%sContent-Length: %d\r\n\r\n%s",
		method, uri, c.x.port(), branch, c.id, from, c.id, to, c.id, seq, method, c.x.port(), kind, len(body), body)
}

// insist sends a request again until it is answered.
func (c *caller) insist(text string, done func() bool) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		c.x.send(text)
		select {
		case <-c.stop:
			return
		case <-tick.C:
		}
		c.mu.Lock()
		enough := done()
		c.mu.Unlock()
		if enough {
			return
		}
	}
}

// answered takes a response of the server.
func (c *caller) answered(res *gosip.Response) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case res.CSeq().MethodName == gosip.BYE:
		c.over = true
	case res.CSeq().MethodName != gosip.INVITE:
	case res.StatusCode < 200:
		c.code = res.StatusCode // it has heard us
	case res.StatusCode == 200:
		c.code, c.up = 200, true
		c.toTag, _ = res.To().Params.Get("tag")
		c.target = res.Contact().Address.String()
		c.media = mediaOf(res.Body())
		c.x.send(c.request("ACK", 1, c.target, "ack", ""))
	default:
		c.code, c.over = res.StatusCode, true
		tag := c.toTag
		c.toTag, _ = res.To().Params.Get("tag")
		c.x.send(c.request("ACK", 1, c.uri(), "inv", ""))
		c.toTag = tag
	}
}

func mediaOf(sdp []byte) netip.AddrPort {
	for line := range strings.Lines(string(sdp)) {
		if rest, ok := strings.CutPrefix(line, "m=audio "); ok {
			port, _ := strconv.ParseUint(strings.Fields(rest)[0], 10, 16)
			return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(port))
		}
	}
	return netip.AddrPort{}
}

func (c *caller) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
}

// ended says whether the call is over.
func (c *caller) ended() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.over
}

// hangUp ends an answered call.
func (c *caller) hangUp() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byed || !c.up || c.over {
		return
	}
	c.byed = true
	bye := c.request("BYE", 2, c.target, "bye", "")
	c.tasks.Go(func() { c.insist(bye, func() bool { return c.over }) })
}

// close frees what the call took.
func (c *caller) close() {
	close(c.stop)
	_ = c.rtp.Close()
	c.tasks.Wait()
}
