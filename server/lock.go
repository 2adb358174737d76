package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// dataLock says that a server runs on a data folder: two would mend and move
// each other's recordings. The lock goes with the process, however it ends.
type dataLock struct {
	file *os.File
	// told gets the signal of tellServer. It is taken before the lock and until
	// the process ends: whoever sees the lock held may send one, and one that
	// nobody takes kills a process.
	told chan os.Signal
}

func lockPath(cfg *Config) string { return filepath.Join(cfg.DataDir, "parley.lock") }

// lockData takes the data folder, or says who has it.
func lockData(cfg *Config) (*dataLock, error) {
	if err := cfg.prepareData(); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(lockPath(cfg), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of the data folder: %w", err)
	}
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGHUP)
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder, _ := readPID(f)
		return nil, errors.Join(fmt.Errorf("another server (process %d) runs on the data folder %s", holder, cfg.DataDir), f.Close())
	}
	if err := f.Truncate(0); err != nil {
		return nil, errors.Join(fmt.Errorf("write the lock of the data folder: %w", err), f.Close())
	}
	if _, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0); err != nil {
		return nil, errors.Join(fmt.Errorf("write the lock of the data folder: %w", err), f.Close())
	}
	return &dataLock{file: f, told: told}, nil
}

func (l *dataLock) release() error { return l.file.Close() }

// tellServer has the server on this data folder, if one runs, read anew what an
// admin command changed. A cluster hears of it on its bus instead.
func tellServer(cfg *Config) error {
	if cfg.NATSURL != "" {
		return nil
	}
	f, err := os.Open(lockPath(cfg))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open the lock of the data folder: %w", err)
	}
	defer f.Close()
	if syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) == nil {
		return nil // nobody holds it: no server runs
	}
	pid, err := readPID(f)
	if err != nil {
		return err
	}
	if err := syscall.Kill(pid, syscall.SIGHUP); err != nil {
		return fmt.Errorf("tell the running server (process %d): %w", pid, err)
	}
	return nil
}

func readPID(f *os.File) (int, error) {
	raw, err := io.ReadAll(io.LimitReader(f, 32))
	if err != nil {
		return 0, fmt.Errorf("read the lock of the data folder: %w", err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil {
		return 0, fmt.Errorf("read the lock of the data folder: %w", err)
	}
	return pid, nil
}
