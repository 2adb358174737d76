package rights_test

import (
	"encoding/json"
	"fmt"
	"time"

	"parley/internal/base/id"
	"parley/internal/domain/call"
	"parley/internal/domain/identity"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/internal/domain/recording"
	"parley/internal/domain/tag"
	"parley/internal/domain/team"
	"parley/internal/domain/trunk"
	"parley/internal/domain/workspace"
	"parley/internal/shared/callstate"
	"parley/internal/tests/office"
)

// company is a workspace in which every relation of the matrix occurs: the
// supervisor leads a team that the member and the mate are in; the outsider is in
// none.
type company struct {
	*rig
	ws                            workspace.Workspace
	owner, partner                member.Member // both owners
	admin, supervisor, user       member.Member
	mate, outsider                member.Member
	team                          team.Team
	free, his, watched, overheard number.Number // nobody's; everybody's; supervised by all but the member; read-only to the member
	made                          int
}

// viewers are one member of each role, in the order of the matrix.
func (c *company) viewers() []member.Member {
	return []member.Member{c.owner, c.admin, c.supervisor, c.user}
}

func found(r *rig, name string) *company {
	r.t.Helper()
	c := &company{rig: r}
	c.ws, c.owner = office.Found(r.t, r.Store, name)
	hire := func(name string, role member.Role) member.Member { return office.Hire(r.t, r.Store, c.ws, name, role) }
	c.partner, c.admin = hire("Paul Partner", member.Owner), hire("Ada Admin", member.Admin)
	c.supervisor, c.user = hire("Sue Supervisor", member.Supervisor), hire("Max Member", member.User)
	c.mate, c.outsider = hire("Mia Mate", member.User), hire("Otto Outsider", member.User)
	c.team = c.newTeam(
		team.Membership{MemberID: c.supervisor.ID, Lead: true},
		team.Membership{MemberID: c.user.ID}, team.Membership{MemberID: c.mate.ID},
	)
	c.free, c.his, c.watched, c.overheard = c.newNumber(), c.newNumber(), c.newNumber(), c.newNumber()
	c.assign(c.his, number.Shared, c.viewers()...)
	c.assign(c.overheard, number.ReadOnly, c.supervisor, c.user)
	c.must(r.Store.SetSupervisors(r.t.Context(), c.ws.ID, c.watched.ID, []string{c.supervisor.ID}))
	return c
}

func (c *company) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *company) next() int { c.made++; return c.made }

func (c *company) newTeam(all ...team.Membership) team.Team {
	c.t.Helper()
	made := team.Team{ID: id.New(), WorkspaceID: c.ws.ID, Name: fmt.Sprint("Team ", c.next()), CreatedAt: time.Now().UTC()}
	c.must(c.Store.SaveTeam(c.t.Context(), made))
	for i := range all {
		all[i].TeamID = made.ID
	}
	c.must(c.Store.SetTeam(c.t.Context(), c.ws.ID, made.ID, all))
	return made
}

// phones counts the numbers of all companies, which are unique on the server.
func (c *company) phone() string {
	c.rig.phones++
	return fmt.Sprintf("+331%08d", 20000000+c.rig.phones)
}

func (c *company) newNumber() number.Number {
	c.t.Helper()
	n := number.Number{
		ID: id.New(), WorkspaceID: c.ws.ID, E164: c.phone(), Name: fmt.Sprint("Line ", c.next()), Country: "FR",
		HoldMusic: c.library.MusicIDs()[0], Language: "en", WebCall: true, CreatedAt: time.Now().UTC(),
	}
	c.must(c.Store.SaveNumber(c.t.Context(), n))
	c.flows.Changed(c.ws.ID)
	return n
}

func (c *company) numberOf(owner member.Member) number.Number {
	c.t.Helper()
	n := c.newNumber()
	n.OwnerID = owner.ID
	c.must(c.Store.SaveNumber(c.t.Context(), n))
	c.flows.Changed(c.ws.ID)
	return n
}

func (c *company) assign(n number.Number, level number.Level, all ...member.Member) {
	c.t.Helper()
	var given []number.Assignment
	for _, m := range all {
		given = append(given, number.Assignment{NumberID: n.ID, MemberID: m.ID, Level: level})
	}
	c.must(c.Store.Assign(c.t.Context(), c.ws.ID, n.ID, given))
}

func (c *company) newMember(role member.Role) member.Member {
	return office.Hire(c.t, c.Store, c.ws, fmt.Sprint("Member ", c.next()), role)
}

