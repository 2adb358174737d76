package mail_test

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"parley/internal/adapters/mail"
	"parley/internal/domain/letter"
	"parley/internal/tests/postbox"
)

func aLetter() letter.Posted {
	return letter.Posted{
		ID: "01", Kind: letter.SignUp, To: ada, Subject: "Hello", Text: "Hello\n", HTML: "<p>Hello</p>", CreatedAt: time.Now(),
	}
}

func TestEncryptedServers(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]postbox.Options{
		"starttls": {StartTLS: true, User: "parley@acme.example", Password: "p/a:s s%@"},
		"tls":      {TLS: true, User: "parley@acme.example", Password: "p/a:s s%@"},
		"nobody":   {StartTLS: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := postbox.OpenWith(t, o)
			if err := mail.NewSMTP(settings(t, box)).Send(t.Context(), aLetter()); err != nil {
				t.Fatal(err)
			}
			if m := box.Await(t, ada, nil); m.Subject != "Hello" {
				t.Errorf("arrived %+v", m)
			}
		})
	}
}

func TestWhatIsNotSafeIsNotDone(t *testing.T) {
	t.Parallel()
	secure := postbox.Options{StartTLS: true, User: "parley", Password: "right"}
	for name, c := range map[string]struct {
		options postbox.Options
		spoil   func(*mail.Settings)
		says    string
	}{
		"no starttls":       {postbox.Options{}, func(s *mail.Settings) { s.Security = mail.StartTLS }, "STARTTLS"},
		"unknown authority": {secure, func(s *mail.Settings) { s.Roots = x509.NewCertPool() }, "certificate"},
		"unknown, tls":      {postbox.Options{TLS: true}, func(s *mail.Settings) { s.Roots = x509.NewCertPool() }, "certificate"},
		"wrong password":    {secure, func(s *mail.Settings) { s.Password = "wrong" }, "535"},
		"nobody signed in":  {secure, func(s *mail.Settings) { s.User = "" }, "502"},
		"no passwords here": {postbox.Options{StartTLS: true}, func(s *mail.Settings) { s.User, s.Password = "a", "hush" }, "AUTH"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := postbox.OpenWith(t, c.options)
			s := settings(t, box)
			c.spoil(&s)
			err := mail.NewSMTP(s).Send(t.Context(), aLetter())
			var final *mail.Refusal
			if err == nil || errors.As(err, &final) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want trouble that may pass and says %q", err, c.says)
			}
			if s.Password != "" && strings.Contains(err.Error(), s.Password) || box.Count("") != 0 {
				t.Errorf("got %v and %d mails", err, box.Count(""))
			}
		})
	}
}

func TestServerThatHangs(t *testing.T) {
	t.Parallel()
	box := postbox.Open(t)
	box.Hang(true)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- mail.NewSMTP(settings(t, box)).Send(ctx, aLetter()) }()
	box.AwaitAttempts(t, "", 1)
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestServerThatNeverGreets is one that takes the connection and says nothing.
func TestServerThatNeverGreets(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s, err := mail.ParseConfig(mail.Config{URL: "smtp://" + l.Addr().String() + "?tls=off", From: "parley@acme.example"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- mail.NewSMTP(s).Send(ctx, aLetter()) }()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	// The connection is closed, not forgotten.
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("the client spoke first")
	}
}

func TestConnectionIsClosedAfterTrouble(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s, err := mail.ParseConfig(mail.Config{URL: "smtp://" + l.Addr().String(), From: "parley@acme.example"})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- mail.NewSMTP(s).Send(t.Context(), aLetter()) }()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("554 go away\r\n")); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err == nil || !strings.Contains(err.Error(), "go away") {
		t.Errorf("got %v", err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(postbox.Patience)); err != nil {
		t.Fatal(err)
	}
	var timeout net.Error
	if _, err := conn.Read(make([]byte, 1)); err == nil || errors.As(err, &timeout) && timeout.Timeout() {
		t.Errorf("the connection stays open: %v", err)
	}
}
