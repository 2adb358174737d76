package store

import (
	"context"

	"github.com/uptrace/bun"

	"parley/internal/domain/flow"
	"parley/internal/domain/routing"
)

type caseRow struct {
	bun.BaseModel `bun:"table:flow_cases,alias:flow_cases"`

	ID          string `bun:",pk"`
	WorkspaceID string
	NumberID    string
	Name        string
	Scenario    jsonOf[flow.Scenario]
	Expect      jsonOf[[]string]
}

func (r caseRow) value() routing.Case {
	return routing.Case{
		ID: r.ID, NumberID: r.NumberID, WorkspaceID: r.WorkspaceID, Name: r.Name, Scenario: r.Scenario.V, Expect: r.Expect.V,
	}
}

// Cases implements routing.CaseStore.
func (d *DB) Cases(ctx context.Context, workspaceID, numberID string) ([]routing.Case, error) {
	return list[caseRow](ctx, d, "list a flow's cases", "id", "workspace_id = ? AND number_id = ?", workspaceID, numberID)
}

// SaveCase implements routing.CaseStore. A case stays with its number; a number that
// is not the workspace's is a not-found fault.
func (d *DB) SaveCase(ctx context.Context, c routing.Case) error {
	return d.save(ctx, d.w, &caseRow{
		ID: c.ID, WorkspaceID: c.WorkspaceID, NumberID: c.NumberID, Name: text(c.Name),
		Scenario: jsonOf[flow.Scenario]{c.Scenario}, Expect: jsonOf[[]string]{c.Expect},
	}, "save a flow's case", "id", sameWorkspace+" AND ?TableAlias.number_id = EXCLUDED.number_id")
}

// DeleteCase implements routing.CaseStore.
func (d *DB) DeleteCase(ctx context.Context, workspaceID, numberID, id string) error {
	res, err := d.w.NewDelete().Model((*caseRow)(nil)).
		Where("workspace_id = ? AND number_id = ? AND id = ?", workspaceID, numberID, id).Exec(ctx)
	if err != nil {
		return d.wrap(err, "delete a flow's case")
	}
	return d.touched(res, "delete a flow's case")
}

type feedRow struct {
	bun.BaseModel `bun:"table:calendar_feeds,alias:calendar_feeds"`

	ID          string `bun:",pk"`
	WorkspaceID string
	Name        string
	URL         string `bun:"url"`
	Events      string
	FetchedAt   int64
	Failed      string
}

func (r feedRow) value() routing.Feed {
	f := routing.Feed{
		ID: r.ID, WorkspaceID: r.WorkspaceID, Name: r.Name, URL: r.URL, FetchedAt: moment(r.FetchedAt), Failed: r.Failed,
	}
	if r.Events != "" {
		f.Events = []byte(r.Events)
	}
	return f
}

// Feeds implements routing.FeedStore.
func (d *DB) Feeds(ctx context.Context, workspaceID string) ([]routing.Feed, error) {
	return list[feedRow](ctx, d, "list calendar feeds", "id", "workspace_id = ?", workspaceID)
}

// AllFeeds implements routing.FeedStore.
func (d *DB) AllFeeds(ctx context.Context) ([]routing.Feed, error) {
	return list[feedRow](ctx, d, "list all calendar feeds", "id", "TRUE")
}

// Feed implements routing.FeedStore.
func (d *DB) Feed(ctx context.Context, workspaceID, id string) (routing.Feed, error) {
	return one[feedRow](ctx, d, "load calendar feed", "workspace_id = ? AND id = ?", workspaceID, id)
}

// SaveFeed implements routing.FeedStore.
func (d *DB) SaveFeed(ctx context.Context, f routing.Feed) error {
	return d.save(ctx, d.w, &feedRow{
		ID: f.ID, WorkspaceID: f.WorkspaceID, Name: text(f.Name), URL: text(f.URL), Events: text(string(f.Events)),
		FetchedAt: millis(f.FetchedAt), Failed: f.Failed,
	}, "save calendar feed", "id", sameWorkspace)
}

// DeleteFeed implements routing.FeedStore.
func (d *DB) DeleteFeed(ctx context.Context, workspaceID, id string) error {
	return remove[feedRow](ctx, d, d.w, "delete calendar feed", workspaceID, id)
}
