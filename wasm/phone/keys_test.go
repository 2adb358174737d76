package phone

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
)

func TestKeys(t *testing.T) {
	pad := View{Panel: PanelIdle, Pad: PadView{Entry: "1"}}
	for _, c := range []struct {
		name string
		view View
		key  Key
		want Intent // none leaves the key to the browser
	}{
		{"answer", View{Panel: PanelIncoming}, Key{Name: "Enter"}, Intent{Kind: DoAnswer}},
		{"answer from anywhere", View{Panel: PanelIncoming}, Key{Name: "Enter", Act: "dial-key"}, Intent{Kind: DoAnswer}},
		{"not with the decline button in focus", View{Panel: PanelIncoming}, Key{Name: "Enter", Act: "decline"}, Intent{}},
		{"not while typing", View{Panel: PanelIncoming}, Key{Name: "Enter", Field: "?"}, Intent{}},
		{"not by a key held down", View{Panel: PanelIncoming}, Key{Name: "Enter", Repeat: true}, Intent{}},
		{"decline", View{Panel: PanelIncoming}, Key{Name: "Escape"}, Intent{Kind: DoDecline}},
		{"mute", View{Panel: PanelTalking}, Key{Name: "M"}, Intent{Kind: DoMute}},
		{"copy is copy", View{Panel: PanelTalking}, Key{Name: "h", Modified: true}, Intent{}},
		{"a digit into the call", View{Panel: PanelTalking}, Key{Name: "#"}, Intent{DoDigit, "#"}},
		{"hang up", View{Panel: PanelTalking}, Key{Name: "E", Shift: true}, Intent{Kind: DoHangUp}},
		{"plain e does nothing", View{Panel: PanelTalking}, Key{Name: "e"}, Intent{}},
		{"escape hangs nothing up", View{Panel: PanelTalking}, Key{Name: "Escape"}, Intent{}},
		{"escape closes the keypad", View{Panel: PanelTalking, Call: CallView{Keypad: true}}, Key{Name: "Escape"}, Intent{Kind: DoKeypad}},
		{"cancel", View{Panel: PanelDialling}, Key{Name: "Escape"}, Intent{Kind: DoHangUp}},
		{"a digit onto the pad", View{Panel: PanelIdle}, Key{Name: "5"}, Intent{DoPadDigit, "5"}},
		{"to the pad", View{Panel: PanelIdle}, Key{Name: "/"}, Intent{Kind: DoFocusPad}},
		{"dial", pad, Key{Name: "Enter"}, Intent{Kind: DoDial}},
		{"a button keeps its Enter", pad, Key{Name: "Enter", Act: "setting"}, Intent{}},
		{"backspace repeats", pad, Key{Name: "Backspace", Repeat: true}, Intent{Kind: DoBackspace}},
		{"typing is typing", pad, Key{Name: "5", Field: FieldPad}, Intent{}},
		{"escape clears", pad, Key{Name: "Escape", Field: FieldPad}, Intent{Kind: DoClear}},
		{"next tag", View{Panel: PanelTag}, Key{Name: "ArrowDown", Field: FieldFilter}, Intent{Kind: DoNextTag}},
		{"pick", View{Panel: PanelTag}, Key{Name: "Enter", Field: FieldFilter}, Intent{Kind: DoTag}},
		{"pick by figure", View{Panel: PanelTag}, Key{Name: "2", Field: FieldFilter}, Intent{DoNthTag, "2"}},
		{"a figure in a filter", View{Panel: PanelTag, Tags: TagsView{Filter: "a"}}, Key{Name: "2", Field: FieldFilter}, Intent{}},
		{"ready", View{Panel: PanelWrapUp}, Key{Name: "Enter"}, Intent{Kind: DoEndWrapUp}},
		{"nothing offline", View{Panel: PanelOffline}, Key{Name: "5"}, Intent{}},
	} {
		got, ok := c.view.Key(c.key)
		if got != c.want || ok != (c.want != Intent{}) {
			t.Errorf("%s: %+v, %v", c.name, got, ok)
		}
	}
}

