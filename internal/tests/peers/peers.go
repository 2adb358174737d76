// Package peers drives foreign SIP programs for tests: sipp, baresip and
// kamailio, each on ports of its own on loopback, ended with the test. A
// missing program fails the test with the name of its Debian package.
package peers

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long any step of a foreign program may take.
const patience = 20 * time.Second

func lookFor(t testing.TB, program, debianPackage string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatalf("%s is missing: apt-get install %s", program, debianPackage)
	}
	return path
}

// freePort returns a loopback port that is free for UDP and TCP, as even as a
// media port must be, with the one after it free too.
func freePort(t testing.TB) int {
	t.Helper()
	for range 100 {
		u, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		port := u.LocalAddr().(*net.UDPAddr).Port
		good := port%2 == 0 && port < 65000 && free(port+1) && freeTCP(port) && freeTCP(port+1)
		_ = u.Close()
		if good {
			return port
		}
	}
	t.Fatal("no free port on 127.0.0.1")
	return 0
}

func free(port int) bool {
	u, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		return false
	}
	return u.Close() == nil
}

func freeTCP(port int) bool {
	l, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

func loopback(port int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(port))
}

// process is a running program; its output is kept to be shown on failure.
type process struct {
	t    testing.TB
	name string
	cmd  *exec.Cmd
	out  lockedBuffer
	done chan struct{}
	err  error
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.b.Len() > 1<<20 {
		return len(p), nil
	}
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// start runs a program until it ends or the test does.
func start(t testing.TB, dir, path string, args ...string) *process {
	t.Helper()
	p := &process{t: t, name: path, cmd: exec.Command(path, args...), done: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, &p.out, &p.out
	// A group of its own, so that its children end with it.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		p.stop()
		if t.Failed() {
			t.Logf("%s said:\n%s", path, p.out.String())
		}
	})
	return p
}

// stop ends the program gently, then not.
func (p *process) stop() {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		select {
		case <-p.done:
			return
		default:
		}
		_ = syscall.Kill(-p.cmd.Process.Pid, sig)
		select {
		case <-p.done:
			return
		case <-time.After(3 * time.Second):
		}
	}
}

// until waits for a condition while the program lives.
func (p *process) until(what string, cond func() bool) {
	p.t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-p.done:
			p.t.Fatalf("%s ended before %s: %v\n%s", p.name, what, p.err, p.out.String())
		case <-deadline:
			p.t.Fatalf("%s: never %s\n%s", p.name, what, p.out.String())
		}
	}
}
