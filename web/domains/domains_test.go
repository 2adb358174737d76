package domains_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/claim"
	"parley/internal/domain/letter"
	"parley/internal/domain/member"
	"parley/internal/tests/desk"
	"parley/internal/tests/office"
	"parley/web/domains"
	"parley/web/page"
)

// world is what lies outside: a post, a name server, and links as auth has them.
type world struct {
	ready bool
	sent  []letter.Letter
	txt   []string
	links map[string]string // workspace by token
}

func (o *world) Ready() bool { return o.ready }

func (o *world) Send(_ context.Context, l letter.Letter) (string, error) {
	o.sent = append(o.sent, l)
	return "letter", nil
}

func (o *world) Withdraw(context.Context, string, string) error { return nil }

func (o *world) LookupTXT(_ context.Context, name string) ([]string, error) {
	if o.txt == nil {
		return nil, &net.DNSError{Name: name, IsNotFound: true}
	}
	return o.txt, nil
}

func (o *world) MakeDomain(_ context.Context, ws, _ string) (string, string, error) {
	token := "token" + string(rune('0'+len(o.links)))
	o.links[token] = ws
	return "/domain/" + token, "hash " + token, nil
}

func (o *world) PeekDomain(_ context.Context, token string) (string, string, error) {
	ws, ok := o.links[token]
	if !ok {
		return "", "", fault.New(fault.NotFound, "error.link-expired")
	}
	return ws, "hash " + token, nil
}

func (o *world) TakeDomain(ctx context.Context, token string) (string, string, error) {
	ws, hash, err := o.PeekDomain(ctx, token)
	delete(o.links, token)
	return ws, hash, err
}

// confirmed has every request come from a session in which a passkey was just shown.
type confirmed struct{ page.Mux }

func (c confirmed) Handle(pattern string, h http.Handler) {
	c.Mux.Handle(pattern, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, _ := auth.From(r.Context())
		who.ConfirmedAt = time.Now()
		h.ServeHTTP(w, r.WithContext(auth.With(r.Context(), who)))
	}))
}

