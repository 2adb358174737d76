package document

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"parley/internal/base/id"
	"parley/internal/base/phone"
	"parley/internal/base/text"
	"parley/internal/domain/blocklist"
	"parley/internal/domain/message"
	"parley/internal/domain/routing"
	"parley/internal/domain/workspace"
)

// plannedMessage is a message to be made; ones that are there already are not
// planned.
type plannedMessage struct {
	message.Draft

	old string // id of the one whose place it takes, "" for none
}

// messages plans those whose words are not spoken yet.
func (c *checker) messages(ctx context.Context) error {
	seen := map[string]bool{}
	for i, d := range c.doc.Messages {
		path := fmt.Sprintf("messages[%d]", i)
		if d.Language == "" {
			d.Language = c.plan.ws.Language
		}
		draft, err := message.Draft{Name: d.Name, Kind: message.Spoken, Text: d.Text, Language: d.Language, Voice: d.Voice}.Clean()
		if err := c.addErr(path, err); err != nil {
			return err
		}
		if !slices.Contains(workspace.Languages(), d.Language) {
			c.add(path, "language", "error.language-unknown")
		}
		c.once(seen, path, "name", text.Fold(draft.Name))
		old, known := c.have.message(draft.Name)
		if known && old.Kind == message.Spoken && old.Name == draft.Name && old.Text == draft.Text && old.Language == draft.Language &&
			(draft.Voice == "" || draft.Voice == old.Voice) {
			continue
		}
		if err == nil {
			if err := c.voice(ctx, path, draft); err != nil {
				return err
			}
		}
		c.plan.messages = append(c.plan.messages, plannedMessage{Draft: draft, old: old.ID})
	}
	return nil
}

// voice refuses words that nobody here can speak.
func (c *checker) voice(ctx context.Context, path string, d message.Draft) error {
	if c.voices == nil {
		voices, err := c.applier.needs.Speaker.Voices(ctx)
		if err != nil {
			return fmt.Errorf("look who can speak: %w", err)
		}
		c.voices = append([]message.Voice{}, voices...)
	}
	speaks := func(v message.Voice) bool { return (d.Voice == "" || v.ID == d.Voice) && v.Speaks(d.Language) }
	switch {
	case len(c.voices) == 0:
		c.add(path, "", "error.message-no-voice")
	case !slices.ContainsFunc(c.voices, speaks):
		c.add(path, "voice", "error.message-voice")
	}
	return nil
}

// calendars plans those that are new or have another address.
func (c *checker) calendars(context.Context) error {
	seen := map[string]bool{}
	for i, d := range c.doc.Calendars {
		path := fmt.Sprintf("calendars[%d]", i)
		name, ok := text.Line(d.Name, maxName)
		if !ok || name == "" {
			c.add(path, "name", "error.name-invalid")
		}
		c.once(seen, path, "name", name)
		old, known := c.have.feed(name)
		address := c.secret(path, "url", d.URL, old.URL)
		switch {
		case address == "":
			address = old.URL
		case address != secretUnset && !webAddress(address):
			c.add(path, "url", "error.calendar-address")
		}
		if !known {
			old = routing.Feed{ID: id.New(), WorkspaceID: c.have.ws.ID}
		}
		if known && old.Name == name && old.URL == address {
			continue
		}
		planned := routing.Feed{ID: old.ID, WorkspaceID: old.WorkspaceID, Name: name, URL: address}
		if old.URL == address {
			planned.Events, planned.FetchedAt, planned.Failed = old.Events, old.FetchedAt, old.Failed
		}
		c.plan.feeds = append(c.plan.feeds, planned)
	}
	return nil
}

// webAddress says whether a calendar can be fetched from an address.
func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && slices.Contains([]string{"https", "http", "webcal"}, strings.ToLower(u.Scheme))
}

// blocked reads the blacklist.
func (c *checker) blocked(context.Context) error {
	seen := map[string]bool{}
	for i, d := range c.doc.Blocked {
		path := fmt.Sprintf("blocked[%d]", i)
		e := blocklist.Entry{WorkspaceID: c.have.ws.ID}
		given := 0
		if d.Number != "" {
			given++
			e.Kind = blocklist.Exact
			var err error
			if e.Pattern, err = phone.Parse(d.Number, c.plan.ws.Country); err != nil {
				c.add(path, "number", "error.phone-invalid")
			}
		}
		if d.Prefix != "" {
			given++
			e.Kind, e.Pattern = blocklist.Prefix, strings.ReplaceAll(d.Prefix, " ", "")
			if !prefix(e.Pattern) {
				c.add(path, "prefix", "error.blocked-prefix")
			}
		}
		if d.Anonymous {
			given++
			e.Kind = blocklist.Anonymous
		}
		if given != 1 {
			c.add(path, "", "error.document-blocked")
		}
		var ok bool
		if e.Note, ok = text.Line(d.Note, maxNote); !ok {
			c.add(path, "note", "error.note-invalid")
		}
		c.once(seen, path, "", string(e.Kind)+" "+e.Pattern)
		c.plan.blocked = append(c.plan.blocked, e)
	}
	return nil
}

// maxNote is the longest note on a blocked caller, in characters.
const maxNote = 120

// prefix says whether s begins numbers in international form.
func prefix(s string) bool {
	digits, plus := strings.CutPrefix(s, "+")
	return plus && digits != "" && digits[0] != '0' && len(digits) <= 15 && strings.Trim(digits, "0123456789") == ""
}
