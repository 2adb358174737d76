package mail_test

import (
	"strings"
	"testing"

	"parley/internal/adapters/mail"
)

func TestParseConfig(t *testing.T) {
	t.Parallel()
	const from = "Parley <parley@example.com>"
	for _, c := range []struct {
		config mail.Config
		want   mail.Settings
	}{
		{mail.Config{URL: "smtp://mail.example.com", From: from}, mail.Settings{Host: "mail.example.com", Port: 587}},
		{
			mail.Config{URL: "smtp://parley%40example.com:p%2Fw%3A%40@mail.example.com:2525/", From: from, Hello: "pbx.example.com"},
			mail.Settings{Host: "mail.example.com", Port: 2525, User: "parley@example.com", Password: "p/w:@", Hello: "pbx.example.com"},
		},
		{mail.Config{URL: "smtps://u:p@mail.example.com", From: from}, mail.Settings{Host: "mail.example.com", Port: 465, Security: mail.ImplicitTLS, User: "u", Password: "p"}},
		{mail.Config{URL: "smtp://postfix?tls=off", From: from}, mail.Settings{Host: "postfix", Port: 25, Security: mail.NoTLS}},
		{mail.Config{URL: "smtp://[::1]:26?tls=off", From: from}, mail.Settings{Host: "::1", Port: 26, Security: mail.NoTLS}},
	} {
		got, err := mail.ParseConfig(c.config)
		if err != nil {
			t.Errorf("%s: %v", c.config.URL, err)
			continue
		}
		if got.From.Address != "parley@example.com" || got.From.Name != "Parley" {
			t.Errorf("from %v", got.From)
		}
		got.From = c.want.From
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", c.config.URL, got, c.want)
		}
	}
}

func TestParseConfigRefuses(t *testing.T) {
	t.Parallel()
	const url, from, secret = "smtp://mail.example.com", "parley@example.com", "hush"
	for name, c := range map[string]struct {
		config mail.Config
		says   string
	}{
		"nothing":            {mail.Config{From: from}, "begins with neither"},
		"other scheme":       {mail.Config{URL: "https://u:hush@mail.example.com", From: from}, "begins with neither"},
		"slash in password":  {mail.Config{URL: "smtp://u:hush/hush@mail.example.com", From: from}, "cannot be read"},
		"percent":            {mail.Config{URL: "smtp://u:hush%@mail.example.com", From: from}, "cannot be read"},
		"no host":            {mail.Config{URL: "smtp://u:hush@", From: from}, "names no host"},
		"odd host":           {mail.Config{URL: "smtp://mail_example;com", From: from}, "names no host"},
		"path":               {mail.Config{URL: url + "/hush", From: from}, "path"},
		"port":               {mail.Config{URL: url + ":70000", From: from}, "port"},
		"no password":        {mail.Config{URL: "smtp://hush@mail.example.com", From: from}, "both user and password"},
		"plain password":     {mail.Config{URL: "smtp://u:hush@mail.example.com?tls=off", From: from}, "in the clear"},
		"tls=maybe":          {mail.Config{URL: url + "?tls=maybe", From: from}, "only ?tls=off"},
		"unknown option":     {mail.Config{URL: url + "?starttls=no", From: from}, "only ?tls=off"},
		"smtps without tls":  {mail.Config{URL: "smtps://mail.example.com?tls=off", From: from}, "always encrypted"},
		"no sender":          {mail.Config{URL: url}, "sender"},
		"sender no address":  {mail.Config{URL: url, From: "Parley"}, "sender"},
		"two senders":        {mail.Config{URL: url, From: "a@example.com, b@example.com"}, "sender"},
		"header in sender":   {mail.Config{URL: url, From: "\"a\r\nBcc: x@y.z\" <a@example.com>"}, "sender"},
		"header in hello":    {mail.Config{URL: url, From: from, Hello: "a\r\nMAIL FROM:<x>"}, "hello"},
		"sender's long name": {mail.Config{URL: url, From: strings.Repeat("a", 81) + " <a@example.com>"}, "80 characters"},
	} {
		_, err := mail.ParseConfig(c.config)
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v, want something about %q without the password", name, err, c.says)
		}
	}
}
