package routing_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"parley/internal/base/fault"
	"parley/internal/domain/flow"
	"parley/internal/domain/member"
	"parley/internal/domain/message"
	"parley/internal/domain/number"
	"parley/internal/domain/routing"
)

// sales is a firm with one number that rings Ada, who owns it.
func sales() *firm {
	f := newFirm()
	f.line("sales", number.Classic)
	f.numbers[0].OwnerID = "ada"
	f.hire("ada", "Ada")
	f.give("sales", "ada", number.Shared)
	return f
}

func rings(text string) flow.Flow {
	f := routing.Template(number.Classic)
	f.Steps = slices.Insert(f.Steps, 1, flow.Step{ID: text, Message: &flow.Message{Say: flow.Sound{Prompt: flow.PromptPleaseWait}}})
	return f
}

func TestFromADraftToARollBack(t *testing.T) {
	t.Parallel()
	f := sales()
	s, c := f.service(), t.Context()
	d, err := s.Draft(c, admin(), "sales")
	if err != nil || d.Revision != 0 || !reflect.DeepEqual(d.Flow, flow.Default()) {
		t.Fatalf("a number without flow begins with %+v, %v", d, err)
	}
	d, err = s.SaveDraft(c, admin(), "sales", 0, rings("one"))
	if err != nil || d.Revision == 0 || d.SavedBy != "admin" {
		t.Fatalf("saved %+v, %v", d, err)
	}
	_, err = s.SaveDraft(c, admin(), "sales", 0, rings("two"))
	wantFault(t, err, fault.Conflict, "error.draft-saved-meanwhile", "")
	_, err = s.Publish(c, admin(), "sales", d.Revision+1, "")
	wantFault(t, err, fault.Conflict, "error.draft-saved-meanwhile", "")
	if got := facts(t, s, "sales").Lines["sales"].Flow; len(got.Steps) != 1 {
		t.Errorf("calls follow a draft: %+v", got)
	}
	changes, err := s.Diff(c, admin(), "sales")
	if err != nil || len(changes) == 0 {
		t.Errorf("a draft without differences: %v, %v", changes, err)
	}
	one, err := s.Publish(c, admin(), "sales", d.Revision, " First   try ")
	if err != nil || one.Version != 1 || one.Note != "First try" || one.PublishedBy != "admin" {
		t.Fatalf("published %+v, %v", one, err)
	}
	if got := facts(t, s, "sales").Lines["sales"].Flow; !reflect.DeepEqual(got, one.Flow) {
		t.Errorf("the next call follows %+v", got)
	}
	_, err = s.Publish(c, admin(), "sales", 0, "")
	wantFault(t, err, fault.Conflict, "error.flow-no-draft", "")

	owner := member.Member{ID: "ada", WorkspaceID: ws, Role: member.User}
	second := save(t, s, 0, "two")
	if two, err := s.Publish(c, owner, "sales", second.Revision, ""); err != nil || two.Version != 2 {
		t.Fatalf("published %+v, %v", two, err)
	}
	third := save(t, s, 0, "three")
	three, err := s.Restore(c, owner, "sales", 1, "")
	if err != nil || three.Version != 3 || three.From != 1 || !reflect.DeepEqual(three.Flow, one.Flow) {
		t.Fatalf("restored %+v, %v", three, err)
	}
	if d, err := s.Draft(c, owner, "sales"); err != nil || d.Revision != third.Revision || d.Base != 2 {
		t.Errorf("a roll-back took the draft: %+v, %v", d, err)
	}
	all, err := s.Versions(c, owner, "sales", 0, 10)
	if err != nil || len(all) != 3 || all[0].Version != 3 {
		t.Errorf("versions %+v, %v", all, err)
	}
	if err := s.DropDraft(c, owner, "sales"); err != nil {
		t.Error(err)
	}
	want := []string{"flow.published sales by admin", "flow.published sales by ada", "flow.restored sales by ada", "flow.discarded sales by ada"}
	if !slices.Equal(f.audited, want) || !slices.Equal(f.told, []string{"flow sales", "flow sales", "flow sales"}) {
		t.Errorf("audited %v, told %v", f.audited, f.told)
	}
}