func open(t *testing.T, fresh bool) (*desk.Desk, *world) {
	t.Helper()
	d, o := desk.New(t), &world{ready: true, links: map[string]string{}}
	service := claim.NewService(claim.Needs{
		Claims: d.DB, Workspaces: d.DB, Links: o, Post: o, Resolver: o, AllowMail: func(string) bool { return true },
		Audit: d.Heard, Changes: d.Heard, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	h := domains.New(domains.Needs{Pages: d.Pages, Gate: d.Gate, Reader: service, Service: service, Now: time.Now})
	if fresh {
		h.Routes(confirmed{d.Mux})
	} else {
		h.Routes(d.Mux)
	}
	return d, o
}

// claimed claims a domain over the form and returns the path of its page.
func claimed(t *testing.T, d *desk.Desk, m member.Member, form url.Values) string {
	t.Helper()
	a := d.Post(t, m, "/settings/domains", form)
	path, _, ok := strings.Cut(a.Location, "?done=claimed")
	if !ok {
		t.Fatalf("claim: %d to %q: %.500s", a.Status, a.Location, a.Text())
	}
	return path
}

func byDNS() url.Values { return url.Values{"domain": {"acme.example"}, "method": {"dns"}} }
func byMail() url.Values {
	return url.Values{"domain": {"acme.example"}, "method": {"mail"}, "address": {"it@acme.example"}}
}

func stored(t *testing.T, d *desk.Desk) claim.Claim {
	t.Helper()
	all, err := d.DB.Claims(t.Context(), d.Workspace.ID)
	if err != nil || len(all) != 1 {
		t.Fatalf("claims %+v, %v", all, err)
	}
	return all[0]
}

func TestByDNS(t *testing.T) {
	t.Parallel()
	d, o := open(t, true)
	d.Get(t, d.Admin, "/settings/domains").Want(t, 200, "No domain yet", "You trust every holder of an address", `href="/review"`)
	path := claimed(t, d, d.Admin, byDNS())
	d.Get(t, d.Admin, path).Want(t, 200, "acme.example", "parley-verification=", "Waiting for its proof", "You trust every holder of an address", "Check now")
	d.Post(t, d.Admin, path+"/prove", nil).Want(t, 422, "The record is not at acme.example yet")
	o.txt = []string{stored(t, d).Record}
	if a := d.Post(t, d.Admin, path+"/prove", nil); a.Location != path+"?done=opened" || !stored(t, d).Open() {
		t.Fatalf("prove: %d to %q", a.Status, a.Location)
	}
	d.Get(t, d.Admin, path).Want(t, 200, "Lets people in", "Disable")
	if a := d.Post(t, d.Admin, path+"/disable", nil); a.Status != 303 || stored(t, d).Open() {
		t.Errorf("disable: %d", a.Status)
	}
	d.Get(t, d.Admin, path).Want(t, 200, "Disabled", "Enable again")
	d.Post(t, d.Admin, path+"/disable", nil).Want(t, 409)
	if a := d.Post(t, d.Admin, path+"/release", nil); a.Location != "/settings/domains?done=released" {
		t.Errorf("release: %d to %q", a.Status, a.Location)
	}
	d.Get(t, d.Admin, path).Want(t, 404)
}

func TestByMail(t *testing.T) {
	t.Parallel()
	d, o := open(t, true)
	path := claimed(t, d, d.Owner, byMail())
	d.Get(t, d.Owner, path).Want(t, 200, "The mail goes to it@acme.example.", "Send the mail again")
	link := o.sent[0].Args["link"]
	for range 2 { // mail programs look, too
		d.Get(t, d.Admin, link).Want(t, 200, "Open acme.example?", "join Acme", "You trust every holder of an address")
	}
	if stored(t, d).Open() {
		t.Fatal("looking at the link opened the domain")
	}
	d.Get(t, d.Member, link).Want(t, 403)
	_, stranger := office.Found(t, d.DB, "Other")
	d.Get(t, stranger, link).Want(t, 404)
	d.Post(t, stranger, link, nil).Want(t, 404)
	if a := d.Post(t, d.Admin, link, nil); a.Location != path+"?done=opened" || !stored(t, d).Open() {
		t.Fatalf("confirm: %d to %q", a.Status, a.Location)
	}
	d.Post(t, d.Admin, link, nil).Want(t, 404)
}

func TestOpeningAsksForThePasskeyAgain(t *testing.T) {
	t.Parallel()
	d, o := open(t, false)
	path := claimed(t, d, d.Admin, byDNS())
	o.txt = []string{stored(t, d).Record}
	d.Post(t, d.Admin, path+"/prove", nil).Want(t, 403)
	d.Post(t, d.Admin, "/domain/token0", nil).Want(t, 403)
	if stored(t, d).Open() {
		t.Error("the domain was opened without a passkey")
	}
}

func TestARefusedFormKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	d, o := open(t, true)
	d.Post(t, d.Admin, "/settings/domains", url.Values{"domain": {"gmail.com"}, "method": {"dns"}}).
		Want(t, 422, "Anybody can get an address here", `value="gmail.com"`)
	d.Post(t, d.Admin, "/settings/domains", url.Values{"domain": {"acme.example"}, "method": {"mail"}, "address": {"me@else.example"}}).
		Want(t, 422, "This address is not on acme.example.", `value="me@else.example"`)
	o.ready = false
	d.Post(t, d.Admin, "/settings/domains", byMail()).Want(t, 422, "This server sends no mail, so only the DNS proof is possible.")
	if len(o.sent) != 0 {
		t.Errorf("sent %+v", o.sent)
	}
}

func TestWhoMayWhat(t *testing.T) {
	t.Parallel()
	d, _ := open(t, true)
	path := claimed(t, d, d.Admin, byDNS())
	_, stranger := office.Found(t, d.DB, "Other")
	for _, role := range member.Roles() {
		m, want := office.Hire(t, d.DB, d.Workspace, "One "+string(role), role), 403
		if role == member.Owner || role == member.Admin {
			want = 200
		}
		d.Get(t, m, "/settings/domains").Want(t, want)
		d.Get(t, m, path).Want(t, want)
		if want == 403 {
			for _, action := range []string{"/prove", "/disable", "/release"} {
				d.Post(t, m, path+action, nil).Want(t, 403)
			}
			d.Post(t, m, "/settings/domains", url.Values{"domain": {"b.example"}, "method": {"dns"}}).Want(t, 403)
		}
	}
	d.Get(t, stranger, path).Want(t, 404)
	for _, action := range []string{"/prove", "/disable", "/release"} {
		d.Post(t, stranger, path+action, nil).Want(t, 404)
	}
	if c := stored(t, d); c.State() != claim.Pending {
		t.Errorf("it is now %+v", c)
	}
}

func TestFrench(t *testing.T) {
	t.Parallel()
	d, _ := open(t, true)
	d.Owner.Language = "fr"
	path := claimed(t, d, d.Owner, byDNS())
	d.Get(t, d.Owner, path).Want(t, 200, "Vous faites confiance à tous les titulaires d’une adresse", "Vérifier maintenant", "En attente de preuve")
}
