package call_test

import (
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/domain/agent"
	"parley/internal/domain/call"
	"parley/internal/domain/flow"
	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
)

// slowDesks take their time to book somebody, once.
type slowDesks struct {
	*agent.Registry
	once sync.Once
	wait chan struct{}
}

func (d *slowDesks) Reserve(memberID, callID string) agent.Reason {
	d.once.Do(func() { <-d.wait })
	return d.Registry.Reserve(memberID, callID)
}

// TestOfferOfAStepThatIsOver: a member becomes free while the call goes on to a step
// that waits for others. It does not ring him.
func TestOfferOfAStepThatIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := script(t, nil, ringing("one", 10*time.Second, true, "ada"), ringing("two", 20*time.Second, true, "bob"), voicemail())
		desks := &slowDesks{Registry: h.desks, wait: make(chan struct{})}
		h.Engine = call.NewEngine(call.Deps{
			Log: h.store, Recordings: h.store, Agents: desks, Flows: h.flows, Blocked: h.flows, Board: h.board, Dialler: h.network,
			Media: h.media, Audience: h.audience, Guard: call.NewGuard(nil), Slog: slog.New(slog.DiscardHandler),
		})
		id, _ := h.arrive(t, "ada", "bob")
		pass(5 * time.Second)
		h.desks.Connect(person("ada"), "tab-ada")
		go h.desks.SetReady(ws, "ada", "tab-ada", true)
		pass(6 * time.Second)
		h.phase(t, id, callstate.Ringing)
		close(desks.wait)
		synctest.Wait()
		h.state(t, "ada", protocol.LiveAvailable)
		if v, _ := h.View(ws, id); len(v.State.Ringers()) > 0 {
			t.Errorf("%v ring for a step that waits for bob", v.State.Ringers())
		}
		h.desks.Connect(person("bob"), "tab-bob")
		h.desks.SetReady(ws, "bob", "tab-bob", true)
		synctest.Wait()
		h.state(t, "bob", protocol.LiveRinging)
		stop(t, h)
	})
}

// TestKeysMeanNothingWhenNobodyTakesOver: a caller came by a line in which a key asked
// to be called back; then his agent was removed.
func TestKeysMeanNothingWhenNobodyTakesOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := script(t, []string{"ada"}, line1(flow.Queue{Callback: true}))
		id, customer := h.arrive(t, "ada")
		h.answer(t, id, "ada")
		h.give(t, id, "ada", "eve")
		press(customer, '*')
		h.phase(t, id, callstate.Announcing)
		pass(said)
		if r := h.record(t, id); r.Cause != callstate.CauseNotTakenOver {
			t.Errorf("ended with %s", r.Cause)
		}
	})
}

// TestWhoJoinsTheTeamServesWhoWaits: the line is not served for ever by those alone who
// served it when the caller came.
func TestWhoJoinsTheTeamServesWhoWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := script(t, []string{"bob"}, line1(flow.Queue{MaxWait: time.Hour}))
		id, customer := h.arrive(t, "ada")
		pass(time.Minute)
		h.phase(t, id, callstate.Waiting)
		h.state(t, "bob", protocol.LiveAvailable)
		h.flows.set("n1", "bob")
		pass(11 * time.Second)
		h.state(t, "bob", protocol.LiveRinging)
		h.answer(t, id, "bob")
		h.flows.set("n1", "ada")
		customer.report(call.LegEvent{Kind: call.LegEnded})
		synctest.Wait()
		h.state(t, "bob", protocol.LiveWrapUp) // his own after-call work is known
		if len(h.board.Lines(ws)) > 0 {
			t.Errorf("in line is %+v", h.board.Lines(ws))
		}
		next, _ := h.further(t)
		pass(time.Minute)
		h.flows.set("n1") // nobody at all: those who were there go on
		pass(time.Minute)
		h.phase(t, next, callstate.Waiting)
		stop(t, h)
	})
}
