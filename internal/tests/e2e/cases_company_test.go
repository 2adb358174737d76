package e2e

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"parley/internal/domain/document"
	"parley/internal/domain/hours"
	"parley/internal/shared/callstate"
)

// What callers hear in menus: they know a menu by it.
var menuPrompts = []string{"welcome", "blocked"}

// menuWait is how long menus wait for a key, which is long beside what a busy machine
// keeps a caller from pressing it.
const menuWait = 3 * time.Second

// presence is what a member is doing while the cases run.
type presence string

// The presences; the words are those of why somebody is passed over.
const (
	present   presence = ""
	offline   presence = "offline"
	disturbed presence = "do-not-disturb"
	offHours  presence = "outside-hours"
)

// circle is some members and numbers that have nothing to do with those of other
// circles, so that calls of one do not disturb those of another.
type circle struct {
	name    string
	staffed bool // somebody is there: its calls come one after the other
	people  []person
	numbers []string // E.164
	takes   string   // a number outside that answers; those of refuses and rings do that
	refuses string
	rings   string
}

type person struct {
	email string
	name  string
	is    presence
}

// The circles. Whoever is staffed has its cases in sequence; the others' run together.
const (
	staffedCircles = 16
	quietCircles   = 5
)

// founder draws the company.
type founder struct {
	*rand.Rand

	doc     document.Document
	circles []*circle
	circle  *circle // being drawn
	line    int     // of its numbers
	menus   int     // of the flow being drawn
}

// found draws a company whose trunk leads to a port.
func found(dice *rand.Rand, port int) *founder {
	f := &founder{Rand: dice}
	wrap := document.Duration(0)
	f.doc.Workspace = &document.Workspace{Name: "Acme", Language: "en", TimeZone: "Europe/Paris", Country: "FR"}
	f.doc.Trunks = []document.Trunk{{Name: "provider", Host: "127.0.0.1", Port: port, Allowed: []string{"127.0.0.1"}}}
	f.doc.Members = []document.Member{{Email: ada, Name: "Ada Admin", Role: "owner", WrapUp: &wrap}}
	for i := range staffedCircles + quietCircles {
		f.draw(i)
	}
	return f
}

// outside is how the numbers outside answer.
func (f *founder) outside() map[string]int {
	does := make(map[string]int)
	for _, c := range f.circles {
		does[c.takes], does[c.refuses], does[c.rings] = 200, 603, 180
	}
	return does
}

func (f *founder) yaml(t *testing.T) string {
	t.Helper()
	text, err := yaml.Marshal(f.doc)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// draw adds a circle: four members of whom three are a team, and two or three numbers.
func (f *founder) draw(i int) {
	outside := func(n int) string { return fmt.Sprintf("+331876%02d%02d%d", i, n, 0) }
	c := &circle{name: fmt.Sprintf("c%02d", i), staffed: i < staffedCircles, takes: outside(1), refuses: outside(2), rings: outside(3)}
	f.circle, f.circles = c, append(f.circles, c)
	is := []presence{offline, offHours, offline, offHours}
	lines := 3
	if c.staffed {
		is, lines = []presence{present, present, pick(f, disturbed, present), pick(f, offline, offHours)}, 2
	}
	var emails []string
	for n, presence := range is {
		p := person{email: fmt.Sprintf("%s-%d@example.com", c.name, n), name: fmt.Sprintf("Person %s %d", c.name, n), is: presence}
		c.people = append(c.people, p)
		emails = append(emails, p.email)
		f.hire(p, emails[0])
	}
	staff := []string{emails[1], emails[0], emails[3]}
	f.doc.Teams = append(f.doc.Teams, document.Team{Name: "Team " + c.name, Members: &staff, Leads: []string{emails[f.IntN(2)]}})
	for n := range lines {
		c.numbers = append(c.numbers, fmt.Sprintf("+3312340%02d%02d", i, n))
	}
	for n := range lines {
		f.line = n
		f.number(i, emails)
	}
}

// hire adds a member. Who is outside his hours works on a day that is neither today
// nor tomorrow nor yesterday, and has a colleague stand in for him.
func (f *founder) hire(p person, colleague string) {
	wrap := document.Duration(0)
	m := document.Member{Email: p.email, Name: p.name, Role: "member", WrapUp: &wrap}
	if p.is == offHours {
		m.Hours = &document.Hours{Slots: []document.Slot{notToday()}}
		if f.IntN(2) == 0 {
			m.OutsideHours = &document.Outside{Colleague: colleague}
		}
	}
	f.doc.Members = append(f.doc.Members, m)
}

func paris() time.Time {
	at, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		panic(err)
	}
	return time.Now().In(at)
}

func notToday() document.Slot {
	day := paris().AddDate(0, 0, 3).Weekday().String()[:3]
	return document.Slot{Days: []string{strings.ToLower(day)}, To: document.Clock(hours.EndOfDay)}
}

func always() document.Slot {
	return document.Slot{Days: []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, To: document.Clock(hours.EndOfDay)}
}

