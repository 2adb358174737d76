package e2e

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"parley/internal/domain/call"
	"parley/internal/media/audio"
	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
	"parley/internal/tests/testkit"
)

const (
	casesSeed = 4
	caseCount = 200
	together  = 16 // cases of circles where nobody is there
	caseTime  = 2 * time.Minute
)

// TestCasesAreAsCallsAre draws a company and 200 cases, has them simulated, and calls
// by SIP: what the log of each call tells is what its simulation told, note by note,
// with whose phones rang in which order, who answered and how it ended.
func TestCasesAreAsCallsAre(t *testing.T) {
	// Not beside other tests: it hears when to press a key, as a caller does.
	t.Logf("drawn by the seed %d", casesSeed)
	x := newExchange(t)
	f := found(rand.New(rand.NewPCG(casesSeed, 0)), x.port())
	s := testkit.Start(t, program, testkit.Options{Document: f.yaml(t), Stopped: true})
	s.SQL("UPDATE members SET setting = 'auto'") // as everybody chooses for himself on his phone
	s.Launch()
	x.serve(s.SIPAddr(), f.outside())
	k := learn(t, s)
	all := plan(f, k, caseCount)
	if len(all) < caseCount {
		t.Fatalf("only %d cases", len(all))
	}
	all = all[:caseCount]
	t.Logf("the cases:\n%s", kinds(all))
	library, err := audio.NewLibrary()
	if err != nil {
		t.Fatal(err)
	}
	r := &rehearsal{t: t, server: s, exchange: x, known: k, logs: followLogs(t, s), library: library, started: time.Now()}
	var keeping sync.WaitGroup
	keeping.Go(func() { r.keep(all) })
	r.enact(f, all)
	keeping.Wait()
	r.compareKept(all)
}

// rehearsal places the calls of cases.
type rehearsal struct {
	t        *testing.T
	server   *testkit.Server
	exchange *exchange
	known    known
	logs     *logs
	library  *audio.Library
	started  time.Time
}

// enact places all calls: those of a staffed circle one after the other, circles
// beside each other, those that ring nobody some at a time.
func (r *rehearsal) enact(f *founder, all []*trial) {
	var working sync.WaitGroup
	var quiet []*trial
	for _, c := range f.circles {
		mine := slices.DeleteFunc(slices.Clone(all), func(one *trial) bool { return one.circle != c })
		if !c.staffed {
			quiet = append(quiet, mine...)
			continue
		}
		working.Go(func() {
			company := r.muster(c)
			others := make(map[string]bool)
			for _, one := range mine {
				r.ready(company)
				r.perform(one, company, others)
			}
		})
	}
	next := make(chan *trial)
	for range together {
		working.Go(func() {
			for one := range next {
				r.perform(one, nil, nil)
			}
		})
	}
	for _, one := range longestFirst(quiet) {
		next <- one
	}
	close(next)
	working.Wait()
	r.t.Logf("called for %v", time.Since(r.started).Round(time.Second))
}

// seat is a member at his desk.
type seat struct {
	*testkit.Agent

	id string
	is presence
}

// muster has those of a circle come who are there, in order: who is idle for longer
// is decided by that.
func (r *rehearsal) muster(c *circle) []*seat {
	var out []*seat
	for _, one := range c.people {
		if one.is == offline || one.is == offHours {
			continue
		}
		a := &seat{r.server.SignIn(one.email).Phone(one.email), r.known.members[one.email], one.is}
		if one.is == disturbed {
			a.Must(&protocol.SetAvailability{Setting: "do-not-disturb"})
		}
		out = append(out, a)
	}
	return out
}

// ready waits until all of a circle do what they are to do.
func (r *rehearsal) ready(company []*seat) {
	for _, a := range company {
		want := protocol.LiveAvailable
		if a.is == disturbed {
			want = protocol.LiveDND
		}
		a.AwaitState(want)
	}
}

