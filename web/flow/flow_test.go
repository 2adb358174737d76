package flow_test

import (
	"net/url"
	"strings"
	"testing"

	"parley/internal/domain/flow"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/tests/office"
)

// quick fills in the form that lays a whole path out.
func (s *shop) quick(teams ...string) url.Values {
	v := url.Values{
		"rev": {"0"}, "mode": {"custom"}, "zone": {"company"}, "day-0": {"1", "2", "3", "4", "5"}, "from-0": {"09:00"}, "to-0": {"18:00"},
		"holidays": {"FR"}, "welcome": {"on"}, "time": {"25"}, "everybody": {"on"}, "voicemail": {"on"}, "closed_voicemail": {"on"},
	}
	for _, name := range teams {
		v.Add("teams", s.Teams[name].ID)
	}
	return v
}

// laid lays a path with three teams out and returns its steps.
func (s *shop) laid(t *testing.T) flow.Flow {
	t.Helper()
	if a := s.Post(t, s.Admin, s.at("/build"), s.quick("Billing", "Orders", "Support")); a.Status != 303 {
		t.Fatalf("status %d: %.300s", a.Status, a.Text())
	}
	return s.draft(t)
}

func (s *shop) draft(t *testing.T) flow.Flow {
	t.Helper()
	d, err := s.Service.Draft(t.Context(), s.Owner, s.Number.ID)
	if err != nil {
		t.Fatal(err)
	}
	return d.Flow
}

// The path an admin is timed on: a form, a look, two buttons.
func TestAWholeFlowInOneForm(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.Get(t, s.Admin, s.at("")).Want(t, 200, "What should callers live through?", "Billing", `value="FR" selected`)
	s.laid(t)
	a := s.Get(t, s.Admin, s.at("?done=built"))
	a.Want(t, 200, "Your call flow is laid out", "Ready to go live", "Draft")
	if !order(a.Text(), "A customer calls", "Open Mon–Fri 9:00–18:00", "closed on public holidays in France", "Says “Welcome”", "Offers 3 choices",
		"Rings Billing", "all at once · 25 s", "Rings Orders", "Rings Support", "No choice made", "Rings everybody who has the number",
		"Takes a message", "Says “We are closed”", "Takes a message") {
		t.Errorf("not in this order: %s", a.Text())
	}
	s.Get(t, s.Admin, s.at("/publish")).Want(t, 200, "all of it is new", "Publish now")
	if done := s.Post(t, s.Admin, s.at("/publish"), url.Values{"rev": {rev(t, a)}, "note": {"Go"}}); done.Status != 303 {
		t.Fatalf("status %d: %s", done.Status, done.Text())
	}
	s.Get(t, s.Admin, s.at("?done=published")).Want(t, 200, "Calls follow it from now on", "Live", "Version 1")
	s.Get(t, s.Admin, s.at("/versions")).Want(t, 200, "Version 1", "Go", "Ada Admin")
}

// Whoever has a number with a menu only calls out with it.
func TestANumberWithAMenuRingsTeamsAlone(t *testing.T) {
	t.Parallel()
	s := open(t)
	n, err := s.Numbers.Create(t.Context(), s.Owner, number.Draft{Phone: "+33123456777", Country: "FR", Name: "Desk", Type: number.IVR})
	if err != nil {
		t.Fatal(err)
	}
	s.Number = n
	s.Service.Changed(s.Workspace.ID)
	if a := s.Get(t, s.Admin, s.at("")); strings.Contains(a.Body, "Then ring everybody") {
		t.Error("offers to ring everybody")
	}
	s.laid(t)
	a := s.Get(t, s.Admin, s.at(""))
	a.Want(t, 200, "Offers 3 choices", "Ready to go live")
	form := s.quick()
	form.Set("rev", rev(t, a))
	if b := s.Post(t, s.Admin, s.at("/build"), form); b.Status != 303 {
		t.Fatalf("status %d: %s", b.Status, b.Text())
	}
	s.Get(t, s.Admin, s.at("?done=built")).Want(t, 200, "Some things are still missing", "Offers no choice yet", "keep it from going live", "This menu offers nothing yet")
}

