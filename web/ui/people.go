package ui

import (
	"context"
	"io"
	"strconv"

	"github.com/a-h/templ"
)

// Gauge is how much of something is used, such as seats.
type Gauge struct {
	Label string
	Used  int
	Of    int
}

// Render writes the gauge.
func (g Gauge) Render(ctx context.Context, w io.Writer) error { return render(ctx, w, gauge(g)) }

// full says whether less than a tenth is left.
func (g Gauge) full() bool { return g.Of > 0 && g.Used*10 >= g.Of*9 }

func (g Gauge) text() string { return strconv.Itoa(g.Used) + "/" + strconv.Itoa(g.Of) }

// Pair is a choice with a second control beside it: in the team, and leads it;
// has the number, and how.
type Pair struct {
	Value    string
	Text     string
	Hint     string
	Selected bool
	Second   bool   // the second check box is ticked
	Level    string // or the chosen value of the second list
}

// Pairs is a list of check boxes each with a second control: a check box named
// after Second or, with Levels, a list named Second followed by the value.
type Pairs struct {
	Label       string
	Name        string
	Second      string // name of the second control
	SecondLabel string
	Levels      []Option
	Filter      string // label of a box that narrows a long list, which then scrolls
	Hint        string
	Error       string
	Options     []Pair
}

// Render writes the list.
func (p Pairs) Render(ctx context.Context, w io.Writer) error { return render(ctx, w, pairs(p)) }

func (p Pairs) frame() frame { return frame{p.Label, p.Name, p.Hint, p.Error, true} }

// SearchField narrows the list of the page as somebody types: search.js fills the
// element List and speaks through the element Spoken; Enter does the same without.
type SearchField struct {
	Action string
	Label  string
	Value  string
	List   string
	Spoken string
}

// Render writes the form.
func (s SearchField) Render(ctx context.Context, w io.Writer) error {
	return render(ctx, w, searchField(s))
}

// Person is somebody in a list: initials, and the name with a line below.
type Person struct {
	Name string
	Href string // left out: the name is not a link
	Note string
}

// Wrap writes the person; children stand behind the name.
func (p Person) Wrap() templ.Component { return person(p) }
