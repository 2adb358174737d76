package todo_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"parley/internal/base/id"
	"parley/internal/domain/number"
	domain "parley/internal/domain/todo"
	"parley/internal/tests/desk"
	"parley/internal/tests/office"
	"parley/web/todo"
)

// lines is an office with two numbers, one of which its member has.
type lines struct {
	*desk.Desk
	his, other number.Number
}

func open(t *testing.T) lines {
	t.Helper()
	l := lines{Desk: desk.New(t)}
	s := domain.NewService(domain.Needs{Store: l.DB, Members: l.DB, Access: l.DB, Changes: l.Heard, Now: time.Now})
	todo.New(todo.Needs{Pages: l.Pages, Gate: l.Gate, Service: s, Directory: l.DB, Now: time.Now}).Routes(l.Mux)
	for to, d := range map[*number.Number]number.Draft{
		&l.his: {Phone: "+33123456789", Country: "FR", Name: "Sales"}, &l.other: {Phone: "+33123456788", Country: "FR", Name: "Support"},
	} {
		made, err := l.Numbers.Create(t.Context(), l.Admin, d)
		if err != nil {
			t.Fatal(err)
		}
		*to = made
	}
	if err := l.Numbers.Assign(t.Context(), l.Admin, l.his.ID, []number.Assignment{{MemberID: l.Member.ID, Level: number.Shared}}); err != nil {
		t.Fatal(err)
	}
	return l
}

func (l lines) put(t *testing.T, numberID, e164, name string, k domain.Kind, at time.Time) string {
	t.Helper()
	i := domain.Item{
		ID: id.New(), WorkspaceID: l.Workspace.ID, NumberID: numberID, Kind: k, E164: e164, Name: name, Calls: 1, At: at.UTC(), LatestAt: at.UTC(),
	}
	i.CallID = i.ID
	if err := l.DB.SaveItem(t.Context(), i); err != nil {
		t.Fatal(err)
	}
	return i.ID
}

func TestTheListFromCallToDone(t *testing.T) {
	t.Parallel()
	l := open(t)
	l.Get(t, l.Member, "/todo").Want(t, 200, "All done")
	now := time.Now()
	marie := l.put(t, l.his.ID, "+33612345678", "Marie <b>", domain.Voicemail, now)
	hidden := l.put(t, l.his.ID, "", "", domain.Missed, now.Add(-time.Hour))
	theirs := l.put(t, l.other.ID, "+33699999999", "", domain.Callback, now.Add(-2*time.Hour))
	a := l.Get(t, l.Member, "/todo")
	a.Want(t, 200, "Marie", "Voicemail", "Caller without a number", "Sales", "/phone#line="+l.his.ID+"&to=%2B33612345678", "/calls/"+marie)
	if strings.Contains(a.Body, theirs) || strings.Contains(a.Body, "Marie <b>") || strings.Count(a.Body, "/phone#") != 1 {
		t.Errorf("the list: %.2000s", a.Text())
	}
	l.Get(t, l.Admin, "/todo").Want(t, 200, theirs, "Callback promised", "Support")
	if a := l.Get(t, l.Admin, "/todo?number="+l.other.ID); strings.Contains(a.Body, marie) || !strings.Contains(a.Body, theirs) {
		t.Error("the filter by number shows others")
	}
	l.Get(t, l.Member, "/todo/"+hidden+"/assign").Want(t, 200, "Who takes care of it?", "Ada Admin", "Caller without a number")
	if a := l.Post(t, l.Member, "/todo/"+marie+"/assign", url.Values{"member": {l.Admin.ID}}); a.Location != "/todo?done=assigned" {
		t.Fatalf("status %d: %s", a.Status, a.Text())
	}
	l.Get(t, l.Member, "/todo?done=assigned").Want(t, 200, "Assigned.", "Ada Admin")
	if a := l.Get(t, l.Admin, "/todo?view=mine"); !strings.Contains(a.Body, marie) || strings.Contains(a.Body, theirs) {
		t.Error("what is assigned to the admin is not what he sees as his")
	}
	for path, done := range map[string]string{marie + "/called-back": "called-back", hidden + "/archive": "archived"} {
		if a := l.Post(t, l.Member, "/todo/"+path, url.Values{"view": {"mine"}}); a.Location != "/todo?done="+done+"&view=mine" {
			t.Fatalf("status %d, %s: %s", a.Status, a.Location, a.Text())
		}
	}
	l.Get(t, l.Member, "/todo").Want(t, 200, "All done")
	l.Get(t, l.Member, "/todo?view=done").Want(t, 200, "Called back", "Archived", "Max Member")
	if a := l.Post(t, l.Admin, "/todo/"+hidden+"/archive", nil); a.Location != "/todo?done=done" {
		t.Fatalf("status %d: %s", a.Status, a.Text())
	}
	l.Get(t, l.Admin, "/todo?done=done").Want(t, 200, "Somebody has taken care of this already.")
}

