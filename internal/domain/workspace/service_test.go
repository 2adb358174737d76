package workspace_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"parley/internal/base/fault"
	"parley/internal/domain/member"
	"parley/internal/domain/workspace"
)

// records keeps one workspace and what was told of it.
type records struct {
	workspace.Store // what is not called is not there

	ws      workspace.Workspace
	saveErr error
	told    []string
	detail  map[string]string
}

func (r *records) Workspace(_ context.Context, id string) (workspace.Workspace, error) {
	if id != r.ws.ID {
		return workspace.Workspace{}, fault.New(fault.NotFound, "error.not-found")
	}
	return r.ws, nil
}

func (r *records) SaveWorkspace(_ context.Context, w workspace.Workspace) error {
	if r.saveErr == nil {
		r.ws = w
	}
	return r.saveErr
}

func (r *records) Changed(_ context.Context, ws, kind, id string) {
	r.told = append(r.told, kind+" "+ws+" "+id)
}

func (r *records) Record(_ context.Context, _, by, action, subject string, detail ...string) {
	r.told = append(r.told, action+" by "+by+" "+subject)
	r.detail = map[string]string{}
	for i := 0; i+1 < len(detail); i += 2 {
		r.detail[detail[i]] = detail[i+1]
	}
}

func opened() (*records, *workspace.Service) {
	r := &records{ws: workspace.Workspace{
		ID: "w", Name: "Acme", Language: "en", TimeZone: "Europe/Paris", Country: "FR",
		AllowedCountries: []string{"BE", "CH"}, MaxOutboundPerHour: 50,
	}}
	return r, workspace.NewService(workspace.Needs{Workspaces: r, Audit: r, Changes: r})
}

func admin() member.Member { return member.Member{ID: "a", WorkspaceID: "w", Role: member.Admin} }

func TestEditStoresTellsAndAudits(t *testing.T) {
	t.Parallel()
	r, s := opened()
	d := workspace.DraftOf(r.ws)
	d.Name, d.AllowedCountries, d.WorkspacePerHour = "  Acme  SA ", []string{"de", "BE", "DE"}, 0
	d.SeatLimit, d.MembersInvite, d.MembersSeeTeam = 20, true, true
	got, err := s.Edit(t.Context(), admin(), d)
	if err != nil {
		t.Fatal(err)
	}
	if got.Name != "Acme SA" || !slices.Equal(got.AllowedCountries, []string{"BE", "DE"}) || got.MaxOutboundPerHour != 0 || got.ID != "w" ||
		got.SeatLimit != 20 || !got.MembersInvite || !got.MembersSeeTeam {
		t.Errorf("stored %+v", got)
	}
	if want := []string{"workspace w w", "workspace.edited by a w"}; !slices.Equal(r.told, want) {
		t.Errorf("told %v, want %v", r.told, want)
	}
	want := map[string]string{
		"name": "Acme → Acme SA", "workspace_limit": "50 → 0", "countries_opened": "DE", "countries_closed": "CH",
		"seat_limit": "0 → 20", "members_invite": "false → true", "members_see_team": "false → true",
	}
	if !maps.Equal(r.detail, want) {
		t.Errorf("audited %v, want %v", r.detail, want)
	}
}

func TestEditWithoutChangeTellsNobody(t *testing.T) {
	t.Parallel()
	r, s := opened()
	if _, err := s.Edit(t.Context(), admin(), workspace.DraftOf(r.ws)); err != nil || len(r.told) != 0 {
		t.Errorf("told %v, %v", r.told, err)
	}
}

func TestWhatIsNotStoredIsNotTold(t *testing.T) {
	t.Parallel()
	r, s := opened()
	r.saveErr = errors.New("disk full")
	d := workspace.DraftOf(r.ws)
	d.Name = "Other"
	if _, err := s.Edit(t.Context(), admin(), d); !errors.Is(err, r.saveErr) || len(r.told) != 0 {
		t.Errorf("told %v, %v", r.told, err)
	}
}

func TestRights(t *testing.T) {
	t.Parallel()
	for _, role := range member.Roles() {
		r, s := opened()
		d := workspace.DraftOf(r.ws)
		d.Name = "Mine"
		_, err := s.Edit(t.Context(), member.Member{ID: "m", WorkspaceID: "w", Role: role}, d)
		allowed := role == member.Owner || role == member.Admin
		if allowed != (err == nil) || !allowed && fault.KindOf(err) != fault.Forbidden {
			t.Errorf("%s: %v", role, err)
		}
	}
	r, s := opened()
	stranger := member.Member{ID: "x", WorkspaceID: "elsewhere", Role: member.Owner}
	if _, err := s.Edit(t.Context(), stranger, workspace.DraftOf(r.ws)); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a stranger: %v", err)
	}
}

func TestEveryFaultAtOnceOnItsField(t *testing.T) {
	t.Parallel()
	_, s := opened()
	_, err := s.Edit(t.Context(), admin(), workspace.Draft{
		Language: "tlh", TimeZone: "Local", Country: "XX", AllowedCountries: []string{"FR", "ZZ"},
		MemberPerHour: -1, WorkspacePerHour: 1 << 30, Concurrent: -5, SeatLimit: -2,
	})
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("got %v", err)
	}
	got := map[string]string{}
	for _, one := range joined.Unwrap() {
		f := fault.Of(one)
		got[f.Field] = f.Key
	}
	want := map[string]string{
		"name": "error.name-needed", "language": "error.language-unknown", "zone": "error.time-zone-unknown",
		"country": "error.country-unknown", "countries": "error.country-unknown", "member_limit": "error.limit-invalid",
		"workspace_limit": "error.limit-invalid", "concurrent_limit": "error.limit-invalid",
		"seat_limit": "error.limit-invalid",
	}
	if !maps.Equal(got, want) {
		t.Errorf("faults %v, want %v", got, want)
	}
}