func TestAMenuWithoutAVoiceHasToBeRecorded(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.mute = true
	s.laid(t)
	a := s.Get(t, s.Admin, s.at(""))
	a.Want(t, 200, "One thing keeps it from going live", "give the menu its message")
	s.Get(t, s.Admin, s.at("/publish")).Want(t, 200, "It cannot go live yet", "disabled")
	refused := s.Post(t, s.Admin, s.at("/publish"), url.Values{"rev": {rev(t, a)}, "note": {"keep this"}})
	refused.Want(t, 422, "give the menu its message", `value="keep this"`)
}

func TestStepsAreAddedEditedMovedAndRemoved(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.laid(t)
	for kind, words := range map[string]string{"forward": "Calls a number outside", "number": "Goes on with another number"} {
		if a := s.Post(t, s.Admin, s.at("/add"), url.Values{"rev": {s.rev(t)}, "at": {":1"}, "kind": {kind}}); a.Status != 303 {
			t.Fatalf("%s: status %d", kind, a.Status)
		}
		s.Get(t, s.Admin, s.at("")).Want(t, 200, words)
		s.Post(t, s.Admin, s.at("/undo"), url.Values{"rev": {s.rev(t)}})
	}
	page := s.Get(t, s.Admin, s.at("?add=:2"))
	page.Want(t, 200, "What happens here?", "Waiting line")
	post := func(rest string, v url.Values) string {
		t.Helper()
		v.Set("rev", rev(t, s.Get(t, s.Admin, s.at(""))))
		a := s.Post(t, s.Admin, s.at(rest), v)
		if a.Status != 303 {
			t.Fatalf("%s: status %d: %.500s", rest, a.Status, a.Text())
		}
		return a.Location
	}
	at := post("/add", url.Values{"at": {":2"}, "kind": {"ring"}})
	id := s.draft(t).Steps[2].ID
	at, spot, _ := strings.Cut(at, "#")
	if spot != "s-"+id {
		t.Errorf("leads to %s", spot)
	}
	s.Get(t, s.Admin, at).Want(t, 200, "Save the step", "Who rings", "Everybody who has the number")
	post("/steps/"+id, url.Values{
		"kind": {"ring"}, "target": {"member:" + s.Member.ID, "team:" + s.Teams["Support"].ID}, "strategy": {"in-order"}, "time": {"40"}, "wait": {"on"},
	})
	s.Get(t, s.Admin, s.at("")).Want(t, 200, "Rings Max Member and Support", "in order · 40 s each · waits though nobody is free")
	post("/steps/"+id, url.Values{
		"kind": {"ring"}, "target": {"member:" + s.Member.ID, "team:" + s.Teams["Support"].ID}, "strategy": {"in-order"}, "time": {"40"}, "raise": {"1"},
	})
	s.Get(t, s.Admin, s.at("")).Want(t, 200, "Rings Support and Max Member")
	post("/steps/"+id+"/move", url.Values{"way": {"up"}})
	if s.draft(t).Steps[1].ID != id {
		t.Errorf("moved up to %+v", s.draft(t).Steps)
	}
	s.Get(t, s.Admin, s.at("?move="+id)).Want(t, 200, "Choose a place on the path", "Put it here")
	post("/steps/"+id+"/move", url.Values{"to": {"menu/2:1"}})
	if got := s.draft(t).Steps[2].Menu.Options[1].Steps; len(got) != 2 || got[1].ID != id {
		t.Errorf("moved to %+v", got)
	}
	post("/steps/"+id+"/move", url.Values{"way": {"down"}})
	if s.draft(t).Steps[3].ID != id {
		t.Errorf("moved out of the branch to %+v", s.draft(t).Steps)
	}
	post("/steps/"+id+"/remove", url.Values{})
	post("/undo", url.Values{})
	if s.draft(t).Steps[3].ID != id {
		t.Errorf("undone to %+v", s.draft(t).Steps)
	}
	post("/steps/menu/keys", url.Values{"key": {"9"}, "leads": {"member:" + s.Owner.ID}})
	s.Get(t, s.Admin, s.at("")).Want(t, 200, "Offers 4 choices", "Rings Olive Owner")
}