func TestWhatCannotWorkIsNotPublished(t *testing.T) {
	t.Parallel()
	f := sales()
	f.line("menu", number.IVR)
	f.messages = []message.Message{{ID: "hidden", Hidden: true}}
	s, c := f.service(), t.Context()
	refused := func(numberID string, fl flow.Flow) []string {
		t.Helper()
		d, err := s.Draft(c, admin(), numberID)
		if err != nil {
			t.Fatal(err)
		}
		if d, err = s.SaveDraft(c, admin(), numberID, d.Revision, fl); err != nil {
			t.Fatal(err)
		}
		_, err = s.Publish(c, admin(), numberID, d.Revision, "")
		var r routing.Refused
		if !errors.As(err, &r) {
			if err != nil {
				t.Errorf("got %v", err)
			}
			return nil
		}
		wantFault(t, err, fault.Invalid, "error.flow-refused", "")
		var out []string
		for _, p := range r.Problems {
			out = append(out, p.StepID+" "+p.Key)
		}
		return out
	}
	gone := flow.Flow{Steps: []flow.Step{
		{ID: "hello", Message: &flow.Message{Say: flow.Sound{MessageID: "gone"}}},
		{ID: "ring", Ring: &flow.Ring{Targets: []flow.Target{{MemberID: "removed"}, {TeamID: "dissolved"}}}},
		{ID: "on", Number: &flow.Number{NumberID: "given-up"}},
	}}
	want := []string{"hello error.flow-sound-gone", "ring error.flow-member-gone", "ring error.flow-team-gone", "on error.flow-number-gone"}
	if got := refused("sales", gone); !slices.Equal(got, want) {
		t.Errorf("refused for %v", got)
	}
	if got := refused("menu", routing.Template(number.IVR)); !slices.Contains(got, "menu-1 error.flow-menu-empty") || !slices.Contains(got, "menu-1 error.flow-menu-placeholder") {
		t.Errorf("an empty menu is refused for %v", got)
	}
	used := flow.Flow{Steps: []flow.Step{{ID: "hello", Message: &flow.Message{Say: flow.Sound{MessageID: "hidden"}}}, ring()}}
	if got := refused("sales", used); got != nil { // replaced, but still played where it is used
		t.Errorf("refused for %v", got)
	}
	f.numbers[0].E164 = "+33123456789"
	s.Changed(ws)
	circle := flow.Flow{Steps: []flow.Step{{ID: "out", Forward: &flow.Forward{To: "+33123456789"}}}}
	if got := refused("menu", circle); !slices.Equal(got, []string{"out error.flow-forward-own"}) {
		t.Errorf("a forward to a number of the company is refused for %v", got)
	}
	if len(f.versions) != 1 {
		t.Errorf("%d versions", len(f.versions))
	}
}

func TestDraftsAreBounded(t *testing.T) {
	t.Parallel()
	s := sales().service()
	var many, deep flow.Flow
	for range flow.MaxSteps + 1 {
		many.Steps = append(many.Steps, voicemail())
		deep.Steps = []flow.Step{{Hours: &flow.Hours{Closed: deep.Steps}}}
	}
	long := flow.Flow{Steps: []flow.Step{{Menu: &flow.Menu{Options: []flow.Option{{Key: "1", Label: strings.Repeat("x", 600_000)}}}}}}
	for key, fl := range map[string]flow.Flow{"error.flow-steps-too-many": many, "error.flow-too-big": long} {
		_, err := s.SaveDraft(t.Context(), admin(), "sales", 0, fl)
		wantFault(t, err, fault.Invalid, key, "")
	}
	_, err := s.Simulate(t.Context(), admin(), "sales", deep, flow.Scenario{})
	wantFault(t, err, fault.Invalid, "error.flow-steps-too-many", "")
	_, err = s.Restore(t.Context(), admin(), "sales", 1, strings.Repeat("x", 201))
	wantFault(t, err, fault.Invalid, "error.note-invalid", "note")
}

// TestEveryMethodAsksWho: those who do not run the number change and see nothing of
// its flow, and another workspace's is not there.
func TestEveryMethodAsksWho(t *testing.T) {
	t.Parallel()
	f := sales()
	s, c := f.service(), t.Context()
	fl := rings("one")
	try := func(m member.Member) []error {
		_, draft := s.Draft(c, m, "sales")
		_, save := s.SaveDraft(c, m, "sales", 0, fl)
		_, publish := s.Publish(c, m, "sales", 1, "")
		_, restore := s.Restore(c, m, "sales", 1, "")
		_, live := s.Live(c, m, "sales")
		_, versions := s.Versions(c, m, "sales", 0, 1)
		_, version := s.Version(c, m, "sales", 1)
		_, diff := s.Diff(c, m, "sales")
		_, check := s.Check(c, m, "sales", fl)
		_, simulate := s.Simulate(c, m, "sales", fl, flow.Scenario{})
		_, cases := s.Cases(c, m, "sales")
		_, saveCase := s.SaveCase(c, m, routing.Case{NumberID: "sales", Name: "x", Expect: []string{"ring"}})
		_, runCases := s.RunCases(c, m, "sales", fl)
		return []error{
			draft, save, s.DropDraft(c, m, "sales"), publish, restore, live, versions, version, diff, check, simulate,
			cases, saveCase, s.DeleteCase(c, m, "sales", "x"), runCases,
		}
	}
	for _, role := range []member.Role{member.User, member.Supervisor, ""} {
		for i, err := range try(member.Member{ID: "bob", WorkspaceID: ws, Role: role}) {
			if fault.KindOf(err) != fault.Forbidden {
				t.Errorf("%s, method %d: %v", role, i, err)
			}
		}
	}
	for i, err := range try(member.Member{ID: "x", WorkspaceID: "elsewhere", Role: member.Owner}) {
		if fault.KindOf(err) != fault.NotFound {
			t.Errorf("a stranger, method %d: %v", i, err)
		}
	}
	if len(f.drafts)+len(f.versions)+len(f.cases) != 0 {
		t.Error("something was stored")
	}
}

