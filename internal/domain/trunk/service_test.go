package trunk_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/trunk"
	"parley/internal/tests/office"
)

func carrier() trunk.Draft {
	return trunk.Draft{
		Name: "Carrier", Host: "SIP.Example.com", Port: "5061", Transport: trunk.TLS, SRTP: true,
		Username: "acme", Password: "s3cret pass", Register: true,
		Allowed: []string{"192.0.2.7", " 198.51.100.9/24", "", "2001:db8::/32", "192.0.2.7/32"},
	}
}

func TestCreateAndEdit(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	made, err := o.Trunks.Create(t.Context(), o.Admin, carrier())
	if err != nil {
		t.Fatal(err)
	}
	want := []netip.Prefix{
		netip.MustParsePrefix("192.0.2.7/32"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("2001:db8::/32"),
	}
	if made.Host != "sip.example.com" || made.Port != 5061 || !made.SRTP || made.KeysExposed() || !slices.Equal(made.AllowedNets, want) {
		t.Errorf("made %+v", made)
	}
	o.Heard.Take()
	d := trunk.DraftOf(made)
	if d.Password != "" || d.InboundPassword != "" {
		t.Error("a draft gives passwords away")
	}
	if _, err := o.Trunks.Edit(t.Context(), o.Admin, made.ID, d); err != nil {
		t.Fatal(err)
	}
	if changes, _ := o.Heard.Take(); changes != nil {
		t.Errorf("an edit that changes nothing was told: %v", changes)
	}
	d.Host = "192.0.2.1"
	if _, err := o.Trunks.Edit(t.Context(), o.Admin, made.ID, d); err != nil {
		t.Fatal(err)
	}
	stored, err := o.DB.Trunk(t.Context(), o.Workspace.ID, made.ID)
	if err != nil || stored.Password != "s3cret pass" || stored.Host != "192.0.2.1" {
		t.Errorf("a blank password must keep the old one: %+v, %v", stored.Host, err)
	}
	d.Username, d.Register = "", false
	cleared, err := o.Trunks.Edit(t.Context(), o.Admin, made.ID, d)
	if err != nil || cleared.Password != "" {
		t.Errorf("without a user name the password goes: %v", err)
	}
	_, err = o.Trunks.Create(t.Context(), o.Admin, trunk.Draft{Name: "CARRIER", Host: "x.example"})
	office.Want(t, err, "error.trunk-taken", "name")
}

func TestHosts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		host, port string
		want       string
		wantPort   int
	}{
		{"sip.example.com", "", "sip.example.com", 0},
		{"sip:sip.example.com:5080", "", "sip.example.com", 5080},
		{"[2001:db8::1]:5062", "", "2001:db8::1", 5062},
		{"2001:db8::1", "", "2001:db8::1", 0},
		{"127.0.0.1", "65535", "127.0.0.1", 65535},
		{"gateway", "5060", "gateway", 5060},
	} {
		made, err := trunk.Draft{Name: "n", Host: c.host, Port: c.port}.Apply(trunk.Trunk{})
		if err != nil || made.Host != c.want || made.Port != c.wantPort {
			t.Errorf("host %q port %q: got %q %d, %v", c.host, c.port, made.Host, made.Port, err)
		}
	}
	for _, host := range []string{
		"a b", "a\r\nVia: x", "-a.example", "a..b", "1.2.3", "256.1.1.1", "0.0.0.0", "fe80::1%eth0", "224.0.0.1",
		"exa_mple.com;transport=tcp", strings.Repeat("a.", 200) + "com", strings.Repeat("a", 64) + ".com", "é.fr", "",
	} {
		_, err := trunk.Draft{Name: "n", Host: host, Port: "5060"}.Apply(trunk.Trunk{})
		key := "error.host-invalid"
		if host == "" {
			key = "error.host-needed"
		}
		office.Want(t, err, key, "host")
	}
	for _, port := range []string{"0", "65536", "-1", "sip", "5060x"} {
		_, err := trunk.Draft{Name: "n", Host: "a.example", Port: port}.Apply(trunk.Trunk{})
		office.Want(t, err, "error.port-invalid", "port")
	}
}

