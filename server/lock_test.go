package main

import (
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestOneServerOnADataFolder(t *testing.T) {
	cfg, _, err := readConfig([]string{"-data", t.TempDir()}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if err := tellServer(cfg); err != nil {
		t.Errorf("no server has ever run here: %v", err)
	}
	first, err := lockData(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lockData(cfg); err == nil || !strings.Contains(err.Error(), strconv.Itoa(os.Getpid())) {
		t.Errorf("a second server: %v", err)
	}
	if err := tellServer(cfg); err != nil {
		t.Fatal(err)
	}
	select {
	case <-first.told: // taken before anything listens, else it would kill
	case <-time.After(5 * time.Second):
		t.Error("the running server was not told")
	}
	if err := first.release(); err != nil {
		t.Fatal(err)
	}
	if err := tellServer(cfg); err != nil {
		t.Errorf("the server has stopped: %v", err)
	}
	again, err := lockData(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.release(); err != nil {
		t.Fatal(err)
	}
}
