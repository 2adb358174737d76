// Command parley is the program: pages, websockets, SIP and media in one
// process. This package is wiring and lifecycle only: every constructor is
// called here (wire.go), by hand, top to bottom; no rule of the product lives
// here.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	os.Exit(Main(os.Args[1:], os.Stdout, os.Stderr))
}

const usage = `usage: parley COMMAND [settings]

  serve                 run the server
  apply [-prune] [-new] FILE
                        bring a workspace to what a YAML file says, with -new one that is not there
                        yet; - reads standard input
  export [NAME]         print the workspace as such a file
  signin-link EMAIL     print a one-time link for somebody who lost their passkey
  workspace-link        print a one-time link that sets one more workspace up
  audit verify [HASH]   check that no entry of the audit log was changed or removed; a HASH that was
                        noted earlier must be in it
  check-config          check the settings and say what is wrong
`

// Main runs a command and returns the process's exit code. Tests start the real
// program by it.
func Main(args []string, out, errs io.Writer) int {
	if len(args) == 0 {
		_, _ = io.WriteString(errs, usage)
		return 2
	}
	command := args[0]
	if command == "-h" || command == "-help" || command == "--help" || command == "help" {
		_, _ = io.WriteString(out, usage)
		return 0
	}
	run, known := commands()[command]
	if !known {
		_, _ = fmt.Fprintf(errs, "parley: no command %q\n%s", command, usage)
		return 2
	}
	settings, switches := takeSwitches(command, args[1:])
	cfg, rest, err := readConfig(settings, errs)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		_, _ = fmt.Fprintf(errs, "parley: %v\n", err)
		return 2
	case cfg.PrintConfig:
		cfg.print(out)
		return 0
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	p := process{cfg: cfg, args: rest, switches: switches, out: out, log: newLogger(cfg, errs)}
	if err := run(ctx, p); err != nil {
		_, _ = fmt.Fprintf(errs, "parley %s: %v\n", command, err)
		return 1
	}
	return 0
}

// process is what a command is given.
type process struct {
	cfg      *Config
	args     []string
	switches map[string]bool // of this command alone
	out      io.Writer
	log      *slog.Logger
}

func commands() map[string]func(context.Context, process) error {
	return map[string]func(context.Context, process) error{
		"serve":          serve,
		"apply":          apply,
		"export":         export,
		"signin-link":    signinLink,
		"workspace-link": workspaceLink,
		"audit":          auditCommand,
		"check-config": func(_ context.Context, p process) error {
			_, err := fmt.Fprintln(p.out, "settings are fine")
			return err
		},
	}
}

// takeSwitches takes what belongs to a command, and is no setting, out of its
// arguments.
func takeSwitches(command string, args []string) (rest []string, on map[string]bool) {
	on = make(map[string]bool)
	for _, a := range args {
		switch name := strings.TrimLeft(a, "-"); {
		case command == "apply" && name != a && (name == "prune" || name == "new"):
			on[name] = true
		case command == "audit" && a == "verify":
			on[a] = true
		default:
			rest = append(rest, a)
		}
	}
	return rest, on
}

func newLogger(cfg *Config, w io.Writer) *slog.Logger {
	level := slog.LevelInfo
	_ = level.UnmarshalText([]byte(cfg.LogLevel)) // checked with the settings
	options := &slog.HandlerOptions{Level: level}
	if cfg.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
