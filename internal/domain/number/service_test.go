package number_test

import (
	"slices"
	"strings"
	"testing"

	"parley/internal/base/id"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/trunk"
	"parley/internal/tests/office"
)

func paris() number.Draft {
	return number.Draft{Phone: "01 23 45 67 89", Country: "fr", Name: " Sales  Paris "}
}

func create(t *testing.T, o *office.Office, d number.Draft) number.Number {
	t.Helper()
	n, err := o.Numbers.Create(t.Context(), o.Admin, d)
	if err != nil {
		t.Fatalf("create number: %v", err)
	}
	return n
}

func TestCreate(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	n := create(t, o, paris())
	if n.E164 != "+33123456789" || n.Name != "Sales Paris" || n.Country != "FR" || n.HoldMusic != "soft" || n.Language != "en" {
		t.Errorf("created %+v", n)
	}
	stored, err := o.DB.NumberByE164(t.Context(), "+33123456789")
	if err != nil || stored.ID != n.ID {
		t.Errorf("stored %+v, %v", stored, err)
	}
	changes, audited := o.Heard.Take()
	if !slices.Equal(changes, []string{"number " + n.ID}) || !slices.Equal(audited, []string{"number.created " + n.ID}) {
		t.Errorf("told %v, audited %v", changes, audited)
	}
	_, err = o.Numbers.Create(t.Context(), o.Admin, number.Draft{Phone: "+33 1 23 45 67 89", Country: "FR", Name: "Twice"})
	office.Want(t, err, "error.number-taken", "phone")
}

func TestCreateRefuses(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	for _, c := range []struct {
		name, key, field string
		change           func(*number.Draft)
	}{
		{"no phone", "error.phone-needed", "phone", func(d *number.Draft) { d.Phone = " " }},
		{"no number at all", "error.phone-invalid", "phone", func(d *number.Draft) { d.Phone = "hello" }},
		{"short number", "error.phone-short", "phone", func(d *number.Draft) { d.Phone = "3631" }},
		{"another country's", "error.country-mismatch", "country", func(d *number.Draft) { d.Phone = "+442079460958" }},
		{"no country", "error.country-needed", "country", func(d *number.Draft) { d.Country = "" }},
		{"unknown country", "error.country-unknown", "country", func(d *number.Draft) { d.Country = "ZZ" }},
		{"no name", "error.name-needed", "name", func(d *number.Draft) { d.Name = "" }},
		{"hidden characters", "error.name-invalid", "name", func(d *number.Draft) { d.Name = "a\u202eb" }},
		{"unknown type", "error.number-type-unknown", "type", func(d *number.Draft) { d.Type = "fax" }},
		{"long caller name", "error.name-invalid", "caller_name", func(d *number.Draft) { d.CallerName = strings.Repeat("a", 33) }},
		{"caller name with quotes", "error.name-invalid", "caller_name", func(d *number.Draft) { d.CallerName = `Acme "x" <sip:y>` }},
		{"hidden inbox name", "error.name-invalid", "inbox_name", func(d *number.Draft) { d.InboxName = "a\u202eb" }},
		{"unknown music", "error.music-unknown", "hold_music", func(d *number.Draft) { d.HoldMusic = "polka" }},
		{"unknown language", "error.language-unknown", "language", func(d *number.Draft) { d.Language = "de" }},
		{"unknown trunk", "error.trunk-unknown", "trunk", func(d *number.Draft) { d.TrunkID = id.New() }},
	} {
		d := paris()
		c.change(&d)
		_, err := o.Numbers.Create(t.Context(), o.Admin, d)
		t.Run(c.name, func(t *testing.T) { office.Want(t, err, c.key, c.field) })
	}
	_, err := o.Numbers.Create(t.Context(), o.Admin, number.Draft{})
	office.Want(t, err, "error.country-needed", "country")
	office.Want(t, err, "error.name-needed", "name")
	if left, err := o.DB.Numbers(t.Context(), o.Workspace.ID); err != nil || len(left) != 0 {
		t.Errorf("refused drafts were stored: %v, %v", left, err)
	}
}

