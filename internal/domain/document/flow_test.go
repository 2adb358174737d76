package document_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/adapters/store"
	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/domain/document"
	"parley/internal/domain/flow"
	"parley/internal/domain/hours"
	"parley/internal/domain/member"
	"parley/internal/domain/message"
	"parley/internal/domain/routing"
)

// voice stores messages without a sound.
type voice struct {
	db     *store.DB
	voices []message.Voice
	spoken []string
}

func (v *voice) Voices(context.Context) ([]message.Voice, error) { return v.voices, nil }

func (v *voice) Speak(ctx context.Context, actor member.Member, name, words, language, voiceID string) (message.Message, error) {
	if voiceID == "" {
		voiceID = v.voices[0].ID
	}
	m := message.Message{
		ID: id.New(), WorkspaceID: actor.WorkspaceID, Name: name, Kind: message.Spoken, Text: words, Language: language, Voice: voiceID, CreatedAt: time.Now(),
	}
	v.spoken = append(v.spoken, name)
	return m, v.db.SaveMessage(ctx, m)
}

func (v *voice) Replace(ctx context.Context, actor member.Member, old string, d message.Draft) (message.Message, error) {
	if err := v.Hide(ctx, actor, old); err != nil {
		return message.Message{}, err
	}
	return v.Speak(ctx, actor, d.Name, d.Text, d.Language, d.Voice)
}

func (v *voice) Hide(ctx context.Context, actor member.Member, messageID string) error {
	return v.db.HideMessage(ctx, actor.WorkspaceID, messageID)
}

// routed is a document as export writes it.
const routed = `workspace:
  name: Acme
  language: fr
  time_zone: Europe/Paris
  country: FR
members:
  - email: max@acme.example
    name: Max
    role: member
    language: fr
    wrap_up: 30s
  - email: olive@acme.example
    name: Olive
    role: owner
    language: fr
    wrap_up: 30s
teams:
  - name: Ventes
    members: [max@acme.example, olive@acme.example]
messages:
  - name: Accueil
    text: |-
      Bonjour : « bienvenue ».
      Tapez 1.
    language: fr
    voice: fr+1
  - name: Fermé
    text: Nous sommes fermés.
    language: fr
    voice: fr+1
calendars:
  - name: Congés
    url: ${PARLEY_CALENDAR_CONG_S_URL}
blocked:
  - anonymous: true
  - prefix: "+33899"
    note: Surtaxés
  - number: "+33123450000"
numbers:
  - number: "+33123456780"
    name: Atelier
    country: FR
    hold_music: soft
    language: fr
    members: []
    flow:
      - id: all
        ring:
          to: [everybody, max@acme.example]
          strategy: round-robin
          time: 40s
          wait: true
  - number: "+33123456789"
    name: Accueil
    type: ivr
    caller_name: Acme
    inbox_name: Standard
    country: FR
    hold_music: soft
    language: fr
    members:
      - max@acme.example
    flow:
      - hours:
          mode: custom
          slots:
            - days: [mon, tue, wed, thu, fri]
              from: "09:00"
              to: "18:00"
          holidays: FR
          exceptions:
            - name: Inventaire
              from: "2027-01-04"
              to: "2027-01-05"
              open: [{from: "10:00", to: "12:00"}]
          calendar: Congés
          closed:
            - message: Fermé
            - hang_up:
                say: {prompt: goodbye}
      - menu:
          say: Accueil
          wait: 5s
          replays: 0
          options:
            - key: "1"
              label: Ventes
              steps:
                - queue:
                    to: [{team: Ventes}]
                    strategy: longest-idle
                    ring_time: 20s
                    max_wait: 3m
                    max_calls: 20
                    music: piano
                    position: true
                    comfort: {prompt: please-wait}
                    interval: 45s
                    callback: true
            - key: "2"
              steps:
                - number: "+33123456780"
            - key: '*'
              steps:
                - forward:
                    to: "+33987654321"
                    time: 25s
          otherwise:
            - voicemail:
                say: {prompt: voicemail}
                limit: 2m
`

func calendarAddress(name string) (string, bool) {
	return "https://calendar.example/" + name, name == "PARLEY_CALENDAR_CONG_S_URL"
}

