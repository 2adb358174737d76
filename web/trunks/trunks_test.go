package trunks_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"parley/internal/domain/number"
	"parley/internal/domain/trunk"
	"parley/internal/tests/desk"
	"parley/internal/tests/office"
	"parley/web/trunks"
)

// statuses is what trunks are said to be doing.
type statuses map[string]trunk.Status

func (s statuses) TrunkStatus(id string) trunk.Status { return s[id] }

func open(t *testing.T) (*desk.Desk, statuses) {
	t.Helper()
	d, s := desk.New(t), statuses{}
	trunks.New(trunks.Needs{
		Pages: d.Pages, Gate: d.Gate, Store: d.DB, Service: d.Trunks, Statuses: s, Now: time.Now,
	}).Routes(d.Mux)
	return d, s
}

func carrier() url.Values {
	return url.Values{
		"name": {"Carrier"}, "host": {"sip.example.com"}, "port": {""}, "transport": {"tls"},
		"username": {"acme"}, "password": {"very secret"}, "register": {"on"}, "allowed": {"192.0.2.1, 198.51.100.0/24\r\n2001:db8::/32"},
	}
}

func TestConnectATrunk(t *testing.T) {
	t.Parallel()
	d, said := open(t)
	d.Get(t, d.Owner, "/trunks").Want(t, 200, "No trunk yet")
	a := d.Post(t, d.Owner, "/trunks/new", carrier())
	if a.Status != 303 {
		t.Fatalf("status %d: %s", a.Status, a.Text())
	}
	id := strings.TrimSuffix(strings.TrimPrefix(a.Location, "/trunks/"), "?done=saved")
	stored, err := d.DB.Trunk(t.Context(), d.Workspace.ID, id)
	if err != nil || stored.Password != "very secret" || len(stored.AllowedNets) != 3 || !stored.Register {
		t.Fatalf("stored %v, %v", stored.Name, err)
	}
	a = d.Get(t, d.Owner, a.Location)
	a.Want(t, 200, "Saved.", "A password is stored.", "Being tried", "198.51.100.0/24", `data-live="/trunks/`+id+`/status"`)
	if strings.Contains(a.Body, "very secret") {
		t.Error("the password is in the page")
	}
	now := time.Now()
	for _, c := range []struct {
		status trunk.Status
		want   []string
	}{
		{trunk.Status{Registered: true, ExpiresAt: now.Add(time.Hour), OptionsAt: now, OptionsCode: 200}, []string{"Working", "Registered, to be renewed before", "just now (200)"}},
		{trunk.Status{ErrorAt: now, ErrorCode: 403, ErrorText: "Forbidden"}, []string{"Not working", "refuses the user name or the password. (403 Forbidden)"}},
		{trunk.Status{ErrorAt: now, ErrorText: "connection refused"}, []string{"Not working", "cannot be reached: connection refused"}},
		{trunk.Status{ErrorAt: now, ErrorCode: 503}, []string{"asks to try again later; Parley does. (503)"}},
	} {
		said[id] = c.status
		a := d.Get(t, d.Owner, "/trunks/"+id+"/status")
		a.Want(t, 200, c.want...)
		if strings.Contains(a.Body, "<html") {
			t.Error("the fragment is a whole page")
		}
		d.Get(t, d.Owner, "/trunks/status").Want(t, 200, "Carrier", c.want[0][:5])
	}
}

func TestARefusedFormKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	d, _ := open(t)
	f := carrier()
	f.Set("allowed", "0.0.0.0/0")
	f.Set("port", "99999")
	a := d.Post(t, d.Admin, "/trunks/new", f)
	a.Want(t, 422, "so wide that strangers could call", "A port is a number", `value="Carrier"`, `value="99999"`, "0.0.0.0/0", "2 things need your attention")
	if strings.Contains(a.Body, "very secret") {
		t.Error("a typed password comes back")
	}
}

// TestEncryptedAudio: who switches it on is warned as long as its keys can be read.
func TestEncryptedAudio(t *testing.T) {
	t.Parallel()
	d, _ := open(t)
	f := carrier()
	f.Set("srtp", "on")
	f.Set("transport", "udp")
	made := d.Post(t, d.Owner, "/trunks/new", f)
	a := d.Get(t, d.Owner, made.Location)
	a.Want(t, 200, "Encrypted audio (SRTP)", "The keys can be read on their way")
	if n := strings.Count(a.Body, " checked"); n != 3 { // transport, register and srtp
		t.Errorf("%d fields are on", n)
	}
	f.Set("transport", "tls")
	f.Set("password", "")
	path, _, _ := strings.Cut(made.Location, "?")
	d.Post(t, d.Owner, path, f)
	if a := d.Get(t, d.Owner, path); strings.Contains(a.Body, "can be read on their way") {
		t.Error("with TLS there is still a warning")
	}
	f.Del("srtp")
	d.Post(t, d.Owner, path, f)
	if stored, err := d.DB.Trunk(t.Context(), d.Workspace.ID, strings.TrimPrefix(path, "/trunks/")); err != nil || stored.SRTP {
		t.Errorf("stored %t, %v", stored.SRTP, err)
	}
}

func TestATrunkInUseStays(t *testing.T) {
	t.Parallel()
	d, _ := open(t)
	made, err := d.Trunks.Create(t.Context(), d.Owner, trunk.Draft{Name: "Carrier", Host: "sip.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	n, err := d.Numbers.Create(t.Context(), d.Owner, number.Draft{Phone: "+33123456789", Country: "FR", Name: "Sales", TrunkID: made.ID})
	if err != nil {
		t.Fatal(err)
	}
	d.Post(t, d.Owner, "/trunks/"+made.ID+"/delete", nil).Want(t, 409, "1 number still uses this trunk.")
	if err := d.Numbers.Delete(t.Context(), d.Owner, n.ID); err != nil {
		t.Fatal(err)
	}
	if a := d.Post(t, d.Owner, "/trunks/"+made.ID+"/delete", nil); a.Location != "/trunks?done=deleted" {
		t.Errorf("status %d: %s", a.Status, a.Text())
	}
}

func TestWhoMayWhat(t *testing.T) {
	t.Parallel()
	d, _ := open(t)
	made, err := d.Trunks.Create(t.Context(), d.Owner, trunk.Draft{Name: "Carrier", Host: "sip.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	_, stranger := office.Found(t, d.DB, "Other")
	for _, path := range []string{"/trunks", "/trunks/new", "/trunks/status", "/trunks/" + made.ID, "/trunks/" + made.ID + "/status"} {
		d.Get(t, d.Member, path).Want(t, 403)
	}
	d.Post(t, d.Member, "/trunks/new", carrier()).Want(t, 403)
	d.Post(t, d.Member, "/trunks/"+made.ID+"/delete", nil).Want(t, 403)
	for _, path := range []string{"", "/status"} {
		d.Get(t, stranger, "/trunks/"+made.ID+path).Want(t, 404)
	}
	d.Post(t, stranger, "/trunks/"+made.ID, carrier()).Want(t, 404)
	d.Post(t, stranger, "/trunks/"+made.ID+"/delete", nil).Want(t, 404)
}