func TestWhatIsSaidIsChosenOrWritten(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.laid(t)
	s.Get(t, s.Admin, s.at("?open=welcome")).Want(t, 200, "Or write it, to be spoken", `value="prompt:welcome" selected`)
	v := url.Values{"rev": {s.rev(t)}, "kind": {"message"}, "say": {"prompt:welcome"}, "say_text": {"Bonjour, vous êtes chez nous."}, "language": {"fr"}}
	if a := s.Post(t, s.Admin, s.at("/steps/welcome"), v); a.Status != 303 {
		t.Fatalf("status %d: %s", a.Status, a.Text())
	}
	s.Get(t, s.Admin, s.at("")).Want(t, 200, "Says “Bonjour, vous êtes chez nous.”")
	v = url.Values{"rev": {s.rev(t)}, "kind": {"message"}, "say": {"message:of-nobody"}}
	s.Post(t, s.Admin, s.at("/steps/welcome"), v).Want(t, 422)
	v.Set("say", "")
	s.Post(t, s.Admin, s.at("/steps/welcome"), v).Want(t, 422)
	v.Set("say", "prompt:goodbye")
	if a := s.Post(t, s.Admin, s.at("/steps/welcome"), v); a.Status != 303 {
		t.Fatalf("status %d: %s", a.Status, a.Text())
	}
}

func TestARefusedStepKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.laid(t)
	at := s.at("/steps/ring-everybody")
	v := url.Values{"rev": {s.rev(t)}, "kind": {"ring"}, "target": {"everybody"}, "strategy": {"all-at-once"}, "time": {"5"}}
	s.Post(t, s.Admin, at, v).Want(t, 422, "One thing needs your attention", `value="5"`, "Save the step")
	v.Set("target", "member:nobody")
	s.Post(t, s.Admin, at, v).Want(t, 422)
	s.Post(t, s.Admin, s.at("/steps/menu/move"), url.Values{"rev": {s.rev(t)}, "to": {"menu/1:0"}}).Want(t, 409, "cannot be put into itself")
	s.Post(t, s.Admin, s.at("/steps/none/remove"), url.Values{"rev": {s.rev(t)}}).Want(t, 409, "not there any more")
	s.Post(t, s.Admin, s.at("/add"), url.Values{"rev": {s.rev(t)}, "at": {"nowhere:0"}, "kind": {"ring"}}).Want(t, 409)
	if n := len(s.draft(t).Steps); n != 5 {
		t.Errorf("refused edits left %d steps", n)
	}
}

// Two people edit at once: the second sees both ways out, and either loses nothing.
func TestWhoComesLateSeesBothWaysOut(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.laid(t)
	begun := s.rev(t)
	first := url.Values{"rev": {begun}, "kind": {"ring"}, "target": {"everybody"}, "strategy": {"all-at-once"}, "time": {"33"}}
	if a := s.Post(t, s.Admin, s.at("/steps/ring-everybody"), first); a.Status != 303 {
		t.Fatalf("status %d", a.Status)
	}
	late := s.Post(t, s.Owner, s.at("/steps/welcome/remove"), url.Values{"rev": {begun}})
	late.Want(t, 409, "Ada Admin has changed this flow meanwhile", "Make my change on top of it", "See how it is now", s.at("/steps/welcome/remove"))
	if a := s.Post(t, s.Owner, s.at("/steps/welcome/remove"), url.Values{"rev": {rev(t, late)}}); a.Status != 303 {
		t.Fatalf("on top: status %d", a.Status)
	}
	a := s.Get(t, s.Owner, s.at(""))
	a.Want(t, 200, "33 s")
	if strings.Contains(a.Body, "Says “Welcome”") {
		t.Error("the late change is lost")
	}
}

