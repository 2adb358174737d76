package people_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"parley/internal/base/id"
	"parley/internal/domain/hours"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/internal/domain/team"
	"parley/internal/tests/office"
)

func stored(t *testing.T, o *office.Office, memberID string) member.Member {
	t.Helper()
	m, err := o.DB.Member(t.Context(), o.Workspace.ID, memberID)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestEditProfile(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	c := t.Context()
	p := people.Profile{Name: " Max  M ", Language: "fr", Extension: " 201 ", WrapUp: 90*time.Second + time.Millisecond}
	if err := o.People.EditProfile(c, o.Admin, o.Member.ID, p); err != nil {
		t.Fatal(err)
	}
	if m := stored(t, o, o.Member.ID); people.ProfileOf(m) != (people.Profile{Name: "Max M", Language: "fr", Extension: "201", WrapUp: 90 * time.Second}) {
		t.Errorf("stored %+v", m)
	}
	if changes, audited := o.Heard.Take(); !slices.Equal(changes, []string{"member " + o.Member.ID}) || !slices.Equal(audited, []string{"member.edited " + o.Member.ID}) {
		t.Errorf("told %v, audited %v", changes, audited)
	}
	p.Name = "Max"
	if err := o.People.EditProfile(c, o.Member, o.Member.ID, p); err != nil {
		t.Errorf("the own profile: %v", err)
	}
	for _, try := range []struct {
		actor      member.Member
		change     func(*people.Profile)
		key, field string
	}{
		{o.Member, func(p *people.Profile) { p.Extension = "202" }, "error.not-allowed", "extension"},
		{o.Admin, func(p *people.Profile) { p.Name = " " }, "error.name-needed", "name"},
		{o.Admin, func(p *people.Profile) { p.Name = "a\u202eb" }, "error.name-invalid", "name"},
		{o.Admin, func(p *people.Profile) { p.Language = "tlh" }, "error.language-unknown", "language"},
		{o.Admin, func(p *people.Profile) { p.WrapUp = 61 * time.Minute }, "error.wrap-up-invalid", "wrap_up"},
		{o.Admin, func(p *people.Profile) { p.WrapUp = -time.Second }, "error.wrap-up-invalid", "wrap_up"},
		{o.Admin, func(p *people.Profile) { p.Extension = "2" }, "error.extension-invalid", "extension"},
		{o.Admin, func(p *people.Profile) { p.Extension = "1234567" }, "error.extension-invalid", "extension"},
		{o.Admin, func(p *people.Profile) { p.Extension = "20a" }, "error.extension-invalid", "extension"},
		{o.Admin, func(p *people.Profile) { p.Extension = "112" }, "error.extension-invalid", "extension"},
		{o.Admin, func(p *people.Profile) { p.Extension = "18" }, "error.extension-invalid", "extension"},
	} {
		q := p
		try.change(&q)
		office.Want(t, o.People.EditProfile(c, try.actor, o.Member.ID, q), try.key, try.field)
	}
	taken := people.ProfileOf(o.Owner)
	taken.Extension = "201"
	office.Want(t, o.People.EditProfile(c, o.Admin, o.Owner.ID, taken), "error.extension-taken", "extension")
	office.Want(t, o.People.EditProfile(c, o.Member, o.Owner.ID, people.ProfileOf(o.Owner)), "error.not-allowed", "")
	_, stranger := office.Found(t, o.DB, "Other")
	office.Want(t, o.People.EditProfile(c, stranger, o.Member.ID, p), "error.not-found", "")
	if m := stored(t, o, o.Member.ID); m.Extension != "201" || m.Name != "Max" {
		t.Errorf("refused, yet stored %+v", m)
	}
}

func TestAProfileSavedLateGivesNoRoleBack(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	var both sync.WaitGroup
	both.Go(func() {
		for i := range 20 {
			p := people.ProfileOf(o.Admin)
			p.WrapUp = time.Duration(i) * time.Second
			if err := o.People.EditProfile(t.Context(), o.Admin, o.Admin.ID, p); err != nil {
				t.Error(err)
			}
		}
	})
	both.Go(func() {
		if err := o.People.SetRole(t.Context(), o.Owner, o.Admin.ID, member.User); err != nil {
			t.Error(err)
		}
	})
	both.Wait()
	if m := stored(t, o, o.Admin.ID); m.Role != member.User || m.WrapUp != 19*time.Second {
		t.Errorf("stored %+v", m)
	}
}

func week(from, to hours.Minute) hours.Hours {
	return hours.Hours{Slots: []hours.Slot{{Days: []time.Weekday{time.Tuesday, time.Monday}, From: from, To: to}}}
}

func TestHoursAndAvailabilityOfOthers(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	c := t.Context()
	lead := office.Hire(t, o.DB, o.Workspace, "Sue Supervisor", member.Supervisor)
	group(t, o, "Sales", team.Membership{MemberID: lead.ID, Lead: true}, team.Membership{MemberID: o.Member.ID})
	_, stranger := office.Found(t, o.DB, "Other")
	o.Live.Take()
	for _, who := range []struct {
		actor, whom member.Member
		key         string
	}{
		{o.Owner, o.Admin, ""},
		{o.Admin, o.Owner, ""},
		{o.Admin, o.Member, ""},
		{lead, o.Member, ""},
		{lead, lead, ""},
		{o.Member, o.Member, ""},
		{lead, o.Admin, "error.not-allowed"},
		{o.Member, lead, "error.not-allowed"},
		{stranger, o.Member, "error.not-found"},
	} {
		from := hours.Minute(60 + len(who.actor.ID+who.whom.Name)) // a change each time
		hoursErr := o.People.SetHours(c, who.actor, who.whom.ID, week(from, 1080), member.Closed{})
		settingErr := o.People.SetAvailability(c, who.actor, who.whom.ID, member.DoNotDisturb)
		if who.key != "" {
			office.Want(t, hoursErr, who.key, "")
			office.Want(t, settingErr, who.key, "")
			continue
		}
		if hoursErr != nil || settingErr != nil {
			t.Errorf("%s of %s: %v, %v", who.actor.Name, who.whom.Name, hoursErr, settingErr)
		}
		if m := stored(t, o, who.whom.ID); m.Setting != member.DoNotDisturb || m.Hours.Slots[0].Days[0] != time.Monday {
			t.Errorf("stored %+v", m)
		}
	}
	if noted := o.Live.Take(); noted[0] != "hours "+o.Admin.ID+" " || noted[1] != "setting "+o.Admin.ID+" do-not-disturb" {
		t.Errorf("noted %v", noted)
	}
	office.Want(t, o.People.SetAvailability(c, o.Member, o.Member.ID, "asleep"), "error.form-choice", "setting")
}

func TestWhereCallsGoOutsideTheHours(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	c := t.Context()
	main, other := line(t, o, "+33123456789", "Main"), line(t, o, "+33123456780", "Other")
	if err := o.Numbers.Assign(c, o.Owner, main.ID, office.Shared(o.Member.ID)); err != nil {
		t.Fatal(err)
	}
	_, stranger := office.Found(t, o.DB, "Other")
	set := func(closed member.Closed) error {
		return o.People.SetHours(c, o.Member, o.Member.ID, week(540, 1080), closed)
	}
	for _, closed := range []struct{ given, want member.Closed }{
		{member.Closed{Do: member.ToColleague, MemberID: o.Admin.ID, NumberID: "x"}, member.Closed{Do: member.ToColleague, MemberID: o.Admin.ID}},
		{member.Closed{Do: member.ToLine, MemberID: "x", NumberID: main.ID}, member.Closed{Do: member.ToLine, NumberID: main.ID}},
		{member.Closed{MemberID: "x", NumberID: "y"}, member.Closed{}},
	} {
		if err := set(closed.given); err != nil {
			t.Errorf("%+v: %v", closed.given, err)
		}
		if m := stored(t, o, o.Member.ID); m.Closed != closed.want {
			t.Errorf("%+v is stored as %+v", closed.given, m.Closed)
		}
	}
	office.Want(t, set(member.Closed{Do: member.ToColleague, MemberID: o.Member.ID}), "error.colleague-self", "closed_member")
	office.Want(t, set(member.Closed{Do: member.ToColleague, MemberID: stranger.ID}), "error.member-unknown", "closed_member")
	office.Want(t, set(member.Closed{Do: member.ToLine, NumberID: id.New()}), "error.number-unknown", "closed_number")
	// A number he is not shown is not there for him; who sees all may choose any.
	office.Want(t, set(member.Closed{Do: member.ToLine, NumberID: other.ID}), "error.number-unknown", "closed_number")
	elsewhere := member.Closed{Do: member.ToLine, NumberID: other.ID}
	if err := o.People.SetHours(c, o.Admin, o.Member.ID, week(540, 1080), elsewhere); err != nil {
		t.Errorf("an admin's choice: %v", err)
	}
	for _, closed := range []member.Closed{elsewhere, {}} {
		if err := set(closed); err != nil {
			t.Errorf("as it was, then nowhere: %v", err)
		}
	}
	office.Want(t, set(member.Closed{Do: "moon"}), "error.form-choice", "closed")
	office.Want(t, o.People.SetHours(c, o.Member, o.Member.ID, hours.Hours{Zone: "Mars/Olympus"}, member.Closed{}), "error.time-zone-unknown", "zone")
	o.Heard.Take()
	if err := o.People.SetHours(c, o.Member, o.Member.ID, week(540, 1080), member.Closed{}); err != nil {
		t.Fatal(err)
	}
	if changes, _ := o.Heard.Take(); changes != nil {
		t.Errorf("nothing changed, yet it was told: %v", changes)
	}
}

func TestOwnPhoneAndNotices(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	c := t.Context()
	main, read := line(t, o, "+33123456789", "Main"), line(t, o, "+33123456780", "Read")
	err := o.People.SetNumbers(c, o.Admin, o.Member.ID, []number.Assignment{{NumberID: main.ID}, {NumberID: read.ID, Level: number.ReadOnly}})
	if err != nil {
		t.Fatal(err)
	}
	if err := o.People.SetPhone(c, o.Member, people.PhonePrefs{DefaultNumber: main.ID, DialCountry: " be ", RingTone: "soft"}); err != nil {
		t.Fatal(err)
	}
	notices := member.Notices{MissedByMail: true, Muted: []string{read.ID, main.ID, read.ID}}
	if err := o.People.SetNotices(c, o.Member, notices); err != nil {
		t.Fatal(err)
	}
	m := stored(t, o, o.Member.ID)
	if m.DefaultNumber != main.ID || m.DialCountry != "BE" || m.RingTone != "soft" || m.Notices.Desktop || !m.Notices.MissedByMail || len(m.Notices.Muted) != 2 {
		t.Errorf("stored %+v", m)
	}
	for field, p := range map[string]people.PhonePrefs{
		"default_number": {DefaultNumber: read.ID}, "dial_country": {DialCountry: "ZZ"}, "ring_tone": {RingTone: "polka"},
	} {
		key := map[string]string{"default_number": "error.number-not-assigned", "dial_country": "error.country-unknown", "ring_tone": "error.ring-tone-unknown"}[field]
		office.Want(t, o.People.SetPhone(c, o.Member, p), key, field)
	}
	office.Want(t, o.People.SetNotices(c, o.Owner, notices), "error.number-not-assigned", "muted")
	nobody := o.Member
	nobody.Role = ""
	office.Want(t, o.People.SetPhone(c, nobody, people.PhonePrefs{}), "error.not-allowed", "")
	office.Want(t, o.People.SetNotices(c, nobody, member.Notices{}), "error.not-allowed", "")
}

func TestPickingADirectNumber(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	c := t.Context()
	taken, b, a := line(t, o, "+33123456789", "Taken"), line(t, o, "+33123456780", "b line"), line(t, o, "+33123456781", "A line")
	if err := o.Numbers.Assign(c, o.Owner, taken.ID, office.Shared(o.Admin.ID)); err != nil {
		t.Fatal(err)
	}
	join := func(among ...string) member.Member {
		t.Helper()
		m := office.Hire(t, o.DB, o.Workspace, "New", member.User)
		err := o.DB.SaveInvitation(c, member.Invitation{
			ID: id.New(), WorkspaceID: m.WorkspaceID, Email: m.Email, Role: m.Role, PickNumber: true, NumberIDs: among, TokenHash: id.New(),
			InvitedBy: o.Admin.ID, CreatedAt: time.Now(), ExpiresAt: time.Now(), AcceptedAt: time.Now(),
		})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	offered := func(m member.Member) []string {
		t.Helper()
		all, err := o.People.Offered(c, m)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, n := range all {
			out = append(out, n.Name)
		}
		return out
	}
	first, second := join(), join(b.ID, taken.ID)
	if got := offered(first); !slices.Equal(got, []string{"A line", "b line"}) {
		t.Errorf("the first is offered %v", got)
	}
	if got := offered(second); !slices.Equal(got, []string{"b line"}) {
		t.Errorf("the second is offered %v", got)
	}
	if got := offered(o.Member); got != nil {
		t.Errorf("who was offered nothing gets %v", got)
	}
	office.Want(t, o.People.Pick(c, o.Member, a.ID), "error.not-allowed", "")
	office.Want(t, o.People.Pick(c, first, taken.ID), "error.number-taken-meanwhile", "")
	third := join()
	errs := make([]error, 2)
	var both sync.WaitGroup
	for i, m := range []member.Member{first, third} {
		both.Go(func() { errs[i] = o.People.Pick(c, m, b.ID) })
	}
	both.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Fatalf("two pick one number: %v", errs)
	}
	winner, loser := first, third
	if errs[0] != nil {
		winner, loser = third, first
	}
	if got := offered(winner); got != nil {
		t.Errorf("the winner is still offered %v", got)
	}
	if err := o.People.Pick(c, loser, a.ID); err != nil {
		t.Errorf("the other takes another: %v", err)
	}
	all, err := o.DB.AssignmentsOf(c, o.Workspace.ID, winner.ID)
	if err != nil || !slices.Equal(all, []number.Assignment{{NumberID: b.ID, MemberID: winner.ID, Level: number.Exclusive}}) {
		t.Errorf("the winner has %+v, %v", all, err)
	}
	if err := o.People.SetNumbers(c, o.Admin, winner.ID, nil); err != nil {
		t.Fatal(err)
	}
	if got := offered(winner); got != nil {
		t.Errorf("who had a number taken from him is offered %v", got)
	}
	office.Want(t, o.People.Pick(c, winner, b.ID), "error.not-allowed", "")
}

func TestAnInvitationOfLongAgoOffersNothing(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	line(t, o, "+33123456780", "Main")
	m := office.Hire(t, o.DB, o.Workspace, "Back", member.User)
	before := m.CreatedAt.Add(-time.Hour)
	err := o.DB.SaveInvitation(t.Context(), member.Invitation{
		ID: id.New(), WorkspaceID: m.WorkspaceID, Email: m.Email, Role: m.Role, PickNumber: true, TokenHash: id.New(),
		InvitedBy: o.Admin.ID, CreatedAt: before, ExpiresAt: before, AcceptedAt: before,
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := o.People.Offered(t.Context(), m); err != nil || got != nil {
		t.Errorf("offered %v, %v", got, err)
	}
}
