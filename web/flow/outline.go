package flow

import (
	"context"
	"fmt"

	"parley/internal/adapters/auth"
	"parley/internal/domain/flow"
	"parley/web/locale"
	"parley/web/page"
)

// Path tells the live flow of a number in the reader's words, for its own page. Who
// reads it must have been found to run the number.
func (h *Handlers) Path(ctx context.Context, who auth.Who, numberID string) (page.Path, error) {
	live, err := h.needs.Versions.Live(ctx, who.Member, numberID)
	if err != nil {
		return page.Path{}, fmt.Errorf("find the live flow: %w", err)
	}
	n, err := h.meet(ctx, &scene{Who: who, C: locale.From(ctx)}, live.Flow)
	if err != nil {
		return page.Path{}, err
	}
	o := outline{n: n, path: page.Path{Default: live.Version == 0}}
	o.list(live.Flow.Steps, 0, "")
	if last := len(live.Flow.Steps) - 1; last < 0 || !final(live.Flow.Steps[last]) {
		o.add(page.PathLine{Icon: "phone-off", Title: n.c.T("flow.end.root")})
	}
	return o.path, nil
}

// outline writes a flow line by line.
type outline struct {
	n    *names
	path page.Path
}

func (o *outline) add(l page.PathLine) { o.path.Lines = append(o.path.Lines, l) }

// list writes the steps of a list, the first with what leads there.
func (o *outline) list(steps []flow.Step, depth int, branch string) {
	for _, s := range steps {
		words := o.n.say(s)
		o.add(page.PathLine{Depth: depth, Branch: branch, Icon: icon(s.Kind()), Title: words.Title, Detail: words.Detail})
		branch = ""
		o.branches(s, depth+1)
	}
}

func (o *outline) branches(s flow.Step, depth int) {
	c := o.n.c
	switch {
	case s.Hours != nil:
		o.branch(s.Hours.Closed, depth, c.T("numbers.path-closed"), c.T("flow.end.closed"))
	case s.Menu != nil:
		o.path.Empty = o.path.Empty || len(s.Menu.Options) == 0
		for _, option := range s.Menu.Options {
			o.branch(option.Steps, depth, join(c.T("numbers.path-key", "key", option.Key), option.Label), c.T("flow.option-empty"))
		}
		if len(s.Menu.Otherwise) > 0 {
			o.list(s.Menu.Otherwise, depth, c.T("flow.otherwise"))
		}
	case s.Queue != nil:
		o.path.Callback = o.path.Callback || s.Queue.Callback
	}
}

// branch writes a list that may have no step, with what happens then.
func (o *outline) branch(steps []flow.Step, depth int, name, empty string) {
	if len(steps) == 0 {
		o.add(page.PathLine{Depth: depth, Branch: name, Icon: "chevron-right", Title: empty})
		return
	}
	o.list(steps, depth, name)
}
