package call_test

import (
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/domain/call"
	"parley/internal/domain/flow"
	"parley/internal/domain/hours"
	"parley/internal/domain/member"
	"parley/internal/shared/callstate"
)

// wild makes flows of any steps, at most some levels deep, and lets callers and
// members do anything at any time.
type wild struct {
	*house
	dice    *rand.Rand
	steps   int
	dialled atomic.Int32
	names   []string
	ids     []string
	legs    []*leg
}

func (w *wild) chance(n int) bool { return w.dice.IntN(n) == 0 }

func (w *wild) list(depth int) []flow.Step {
	var out []flow.Step
	for range w.dice.IntN(4) {
		out = append(out, w.step(depth))
	}
	return out
}

func (w *wild) targets() []flow.Target {
	var out []flow.Target
	for range w.dice.IntN(4) {
		out = append(out, flow.Target{MemberID: w.names[w.dice.IntN(len(w.names))]})
	}
	return out
}

func (w *wild) sound() flow.Sound {
	return []flow.Sound{{}, {MessageID: "m1"}, {MessageID: "gone"}, {Prompt: "welcome"}}[w.dice.IntN(4)]
}

func (w *wild) step(depth int) flow.Step {
	w.steps++
	s := flow.Step{ID: "s" + strconv.Itoa(w.steps)}
	kind := w.dice.IntN(10)
	if depth == 0 && kind < 2 {
		kind += 2
	}
	strategy := flow.Strategies()[w.dice.IntN(4)]
	switch kind {
	case 0:
		s.Hours = &flow.Hours{Schedule: hours.Schedule{Mode: hours.AlwaysClosed}, Closed: w.list(depth - 1)}
		if w.chance(2) {
			s.Hours.Schedule.Mode = hours.AlwaysOpen
		}
	case 1:
		s.Menu = &flow.Menu{Say: w.sound(), Otherwise: w.list(depth - 1)}
		for _, key := range []string{"1", "*"}[:w.dice.IntN(3)] {
			s.Menu.Options = append(s.Menu.Options, flow.Option{Key: key, Steps: w.list(depth - 1)})
		}
	case 2:
		s.Message = &flow.Message{Say: w.sound()}
	case 3, 4, 5:
		s.Ring = &flow.Ring{
			Targets: w.targets(), Strategy: strategy, Time: 10 * time.Second, Wait: w.chance(2), Again: w.chance(3),
		}
	case 6:
		s.Queue = &flow.Queue{
			Targets: w.targets(), Strategy: strategy, RingTime: 5 * time.Second, MaxWait: time.Minute, MaxCalls: 2,
			Position: w.chance(2), Comfort: w.sound(), Interval: 7 * time.Second, Callback: w.chance(2),
		}
	case 7:
		s.Forward = &flow.Forward{To: "+33699999999", Time: 10 * time.Second}
	case 8:
		s.Number = &flow.Number{NumberID: []string{"n1", "n2", "n3"}[w.dice.IntN(3)]}
	case 9:
		switch w.dice.IntN(3) {
		case 0:
			s.Voicemail = &flow.Voicemail{Say: w.sound(), Limit: 20 * time.Second}
		case 1:
			s.Callback = &flow.Callback{Say: w.sound()}
		case 2:
			s.HangUp = &flow.HangUp{Say: w.sound()}
		}
	}
	return s
}

// outside is a number outside that answers, refuses, or rings for ever.
func (w *wild) outside() *leg {
	l := &leg{id: callstate.ExternalLeg}
	n := int(w.dialled.Add(1)) // the dice are the test's own goroutine's
	after := time.Duration(n*7%15) * time.Second
	switch n % 3 {
	case 0:
		time.AfterFunc(after, func() { l.report(call.LegEvent{Kind: call.LegAnswered}) })
		time.AfterFunc(after+30*time.Second, func() { l.report(call.LegEvent{Kind: call.LegEnded}) })
	case 1:
		time.AfterFunc(after, func() { l.report(call.LegEvent{Kind: call.LegEnded, Cause: callstate.CauseBusy}) })
	}
	return l
}