// save stores a draft over that of a revision.
func save(t *testing.T, s *routing.Service, revision int, mark string) routing.Draft {
	t.Helper()
	d, err := s.SaveDraft(t.Context(), admin(), "sales", revision, rings(mark))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestNobodyPublishesADraftHeHasNotSeen: while somebody looks at his draft it is
// saved over and published, or thrown away, and another one begun.
func TestNobodyPublishesADraftHeHasNotSeen(t *testing.T) {
	t.Parallel()
	s, c := sales().service(), t.Context()
	const meanwhile = "error.draft-saved-meanwhile"
	mine := save(t, s, 0, "mine")
	theirs := save(t, s, mine.Revision, "theirs")
	if _, err := s.Publish(c, admin(), "sales", theirs.Revision, ""); err != nil {
		t.Fatal(err)
	}
	begun := save(t, s, 0, "begun")
	_, err := s.Publish(c, admin(), "sales", mine.Revision, "")
	wantFault(t, err, fault.Conflict, meanwhile, "")
	if err := s.DropDraft(c, admin(), "sales"); err != nil {
		t.Fatal(err)
	}
	save(t, s, 0, "begun again")
	_, err = s.SaveDraft(c, admin(), "sales", begun.Revision, rings("begun"))
	wantFault(t, err, fault.Conflict, meanwhile, "")
}

// TestManyWorkOnOneFlow: people save, publish, restore and discard at once while
// calls come. No version is lost or given twice, each holds what its author saw, no
// draft that nobody published is thrown away by a publish, and calls follow a
// version that was live.
func TestManyWorkOnOneFlow(t *testing.T) {
	t.Parallel()
	f := sales()
	s, c := f.service(), t.Context()
	var mu sync.Mutex
	published := map[int]string{}
	note := func(v routing.Version, mark string) {
		mu.Lock()
		defer mu.Unlock()
		if old, twice := published[v.Version]; twice {
			t.Errorf("version %d is both %s and %s", v.Version, old, mark)
		}
		published[v.Version] = mark
	}
	conflict := func(err error) {
		if k := fault.Of(err).Key; k != "error.draft-saved-meanwhile" && k != "error.flow-published-meanwhile" && k != "error.flow-no-draft" {
			t.Errorf("got %v", err)
		}
	}
	var all sync.WaitGroup
	for who := range 8 {
		all.Go(func() {
			for i := range 60 {
				mark := fmt.Sprintf("w%d-%d", who, i)
				d, err := s.Draft(c, admin(), "sales")
				if err != nil {
					t.Error(err)
					return
				}
				d, err = s.SaveDraft(c, admin(), "sales", d.Revision, rings(mark))
				if err != nil {
					conflict(err)
					continue
				}
				v, err := s.Publish(c, admin(), "sales", d.Revision, mark)
				if err != nil {
					conflict(err)
					continue
				}
				if v.Flow.Steps[1].ID != mark {
					t.Errorf("%s published %s", mark, v.Flow.Steps[1].ID)
				}
				note(v, mark)
				if i%10 == 0 {
					if v, err := s.Restore(c, admin(), "sales", v.Version, ""); err == nil {
						note(v, mark)
					} else {
						conflict(err)
					}
				}
			}
		})
		all.Go(func() {
			for range 100 {
				got, _, err := s.Facts(c, ws, "sales")
				if err != nil {
					t.Error(err)
					return
				}
				if n := len(got.Lines["sales"].Flow.Steps); n != 1 && n != 5 {
					t.Errorf("a call follows %+v", got.Lines["sales"].Flow)
				}
			}
		})
	}
	all.Wait()
	if len(published) < 10 || len(f.versions) != len(published) {
		t.Fatalf("%d published, %d stored", len(published), len(f.versions))
	}
	for i, v := range f.versions {
		if v.Version != i+1 || v.Flow.Steps[1].ID != published[v.Version] {
			t.Errorf("version %d holds %s, not %s", v.Version, v.Flow.Steps[1].ID, published[v.Version])
		}
	}
	last := f.versions[len(f.versions)-1]
	if got := facts(t, s, "sales").Lines["sales"].Flow; got.Steps[1].ID != last.Flow.Steps[1].ID {
		t.Errorf("calls follow %s, live is %s", got.Steps[1].ID, last.Flow.Steps[1].ID)
	}
}
