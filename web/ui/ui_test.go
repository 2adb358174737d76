package ui_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"parley/web/locale"
	"parley/web/ui"
)

type names struct{}

func (names) URL(name string) string { return "/static/x/" + name }

func draw(t *testing.T, lang string, c templ.Component) string {
	t.Helper()
	b, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := c.Render(locale.With(context.Background(), b.For(lang)), &out); err != nil {
		t.Fatal(err)
	}
	if _, err := html.Parse(strings.NewReader(out.String())); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func wants(t *testing.T, got string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(got, p) {
			t.Errorf("no %q in %s", p, got)
		}
	}
}

func TestFieldTiesLabelHintAndErrorToTheInput(t *testing.T) {
	got := draw(t, "fr", ui.TextField{Label: "Nom", Name: "name", Hint: "Court", Error: "Manque"})
	wants(t, got, `<label class="field-label" for="f-name">`, `id="f-name"`,
		`aria-describedby="f-name-hint f-name-error"`, `aria-invalid="true"`, "facultatif")
	if got := draw(t, "fr", ui.TextField{Label: "Nom", Name: "name", Required: true}); strings.Contains(got, "facultatif") || strings.Contains(got, "aria-") {
		t.Errorf("a required field without hint: %s", got)
	}
}

// A browser does not send a list it wants chosen from while its value is empty.
func TestAListWithAnEmptyChoiceCanBeSent(t *testing.T) {
	all := ui.SelectField{Label: "Line", Name: "line", Required: true, Options: []ui.Option{{Text: "Any"}, {Value: "a", Text: "A"}}}
	if got := draw(t, "en", all); strings.Contains(got, "required") || strings.Contains(got, "optional") {
		t.Errorf("with an empty choice: %s", got)
	}
	all.Options = all.Options[1:]
	wants(t, draw(t, "en", all), " required")
}

func TestTextIsEscaped(t *testing.T) {
	for _, c := range []templ.Component{
		ui.Button{Text: "<b>"}, ui.Tag{Name: "<b>", Colour: `"><b>`}, ui.Notice{Text: "<b>"},
		ui.TextField{Label: "<b>", Name: "n", Value: `"><b>`}, ui.Copyable{Value: `"><b>`}, ui.PhoneNumber{Number: "<b>", Copy: true},
	} {
		if got := draw(t, "en", c); strings.Contains(got, "<b>") {
			t.Errorf("%T lets markup through: %s", c, got)
		}
	}
	if got := draw(t, "en", ui.Button{Text: "x", Href: "javascript:alert(1)"}); strings.Contains(got, "javascript") {
		t.Errorf("a link runs a script: %s", got)
	}
}

func TestStatesAreShapeWordAndColour(t *testing.T) {
	seen := map[string]bool{}
	shape := regexp.MustCompile(`(?s)<svg.*?</svg>`)
	for _, s := range ui.States() {
		got := draw(t, "en", ui.State{State: s})
		wants(t, got, `data-state="`+string(s)+`"`)
		if key := shape.FindString(got); seen[key] {
			t.Errorf("%s has the shape of another state", s)
		} else {
			seen[key] = true
		}
	}
}

func TestPhoneNumberCopiesE164(t *testing.T) {
	wants(t, draw(t, "fr", ui.PhoneNumber{Number: "+33139281900", Copy: true}),
		`data-copy="+33139281900"`, "01\u00a039\u00a028\u00a019\u00a000")
}

func TestMomentKeepsTheExactTime(t *testing.T) {
	at := time.Date(2026, 3, 3, 9, 30, 15, 0, time.UTC)
	wants(t, draw(t, "en", ui.Time{At: at, Now: at.Add(5 * time.Minute)}),
		`datetime="2026-03-03T09:30:15Z"`, `title="3 March 2026, 09:30:15 UTC"`, ">5 min ago<")
}

