package messages

import (
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"parley/internal/domain/flow"
	"parley/internal/domain/member"
	"parley/internal/domain/message"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// listView is the page of all messages.
type listView struct {
	Frame    ui.Page
	Messages []item
	Shipped  []shippedView
	Now      time.Time
}

// item is one message.
type item struct {
	ID, Name   string
	Source     string // how it was made, in words
	Icon       string
	Length     time.Duration
	Made       time.Time
	Changeable bool
}

func (i item) href() string  { return "/messages/" + i.ID }
func (i item) audio() string { return "/messages/" + i.ID + "/audio" }

func newItem(c *locale.Catalogue, m message.Message, reader member.Member) item {
	i := item{
		ID: m.ID, Name: m.Name, Length: time.Duration(m.DurationMS) * time.Millisecond, Made: m.CreatedAt,
		Changeable: !m.Hidden && message.Changeable(reader, m),
	}
	switch m.Kind {
	case message.Uploaded:
		i.Source, i.Icon = c.T("messages.kind-uploaded"), "music"
	case message.Recorded:
		i.Source, i.Icon = c.T("messages.kind-recorded"), "mic"
	default:
		i.Source, i.Icon = c.T("messages.kind-spoken", "language", languageName(c, m.Language)), "audio-lines"
	}
	return i
}

// languageName is a language in the reader's, or in words where it is any.
func languageName(c *locale.Catalogue, tag string) string {
	parsed, err := language.Parse(tag)
	if err != nil {
		return c.T("messages.language-any")
	}
	return display.Tags(language.Make(c.Lang())).Name(parsed)
}

// capital is a word as it stands alone, in a list.
func capital(word string) string {
	first, size := utf8.DecodeRuneInString(word)
	return string(unicode.ToUpper(first)) + word[size:]
}

// showView is the page of one message.
type showView struct {
	item

	Frame  ui.Page
	Hidden bool
	Text   string
	By     string
	Now    time.Time
}

// shippedView is one announcement that ships with the program.
type shippedView struct {
	Name   string
	Sounds []shippedSound
}

type shippedSound struct{ Language, Src, Label string }

func (h *Handlers) shipped(c *locale.Catalogue) []shippedView {
	var out []shippedView
	for _, id := range flow.Prompts() {
		v := shippedView{Name: c.T("flow.prompt." + id)}
		for _, lang := range locale.Languages() {
			if _, ok := h.needs.Prompts.PromptWAV(id, lang); ok {
				name := page.LanguageName(lang)
				v.Sounds = append(v.Sounds, shippedSound{name, promptSrc(id, lang), c.T("messages.listen-prompt", "name", v.Name, "language", name)})
			}
		}
		if len(v.Sounds) > 0 {
			out = append(out, v)
		}
	}
	return out
}

func promptSrc(id, lang string) string { return "/prompts/" + id + "/" + lang + "/audio" }

// formView is the page on which a message is made.
type formView struct {
	typed

	Frame     ui.Page
	Languages []ui.Option
	Voices    []voiceView
	Errors    map[string]string
	Summary   []ui.FieldError
}

// voiceView is one voice to choose.
type voiceView struct {
	ID, Text string
	Language string // primary part, "" for any
	Selected bool
}

func newFormView(c *locale.Catalogue, t typed, voices []message.Voice) formView {
	v := formView{typed: t}
	chosen := slices.IndexFunc(voices, func(one message.Voice) bool { return one.ID == t.Voice })
	if chosen < 0 {
		chosen = slices.IndexFunc(voices, func(one message.Voice) bool { return one.Speaks(t.Language) })
	}
	anyLanguage := slices.ContainsFunc(voices, func(one message.Voice) bool { return one.Language == "" })
	var spoken []string
	for i, voice := range voices {
		text := voice.Name
		if voice.Language != "" {
			text = capital(languageName(c, voice.Language)) + " · " + voice.Name
			spoken = append(spoken, primary(voice.Language))
		}
		v.Voices = append(v.Voices, voiceView{voice.ID, text, primary(voice.Language), i == chosen})
	}
	if anyLanguage {
		spoken = append(spoken, locale.Languages()...)
	}
	for _, tag := range spoken {
		if !slices.ContainsFunc(v.Languages, func(o ui.Option) bool { return o.Value == tag }) {
			v.Languages = append(v.Languages, ui.Option{Value: tag, Text: capital(languageName(c, tag)), Selected: tag == primary(t.Language)})
		}
	}
	return v
}

func primary(tag string) string {
	first, _, _ := strings.Cut(strings.ToLower(tag), "-")
	return first
}

// tabs are the three ways to make a message.
func (v formView) tabs(c *locale.Catalogue) ui.Tabs {
	tab := func(kind message.Kind, text string) ui.TabLink {
		q := url.Values{"kind": {string(kind)}}
		if v.Replace != "" {
			q.Set("replace", v.Replace)
		}
		if v.Back != "" {
			q.Set("back", v.Back)
		}
		return ui.TabLink{Text: text, Href: "/messages/new?" + q.Encode(), Current: v.Kind == kind}
	}
	return ui.Tabs{Label: c.T("messages.ways"), Items: []ui.TabLink{
		tab(message.Spoken, c.T("messages.way-text")), tab(message.Uploaded, c.T("messages.way-file")), tab(message.Recorded, c.T("messages.way-record")),
	}}
}

// cancel is where to go without a message.
func (v formView) cancel() string {
	switch {
	case v.Back != "":
		return v.Back
	case v.Replace != "":
		return "/messages/" + v.Replace
	}
	return "/messages"
}
