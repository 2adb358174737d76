package numbers

import (
	"cmp"
	"slices"

	"parley/internal/base/phone"
	"parley/internal/base/text"
	"parley/internal/domain/number"
	"parley/web/ui"
)

// listView is the list page: the numbers that wait, then the others by country.
type listView struct {
	Frame    ui.Page
	Query    string
	Inactive []item
	Groups   []group
	Count    int // of numbers on the page
	Next     string
	First    string // back to the first page, "" on it
	Manages  bool
}

// paged says that the page does not show all there is.
func (v listView) paged() bool { return v.Next != "" || v.First != "" }

// group is the numbers of one country.
type group struct {
	Flag, Code, Name string
	Items            []item
}

type item struct {
	Number  number.Number
	Holders int
	Trunk   string
	Open    bool // for callers, now
}

func (i item) href() string { return path(i.Number.ID) }

// country is where the name of a country stands among all, for its reader.
type country struct {
	rank int
	name string
}

func (h *Handlers) countries(lang string) map[string]country {
	out := map[string]country{}
	for i, c := range h.needs.Regions.Countries(lang) {
		out[c.Code] = country{i, c.Name}
	}
	return out
}

// sortNumbers puts those that wait first, then goes by country and name.
func sortNumbers(all []number.Number, places map[string]country) {
	names := make(map[string]string, len(all))
	for _, n := range all {
		names[n.ID] = text.Fold(n.Name)
	}
	waits := func(n number.Number) int {
		if n.Inactive {
			return 0
		}
		return 1
	}
	slices.SortFunc(all, func(a, b number.Number) int {
		return cmp.Or(
			cmp.Compare(waits(a), waits(b)), cmp.Compare(places[a.Country].rank, places[b.Country].rank),
			cmp.Compare(names[a.ID], names[b.ID]), cmp.Compare(a.ID, b.ID),
		)
	})
}

// group lays sorted items out.
func (v *listView) group(items []item, places map[string]country) {
	for _, i := range items {
		code := i.Number.Country
		if i.Number.Inactive {
			v.Inactive = append(v.Inactive, i)
			continue
		}
		if last := len(v.Groups) - 1; last < 0 || v.Groups[last].Code != code {
			v.Groups = append(v.Groups, group{Flag: phone.CountryFlag(code), Code: code, Name: places[code].name})
		}
		g := &v.Groups[len(v.Groups)-1]
		g.Items = append(g.Items, i)
	}
}