func (f *founder) number(i int, emails []string) {
	c := f.circle
	access := []document.Access{{Member: emails[0]}, {Member: emails[2]}}
	if f.IntN(2) == 0 {
		access = append(access, document.Access{Member: emails[1]})
	}
	n := document.Number{
		Phone: c.numbers[f.line], Name: fmt.Sprintf("Line %s %d", c.name, f.line), Trunk: "provider", Country: "FR", Members: &access,
	}
	if i != 1 || f.line != 1 { // one does what a number without flow does
		f.menus = 0
		steps := f.steps(0, 2+f.IntN(3))
		n.Flow = &steps
	}
	f.doc.Numbers = append(f.doc.Numbers, n)
}

// steps draws a list of steps.
func (f *founder) steps(depth, most int) []document.Step {
	var out []document.Step
	for range most {
		s, last := f.step(depth)
		out = append(out, s)
		if last {
			break
		}
	}
	return out
}

// step draws a step, and says whether nothing may come behind it.
func (f *founder) step(depth int) (s document.Step, last bool) {
	switch n := f.IntN(22); {
	case n < 2:
		s.Hours = f.hours(depth)
	case n < 4 && depth > 0:
		s.Message = say("goodbye")
	case n < 8 && depth < 3 && f.menus < 3:
		s.Menu = f.menu(depth)
	case n < 12:
		s.Ring = &document.RingStep{
			To: f.targets(), Strategy: pick(f, "", "all-at-once", "in-order", "longest-idle", "round-robin"),
			Time: document.Duration(10 * time.Second), Wait: f.IntN(3) == 0, Again: f.IntN(3) == 0, Music: pick(f, "", "piano"),
		}
	case n < 15:
		s.Queue = &document.QueueStep{
			To: f.targets(), Strategy: pick(f, "", "all-at-once", "in-order", "round-robin"), RingTime: document.Duration(10 * time.Second),
			MaxWait: document.Duration(pick(f, 12*time.Second, 15*time.Second, 17*time.Second)), Callback: f.IntN(2) == 0, Position: f.IntN(4) == 0,
		}
	case n < 18:
		s.Forward = &document.ForwardStep{To: pick(f, f.circle.takes, f.circle.refuses, f.circle.refuses, f.circle.rings), Time: document.Duration(10 * time.Second)}
	case n < 19 && f.line+1 < len(f.circle.numbers):
		s.Number = f.circle.numbers[f.line+1]
	case n < 20:
		s.Voicemail = &document.VoicemailStep{Say: pick(f, say("goodbye"), say("blocked"))}
		return s, true
	case n < 21:
		s.Callback = &document.EndStep{Say: pick(f, nil, say("goodbye"))}
		return s, true
	default:
		s.HangUp = &document.EndStep{Say: pick(f, nil, say("goodbye"))}
		return s, true
	}
	return s, false
}

func say(prompt string) *document.Sound { return &document.Sound{Prompt: prompt} }

// hours draws hours that are open, or closed, for some days before and after today.
func (f *founder) hours(depth int) *document.HoursStep {
	h := &document.HoursStep{Closed: f.steps(depth+1, f.IntN(3))}
	day := func(n int) hours.Date { return hours.Date(paris().AddDate(0, 0, n).Format(time.DateOnly)) }
	days := document.Exception{Name: pick(f, "Stocktaking", "Works"), From: day(-2), To: day(2)}
	switch f.IntN(6) {
	case 0:
		h.Mode = "open"
	case 1:
		h.Mode = "closed"
	case 2:
		h.Slots = []document.Slot{always()}
	case 3:
		h.Slots, h.Exceptions = []document.Slot{always()}, []document.Exception{days}
	case 4:
		h.Slots = []document.Slot{notToday()}
	case 5:
		days.Open = []document.Span{{To: document.Clock(hours.EndOfDay)}}
		h.Slots, h.Exceptions = []document.Slot{notToday()}, []document.Exception{days}
	}
	return h
}

func (f *founder) menu(depth int) *document.MenuStep {
	f.menus++
	replays := f.IntN(2)
	m := &document.MenuStep{
		Say: say(pick(f, menuPrompts...)), Wait: document.Duration(menuWait), Replays: &replays, Otherwise: f.steps(depth+1, f.IntN(2)),
	}
	keys := []string{"1", "2", "3", "0", "*", "#"}
	f.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	for _, key := range keys[:2+f.IntN(2)] {
		m.Options = append(m.Options, document.Option{Key: key, Label: "Key " + key, Steps: f.steps(depth+1, f.IntN(4))})
	}
	return m
}

// targets draws whom a step rings: the number's own, members, or the team.
func (f *founder) targets() []document.Target {
	if f.IntN(3) == 0 {
		return nil
	}
	var out []document.Target
	for _, n := range f.Perm(len(f.circle.people))[:1+f.IntN(3)] {
		out = append(out, document.Target{Member: f.circle.people[n].email})
	}
	if f.IntN(3) == 0 {
		out = append(out, document.Target{Team: "Team " + f.circle.name})
	}
	return out
}

func pick[T interface{}](f *founder, from ...T) T { return from[f.IntN(len(from))] }

// hungUpBy is how calls end that the caller hangs up once somebody has taken them.
const hungUpBy = callstate.CauseCustomerHungUp
