package locale_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"parley/internal/domain/agent"
	"parley/internal/domain/blocklist"
	"parley/internal/domain/flow"
	"parley/internal/domain/member"
	"parley/internal/domain/todo"
	"parley/internal/shared/callstate"
	"parley/web/locale"
	"parley/web/ui"
)

// raw reads the catalogues as translators see them: key to its forms.
func raw(t *testing.T, lang string) map[string][]string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(lang, "*.json"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no catalogues of %s: %v", lang, err)
	}
	out := map[string][]string{}
	for _, name := range names {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var texts map[string]any
		if err := json.Unmarshal(body, &texts); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for key, v := range texts {
			switch v := v.(type) {
			case string:
				out[key] = []string{v}
			case []any:
				for _, one := range v {
					out[key] = append(out[key], one.(string))
				}
			}
		}
	}
	return out
}

func TestLanguagesHaveTheSameKeys(t *testing.T) {
	en, fr := raw(t, "en"), raw(t, "fr")
	for key := range en {
		if _, ok := fr[key]; !ok {
			t.Errorf("%s has no French text", key)
		}
	}
	for key := range fr {
		if _, ok := en[key]; !ok {
			t.Errorf("%s has no English text", key)
		}
	}
}

func TestTextsHaveTheSamePlaceholdersAndForms(t *testing.T) {
	placeholder := regexp.MustCompile(`\{[a-z_]+\}`)
	names := func(text string) []string {
		found := placeholder.FindAllString(text, -1)
		slices.Sort(found)
		return slices.Compact(found)
	}
	en, fr := raw(t, "en"), raw(t, "fr")
	for key, forms := range en {
		if len(forms) != len(fr[key]) {
			t.Errorf("%s has %d forms in English, %d in French", key, len(forms), len(fr[key]))
			continue
		}
		last := len(forms) - 1 // a singular may leave the number out
		if a, b := names(forms[last]), names(fr[key][last]); !slices.Equal(a, b) {
			t.Errorf("%s: placeholders %v in English, %v in French", key, a, b)
		}
		for i := range forms {
			if strings.TrimSpace(forms[i]) == "" || strings.TrimSpace(fr[key][i]) == "" {
				t.Errorf("%s is empty", key)
			}
		}
	}
}

// families are keys put together at run time: a prefix and every ending.
func families() []string {
	var keys []string
	for _, kind := range []string{"missed", "voicemail"} {
		for _, part := range []string{"subject", "subject-hidden", "title", "text", "button"} {
			keys = append(keys, "letters."+kind+"."+part)
		}
	}
	for _, c := range callstate.Causes() {
		keys = append(keys, c.Verdict().TextKey)
	}
	for _, s := range ui.States() {
		keys = append(keys, s.TextKey())
	}
	for _, c := range ui.Palette() {
		keys = append(keys, "colour."+c.Name)
	}
	for _, p := range ui.Places() {
		keys = append(keys, "nav."+string(p))
	}
	for _, r := range []callstate.Recording{callstate.RecordingOn, callstate.RecordingPaused} {
		keys = append(keys, "phone.js.say.recording-"+string(r))
	}
	for _, r := range []agent.Reason{
		agent.ReasonOffline, agent.ReasonRinging, agent.ReasonOnCall, agent.ReasonTagDue, agent.ReasonWrapUp, agent.ReasonStranger,
	} {
		keys = append(keys, "error.cannot-dial."+string(r))
	}
	for _, set := range member.Settings() {
		keys = append(keys, "account.setting."+string(set), "account.setting."+string(set)+"-hint")
	}
	for _, tone := range member.RingTones() {
		keys = append(keys, "account.tone."+tone)
	}
	for _, end := range []string{"talked", "lost", "left", "unavailable", "voicemail", "callback", "closed"} { // signalling's callerCause
		keys = append(keys, "webcall.ended."+end)
	}
	for _, k := range []blocklist.Kind{blocklist.Exact, blocklist.Prefix, blocklist.Anonymous} {
		keys = append(keys, "blacklist.kind."+string(k), "blacklist.kind."+string(k)+"-hint")
	}
	for _, k := range []todo.Kind{todo.Missed, todo.Voicemail, todo.Callback} {
		keys = append(keys, "todo.kind."+string(k))
	}
	for _, o := range []todo.Outcome{todo.CalledBack, todo.CalledAgain, todo.Archived} {
		keys = append(keys, "todo.outcome."+string(o))
	}
	return append(keys, flowKeys()...)
}

