package hourform_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"parley/internal/domain/hours"
	"parley/internal/domain/member"
	"parley/web/form"
	"parley/web/hourform"
	"parley/web/locale"
	"parley/web/ui"
)

func catalogue(t *testing.T, lang string) *locale.Catalogue {
	t.Helper()
	b, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return b.For(lang).In(paris, "FR")
}

func read(t interface {
	Helper()
	Fatal(args ...any)
}, posted url.Values) (hours.Hours, member.Closed, form.Errors) {
	t.Helper()
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/", strings.NewReader(posted.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	f, err := form.Parse(httptest.NewRecorder(), r)
	if err != nil {
		t.Fatal(err)
	}
	h, closed := hourform.Read(f, []string{"ada", "bob"}, []string{"main"})
	return h, closed, form.ErrorsOf(f.Err())
}

func show(t *testing.T, h hours.Hours, closed member.Closed, errs map[string]string) string {
	t.Helper()
	c := catalogue(t, "en")
	var b strings.Builder
	err := hourform.Fields(c, h, closed, []ui.Option{{Value: "ada", Text: "Ada"}, {Value: "bob", Text: "Bob"}}, []ui.Option{{Value: "main", Text: "Main"}}, errs).
		Render(locale.With(t.Context(), c), &b)
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// base is what every post has: the choice outside the hours.
func base(more url.Values) url.Values {
	v := url.Values{"zone": {"company"}, "closed": {"voicemail"}}
	for k, all := range more {
		v[k] = all
	}
	return v
}

func TestRead(t *testing.T) {
	t.Parallel()
	week := []time.Weekday{1, 2, 3, 4, 5}
	for name, c := range map[string]struct {
		post   url.Values
		want   hours.Hours
		closed member.Closed
	}{
		"nothing is always": {url.Values{"from-0": {""}, "to-0": {" "}}, hours.Hours{}, member.Closed{}},
		"a week with gaps in the numbers": {
			url.Values{"zone": {"Asia/Tokyo"}, "day-3": {"1", "2", "3", "4", "5"}, "from-3": {"09:00"}, "to-3": {"12:30"}, "day-39": {"6"}, "from-39": {"10:00"}, "to-39": {"00:00"}},
			hours.Hours{Zone: "Asia/Tokyo", Slots: []hours.Slot{{Days: week, From: 540, To: 750}, {Days: []time.Weekday{6}, From: 600, To: 1440}}}, member.Closed{},
		},
		"a whole day": {
			url.Values{"day-0": {"0"}, "from-0": {"00:00"}, "to-0": {"00:00"}},
			hours.Hours{Slots: []hours.Slot{{Days: []time.Weekday{0}, From: 0, To: 1440}}}, member.Closed{},
		},
		"a night is two slots": {
			url.Values{"day-0": {"5", "6"}, "from-0": {"22:00"}, "to-0": {"06:00"}},
			hours.Hours{Slots: []hours.Slot{{Days: []time.Weekday{5, 6}, From: 1320, To: 1440}, {Days: []time.Weekday{6, 0}, From: 0, To: 360}}}, member.Closed{},
		},
		"to a colleague": {url.Values{"closed": {"colleague"}, "closed_member": {"bob"}, "closed_number": {"nonsense"}}, hours.Hours{}, member.Closed{Do: member.ToColleague, MemberID: "bob"}},
		"to the line":    {url.Values{"closed": {"line"}, "closed_member": {"nonsense"}, "closed_number": {"main"}}, hours.Hours{}, member.Closed{Do: member.ToLine, NumberID: "main"}},
	} {
		h, closed, errs := read(t, base(c.post))
		if errs != nil || !reflect.DeepEqual(h, c.want) || closed != c.closed {
			t.Errorf("%s: %+v %+v, faults %v", name, h, closed, errs)
		}
	}
}

func TestWhatIsRefusedIsShownAgain(t *testing.T) {
	t.Parallel()
	many := url.Values{}
	for i := range hours.MaxSlots + 1 {
		n := strconv.Itoa(i)
		many["day-"+n], many["from-"+n], many["to-"+n] = []string{"1"}, []string{"09:00"}, []string{"10:00"}
	}
	for name, c := range map[string]struct {
		post       url.Values
		field, key string
	}{
		"no day":             {url.Values{"day-1": {"1"}, "from-1": {"08:00"}, "to-1": {"09:00"}, "from-2": {"10:00"}, "to-2": {"11:00"}}, "slot-1", "error.hours-no-day"},
		"no end":             {url.Values{"day-0": {"1"}, "from-0": {"08:00"}}, "slot-0", "error.hours-no-time"},
		"no time at all":     {url.Values{"day-0": {"1"}, "from-0": {"25:00"}, "to-0": {"noon"}}, "slot-0", "error.hours-no-time"},
		"nothing between":    {url.Values{"day-0": {"1"}, "from-0": {"08:00"}, "to-0": {"08:00"}}, "slot-0", "error.hours-span"},
		"an unknown day":     {url.Values{"day-0": {"8"}, "from-0": {"08:00"}, "to-0": {"09:00"}}, "day-0", "error.form-choice"},
		"too many":           {many, "slots", "error.hours-too-many"},
		"an unknown zone":    {url.Values{"zone": {"Mars/Base"}}, "zone", "error.time-zone-unknown"},
		"a stranger":         {url.Values{"closed": {"colleague"}, "closed_member": {"eve"}}, "closed_member", "error.form-choice"},
		"somebody's number":  {url.Values{"closed": {"line"}, "closed_number": {"theirs"}}, "closed_number", "error.form-choice"},
		"nothing outside it": {url.Values{"closed": {""}}, "closed", "error.form-choice"},
	} {
		_, _, errs := read(t, base(c.post))
		if f := errs.On(c.field); f == nil || f.Key != c.key {
			t.Errorf("%s: faults %v", name, errs)
		}
	}
	h, closed, _ := read(t, base(url.Values{"day-0": {"1"}, "from-0": {"08:00"}, "to-0": {""}}))
	page := show(t, h, closed, map[string]string{"slot-0": "Say until when."})
	for _, want := range []string{`id="f-slot-0"`, `value="08:00"`, "Say until when.", `name="to-0" value=""`} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing in %s", want, page)
		}
	}
}

