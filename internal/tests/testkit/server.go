package testkit

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the driver of Server.SQL
)

// Options bend a server.
type Options struct {
	Document string            // applied before the first start
	Settings map[string]string // beside the usual ones, by flag
	Tolerate []string          // parts of error lines that the test provokes
	Stopped  bool              // do not start it yet
}

// Server is the program on data of its own.
type Server struct {
	t       testing.TB
	program *Program
	opts    Options
	ports   block
	dir     string
	http    *http.Client

	log  buffer // of all its lives
	out  buffer
	cmd  *exec.Cmd
	done chan error
}

// Start prepares a server and starts it. It is stopped with the test, which
// fails if the log shows a race, a panic or an error that is not tolerated.
func Start(t testing.TB, p *Program, o Options) *Server {
	t.Helper()
	s := &Server{t: t, program: p, opts: o, ports: takeBlock(t), dir: t.TempDir()}
	transport := &http.Transport{DialContext: s.dial}
	s.http = &http.Client{Transport: transport, Timeout: Patience}
	t.Cleanup(func() {
		if s.cmd != nil {
			s.Stop()
		}
		transport.CloseIdleConnections()
		s.judge()
	})
	if o.Document != "" {
		s.Apply(o.Document)
	}
	if !o.Stopped {
		s.Launch()
	}
	return s
}

// dial goes to the server whatever the address says: its name is localhost,
// its address 127.0.0.1.
func (s *Server) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "tcp4", s.ports.addr(webPort))
}

// URL is where the pages are.
func (s *Server) URL() string { return fmt.Sprintf("http://localhost:%d", int(s.ports)+webPort) }

// SIP is the address trunks send to, for UDP and TCP.
func (s *Server) SIP() string { return s.ports.addr(sipPort) }

// SIPAddr is SIP for foreign programs.
func (s *Server) SIPAddr() netip.AddrPort { return netip.MustParseAddrPort(s.SIP()) }

// Data is a path in the data folder.
func (s *Server) Data(parts ...string) string {
	return filepath.Join(append([]string{s.dir, "data"}, parts...)...)
}

// settings are the flags of every command.
func (s *Server) settings() []string {
	all := map[string]string{
		"listen": s.ports.addr(webPort), "public-url": s.URL(), "data": s.Data(),
		"media": s.ports.addr(mediaPort), "public-ip": "127.0.0.1",
		"sip-udp": s.ports.addr(sipPort), "sip-tcp": s.ports.addr(sipPort),
		"rtp-ports": fmt.Sprintf("%d-%d", int(s.ports)+rtpPorts, int(s.ports)+lastRTPPort),
		"log-level": "debug",
	}
	maps.Copy(all, s.opts.Settings)
	var args []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		args = append(args, "-"+name+"="+all[name])
	}
	return args
}

// command is the program with a command, the settings and what follows them.
func (s *Server) command(name string, rest ...string) *exec.Cmd {
	cmd := exec.Command(s.program.path(), append(append([]string{name}, s.settings()...), rest...)...)
	cmd.Dir = s.dir
	cmd.Env = slices.DeleteFunc(os.Environ(), func(kv string) bool { return strings.HasPrefix(kv, "PARLEY_") })
	return cmd
}

// Launch starts the server and waits until it is ready.
func (s *Server) Launch() {
	s.t.Helper()
	s.cmd = s.command("serve")
	s.cmd.Stdout, s.cmd.Stderr = &s.out, &s.log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	s.done = make(chan error, 1)
	check(s.t, "start the server", s.spawn())
	Await(s.t, "the server to be ready", func() string {
		select {
		case err := <-s.done:
			s.cmd = nil
			s.t.Fatalf("the server ended at once: %v\n%s", err, s.log.String())
		default:
		}
		res, err := s.http.Get(s.URL() + "/readyz")
		if err != nil {
			return err.Error()
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK {
			return res.Status
		}
		return ""
	})
}

// spawn starts the process on a thread that stays: the kernel ends the process
// with the thread that started it.
func (s *Server) spawn() error {
	started := make(chan error)
	cmd, done := s.cmd, s.done
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			done <- cmd.Wait()
		}
	}()
	return <-started
}

