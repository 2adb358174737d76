package main

import (
	"errors"
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
	if err := check("-race"); err != nil {
		return err
	}
	return errors.Join(units(args), endToEnd(args))
}

// units tests every package but the end-to-end tests.
func units(args []string) error {
	listed, err := exec.Command("go", "list", "./...").Output()
	if err != nil {
		return fmt.Errorf("list packages: %w", err)
	}
	packages := slices.DeleteFunc(strings.Fields(string(listed)), func(p string) bool { return p == e2e })
	return goTest(append(args, packages...))
}

const e2e = "parley/internal/tests/e2e"

// endToEnd tests the whole program. It runs by itself: real audio in real time
// suffers from a machine that compiles beside it.
func endToEnd(args []string) error { return goTest(append(args, e2e)) }

func goTest(args []string) error {
	return command(env("CGO_ENABLED=1"), "go", append([]string{"test", "-race", "-vet=off", "-shuffle=on", "-timeout=25m"}, args...)...)
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
