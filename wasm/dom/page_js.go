// Package dom patches the page's markup: texts, attributes and keyed rows, each
// written only when it changes. Data never becomes markup: rows are clones of
// templates, and texts are set as text. It knows nothing of calls. A Page
// belongs to the program's loop.
package dom

import (
	"maps"
	"slices"
	"syscall/js"

	"parley/wasm/screen"
)

// Page is the markup below a root element.
type Page struct {
	root  js.Value
	found map[string][]js.Value
	last  map[string]string
	lists map[string]*list
}

// Find returns the page of the element with an id; ok false where there is none.
func Find(id string) (p *Page, ok bool) {
	el := js.Global().Get("document").Call("getElementById", id)
	if !el.Truthy() {
		return nil, false
	}
	return &Page{root: el, found: map[string][]js.Value{}, last: map[string]string{}, lists: map[string]*list{}}, true
}

// Root is the root element.
func (p *Page) Root() js.Value { return p.root }

// Data is a data- attribute of the root, by its name in JavaScript.
func (p *Page) Data(name string) string {
	if v := p.root.Get("dataset").Get(name); v.Truthy() {
		return v.String()
	}
	return ""
}

// all finds elements once: rows aside, the page's elements stay.
func (p *Page) all(selector string) []js.Value {
	if selector == ":root" {
		return []js.Value{p.root}
	}
	if els, ok := p.found[selector]; ok {
		return els
	}
	list := p.root.Call("querySelectorAll", selector)
	els := make([]js.Value, list.Length())
	for i := range els {
		els[i] = list.Index(i)
	}
	p.found[selector] = els
	return els
}

// changed notes a value and says whether it is new.
func (p *Page) changed(key, value string) bool {
	if old, ok := p.last[key]; ok && old == value {
		return false
	}
	p.last[key] = value
	return true
}

// Text sets the text of elements.
func (p *Page) Text(selector, text string) {
	if !p.changed(selector, text) {
		return
	}
	for _, el := range p.all(selector) {
		el.Set("textContent", text)
	}
}

// Attr sets an attribute of elements.
func (p *Page) Attr(selector, name, value string) {
	if !p.changed(selector+" "+name, value) {
		return
	}
	for _, el := range p.all(selector) {
		el.Call("setAttribute", name, value)
	}
}

// Flag sets or removes an attribute that has no value.
func (p *Page) Flag(selector, name string, on bool) {
	value := "off"
	if on {
		value = "on"
	}
	if !p.changed(selector+" "+name, value) {
		return
	}
	for _, el := range p.all(selector) {
		el.Call("toggleAttribute", name, on)
	}
}

// Value sets what stands in an input, unless it stands there already.
func (p *Page) Value(selector, value string) {
	for _, el := range p.all(selector) {
		if el.Get("value").String() != value {
			el.Set("value", value)
		}
	}
}

// list is the rows of one list as they are in the page.
type list struct {
	rows  []screen.Row
	byKey map[string]js.Value
}

// Rows brings a list to these rows. A row keeps its element, and with it the
// focus, as long as its key is there. Without a template rows are options.
func (p *Page) Rows(selector, template string, rows []screen.Row) {
	l, ok := p.lists[selector]
	if !ok {
		l = &list{byKey: map[string]js.Value{}}
		p.lists[selector] = l
	} else if slices.EqualFunc(l.rows, rows, equal) {
		return
	}
	parents := p.all(selector)
	if len(parents) == 0 {
		return
	}
	parent := parents[0]
	next := make(map[string]js.Value, len(rows))
	var order []any
	for _, r := range rows {
		el, ok := l.byKey[r.Key]
		if !ok {
			el = p.clone(template)
		}
		fill(el, r)
		next[r.Key] = el
		order = append(order, el)
	}
	if !sameOrder(parent.Get("children"), order) {
		parent.Call("replaceChildren", order...)
	}
	l.rows, l.byKey = slices.Clone(rows), next
}

func equal(a, b screen.Row) bool {
	return a.Key == b.Key && a.Kind == b.Kind && a.Fill == b.Fill &&
		maps.Equal(a.Texts, b.Texts) && maps.Equal(a.Button, b.Button)
}

func sameOrder(children js.Value, want []any) bool {
	if children.Length() != len(want) {
		return false
	}
	for i, el := range want {
		if !children.Index(i).Equal(el.(js.Value)) {
			return false
		}
	}
	return true
}

func (p *Page) clone(template string) js.Value {
	if template != "" {
		if t := p.all(template); len(t) > 0 {
			return t[0].Get("content").Get("firstElementChild").Call("cloneNode", true)
		}
	}
	return js.Global().Get("document").Call("createElement", "option")
}

// fill puts a row's values into its element.
func fill(el js.Value, r screen.Row) {
	if r.Kind != "" {
		el.Get("dataset").Set("kind", r.Kind)
	}
	for name, text := range r.Texts {
		target := el
		if name == "" { // an option
			el.Set("value", r.Key)
		} else {
			target = el.Call("querySelector", `[data-f="`+name+`"]`)
		}
		if target.Truthy() {
			target.Set("textContent", text)
		}
	}
	if b := el.Call("querySelector", "button"); b.Truthy() {
		b.Set("disabled", false)
		for name, value := range r.Button {
			b.Call("setAttribute", name, value)
		}
	}
	if dot := el.Call("querySelector", "svg circle"); dot.Truthy() && r.Fill != "" {
		dot.Call("setAttribute", "fill", r.Fill)
	}
}
