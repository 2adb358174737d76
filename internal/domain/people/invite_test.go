package people_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/domain/letter"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/internal/domain/team"
	"parley/internal/domain/workspace"
	"parley/internal/tests/office"
)

func invite(t *testing.T, o *office.Office, b people.Batch) []people.Outcome {
	t.Helper()
	if b.Role == "" {
		b.Role = member.User
	}
	out, err := o.People.Invite(t.Context(), o.Admin, b)
	if err != nil {
		t.Fatalf("invite %q: %v", b.Addresses, err)
	}
	return out
}

func one(t *testing.T, o *office.Office, address string) people.Outcome {
	t.Helper()
	out := invite(t, o, people.Batch{Addresses: address})
	if len(out) != 1 || out[0].Problem != nil {
		t.Fatalf("invite %s: %+v", address, out)
	}
	return out[0]
}

func open(t *testing.T, o *office.Office) []people.Pending {
	t.Helper()
	all, err := o.People.Open(t.Context(), o.Workspace.ID)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func edit(t *testing.T, o *office.Office, change func(*workspace.Workspace)) {
	t.Helper()
	change(&o.Workspace)
	if err := o.DB.SaveWorkspace(t.Context(), o.Workspace); err != nil {
		t.Fatal(err)
	}
}

func line(t *testing.T, o *office.Office, e164, name string) number.Number {
	t.Helper()
	n, err := o.Numbers.Create(t.Context(), o.Owner, number.Draft{Phone: e164, Country: "FR", Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func group(t *testing.T, o *office.Office, name string, members ...team.Membership) team.Team {
	t.Helper()
	made, err := o.Teams.Create(t.Context(), o.Owner, name, members)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestOneBadAddressDoesNotStopTheOthers(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	o.Mail.On()
	out := invite(t, o, people.Batch{
		Addresses: "Ann Lee <Ann@x.com>, bob@x, " + o.Member.Email + "; ann@X.com\ncleo@x.com", Role: member.Supervisor, Language: "fr",
	})
	var got []string
	for _, one := range out {
		word := "mailed"
		if one.Problem != nil {
			word = one.Problem.Key
		}
		got = append(got, one.Email+" "+word)
	}
	want := []string{"ann@x.com mailed", "bob@x error.email-invalid", o.Member.Email + " error.email-taken", "cleo@x.com mailed"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	pending := open(t, o)
	if len(pending) != 2 || pending[0].Name != "Ann Lee" || pending[0].Role != member.Supervisor || pending[0].Language != "fr" ||
		pending[0].Letter.State != letter.Waiting || pending[0].Expired || pending[0].InvitedBy != o.Admin.ID {
		t.Errorf("open: %+v", pending)
	}
	mail := o.Mail.To("ann@x.com")
	if len(mail) != 1 || mail[0].Kind != letter.Invitation || mail[0].Language != "fr" || mail[0].Args["company"] != "Acme" ||
		mail[0].Args["inviter"] != "Ada Admin" || !strings.HasPrefix(mail[0].Args["link"], "https://parley.test/invite/") {
		t.Errorf("mailed %+v", mail)
	}
	if expires, err := time.Parse(time.RFC3339, mail[0].Args["expires"]); err != nil || time.Until(expires) < people.Lifetime-time.Minute {
		t.Errorf("expires %q, %v", mail[0].Args["expires"], err)
	}
	_, audited := o.Heard.Take()
	if len(audited) != 2 || !strings.HasPrefix(audited[0], "invitation.made ") {
		t.Errorf("audited %v", audited)
	}
	if seats, err := o.People.Seats(t.Context(), o.Workspace.ID); err != nil || seats != (people.Seats{Members: 3, Invited: 2, Limit: 999}) {
		t.Errorf("seats %+v, %v", seats, err)
	}
}

func TestWithoutMailTheLinkIsHandedOver(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	first := one(t, o, "ann@x.com")
	if first.Mailed || first.Link == "" || first.InvitationID == "" {
		t.Errorf("outcome %+v", first)
	}
	o.Mail.On()
	o.Mail.Fail(errors.New("no template"))
	second := one(t, o, "bob@x.com")
	if second.Mailed || second.Link == "" {
		t.Errorf("a letter that could not be posted: %+v", second)
	}
}

func TestInvitingAgainAndResendingVoidTheOldLink(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	o.Mail.On()
	hash := func() string { t.Helper(); return open(t, o)[0].TokenHash }
	first := one(t, o, "ann@x.com")
	was := hash()
	second := one(t, o, "ann@x.com")
	if len(open(t, o)) != 1 || hash() == was || second.InvitationID == first.InvitationID || len(o.Mail.To("ann@x.com")) != 1 {
		t.Errorf("invited twice: %+v", open(t, o))
	}
	was = hash()
	o.Heard.Take()
	again, err := o.People.Resend(t.Context(), o.Owner, second.InvitationID, " Anna@x.com ")
	if err != nil {
		t.Fatal(err)
	}
	pending := open(t, o)
	if len(pending) != 1 || hash() == was || !again.Mailed || pending[0].Email != "anna@x.com" || pending[0].InvitedBy != o.Owner.ID ||
		len(o.Mail.To("ann@x.com")) != 0 || len(o.Mail.To("anna@x.com")) != 1 {
		t.Errorf("resent to another address: %+v, %+v", again, pending)
	}
	if _, audited := o.Heard.Take(); !slices.Equal(audited, []string{"invitation.resent " + second.InvitationID}) {
		t.Errorf("audited %v", audited)
	}
	if _, err := o.DB.InvitationByToken(t.Context(), was); fault.KindOf(err) != fault.NotFound {
		t.Errorf("the old token still finds the invitation: %v", err)
	}
	for address, key := range map[string]string{"anna": "error.email-invalid", o.Member.Email: "error.email-taken"} {
		_, err := o.People.Resend(t.Context(), o.Admin, second.InvitationID, address)
		office.Want(t, err, key, "email")
	}
	if err := o.People.Revoke(t.Context(), o.Admin, second.InvitationID); err != nil {
		t.Fatal(err)
	}
	if len(open(t, o)) != 0 || len(o.Mail.To("anna@x.com")) != 0 {
		t.Error("a revoked invitation is still there")
	}
	office.Want(t, o.People.Revoke(t.Context(), o.Admin, second.InvitationID), "error.not-found", "")
}

func TestAnExpiredInvitationIsShownAndResent(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	old := member.Invitation{
		ID: id.New(), WorkspaceID: o.Workspace.ID, Email: "ann@x.com", Role: member.User, TokenHash: id.New(), InvitedBy: o.Admin.ID,
		CreatedAt: time.Now().Add(-9 * 24 * time.Hour), ExpiresAt: time.Now().Add(-48 * time.Hour),
	}
	if err := o.DB.SaveInvitation(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	if pending := open(t, o); len(pending) != 1 || !pending[0].Expired {
		t.Errorf("open: %+v", pending)
	}
	if _, err := o.People.Resend(t.Context(), o.Admin, old.ID, ""); err != nil {
		t.Fatal(err)
	}
	if pending := open(t, o); len(pending) != 1 || pending[0].Expired {
		t.Errorf("after resending: %+v", pending)
	}
	old.AcceptedAt, old.ID, old.TokenHash, old.Email = time.Now(), id.New(), id.New(), "bob@x.com"
	if err := o.DB.SaveInvitation(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	_, err := o.People.Resend(t.Context(), o.Admin, old.ID, "")
	office.Want(t, err, "error.invitation-used", "")
	office.Want(t, o.People.Revoke(t.Context(), o.Admin, old.ID), "error.invitation-used", "")
}

func TestWhatComesWithAnInvitation(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	sales, main, mine := group(t, o, "Sales"), line(t, o, "+33123456789", "Main"), line(t, o, "+33123456780", "Mine")
	if err := o.Numbers.Assign(t.Context(), o.Owner, mine.ID, []number.Assignment{{MemberID: o.Member.ID, Level: number.Exclusive}}); err != nil {
		t.Fatal(err)
	}
	invite(t, o, people.Batch{Addresses: "ann@x.com", TeamIDs: []string{sales.ID, sales.ID}, NumberIDs: []string{main.ID}, PickNumber: true})
	if p := open(t, o)[0]; !slices.Equal(p.TeamIDs, []string{sales.ID}) || !slices.Equal(p.NumberIDs, []string{main.ID}) || !p.PickNumber {
		t.Errorf("stored %+v", p)
	}
	_, stranger := office.Found(t, o.DB, "Other")
	theirs, err := o.Numbers.Create(t.Context(), stranger, number.Draft{Phone: "+33123456781", Country: "FR", Name: "Theirs"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		b          people.Batch
		key, field string
	}{
		{people.Batch{TeamIDs: []string{id.New()}}, "error.team-unknown", "teams"},
		{people.Batch{NumberIDs: []string{id.New()}}, "error.number-unknown", "numbers"},
		{people.Batch{NumberIDs: []string{theirs.ID}}, "error.number-unknown", "numbers"},
		{people.Batch{NumberIDs: []string{mine.ID}}, "error.number-exclusive", "numbers"},
		{people.Batch{Language: "tlh"}, "error.language-unknown", "language"},
		{people.Batch{Addresses: " , "}, "error.addresses-needed", "addresses"},
		{people.Batch{Addresses: strings.Repeat("x", 300<<10)}, "error.addresses-too-many", "addresses"},
	} {
		if c.b.Role = member.User; c.b.Addresses == "" {
			c.b.Addresses = "bob@x.com"
		}
		_, err := o.People.Invite(t.Context(), o.Admin, c.b)
		office.Want(t, err, c.key, c.field)
	}
	if len(open(t, o)) != 1 {
		t.Error("a refused batch invited somebody")
	}
}

func TestTheLastSeatGoesToOne(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	edit(t, o, func(ws *workspace.Workspace) { ws.SeatLimit = 5 }) // three are members
	var all sync.WaitGroup
	keys := make([]string, 8)
	for i := range keys {
		all.Go(func() {
			out, err := o.People.Invite(t.Context(), o.Admin, people.Batch{Addresses: fmt.Sprintf("a%d@x.com b%d@x.com", i, i), Role: member.User})
			if err != nil {
				t.Error(err)
				return
			}
			for _, one := range out {
				if one.Problem != nil {
					keys[i] += one.Problem.Key + " " + one.Problem.Args["limit"] + " "
				}
			}
		})
	}
	all.Wait()
	if got := strings.Count(strings.Join(keys, ""), "error.seats-taken 5 "); got != 14 {
		t.Errorf("%d of 16 were refused: %q", got, keys)
	}
	if seats, err := o.People.Seats(t.Context(), o.Workspace.ID); err != nil || seats.Taken() != 5 {
		t.Errorf("seats %+v, %v", seats, err)
	}
}

func TestInviteCSV(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	sales, main := group(t, o, "Sales | Paris"), line(t, o, "+33123456789", "Main")
	support := group(t, o, "Support")
	list := "email;name;role;teams;numbers;language\r\n" +
		"ann@x.com;Ann;Supervisor;support;01 23 45 67 89;fr\r\n" +
		"bob@x.com;;;sales | paris;;\r\n" +
		"bob@x.com;again;;;;\r\n" +
		"cleo;;;;;\r\n" +
		"dan@x.com;;owner;;;\r\n" +
		"eve@x.com;;;Nobody;;\r\n" +
		"fay@x.com;;;;+33199999999;\r\n" +
		"gil@x.com;;king;;;\r\n" +
		"hal@x.com;;;;;tlh\r\n" +
		"\"ida@x.com;;;;;\r\n"
	out, err := o.People.InviteCSV(t.Context(), o.Admin, strings.NewReader(list), people.Batch{Role: member.User, TeamIDs: []string{support.ID}, PickNumber: true})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, one := range out {
		key := "made"
		if one.Problem != nil {
			key = one.Problem.Key
		}
		got = append(got, fmt.Sprintf("%d %s", one.Line, key))
	}
	want := []string{
		"2 made", "3 made", "5 error.email-invalid", "6 error.role-above", "7 error.csv-team", "8 error.csv-number",
		"9 error.role-unknown", "10 error.language-unknown", "11 error.csv-line",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	byOwner, err := o.People.InviteCSV(t.Context(), o.Owner, strings.NewReader("email;role\ndan@x.com;owner\n"), people.Batch{Role: member.User})
	if err != nil || byOwner[0].Problem == nil || byOwner[0].Problem.Key != "error.csv-owner" {
		t.Errorf("a list that makes an owner: %+v, %v", byOwner, err)
	}
	all := open(t, o)
	if len(all) != 2 {
		t.Fatalf("open: %+v", all)
	}
	ann, bob := all[0], all[1]
	if ann.Role != member.Supervisor || !slices.Equal(ann.TeamIDs, []string{support.ID}) || !slices.Equal(ann.NumberIDs, []string{main.ID}) ||
		ann.PickNumber || ann.Language != "fr" || ann.Name != "Ann" {
		t.Errorf("ann is %+v", ann)
	}
	if bob.Role != member.User || !slices.Equal(bob.TeamIDs, []string{sales.ID}) || !bob.PickNumber {
		t.Errorf("bob is %+v", bob)
	}
	rejected := string(people.RejectedCSV(out, func(f *fault.Error) string { return f.Key }))
	if strings.Count(rejected, "\r\n") != 8 || !strings.Contains(rejected, "fay@x.com,,,,'+33199999999,,error.csv-number") {
		t.Errorf("rejected:\n%s", rejected)
	}
}