func TestFlowsRoundTrip(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	sum := b.apply(t, routed, document.Options{Env: calendarAddress})
	for _, line := range []string{"created message Fermé", "created calendar Congés", "created blocked +33899…", "created flow +33123456780", "created flow +33123456789"} {
		if !strings.Contains(sum.String(), line+"\n") {
			t.Errorf("%q is missing in\n%s", line, sum)
		}
	}
	if out := b.export(t); out != routed {
		t.Errorf("exported\n%s", out)
	}
	b.heard.Take()
	for _, opt := range []document.Options{{Env: none}, {Env: calendarAddress, Prune: true}} {
		if sum := b.apply(t, routed, opt); len(sum.Changes) > 0 {
			t.Errorf("applied again:\n%s", sum)
		}
	}
	if changes, audited := b.heard.Take(); changes != nil || slices.ContainsFunc(audited, func(a string) bool { return !strings.HasPrefix(a, "workspace.exported") }) {
		t.Errorf("nothing changed, yet it was told: %v, %v", changes, audited)
	}
	if len(b.voice.spoken) != 2 {
		t.Errorf("spoken %v", b.voice.spoken)
	}
}

func (b bench) live(t *testing.T, e164 string) routing.Version {
	t.Helper()
	n, err := b.db.NumberByE164(t.Context(), e164)
	if err != nil {
		t.Fatal(err)
	}
	v, err := b.db.Live(t.Context(), n.WorkspaceID, n.ID)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestAFlowIsWhatItSays(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.apply(t, routed, document.Options{Env: calendarAddress})
	f := b.live(t, "+33123456789").Flow
	h, menu := f.Steps[0].Hours, f.Steps[1].Menu
	if h.Schedule.Mode != hours.Custom || h.Schedule.FeedID == "" || h.Schedule.Exceptions[0].Open[0] != (hours.Span{From: 600, To: 720}) {
		t.Errorf("hours %+v", h.Schedule)
	}
	if f.Steps[1].ID != "menu-1" || menu.Plays() != 1 || menu.Say.MessageID == "" {
		t.Errorf("menu %+v", menu)
	}
	teams, err := b.db.Teams(t.Context(), b.workspaceNamed(t, "Acme").ID)
	if err != nil || menu.Options[0].Steps[0].Queue.Targets[0] != (flow.Target{TeamID: teams[0].ID}) {
		t.Errorf("queue %+v, %v", menu.Options[0].Steps[0].Queue, err)
	}
	ring := b.live(t, "+33123456780").Flow.Steps[0]
	if ring.ID != "all" || !ring.Ring.Targets[0].Everybody() || ring.Ring.Targets[1].MemberID != b.member(t, "max@acme.example").ID {
		t.Errorf("ring %+v", ring.Ring)
	}
}

// TestShortForms: what a person would write.
func TestShortForms(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.apply(t, `
workspace: {name: Acme, language: fr, time_zone: Europe/Paris, country: FR}
members: [{email: olive@acme.example, name: Olive, role: owner}]
messages: [{name: Bonjour, text: Bonjour}]
blocked: [{number: 01 23 45 00 00}]
numbers:
  - number: 01 23 45 67 89
    name: Accueil
    flow:
      - hours: {slots: [{days: [mon], from: "09:00", to: "18:00"}], exceptions: [{from: 2027-01-04}]}
      - message: bonjour
      - ring:
      - ring: {to: [OLIVE@acme.example], time: 15s}
      - forward: {to: 09 87 65 43 21}
      - voicemail:
`, document.Options{Env: none})
	live := b.live(t, "+33123456789")
	s := live.Flow.Steps
	if live.Version != 1 || live.PublishedBy != "" || len(s) != 6 {
		t.Fatalf("published %+v", live)
	}
	if s[0].Hours.Schedule.Mode != hours.Custom || s[0].Hours.Schedule.Exceptions[0].To != "2027-01-04" ||
		s[2].Ring.Time != flow.DefaultRing || s[3].Ring.Targets[0].MemberID == "" || s[4].Forward.To != "+33987654321" || s[5].Voicemail.Limit == 0 {
		t.Errorf("published %+v", live.Flow)
	}
}

func TestAMessageIsSpokenAnewWhereItsWordsDiffer(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.apply(t, routed, document.Options{Env: calendarAddress})
	before := b.live(t, "+33123456789")
	sum := b.apply(t, strings.Replace(routed, "Nous sommes fermés.", "Revenez demain.", 1), document.Options{Env: none})
	if want := "changed message Fermé\nchanged flow +33123456789\n"; sum.String() != want {
		t.Errorf("summary:\n%swant:\n%s", sum, want)
	}
	after := b.live(t, "+33123456789")
	said := func(v routing.Version) string { return v.Flow.Steps[0].Hours.Closed[0].Message.Say.MessageID }
	if after.Version != 2 || said(before) == said(after) {
		t.Errorf("the flow says %q, then %q", said(before), said(after))
	}
	if all, err := b.db.Messages(t.Context(), after.WorkspaceID); err != nil || len(all) != 2 {
		t.Errorf("offered are %v, %v", all, err)
	}
}

func TestAHiddenMessageStaysInTheText(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.apply(t, routed, document.Options{Env: calendarAddress})
	live := b.live(t, "+33123456789")
	if err := b.db.HideMessage(t.Context(), live.WorkspaceID, live.Flow.Steps[1].Menu.Say.MessageID); err != nil {
		t.Fatal(err)
	}
	if out := b.export(t); out != routed {
		t.Errorf("exported\n%s", out)
	}
}

func TestAFlowMayBeEditedMeanwhile(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.apply(t, routed, document.Options{Env: calendarAddress})
	live := b.live(t, "+33123456780")
	live.Version, live.Flow = 2, flow.Clean(flow.Flow{Steps: []flow.Step{{ID: "mine", HangUp: &flow.HangUp{}}}})
	if err := b.db.Publish(t.Context(), live, 0); err != nil {
		t.Fatal(err)
	}
	if sum := b.apply(t, strings.Replace(routed, "    flow:\n      - id: all\n        ring:\n          to: [everybody, max@acme.example]\n          strategy: round-robin\n          time: 40s\n          wait: true\n", "", 1),
		document.Options{Env: none}); len(sum.Changes) > 0 {
		t.Errorf("without a flow in the text:\n%s", sum)
	}
	if sum := b.apply(t, routed, document.Options{Env: none}); sum.String() != "changed flow +33123456780\n" || b.live(t, "+33123456780").Version != 3 {
		t.Errorf("with one:\n%s", sum)
	}
}

func TestPruneOfRoutes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.apply(t, routed, document.Options{Env: calendarAddress})
	cut := routed[:strings.Index(routed, "messages:")] + "messages: []\ncalendars: []\nblocked: [{anonymous: true, note: Non}]\n"
	sum := b.apply(t, cut, document.Options{Env: none, Prune: true})
	want := "changed blocked anonymous\ndeleted message Accueil\ndeleted message Fermé\ndeleted calendar Congés\ndeleted blocked +33899…\ndeleted blocked +33123450000\n"
	if sum.String() != want {
		t.Errorf("summary:\n%swant:\n%s", sum, want)
	}
}

