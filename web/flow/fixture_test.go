package flow_test

import (
	"context"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"parley/internal/base/id"
	"parley/internal/domain/agent"
	"parley/internal/domain/hours"
	"parley/internal/domain/member"
	"parley/internal/domain/message"
	"parley/internal/domain/number"
	"parley/internal/domain/routing"
	"parley/internal/domain/team"
	"parley/internal/tests/desk"
	"parley/internal/tests/office"
	"parley/web/flow"
	"parley/web/locale"
)

// shop is an office whose pages are those about call flows.
type shop struct {
	*desk.Desk
	Service *routing.Service
	Number  number.Number
	Teams   map[string]team.Team
	now     time.Time
	mute    bool // no voice speaks
}

func open(t *testing.T) *shop {
	t.Helper()
	s := &shop{Desk: desk.New(t), now: time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC), Teams: map[string]team.Team{}}
	s.Service = routing.New(routing.Needs{
		Store: s.DB, Drafts: s.DB, Cases: s.DB, Feeds: s.DB, Numbers: s.DB, Assignments: s.DB, Members: s.DB, Teams: s.DB,
		Memberships: s.DB, Workspaces: s.DB, Messages: s.DB, States: free{}, Board: free{}, Calendar: s, Audit: s.Heard,
		Changes: s.Heard, Now: func() time.Time { return s.now }, Log: slog.New(slog.DiscardHandler),
	})
	bundle, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	flow.New(flow.Needs{
		Pages: s.Pages, Gate: s.Gate, Bundle: bundle, Regions: s.Regions, Directory: s.DB, Access: s.DB, Drafts: s.Service,
		Versions: s.Service, Trials: s.Service, Calendars: s.Service, Sounds: s.DB, Speaker: s, Numbers: s.Numbers, Music: s,
		Now: func() time.Time { return s.now },
	}).Routes(s.Mux)
	s.Number = s.line(t, "+33123456789", "Sales")
	for _, name := range []string{"Billing", "Orders", "Support"} {
		one := team.Team{ID: id.New(), WorkspaceID: s.Workspace.ID, Name: name, CreatedAt: s.now}
		if err := s.DB.SaveTeam(t.Context(), one); err != nil {
			t.Fatal(err)
		}
		s.Teams[name] = one
	}
	s.Service.Changed(s.Workspace.ID)
	return s
}

func (s *shop) line(t *testing.T, e164, name string) number.Number {
	t.Helper()
	n, err := s.Numbers.Create(t.Context(), s.Owner, number.Draft{Phone: e164, Country: "FR", Name: name})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Numbers.Assign(t.Context(), s.Owner, n.ID, office.Shared(s.Owner.ID, s.Member.ID)); err != nil {
		t.Fatal(err)
	}
	s.Service.Changed(s.Workspace.ID)
	return n
}

func (s *shop) MusicIDs() []string { return office.Music() }

func (s *shop) Voices(context.Context) ([]message.Voice, error) {
	if s.mute {
		return nil, nil
	}
	return []message.Voice{{ID: "v", Name: "Voice"}}, nil
}

func (s *shop) Speak(ctx context.Context, actor member.Member, name, words, language, _ string) (message.Message, error) {
	m := message.Message{
		ID: id.New(), WorkspaceID: actor.WorkspaceID, Name: name, Kind: message.Spoken, Text: words, Language: language,
		DurationMS: 4000, BlobKey: "k", CreatedAt: s.now, CreatedBy: actor.ID,
	}
	return m, s.DB.SaveMessage(ctx, m)
}

// Fetch reads the only calendar there is.
func (s *shop) Fetch(context.Context, string) ([]hours.Event, error) {
	return []hours.Event{{Name: "Stocktaking", From: s.now.AddDate(0, 0, 5), To: s.now.AddDate(0, 0, 6)}}, nil
}

// free is a company in which everybody is free and nobody waits.
type free struct{}

func (free) Readiness(ids []string, into []agent.Readiness) []agent.Readiness {
	return append(into[:0], make([]agent.Readiness, len(ids))...)
}

func (free) Waiting(string) map[string]int { return nil }

// at is the address of a page of the number's flow.
func (s *shop) at(rest string) string { return "/numbers/" + s.Number.ID + "/flow" + rest }

// rev reads the revision that the page's forms are about.
func rev(t *testing.T, a desk.Answer) string {
	t.Helper()
	m := regexp.MustCompile(`name="rev" value="([^"]+)"`).FindStringSubmatch(a.Body)
	if m == nil {
		t.Fatalf("no form in %.300s", a.Text())
	}
	return m[1]
}

// rev is what the forms are about that the editor shows now.
func (s *shop) rev(t *testing.T) string {
	t.Helper()
	return rev(t, s.Get(t, s.Admin, s.at("")))
}

// order says in which order words stand in a text.
func order(text string, words ...string) bool {
	for _, w := range words {
		i := strings.Index(text, w)
		if i < 0 {
			return false
		}
		text = text[i+len(w):]
	}
	return true
}