func TestEdit(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	n := create(t, o, paris())
	line, err := o.Trunks.Create(t.Context(), o.Admin, trunk.Draft{Name: "Carrier", Host: "sip.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	o.Heard.Take()
	d := number.DraftOf(n)
	if _, err := o.Numbers.Edit(t.Context(), o.Admin, n.ID, d); err != nil {
		t.Fatal(err)
	}
	if changes, _ := o.Heard.Take(); changes != nil {
		t.Errorf("an edit that changes nothing was told: %v", changes)
	}
	d.Name, d.TrunkID, d.WebCall, d.MandatoryTag, d.HoldMusic, d.Country = "Support", line.ID, true, true, "piano", "GP"
	d.Recording = number.Recording{AutoInbound: true, AgentOutbound: true}
	d.Phone = "+33199999999" // the number itself cannot be edited
	edited, err := o.Numbers.Edit(t.Context(), o.Owner, n.ID, d)
	if err == nil {
		t.Fatalf("Guadeloupe has calling code 590, yet %+v was stored", edited)
	}
	d.Country = "FR"
	if edited, err = o.Numbers.Edit(t.Context(), o.Owner, n.ID, d); err != nil {
		t.Fatal(err)
	}
	stored, err := o.DB.Number(t.Context(), o.Workspace.ID, n.ID)
	if err != nil || stored != edited || stored.E164 != n.E164 || stored.Name != "Support" || !stored.MandatoryTag {
		t.Errorf("stored %+v, returned %+v, %v", stored, edited, err)
	}
	if users, err := o.Numbers.UsersOfTrunk(t.Context(), o.Workspace.ID, line.ID); err != nil || users != 1 {
		t.Errorf("the trunk has %d users, %v", users, err)
	}
}

func TestTheTypeChangesAndKeepsTheRest(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	n := create(t, o, paris())
	if n.Type != number.Classic {
		t.Errorf("created as %q", n.Type)
	}
	d := number.DraftOf(n)
	d.Type, d.CallerName, d.InboxName, d.Inactive = number.IVR, " Acme  Ltd ", "Front desk", true
	d.Recording = number.Recording{AutoInbound: true, AgentInbound: true, AutoOutbound: true, AgentOutbound: true}
	edited, err := o.Numbers.Edit(t.Context(), o.Admin, n.ID, d)
	if err != nil {
		t.Fatal(err)
	}
	want := n
	want.CreatedAt = edited.CreatedAt
	want.Type, want.CallerName, want.InboxName, want.Inactive = number.IVR, "Acme Ltd", "Front desk", true
	want.Recording = number.Recording{AutoOutbound: true, AgentOutbound: true}
	if edited != want {
		t.Errorf("edited %+v, want %+v", edited, want)
	}
	stored, err := o.DB.Number(t.Context(), o.Workspace.ID, n.ID)
	if err != nil || stored != want {
		t.Errorf("stored %+v, want %+v, %v", stored, want, err)
	}
	if edited.Inbox() != "Front desk" || n.Inbox() != n.Name {
		t.Errorf("inbox names %q and %q", edited.Inbox(), n.Inbox())
	}
}

func TestWhomANumberRings(t *testing.T) {
	t.Parallel()
	classic, ivr := number.Number{}, number.Number{Type: number.IVR}
	off := number.Number{Type: number.Classic, Inactive: true, WebCall: true}
	if off.OnWeb() || !(number.Number{WebCall: true}).OnWeb() {
		t.Error("an inactive number alone has no page")
	}
	for _, c := range []struct {
		n            number.Number
		level        number.Level
		rings, dials bool
	}{
		{classic, number.Shared, true, true},
		{classic, number.Exclusive, true, true},
		{classic, number.OutboundOnly, false, true},
		{classic, number.ReadOnly, false, false},
		{ivr, number.Shared, false, true},
		{ivr, number.ReadOnly, false, false},
		{off, number.Shared, false, false},
	} {
		if c.n.Rings(c.level) != c.rings || c.n.Dials(c.level) != c.dials {
			t.Errorf("%+v %s: rings %v, dials %v", c.n, c.level, c.n.Rings(c.level), c.n.Dials(c.level))
		}
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	n := create(t, o, paris())
	if err := o.Numbers.Delete(t.Context(), o.Admin, n.ID); err != nil {
		t.Fatal(err)
	}
	office.Want(t, o.Numbers.Delete(t.Context(), o.Admin, n.ID), "error.not-found", "")
	create(t, o, paris()) // the number is free again
}

func TestRights(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	n := create(t, o, paris())
	_, stranger := office.Found(t, o.DB, "Other")
	for _, c := range []struct {
		who member.Member
		key string
	}{{o.Member, "error.not-allowed"}, {stranger, "error.not-found"}} {
		_, err := o.Numbers.Edit(t.Context(), c.who, n.ID, number.DraftOf(n))
		office.Want(t, err, c.key, "")
		office.Want(t, o.Numbers.Assign(t.Context(), c.who, n.ID, nil), c.key, "")
		office.Want(t, o.Numbers.SetOwner(t.Context(), c.who, n.ID, ""), c.key, "")
		office.Want(t, o.Numbers.SetSupervisors(t.Context(), c.who, n.ID, nil), c.key, "")
		office.Want(t, o.Numbers.Delete(t.Context(), c.who, n.ID), c.key, "")
	}
	_, err := o.Numbers.Create(t.Context(), o.Member, paris())
	office.Want(t, err, "error.not-allowed", "")
}