func TestAMessageNeedsAVoice(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.apply(t, routed, document.Options{Env: calendarAddress})
	b.voice.voices = nil
	if sum := b.apply(t, routed, document.Options{Env: none}); len(sum.Changes) > 0 { // spoken already
		t.Errorf("changed %s", sum)
	}
	_, err := b.try(t, strings.Replace(routed, "Nous sommes fermés.", "Fermé !", 1), document.Options{Env: none})
	if err == nil || !strings.Contains(err.Error(), "error.message-no-voice") {
		t.Errorf("got %v", err)
	}
}

func TestWhoIsGoneFromAFlow(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.apply(t, routed, document.Options{Env: calendarAddress})
	n, err := b.db.NumberByE164(t.Context(), "+33123456780")
	if err != nil {
		t.Fatal(err)
	}
	v := b.live(t, n.E164)
	v.Version, v.Flow = 2, flow.Clean(flow.Flow{Steps: []flow.Step{{Ring: &flow.Ring{Targets: []flow.Target{{MemberID: "gone"}}}}}})
	if err := b.db.Publish(t.Context(), v, 0); err != nil {
		t.Fatal(err)
	}
	if out := b.export(t); !strings.Contains(out, "to: [gone]") {
		t.Errorf("a step that rings nobody must not ring everybody:\n%s", out)
	}
}

// TestCasesAreTried: a flow that a case of its number does not pass is not published;
// what it leads to is live before it is tried.
func TestCasesAreTried(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.apply(t, routed, document.Options{Env: calendarAddress})
	live := b.live(t, "+33123456789")
	one := routing.Case{
		ID: id.New(), NumberID: live.NumberID, WorkspaceID: live.WorkspaceID, Name: "Touche 2", Expect: []string{"hours-1", "menu-1", "number-1", "solo"},
		Scenario: flow.Scenario{At: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC), Keys: "2", Takes: b.member(t, "max@acme.example").ID},
	}
	if err := b.db.SaveCase(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	changed := strings.NewReplacer("label: Ventes", "label: Commercial", "id: all", "id: solo").Replace(routed)
	b.apply(t, changed, document.Options{Env: none})
	if v := b.live(t, "+33123456789").Version; v != 2 {
		t.Errorf("version %d is live", v)
	}
	_, err := b.try(t, strings.Replace(changed, `key: "2"`, `key: "3"`, 1), document.Options{Env: none})
	if f := fault.Of(err); err == nil || f.Key != "error.document-case" || f.Args["name"] != "Touche 2" || f.Args["number"] != "+33123456789" {
		t.Errorf("got %v", err)
	}
	if v := b.live(t, "+33123456789").Version; v != 2 {
		t.Errorf("version %d is live", v)
	}
}
