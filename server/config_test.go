package main

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestConfigPrecedence(t *testing.T) {
	file := filepath.Join(t.TempDir(), "parley.conf")
	if err := os.WriteFile(file, []byte("listen :1\nlog-level warn\nmedia :9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PARLEY_LISTEN", ":2")
	t.Setenv("PARLEY_LOG_LEVEL", "error")
	c, rest, err := readConfig([]string{"-config", file, "-listen", ":3", "left"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != ":3" || c.LogLevel != "error" || c.MediaAddr != ":9" || len(rest) != 1 {
		t.Errorf("flag, environment, file: %q %q %q %v", c.Listen, c.LogLevel, c.MediaAddr, rest)
	}
}

func TestConfigTellsAllThatIsWrong(t *testing.T) {
	_, _, err := readConfig([]string{
		"-public-url", "http://10.0.0.1", "-rtp-ports", "5-1", "-log-level", "loud",
		"-trusted-proxies", "here", "-sip-tls", ":5061", "-public-ip", "home", "-stop-timeout", "0s",
	}, io.Discard)
	if err == nil {
		t.Fatal("taken")
	}
	for _, name := range []string{"public-url", "rtp-ports", "log-level", "trusted-proxies", "sip-tls", "public-ip", "stop-timeout"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in: %v", name, err)
		}
	}
}

func TestPrintMasksSecrets(t *testing.T) {
	c, _, err := readConfig([]string{
		"-database-url", "postgres://parley:hush@db/parley?password=hush", "-nats-url", "nats://tok:hush@n:4222",
		"-metrics-token", "hush", "-blob-url", "s3://key:hush@host/bucket",
	}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	c.print(&out)
	if strings.Contains(out.String(), "hush") {
		t.Errorf("a secret is shown:\n%s", out.String())
	}
	if !strings.Contains(out.String(), "@db/parley") {
		t.Errorf("the host is hidden too:\n%s", out.String())
	}
}

// TestReadmeListsSettings keeps the README's table in step with the program.
func TestReadmeListsSettings(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	newConfig().flags.VisitAll(func(f *flag.Flag) {
		if !strings.Contains(string(readme), "`"+f.Name+"`") {
			t.Errorf("README does not name the setting %q", f.Name)
		}
	})
}