func TestPageHasLandmarksAndNoInlineCode(t *testing.T) {
	page := ui.Page{
		Title: "Calls", Place: ui.Calls, Path: "/calls", Assets: names{}, Crumbs: []ui.Crumb{{Text: "Home", Href: "/"}},
		Viewer: ui.Viewer{Name: "Léa", Email: "lea@example.org", Workspace: "Nord", Places: ui.Places()},
	}
	bare := ui.Bare{Title: "Sign in", Path: "/signin", Assets: names{}}
	for name, c := range map[string]templ.Component{"page": page.Wrap(), "bare": bare.Wrap()} {
		got := draw(t, "fr", c)
		wants(t, got, `<html lang="fr">`, "<main", "<h1>", `name="viewport"`)
		if regexp.MustCompile(`\sstyle=|\son[a-z]+=|<style|<script>`).MatchString(got) {
			t.Errorf("%s has inline code, which the content security policy refuses", name)
		}
	}
	got := draw(t, "en", page.Wrap())
	wants(t, got, `class="skip" href="#main"`, `aria-current="page"`)
	agent := page
	agent.Viewer.Places = []ui.Place{ui.Home, ui.Phone, ui.Calls, ui.Team}
	if got := draw(t, "en", agent.Wrap()); strings.Contains(got, `href="/trunks"`) {
		t.Error("an agent is shown the trunks")
	} else if strings.Count(got, `href="/team"`) != 2 || strings.Contains(got, `class="menu-places"`) {
		t.Error("four places do not fit the bottom bar")
	}
}

func TestPaginationOfOnePageIsNothing(t *testing.T) {
	if got := draw(t, "en", ui.Pagination{}); got != "" {
		t.Errorf("got %s", got)
	}
	wants(t, draw(t, "en", ui.Pagination{Older: "/calls?before=9"}), `href="/calls?before=9"`, "disabled")
}

// sources are the templates and Go files of the pages, tests and generated
// files left out.
func sources(t *testing.T, visit func(name, body string)) {
	t.Helper()
	err := filepath.WalkDir("..", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "_templ.go") {
			return err
		}
		if ext := filepath.Ext(name); ext != ".go" && ext != ".templ" {
			return nil
		}
		body, err := os.ReadFile(name)
		if err == nil {
			visit(name, string(body))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestIconsExistAndAreUsed(t *testing.T) {
	own, err := os.ReadFile("icon_paths.go")
	if err != nil {
		t.Fatal(err)
	}
	unused := map[string]bool{}
	for _, m := range regexp.MustCompile(`case "([a-z0-9-]+)"`).FindAllStringSubmatch(string(own), -1) {
		unused[m[1]] = true
	}
	have := map[string]bool{}
	for name := range unused {
		have[name] = true
	}
	asked := regexp.MustCompile(`(?:\bIcon\(|\bIcon:\s*)"([a-z0-9-]+)"`)
	literal := regexp.MustCompile(`"([a-z0-9-]+)"`)
	sources(t, func(name, body string) {
		if strings.HasSuffix(name, "icon_paths.go") || strings.Contains(name, "gallery") {
			return
		}
		for _, m := range asked.FindAllStringSubmatch(body, -1) {
			if !have[m[1]] {
				t.Errorf("%s asks for the icon %q, which is not in icon_paths.go", name, m[1])
			}
		}
		for _, m := range literal.FindAllStringSubmatch(body, -1) {
			delete(unused, m[1])
		}
	})
	for name := range unused {
		t.Errorf("the icon %q is nowhere used", name)
	}
}

// TestClassesExist keeps pages to the classes of the style sheets.
func TestClassesExist(t *testing.T) {
	sheets, err := filepath.Glob("../static/*.css")
	if err != nil || len(sheets) == 0 {
		t.Fatalf("no style sheets: %v", err)
	}
	defined := map[string]bool{}
	for _, name := range sheets {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\.([a-z][a-z0-9-]*)`).FindAllStringSubmatch(string(body), -1) {
			defined[m[1]] = true
		}
	}
	static := regexp.MustCompile(`class="([^"]*)"`)
	sources(t, func(name, body string) {
		if strings.Contains(name, "/letters/") {
			return // mails bring their own style
		}
		for _, m := range static.FindAllStringSubmatch(body, -1) {
			for _, class := range strings.Fields(m[1]) {
				if !defined[class] {
					t.Errorf("%s uses the class %q, which no style sheet defines", name, class)
				}
			}
		}
	})
}
