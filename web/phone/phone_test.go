package phone_test

import (
	"context"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
	"parley/web/locale"
	"parley/web/phone"
	"parley/web/ui"
)

type names struct{}

func (names) URL(name string) string { return "/static/x/" + name }

func screen(t *testing.T, mode phone.Mode) string {
	t.Helper()
	b, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	v := phone.View{
		Page: ui.Page{Title: "Phone", Assets: names{}, Viewer: ui.Viewer{Name: "Léa Marchand", Workspace: "Nord"}},
		Mode: mode, Socket: "/ws", State: ui.Offline,
		Lines: []phone.Line{{ID: "1", Name: "Support", Number: "+33139281900"}},
		Tags:  []phone.Tag{{ID: "1", Name: "Order", Colour: "#3d7be0"}},
	}
	var out strings.Builder
	if err := phone.Screen(v).Render(locale.With(context.Background(), b.For("fr")), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func attribute(markup, name string) map[string]bool {
	found := map[string]bool{}
	for _, m := range regexp.MustCompile(`\s`+name+`="([^"]*)"`).FindAllStringSubmatch(markup, -1) {
		found[m[1]] = true
	}
	return found
}

// TestReadmeNamesWhatThereIs holds the contract with the browser program to the
// markup: every data-p and data-act is described, in README.md.
func TestReadmeNamesWhatThereIs(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]bool{}
	for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(string(readme), -1) {
		for _, w := range strings.Fields(m[1]) {
			words[strings.Trim(w, ",;")] = true
		}
	}
	markup := screen(t, phone.Idle)
	for _, name := range []string{"data-p", "data-act"} {
		for _, value := range slices.Sorted(maps.Keys(attribute(markup, name))) {
			if !words[value] {
				t.Errorf("%s=%q is not in README.md", name, value)
			}
		}
	}
}

func TestEveryActionHasAButton(t *testing.T) {
	acts := attribute(screen(t, phone.Idle), "data-act")
	for _, a := range callstate.Actions() {
		if a == callstate.Digits { // one button per digit
			a = "digit"
		}
		if !acts[string(a)] {
			t.Errorf("no button for %q", a)
		}
	}
}

func TestEveryLiveStateHasItsLook(t *testing.T) {
	markup := screen(t, phone.Idle)
	shown, icons := attribute(markup, "data-for"), attribute(markup, "data-favicon-state")
	for _, s := range protocol.LiveStates() {
		if !shown[string(s)] || !icons[string(s)] {
			t.Errorf("%s: word %v, favicon %v", s, shown[string(s)], icons[string(s)])
		}
	}
}

func TestEveryModeShowsSomethingOfItsOwn(t *testing.T) {
	sheet, err := os.ReadFile("../static/softphone.css")
	if err != nil {
		t.Fatal(err)
	}
	markup := screen(t, phone.Idle)
	for _, mode := range phone.Modes() {
		rule := `.phone[data-view="` + string(mode) + `"] [data-show]:not([data-show~="` + string(mode) + `"])`
		if !strings.Contains(string(sheet), rule) {
			t.Errorf("softphone.css does not hide the others in %s", mode)
		}
		found := false
		for value := range attribute(markup, "data-show") {
			found = found || slices.Contains(strings.Fields(value), string(mode))
		}
		if !found {
			t.Errorf("nothing shows in %s", mode)
		}
		if !strings.Contains(screen(t, mode), `data-view="`+string(mode)+`"`) {
			t.Errorf("%s is not the view drawn", mode)
		}
	}
}

func TestIdsAreUniqueAndNothingIsInline(t *testing.T) {
	markup := screen(t, phone.Talking)
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(`\sid="([^"]*)"`).FindAllStringSubmatch(markup, -1) {
		if seen[m[1]] {
			t.Errorf("id %q twice", m[1])
		}
		seen[m[1]] = true
	}
	if regexp.MustCompile(`\sstyle=|\son[a-z]+=|<style|<script>`).MatchString(markup) {
		t.Error("inline code, which the content security policy refuses")
	}
}
