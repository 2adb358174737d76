package flow_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/adapters/auth"
	domain "parley/internal/domain/flow"
	"parley/internal/domain/hours"
	"parley/internal/domain/member"
	"parley/web/flow"
	"parley/web/locale"
	"parley/web/page"
)

// told is the path of the shop's number as its owner reads it, a line each.
func (s *shop) told(t *testing.T, lang string) (page.Path, []string) {
	t.Helper()
	bundle, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	h := flow.New(flow.Needs{Regions: s.Regions, Directory: s.DB, Versions: s.Service, Calendars: s.Service, Sounds: s.DB})
	ctx := locale.With(t.Context(), bundle.For(lang))
	p, err := h.Path(ctx, auth.Who{Member: s.Owner, Workspace: s.Workspace}, s.Number.ID)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, l := range p.Lines {
		lines = append(lines, strings.Repeat("  ", l.Depth)+l.Branch+"|"+l.Title)
	}
	return p, lines
}

func TestANumbersPathIsTold(t *testing.T) {
	t.Parallel()
	s := open(t)
	first, lines := s.told(t, "en")
	if !first.Default || first.Callback || len(lines) != 2 {
		t.Errorf("nothing was published, yet it is told as %+v", first)
	}
	m, err := s.Speak(t.Context(), s.Owner, "Our menu", "Press 1 for orders.", "en", "v")
	if err != nil {
		t.Fatal(err)
	}
	week := []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
	f := domain.Flow{Steps: []domain.Step{
		{ID: "hours", Hours: &domain.Hours{
			Schedule: hours.Schedule{Mode: hours.Custom, Hours: hours.Hours{Slots: []hours.Slot{{Days: week, From: 540, To: 1080}}}},
			Closed:   []domain.Step{{ID: "bye", HangUp: &domain.HangUp{Say: domain.Sound{Prompt: "closed"}}}},
		}},
		{ID: "menu", Menu: &domain.Menu{Say: domain.Sound{MessageID: m.ID}, Options: []domain.Option{
			{Key: "1", Label: "Orders", Steps: []domain.Step{{ID: "q", Queue: &domain.Queue{Targets: []domain.Target{{TeamID: s.Teams["Orders"].ID}}, Callback: true}}}},
			{Key: "2", Steps: []domain.Step{{ID: "r", Ring: &domain.Ring{Targets: []domain.Target{{MemberID: s.Member.ID}}, Time: 20 * time.Second}}}},
		}}},
	}}
	s.publish(t, s.Owner, f)
	p, lines := s.told(t, "en")
	if p.Default || !p.Callback || p.Empty {
		t.Errorf("told as %+v", p)
	}
	starts := []string{"|Open", "  Closed|", "|", "  Key 1 · Orders|", "  Key 2|", "|"}
	if !slices.EqualFunc(lines, starts, strings.HasPrefix) || !strings.Contains(lines[3], "Orders") || !strings.Contains(lines[4], s.Member.Name) {
		t.Errorf("told as\n%s", strings.Join(lines, "\n"))
	}
	_, french := s.told(t, "fr")
	if !strings.HasPrefix(french[3], "  Touche 1 · Orders|") || french[4] == lines[4] {
		t.Errorf("told in French as\n%s", strings.Join(french, "\n"))
	}
}

func (s *shop) publish(t *testing.T, who member.Member, f domain.Flow) {
	t.Helper()
	d, err := s.Service.SaveDraft(t.Context(), who, s.Number.ID, 0, f)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Service.Publish(t.Context(), who, s.Number.ID, d.Revision, ""); err != nil {
		t.Fatalf("publish: %v", err)
	}
	s.Service.Changed(s.Workspace.ID)
}
