package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"parley/internal/domain/letter"
)

// stepTime bounds dialling, and then the sending, and then the goodbye.
const stepTime = 30 * time.Second

// SMTP is a Sender over one mail server. It holds no connection between letters:
// any goroutine may use it.
type SMTP struct{ settings Settings }

// NewSMTP returns an SMTP.
func NewSMTP(s Settings) *SMTP { return &SMTP{s} }

// Send hands a letter to the server and returns nil once the server took it.
func (s *SMTP) Send(ctx context.Context, p letter.Posted) error {
	m, err := s.message(p)
	if err != nil {
		return &Refusal{Err: fmt.Errorf("write the mail: %w", err)}
	}
	l := &line{settings: s.settings}
	defer l.cut()
	client, err := s.client(l)
	if err != nil {
		return fmt.Errorf("prepare for the mail server: %w", err)
	}
	defer context.AfterFunc(ctx, l.cut)()
	err = client.DialAndSendWithContext(ctx, m)
	if m.IsDelivered() {
		return nil // what went wrong after that is between the two machines
	}
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("the mail server did not answer in time: %w", ctx.Err())
	}
	return judge(err)
}

// message writes the mail. Its Message-ID is the same in every attempt, so that
// mailboxes know a letter that came twice for what it is.
func (s *SMTP) message(p letter.Posted) (*gomail.Msg, error) {
	from := s.settings.From
	_, domain, _ := strings.Cut(from.Address, "@")
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := m.FromFormat(from.Name, from.Address); err != nil {
		return nil, err
	}
	if !bareAddress(p.To) {
		return nil, errors.New("the recipient is no address")
	}
	if err := m.To(p.To); err != nil {
		return nil, err
	}
	m.Subject(p.Subject)
	m.SetDateWithValue(p.CreatedAt)
	m.SetMessageIDWithValue(p.ID + "@" + domain)
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetGenHeader("X-Auto-Response-Suppress", "All") // Exchange: no out-of-office in return
	m.SetBodyString(gomail.TypeTextPlain, p.Text)
	m.AddAlternativeString(gomail.TypeTextHTML, p.HTML)
	return m, nil
}

func (s *SMTP) client(l *line) (*gomail.Client, error) {
	c := s.settings
	options := []gomail.Option{
		gomail.WithPort(c.Port), gomail.WithTimeout(stepTime), gomail.WithDialContextFunc(l.dial),
		gomail.WithTLSConfig(c.tls()), gomail.WithoutNoop(),
	}
	switch c.Security {
	case ImplicitTLS:
		options = append(options, gomail.WithSSL())
	case NoTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if c.Hello != "" {
		options = append(options, gomail.WithHELO(c.Hello))
	}
	if c.User != "" {
		options = append(options, gomail.WithUsername(c.User), gomail.WithPassword(c.Password),
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin))
	}
	return gomail.NewClient(c.Host, options...)
}

func (c Settings) tls() *tls.Config {
	return &tls.Config{ServerName: c.Host, RootCAs: c.Roots, MinVersion: tls.VersionTLS12}
}

// judge tells a final no from trouble that may pass. A server that refuses our
// sender or our password is one whose operator, or ours, will mend something.
func judge(err error) error {
	var said *gomail.SendError
	if !errors.As(err, &said) {
		return err
	}
	// What the library adds names the recipient.
	text, _, _ := strings.Cut(said.Error(), ", affected ")
	told := errors.New(text)
	switch said.Reason {
	case gomail.ErrSMTPRcptTo, gomail.ErrSMTPData, gomail.ErrSMTPDataClose:
		if said.ErrorCode() >= 500 {
			return &Refusal{Code: said.ErrorCode(), Err: told}
		}
	}
	return told
}
