package letters_test

import (
	"strings"
	"testing"
	"time"

	"parley/internal/adapters/mail"
	"parley/internal/domain/letter"
	"parley/internal/tests/postbox"
	"parley/web/locale"
)

// TestLettersArriveAsTheyWereWritten sends every letter over SMTP and reads it as
// a mail program does.
func TestLettersArriveAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	r, box := renderer(t), postbox.Open(t)
	s, err := mail.ParseConfig(mail.Config{URL: box.URL(), From: "Parley <parley@northwind.example>"})
	if err != nil {
		t.Fatal(err)
	}
	for _, language := range locale.Languages() {
		for name, l := range samples(language) {
			subject, plain, html, err := r.Render(l)
			if err != nil {
				t.Fatal(err)
			}
			p := letter.Posted{
				ID: name, To: name + "." + language + "@northwind.example", Subject: subject, Text: plain, HTML: html, CreatedAt: time.Now(),
			}
			if err := mail.NewSMTP(s).Send(t.Context(), p); err != nil {
				t.Fatalf("%s, %s: %v", name, language, err)
			}
			m := box.Await(t, p.To, nil)
			if m.Subject != subject || m.Text != plain || m.HTML != strings.ReplaceAll(html, "\r\n", "\n") {
				t.Errorf("%s, %s: arrived as %q\n%s\n%s", name, language, m.Subject, m.Text, m.HTML)
			}
			if name != "recovered-owner" && m.Link != link {
				t.Errorf("%s, %s: the first link is %q", name, language, m.Link)
			}
			for line := range strings.SplitSeq(m.Raw, "\r\n") {
				if len(line) > 998 {
					t.Errorf("%s, %s: a line of %d bytes", name, language, len(line))
				}
			}
		}
	}
}
