// Package testkit runs the whole server for tests: the real program, built once
// and started as a child process on loopback ports of its own, with agents and
// callers who speak the real protocol over real websockets and WebRTC, each
// with one tone as voice and an ear for those of others.
//
// Helpers fail the test themselves, with what they waited for and how things
// stood. They are called from the test's goroutine; what they start is ended
// with the test.
package testkit

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Program is the server's executable.
type Program struct{ dir string }

// Build compiles the server; call it once, from TestMain, and Remove it.
func Build() (*Program, error) {
	mod, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return nil, fmt.Errorf("ask go for the module: %w", err)
	}
	dir, err := os.MkdirTemp("", "parley-test")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the server: %w", err)
	}
	p := &Program{dir: dir}
	args := []string{"build", "-o", p.path()}
	if racing {
		// Making the hold music takes 60 ms, but with the detector 2 s of every
		// start. That package shares nothing that changes.
		args = append(args, "-race", "-gcflags=parley/internal/media/audio=-race=false")
	}
	cmd := exec.Command("go", append(args, "./server")...)
	cmd.Dir = filepath.Dir(strings.TrimSpace(string(mod)))
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("build the server: %w\n%s", err, out), p.Remove())
	}
	return p, nil
}

// Remove deletes the executable.
func (p *Program) Remove() error { return os.RemoveAll(p.dir) }

func (p *Program) path() string { return filepath.Join(p.dir, "parley") }
