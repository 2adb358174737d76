package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/peterbourgon/ff/v3"

	"parley/internal/adapters/mail"
	"parley/internal/adapters/speech"
)

// Config is everything that can be set, read once, before anything starts:
// flags, then PARLEY_* environment, then the file, then the defaults.
type Config struct {
	Listen           string
	PublicURL        string
	DataDir          string
	DatabaseURL      string
	NATSURL          string
	BlobURL          string
	MediaAddr        string
	MediaTCP         bool
	PublicIPs        string
	SIPUDP           string
	SIPTCP           string
	SIPTLS           string
	TLSCert          string
	TLSKey           string
	RTPPorts         string
	TrustedProxies   string
	SMTPURL          string
	MailFrom         string
	SignUp           bool
	SpeechURL        string
	SpeechKey        string
	SpeechModel      string
	SpeechVoices     string
	PrivateCalendars bool
	LogLevel         string
	LogFormat        string
	StopTimeout      time.Duration
	MetricsToken     string
	PrintConfig      bool

	flags *flag.FlagSet
}

// secrets are the settings that --print-config masks: they hold, or may hold, a
// password.
func secrets() map[string]bool {
	return map[string]bool{"database-url": true, "nats-url": true, "blob-url": true, "metrics-token": true, "smtp-url": true, "speech-url": true, "speech-key": true}
}

// newConfig declares the settings; this is the one list of them.
func newConfig() *Config {
	c := &Config{flags: flag.NewFlagSet("parley", flag.ContinueOnError)}
	f := c.flags
	f.StringVar(&c.Listen, "listen", ":8080", "address of the pages and websockets")
	f.StringVar(&c.PublicURL, "public-url", "http://localhost:8080", "address people type; passkeys are bound to its host")
	f.StringVar(&c.DataDir, "data", "./data", "folder of everything kept on this machine")
	f.StringVar(&c.DatabaseURL, "database-url", "", "postgres://… instead of the SQLite file in the data folder")
	f.StringVar(&c.NATSURL, "nats-url", "", "nats://… instead of the embedded server")
	f.StringVar(&c.BlobURL, "blob-url", "", "s3://… for recordings instead of the data folder")
	f.StringVar(&c.MediaAddr, "media", ":8555", "UDP port all browsers' audio uses")
	f.BoolVar(&c.MediaTCP, "media-tcp", true, "offer the same port over TCP to browsers behind a firewall without UDP")
	f.StringVar(&c.PublicIPs, "public-ip", "", "addresses browsers and trunks reach this machine at, with commas; empty: its own")
	f.StringVar(&c.SIPUDP, "sip-udp", ":5060", `SIP over UDP; "off" for none`)
	f.StringVar(&c.SIPTCP, "sip-tcp", ":5060", `SIP over TCP; "off" for none`)
	f.StringVar(&c.SIPTLS, "sip-tls", "off", `SIP over TLS, such as ":5061"; needs tls-cert and tls-key`)
	f.StringVar(&c.TLSCert, "tls-cert", "", "certificate file for SIP over TLS")
	f.StringVar(&c.TLSKey, "tls-key", "", "its key file")
	f.StringVar(&c.RTPPorts, "rtp-ports", "20000-20999", "UDP ports of trunks' audio")
	f.StringVar(&c.TrustedProxies, "trusted-proxies", "", "networks whose X-Forwarded-For is believed, with commas")
	f.StringVar(&c.SMTPURL, "smtp-url", "", "smtp://user:password@host:587 or smtps://… that mail leaves by; empty: no mail, links are handed over")
	f.StringVar(&c.MailFrom, "mail-from", "", `address mail comes from, such as "Parley <parley@example.com>"`)
	f.BoolVar(&c.SignUp, "sign-up", false, "let anybody with an e-mail address make a workspace of their own; needs smtp-url")
	f.StringVar(&c.SpeechURL, "speech-url", "", "base of an OpenAI-compatible speech endpoint, such as https://api.openai.com/v1, for natural voices; empty: espeak-ng's, where it is installed")
	f.StringVar(&c.SpeechKey, "speech-key", "", "its API key")
	f.StringVar(&c.SpeechModel, "speech-model", "", "its model")
	f.StringVar(&c.SpeechVoices, "speech-voices", "", `its voices, with commas, such as "coral,nova=fr-FR"`)
	f.BoolVar(&c.PrivateCalendars, "private-calendars", false, "let calendars that close numbers come from addresses of this network")
	f.StringVar(&c.LogLevel, "log-level", "info", "debug, info, warn or error")
	f.StringVar(&c.LogFormat, "log-format", "text", "text or json")
	f.DurationVar(&c.StopTimeout, "stop-timeout", 15*time.Second, "how long a clean stop may take")
	f.StringVar(&c.MetricsToken, "metrics-token", "", "bearer token that /metrics asks of others than this machine; empty: this machine only")
	f.BoolVar(&c.PrintConfig, "print-config", false, "print the settings in force, secrets masked, and stop")
	f.String("config", "", "file of settings, one \"name value\" a line")
	return c
}

// readConfig reads the settings from args, the environment and the file, and
// returns the arguments left over.
func readConfig(args []string, out io.Writer) (*Config, []string, error) {
	c := newConfig()
	c.flags.SetOutput(out)
	err := ff.Parse(c.flags, args,
		ff.WithEnvVarPrefix("PARLEY"),
		ff.WithConfigFileFlag("config"),
		ff.WithConfigFileParser(ff.PlainParser),
	)
	if err != nil {
		return nil, nil, fmt.Errorf("read settings: %w", err)
	}
	return c, c.flags.Args(), c.check()
}

