package postbox

import (
	"fmt"
	"io"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// session is one client's connection; its methods come one after the other.
type session struct {
	box    *Box
	signed bool
	from   string
	to     string
}

func (b *Box) session(*smtp.Conn) (smtp.Session, error) {
	return &session{box: b, signed: b.options.User == ""}, nil
}

// AuthMechanisms offers PLAIN where the box asks for a password.
func (s *session) AuthMechanisms() []string {
	if s.box.options.User == "" {
		return nil
	}
	return []string{sasl.Plain}
}

// Auth checks user and password.
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != s.box.options.User || password != s.box.options.Password {
			return smtp.ErrAuthFailed
		}
		s.signed = true
		return nil
	}), nil
}

// Mail begins a mail, or hangs.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if !s.signed {
		return smtp.ErrAuthRequired
	}
	s.box.mu.Lock()
	s.box.attempts[""]++
	hanging := s.box.hanging
	s.box.tell()
	s.box.mu.Unlock()
	if hanging != nil {
		<-hanging
	}
	s.from = from
	return nil
}

// Rcpt takes the recipient, or refuses.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.attempts[to]++
	s.box.tell()
	code := s.box.refused[to]
	if code == 0 {
		code = s.box.refused[""]
	}
	if code != 0 {
		return &smtp.SMTPError{
			Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1}, Message: "no mail for " + to + " today",
		}
	}
	s.to = to
	return nil
}

// Data takes the mail, or refuses it.
func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m, err := read(raw)
	if err != nil {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: fmt.Sprintf("unreadable: %v", err)}
	}
	m.From, m.To = s.from, s.to
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	defer s.box.tell()
	if s.box.content != 0 {
		return &smtp.SMTPError{
			Code: s.box.content, EnhancedCode: smtp.EnhancedCode{s.box.content / 100, 7, 1}, Message: "we do not like " + m.Link,
		}
	}
	s.box.mail = append(s.box.mail, m)
	return nil
}

// Reset forgets the mail that was begun.
func (s *session) Reset() { s.from, s.to = "", "" }

// Logout ends the session.
func (s *session) Logout() error { return nil }
