package site

import (
	"bytes"
	"context"
	"encoding/json"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"

	"parley/internal/domain/member"
	"parley/internal/domain/people"
	"parley/internal/tests/passkey"
)

// Client is a browser: cookies and an authenticator. It follows no redirects.
type Client struct {
	Site   *Site
	Key    *passkey.Authenticator
	Header http.Header // sent with every request
	http   *http.Client
}

// Answer is a response, read whole.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Text is the page without its tags, entities read.
func (a Answer) Text() string {
	bare := regexp.MustCompile(`(?s)<(script|style|svg).*?</(script|style|svg)>|<[^>]*>`).ReplaceAllString(a.Body, " ")
	return strings.Join(strings.Fields(html.UnescapeString(bare)), " ")
}

// Browser is a new client without cookies.
func (s *Site) Browser() *Client {
	s.T.Helper()
	jar, err := cookiejar.New(nil)
	check(s.T, err)
	var dialer net.Dialer
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, s.addr.Network(), s.addr.String())
	}}
	s.T.Cleanup(transport.CloseIdleConnections)
	return &Client{
		Site: s, Key: passkey.New(s.URL.String()),
		Header: http.Header{"User-Agent": {"Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0 Safari/537.36"}},
		http: &http.Client{Jar: jar, Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}},
	}
}

