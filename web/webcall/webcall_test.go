package webcall_test

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"

	"parley/web/locale"
	"parley/web/webcall"
)

type names struct{}

func (names) URL(name string) string { return "/static/x/" + name }

func screen(t *testing.T, v webcall.View) string {
	t.Helper()
	b, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	v.Assets = names{}
	var out strings.Builder
	if err := webcall.Screen(v).Render(locale.With(context.Background(), b.For("en")), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestStrangersSeeTheLineAndNothingOfTheTeam(t *testing.T) {
	got := screen(t, webcall.View{Company: "Nord", Line: "Support", Number: "+33139281900", Path: "/call/33139281900", Mode: webcall.Ready, MayBeRecorded: true})
	for _, want := range []string{"<h1>Support</h1>", "Nord", "33\u00a01\u00a039", "Calls to this line may be recorded.", `data-view="ready"`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q", want)
		}
	}
	for _, never := range []string{`href="/calls"`, `href="/account"`, "/signout"} {
		if strings.Contains(got, never) {
			t.Errorf("%q is shown to a stranger", never)
		}
	}
}

func TestEveryModeHasASentenceAndAContract(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := os.ReadFile("../static/webcall.css")
	if err != nil {
		t.Fatal(err)
	}
	got := screen(t, webcall.View{Line: "Support", Mode: webcall.Ready})
	for _, mode := range webcall.Modes() {
		if !strings.Contains(got, `class="webcall-line" data-show="`+string(mode)+`"`) {
			t.Errorf("%s has no sentence", mode)
		}
		if !strings.Contains(string(readme), string(mode)) || !strings.Contains(string(sheet), `[data-view="`+string(mode)+`"] [data-show]:not(`) {
			t.Errorf("%s is missing from README.md or webcall.css", mode)
		}
	}
	for _, m := range regexp.MustCompile(`\sdata-(?:p|act)="([^"]*)"`).FindAllStringSubmatch(got, -1) {
		if m[1] != "root" && !strings.Contains(string(readme), m[1]) {
			t.Errorf("%q is not in README.md", m[1])
		}
	}
}

func TestTheKeypadIsReadAndHasAllKeys(t *testing.T) {
	got := screen(t, webcall.View{Line: "Support", Mode: webcall.Menu, Keypad: true})
	for _, digit := range strings.Split("0123456789*#", "") {
		if !strings.Contains(got, `data-digit="`+digit+`"`) {
			t.Errorf("no key %s", digit)
		}
	}
	for _, want := range []string{`data-keypad="true"`, `aria-label="Star"`, `aria-label="Hash"`, `aria-label="Keypad"`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s", want)
		}
	}
}
