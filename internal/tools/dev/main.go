// Command dev builds, runs and tests Parley from a fresh clone with nothing but
// Go installed:
//
//	go run ./internal/tools/dev run    build everything and start the server
//	go run ./internal/tools/dev test   install what tests need, then run them all
//	go run ./internal/tools/dev bench  print one JSON object a line
//	go run ./internal/tools/dev build  leave the server in ./build/parley
//
// It is for people and CI; the server never uses it.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
)

func main() {
	if len(os.Args) < 2 {
		usage()
	}
	var err error
	switch args := os.Args[2:]; os.Args[1] {
	case "run":
		err = run(args)
	case "build":
		err = build()
	case "browser":
		err = buildBrowser()
	case "test":
		err = test(args)
	case "bench":
		err = bench(args)
	case "check":
		err = check()
	case "generate":
		err = generate()
	default:
		usage()
	}
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		os.Exit(exit.ExitCode())
	case err != nil:
		fmt.Fprintln(os.Stderr, "dev:", err)
		os.Exit(1)
	}
}

func usage() {
	fmt.Fprintln(os.Stderr, "usage: go run ./internal/tools/dev run|build|browser|test|bench|check|generate")
	os.Exit(2)
}

// binary is where build leaves the server.
func binary() string { return filepath.Join("build", "parley") }

// build makes the browser program and the server that carries it.
func build() error {
	if err := buildBrowser(); err != nil {
		return err
	}
	say("building the server")
	return command(env("CGO_ENABLED=0"), "go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary(), "./server")
}

// run builds and starts the server; it passes signals on and waits.
func run(args []string) error {
	if err := build(); err != nil {
		return err
	}
	cmd := exec.Command(binary(), append([]string{"serve"}, args...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	signals := make(chan os.Signal, 1)
	// The terminal sends its signals to the server too; here they must only not
	// end the parent first.
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the server: %w", err)
	}
	go func() {
		for s := range signals {
			if s == syscall.SIGTERM {
				_ = cmd.Process.Signal(s) // it may have ended already
			}
		}
	}()
	return cmd.Wait()
}

// generate writes the templates' Go code anew; it is committed.
func generate() error {
	return command(nil, "go", "run", "github.com/a-h/templ/cmd/templ@v0.3.977", "generate", "-path", "web")
}

// check runs what is quick: formatting, and vet for both targets. Flags are those
// of what is compiled next, so that nothing is compiled twice.
func check(flags ...string) error {
	out, err := exec.Command("gofmt", "-l", "internal", "server", "wasm", "web", "migrations").Output()
	if err != nil {
		return fmt.Errorf("run gofmt: %w", err)
	}
	if len(out) > 0 {
		return fmt.Errorf("not formatted:\n%s", out)
	}
	if err := command(nil, "go", append(append([]string{"vet"}, flags...), "./...")...); err != nil {
		return err
	}
	return command(env("GOOS=js", "GOARCH=wasm"), "go", "vet", "./wasm/...")
}

// command runs a command with this one's output.
func command(environment []string, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Env = environment
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", name, args[0], err)
	}
	return nil
}

// say tells what takes time; the first build compiles everything.
func say(what string) { fmt.Fprintln(os.Stderr, "dev:", what) }

// env is this process's environment with some variables set.
func env(set ...string) []string { return append(os.Environ(), set...) }

// isRoot says whether packages can be installed.
func isRoot() bool { return runtime.GOOS == "linux" && os.Geteuid() == 0 }