// Do sends a request; path may be a whole address of the site.
func (c *Client) Do(method, path, kind, accept string, body []byte) Answer {
	c.Site.T.Helper()
	req, err := http.NewRequestWithContext(c.Site.T.Context(), method, c.Site.URL.String()+c.Path(path), bytes.NewReader(body))
	check(c.Site.T, err)
	for k, v := range c.Header {
		req.Header[k] = v
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	res, err := c.http.Do(req)
	check(c.Site.T, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	check(c.Site.T, err)
	return Answer{Status: res.StatusCode, Header: res.Header, Body: string(raw)}
}

// Path cuts the origin off an address of the site.
func (c *Client) Path(link string) string { return strings.TrimPrefix(link, c.Site.URL.String()) }

// Get asks for a page.
func (c *Client) Get(path string) Answer {
	c.Site.T.Helper()
	return c.Do(http.MethodGet, path, "", "text/html", nil)
}

// Post sends a form as a page does.
func (c *Client) Post(path string, form url.Values) Answer {
	c.Site.T.Helper()
	return c.Do(http.MethodPost, path, "application/x-www-form-urlencoded", "text/html", []byte(form.Encode()))
}

// Begin sends a form as passkey.js does and returns the options.
func (c *Client) Begin(path string, form url.Values) Answer {
	c.Site.T.Helper()
	return c.Do(http.MethodPost, path, "application/x-www-form-urlencoded", "application/json", []byte(form.Encode()))
}

// Finish sends an authenticator's answer as passkey.js does.
func (c *Client) Finish(path string, credential []byte) Answer {
	c.Site.T.Helper()
	return c.Do(http.MethodPost, path, "application/json", "application/json", credential)
}

// Create runs a whole registration below path: begin, authenticator, finish.
func (c *Client) Create(path string, form url.Values) Answer {
	c.Site.T.Helper()
	begun := c.Begin(path+"/begin", form)
	if begun.Status != http.StatusOK {
		return begun
	}
	made, err := c.Key.Create([]byte(begun.Body))
	check(c.Site.T, err)
	return c.Finish(path+"/finish", made)
}

// SignIn signs in with the authenticator's newest passkey.
func (c *Client) SignIn() Answer {
	c.Site.T.Helper()
	begun := c.Begin("/login/begin", nil)
	if begun.Status != http.StatusOK {
		return begun
	}
	signed, err := c.Key.Get([]byte(begun.Body))
	check(c.Site.T, err)
	return c.Finish("/login/finish", signed)
}

// Location is where a finished ceremony sends the browser.
func (a Answer) Location() string {
	var moved struct {
		Location string `json:"location"`
	}
	if json.Unmarshal([]byte(a.Body), &moved) != nil || moved.Location == "" {
		return a.Header.Get("Location")
	}
	return moved.Location
}

// Cookie returns the value of a cookie, "" where there is none.
func (c *Client) Cookie(name string) string {
	for _, k := range c.http.Jar.Cookies(c.Site.URL) {
		if k.Name == name {
			return k.Value
		}
	}
	return ""
}

// SetCookie plants a cookie, as an attacker or another tab may.
func (c *Client) SetCookie(name, value string) {
	c.http.Jar.SetCookies(c.Site.URL, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

// SetupForm is a valid form of the setup page.
func SetupForm() url.Values {
	return url.Values{
		"workspace": {"Atelier Nord"}, "name": {"Léa Marchand"}, "email": {"lea@atelier.example"},
		"language": {"en"}, "country": {"FR"}, "zone": {"Europe/Paris"},
	}
}

// Owner sets the workspace up and returns the owner's browser, signed in.
func (s *Site) Owner() *Client {
	s.T.Helper()
	link, err := s.Setup.Link(s.T.Context())
	check(s.T, err)
	c := s.Browser()
	if done := c.Create(c.Path(link), SetupForm()); done.Status != http.StatusOK {
		s.T.Fatalf("setup: %d %s", done.Status, done.Body)
	}
	return c
}

// Join invites somebody in the owner's name and returns their browser, signed in.
func (s *Site) Join(owner *Client, role member.Role, email string) *Client {
	s.T.Helper()
	link := owner.Invite(role, email)
	c := s.Browser()
	done := c.Create(c.Path(link), url.Values{"email": {email}, "name": {string(role)}, "language": {"en"}})
	if done.Status != http.StatusOK {
		s.T.Fatalf("join as %s: %d %s", role, done.Status, done.Body)
	}
	return c
}

// Invite makes an invitation in the name of who is signed in, and returns its link,
// which is in the letter where there is a mail server. The numbers are to be shared.
func (c *Client) Invite(role member.Role, email string, numbers ...string) string {
	c.Site.T.Helper()
	return c.InviteWith(people.Batch{Addresses: email, Role: role, NumberIDs: numbers})
}

// InviteWith is Invite with everything an invitation can have, for one address.
func (c *Client) InviteWith(b people.Batch) string {
	c.Site.T.Helper()
	out, err := c.Site.People.Invite(c.Site.T.Context(), c.Who(), b)
	check(c.Site.T, err)
	if len(out) != 1 || out[0].Problem != nil {
		c.Site.T.Fatalf("invite %s: %+v", b.Addresses, out)
	}
	if out[0].Link != "" {
		return out[0].Link
	}
	letters := c.Site.Mail.To(out[0].Email)
	return letters[len(letters)-1].Args["link"]
}

// Confirm shows the authenticator's newest passkey again, as the page that asks for
// it does, and goes on to next.
func (c *Client) Confirm(next string) Answer {
	c.Site.T.Helper()
	begun := c.Begin("/confirm/begin", nil)
	if begun.Status != http.StatusOK {
		return begun
	}
	signed, err := c.Key.Get([]byte(begun.Body))
	check(c.Site.T, err)
	return c.Finish("/confirm/finish?next="+url.QueryEscape(next), signed)
}

// Who is the member the browser is signed in as.
func (c *Client) Who() member.Member {
	c.Site.T.Helper()
	home := c.Get("/")
	if home.Status != http.StatusOK {
		c.Site.T.Fatalf("not signed in: %d", home.Status)
	}
	all, err := c.Site.Store.Workspaces(c.Site.T.Context())
	check(c.Site.T, err)
	for _, ws := range all {
		if m, err := c.Site.Store.Member(c.Site.T.Context(), ws.ID, home.Body); err == nil {
			return m
		}
	}
	c.Site.T.Fatalf("no member %q", home.Body)
	return member.Member{}
}
