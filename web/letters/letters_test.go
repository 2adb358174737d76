package letters_test

import (
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/base/text"
	"parley/internal/domain/letter"
	"parley/web/letters"
	"parley/web/locale"
)

var update = flag.Bool("update", false, "write the golden letters anew")

func renderer(t *testing.T) *letters.Letters {
	t.Helper()
	bundle, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	return letters.New(bundle, &url.URL{Scheme: "https", Host: "phone.northwind.example"})
}

const link = "https://phone.northwind.example/invite/q7Zr2mVfV0m1c8o9lq0Jx3mQm7m4b1d2"

// sample is a letter of a kind with every argument.
func sample(kind letter.Kind, language string) letter.Letter {
	at := time.Date(2026, 3, 3, 13, 5, 0, 0, time.UTC)
	return letter.Letter{Kind: kind, To: "lea@northwind.example", Language: language, Args: map[string]string{
		"company": "Northwind & Fils", "inviter": "Ada Martin", "name": "Léa Petit", "email": "lea@northwind.example",
		"domain": "northwind.example", "device": "Firefox, Android", "line": "Ventes", "caller": "+33123456789",
		"caller_name": "Marie Dupont", "country": "FR", "link": link, "zone": "Europe/Paris",
		"expires": letter.Time(at.Add(7 * 24 * time.Hour)), "when": letter.Time(at),
	}}
}

// samples are all kinds in a language, and the variants worth a look, by file name.
func samples(language string) map[string]letter.Letter {
	all := map[string]letter.Letter{}
	for _, kind := range letter.Kinds() {
		all[string(kind)] = sample(kind, language)
	}
	owner := sample(letter.Recovered, language)
	owner.To = "ada@northwind.example"
	all["recovered-owner"] = owner
	hidden := sample(letter.MissedCall, language)
	hidden.Args["caller"], hidden.Args["caller_name"] = "", ""
	all["missed-call-hidden"] = hidden
	bare := sample(letter.SignUp, language)
	bare.Args = map[string]string{"link": link}
	all["sign-up-bare"] = bare
	return all
}

func TestGoldenLetters(t *testing.T) {
	t.Parallel()
	r := renderer(t)
	for _, language := range locale.Languages() {
		for name, l := range samples(language) {
			subject, plain, html, err := r.Render(l)
			if err != nil {
				t.Errorf("%s, %s: %v", name, language, err)
				continue
			}
			golden(t, filepath.Join("testdata", language, name+".txt"), "Subject: "+subject+"\n\n"+plain)
			golden(t, filepath.Join("testdata", language, name+".html"), html)
		}
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s has changed; look at it, then run the test with -update. It is now\n%s", file, got)
	}
}

func TestEveryLetterIsWhole(t *testing.T) {
	t.Parallel()
	r := renderer(t)
	address := regexp.MustCompile(`https?://[^\s"<]+`)
	for _, language := range locale.Languages() {
		for name, l := range samples(language) {
			subject, plain, html, err := r.Render(l)
			if err != nil {
				t.Fatal(err)
			}
			if line, ok := text.Line(subject, 200); !ok || line != subject {
				t.Errorf("%s, %s: subject %q", name, language, subject)
			}
			want := []string{link}
			if name == "recovered-owner" {
				want = nil
			}
			if got := address.FindAllString(plain, -1); !slices.Equal(got, want) {
				t.Errorf("%s, %s: the text has the addresses %v", name, language, got)
			}
			for _, found := range address.FindAllString(html, -1) {
				if found != link {
					t.Errorf("%s, %s: the HTML has the address %s", name, language, found)
				}
			}
			for _, loose := range []string{"{", "letters.", "<no value>", "<script", "<img", "onclick"} {
				body := regexp.MustCompile(`(?s)<style>.*</style>`).ReplaceAllString(html, "")
				if strings.Contains(subject+plain+body, loose) {
					t.Errorf("%s, %s: holds %q", name, language, loose)
				}
			}
			if !strings.Contains(html, `<html lang="`+language+`">`) {
				t.Errorf("%s, %s: the HTML does not name its language", name, language)
			}
		}
	}
}