// TestWhatHappensByItself: a callback that Parley makes says how it stands.
func TestWhatHappensByItself(t *testing.T) {
	t.Parallel()
	l := open(t)
	now := time.Now()
	zone, err := time.LoadLocation(l.Workspace.TimeZone)
	if err != nil {
		t.Fatal(err)
	}
	made := l.put(t, l.his.ID, "+33612345678", "", domain.Callback, now)
	for _, tc := range []struct {
		is   domain.Return
		want string
	}{
		{domain.Return{NextAt: now.Add(-time.Second)}, "In line to be called back automatically, attempt 1 of 3"},
		{domain.Return{NextAt: now.Add(-time.Hour), Trying: "c", Attempts: 2}, "In line to be called back automatically, attempt 3 of 3"},
		{domain.Return{NextAt: now.Add(-time.Hour), Trying: "c", CalledAt: now}, "Being called back now"},
		{domain.Return{NextAt: now.Add(time.Hour), Attempts: 1}, "Not reached. Next attempt at " + now.Add(time.Hour).In(zone).Format("15:04") + " (2 of 3)"},
		{domain.Return{Attempts: 3}, "Not reached in 3 attempts"},
		{domain.Return{}, "Not called back automatically"},
	} {
		if _, err := l.DB.EditItem(t.Context(), l.Workspace.ID, made, func(i *domain.Item) error {
			i.Return = tc.is
			i.Return.QueueID, i.Return.LinedAt, i.Return.PromisedAt = "n/line", now, now
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		l.Get(t, l.Member, "/todo").Want(t, 200, tc.want)
	}
	l.Member.Language = "fr"
	l.Get(t, l.Member, "/todo").Want(t, 200, "Pas de rappel automatique")
	l.Member.Language = "en"
	l.Post(t, l.Member, "/todo/"+made+"/archive", nil)
	if a := l.Get(t, l.Member, "/todo?view=done"); strings.Contains(a.Text(), "automatically") {
		t.Error("what is done with still says how it stood")
	}
	l.put(t, l.his.ID, "", "", domain.Callback, now)
	if a := l.Get(t, l.Member, "/todo"); strings.Contains(a.Text(), "automatically") {
		t.Errorf("what somebody has to call back: %s", a.Text())
	}
}

func TestWhatIsNotSeenIsNotThere(t *testing.T) {
	t.Parallel()
	l := open(t)
	theirs := l.put(t, l.other.ID, "+33612345678", "", domain.Missed, time.Now())
	_, stranger := office.Found(t, l.DB, "Other")
	for _, m := range []string{"archive", "called-back", "assign"} {
		l.Post(t, l.Member, "/todo/"+theirs+"/"+m, nil).Want(t, 404)
		l.Post(t, stranger, "/todo/"+theirs+"/"+m, nil).Want(t, 404)
	}
	l.Get(t, l.Member, "/todo/"+theirs+"/assign").Want(t, 404)
	l.Get(t, stranger, "/todo/"+theirs+"/assign").Want(t, 404)
	if a := l.Get(t, stranger, "/todo?number="+l.other.ID); strings.Contains(a.Body, theirs) || strings.Contains(a.Body, "Support") {
		t.Error("another workspace's list is shown")
	}
	l.Post(t, l.Admin, "/todo/"+theirs+"/assign", url.Values{"member": {stranger.ID}}).Want(t, 422)
}

func TestPagesOfTheList(t *testing.T) {
	t.Parallel()
	l := open(t)
	start := time.Now().Add(-time.Hour)
	var first string
	for i := range 51 {
		made := l.put(t, l.his.ID, "", "", domain.Missed, start.Add(time.Duration(i)*time.Second))
		if i == 0 {
			first = made
		}
	}
	a := l.Get(t, l.Member, "/todo")
	if strings.Contains(a.Body, first) {
		t.Error("the first page shows all")
	}
	_, rest, ok := strings.Cut(a.Body, `href="/todo?before=`)
	if !ok {
		t.Fatalf("no older page: %s", a.Text())
	}
	path, _, _ := strings.Cut(rest, `"`)
	l.Get(t, l.Member, "/todo?before="+strings.ReplaceAll(path, "&amp;", "&")).Want(t, 200, first)
}
