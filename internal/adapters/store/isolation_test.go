package store_test

import (
	"reflect"
	"strings"
	"testing"

	"parley/internal/adapters/store"
	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/domain/audit"
	"parley/internal/domain/call"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/recording"
	"parley/internal/domain/tag"
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
}

func someProperty(t *testing.T, d *store.DB) property {
	t.Helper()
	ws := aWorkspace(t, d).ID
	p := property{
		ws: ws, member: aMember(t, d, ws), invitation: anInvitation(ws), number: aNumber(t, d, ws),
		tag:   tag.Tag{ID: id.New(), WorkspaceID: ws, Name: "Mine", Colour: "red", CreatedAt: at(0)},
		trunk: aTrunk(ws), call: aRecord(ws),
	}
	p.call.TagIDs = []string{p.tag.ID}
	p.recording = recording.Recording{ID: id.New(), WorkspaceID: ws, CallID: p.call.ID, State: recording.Ready, StartedAt: at(0)}
	must(t, d.SaveInvitation(t.Context(), p.invitation))
	must(t, d.SaveTag(t.Context(), p.tag))
	must(t, d.SaveTrunk(t.Context(), p.trunk))
	must(t, d.Assign(t.Context(), ws, p.number.ID, having(p.number, p.member)))
	must(t, d.Append(t.Context(), someEntries(p.call, 1, 2), p.call))
	must(t, d.SaveRecording(t.Context(), p.recording))
	must(t, d.AppendAudit(t.Context(), audit.Entry{ID: id.New(), WorkspaceID: ws, At: at(0), Action: "made"}))
	return p
}

// TestAWorkspaceSeesNothingOfAnother calls every method that takes a workspace's
// id with B's id and A's things.
func TestAWorkspaceSeesNothingOfAnother(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		a, b := someProperty(t, d), someProperty(t, d)
		c := t.Context()
		loads(t, []member.Member{b.member})(d.Members(c, b.ws))
		loads(t, []member.Invitation{b.invitation})(d.Invitations(c, b.ws))
		loads(t, []number.Number{b.number})(d.Numbers(c, b.ws))
		loads(t, having(b.number, b.member))(d.Assignments(c, b.ws))
		loads(t, []number.Assignment{})(d.AssignmentsOf(c, b.ws, a.member.ID))
		loads(t, []tag.Tag{b.tag})(d.Tags(c, b.ws))
		loads(t, []trunk.Trunk{b.trunk})(d.Trunks(c, b.ws))
		loads(t, []call.Record{b.call})(d.Records(c, b.ws, call.Filter{}))
		for _, f := range []call.Filter{
			{NumberIDs: []string{a.call.NumberID}}, {MemberID: a.call.MemberID}, {TagID: a.tag.ID},
		} {
			loads(t, []call.Record{})(d.Records(c, b.ws, f))
		}
		loads(t, []call.Entry{})(d.Entries(c, b.ws, a.call.ID))
		loads(t, []recording.Recording{})(d.RecordingsOfCall(c, b.ws, a.call.ID))
		for _, e := range auditOf(t, d, b.ws) {
			if e.WorkspaceID != b.ws {
				t.Errorf("audit of %s shows %+v", b.ws, e)
			}
		}

		missing := map[string]func() error{
			"Member":           func() error { _, err := d.Member(c, b.ws, a.member.ID); return err },
			"Number":           func() error { _, err := d.Number(c, b.ws, a.number.ID); return err },
			"Invitation":       func() error { _, err := d.Invitation(c, b.ws, a.invitation.ID); return err },
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
			"SaveProfile":      func() error { v := a.member; v.WorkspaceID, v.Name = b.ws, "Other"; return d.SaveProfile(c, v) },
			"SetSetting":       func() error { return d.SetSetting(c, b.ws, a.member.ID, member.DoNotDisturb) },
			"SaveMember":       func() error { v := a.member; v.WorkspaceID = b.ws; return d.SaveMember(c, v) },
			"SaveInvitation":   func() error { v := a.invitation; v.WorkspaceID = b.ws; return d.SaveInvitation(c, v) },
			"SaveNumber":       func() error { v := a.number; v.WorkspaceID = b.ws; return d.SaveNumber(c, v) },
			"SaveTag":          func() error { v := a.tag; v.WorkspaceID, v.Name = b.ws, "Other"; return d.SaveTag(c, v) },
			"SaveTrunk":        func() error { v := a.trunk; v.WorkspaceID = b.ws; return d.SaveTrunk(c, v) },
			"SaveRecording":    func() error { v := a.recording; v.WorkspaceID = b.ws; return d.SaveRecording(c, v) },
			"Append":           func() error { v := a.call; v.WorkspaceID = b.ws; return d.Append(c, nil, v) },
		}
		for name, try := range missing {
			if err := try(); fault.KindOf(err) != fault.NotFound {
				t.Errorf("%s across workspaces: got %v, want a not-found fault", name, err)
			}
		}
		untouched(t, d, a)
	})
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
	tested := " Members Invitations Invitation Numbers Assignments AssignmentsOf Tags Trunks Records Entries RecordingsOfCall AuditEntries " +
		"Member Number Tag Trunk Record Recording DeleteNumber DeleteTag DeleteTrunk DeleteInvitation Assign " +
		"SaveMember SaveProfile SetSetting SaveInvitation SaveNumber SaveTag SaveTrunk SaveRecording Append "
	// These look over the whole server, or are keyed by a secret, a member or the workspace itself.
	global := " Workspaces Workspace SaveWorkspace MemberByEmail InvitationByToken NumberByE164 AllTrunks " +
		"UnfinishedRecordings LiveRecords Obligations SaveObligation MeetObligation AppendAudit " +
		"Credentials Credential SaveCredential UpdateCredential DeleteCredential Session SaveSession DeleteSession SessionsOf " +
		"DeleteExpiredSessions SaveLink TakeLink PeekLink Engine Ping Close "
	typ := reflect.TypeFor[*store.DB]()
	for i := range typ.NumMethod() {
		name := " " + typ.Method(i).Name + " "
		if strings.Contains(tested, name) == strings.Contains(global, name) {
			t.Errorf("method%sis in neither list, or in both: test its isolation", name)
		}
	}
}
