package screen

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"parley/wasm/caller"
	"parley/wasm/phone"
)

// sheet is a Page that notes what it is given.
type sheet struct {
	selectors map[string]bool
	attrs     map[string]string
	rows      map[string][]Row
}

func newSheet() *sheet {
	return &sheet{selectors: map[string]bool{}, attrs: map[string]string{}, rows: map[string][]Row{}}
}

func (s *sheet) note(selector, name, value string) {
	s.selectors[selector] = true
	s.attrs[selector+" "+name] = value
}

func (s *sheet) Text(selector, text string)        { s.note(selector, "text", text) }
func (s *sheet) Attr(selector, name, value string) { s.note(selector, name, value) }
func (s *sheet) Value(selector, value string)      { s.note(selector, "value", value) }
func (s *sheet) Flag(selector, name string, on bool) {
	s.note(selector, name, truth(on))
}

func (s *sheet) Rows(list, template string, rows []Row) {
	s.selectors[list] = true
	if template != "" {
		s.selectors[template] = true
	}
	s.rows[list] = rows
}

// markup is the source of a page's templates.
func markup(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob("../../web/" + dir + "/*.templ")
	if err != nil || len(files) == 0 {
		t.Fatalf("no templates in web/%s: %v", dir, err)
	}
	var b strings.Builder
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(src)
	}
	return b.String()
}

// inMarkup fails for every name of a selector that the markup does not have.
func inMarkup(t *testing.T, s *sheet, source string) {
	t.Helper()
	name := regexp.MustCompile(`data-(?:p|act|to|setting)="([^"]+)"|#([a-z-]+)`)
	for selector := range s.selectors {
		for _, m := range name.FindAllStringSubmatch(selector, -1) {
			want := m[1] + m[2]
			if !strings.Contains(source, `"`+want+`"`) {
				t.Errorf("the markup has no %q (%s)", want, selector)
			}
		}
	}
}

func TestPhoneFitsItsMarkup(t *testing.T) {
	s := newSheet()
	v := phone.New(phone.Texts{}, "FR", nil).View(time.Unix(0, 0))
	v.Tags.Items = []phone.TagView{{ID: "t", Name: "Order", Colour: "#123456", AtCursor: true}}
	v.Recents = []phone.RecentView{{ID: "r", Who: "Ada", Number: "+331", Kind: "missed"}}
	v.Lines = []phone.LineView{{ID: "l", Text: "Sales", Chosen: true}}
	v.WrapUp.Share = 0.25
	Phone(s, v)
	source := markup(t, "phone")
	inMarkup(t, s, source)
	for _, panel := range phone.Panels() {
		if !regexp.MustCompile(`data-show="[a-z ]*\b` + string(panel) + `\b`).MatchString(source) {
			t.Errorf("the markup shows nothing for %s", panel)
		}
	}
	for key, want := range map[string]string{
		root + " data-view": "offline", `[data-p="wrapup-ring"] stroke-dashoffset`: "75",
		`[data-p="lines"] value`: "l", `[data-p="recents-empty"] hidden`: "true", `[data-act="answer"] disabled`: "true",
	} {
		if got := s.attrs[key]; got != want {
			t.Errorf("%s = %q, want %q", key, got, want)
		}
	}
	tag := s.rows[part("tags")][0]
	if tag.Button["data-tag"] != "t" || tag.Texts["key"] != "1" || tag.Button["data-cursor"] != "true" {
		t.Errorf("tag row %+v", tag)
	}
}

func TestCallerFitsItsMarkup(t *testing.T) {
	s := newSheet()
	Caller(s, caller.New(phone.Texts{}, nil).View(time.Unix(0, 0)))
	source := markup(t, "webcall")
	inMarkup(t, s, source)
	if got := s.attrs[root+" data-view"]; got != "ready" {
		t.Errorf("data-view = %q", got)
	}
}

func TestColoursAreThoseOfThePages(t *testing.T) {
	src, err := os.ReadFile("../../web/ui/ui.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range palette() {
		if !strings.Contains(string(src), `{"`+c.name+`", "`+c.value+`"}`) {
			t.Errorf("the pages have another %s than %s", c.name, c.value)
		}
	}
	if got := colour("of tomorrow"); got != "#7a7f87" {
		t.Errorf("an unknown colour is %s", got)
	}
}