// A page that stayed open while its draft was published or thrown away, and another
// one begun, says nothing about the new one.
func TestAFormOfAnEarlierDraftIsLate(t *testing.T) {
	t.Parallel()
	for _, gone := range []string{"/publish", "/discard"} {
		s := open(t)
		s.laid(t)
		stale := s.rev(t)
		if a := s.Post(t, s.Admin, s.at(gone), url.Values{"rev": {stale}}); a.Status != 303 {
			t.Fatalf("%s: status %d", gone, a.Status)
		}
		form := s.quick("Billing")
		form.Set("rev", s.rev(t))
		if a := s.Post(t, s.Admin, s.at("/build"), form); a.Status != 303 {
			t.Fatalf("%s: a new draft: status %d", gone, a.Status)
		}
		for _, rest := range []string{"/publish", "/discard", "/undo", "/steps/welcome/remove"} {
			late := s.Post(t, s.Owner, s.at(rest), url.Values{"rev": {stale}})
			late.Want(t, 409, "Ada Admin has changed this flow meanwhile", "See how it is now")
			if blind := strings.Contains(late.Body, "on top of it"); blind != strings.HasPrefix(rest, "/steps/") {
				t.Errorf("%s: what was not seen can be decided on: %v", rest, blind)
			}
		}
		if f := s.draft(t); len(f.Steps) != 5 || len(f.Steps[2].Menu.Options) != 1 {
			t.Errorf("%s: the new draft is %+v", gone, f)
		}
	}
}

// Who presses a button twice has not met anybody else.
func TestPressedTwice(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.laid(t)
	s.Post(t, s.Admin, s.at("/build"), s.quick()).Want(t, 409, "You have changed this flow meanwhile")
	rev := url.Values{"rev": {s.rev(t)}}
	for range 2 {
		if a := s.Post(t, s.Admin, s.at("/publish"), rev); a.Status != 303 {
			t.Errorf("published: status %d", a.Status)
		}
	}
	a := s.Post(t, s.Admin, s.at("/steps/welcome/remove"), rev)
	a.Want(t, 409, "The draft was published or discarded meanwhile")
	if strings.Contains(a.Body, "a removed member") {
		t.Error("nobody was removed")
	}
}

func TestWhoMayEditAFlow(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.Get(t, s.Member, s.at("")).Want(t, 403)
	s.Post(t, s.Member, s.at("/build"), s.quick()).Want(t, 403)
	s.Get(t, s.Member, "/calendars").Want(t, 403)
	if err := s.Numbers.SetOwner(t.Context(), s.Owner, s.Number.ID, s.Member.ID); err != nil {
		t.Fatal(err)
	}
	s.Service.Changed(s.Workspace.ID)
	s.Get(t, s.Member, s.at("")).Want(t, 200, "What should callers live through?")
	other, stranger := office.Found(t, s.DB, "Other")
	if other.ID == s.Workspace.ID {
		t.Fatal("one workspace")
	}
	for _, rest := range []string{"", "/publish", "/versions", "/versions/1", "/simulate", "/cases"} {
		s.Get(t, stranger, s.at(rest)).Want(t, 404)
	}
	for _, rest := range []string{"/build", "/add", "/undo", "/discard", "/publish", "/cases", "/steps/x", "/steps/x/move", "/steps/x/remove", "/steps/x/keys", "/versions/1/restore", "/cases/x/delete"} {
		s.Post(t, stranger, s.at(rest), url.Values{"rev": {"0"}}).Want(t, 404)
	}
	if stranger.Role != member.Owner {
		t.Fatal("the stranger may nothing at home either")
	}
}
