package testkit

import (
	"bytes"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"

	"parley/internal/tests/passkey"
)

// Client is somebody's browser as far as pages go: cookies and an
// authenticator. It follows no redirects.
type Client struct {
	Server *Server
	Key    *passkey.Authenticator
	http   *http.Client
}

// Page is a response, read whole.
type Page struct {
	Status int
	Header http.Header
	Body   []byte
}

// Text is the page without its tags.
func (p Page) Text() string {
	bare := regexp.MustCompile(`(?s)<(script|style|svg).*?</(script|style|svg)>|<[^>]*>`).ReplaceAll(p.Body, []byte(" "))
	return strings.Join(strings.Fields(html.UnescapeString(string(bare))), " ")
}

// Browser is a client without cookies.
func (s *Server) Browser() *Client {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	check(s.t, "make a cookie jar", err)
	plain := *s.http
	plain.Jar = jar
	plain.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{Server: s, Key: passkey.New(s.URL()), http: &plain}
}

// SignInLink is a one-time link for a member, made by the program's command.
func (s *Server) SignInLink(email string) string {
	s.t.Helper()
	return strings.TrimSpace(s.Run("", "signin-link", email))
}

// SignIn is the browser of a member, signed in with a passkey made by a
// one-time link.
func (s *Server) SignIn(email string) *Client {
	s.t.Helper()
	c := s.Browser()
	link := s.SignInLink(email)
	if done := c.Register(link, nil); done.Status != http.StatusOK {
		s.t.Fatalf("sign %s in: %d %s", email, done.Status, done.Body)
	}
	return c
}

// Register runs a passkey registration below a link: begin, authenticator,
// finish. What is refused comes back as it is.
func (c *Client) Register(link string, form url.Values) Page {
	c.Server.t.Helper()
	begun := c.Do(http.MethodPost, link+"/begin", "application/x-www-form-urlencoded", "application/json", []byte(form.Encode()))
	if begun.Status != http.StatusOK {
		return begun
	}
	made, err := c.Key.Create(begun.Body)
	check(c.Server.t, "make a passkey", err)
	return c.Do(http.MethodPost, link+"/finish", "application/json", "application/json", made)
}

// Get asks for a page by its path or whole address.
func (c *Client) Get(path string) Page {
	c.Server.t.Helper()
	return c.Do(http.MethodGet, path, "", "text/html", nil)
}

// Post sends a form as a page does.
func (c *Client) Post(path string, form url.Values) Page {
	c.Server.t.Helper()
	return c.Do(http.MethodPost, path, "application/x-www-form-urlencoded", "text/html", []byte(form.Encode()))
}

// Do sends a request.
func (c *Client) Do(method, path, kind, accept string, body []byte) Page {
	t := c.Server.t
	t.Helper()
	target := c.Server.URL() + strings.TrimPrefix(path, c.Server.URL())
	req, err := http.NewRequestWithContext(t.Context(), method, target, bytes.NewReader(body))
	check(t, "make a request", err)
	req.Header.Set("Accept", accept)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	res, err := c.http.Do(req)
	check(t, "ask the server", err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	check(t, "read the answer", err)
	return Page{Status: res.StatusCode, Header: res.Header, Body: raw}
}

// cookies are the Cookie header of a websocket.
func (c *Client) cookies() http.Header {
	h := http.Header{"Origin": {c.Server.URL()}}
	u, err := url.Parse(c.Server.URL())
	check(c.Server.t, "read the server's address", err)
	for _, k := range c.http.Jar.Cookies(u) {
		h.Add("Cookie", k.Name+"="+k.Value)
	}
	return h
}
