package store_test

import (
	"reflect"
	"strings"
	"testing"

	"parley/internal/adapters/store"
	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/domain/access"
	"parley/internal/domain/audit"
	"parley/internal/domain/call"
	"parley/internal/domain/claim"
	"parley/internal/domain/identity"
	"parley/internal/domain/letter"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/internal/domain/recording"
	"parley/internal/domain/tag"
	"parley/internal/domain/team"
	"parley/internal/domain/trunk"
)

// property is one of everything a workspace can own.
type property struct {
	ws         string
	member     member.Member
	invitation member.Invitation
	number     number.Number
	tag        tag.Tag
	trunk      trunk.Trunk
	call       call.Record
	recording  recording.Recording
	team       team.Team
	claim      claim.Claim
	letter     letter.Posted
	session    identity.Session
	routes     routes
}

func someProperty(t *testing.T, d *store.DB) property {
	t.Helper()
	ws := aWorkspace(t, d).ID
	p := property{
		ws: ws, member: aMember(t, d, ws), invitation: anInvitation(ws), number: aNumber(t, d, ws),
		tag:   tag.Tag{ID: id.New(), WorkspaceID: ws, Name: "Mine", Colour: "red", CreatedAt: at(0)},
		trunk: aTrunk(ws), call: aRecord(ws), team: aTeam(t, d, ws, "Team"), claim: aClaim(ws, ws+".example"), letter: aLetter(ws, 1),
	}
	p.session = aSession(p.member, 0)
	p.member.SeenAt, p.number.OwnerID = at(0), p.member.ID
	p.call.TagIDs = []string{p.tag.ID}
	p.recording = recording.Recording{ID: id.New(), WorkspaceID: ws, CallID: p.call.ID, State: recording.Ready, StartedAt: at(0)}
	must(t, d.SaveInvitation(t.Context(), p.invitation))
	must(t, d.SaveTag(t.Context(), p.tag))
	must(t, d.SaveTrunk(t.Context(), p.trunk))
	must(t, d.Assign(t.Context(), ws, p.number.ID, having(p.number, p.member)))
	must(t, d.Append(t.Context(), someEntries(p.call, 1, 2), p.call))
	must(t, d.SaveRecording(t.Context(), p.recording))
	must(t, d.AppendAudit(t.Context(), audit.Entry{ID: id.New(), WorkspaceID: ws, At: at(0), Action: "made"}))
	must(t, d.SaveNumber(t.Context(), p.number))
	must(t, d.SetSupervisors(t.Context(), ws, p.number.ID, []string{p.member.ID}))
	must(t, d.SetTeam(t.Context(), ws, p.team.ID, p.inTeam()))
	must(t, d.SaveClaim(t.Context(), p.claim))
	must(t, d.SaveLetter(t.Context(), p.letter))
	must(t, d.SaveSession(t.Context(), p.session))
	p.routes = someRoutes(t, d, p.number)
	return p
}

func (p property) inTeam() []team.Membership {
	return []team.Membership{{TeamID: p.team.ID, MemberID: p.member.ID, Lead: true}}
}