// perform places the call of a case and compares what became of it.
func (r *rehearsal) perform(c *trial, company []*seat, others map[string]bool) {
	from := ""
	if c.scenario.Caller != "" {
		from = fmt.Sprintf("+336120%05d", c.no)
	}
	phone, err := r.exchange.call(fmt.Sprintf("case-%d", c.no), from, c.number)
	if err != nil {
		r.t.Errorf("%s: %v", c, err)
		return
	}
	defer phone.close()
	facts := r.known.facts[c.number]
	p := &performance{rehearsal: r, trial: c, phone: phone, company: company, from: from, others: others, keys: c.scenario.Keys, want: expected(c.story)}
	for _, id := range menuPrompts {
		e := newEar(r.t, r.library, id)
		p.menus = append(p.menus, &e)
	}
	offer := newEar(r.t, r.library, "callback-offer")
	p.offer = &offer
	testkit.AwaitFor(r.t, caseTime, c.String(), p.act)
	if others != nil {
		others[p.callID] = true
	}
	got, err := accountOf(facts, p.entries)
	if err != nil {
		r.t.Errorf("%s: %v", c, err)
	}
	if !reflect.DeepEqual(got, p.want) {
		r.t.Errorf("%s:\nthe call:\n%s\nas imagined:\n%s", c, got, p.want)
	}
}

// performance is the call of one case under way.
type performance struct {
	*rehearsal

	trial   *trial
	phone   *caller
	company []*seat
	from    string
	others  map[string]bool // calls that are not this one
	want    account
	keys    string // not pressed yet
	menus   []*ear
	offer   *ear
	offered bool // he has heard that he may ask to be called back
	spoke   bool // he is leaving a message
	// Whoever answers does so once: a second time, though it is refused, would take
	// the news of his audio from the call.
	answered bool
	callID   string
	entries  []call.Entry
}

// act does what is to be done next, and returns "" once the call is over and told of.
func (p *performance) act() string {
	p.callID, p.entries = p.logs.of(p.known.ids[p.trial.number], p.from, p.others)
	if has(p.entries, call.EntryEnded) && p.phone.ended() {
		return ""
	}
	for _, a := range p.company {
		p.rung(a)
	}
	for _, menu := range p.menus {
		if !p.phone.hears(menu) {
			continue
		}
		p.offered = false // he has left the line
		if p.keys != "" {
			p.press()
		}
	}
	p.offered = p.phone.hears(p.offer) || p.offered
	if p.offered && p.from != "" && p.keys != "" && p.keys[0] == '*' && rings(p.entries) >= len(p.want.Rung) {
		p.offered = false
		p.press()
	}
	if has(p.entries, call.EntryRecordingStarted) && !p.spoke {
		p.spoke = true
		p.phone.press('#')
	}
	if has(p.entries, string(callstate.KindExternalAnswered)) {
		p.phone.hangUp()
	}
	return fmt.Sprintf("so far %v, keys %q left", kindsOf(p.entries), p.keys)
}

func (p *performance) press() {
	p.phone.press(p.keys[0])
	p.keys = p.keys[1:]
}

// rung has a member do what the case says when the call rings him, and the caller
// hang up once they have talked.
func (p *performance) rung(a *seat) {
	sc := p.trial.scenario
	for id, c := range a.View().Calls {
		switch {
		case c.State.Direction != callstate.Inbound: // somebody is called back who has asked for it
		case c.State.Phase == callstate.Talking && !c.State.Unproven():
			a.Tone(0)
			p.phone.hangUp()
		case !c.State.Offered(a.id):
		case a.id == sc.Takes && p.answered:
		case a.id == sc.Takes:
			p.answered = true
			a.Tone(testkit.AgentTone)
			a.Do(&protocol.Act{Call: id, Action: callstate.Answer})
		case slices.Contains(sc.Declines, a.id):
			a.Do(&protocol.Act{Call: id, Action: callstate.Decline})
		}
	}
}
