package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/andybalholm/brotli"
)

// buildBrowser compiles the browser program, compresses it as far as brotli
// goes, and puts both with Go's loader where the server embeds them. What has
// not changed is not compressed again: that takes seconds.
func buildBrowser() error {
	say("building the browser program")
	dist := filepath.Join("web", "static", "dist")
	program := filepath.Join(dist, "parley.wasm")
	err := command(env("GOOS=js", "GOARCH=wasm"), "go", "build", "-trimpath", "-ldflags=-s -w", "-o", program, "./wasm")
	if err != nil {
		return err
	}
	if err := copyLoader(dist); err != nil {
		return err
	}
	raw, err := os.ReadFile(program)
	if err != nil {
		return fmt.Errorf("read the browser program: %w", err)
	}
	sum := sha256.Sum256(raw)
	mark := filepath.Join("build", "parley.wasm.sha256")
	if old, err := os.ReadFile(mark); err == nil && string(old) == hex.EncodeToString(sum[:]) {
		if _, err := os.Stat(program + ".br"); err == nil {
			return nil
		}
	}
	var packed bytes.Buffer
	w := brotli.NewWriterLevel(&packed, brotli.BestCompression)
	if _, err := w.Write(raw); err != nil {
		return fmt.Errorf("compress the browser program: %w", err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("compress the browser program: %w", err)
	}
	if err := os.WriteFile(program+".br", packed.Bytes(), 0o600); err != nil {
		return fmt.Errorf("write the compressed browser program: %w", err)
	}
	if err := os.MkdirAll("build", 0o700); err != nil {
		return fmt.Errorf("make the build folder: %w", err)
	}
	return os.WriteFile(mark, []byte(hex.EncodeToString(sum[:])), 0o600)
}

// copyLoader takes wasm_exec.js from the very toolchain that compiled: the two
// must match.
func copyLoader(dist string) error {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("ask go for its root: %w", err)
	}
	loader, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		return fmt.Errorf("read Go's loader: %w", err)
	}
	return os.WriteFile(filepath.Join(dist, "wasm_exec.js"), loader, 0o600)
}