// TestAWorkspaceSeesNothingOfAnother calls every method that takes a workspace's
// id with B's id and A's things.
func TestAWorkspaceSeesNothingOfAnother(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		a, b := someProperty(t, d), someProperty(t, d)
		c := t.Context()
		foreignLists(t, d, a, b)
		foreignListsOfPeople(t, d, a, b)
		foreignListsOfRoutes(t, d, a, b)
		missing := map[string]func() error{
			"Member":           func() error { _, err := d.Member(c, b.ws, a.member.ID); return err },
			"Number":           func() error { _, err := d.Number(c, b.ws, a.number.ID); return err },
			"Invitation":       func() error { _, err := d.Invitation(c, b.ws, a.invitation.ID); return err },
			"LastAccepted":     func() error { _, err := d.LastAccepted(c, b.ws, a.invitation.Email); return err },
			"Tag":              func() error { _, err := d.Tag(c, b.ws, a.tag.ID); return err },
			"Trunk":            func() error { _, err := d.Trunk(c, b.ws, a.trunk.ID); return err },
			"Record":           func() error { _, err := d.Record(c, b.ws, a.call.ID); return err },
			"Recording":        func() error { _, err := d.Recording(c, b.ws, a.recording.ID); return err },
			"DeleteNumber":     func() error { return d.DeleteNumber(c, b.ws, a.number.ID) },
			"DeleteTag":        func() error { return d.DeleteTag(c, b.ws, a.tag.ID) },
			"DeleteTrunk":      func() error { return d.DeleteTrunk(c, b.ws, a.trunk.ID) },
			"DeleteInvitation": func() error { return d.DeleteInvitation(c, b.ws, a.invitation.ID) },
			"Assign number":    func() error { return d.Assign(c, b.ws, a.number.ID, nil) },
			"Assign member":    func() error { return d.Assign(c, b.ws, b.number.ID, having(b.number, a.member)) },
			"EditMember":       func() error { return d.EditMember(c, b.ws, a.member.ID, func(*member.Member) error { return nil }) },
			"EditNumber": func() error {
				_, err := d.EditNumber(c, b.ws, a.number.ID, func(*number.Number) error { return nil })
				return err
			},
			"SetSetting":     func() error { return d.SetSetting(c, b.ws, a.member.ID, member.DoNotDisturb) },
			"SaveMember":     func() error { v := a.member; v.WorkspaceID = b.ws; return d.SaveMember(c, v) },
			"SaveInvitation": func() error { v := a.invitation; v.WorkspaceID = b.ws; return d.SaveInvitation(c, v) },
			"SaveNumber":     func() error { v := a.number; v.WorkspaceID = b.ws; return d.SaveNumber(c, v) },
			"SaveTag":        func() error { v := a.tag; v.WorkspaceID, v.Name = b.ws, "Other"; return d.SaveTag(c, v) },
			"SaveTrunk":      func() error { v := a.trunk; v.WorkspaceID = b.ws; return d.SaveTrunk(c, v) },
			"SaveRecording":  func() error { v := a.recording; v.WorkspaceID = b.ws; return d.SaveRecording(c, v) },
			"Append":         func() error { v := a.call; v.WorkspaceID = b.ws; return d.Append(c, nil, v) },
		}
		foreignPeople(t, d, a, b, missing)
		foreignRoutes(t, d, a, b, missing)
		for name, try := range missing {
			if err := try(); fault.KindOf(err) != fault.NotFound {
				t.Errorf("%s across workspaces: got %v, want a not-found fault", name, err)
			}
		}
		untouched(t, d, a)
	})
}

// foreignLists fails unless B's lists have what is B's and nothing of A's.
func foreignLists(t *testing.T, d *store.DB, a, b property) {
	t.Helper()
	c := t.Context()
	loads(t, []member.Member{b.member})(d.Members(c, b.ws))
	loads(t, []member.Invitation{b.invitation})(d.Invitations(c, b.ws))
	loads(t, []member.Invitation{b.invitation})(d.WaitingInvitations(c, b.ws))
	loads(t, []number.Number{b.number})(d.Numbers(c, b.ws))
	loads(t, []number.Number{b.number})(d.NumbersByID(c, b.ws, []string{a.number.ID, b.number.ID}))
	loads(t, having(b.number, b.member))(d.Assignments(c, b.ws))
	loads(t, []number.Assignment{})(d.AssignmentsOf(c, b.ws, a.member.ID))
	loads(t, []tag.Tag{b.tag})(d.Tags(c, b.ws))
	loads(t, []trunk.Trunk{b.trunk})(d.Trunks(c, b.ws))
	loads(t, []call.Record{b.call})(d.Records(c, b.ws, call.Filter{}))
	for _, f := range []call.Filter{
		{NumberIDs: []string{a.call.NumberID}}, {MemberIDs: []string{a.call.MemberID}}, {MemberID: a.call.MemberID}, {NumberID: a.call.NumberID}, {TagID: a.tag.ID},
	} {
		loads(t, []call.Record{})(d.Records(c, b.ws, f))
	}
	loads(t, []call.Entry{})(d.Entries(c, b.ws, a.call.ID))
	loads(t, []recording.Recording{})(d.RecordingsOfCall(c, b.ws, a.call.ID))
}

