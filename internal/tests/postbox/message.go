package postbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"strings"
)

// Message is a mail as it arrived.
type Message struct {
	From    string // envelope
	To      string // envelope
	Subject string // decoded
	Text    string
	HTML    string
	Link    string // the first of the text, "" without
	Header  mail.Header
	Raw     string
}

// read takes a mail apart as a mail program does. It wants the two parts that
// Parley's mails have, plain text before HTML.
func read(raw []byte) (Message, error) {
	m := Message{Raw: string(raw)}
	parsed, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return m, err
	}
	m.Header = parsed.Header
	if m.Subject, err = new(mime.WordDecoder).DecodeHeader(parsed.Header.Get("Subject")); err != nil {
		return m, fmt.Errorf("subject: %w", err)
	}
	kind, params, err := mime.ParseMediaType(parsed.Header.Get("Content-Type"))
	if err != nil {
		return m, fmt.Errorf("content type: %w", err)
	}
	if kind != "multipart/alternative" {
		return m, fmt.Errorf("content type %s, not multipart/alternative", kind)
	}
	parts := multipart.NewReader(parsed.Body, params["boundary"])
	if m.Text, err = part(parts, "text/plain"); err != nil {
		return m, err
	}
	if m.HTML, err = part(parts, "text/html"); err != nil {
		return m, err
	}
	if _, err := parts.NextPart(); !errors.Is(err, io.EOF) {
		return m, errors.New("a third part")
	}
	m.Link = regexp.MustCompile(`https?://\S+`).FindString(m.Text)
	return m, nil
}

// part reads the next part, of a type, as text with plain line ends.
func part(parts *multipart.Reader, want string) (string, error) {
	p, err := parts.NextRawPart()
	if err != nil {
		return "", fmt.Errorf("part %s: %w", want, err)
	}
	kind, params, err := mime.ParseMediaType(p.Header.Get("Content-Type"))
	if err != nil {
		return "", fmt.Errorf("part %s: %w", want, err)
	}
	if kind != want || !strings.EqualFold(params["charset"], "utf-8") {
		return "", fmt.Errorf("part %s is %q", want, p.Header.Get("Content-Type"))
	}
	if encoding := p.Header.Get("Content-Transfer-Encoding"); encoding != "quoted-printable" {
		return "", fmt.Errorf("part %s is encoded as %q", want, encoding)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(p))
	if err != nil {
		return "", fmt.Errorf("part %s: %w", want, err)
	}
	return strings.ReplaceAll(string(body), "\r\n", "\n"), nil
}