// flowKeys are the families about call flows.
func flowKeys() []string {
	var keys []string
	add := func(prefix string, endings ...string) {
		for _, e := range endings {
			keys = append(keys, prefix+e)
		}
	}
	for _, k := range flow.Kinds() {
		add("flow.kind", "."+string(k), "-hint."+string(k))
	}
	for _, s := range flow.Strategies() {
		add("flow.strategy", "."+string(s), "-name."+string(s))
	}
	add("flow.prompt.", flow.Prompts()...)
	add("flow.hours.", "custom", "open", "closed")
	add("flow.done.", "published", "restored", "undone", "discarded", "built", "moved", "removed")
	add("flow.field.", "say", "comfort", "wait", "music", "targets", "strategy", "ring_time", "interval", "max_calls", "exceptions", "zone", "number")
	add("flow.reason.", "offline", "do-not-disturb", "outside-hours", "missed", "muted")
	add("flow.what.", "open-why", "closed-why",
		flow.WhatEntered, flow.WhatOpen, flow.WhatClosed, flow.WhatKey, flow.WhatWrongKey, flow.WhatNoKey, flow.WhatNobodyFree,
		flow.WhatUnanswered, flow.WhatQueueFull, flow.WhatWaited, flow.WhatDialFailed, flow.WhatForbidden, flow.WhatTargetGone, flow.WhatTooManyHops,
		flow.WhatAsked, flow.WhatEmpty, flow.WhatStepGone, flow.WhatOver)
	return keys
}

// literals are the string literals of the sources that look like keys: of an
// area that the catalogues have. Files of tests do not count.
func literals(t *testing.T, areas map[string]bool) map[string]string {
	t.Helper()
	literal := regexp.MustCompile(`"([a-z]+)((?:\.[a-z0-9_-]+)+)"`)
	found := map[string]string{}
	for _, root := range []string{"../../web", "../../internal", "../../server", "../../wasm"} {
		err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return fs.SkipDir // a floor not built yet
			case d.IsDir(), strings.HasSuffix(name, "_test.go"), strings.HasSuffix(name, "_templ.go"), strings.Contains(name, "/gallery/"):
				return nil
			case filepath.Ext(name) != ".go" && filepath.Ext(name) != ".templ":
				return nil
			}
			body, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			for _, m := range literal.FindAllStringSubmatch(string(body), -1) {
				if areas[m[1]] {
					found[m[1]+m[2]] = name
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// notKeys are literals that look like keys and are none: beginnings of families
// and the audited actions of flows, which are not the area of the same name.
func notKeys() []string {
	return []string{"phone.js.say.recording-", "flow.published", "flow.restored", "flow.discarded", "flow.case-deleted"}
}

func TestEveryKeyIsUsedAndEveryUsedKeyExists(t *testing.T) {
	en := raw(t, "en")
	areas := map[string]bool{}
	for key := range en {
		area, _, _ := strings.Cut(key, ".")
		areas[area] = true
	}
	used := literals(t, areas)
	for _, key := range families() {
		used[key] = "a family"
	}
	for _, key := range slices.Sorted(maps.Keys(used)) {
		if _, ok := en[key]; !ok && !slices.Contains(notKeys(), key) && !fileName(key) {
			t.Errorf("%s uses %q, which has no text", used[key], key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(en)) {
		if used[key] == "" {
			t.Errorf("%q is in the catalogues and nowhere used", key)
		}
	}
}

func fileName(key string) bool {
	switch filepath.Ext(key) {
	case ".css", ".js", ".svg", ".html":
		return true
	}
	return false
}

func TestForUnknownLanguageFallsBack(t *testing.T) {
	b, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	if got := b.For("tlh").Lang(); got != "en" {
		t.Errorf("language = %q", got)
	}
	if got := b.For("en").T("no.such"); got != "no.such" {
		t.Errorf("missing key = %q", got)
	}
}
