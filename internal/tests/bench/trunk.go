package main

import (
	"fmt"
	"net"
	"strings"
	"time"

	"parley/internal/base/id"
)

// trunk is a provider's switch that places one call and takes it back: the few
// lines of SIP (RFC 3261) that are measured, and no stack whose time would count.
type trunk struct {
	r      *run
	conn   net.Conn
	number string
	callID string
}

func newTrunk(r *run, server, number string) *trunk {
	conn, err := net.Dial("udp4", server)
	if err != nil {
		r.Fatalf("open a socket to %s: %v", server, err)
	}
	r.Cleanup(func() { _ = conn.Close() })
	return &trunk{r: r, conn: conn, number: number, callID: id.New()}
}

func (t *trunk) invite() {
	body := strings.Join([]string{
		"v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0",
		"m=audio 40000 RTP/AVP 8 0 101", "a=rtpmap:101 telephone-event/8000", "",
	}, "\r\n")
	t.request("INVITE", "", "Content-Type: application/sdp\r\n", body)
}

func (t *trunk) cancel()      { t.request("CANCEL", "", "", "") }
func (t *trunk) acknowledge() { t.request("ACK", ";tag=any", "", "") }

// request sends a request of the one transaction there is.
func (t *trunk) request(method, toTag, headers, body string) {
	local := t.conn.LocalAddr()
	message := fmt.Sprintf("%s sip:%s@%s SIP/2.0\r\n"+
		"Via: SIP/2.0/UDP %s;branch=z9hG4bK%s\r\n"+
		"From: <sip:+33611223344@127.0.0.1>;tag=bench\r\nTo: <sip:%s@%s>%s\r\n"+
		"Call-ID: %s\r\nCSeq: 1 %s\r\nMax-Forwards: 70\r\nContact: <sip:bench@%s>\r\n%sContent-Length: %d\r\n\r\n%s",
		method, t.number, t.conn.RemoteAddr(), local, t.callID, t.number, t.conn.RemoteAddr(), toTag,
		t.callID, method, local, headers, len(body), body)
	if _, err := t.conn.Write([]byte(message)); err != nil {
		t.r.Fatalf("send %s: %v", method, err)
	}
}

// await reads until the INVITE is answered with the code, and returns when.
func (t *trunk) await(code int) time.Time {
	const patience = 10 * time.Second
	buf := make([]byte, 1<<16)
	if err := t.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.r.Fatal(err)
	}
	for {
		n, err := t.conn.Read(buf)
		at := time.Now()
		if err != nil {
			t.r.Fatalf("wait for %d: %v", code, err)
		}
		answer := string(buf[:n])
		if strings.HasPrefix(answer, fmt.Sprintf("SIP/2.0 %d ", code)) && strings.Contains(answer, "1 INVITE") {
			return at
		}
		if final := strings.HasPrefix(answer, "SIP/2.0 ") && answer[8] > '2' && strings.Contains(answer, "1 INVITE"); final {
			t.r.Fatalf("the server answers %.80s", answer)
		}
	}
}
