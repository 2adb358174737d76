package call_test

import (
	"context"
	"errors"
	"sync"
	"time"

	"parley/internal/domain/flow"
	"parley/internal/domain/member"
)

// flows is what calls depend on: by number whom it rings and its flow. Members are
// as free as their desks say.
type flows struct {
	house *house

	mu      sync.Mutex
	rings   map[string][]string
	flows   map[string]flow.Flow
	turns   map[string]string
	blocks  string // this caller, nobody where empty
	failing bool
	wrapUp  time.Duration // of everybody; 0 is wrapUp, less is none
}

func newFlows(h *house) *flows {
	return &flows{house: h, rings: map[string][]string{}, flows: map[string]flow.Flow{}, turns: map[string]string{}}
}

// set has a number ring members, by the default flow.
func (f *flows) set(number string, ids ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rings[number] = ids
}

// publish gives the number n1 a flow.
func (f *flows) publish(steps ...flow.Step) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.flows["n1"] = flow.Flow{Steps: steps}
}

func (f *flows) fail(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failing = on
}

func (f *flows) Facts(_ context.Context, ws, _ string) (flow.Facts, map[string]member.Member, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failing {
		return flow.Facts{}, nil, errors.New("the store is down")
	}
	facts := flow.Facts{
		At: time.Now(), Lines: map[string]flow.Line{}, Members: map[string]flow.Member{}, Turn: map[string]string{},
		Waiting: f.house.board.Waiting(ws), Sounds: map[string]bool{"m1": true},
	}
	for k, v := range f.turns {
		facts.Turn[k] = v
	}
	people := make(map[string]member.Member)
	for number, ids := range f.rings {
		states := f.house.desks.Readiness(ids, nil)
		line := flow.Line{Flow: flow.Default(), Rings: ids}
		if own, ok := f.flows[number]; ok {
			line.Flow = own
		}
		facts.Lines[number] = line
		for i, id := range ids {
			state := states[i]
			facts.Members[id] = flow.Member{Reason: string(state.Reason), IdleSince: state.IdleSince}
			people[id] = person(id)
			if f.wrapUp < 0 {
				m := people[id]
				m.WrapUp = 0
				people[id] = m
			}
		}
	}
	return facts, people, nil
}

func (f *flows) Turn(queueID, memberID string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.turns[queueID] = memberID
}

func (f *flows) Blocks(_ context.Context, _, e164 string) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.blocks != "" && f.blocks == e164, nil
}
