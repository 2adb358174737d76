package team_test

import (
	"slices"
	"strings"
	"testing"

	"parley/internal/base/id"
	"parley/internal/domain/member"
	"parley/internal/domain/team"
	"parley/internal/tests/office"
)

// in lists who is in a team, leads with a star.
func in(t *testing.T, o *office.Office, teamID string) []string {
	t.Helper()
	all, err := o.DB.Memberships(t.Context(), o.Workspace.ID)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range all {
		if m.TeamID != teamID {
			continue
		}
		if m.Lead {
			m.MemberID += "*"
		}
		out = append(out, m.MemberID)
	}
	slices.Sort(out)
	return out
}

func sorted(ids ...string) []string { slices.Sort(ids); return ids }

func TestATeamFromItsMakingToItsEnd(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	c := t.Context()
	made, err := o.Teams.Create(c, o.Admin, "  Sales  Paris ", []team.Membership{{MemberID: o.Member.ID, Lead: true}, {MemberID: o.Admin.ID}, {MemberID: o.Member.ID}})
	if err != nil {
		t.Fatal(err)
	}
	if got := in(t, o, made.ID); made.Name != "Sales Paris" || !slices.Equal(got, sorted(o.Member.ID+"*", o.Admin.ID)) {
		t.Errorf("made %+v with %v", made, got)
	}
	_, err = o.Teams.Create(c, o.Admin, "sales paris", nil)
	office.Want(t, err, "error.team-taken", "name")
	if err := o.Teams.Rename(c, o.Owner, made.ID, "SALES Paris"); err != nil { // only the case changes
		t.Errorf("rename: %v", err)
	}
	if err := o.Teams.SetMembers(c, o.Admin, made.ID, []team.Membership{{TeamID: "another", MemberID: o.Owner.ID}}); err != nil {
		t.Fatal(err)
	}
	if got := in(t, o, made.ID); !slices.Equal(got, []string{o.Owner.ID}) {
		t.Errorf("members are %v", got)
	}
	changes, audited := o.Heard.Take()
	if len(changes) != 3 || !strings.HasPrefix(strings.Join(audited, ","), "team.created") {
		t.Errorf("told %v, audited %v", changes, audited)
	}
	if err := o.Teams.SetMembers(c, o.Admin, made.ID, []team.Membership{{MemberID: o.Owner.ID}}); err != nil {
		t.Fatal(err)
	}
	if changes, _ := o.Heard.Take(); changes != nil {
		t.Errorf("nothing changed, yet it was told: %v", changes)
	}
	if err := o.Teams.Delete(c, o.Admin, made.ID); err != nil {
		t.Fatal(err)
	}
	office.Want(t, o.Teams.Delete(c, o.Admin, made.ID), "error.not-found", "")
	if got := in(t, o, made.ID); got != nil {
		t.Errorf("a dissolved team has %v", got)
	}
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	c := t.Context()
	made, err := o.Teams.Create(c, o.Admin, "Sales", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, stranger := office.Found(t, o.DB, "Other")
	for name, key := range map[string]string{"": "error.name-needed", "a\u202eb": "error.name-invalid", strings.Repeat("x", 61): "error.name-invalid"} {
		_, err := o.Teams.Create(c, o.Admin, name, nil)
		office.Want(t, err, key, "name")
		office.Want(t, o.Teams.Rename(c, o.Admin, made.ID, name), key, "name")
	}
	for _, foreign := range []string{id.New(), stranger.ID} {
		_, err := o.Teams.Create(c, o.Admin, "Foreign", []team.Membership{{MemberID: foreign}})
		office.Want(t, err, "error.member-unknown", "members")
		office.Want(t, o.Teams.SetMembers(c, o.Admin, made.ID, []team.Membership{{MemberID: foreign}}), "error.member-unknown", "members")
	}
	lead := office.Hire(t, o.DB, o.Workspace, "Sue Supervisor", member.Supervisor)
	for _, who := range []struct {
		member.Member
		key string
	}{{o.Member, "error.not-allowed"}, {lead, "error.not-allowed"}, {stranger, "error.not-found"}} {
		office.Want(t, o.Teams.Rename(c, who.Member, made.ID, "Mine"), who.key, "")
		office.Want(t, o.Teams.SetMembers(c, who.Member, made.ID, nil), who.key, "")
		office.Want(t, o.Teams.Delete(c, who.Member, made.ID), who.key, "")
	}
	_, err = o.Teams.Create(c, o.Member, "Mine", nil)
	office.Want(t, err, "error.not-allowed", "")
	if all, err := o.DB.Teams(c, o.Workspace.ID); err != nil || len(all) != 1 || all[0].Name != "Sales" {
		t.Errorf("teams are %+v, %v", all, err)
	}
}