// foreignListsOfPeople is the same for people, teams and what belongs to them.
func foreignListsOfPeople(t *testing.T, d *store.DB, a, b property) {
	t.Helper()
	c := t.Context()
	loads(t, []team.Team{b.team})(d.Teams(c, b.ws))
	loads(t, b.inTeam())(d.Memberships(c, b.ws))
	loads(t, []claim.Claim{b.claim})(d.Claims(c, b.ws))
	loads(t, []string{})(d.Supervisors(c, b.ws, a.number.ID))
	loads(t, []letter.Posted{})(d.Letters(c, b.ws, []string{a.letter.ID}))
	loads(t, access.Facts{Levels: map[string]number.Level{}})(d.AccessFacts(c, b.ws, a.member.ID))
	loads(t, []number.Number{b.number})(d.FindNumbers(c, b.ws, "", nil, 10))
	loads(t, []number.Number{})(d.FindNumbers(c, b.ws, "", []string{a.number.ID}, 10))
	loads(t, []people.Name{{ID: b.member.ID, Name: b.member.Name}})(d.MemberNames(c, b.ws, nil))
	loads(t, []people.Name{})(d.MemberNames(c, b.ws, []string{a.member.ID}))
	loads(t, []people.Name{{ID: b.number.ID, Name: b.number.Name}})(d.NumberNames(c, b.ws, nil))
	loads(t, []people.Name{})(d.NumberNames(c, b.ws, []string{a.number.ID}))
	loads(t, []people.Held{})(d.HeldBy(c, b.ws, []string{a.member.ID}))
	loads(t, []number.Assignment{})(d.Holders(c, b.ws, []string{a.number.ID}))
	loads(t, []number.Number{})(d.VacantNumbers(c, b.ws, nil, 10))
	roster, err := d.Roster(c, b.ws)
	must(t, err)
	if len(roster) != 1 || roster[0].ID != b.member.ID {
		t.Errorf("the roster of %s has %+v", b.ws, roster)
	}
	page, _, err := d.NumberPage(c, b.ws, people.Page{}, nil)
	loads(t, []number.Number{b.number})(page, err)
	found, _, err := d.FindMembers(c, b.ws, people.Page{})
	loads(t, []member.Member{b.member})(found, err)
	counts(t, d, b.ws, 1, 1)
	must(t, d.SetLetter(c, b.ws, a.invitation.ID, "other"))
	must(t, d.CloseChoice(c, b.ws, a.invitation.ID))
	seq, _, err := d.AuditHead(c, b.ws)
	loads(t, int64(1))(seq, err)
	chained, err := d.AuditChain(c, b.ws, 0, 10)
	must(t, err)
	made, err := d.AuditActions(c, b.ws, []string{"made"}, 10)
	must(t, err)
	for _, e := range append(append(auditOf(t, d, b.ws), chained...), made...) {
		if e.WorkspaceID != b.ws {
			t.Errorf("audit of %s shows %+v", b.ws, e)
		}
	}
}

// foreignPeople adds what is done with people and teams.
func foreignPeople(t *testing.T, d *store.DB, a, b property, missing map[string]func() error) {
	c := t.Context()
	joining := invited(t, d, b.ws)
	joining.InvitationID = a.invitation.ID
	for name, try := range map[string]func() error{
		"Team":              func() error { _, err := d.Team(c, b.ws, a.team.ID); return err },
		"Claim":             func() error { _, err := d.Claim(c, b.ws, a.claim.ID); return err },
		"DeleteTeam":        func() error { return d.DeleteTeam(c, b.ws, a.team.ID) },
		"DeleteClaim":       func() error { return d.DeleteClaim(c, b.ws, a.claim.ID) },
		"SaveTeam":          func() error { v := a.team; v.WorkspaceID, v.Name = b.ws, "Other"; return d.SaveTeam(c, v) },
		"SaveClaim":         func() error { v := a.claim; v.WorkspaceID = b.ws; return d.SaveClaim(c, v) },
		"SaveLetter":        func() error { v := a.letter; v.WorkspaceID = b.ws; return d.SaveLetter(c, v) },
		"SettleLetter":      func() error { v := a.letter; v.WorkspaceID = b.ws; return d.SettleLetter(c, v) },
		"SetTeam team":      func() error { return d.SetTeam(c, b.ws, a.team.ID, nil) },
		"SetTeam member":    func() error { return d.SetTeam(c, b.ws, b.team.ID, a.inTeam()) },
		"SetTeamsOf member": func() error { return d.SetTeamsOf(c, b.ws, a.member.ID, nil) },
		"SetTeamsOf team":   func() error { return d.SetTeamsOf(c, b.ws, b.member.ID, a.inTeam()) },
		"SetSupervisors":    func() error { return d.SetSupervisors(c, b.ws, a.number.ID, nil) },
		"SetSupervisors of": func() error { return d.SetSupervisors(c, b.ws, b.number.ID, []string{a.member.ID}) },
		"SetNumbersOf":      func() error { return d.SetNumbersOf(c, b.ws, a.member.ID, nil) },
		"SetNumbersOf with": func() error { return d.SetNumbersOf(c, b.ws, b.member.ID, having(a.number, b.member)) },
		"EditMember":        func() error { return d.EditMember(c, b.ws, a.member.ID, func(*member.Member) error { return nil }) },
		"EditNumber": func() error {
			_, err := d.EditNumber(c, b.ws, a.number.ID, func(*number.Number) error { return nil })
			return err
		},
		"SetRole": func() error { return d.SetRole(c, b.ws, a.member.ID, a.member.Role, member.User) },
		"Leave": func() error {
			l := leaving(a.member)
			l.WorkspaceID = b.ws
			_, err := d.Leave(c, l)
			return err
		},
		"Join":         func() error { return d.Join(c, joining) },
		"Offer":        func() error { v := a.invitation; v.WorkspaceID = b.ws; return d.Offer(c, v, 99, at(1)) },
		"Number owner": func() error { v := b.number; v.OwnerID = a.member.ID; return d.SaveNumber(c, v) },
	} {
		missing[name] = try
	}
}