func (c *company) newTag() tag.Tag {
	c.t.Helper()
	made := tag.Tag{ID: id.New(), WorkspaceID: c.ws.ID, Name: fmt.Sprint("Tag ", c.next()), Colour: "red", CreatedAt: time.Now().UTC()}
	c.must(c.Store.SaveTag(c.t.Context(), made))
	return made
}

func (c *company) newTrunk() trunk.Trunk {
	c.t.Helper()
	made := trunk.Trunk{
		ID: id.New(), WorkspaceID: c.ws.ID, Name: fmt.Sprint("Trunk ", c.next()), Host: "192.0.2.1", Transport: trunk.UDP,
		CreatedAt: time.Now().UTC(),
	}
	c.must(c.Store.SaveTrunk(c.t.Context(), made))
	return made
}

func (c *company) invited() member.Invitation {
	c.t.Helper()
	out, err := c.People.Invite(c.t.Context(), c.owner, people.Batch{
		Addresses: fmt.Sprintf("guest%d@%s.example", c.next(), c.ws.ID), Role: member.User, Language: "en",
	})
	c.must(err)
	if len(out) != 1 || out[0].Problem != nil {
		c.t.Fatalf("invite: %+v", out)
	}
	inv, err := c.Store.Invitation(c.t.Context(), c.ws.ID, out[0].InvitationID)
	c.must(err)
	return inv
}

// called is a call that was taken by m, or by nobody, on n.
func (c *company) called(m member.Member, n number.Number) call.Record {
	c.t.Helper()
	callID := id.New()
	at := time.Now().UTC().Truncate(time.Millisecond)
	entry := func(seq int, kind string, f call.Facts) call.Entry {
		raw, err := json.Marshal(f)
		c.must(err)
		return call.Entry{CallID: callID, WorkspaceID: c.ws.ID, Seq: seq, At: at.Add(time.Duration(seq) * time.Second), Kind: kind, Payload: raw}
	}
	entries := []call.Entry{entry(1, string(callstate.KindArrived), call.Facts{NumberID: n.ID, Direction: callstate.Inbound, E164: "+33612345678"})}
	if m.ID != "" {
		entries = append(entries, entry(2, string(callstate.KindAnswered), call.Facts{Member: m.ID}))
	}
	entries = append(entries, entry(len(entries)+1, call.EntryEnded, call.Facts{Cause: callstate.CauseCustomerLeft}))
	var r call.Record
	for _, e := range entries {
		var err error
		r, err = call.Fold(r, e)
		c.must(err)
	}
	c.must(c.Store.Append(c.t.Context(), entries, r))
	return r
}

func (c *company) recorded(r call.Record) recording.Recording {
	c.t.Helper()
	rec := recording.Recording{
		ID: id.New(), WorkspaceID: c.ws.ID, CallID: r.ID, State: recording.Ready, StartedAt: r.StartedAt,
		BlobKey: c.ws.ID + "/recordings/" + r.ID + ".wav", DurationMS: 1000,
	}
	c.must(c.Store.SaveRecording(c.t.Context(), rec))
	return rec
}

func (c *company) passkeyOf(m member.Member) identity.Credential {
	c.t.Helper()
	k := identity.Credential{
		ID: id.New(), MemberID: m.ID, WorkspaceID: c.ws.ID, Name: "Laptop", Data: []byte("{}"), CreatedAt: time.Now().UTC(),
	}
	c.must(c.Store.SaveCredential(c.t.Context(), k))
	return k
}

// sessionOf signs m in with another browser and returns the id of that session.
func (c *company) sessionOf(m member.Member) string {
	c.t.Helper()
	before, err := c.Store.SessionsOf(c.t.Context(), m.ID)
	c.must(err)
	known := map[string]bool{}
	for _, s := range before {
		known[s.ID] = true
	}
	c.Browser().Post("/test/session/"+m.WorkspaceID+"/"+m.ID, nil)
	after, err := c.Store.SessionsOf(c.t.Context(), m.ID)
	c.must(err)
	for _, s := range after {
		if !known[s.ID] {
			return s.ID
		}
	}
	c.t.Fatal("no session was made")
	return ""
}

// setSwitches sets what members may do beyond their role.
func (c *company) setSwitches(invite, seeTeam bool) {
	c.t.Helper()
	c.ws.MembersInvite, c.ws.MembersSeeTeam = invite, seeTeam
	c.must(c.Store.SaveWorkspace(c.t.Context(), c.ws))
}