// turn is somebody doing something.
func (w *wild) turn(t *testing.T) {
	who := w.names[w.dice.IntN(len(w.names))]
	i := w.dice.IntN(len(w.ids))
	id := w.ids[i]
	if rung := w.desks.Status(who).Call; rung != "" && w.chance(2) {
		id = rung
	}
	switch w.dice.IntN(12) {
	case 0, 1:
		_ = w.Answer(t.Context(), ws, id, who, "tab-"+who, &leg{id: callstate.AgentLeg(who), mute: w.chance(3)})
	case 2:
		_ = w.Act(t.Context(), ws, id, who, callstate.Decline, false)
	case 3:
		_ = w.Act(t.Context(), ws, id, who, callstate.HangUp, false)
	case 4:
		w.desks.Disconnect(ws, who, "tab-"+who)
		w.Lose(ws, w.desks.Status(who).Call, who)
	case 5:
		w.desks.Connect(person(who), "tab-"+who)
		w.desks.SetReady(ws, who, "tab-"+who, true)
	case 6, 7:
		w.legs[i].report(call.LegEvent{Kind: call.LegDigit, Digit: "1*#7"[w.dice.IntN(4)]})
	case 8:
		if w.chance(4) {
			w.legs[i].report(call.LegEvent{Kind: call.LegEnded})
		}
	case 9:
		var heir member.Member
		if w.chance(2) {
			heir = person(w.names[w.dice.IntN(len(w.names))])
		}
		_ = w.HandOver(t.Context(), ws, id, call.Handing{From: who, To: heir, Cause: callstate.CauseAgentRemoved})
	case 10:
		w.flows.fail(w.chance(3))
	case 11:
		_ = w.desks.MeetTag(t.Context(), ws, who, id)
	}
}

// TestAnyFlow: whatever the flow says and whoever does what, a call ends by itself
// once nobody talks, its log is sound, and nobody stays booked.
func TestAnyFlow(t *testing.T) {
	ends := map[callstate.Cause]int{}
	for seed := range uint64(300) {
		synctest.Test(t, func(t *testing.T) {
			w := &wild{dice: rand.New(rand.NewPCG(seed, 7))}
			for i := range 5 {
				w.names = append(w.names, "m"+strconv.Itoa(i))
			}
			w.house = newHouse(t, w.names...)
			w.media.length, w.network.outside = said, w.outside
			for _, n := range []string{"n1", "n2", "n3"} {
				w.flows.set(n, w.names...)
				w.flows.flows[n] = flow.Flow{Steps: w.list(2)}
			}
			for range 4 {
				customer := &leg{id: callstate.CustomerLeg}
				id, err := w.Arrive(call.Incoming{Number: line(), E164: "+33611111111", Leg: customer})
				if err != nil {
					t.Fatal(err)
				}
				w.ids, w.legs = append(w.ids, id), append(w.legs, customer)
			}
			for range 60 {
				w.turn(t)
				time.Sleep(time.Duration(w.dice.IntN(4000)) * time.Millisecond)
			}
			time.Sleep(3 * time.Hour)
			synctest.Wait()
			for i, id := range w.ids {
				if v, live := w.View(ws, id); live && v.State.Phase != callstate.Talking {
					t.Errorf("seed %d: %s is %s for ever at %+v", seed, id, v.State.Phase, w.flows.flows["n1"])
				}
				w.legs[i].report(call.LegEvent{Kind: call.LegEnded})
			}
			synctest.Wait()
			for _, id := range w.ids {
				w.replay(t, id)
				ends[w.record(t, id).Cause]++
			}
			w.nothingLeft(t, w.names)
			stop(t, w.house)
		})
	}
	for _, c := range []callstate.Cause{
		callstate.CauseVoicemailLeft, callstate.CauseCallbackPromised, callstate.CauseFlowEnded, callstate.CauseForwardEnded,
		callstate.CauseClosed, callstate.CauseCustomerHungUp, callstate.CauseAgentHungUp, callstate.CauseCustomerLeft,
	} {
		if ends[c] == 0 {
			t.Errorf("no call ended with %s: %v", c, ends)
		}
	}
}
