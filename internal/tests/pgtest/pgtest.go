// Package pgtest runs a real PostgreSQL for tests: a cluster of its own in a
// fresh folder, on a unix socket alone, gone with the test binary. It needs
// Debian's package postgresql and says so where it is missing. PostgreSQL
// refuses root: root's tests run it as the user postgres or nobody.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// startTimeout bounds initdb and the start.
const startTimeout = time.Minute

// Server is a running PostgreSQL.
type Server struct {
	dir  string
	cmd  *exec.Cmd
	done chan error
	last atomic.Int64 // number of the last schema made
}

// Start makes a cluster and starts it; call it once, from TestMain, and Stop it.
func Start() (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	// Not under TMPDIR: the path of a unix socket has to be short.
	dir, err := os.MkdirTemp("/tmp", "pg")
	if err != nil {
		return nil, fmt.Errorf("make a folder for PostgreSQL: %w", err)
	}
	s := &Server{dir: dir, done: make(chan error, 1)}
	if err := s.start(bin); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

func (s *Server) start(bin string) error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	as, err := unprivileged(s.dir)
	if err != nil {
		return err
	}
	data := filepath.Join(s.dir, "data")
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", data, "-U", "parley",
		"-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = as, s.dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	log, err := os.Create(filepath.Join(s.dir, "log"))
	if err != nil {
		return fmt.Errorf("make PostgreSQL's log: %w", err)
	}
	defer log.Close()
	s.cmd = exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", s.dir,
		"-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200")
	withParent := *as
	withParent.Pdeathsig = syscall.SIGQUIT // immediate shutdown
	s.cmd.SysProcAttr, s.cmd.Dir = &withParent, s.dir
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if err := s.launch(); err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	return s.await(ctx)
}

// launch starts the server so that it dies with the test binary, however that
// ends: the kernel watches the starting thread, which therefore stays.
func (s *Server) launch() error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := s.cmd.Start(); err != nil {
			started <- err
			return
		}
		started <- nil
		s.done <- s.cmd.Wait()
	}()
	return <-started
}

// await returns once the server takes connections.
func (s *Server) await(ctx context.Context) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgx.Connect(ctx, s.url("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-tick.C:
		case exit := <-s.done:
			log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			return fmt.Errorf("postgres ended: %w: %s", exit, log)
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("postgres did not start: %w", err), s.cmd.Process.Kill())
		}
	}
}

// Database makes an empty database for the test and returns its URL. It is a
// schema of its own in one database: making a real one copies 7 MB.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.url("postgres"))
	if err != nil {
		t.Fatalf("connect to PostgreSQL: %v", err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	name := fmt.Sprintf("test%d", s.last.Add(1))
	if _, err := conn.Exec(t.Context(), "CREATE SCHEMA "+name); err != nil {
		t.Fatalf("make a database: %v", err)
	}
	return s.url("postgres") + "&search_path=" + name
}

// Stop ends the server at once and removes its files.
func (s *Server) Stop() error {
	err := s.cmd.Process.Signal(syscall.SIGQUIT) // immediate shutdown
	<-s.done
	return errors.Join(err, os.RemoveAll(s.dir))
}

func (s *Server) url(database string) string {
	return "postgres:///" + database + "?host=" + s.dir + "&user=parley"
}

// binaries returns the folder of the newest PostgreSQL installed.
func binaries() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	best, version := "", -1
	for _, f := range found {
		if v, err := strconv.Atoi(strings.Split(f, "/")[4]); err == nil && v > version {
			best, version = filepath.Dir(f), v
		}
	}
	if best == "" {
		return "", errors.New("PostgreSQL is missing: apt-get install postgresql")
	}
	return best, nil
}

// unprivileged gives dir to a user PostgreSQL agrees to run as and returns how.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	if os.Geteuid() != 0 {
		return &syscall.SysProcAttr{}, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		return nil, fmt.Errorf("find a user to run PostgreSQL as: %w", err)
	}
	uid, errUID := strconv.ParseUint(u.Uid, 10, 32)
	gid, errGID := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(errUID, errGID, os.Chown(dir, int(uid), int(gid))); err != nil {
		return nil, fmt.Errorf("give PostgreSQL its folder: %w", err)
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}
