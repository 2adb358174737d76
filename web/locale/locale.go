// Package locale owns every sentence a user reads, in English and French, and
// how times, lengths and phone numbers are written for one viewer. It must not
// know pages or domain types. A Bundle and a Catalogue never change after they
// are made, so any goroutine may use them.
package locale

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"
)

//go:embed en/*.json fr/*.json
var files embed.FS

// Languages are the languages Parley speaks; the first is the fallback.
func Languages() []string { return []string{"en", "fr"} }

// Bundle holds one Catalogue per language.
type Bundle struct {
	byLang map[string]*Catalogue
}

// New reads the embedded catalogues: one file per area and language, merged.
// It fails on malformed JSON and on a key that two files both define.
func New() (*Bundle, error) { return load(files) }

func load(fsys fs.FS) (*Bundle, error) {
	b := &Bundle{byLang: map[string]*Catalogue{}}
	for _, lang := range Languages() {
		texts := map[string]forms{}
		names, err := fs.Glob(fsys, lang+"/*.json")
		if err != nil {
			return nil, fmt.Errorf("list catalogues of %s: %w", lang, err)
		}
		for _, name := range names {
			if err := merge(fsys, name, texts); err != nil {
				return nil, err
			}
		}
		b.byLang[lang] = &Catalogue{lang: lang, texts: texts, zone: time.UTC, country: countryOf(lang)}
	}
	return b, nil
}

func merge(fsys fs.FS, name string, into map[string]forms) error {
	raw, err := fs.ReadFile(fsys, name)
	if err != nil {
		return fmt.Errorf("read catalogue: %w", err)
	}
	var texts map[string]forms
	if err := json.Unmarshal(raw, &texts); err != nil {
		return fmt.Errorf("parse catalogue %s: %w", name, err)
	}
	area := strings.TrimSuffix(path.Base(name), ".json")
	for key, f := range texts {
		if _, twice := into[key]; twice {
			return fmt.Errorf("catalogue %s: key %q is defined in another area too", area, key)
		}
		into[key] = f
	}
	return nil
}

func countryOf(lang string) string {
	if lang == "fr" {
		return "FR"
	}
	return "GB"
}

// For returns the catalogue of a language, or the fallback for an unknown one.
func (b *Bundle) For(lang string) *Catalogue {
	if c, ok := b.byLang[lang]; ok {
		return c
	}
	return b.byLang[Languages()[0]]
}

// forms are the variants of one text: one, or singular and plural. In JSON a
// text without a count is a string, one with a count an array of two.
type forms []string

// UnmarshalJSON takes a string or an array of two strings.
func (f *forms) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*f = forms{one}
		return nil
	}
	var many []string
	if err := json.Unmarshal(raw, &many); err != nil {
		return fmt.Errorf("a text is a string or an array of two: %w", err)
	}
	if len(many) != 2 {
		return fmt.Errorf("a plural has two forms, not %d", len(many))
	}
	*f = many
	return nil
}

// Catalogue is one language as one viewer reads it.
type Catalogue struct {
	lang    string
	texts   map[string]forms
	zone    *time.Location
	country string
}

// Lang is the language code, as for <html lang>.
func (c *Catalogue) Lang() string { return c.lang }

// Country is the viewer's ISO 3166 country, upper case.
func (c *Catalogue) Country() string { return c.country }

// Zone is the time zone times are written in.
func (c *Catalogue) Zone() *time.Location { return c.zone }

// In returns the same texts for a viewer in a time zone and country. A nil
// zone or an empty country keeps what there is.
func (c *Catalogue) In(zone *time.Location, country string) *Catalogue {
	v := *c
	if zone != nil {
		v.zone = zone
	}
	if country != "" {
		v.country = strings.ToUpper(country)
	}
	return &v
}

// Has says whether key is there, for keys that come from data.
func (c *Catalogue) Has(key string) bool { return len(c.texts[key]) > 0 }

// T is the text of a key with its {names} filled from args, which are pairs of
// name and value: T("numbers.count", "n", 3). A plural text is chosen by the
// argument "n". A missing key returns itself; a test keeps that from a release.
func (c *Catalogue) T(key string, args ...any) string {
	f := c.texts[key]
	if len(f) == 0 {
		return key
	}
	text := f[0]
	if len(f) == 2 && c.plural(args) {
		text = f[1]
	}
	if len(args) < 2 {
		return text
	}
	pairs := make([]string, 0, len(args))
	for i := 0; i+1 < len(args); i += 2 {
		pairs = append(pairs, "{"+fmt.Sprint(args[i])+"}", c.arg(args[i+1]))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// plural follows CLDR for whole numbers: French 0 and 1 are singular, English
// only 1.
func (c *Catalogue) plural(args []any) bool {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] != "n" {
			continue
		}
		n := fmt.Sprint(args[i+1])
		if c.lang == "fr" {
			return n != "0" && n != "1"
		}
		return n != "1"
	}
	return true
}

func (c *Catalogue) arg(v any) string {
	switch n := v.(type) {
	case int:
		return c.Number(n)
	case int64:
		return c.Number(int(n))
	}
	return fmt.Sprint(v)
}

// Slice returns the texts whose key starts with one of the prefixes, for the
// browser program. A plural is an array of singular and plural.
func (c *Catalogue) Slice(prefixes ...string) map[string]any {
	out := map[string]any{}
	for key, f := range c.texts {
		for _, p := range prefixes {
			if !strings.HasPrefix(key, p) {
				continue
			}
			out[key] = f[0]
			if len(f) == 2 {
				out[key] = []string(f)
			}
		}
	}
	return out
}

type contextKey struct{}

// With returns a context whose pages are written by c.
func With(ctx context.Context, c *Catalogue) context.Context {
	return context.WithValue(ctx, contextKey{}, c)
}

// From is the catalogue of a page being rendered. Without one it returns an
// empty catalogue, which shows keys: a page is better than a panic.
func From(ctx context.Context) *Catalogue {
	if c, ok := ctx.Value(contextKey{}).(*Catalogue); ok {
		return c
	}
	return &Catalogue{lang: Languages()[0], zone: time.UTC, country: countryOf("en")}
}

// T is From(ctx).T, short because templates are full of it.
func T(ctx context.Context, key string, args ...any) string { return From(ctx).T(key, args...) }
