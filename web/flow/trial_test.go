package flow_test

import (
	"net/url"
	"strings"
	"testing"
)

func (s *shop) live(t *testing.T) {
	t.Helper()
	s.laid(t)
	if a := s.Post(t, s.Admin, s.at("/publish"), url.Values{"rev": {s.rev(t)}}); a.Status != 303 {
		t.Fatalf("status %d: %s", a.Status, a.Text())
	}
}

func TestACallIsTriedAndKept(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.live(t)
	s.Get(t, s.Admin, s.at("/simulate")).Want(t, 200, "Try a call", "Who answers")
	open := s.Get(t, s.Admin, s.at("/simulate?at=2026-03-04T10:00&keys=2"))
	open.Want(t, 200, "What happens", "Presses 2", "Nobody is free", "Rings everybody who has the number", "0:25")
	if !order(open.Text()[strings.Index(open.Text(), "What happens"):], "Open", "Offers 3 choices", "Presses 2", "Rings Orders", "Rings everybody", "Takes a message", "The call ends.") {
		t.Errorf("told as %s", open.Text())
	}
	s.Get(t, s.Admin, s.at("/simulate?at=2026-03-04T10:00&takes="+s.Member.ID)).Want(t, 200, "Max Member answers")
	s.Get(t, s.Admin, s.at("/simulate?at=2026-03-04T10:00&away="+s.Owner.ID)).Want(t, 200, "Not rung: Olive Owner (offline)")
	s.Get(t, s.Admin, s.at("/simulate?at=2026-05-01T10:00")).Want(t, 200, "Closed: ", "Says “We are closed”")
	s.Get(t, s.Admin, s.at("/simulate?at=someday&caller=xyz")).Want(t, 422, "2 things need your attention")

	kept := s.Post(t, s.Admin, s.at("/cases"), url.Values{"name": {"Key 2"}, "query": {"at=2026-03-04T10:00&keys=2"}})
	if kept.Status != 303 {
		t.Fatalf("status %d: %s", kept.Status, kept.Text())
	}
	s.Get(t, s.Admin, s.at("/cases")).Want(t, 200, "Key 2", "Passes", "Rings Orders")
}

func TestAPublishThatBreaksACaseIsRefused(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.live(t)
	s.Post(t, s.Admin, s.at("/cases"), url.Values{"name": {"Key 2"}, "query": {"at=2026-03-04T10:00&keys=2"}})
	if a := s.Post(t, s.Admin, s.at("/steps/ring-2/remove"), url.Values{"rev": {s.rev(t)}}); a.Status != 303 {
		t.Fatalf("status %d: %s", a.Status, a.Text())
	}
	if editor := s.Get(t, s.Admin, s.at("")); strings.Contains(editor.Body, "Ready to go live") {
		t.Error("ready in spite of a case that fails")
	} else {
		editor.Want(t, 200, "A test case keeps it from going live")
	}
	a := s.Get(t, s.Admin, s.at("/publish"))
	a.Want(t, 200, "Gone: Rings Orders", "a test case fails", "Fails", "Offers 3 choices → Rings Orders", "Instead:", s.at("/cases"))
	s.Post(t, s.Admin, s.at("/publish"), url.Values{"rev": {s.rev(t)}}).Want(t, 422, "a test case fails")
	if d := s.Post(t, s.Admin, s.at("/discard"), url.Values{"rev": {s.rev(t)}}); d.Status != 303 {
		t.Fatalf("status %d", d.Status)
	}
	s.Get(t, s.Admin, s.at("?done=discarded")).Want(t, 200, "The draft is discarded", "Rings Orders", "Version 1")
}

func TestAnEarlierVersionComesBackExactly(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.live(t)
	was := s.draft(t)
	s.Post(t, s.Admin, s.at("/steps/welcome/remove"), url.Values{"rev": {s.rev(t)}})
	s.Get(t, s.Admin, s.at("")).Want(t, 200, "1 change is not live yet", "Gone: Says “Welcome”")
	if a := s.Post(t, s.Admin, s.at("/publish"), url.Values{"rev": {s.rev(t)}}); a.Status != 303 {
		t.Fatalf("status %d: %s", a.Status, a.Text())
	}
	s.Get(t, s.Admin, s.at("/versions/1")).Want(t, 200, "Bring it back", "New: Says “Welcome”")
	s.Get(t, s.Admin, s.at("/versions/9")).Want(t, 404)
	if a := s.Post(t, s.Admin, s.at("/versions/1/restore"), nil); a.Status != 303 {
		t.Fatalf("status %d: %s", a.Status, a.Text())
	}
	now := s.draft(t)
	if len(now.Steps) != len(was.Steps) || now.Steps[1].ID != was.Steps[1].ID {
		t.Errorf("came back as %+v", now)
	}
	s.Get(t, s.Admin, s.at("/versions")).Want(t, 200, "Version 3", "Brings back version 1")
}

func TestCalendarsCloseNumbers(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.Get(t, s.Admin, "/calendars").Want(t, 200, "No calendar yet")
	s.Post(t, s.Admin, "/calendars", url.Values{"name": {"x"}, "url": {"ftp://x"}}).Want(t, 422, "This is no calendar", `value="ftp://x"`)
	if a := s.Post(t, s.Admin, "/calendars", url.Values{"name": {"Company days"}, "url": {"https://cal.example/x.ics"}}); a.Status != 303 {
		t.Fatalf("status %d: %s", a.Status, a.Text())
	}
	s.Get(t, s.Admin, "/calendars?done=saved").Want(t, 200, "Company days", "Stocktaking", "Read")
	feeds, err := s.Service.Feeds(t.Context(), s.Owner)
	if err != nil || len(feeds) != 1 {
		t.Fatal(feeds, err)
	}
	s.laid(t)
	v := url.Values{
		"rev": {s.rev(t)}, "kind": {"hours"}, "mode": {"custom"}, "zone": {"company"}, "day-0": {"1", "2", "3", "4", "5"}, "from-0": {"08:30"}, "to-0": {"17:00"},
		"holidays": {"FR"}, "feed": {feeds[0].ID}, "exname-0": {"Party"}, "exfrom-0": {"2026-03-05"}, "exopens-0": {"08:30"}, "excloses-0": {"12:00"},
	}
	if a := s.Post(t, s.Admin, s.at("/steps/hours"), v); a.Status != 303 {
		t.Fatalf("status %d: %s", a.Status, a.Text())
	}
	s.Get(t, s.Admin, s.at("?open=hours")).Want(t, 200, "Open Mon–Fri 8:30–17:00", "1 exception", "closed as in “Company days”",
		"The next 60 days", "Thursday 5 March 2026: 8:30–12:00 (Party)", "(Stocktaking)")
	v.Set("rev", s.rev(t))
	v.Set("exto-0", "2026-03-01")
	s.Post(t, s.Admin, s.at("/steps/hours"), v).Want(t, 422, "give a first and a last day")
	if a := s.Post(t, s.Admin, "/calendars/"+feeds[0].ID+"/delete", nil); a.Status != 303 {
		t.Errorf("status %d", a.Status)
	}
	s.Get(t, s.Admin, s.at("")).Want(t, 200, "This calendar is no more")
}
