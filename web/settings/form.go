package settings

import (
	"net/http"
	"strconv"
	"strings"

	"parley/internal/domain/workspace"
	"parley/web/form"
)

// typed is what somebody typed, to be stored or shown again.
type typed struct {
	workspace.Draft // but for the limits, which are as typed below

	memberPerHour, workspacePerHour, concurrent, seats string
}

func typedOf(w workspace.Workspace) typed {
	return typed{
		Draft:         workspace.DraftOf(w),
		memberPerHour: shown(w.MemberOutboundPerHour), workspacePerHour: shown(w.MaxOutboundPerHour),
		concurrent: shown(w.MaxConcurrentOutbound), seats: shown(w.SeatLimit),
	}
}

func read(w http.ResponseWriter, r *http.Request) (typed, error) {
	f, err := form.Parse(w, r)
	if err != nil {
		return typed{}, err
	}
	return typed{
		Draft: workspace.Draft{
			Name: f.Value("name"), Language: f.Value("language"), TimeZone: f.Value("zone"), Country: f.Value("country"),
			AllowedCountries: r.PostForm["countries"],
			MembersInvite:    f.Value("members_invite") == "on", MembersSeeTeam: f.Value("members_see_team") == "on",
		},
		memberPerHour: f.Value("member_limit"), workspacePerHour: f.Value("workspace_limit"),
		concurrent: f.Value("concurrent_limit"), seats: f.Value("seat_limit"),
	}, nil
}

func (t typed) draft() workspace.Draft {
	d := t.Draft
	d.MemberPerHour, d.WorkspacePerHour, d.Concurrent = limit(t.memberPerHour), limit(t.workspacePerHour), limit(t.concurrent)
	d.SeatLimit = limit(t.seats)
	return d
}

// shown is a limit in its field; an empty field stands for the default.
func shown(limit int) string {
	if limit == 0 {
		return ""
	}
	return strconv.Itoa(limit)
}

// limit reads a field; what is no number becomes one the service refuses. So
// does 0: who types it means "none", and the default would be a surprise.
func limit(text string) int {
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(strings.ReplaceAll(text, " ", ""))
	if err != nil || n == 0 {
		return -1
	}
	return n
}
