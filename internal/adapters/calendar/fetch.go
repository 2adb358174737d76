// Package calendar reads calendars on the web (ICS, RFC 5545): it fetches them,
// makes plain events of them, and does so again every hour. What is on the web is
// not trusted: addresses of private networks are refused, and everything read is
// bounded. It does not decide what an event means for a number.
//
// A Fetcher is safe for use by any goroutine; Refresher.Run is one.
package calendar

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"parley/internal/base/fault"
	"parley/internal/domain/hours"
)

// Bounds of one calendar.
const (
	maxBytes     = 2 << 20
	fetchTimeout = 10 * time.Second
	maxRedirects = 5
)

// Options say how calendars are fetched.
type Options struct {
	Private bool             // addresses of private networks and plain http are allowed, too
	Roots   *x509.CertPool   // nil: the machine's
	Now     func() time.Time // events are kept from a year before it to two years after
}

// Fetcher fetches calendars.
type Fetcher struct {
	client  *http.Client
	private bool
	now     func() time.Time
}

// errPrivate is the refusal to connect into a private network.
var errPrivate = errors.New("the address is not public")

// NewFetcher returns a fetcher that goes by no proxy.
func NewFetcher(o Options) *Fetcher {
	f := &Fetcher{private: o.Private, now: o.Now}
	dialer := &net.Dialer{Timeout: fetchTimeout}
	if !o.Private {
		// After the name was looked up, so that no name can hide a private address.
		dialer.Control = func(_, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil || !public(at.Addr()) {
				return errPrivate
			}
			return nil
		}
	}
	f.client = &http.Client{
		Timeout: fetchTimeout,
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{RootCAs: o.Roots, MinVersion: tls.VersionTLS12},
			ForceAttemptHTTP2:      true,
			MaxResponseHeaderBytes: 64 << 10,
			IdleConnTimeout:        fetchTimeout,
			MaxIdleConns:           4,
		},
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return fmt.Errorf("more than %d redirects", maxRedirects)
			}
			return f.allowed(req.URL)
		},
	}
	return f
}

// Fetch reads the calendar at an address, webcal: or https:. It takes 10 seconds at
// most. Faults: Invalid error.calendar-address, -private, -large, -unreadable and
// -unreachable.
func (f *Fetcher) Fetch(ctx context.Context, address string) ([]hours.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	body, err := f.read(ctx, address)
	if err != nil {
		return nil, err
	}
	return Parse(ctx, body, f.now())
}

func (f *Fetcher) read(ctx context.Context, address string) ([]byte, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return nil, invalid("error.calendar-address")
	}
	if u.Scheme == "webcal" || u.Scheme == "webcals" {
		u.Scheme = "https"
	}
	if err := f.allowed(u); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, invalid("error.calendar-address")
	}
	req.Header.Set("Accept", "text/calendar, */*;q=0.1")
	req.Header.Set("User-Agent", "Parley")
	res, err := f.client.Do(req)
	if err != nil {
		return nil, unreachable(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return nil, invalid("error.calendar-unreachable").Because(fmt.Errorf("the server answered %d", res.StatusCode))
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBytes+1))
	switch {
	case err != nil:
		return nil, unreachable(err)
	case len(body) > maxBytes:
		return nil, invalid("error.calendar-large")
	}
	return body, nil
}

// unreachable is the fault of a fetch that failed. The address, which may be a
// secret, is not in it.
func unreachable(err error) error {
	var f *fault.Error
	var of *url.Error
	switch {
	case errors.As(err, &f):
		return f
	case errors.Is(err, errPrivate):
		return invalid("error.calendar-private")
	case errors.As(err, &of):
		err = of.Err
	}
	return invalid("error.calendar-unreachable").Because(err)
}

// allowed refuses what is no address of a calendar.
func (f *Fetcher) allowed(u *url.URL) error {
	if u.Hostname() == "" || u.Scheme != "https" && (u.Scheme != "http" || !f.private) {
		return invalid("error.calendar-address")
	}
	return nil
}

func invalid(key string) *fault.Error { return fault.New(fault.Invalid, key) }

// public says whether an address belongs to the public web.
func public(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return false // loopback, link-local, multicast and unspecified are no global unicast
	}
	for _, reserved := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fec0::/10",
	} {
		if netip.MustParsePrefix(reserved).Contains(a) {
			return false
		}
	}
	return true
}