func TestTagCursorStaysInside(t *testing.T) {
	r := newRig(t)
	r.hear(&protocol.MeChanged{Me: protocol.Me{ID: "me", DueTag: "old"}})
	for range 5 {
		r.do(DoNextTag)
	}
	v := r.panel(PanelTag)
	if !v.Tags.Items[2].AtCursor || v.Call.Ended != "Nobody answered" {
		t.Fatalf("%+v %+v", v.Tags, v.Call)
	}
	r.do(DoFilter, "zzz")
	if v = r.view(); !v.Tags.None {
		t.Fatalf("%+v", v.Tags)
	}
	r.do(DoTag)
	r.do(DoNthTag, "9")
	if len(r.sent) != 0 {
		t.Fatalf("sent %+v", r.sent)
	}
	r.do(DoFilter, "order")
	if v = r.view(); v.Tags.Items[0].ID != "t2" || v.Tags.Items[1].ID != "t3" {
		t.Fatalf("what begins with the filter comes first: %+v", v.Tags.Items)
	}
}

// The keys asked for, those listed and those of both catalogues are the same.
func TestTextKeys(t *testing.T) {
	asked := map[string]bool{}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	literal := regexp.MustCompile(`"(phone\.js\.[a-z.-]*[a-z])"`)
	for _, f := range files {
		src, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		if f.Name() == "strings.go" || regexp.MustCompile(`_test\.go$`).MatchString(f.Name()) {
			continue
		}
		for _, m := range literal.FindAllStringSubmatch(string(src), -1) {
			asked[m[1]] = true
		}
	}
	for key := range asked {
		if !slices.Contains(Keys(), key) {
			t.Errorf("%s is asked for but not listed", key)
		}
	}
	for _, lang := range []string{"en", "fr"} {
		texts := Texts{}
		for _, area := range []string{"phone", "common"} {
			data, err := os.ReadFile("../../web/locale/" + lang + "/" + area + ".json")
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(data, &texts); err != nil {
				t.Fatal(err)
			}
			for _, key := range Keys() {
				if text, ok := texts[key]; ok && text == "" {
					t.Errorf("%s: %s is empty", lang, key)
				}
			}
			for key := range texts {
				asked["has "+lang+" "+key] = true
			}
		}
		for _, key := range Keys() {
			if !asked["has "+lang+" "+key] {
				t.Errorf("%s: no text for %s", lang, key)
			}
		}
	}
}

// Whatever the server says and the member does, a View comes out and only
// commands the call allows go in.
func FuzzModel(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	f.Add([]byte{3, 20, 21, 22, 40, 41, 42, 5})
	kinds := []Kind{
		DoAnswer, DoDecline, DoHangUp, DoMute, DoHold, DoRecord, DoKeypad, DoDigit, DoPadDigit, DoBackspace, DoClear,
		DoEntry, DoLine, DoDial, DoRecent, DoSetting, DoPanel, DoFilter, DoNextTag, DoPrevTag, DoTag, DoNthTag, DoEndWrapUp,
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		r := newRig(t)
		for _, b := range script[:min(len(script), 64)] {
			switch {
			case int(b) < len(kinds):
				r.do(kinds[b], string('0'+b%10))
			case b < 60:
				r.hear(&protocol.CallChanged{Call: r.inbound()})
			case b < 90:
				r.hear(&protocol.CallChanged{Call: r.inbound(callstate.Answered{Member: "me"})})
			case b < 120:
				r.hear(&protocol.CallChanged{Call: r.outbound()})
			case b < 150:
				r.hear(&protocol.CallGone{Call: "c1", Cause: callstate.Causes()[int(b)%len(callstate.Causes())], Text: "x"})
			case b < 180:
				r.hear(&protocol.MeChanged{Me: protocol.Me{ID: "me", DueTag: "old", WrapUpEnds: int64(b)}})
			case b < 200:
				r.hear(&protocol.MeChanged{Me: protocol.Me{ID: "me"}})
			default:
				r.m.Connected(b%2 == 0, r.now)
				r.pass(time.Duration(b) * 10 * time.Millisecond)
			}
			v := r.view()
			if !slices.Contains(Panels(), v.Panel) || v.Title == "" {
				t.Fatalf("%+v", v)
			}
			for _, m := range r.sent {
				if a, ok := m.(*protocol.Act); ok && a.Call != "c1" {
					t.Fatalf("acts on %q", a.Call)
				}
			}
			if v.Input.Live && v.Panel != PanelTalking && v.Panel != PanelDialling {
				t.Fatalf("the voice is live in %s", v.Panel)
			}
		}
	})
}