// What is shown and posted again is what was there, whatever it was.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		slot := rapid.Custom(func(t *rapid.T) hours.Slot {
			days := rapid.SliceOfNDistinct(rapid.IntRange(0, 6), 1, 7, rapid.ID[int]).Draw(t, "days")
			s := hours.Slot{From: hours.Minute(rapid.IntRange(0, 1438).Draw(t, "from"))}
			s.To = hours.Minute(rapid.IntRange(int(s.From)+1, 1440).Draw(t, "to"))
			slices.Sort(days)
			for _, d := range days {
				s.Days = append(s.Days, time.Weekday(d))
			}
			return s
		})
		want := hours.Hours{Slots: rapid.SliceOfN(slot, 1, hours.MaxSlots).Draw(t, "slots")}
		posted := base(nil)
		for i, s := range want.Slots {
			n := strconv.Itoa(i)
			for _, d := range s.Days {
				posted.Add("day-"+n, strconv.Itoa(int(d)))
			}
			at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			posted.Set("from-"+n, at.Add(time.Duration(s.From)*time.Minute).Format("15:04"))
			posted.Set("to-"+n, at.Add(time.Duration(s.To)*time.Minute).Format("15:04"))
		}
		if got, _, errs := read(t, posted); errs != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("posted %v\nread %+v\nwant %+v\nfaults %v", posted, got, want, errs)
		}
	})
}

func TestFields(t *testing.T) {
	t.Parallel()
	page := show(t, hours.Hours{Zone: "Asia/Calcutta", Slots: []hours.Slot{{Days: []time.Weekday{0}, From: 60, To: 1440}}},
		member.Closed{Do: member.ToLine, NumberID: "main"}, nil)
	for _, want := range []string{
		`value="Asia/Calcutta" selected`, "As the company (Europe/Paris)", `name="day-0" value="0" checked`, `value="01:00"`, `value="00:00"`,
		`value="line" checked`, `value="main" selected`, "<noscript>", `name="from-1"`, `name="from-NN"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing in %s", want, page)
		}
	}
}

func TestPreview(t *testing.T) {
	t.Parallel()
	week := hours.Hours{Slots: []hours.Slot{{Days: []time.Weekday{1, 2, 3, 4, 5}, From: 9 * 60, To: 18 * 60}}}
	for _, c := range []struct {
		lang, at, want string
		h              hours.Hours
	}{
		{"en", "2026-03-04T12:00:00Z", "Now within hours, until 18:00", week},
		{"en", "2026-03-04T17:30:00Z", "Now outside hours, until Thursday 09:00", week},
		{"en", "2026-03-04T05:30:00Z", "Now outside hours, until 09:00", week},
		{"fr", "2026-03-06T17:30:00Z", "Actuellement hors des heures, jusqu’à lundi 09:00", week},
		{"en", "2026-03-06T17:30:00Z", "Now within hours", hours.Hours{}},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := hourform.Preview(catalogue(t, c.lang), c.h, at).Text; got != c.want {
			t.Errorf("at %s: %q, want %q", c.at, got, c.want)
		}
	}
}
