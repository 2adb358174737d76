package flow

import (
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"parley/internal/domain/flow"
)

// look says how a path is shown.
type look struct {
	Base     string // address of the flow's pages
	Revision string // of the draft the forms are about
	Edit     bool
	Open     string // the step whose fields are shown
	Add      string // the spot where kinds of steps are offered
	Moving   string // the step that is being put elsewhere
	Problems map[string][]string
	Visits   map[string][]string // of a story: when each step was entered
	Form     templ.Component     // of the open step
	Targets  []group             // what a new key can lead to
}

// group is a titled part of a list of choices.
type group struct {
	Label   string
	Options []choice
}

type choice struct {
	Value, Text string
	Selected    bool
}

// listView is a list of steps, top to bottom.
type listView struct {
	Look  *look
	Name  string
	Steps []stepView
	Last  gapView // the spot behind the last step
	Ends  bool    // the last step ends the call: nothing belongs behind it
}

// stepView is one card with all it leads into.
type stepView struct {
	Look     *look
	ID       string
	Icon     string
	Kind     string
	Name     string // of the kind, as screen readers hear it
	Title    string
	Detail   string
	Problems []string
	Open     bool
	Moving   bool
	Up, Down bool
	Before   gapView
	Visits   []string
	Keys     []branchView // of a menu
	Free     []string     // keys that are not used yet
	Split    *splitView   // of an hours step
}

// gapView is a spot between two steps.
type gapView struct {
	At    string
	Open  bool // kinds are offered here
	Here  bool // the step that is being moved can be put here
	Alone bool // nothing else is in the list

	End  string // what happens behind the last step of a list, "" where that ends the call
	Goes bool   // End says that the call goes on
}

type branchView struct {
	Key   string // "" for what happens without a choice
	Label string
	List  listView
}

// splitView is what follows opening hours: what callers get in them, and outside.
type splitView struct {
	Open, Closed listView
}

// path lays a flow out.
type path struct {
	look *look
	n    *names
	tree *tree
}

func (p path) view() listView {
	return p.list(p.tree.flow.Steps, "", 0, p.n.c.T("flow.end.root"), false)
}

// list lays out the steps from the offset on; end says what comes behind them.
func (p path) list(steps []flow.Step, name string, from int, end string, goes bool) listView {
	out := listView{Look: p.look, Name: name}
	for i := from; i < len(steps); i++ {
		v := p.step(steps[i], spot{name, i})
		if steps[i].Hours != nil {
			v.Split = &splitView{
				Open:   p.list(steps, name, i+1, end, goes),
				Closed: p.list(steps[i].Hours.Closed, branchName(steps[i].ID, flow.BranchClosed), 0, p.n.c.T("flow.end.closed"), false),
			}
			out.Steps = append(out.Steps, v)
			return out
		}
		out.Steps = append(out.Steps, v)
	}
	out.Last = p.gap(spot{name, len(steps)})
	out.Last.Alone = len(out.Steps) == 0
	if len(steps) > from && final(steps[len(steps)-1]) {
		out.Ends = steps[len(steps)-1].Number == nil
		return out
	}
	out.Last.End, out.Last.Goes = end, goes
	return out
}

// split says that the list ends in opening hours, which carry what follows.
func (v listView) split() bool { return len(v.Steps) > 0 && v.Steps[len(v.Steps)-1].Split != nil }

func (p path) step(s flow.Step, at spot) stepView {
	words := p.n.say(s)
	v := stepView{
		Look: p.look, ID: s.ID, Icon: icon(s.Kind()), Kind: string(s.Kind()), Name: p.n.c.T("flow.kind." + string(s.Kind())),
		Title: words.Title, Detail: words.Detail, Problems: p.look.Problems[s.ID],
		Open: p.look.Open == s.ID, Moving: p.look.Moving == s.ID, Before: p.gap(at), Visits: p.look.Visits[s.ID],
	}
	if p.look.Edit {
		_, v.Up = p.tree.above(s.ID)
		_, v.Down = p.tree.below(s.ID)
	}
	if s.Menu != nil {
		v.Keys, v.Free = p.keys(s)
	}
	return v
}

func (p path) keys(s flow.Step) (keys []branchView, free []string) {
	below := p.n.c.T("flow.end.below")
	for _, o := range s.Menu.Options {
		keys = append(keys, branchView{
			Key: o.Key, Label: p.n.option(o), List: p.list(o.Steps, branchName(s.ID, o.Key), 0, below, true),
		})
	}
	for _, key := range flow.Keys() {
		if !slices.ContainsFunc(s.Menu.Options, func(o flow.Option) bool { return o.Key == key }) {
			free = append(free, key)
		}
	}
	return append(keys, branchView{
		Label: p.n.c.T("flow.otherwise"),
		List:  p.list(s.Menu.Otherwise, branchName(s.ID, flow.BranchOtherwise), 0, below, true),
	}), free
}

func (p path) gap(at spot) gapView {
	g := gapView{At: at.String()}
	if !p.look.Edit {
		return g
	}
	g.Open = p.look.Add == g.At
	if from, ok := p.tree.find(p.look.Moving); ok {
		beside := from.List == at.List && (from.Index == at.Index || from.Index+1 == at.Index)
		g.Here = !beside && !p.tree.leadsTo(p.look.Moving, at.List)
	}
	return g
}

// final says that nothing comes behind the step.
func final(s flow.Step) bool {
	return s.Voicemail != nil || s.HangUp != nil || s.Callback != nil || s.Number != nil
}

// kindView is one kind of step that can be added.
type kindView struct{ Kind, Icon, Name, Hint string }

func (p path) kinds() []kindView {
	var out []kindView
	for _, k := range flow.Kinds() {
		out = append(out, kindView{string(k), icon(k), p.n.c.T("flow.kind." + string(k)), p.n.c.T("flow.kind-hint." + string(k))})
	}
	return out
}

// count writes the steps of a flow at any depth.
func count(f flow.Flow) int {
	n := 0
	f.Walk(func(flow.Step) bool { n++; return true })
	return n
}

func (l look) at(query string) string { return l.Base + "?" + query }

func (v stepView) anchor() string { return "s-" + v.ID }

func itoa(n int) string { return strconv.Itoa(n) }
