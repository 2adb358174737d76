package peers

import (
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// SippOptions is one run of a sipp scenario.
type SippOptions struct {
	Scenario       string         // path of the XML file
	Remote         netip.AddrPort // whom to call; zero for a scenario that waits
	Service        string         // the user called, [service] in the scenario
	User, Password string         // for [authentication]
	Keys           map[string]string
	Calls          int // how often to run it; once if zero
	TCP            bool
	Timeout        time.Duration // 30 s if zero
}

// Sipp is a running scenario.
type Sipp struct {
	p    *process
	addr netip.AddrPort
	errs string
}

// StartSipp runs a scenario. A scenario that waits for a call listens on
// Addr when this returns.
func StartSipp(t testing.TB, o SippOptions) *Sipp {
	t.Helper()
	path := lookFor(t, "sipp", "sip-tester")
	scenario, err := filepath.Abs(o.Scenario)
	if err != nil {
		t.Fatal(err)
	}
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	port, media, dir := freePort(t), freePort(t), t.TempDir()
	s := &Sipp{addr: loopback(port), errs: filepath.Join(dir, "errors.log")}
	args := []string{
		"-sf", scenario, "-i", "127.0.0.1", "-p", strconv.Itoa(port), "-mi", "127.0.0.1", "-mp", strconv.Itoa(media),
		"-m", strconv.Itoa(max(o.Calls, 1)), "-nostdin", "-trace_err", "-error_file", s.errs, "-timeout", strconv.Itoa(int(o.Timeout.Seconds())) + "s", "-timeout_error",
	}
	if o.TCP {
		args = append(args, "-t", "t1")
	}
	if o.User != "" {
		args = append(args, "-au", o.User, "-ap", o.Password)
	}
	if o.Service != "" {
		args = append(args, "-s", o.Service)
	}
	for k, v := range o.Keys {
		args = append(args, "-key", k, v)
	}
	if o.Remote.IsValid() {
		args = append(args, o.Remote.String())
	}
	s.p = start(t, dir, path, args...)
	if !o.Remote.IsValid() {
		s.p.until("listening", func() bool { return !free(port) || !freeTCP(port) })
	}
	return s
}

// Addr is where sipp's SIP is.
func (s *Sipp) Addr() netip.AddrPort { return s.addr }

// Ended says whether the scenario is over.
func (s *Sipp) Ended() bool {
	select {
	case <-s.p.done:
		return true
	default:
		return false
	}
}

// Wait waits until the scenario has run through, and fails the test if it did
// not run as written.
func (s *Sipp) Wait() {
	s.p.t.Helper()
	select {
	case <-s.p.done:
	case <-time.After(time.Minute):
		s.p.t.Fatalf("sipp does not end")
	}
	if s.p.err != nil {
		errs, _ := os.ReadFile(s.errs)
		s.p.t.Errorf("sipp: %v\n%s", s.p.err, errs)
	}
}