// untouched fails unless all of p is as it was saved.
func untouched(t *testing.T, d *store.DB, p property) {
	t.Helper()
	c := t.Context()
	loads(t, p.member)(d.Member(c, p.ws, p.member.ID))
	loads(t, []member.Invitation{p.invitation})(d.Invitations(c, p.ws))
	loads(t, p.number)(d.Number(c, p.ws, p.number.ID))
	loads(t, having(p.number, p.member))(d.Assignments(c, p.ws))
	loads(t, p.tag)(d.Tag(c, p.ws, p.tag.ID))
	loads(t, p.trunk)(d.Trunk(c, p.ws, p.trunk.ID))
	loads(t, p.call)(d.Record(c, p.ws, p.call.ID))
	loads(t, p.recording)(d.Recording(c, p.ws, p.recording.ID))
	loads(t, []team.Team{p.team})(d.Teams(c, p.ws))
	loads(t, p.inTeam())(d.Memberships(c, p.ws))
	loads(t, []string{p.member.ID})(d.Supervisors(c, p.ws, p.number.ID))
	loads(t, []claim.Claim{p.claim})(d.Claims(c, p.ws))
	loads(t, []identity.Session{p.session})(d.SessionsOf(c, p.member.ID))
	routesUntouched(t, d, p)
}

func auditOf(t *testing.T, d *store.DB, ws string) []audit.Entry {
	t.Helper()
	all, err := d.AuditEntries(t.Context(), ws, "", 0)
	must(t, err)
	if len(all) == 0 {
		t.Fatal("the audit log is empty")
	}
	return all
}

// TestEveryScopedMethodIsTestedForIsolation reads the store interfaces: whoever
// adds a method that takes a workspace's id has to add it above.
func TestEveryScopedMethodIsTestedForIsolation(t *testing.T) {
	tested := " Members Invitations Invitation Numbers NumbersByID Assignments AssignmentsOf Tags Trunks Records Entries RecordingsOfCall AuditEntries " +
		"Member Number Tag Trunk Record Recording DeleteNumber DeleteTag DeleteTrunk DeleteInvitation Assign " +
		"SaveMember EditMember EditNumber SetSetting SaveInvitation SaveNumber SaveTag SaveTrunk SaveRecording Append " +
		"Teams Team SaveTeam DeleteTeam Memberships SetTeam SetTeamsOf Supervisors SetSupervisors SetNumbersOf AccessFacts " +
		"FindMembers FindNumbers MemberNames NumberNames NumberPage VacantNumbers Roster Holders HeldBy CountMembers WasMember SetRole Leave Join Offer WaitingInvitations LastAccepted SetLetter CloseChoice Claims Claim SaveClaim DeleteClaim " +
		"Letters SaveLetter SettleLetter AuditActions AuditChain AuditHead " +
		"Live LiveFlows Versions Version Publish Draft SaveDraft DropDraft Cases SaveCase DeleteCase Feeds Feed SaveFeed DeleteFeed " +
		"Messages MessagesByID Message SaveMessage HideMessage Blocked SaveBlocked DeleteBlocked Items Item OpenItem EditItem SaveItem "
	// These look over the whole server, or are keyed by a secret, a member or the workspace itself.
	global := " Workspaces Workspace SaveWorkspace MemberByEmail InvitationByToken NumberByE164 AllTrunks OpenClaim AllFeeds PendingItems " +
		"UnfinishedRecordings LiveRecords Obligations SaveObligation MeetObligation AppendAudit ClaimLetters DeleteLetters Found " +
		"Credentials Credential SaveCredential UpdateCredential DeleteCredential Session SessionByID SaveSession RotateSession " +
		"DeleteSession SessionsOf DeleteSessionsOf DeleteExpiredSessions SaveLink TakeLink PeekLink RememberedLink Engine Ping Close "
	typ := reflect.TypeFor[*store.DB]()
	for i := range typ.NumMethod() {
		name := " " + typ.Method(i).Name + " "
		if strings.Contains(tested, name) == strings.Contains(global, name) {
			t.Errorf("method%sis in neither list, or in both: test its isolation", name)
		}
	}
}
