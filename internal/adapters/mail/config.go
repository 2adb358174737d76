package mail

import (
	"crypto/x509"
	"errors"
	"net"
	"net/mail"
	"net/url"
	"strconv"
	"strings"

	"parley/internal/base/text"
)

// Config is how mail leaves, as an operator writes it.
type Config struct {
	URL   string // smtp://user:password@host:587, smtps://host:465, smtp://127.0.0.1:25?tls=off
	From  string // "Parley <parley@example.com>"
	Hello string // what to call this machine to the server; "" for its own name
}

// Settings is a Config that makes sense.
type Settings struct {
	Host     string
	Port     int
	Security Security
	User     string // "" signs in as nobody
	Password string
	From     mail.Address
	Hello    string
	Roots    *x509.CertPool // nil: the system's
}

// Security is how the connection is encrypted.
type Security int

// The ways. With StartTLS a server that does not offer it is an error, never
// plain text.
const (
	StartTLS Security = iota
	ImplicitTLS
	NoTLS
)

// ParseConfig reads a Config. Errors say what to mend and never quote the URL,
// which may hold a password.
func ParseConfig(c Config) (Settings, error) {
	var s Settings
	u, err := url.Parse(c.URL)
	if err != nil || u.Opaque != "" || u.Fragment != "" {
		return s, errors.New("the mail server's URL cannot be read: write smtp://user:password@host:587, " +
			"with / : @ # ? and % in user and password written as %2F %3A %40 %23 %3F %25")
	}
	if err := s.readServer(u); err != nil {
		return s, err
	}
	if err := s.readUser(u); err != nil {
		return s, err
	}
	from, err := mail.ParseAddress(c.From)
	if err != nil || !bareAddress(from.Address) {
		return s, errors.New(`the sender of mail is no address such as "Parley <parley@example.com>"`)
	}
	var ok bool
	if from.Name, ok = text.Line(from.Name, 80); !ok {
		return s, errors.New("the sender's name cannot be shown or is longer than 80 characters")
	}
	s.From = *from
	if s.Hello = strings.TrimSpace(c.Hello); strings.ContainsFunc(s.Hello, notInHostName) {
		return s, errors.New("the name to say hello with is no host name")
	}
	return s, nil
}

// readServer reads where to connect to and how.
func (s *Settings) readServer(u *url.URL) error {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return errors.New("what follows the ? in the mail server's URL cannot be read; only tls=off is known")
	}
	for name, values := range query {
		if name != "tls" || len(values) != 1 || values[0] != "off" {
			return errors.New("the mail server's URL knows only ?tls=off")
		}
	}
	s.Security, s.Port = StartTLS, 587
	switch {
	case u.Scheme == "smtps" && query.Has("tls"):
		return errors.New("smtps is always encrypted: leave tls=off out or write smtp")
	case u.Scheme == "smtps":
		s.Security, s.Port = ImplicitTLS, 465
	case u.Scheme != "smtp":
		return errors.New("the mail server's URL begins with neither smtp:// nor smtps://")
	case query.Has("tls"):
		s.Security, s.Port = NoTLS, 25
	}
	if s.Host = u.Hostname(); s.Host == "" || strings.ContainsFunc(s.Host, notInHostName) && net.ParseIP(s.Host) == nil {
		return errors.New("the mail server's URL names no host")
	}
	if u.Path != "" && u.Path != "/" {
		return errors.New("the mail server's URL has a path; SMTP knows none")
	}
	if given := u.Port(); given != "" {
		if s.Port, err = strconv.Atoi(given); err != nil || s.Port < 1 || s.Port > 65535 {
			return errors.New("the port of the mail server is not between 1 and 65535")
		}
	}
	return nil
}

// readUser reads who to sign in as. A password never goes over a plain connection.
func (s *Settings) readUser(u *url.URL) error {
	if u.User == nil {
		return nil
	}
	s.User = u.User.Username()
	password, given := u.User.Password()
	s.Password = password
	switch {
	case s.User == "" || !given || password == "":
		return errors.New("the mail server's URL needs both user and password, or neither")
	case s.Security == NoTLS:
		return errors.New("the mail server's URL has a password and tls=off: it would travel in the clear")
	}
	return nil
}

func notInHostName(r rune) bool {
	return r != '-' && r != '.' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
}
