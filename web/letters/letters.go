// Package letters words what Parley writes to people by mail: subject, plain text
// and HTML of every kind of letter, in the reader's language. It sends nothing
// (adapters/mail) and knows no request; any goroutine may use it.
package letters

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"strings"

	"parley/internal/domain/letter"
	"parley/web/locale"
)

// Letters is mail.Renderer.
type Letters struct {
	bundle *locale.Bundle
	host   string
}

// New returns Letters of the server at public.
func New(bundle *locale.Bundle, public *url.URL) *Letters {
	return &Letters{bundle: bundle, host: public.Host}
}

// Render returns subject, plain text and HTML of a letter. A kind it does not
// know, and an argument that is missing or cannot be read, is an error.
func (s *Letters) Render(l letter.Letter) (subject, text, html string, err error) {
	w := &writer{c: s.bundle.For(l.Language).In(zone(l.Args["zone"]), l.Args["country"]), args: l.Args, to: l.To}
	c, ok := w.word(l.Kind)
	switch {
	case !ok:
		return "", "", "", fmt.Errorf("no words for letters of the kind %q", l.Kind)
	case len(w.wrong) > 0:
		return "", "", "", fmt.Errorf("arguments missing or unreadable: %s", strings.Join(w.wrong, ", "))
	}
	c.Subject = clean(c.Subject, maxSubject) // no-break spaces are no good in headers
	c.Footer = w.c.T("letters.footer", "host", s.host)
	var page bytes.Buffer
	if err := mail(c).Render(locale.With(context.Background(), w.c), &page); err != nil {
		return "", "", "", fmt.Errorf("write HTML: %w", err)
	}
	return c.Subject, c.plain(w.c), page.String(), nil
}

// content is a letter in words, the same for text and HTML.
type content struct {
	Subject    string
	Title      string
	Greeting   string
	Paragraphs []string
	Facts      []fact
	Button     string
	Link       string // "" goes without a button
	Note       string // about the link, "" for none
	Why        string // the reader gets this
	Footer     string
}

// fact is a line of a list: a label and what it says.
type fact struct{ Label, Value string }

// plain is the letter as text.
func (c content) plain(cat *locale.Catalogue) string {
	blocks := append([]string{c.Greeting}, c.Paragraphs...)
	if len(c.Facts) > 0 {
		var lines []string
		for _, f := range c.Facts {
			lines = append(lines, cat.T("letters.colon", "label", f.Label)+" "+f.Value)
		}
		blocks = append(blocks, strings.Join(lines, "\n"))
	}
	if c.Link != "" {
		blocks = append(blocks, cat.T("letters.colon", "label", c.Button)+"\n"+c.Link)
	}
	if c.Note != "" {
		blocks = append(blocks, c.Note)
	}
	blocks = append(blocks, "--\n"+c.Why, c.Footer)
	return strings.Join(blocks, "\n\n") + "\n"
}