func TestOpenNetworksAreRefused(t *testing.T) {
	t.Parallel()
	for net, key := range map[string]string{
		"0.0.0.0/0": "error.network-open", "::/0": "error.network-open", "128.0.0.0/1": "error.network-open",
		"::ffff:0:0/96": "error.network-open", "::ffff:0.0.0.0/0": "error.network-open", "2000::/3": "error.network-open",
		"0.0.0.0": "error.network-open", "::": "error.network-open", "::ffff:1.2.3.4/96": "error.network-open",
		"sip.example.com": "error.network-invalid", "192.0.2.0/33": "error.network-invalid", "192.0.2": "error.network-invalid",
		"fe80::1%eth0": "error.network-invalid",
	} {
		_, err := trunk.Draft{Name: "n", Host: "a.example", Allowed: []string{"192.0.2.1", net}}.Apply(trunk.Trunk{})
		office.Want(t, err, key, "allowed")
	}
	many := make([]string, 65)
	for i := range many {
		many[i] = netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}).String()
	}
	_, err := trunk.Draft{Name: "n", Host: "a.example", Allowed: many}.Apply(trunk.Trunk{})
	office.Want(t, err, "error.network-many", "allowed")
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		change     func(*trunk.Draft)
		key, field string
	}{
		{func(d *trunk.Draft) { d.Password = "" }, "error.password-needed", "password"},
		{func(d *trunk.Draft) { d.Username = "" }, "error.username-needed", "username"},
		{func(d *trunk.Draft) { d.Username, d.Password = "", "" }, "error.register-needs-username", "username"},
		{func(d *trunk.Draft) { d.Username = `a", realm="x` }, "error.username-invalid", "username"},
		{func(d *trunk.Draft) { d.Password = "a\r\nb" }, "error.password-invalid", "password"},
		{func(d *trunk.Draft) { d.InboundUsername = "peer" }, "error.password-needed", "inbound_password"},
		{func(d *trunk.Draft) { d.InboundPassword = "x" }, "error.username-needed", "inbound_username"},
		{func(d *trunk.Draft) { d.Transport = "sctp" }, "error.transport-unknown", "transport"},
		{func(d *trunk.Draft) { d.Name = "" }, "error.name-needed", "name"},
	} {
		d := carrier()
		c.change(&d)
		_, err := d.Apply(trunk.Trunk{})
		office.Want(t, err, c.key, c.field)
	}
}

func TestDeleteAndRights(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	made, err := o.Trunks.Create(t.Context(), o.Admin, carrier())
	if err != nil {
		t.Fatal(err)
	}
	_, stranger := office.Found(t, o.DB, "Other")
	for _, c := range []struct {
		who member.Member
		key string
	}{{o.Member, "error.not-allowed"}, {stranger, "error.not-found"}} {
		_, err := o.Trunks.Edit(t.Context(), c.who, made.ID, trunk.DraftOf(made))
		office.Want(t, err, c.key, "")
		office.Want(t, o.Trunks.Delete(t.Context(), c.who, made.ID), c.key, "")
	}
	n, err := o.Numbers.Create(t.Context(), o.Admin, number.Draft{Phone: "+33123456789", Country: "FR", Name: "Sales", TrunkID: made.ID})
	if err != nil {
		t.Fatal(err)
	}
	office.Want(t, o.Trunks.Delete(t.Context(), o.Admin, made.ID), "error.trunk-used", "")
	if err := o.Numbers.Delete(t.Context(), o.Admin, n.ID); err != nil {
		t.Fatal(err)
	}
	if err := o.Trunks.Delete(t.Context(), o.Admin, made.ID); err != nil {
		t.Errorf("delete an unused trunk: %v", err)
	}
}
