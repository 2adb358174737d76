// Package rtpengine runs sipwise's rtpengine, the relay that carriers use, as a
// process beside ours, so that both can be measured in one run. It must be installed
// (Debian: rtpengine-daemon); its kernel module is not used.
package rtpengine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"net/netip"

	"parley/internal/base/id"
	"parley/internal/tests/load"
)

const (
	program  = "rtpengine"
	patience = 10 * time.Second
)

// Engine is a running rtpengine. It is asked from one goroutine.
type Engine struct {
	cmd  *exec.Cmd
	conn net.Conn // to its ng port
}

// Installed says whether there is one on this machine.
func Installed() bool {
	_, err := exec.LookPath(program)
	return err == nil
}

// Start starts one that may use the ports from low to high, with as many threads as
// it likes, and listens for commands on the port below them. It must be closed.
func Start(ctx context.Context, low, high int, log io.Writer) (*Engine, error) {
	ng := fmt.Sprintf("127.0.0.1:%d", low-1)
	cmd := exec.CommandContext(ctx, program, "--config-file=none", "--foreground", "--log-stderr", "--log-level=4", "--table=-1",
		"--interface=127.0.0.1", "--listen-ng="+ng, "--port-min="+strconv.Itoa(low), "--port-max="+strconv.Itoa(high))
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start rtpengine: %w", err)
	}
	conn, err := net.Dial("udp4", ng)
	if err != nil {
		return nil, fmt.Errorf("reach rtpengine: %w", err)
	}
	e := &Engine{cmd, conn}
	for begun := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		if _, err = e.ask(map[string]any{"command": "ping"}); err == nil {
			return e, nil
		}
		if time.Since(begun) > patience {
			return nil, errors.Join(err, e.Close())
		}
	}
}

// PID is the process whose time and memory count.
func (e *Engine) PID() int { return e.cmd.Process.Pid }

// Close ends it.
func (e *Engine) Close() error {
	err := e.cmd.Process.Signal(syscall.SIGTERM)
	_ = e.cmd.Wait() // it says nothing by its status
	return errors.Join(err, e.conn.Close())
}

// Browsers sets up a call between two browsers.
func (e *Engine) Browsers(f *load.Farm) error {
	a, offer, err := f.Offer()
	if err != nil {
		return err
	}
	call := id.New()
	toB, err := e.command("offer", call, offer, browser)
	if err != nil {
		return err
	}
	_, answer, err := f.Answer(toB)
	if err != nil {
		return err
	}
	toA, err := e.command("answer", call, answer, browser)
	if err != nil {
		return err
	}
	return a.Accept(toA)
}

// Trunk sets up a call between a browser and a phone that speaks plain RTP.
func (e *Engine) Trunk(f *load.Farm) error {
	phone, err := f.Phone()
	if err != nil {
		return err
	}
	call := id.New()
	addr := phone.Addr()
	toBrowser, err := e.command("offer", call, fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\n"+
		"m=audio %[2]d RTP/AVP 8 126\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:126 telephone-event/8000\r\na=sendrecv\r\n", addr.Addr(), addr.Port()), browser)
	if err != nil {
		return err
	}
	_, answer, err := f.Answer(toBrowser)
	if err != nil {
		return err
	}
	toPhone, err := e.command("answer", call, answer, trunk)
	if err != nil {
		return err
	}
	to, err := mediaAddr(toPhone)
	if err != nil {
		return err
	}
	phone.Speak(to)
	return nil
}

// side is what a party is like, as flags of the ng protocol.
type side map[string]any

var (
	browser = side{"transport-protocol": "UDP/TLS/RTP/SAVPF", "ICE": "force", "ICE-lite": "both", "DTLS": "passive", "rtcp-mux": []any{"require"}, "SDES": []any{"off"}}
	trunk   = side{"transport-protocol": "RTP/AVP", "ICE": "remove", "rtcp-mux": []any{"demux"}}
)

// command hands a description on to the other party.
func (e *Engine) command(name, call, sdp string, to side) (string, error) {
	ask := map[string]any{"command": name, "call-id": call, "from-tag": "a", "sdp": sdp}
	for k, v := range to {
		ask[k] = v
	}
	if name == "answer" {
		ask["to-tag"] = "b"
	}
	reply, err := e.ask(ask)
	if err != nil {
		return "", err
	}
	text, _ := reply["sdp"].(string)
	return text, nil
}

// ask sends a command and waits for its reply (rtpengine's ng protocol: a cookie and a
// bencoded dictionary in one datagram).
func (e *Engine) ask(what map[string]any) (map[string]any, error) {
	cookie := id.New()
	if err := e.conn.SetDeadline(time.Now().Add(patience / 10)); err != nil {
		return nil, err
	}
	if _, err := e.conn.Write(append([]byte(cookie+" "), encode(nil, what)...)); err != nil {
		return nil, fmt.Errorf("ask rtpengine: %w", err)
	}
	buf := make([]byte, 1<<16)
	n, err := e.conn.Read(buf)
	if err != nil {
		return nil, fmt.Errorf("ask rtpengine: %w", err)
	}
	body, ok := strings.CutPrefix(string(buf[:n]), cookie+" ")
	if !ok {
		return nil, errors.New("ask rtpengine: an answer to something else")
	}
	v, _, err := decode(body)
	if err != nil {
		return nil, fmt.Errorf("read rtpengine's answer: %w", err)
	}
	reply, _ := v.(map[string]any)
	if result := reply["result"]; result != "ok" && result != "pong" {
		return nil, fmt.Errorf("rtpengine says %v: %v", result, reply["error-reason"])
	}
	return reply, nil
}

// mediaAddr is where a description wants packets.
func mediaAddr(sdp string) (netip.AddrPort, error) {
	var host, port string
	for line := range strings.Lines(sdp) {
		f := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "c=IN IP4 ") && host == "":
			host = f[2]
		case strings.HasPrefix(line, "m=audio "):
			port = f[1]
		}
	}
	addr, err := netip.ParseAddrPort(host + ":" + port)
	if err != nil {
		return addr, fmt.Errorf("read rtpengine's description: %w", err)
	}
	return addr, nil
}
