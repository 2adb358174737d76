package flow

import (
	"context"
	"time"

	"parley/web/locale"
	"parley/web/ui"
)

// conflictView is the page of an edit that came too late.
type conflictView struct {
	Frame        ui.Page
	Base, Action string
	Title        string // what happened
	Again        bool   // the change may be made on top of it
	At, Now      time.Time
	Fields       []field
}

type field struct{ Name, Value string }

// publishVariant keeps one button of the page loud: the open step's, then publishing.
func publishVariant(v editorView) ui.Variant {
	if v.Look.Open != "" {
		return ui.Plain
	}
	return ui.Primary
}

func quickTeamsHint(ctx context.Context, q quickView) string {
	if q.IVR {
		return locale.T(ctx, "flow.quick.teams-hint-ivr")
	}
	if q.Speaks {
		return locale.T(ctx, "flow.quick.teams-hint-spoken")
	}
	return locale.T(ctx, "flow.quick.teams-hint")
}

func versionColumns(ctx context.Context) []ui.Column {
	return []ui.Column{
		{Text: locale.T(ctx, "flow.version-no")}, {Text: locale.T(ctx, "flow.version-note")}, {Text: locale.T(ctx, "flow.version-by")},
		{Text: locale.T(ctx, "flow.version-at")}, {Text: locale.T(ctx, "flow.version-steps"), Numeric: true},
	}
}

// trialFilter is the label of the box that narrows a long list of members.
func trialFilter(ctx context.Context, v trialView) string {
	if len(v.Away) <= 8 {
		return ""
	}
	return locale.T(ctx, "flow.who-find")
}

func endTone(v trialView) string {
	if v.Good {
		return string(ui.Good)
	}
	return string(ui.Warn)
}
