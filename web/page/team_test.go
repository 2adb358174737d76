package page_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"parley/internal/adapters/auth"
	"parley/internal/domain/access"
	"parley/internal/domain/member"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

// owns are the numbers whoever is asked about owns; nil is a store that fails.
type owns []string

func (o owns) AccessFacts(context.Context, string, string) (access.Facts, error) {
	if o == nil {
		return access.Facts{}, errors.New("the store fails")
	}
	return access.Facts{Owned: o}, nil
}

func asked(t *testing.T, role member.Role) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/team", nil)
	return r.WithContext(auth.With(r.Context(), auth.Who{Member: member.Member{ID: "m", Role: role}}))
}

func TestNavigationLeadsWhereTheReaderMayGo(t *testing.T) {
	pages := newPages(t, slog.New(slog.DiscardHandler))
	agent := []ui.Place{ui.Home, ui.Phone, ui.Calls, ui.Todo, ui.Team}
	runner := []ui.Place{ui.Home, ui.Phone, ui.Calls, ui.Todo, ui.Numbers, ui.Messages, ui.Team}
	for name, tc := range map[string]struct {
		pages *page.Pages
		role  member.Role
		want  []ui.Place
	}{
		"owner":                  {pages, member.Owner, ui.Places()},
		"admin":                  {pages, member.Admin, ui.Places()},
		"supervisor":             {pages, member.Supervisor, agent},
		"member":                 {pages, member.User, agent},
		"member without numbers": {pages.With(page.Reach{Store: owns{}}), member.User, agent},
		"member with a number":   {pages.With(page.Reach{Store: owns{"n"}}), member.User, runner},
		"store fails":            {pages.With(page.Reach{Store: owns(nil)}), member.User, agent},
		"unknown role":           {pages, "king", []ui.Place{ui.Home, ui.Phone, ui.Calls}},
	} {
		if got := tc.pages.Frame(asked(t, tc.role), ui.Page{}).Viewer.Places; !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}

func TestTeamTabsLeaveTheReviewToThoseWhoMaySeeIt(t *testing.T) {
	for role, want := range map[member.Role]int{member.Owner: 3, member.Admin: 3, member.Supervisor: 2, member.User: 2} {
		tabs := page.TeamTabs(asked(t, role), page.TeamsTab)
		if len(tabs.Items) != want || !tabs.Items[1].Current || tabs.Items[0].Current {
			t.Errorf("%s: %+v", role, tabs.Items)
		}
	}
}

func TestNumberTabs(t *testing.T) {
	bundle, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	c := bundle.For("en")
	for current, want := range map[string]int{page.NumberSettings: 0, page.NumberFlow: 1, page.NumberAccess: 2} {
		tabs := page.NumberTabs(c, "n", current)
		for i, tab := range tabs.Items {
			if tab.Current != (i == want) || tab.Href != "/numbers/n"+[]string{"", "/flow", "/access"}[i] {
				t.Errorf("at %q tab %d is %+v", current, i, tab)
			}
		}
	}
}
