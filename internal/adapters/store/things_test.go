package store_test

import (
	"net/netip"
	"testing"
	"time"

	"parley/internal/adapters/store"
	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/domain/agent"
	"parley/internal/domain/recording"
	"parley/internal/domain/tag"
	"parley/internal/domain/trunk"
)

func TestTags(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		a := tag.Tag{ID: id.New(), WorkspaceID: ws, Name: tag.FollowUp, Colour: "blue", System: true, CreatedAt: at(0)}
		b := tag.Tag{ID: id.New(), WorkspaceID: ws, Name: "Été", Colour: "amber", CreatedAt: at(1)}
		must(t, d.SaveTag(t.Context(), a))
		must(t, d.SaveTag(t.Context(), b))
		loads(t, []tag.Tag{a, b})(d.Tags(t.Context(), ws))
		loads(t, b)(d.Tag(t.Context(), ws, b.ID))

		same := tag.Tag{ID: id.New(), WorkspaceID: ws, Name: " E\u0301TE\u0301", Colour: "red"} // another way to write Été
		wantFault(t, d.SaveTag(t.Context(), same), fault.Conflict, "error.tag-taken")
		same.WorkspaceID = aWorkspace(t, d).ID
		must(t, d.SaveTag(t.Context(), same))

		b.Name = "été" // only the case changes: the tag's own name is not taken
		must(t, d.SaveTag(t.Context(), b))
		loads(t, b)(d.Tag(t.Context(), ws, b.ID))
		must(t, d.DeleteTag(t.Context(), ws, b.ID))
		wantMissing(t, d.DeleteTag(t.Context(), ws, b.ID))
	})
}

func TestTrunks(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws, other := aWorkspace(t, d).ID, aWorkspace(t, d).ID
		a, b := aTrunk(ws), aTrunk(other)
		must(t, d.SaveTrunk(t.Context(), a))
		must(t, d.SaveTrunk(t.Context(), b))
		loads(t, []trunk.Trunk{a, b})(d.AllTrunks(t.Context()))
		a.Register, a.SRTP, a.AllowedNets, a.Port = false, false, nil, 0
		must(t, d.SaveTrunk(t.Context(), a))
		loads(t, []trunk.Trunk{a})(d.Trunks(t.Context(), ws))
		loads(t, a)(d.Trunk(t.Context(), ws, a.ID))

		n := aNumber(t, d, ws)
		n.TrunkID = a.ID
		must(t, d.SaveNumber(t.Context(), n))
		wantFault(t, d.DeleteTrunk(t.Context(), ws, a.ID), fault.Conflict, "error.trunk-in-use")
		n.TrunkID = ""
		must(t, d.SaveNumber(t.Context(), n))
		must(t, d.DeleteTrunk(t.Context(), ws, a.ID))
		wantMissing(t, d.DeleteTrunk(t.Context(), ws, a.ID))
	})
}

func aTrunk(ws string) trunk.Trunk {
	return trunk.Trunk{
		ID: id.New(), WorkspaceID: ws, Name: "Fournisseur", Host: "sip.example.org", Port: 5061,
		Transport: trunk.TLS, SRTP: true, Username: "u", Password: "p'w\"", Register: true,
		AllowedNets:     []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/32")},
		InboundUsername: "iu", InboundPassword: "ip", CreatedAt: at(4),
	}
}

func TestRecordings(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		r := recording.Recording{
			ID: id.New(), WorkspaceID: ws, CallID: id.New(), Kind: recording.Voicemail, State: recording.Writing, BlobKey: ws + "/recordings/x.wav",
			Channels: []string{"customer", "agent"}, StartedAt: at(0),
		}
		must(t, d.SaveRecording(t.Context(), r))
		loads(t, []recording.Recording{r})(d.UnfinishedRecordings(t.Context()))
		r.State, r.DurationMS, r.Bytes, r.SHA256 = recording.Ready, 1234, 1<<40, "ab"
		r.Markers = []recording.Marker{{Kind: "pause", OffsetMS: 10}, {Kind: "resume", OffsetMS: 20}}
		r.DeletedBy, r.DeletedAt = id.New(), at(9)
		must(t, d.SaveRecording(t.Context(), r))
		loads(t, r)(d.Recording(t.Context(), ws, r.ID))
		loads(t, []recording.Recording{r})(d.RecordingsOfCall(t.Context(), ws, r.CallID))
		loads(t, []recording.Recording{})(d.UnfinishedRecordings(t.Context()))
	})
}

func TestObligations(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		wrap := agent.Obligation{
			WorkspaceID: ws, MemberID: id.New(), CallID: id.New(), Kind: agent.OwesWrapUp,
			Since: at(2), Length: 1500 * time.Millisecond,
		}
		due := wrap
		due.Kind, due.Since, due.Length = agent.OwesTag, at(1), 0
		must(t, d.SaveObligation(t.Context(), wrap))
		must(t, d.SaveObligation(t.Context(), due))
		loads(t, []agent.Obligation{due, wrap})(d.Obligations(t.Context()))
		must(t, d.MeetObligation(t.Context(), due.MemberID, due.CallID, due.Kind))
		must(t, d.MeetObligation(t.Context(), due.MemberID, due.CallID, due.Kind))
		wrap.Until = at(30)
		must(t, d.SaveObligation(t.Context(), wrap))
		loads(t, []agent.Obligation{wrap})(d.Obligations(t.Context()))
	})
}