// check finds everything wrong at once.
func (c *Config) check() error {
	var wrong []error
	bad := func(name, why string) { wrong = append(wrong, fmt.Errorf("setting %s: %s", name, why)) }
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		bad("public-url", "is not an http or https address")
	} else if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		bad("public-url", "names an IP address; passkeys need a host name")
	}
	if _, _, err := c.rtpRange(); err != nil {
		bad("rtp-ports", err.Error())
	}
	if _, err := c.proxies(); err != nil {
		bad("trusted-proxies", err.Error())
	}
	for _, ip := range c.publicIPs() {
		if _, err := netip.ParseAddr(ip); err != nil {
			bad("public-ip", fmt.Sprintf("%q is not an IP address", ip))
		}
	}
	if on(c.SIPTLS) != "" && (c.TLSCert == "" || c.TLSKey == "") {
		bad("sip-tls", "needs tls-cert and tls-key")
	}
	if on(c.SIPUDP) == "" && on(c.SIPTCP) == "" && on(c.SIPTLS) == "" {
		bad("sip-udp", "one of sip-udp, sip-tcp and sip-tls must be on, if only on 127.0.0.1")
	}
	if c.SMTPURL != "" {
		if _, err := mail.ParseConfig(c.mail()); err != nil {
			bad("smtp-url and mail-from", err.Error())
		}
	} else if c.SignUp {
		bad("sign-up", "needs smtp-url: an address is proved by mail")
	}
	if c.SpeechURL != "" {
		if _, err := speech.NewEndpoint(c.speech()); err != nil {
			bad("speech-url and speech-voices", err.Error())
		}
	}
	switch c.LogLevel {
	case "debug", "info", "warn", "error":
	default:
		bad("log-level", "is none of debug, info, warn, error")
	}
	if c.LogFormat != "text" && c.LogFormat != "json" {
		bad("log-format", "is neither text nor json")
	}
	if c.StopTimeout <= 0 {
		bad("stop-timeout", "is not above zero")
	}
	return errors.Join(wrong...)
}

// print writes the settings in force, secrets masked.
func (c *Config) print(w io.Writer) {
	masked := secrets()
	c.flags.VisitAll(func(f *flag.Flag) {
		value := f.Value.String()
		switch {
		case f.Name == "print-config" || f.Name == "config":
			return
		case masked[f.Name]:
			value = mask(value)
		}
		_, _ = fmt.Fprintf(w, "%s %s\n", f.Name, value)
	})
}

// mask hides what may be secret: all of a plain value, the user part of an URL.
func mask(value string) string {
	u, err := url.Parse(value)
	switch {
	case value == "":
		return ""
	case err != nil || u.Scheme == "" || u.Host == "":
		return "***"
	}
	if u.User != nil {
		u.User = url.UserPassword("***", "***")
	}
	u.RawQuery = ""
	return strings.ReplaceAll(u.String(), "%2A", "*")
}

func (c *Config) rtpRange() (low, high int, err error) {
	if n, scanErr := fmt.Sscanf(c.RTPPorts, "%d-%d", &low, &high); scanErr != nil || n != 2 {
		return 0, 0, errors.New(`is not of the form "20000-20999"`)
	}
	if low < 1024 || high > 65535 || high-low < 1 {
		return 0, 0, errors.New("is not a range between 1024 and 65535")
	}
	return low, high, nil
}

func (c *Config) proxies() ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, s := range list(c.TrustedProxies) {
		if addr, err := netip.ParseAddr(s); err == nil {
			out = append(out, netip.PrefixFrom(addr, addr.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, fmt.Errorf("%q is neither an address nor a network", s)
		}
		out = append(out, p)
	}
	return out, nil
}

func (c *Config) speech() speech.EndpointConfig {
	return speech.EndpointConfig{URL: c.SpeechURL, Key: c.SpeechKey, Model: c.SpeechModel, Voices: list(c.SpeechVoices)}
}

func (c *Config) publicIPs() []string { return list(c.PublicIPs) }

func (c *Config) mail() mail.Config {
	out := mail.Config{URL: c.SMTPURL, From: c.MailFrom}
	if u, err := url.Parse(c.PublicURL); err == nil {
		out.Hello = u.Hostname()
	}
	return out
}

// database is the URL of the store: the file in the data folder by default.
func (c *Config) database() string {
	if c.DatabaseURL != "" {
		return c.DatabaseURL
	}
	return "sqlite:" + filepath.Join(c.DataDir, "parley.db")
}

func (c *Config) blobs() string {
	if c.BlobURL != "" {
		return c.BlobURL
	}
	return filepath.Join(c.DataDir, "blobs")
}

func (c *Config) spool() string { return filepath.Join(c.DataDir, "spool") }

// prepareData makes the folders.
func (c *Config) prepareData() error {
	for _, dir := range []string{c.DataDir, c.spool()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("make the data folder: %w", err)
		}
	}
	return nil
}

// on is an address setting with "off" read as none.
func on(addr string) string {
	if addr == "off" {
		return ""
	}
	return addr
}

func list(s string) []string {
	var out []string
	for item := range strings.SplitSeq(s, ",") {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, item)
		}
	}
	return out
}
