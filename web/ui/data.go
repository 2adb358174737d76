package ui

import (
	"context"
	"io"
	"strconv"
	"time"

	"github.com/a-h/templ"
)

// Column is one column of a Table.
type Column struct {
	Text    string
	Numeric bool // figures, set to the right
	Hidden  bool // the heading is for screen readers only: columns of buttons
}

// Table is a dense table; at phone width its rows become cards.
type Table struct {
	Caption string // what the table lists, for screen readers
	Columns []Column
}

// Wrap writes the table around its rows.
func (t Table) Wrap() templ.Component { return table(t) }

// Row is one row. With Href its first Cell should be a link of that address;
// the whole row then answers to the pointer.
type Row struct {
	Href    string
	Current bool
}

// Wrap writes the row around its cells.
func (r Row) Wrap() templ.Component { return row(r) }

// Cell is one cell. Label repeats the column's heading at phone width; an empty
// Label makes the cell the card's title.
type Cell struct {
	Label   string
	Numeric bool
	Actions bool // buttons, set to the right
}

// Wrap writes the cell around its content.
func (c Cell) Wrap() templ.Component { return cell(c) }

// Event is one thing that happened in a Timeline.
type Event struct {
	At     string // written out: 0:42 into the call, or a time of day
	Icon   string
	Tone   Tone
	Title  string
	Detail string
	Offset time.Duration // where a Player jumps to; used with Seek
	Seek   bool
}

func (e Event) seconds() string { return strconv.FormatFloat(e.Offset.Seconds(), 'f', 2, 64) }

// Timeline tells a story in order.
type Timeline struct {
	Label string
	Items []Event
}

// Render writes the timeline.
func (t Timeline) Render(ctx context.Context, w io.Writer) error { return render(ctx, w, timeline(t)) }

// Definition is one fact: a term and its text or, where set, its body.
type Definition struct {
	Term string
	Text string
	Body templ.Component
}

// Definitions is a list of facts.
type Definitions struct{ Items []Definition }

// Render writes the list.
func (d Definitions) Render(ctx context.Context, w io.Writer) error {
	return render(ctx, w, definitions(d))
}

// Pagination walks a list ordered by time. An empty address is an end.
type Pagination struct{ Newer, Older string }

// Render writes the links; nothing when there is one page only.
func (p Pagination) Render(ctx context.Context, w io.Writer) error {
	if p.Newer == "" && p.Older == "" {
		return nil
	}
	return render(ctx, w, pagination(p))
}

// Stat is one figure.
type Stat struct {
	Label string
	Value string
	Hint  string
	Tone  Tone
	Href  string
}

// Render writes the figure.
func (s Stat) Render(ctx context.Context, w io.Writer) error { return render(ctx, w, stat(s)) }

// Steps is a list of things to do, such as the first steps of a workspace.
type Steps struct {
	Label string
	Items []Step
}

// Step is one thing to do.
type Step struct {
	Done   bool
	Title  string
	Text   string
	Action Button
}

// Render writes the steps.
func (s Steps) Render(ctx context.Context, w io.Writer) error { return render(ctx, w, steps(s)) }

// next is the index of the first step not done, or -1.
func (s Steps) next() int {
	for i, item := range s.Items {
		if !item.Done {
			return i
		}
	}
	return -1
}

// Track is one party's voice in a Player: its loudness over the call.
type Track struct {
	Name  string
	Tone  Tone      // Info for the agent, Good for the customer
	Peaks []float64 // 0 to 1, evenly spread; about 200 look right
}

// Player plays a recording. Without scripts it is the browser's own player.
type Player struct {
	ID       string
	Title    string
	Src      string
	Download string // address of the file; empty leaves the button out
	Length   time.Duration
	Tracks   []Track
}

// Render writes the player.
func (p Player) Render(ctx context.Context, w io.Writer) error { return render(ctx, w, player(p)) }

// bars draws peaks as one path in a box 1000 wide and 40 high.
func (t Track) bars() string {
	if len(t.Peaks) == 0 {
		return "M0 20H1000"
	}
	step := 1000 / float64(len(t.Peaks))
	path := make([]byte, 0, 24*len(t.Peaks))
	for i, p := range t.Peaks {
		h := max(min(p, 1), 0.03) * 18
		x := (float64(i) + 0.5) * step
		path = append(path, 'M')
		path = strconv.AppendFloat(path, x, 'f', 1, 64)
		path = append(path, ' ')
		path = strconv.AppendFloat(path, 20-h, 'f', 1, 64)
		path = append(path, 'V')
		path = strconv.AppendFloat(path, 20+h, 'f', 1, 64)
	}
	return string(path)
}
