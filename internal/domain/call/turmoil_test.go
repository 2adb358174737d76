package call_test

import (
	"context"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"

	"parley/internal/base/fault"
	"parley/internal/domain/call"
	"parley/internal/domain/member"
	"parley/internal/shared/callstate"
)

// part does what softphone.Service.Part does.
func (h *house) part(id string, heir member.Member) error {
	h.desks.Dismiss(ws, id)
	callID := h.desks.Status(id).Call
	if callID == "" {
		return nil
	}
	err := h.HandOver(context.Background(), ws, callID, call.Handing{From: id, To: heir, Cause: callstate.CauseAgentRemoved})
	if k := fault.KindOf(err); k == fault.Conflict || k == fault.NotFound {
		return nil
	}
	return err
}

// turmoil is a house in which three calls ring people who do anything at any time.
type turmoil struct {
	*house
	names     []string
	ids       []string
	customers []*leg
}

func newTurmoil(t *testing.T) *turmoil {
	t.Helper()
	u := &turmoil{}
	for i := range 8 {
		u.names = append(u.names, "m"+strconv.Itoa(i))
	}
	u.house = newHouse(t, u.names...)
	for i := range 3 {
		in := call.Incoming{Number: line(), E164: "+33611111111", Leg: &leg{id: callstate.CustomerLeg}}
		in.Number.ID = "n" + strconv.Itoa(i)
		u.flows.set(in.Number.ID, u.names[i*2:i*2+3]...)
		id, err := u.Arrive(in)
		if err != nil {
			t.Fatal(err)
		}
		u.customers, u.ids = append(u.customers, in.Leg.(*leg)), append(u.ids, id)
	}
	return u
}

// step is somebody doing something; most of it comes at the wrong moment.
func (u *turmoil) step(ctx context.Context, r *rand.Rand) {
	who, id := u.names[r.IntN(len(u.names))], u.ids[r.IntN(len(u.ids))]
	switch r.IntN(8) {
	case 0, 1, 2:
		_ = u.Answer(ctx, ws, id, who, "tab-"+who, &leg{id: callstate.AgentLeg(who)})
	case 3:
		_ = u.Act(ctx, ws, id, who, callstate.Decline, false)
	case 4:
		_ = u.Act(ctx, ws, id, who, callstate.Hold, r.IntN(2) == 0)
	case 5:
		_ = u.Act(ctx, ws, id, who, callstate.PauseRecording, true)
	case 6:
		u.Lose(ws, id, who)
	case 7:
		if r.IntN(20) == 0 {
			u.customers[r.IntN(len(u.customers))].report(call.LegEvent{Kind: call.LegEnded})
		}
	}
}

// remove takes all of gone out at once, with heirs who may be going too.
func (u *turmoil) remove(t *testing.T, r *rand.Rand, gone []string) {
	t.Helper()
	var all sync.WaitGroup
	for i, n := range gone {
		var heir member.Member
		if r.IntN(3) > 0 {
			heir = person(u.names[(i+1+r.IntN(7))%8])
		}
		all.Go(func() {
			if err := u.part(n, heir); err != nil {
				t.Errorf("part %s: %v", n, err)
			}
		})
	}
	all.Wait()
	for _, id := range u.ids {
		v, _ := u.View(ws, id)
		for _, n := range gone {
			if v.State.Offered(n) || v.State.Agent == n && v.State.Phase == callstate.Talking {
				t.Errorf("%s is in call %s yet: %+v", n, id, v.State)
			}
		}
	}
}

// TestManyAreRemovedAtOnce: whoever does what meanwhile, no removed member is left in
// a call, no call outlives its end, and nobody stays booked.
func TestManyAreRemovedAtOnce(t *testing.T) {
	for seed := range uint64(200) {
		u, over := newTurmoil(t), make(chan struct{})
		var doing sync.WaitGroup
		for w := range uint64(4) {
			r := rand.New(rand.NewPCG(seed, w))
			doing.Go(func() {
				for {
					select {
					case <-over:
						return
					default:
						u.step(t.Context(), r)
					}
				}
			})
		}
		u.remove(t, rand.New(rand.NewPCG(seed, 99)), u.names[:6])
		close(over)
		doing.Wait()
		if err := u.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, n := range u.names {
			if st := u.desks.Status(n); st.Call != "" {
				t.Errorf("seed %d: %s stays %s", seed, n, st.State)
			}
		}
		for _, id := range u.ids {
			if u.record(t, id).Live() {
				t.Errorf("seed %d: call %s is live for ever", seed, id)
			}
		}
	}
}
