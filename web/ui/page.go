package ui

import "github.com/a-h/templ"

// URLs turns the name of an asset into its address.
type URLs interface{ URL(name string) string }

// Place is an entry of the main navigation.
type Place string

// The places of the main navigation, in its order.
const (
	Home      Place = "home"
	Phone     Place = "phone"
	Calls     Place = "calls"
	Todo      Place = "todo"
	Numbers   Place = "numbers"
	Messages  Place = "messages"
	Calendars Place = "calendars"
	Blacklist Place = "blacklist"
	Tags      Place = "tags"
	Team      Place = "team"
	Trunks    Place = "trunks"
	Settings  Place = "settings"
)

func (p Place) href() string {
	if p == Home {
		return "/"
	}
	return "/" + string(p)
}

func (p Place) icon() string {
	switch p {
	case Phone:
		return "phone"
	case Calls:
		return "history"
	case Todo:
		return "list-todo"
	case Numbers:
		return "hash"
	case Messages:
		return "audio-lines"
	case Calendars:
		return "calendar"
	case Blacklist:
		return "ban"
	case Tags:
		return "tag"
	case Team:
		return "users"
	case Trunks:
		return "cable"
	case Settings:
		return "settings"
	}
	return "house"
}

func (p Place) textKey() string { return "nav." + string(p) }

// inBar is how many places stay in the bottom bar of a phone; the others are
// under "more".
const inBar = 4

// Places lists the main navigation in its order.
func Places() []Place {
	return []Place{Home, Phone, Calls, Todo, Numbers, Messages, Calendars, Blacklist, Tags, Team, Trunks, Settings}
}

// Viewer is who looks at a page.
type Viewer struct {
	Name      string
	Email     string
	Workspace string
	Places    []Place // those the viewer may go to, in the order of Places
}

// barPlaces are in the bottom bar of a phone.
func (v Viewer) barPlaces() []Place { return v.Places[:min(inBar, len(v.Places))] }

// morePlaces are under "more" on a phone.
func (v Viewer) morePlaces() []Place { return v.Places[min(inBar, len(v.Places)):] }

// Crumb is a page above this one.
type Crumb struct{ Text, Href string }

// Page is the frame of every page behind sign-in.
type Page struct {
	Title    string
	Lead     string // one sentence under the title
	Place    Place
	Path     string // of this request: where the language switch returns to
	Viewer   Viewer
	Assets   URLs
	Crumbs   []Crumb
	Actions  templ.Component // buttons beside the title
	Tabs     Tabs            // pages of the same subject; left out without items
	Flash    Notice          // left out without Title and Text
	Sheets   []string        // style sheets beyond app.css
	Scripts  []string        // scripts beyond app.js, loaded deferred in order
	Narrow   bool            // forms and single columns
	FullPage bool            // the page brings its own heading and fills the screen: the softphone
}

// Wrap writes the page around its content.
func (p Page) Wrap() templ.Component { return page(p) }

// scripts are those of every page behind sign-in and the page's own.
func (p Page) scripts() []string { return append([]string{"search.js"}, p.Scripts...) }

// paletteID is the dialog of the quick search.
const paletteID = "palette"

// Bare is the frame of pages before sign-in: setup, sign-in, invitation,
// errors. One calm card in the middle.
type Bare struct {
	Title   string
	Lead    string
	Path    string
	Assets  URLs
	Sheets  []string
	Scripts []string
	Wide    bool
}

// Wrap writes the page around the content of its card.
func (b Bare) Wrap() templ.Component { return bare(b) }

func pressed(on bool) string {
	if on {
		return "true"
	}
	return "false"
}

// languageName is short and in the language itself, so it is not translated.
func languageName(lang string) string {
	if lang == "fr" {
		return "Français"
	}
	return "English"
}

// Public is the frame of pages for strangers, such as a number's call page: one
// card that brings its own heading, and a word on who provides it.
type Public struct {
	Title   string
	Path    string
	Assets  URLs
	Sheets  []string
	Scripts []string
}

// Wrap writes the page around the content of its card.
func (p Public) Wrap() templ.Component { return public(p) }
