package main

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
)

// packages are the Debian packages tests need, each with a program that shows
// it is there.
func packages() map[string]string {
	return map[string]string{
		"chromium":     "chromium",
		"sip-tester":   "sipp",
		"baresip-core": "baresip",
		"kamailio":     "kamailio",
		"ffmpeg":       "ffmpeg",
		"postgresql":   "pg_ctlcluster",
		"npm":          "npm", // fetches axe-core
		"gcc":          "gcc", // the race detector
		"libc6-dev":    "ldd",
	}
}

// test installs what is missing and runs every test with the race detector.
func test(args []string) error {
	if err := install(); err != nil {
		return err
	}
	if err := buildBrowser(); err != nil {
		return err
	}
	if err := check(); err != nil {
		return err
	}
	// The browser tests use the machine as a person would; beside them nothing
	// else may run that would make them wait.
	if err := command(env("CGO_ENABLED=1"), "go", append([]string{"test", "-race", "-shuffle=on", "-timeout=12m", "-p=2"},
		append(args, "./internal/...", "./migrations/...", "./server/...", "./web/...", "./wasm/...")...)...); err != nil {
		return err
	}
	return nil
}

func install() error {
	var missing []string
	for pkg, program := range packages() {
		if _, err := exec.LookPath(program); err != nil {
			missing = append(missing, pkg)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	if _, err := exec.LookPath("apt-get"); err != nil || !isRoot() {
		return fmt.Errorf("tests need these Debian packages: apt-get install %s", strings.Join(missing, " "))
	}
	if err := command(env("DEBIAN_FRONTEND=noninteractive"), "apt-get", "update", "-qq"); err != nil {
		return err
	}
	return command(env("DEBIAN_FRONTEND=noninteractive"), "apt-get",
		append([]string{"install", "-y", "-qq", "--no-install-recommends"}, missing...)...)
}

// bench prints the figures, one JSON object a line.
func bench(args []string) error {
	if err := install(); err != nil {
		return err
	}
	if err := build(); err != nil {
		return err
	}
	return command(nil, "go", append([]string{"run", "./internal/tests/bench"}, args...)...)
}
