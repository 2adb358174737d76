// Package screen copies a View into the page's markup: which text, attribute
// and row goes where, as web/phone/README.md and web/webcall/README.md lay it
// down. It decides nothing, and it must not touch the browser: the page is
// behind an interface, so that a test can hold it against the markup.
package screen

// Page is the markup. Elements are found by CSS selectors below the root; an
// element that is not there is passed over.
type Page interface {
	Text(selector, text string)
	Attr(selector, name, value string)
	Flag(selector, name string, on bool) // hidden, disabled
	Value(selector, value string)        // of an input
	Rows(list, template string, rows []Row)
}

// Row is a row of a list: a clone of its template.
type Row struct {
	Key    string
	Kind   string            // data-kind of the row
	Texts  map[string]string // by data-f
	Button map[string]string // attributes of its button, or of an option
	Fill   string            // of its swatch
}

func part(name string) string { return `[data-p="` + name + `"]` }

func button(act string) string { return `[data-act="` + act + `"]` }

func truth(on bool) string {
	if on {
		return "true"
	}
	return "false"
}

const root = ":root" // stands for the page's own root element