func TestWhatIsMissingIsNoticed(t *testing.T) {
	t.Parallel()
	r := renderer(t)
	needed := map[letter.Kind][]string{
		letter.Invitation:      {"company", "inviter", "link", "expires"},
		letter.InvitationAsked: {"company", "email", "link"},
		letter.Recovery:        {"name", "link"},
		letter.Recovered:       {"name", "email", "device", "when"},
		letter.DomainProof:     {"company", "domain", "link"},
		letter.SignUp:          {"link"},
		letter.SignUpKnown:     {"link"},
		letter.MissedCall:      {"line", "when", "link"},
		letter.Voicemail:       {"line", "when", "link"},
	}
	for _, kind := range letter.Kinds() {
		if len(needed[kind]) == 0 {
			t.Errorf("nothing is known to be needed by %s", kind)
		}
		bare := letter.Letter{Kind: kind, To: "lea@northwind.example", Args: map[string]string{}}
		for _, name := range needed[kind] {
			l := sample(kind, "en")
			bare.Args[name] = l.Args[name]
			delete(l.Args, name)
			if _, _, _, err := r.Render(l); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s without %s: %v", kind, name, err)
			}
		}
		if _, _, _, err := r.Render(bare); err != nil {
			t.Errorf("%s with no more than it needs: %v", kind, err)
		}
	}
	if _, _, _, err := r.Render(sample("newsletter", "en")); err == nil {
		t.Error("an unknown kind was worded")
	}
	for _, bad := range []string{"javascript:alert(1)", "/invite/x", "https://", "ftp://a/b", "https://a/b\nc", "https://a/ b", "https://a/" + strings.Repeat("x", 2000)} {
		l := sample(letter.SignUp, "en")
		l.Args["link"] = bad
		if _, _, _, err := r.Render(l); err == nil {
			t.Errorf("the link %q was taken", bad)
		}
	}
	l := sample(letter.MissedCall, "en")
	l.Args["when"] = "yesterday"
	if _, _, _, err := r.Render(l); err == nil {
		t.Error("a time that is none was taken")
	}
}

func TestNamesCanDoNoHarm(t *testing.T) {
	t.Parallel()
	l := sample(letter.Invitation, "en")
	l.Args["company"] = "Evil\r\nBcc: eve@evil.example\x00\u202e <script>alert(1)</script>{inviter}"
	l.Args["inviter"] = strings.Repeat("Ada ", 500)
	l.Args["name"] = "\u200b"
	subject, plain, html, err := renderer(t).Render(l)
	if err != nil {
		t.Fatal(err)
	}
	if want := "You are invited to join Evil Bcc: eve@evil.example <script>alert(1)</script>{inviter} on Parley"; subject != want {
		t.Errorf("subject %q, want %q", subject, want)
	}
	if strings.Contains(html, "<script") || !strings.Contains(html, "&lt;script&gt;") {
		t.Errorf("HTML is not escaped:\n%s", html)
	}
	if !strings.HasPrefix(plain, "Hello,\n\n") || strings.Contains(plain, strings.Repeat("Ada ", 21)) || strings.Contains(plain, "\r") {
		t.Errorf("text:\n%s", plain)
	}
}

func TestReaderOfAnUnknownZoneOrLanguage(t *testing.T) {
	t.Parallel()
	for zone, want := range map[string]string{
		"": "(UTC)", "Local": "(UTC)", "Mars/Olympus": "(UTC)", "../etc/passwd": "(UTC)", "Europe/Paris": "(CET)", "America/New_York": "(EDT)",
	} {
		l := sample(letter.Invitation, "tlh")
		l.Args["zone"] = zone
		subject, plain, _, err := renderer(t).Render(l)
		if err != nil || !strings.Contains(plain, want) || !strings.HasPrefix(subject, "You are invited") {
			t.Errorf("zone %q: %v, want %s in\n%s", zone, err, want, plain)
		}
	}
}