// Stop ends the server as an operator does and expects it to end well.
func (s *Server) Stop() {
	s.t.Helper()
	cmd := s.cmd
	s.cmd = nil
	check(s.t, "signal the server", cmd.Process.Signal(syscall.SIGTERM))
	select {
	case err := <-s.done:
		if err != nil {
			s.t.Errorf("the server ended with %v", err)
		}
	case <-time.After(Patience):
		s.t.Error("the server does not stop")
		_ = cmd.Process.Signal(syscall.SIGQUIT) // shows its goroutines in the log
		<-s.done
	}
}

// Kill ends the server as a power cut does.
func (s *Server) Kill() {
	s.t.Helper()
	cmd := s.cmd
	s.cmd = nil
	check(s.t, "kill the server", cmd.Process.Kill())
	<-s.done
}

// Log is what the server has logged so far.
func (s *Server) Log() string { return s.log.String() }

// judge reads the log for what no test may leave behind.
func (s *Server) judge() {
	s.t.Helper()
	log := s.log.String()
	for _, sign := range []string{"WARNING: DATA RACE", "panic: ", "fatal error: "} {
		if strings.Contains(log, sign) {
			s.t.Errorf("the server's log has %q", sign)
		}
	}
	for line := range strings.Lines(log) {
		tolerated := slices.ContainsFunc(s.opts.Tolerate, func(part string) bool { return strings.Contains(line, part) })
		if strings.Contains(line, "level=ERROR") && !tolerated {
			s.t.Errorf("the server logged an error: %s", line)
		}
	}
	if s.t.Failed() {
		s.t.Logf("the server's log:\n%s", log)
	}
}

// SetupLink is the one-time link the first start printed.
func (s *Server) SetupLink() string {
	s.t.Helper()
	var link string
	Await(s.t, "the setup link", func() string {
		link = regexp.MustCompile(`http://\S+/setup/\S+`).FindString(s.out.String())
		if link == "" {
			return "printed only " + s.out.String()
		}
		return ""
	})
	return link
}

// Run runs another command of the program on the same data, with input on its
// standard input, and returns what it prints.
func (s *Server) Run(input, name string, rest ...string) string {
	s.t.Helper()
	out, err := s.Try(input, name, rest...)
	if err != nil {
		s.t.Fatalf("parley %s: %v", name, err)
	}
	return out
}

// Try is Run for a command that may fail: the error has what it complained of.
func (s *Server) Try(input, name string, rest ...string) (string, error) {
	s.t.Helper()
	var out, errs bytes.Buffer
	cmd := s.command(name, rest...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &out, &errs
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%w: %s", err, errs.String())
	}
	return out.String(), nil
}

// SQL changes the server's SQLite file behind its back.
func (s *Server) SQL(statement string) {
	s.t.Helper()
	db, err := sql.Open("sqlite", "file:"+s.Data("parley.db")+"?_pragma=busy_timeout(5000)")
	check(s.t, "open the server's database", err)
	defer db.Close()
	_, err = db.ExecContext(s.t.Context(), statement)
	check(s.t, "change the server's database", err)
}

// Apply brings the workspace to what a document says.
func (s *Server) Apply(document string) {
	s.t.Helper()
	s.Run(document, "apply", "-")
}

// Metric is the value of a figure of /metrics, by its name with labels.
func (s *Server) Metric(name string) string {
	s.t.Helper()
	res, err := s.http.Get(s.URL() + "/metrics")
	check(s.t, "read metrics", err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	check(s.t, "read metrics", err)
	found := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + ` (\S+)$`).FindSubmatch(text)
	if found == nil {
		s.t.Fatalf("no metric %s", name)
	}
	return string(found[1])
}

// buffer is written by a process and read by the test.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
