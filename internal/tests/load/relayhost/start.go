package relayhost

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"

	"parley/internal/tests/load"
)

// Host is a host as those see it who load it. It is asked from one goroutine.
type Host struct {
	// Record is the folder in which calls are recorded; "": they are not.
	Record string

	cmd     *exec.Cmd
	in      io.Closer
	asks    *json.Encoder
	replies *json.Decoder
	calls   int
}

// Start starts a host, which writes its log to log. It must be closed.
func Start(ctx context.Context, log io.Writer) (*Host, error) {
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), env+"=1")
	cmd.Stderr = log
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start a relay: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start a relay: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start a relay: %w", err)
	}
	return &Host{cmd: cmd, in: in, asks: json.NewEncoder(in), replies: json.NewDecoder(out)}, nil
}

// PID is the process whose time and memory count.
func (h *Host) PID() int { return h.cmd.Process.Pid }

// Close ends the host.
func (h *Host) Close() error {
	if err := errors.Join(h.in.Close(), h.cmd.Wait()); err != nil {
		return fmt.Errorf("end the relay: %w", err)
	}
	return nil
}

// Browsers sets up a call between two browsers.
func (h *Host) Browsers(f *load.Farm) error {
	a, err := h.browser(f)
	if err != nil {
		return err
	}
	b, err := h.browser(f)
	if err != nil {
		return err
	}
	return h.join(a, b)
}

// Trunk sets up a call between a browser and a phone that speaks plain RTP.
func (h *Host) Trunk(f *load.Farm) error {
	a, err := h.browser(f)
	if err != nil {
		return err
	}
	phone, err := f.Phone()
	if err != nil {
		return err
	}
	r, err := h.ask(ask{Phone: phone.Addr().String()})
	if err != nil {
		return err
	}
	to, err := netip.ParseAddrPort(r.Addr)
	if err != nil {
		return fmt.Errorf("read where the relay hears: %w", err)
	}
	phone.Speak(to)
	return h.join(a, r.Leg)
}

// Inside is what goes on inside a host.
type Inside struct {
	Goroutines  int
	Allocations uint64 // made so far
}

// Inside tells what goes on inside the host.
func (h *Host) Inside() (Inside, error) {
	r, err := h.ask(ask{Inside: true})
	return r.Inside, err
}

func (h *Host) browser(f *load.Farm) (leg int, err error) {
	r, err := h.ask(ask{Browser: true})
	if err != nil {
		return 0, err
	}
	_, answer, err := f.Answer(r.Offer)
	if err != nil {
		return 0, err
	}
	_, err = h.ask(ask{Leg: r.Leg, Answer: answer})
	return r.Leg, err
}

func (h *Host) join(a, b int) error {
	j := ask{Join: [2]int{a, b}}
	if h.calls++; h.Record != "" {
		j.Record = fmt.Sprintf("%s/%d.wav", h.Record, h.calls)
	}
	_, err := h.ask(j)
	return err
}

func (h *Host) ask(a ask) (reply, error) {
	var r reply
	if err := errors.Join(h.asks.Encode(a), h.replies.Decode(&r)); err != nil {
		return r, fmt.Errorf("ask the relay: %w", err)
	}
	if r.Err != "" {
		return r, fmt.Errorf("ask the relay: %s", r.Err)
	}
	return r, nil
}
