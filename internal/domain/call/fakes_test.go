package call_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"parley/internal/base/fault"
	"parley/internal/domain/agent"
	"parley/internal/domain/call"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/queue"
	"parley/internal/domain/recording"
	"parley/internal/domain/workspace"
	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
)

// memory is every store the engine and the desks need, in memory; the real ones
// are tested where they live.
type memory struct {
	mu         sync.Mutex
	entries    map[string][]call.Entry
	records    map[string]call.Record
	recordings map[string]recording.Recording
	due        []agent.Obligation
	members    map[string]member.Member
	failing    bool
	delay      time.Duration
	written    func(call.Record) // told of every write, under the lock; may be nil
}

func newMemory() *memory {
	return &memory{
		entries: map[string][]call.Entry{}, records: map[string]call.Record{},
		recordings: map[string]recording.Recording{}, members: map[string]member.Member{},
	}
}

func (m *memory) fail(on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failing = on
}

func (m *memory) pause(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.delay = d
}

// slow takes the time a write takes.
func (m *memory) slow() {
	m.mu.Lock()
	d := m.delay
	m.mu.Unlock()
	time.Sleep(d)
}

func (m *memory) Append(_ context.Context, entries []call.Entry, r call.Record) error {
	m.slow()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failing {
		return errors.New("disk is full")
	}
	for _, e := range entries {
		log := m.entries[e.CallID]
		if !slices.ContainsFunc(log, func(o call.Entry) bool { return o.Seq == e.Seq }) {
			m.entries[e.CallID] = append(log, e)
		}
	}
	m.records[r.ID] = r
	if m.written != nil {
		m.written(r)
	}
	return nil
}

func (m *memory) Entries(_ context.Context, _, id string) ([]call.Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.entries[id]), nil
}

func (m *memory) Record(_ context.Context, workspaceID, id string) (call.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.records[id]
	if !ok || r.WorkspaceID != workspaceID {
		return r, fault.New(fault.NotFound, "error.not-found")
	}
	return r, nil
}

func (m *memory) Records(context.Context, string, call.Filter) ([]call.Record, error) {
	return nil, errors.New("not asked for here")
}

func (m *memory) LiveRecords(context.Context) ([]call.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []call.Record
	for _, r := range m.records {
		if r.Live() {
			out = append(out, r)
		}
	}
	return out, nil
}

func (m *memory) Recording(_ context.Context, _, id string) (recording.Recording, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.recordings[id], nil
}

func (m *memory) SaveRecording(_ context.Context, r recording.Recording) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failing {
		return errors.New("disk is full")
	}
	m.recordings[r.ID] = r
	return nil
}

func (m *memory) Obligations(context.Context) ([]agent.Obligation, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.due), nil
}

func (m *memory) SaveObligation(_ context.Context, o agent.Obligation) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failing {
		return errors.New("disk is full")
	}
	m.drop(o.MemberID, o.CallID, o.Kind)
	m.due = append(m.due, o)
	return nil
}

func (m *memory) MeetObligation(_ context.Context, memberID, callID string, kind agent.ObligationKind) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(memberID, callID, kind)
	return nil
}

func (m *memory) drop(memberID, callID string, kind agent.ObligationKind) {
	m.due = slices.DeleteFunc(m.due, func(o agent.Obligation) bool {
		return o.MemberID == memberID && o.CallID == callID && o.Kind == kind
	})
}

func (m *memory) Member(_ context.Context, _, id string) (member.Member, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.members[id], nil
}

func (m *memory) SetSetting(_ context.Context, _, id string, setting member.Setting) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	kept := m.members[id]
	kept.Setting = setting
	m.members[id] = kept
	return nil
}

func (m *memory) Workspace(_ context.Context, id string) (workspace.Workspace, error) {
	return workspace.Workspace{ID: id, TimeZone: "UTC"}, nil
}

// audience remembers what was told, and that it was written before.
type audience struct {
	store *memory

	mu     sync.Mutex
	gone   []string // "member cause by"
	ended  []call.Record
	alarms []string
	early  []string // news that came before its entry
}

func (a *audience) CallChanged(v call.View) {
	a.store.mu.Lock()
	_, written := a.store.records[v.ID]
	failing := a.store.failing
	a.store.mu.Unlock()
	if !written && !failing {
		a.mu.Lock()
		a.early = append(a.early, string(v.State.Phase))
		a.mu.Unlock()
	}
}

func (a *audience) CallGone(_ call.View, m string, c callstate.Cause, by string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.gone = append(a.gone, m+" "+string(c)+" "+by)
}

func (a *audience) CallEnded(_ call.View, r call.Record) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ended = append(a.ended, r)
}

func (a *audience) Alarm(_ call.View, key string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.alarms = append(a.alarms, key)
}

// network is the phone network of outbound calls.
type network struct {
	leg      *leg
	external chan call.Outgoing // forwarded calls …
	answers  chan *leg          // … and their legs
	outside  func() *leg        // makes those where it is set
}

func (n *network) Dial(_ context.Context, out call.Outgoing) (call.Leg, error) {
	if out.Leg == callstate.ExternalLeg && n.outside != nil {
		return n.outside(), nil
	}
	if out.Leg == callstate.ExternalLeg {
		n.external <- out
		return <-n.answers, nil
	}
	return n.leg, nil
}

func newNetwork() *network {
	return &network{leg: &leg{id: callstate.CustomerLeg}, external: make(chan call.Outgoing, 1), answers: make(chan *leg)}
}

// house is an engine with everything around it.
type house struct {
	*call.Engine
	flows    *flows
	board    *queue.Board
	store    *memory
	desks    *agent.Registry
	media    *media
	audience *audience
	network  *network
	refusals []string
	changed  func(memberID string) // told of every desk; may be nil
}

const ws = "ws1"

func newHouse(t *testing.T, members ...string) *house {
	t.Helper()
	h := &house{store: newMemory(), media: &media{}, network: newNetwork(), board: queue.NewBoard(time.Now)}
	h.audience = &audience{store: h.store}
	log := slog.New(slog.DiscardHandler)
	h.desks = agent.NewRegistry(h.store, h.store, h.store, log)
	h.flows = newFlows(h)
	h.desks.OnChange(func(ws, id string) {
		if h.changed != nil {
			h.changed(id)
		}
		if h.desks.Status(id).State == protocol.LiveAvailable {
			h.MemberFree(ws, id)
		}
	})
	h.Engine = call.NewEngine(call.Deps{
		Log: h.store, Recordings: h.store, Agents: h.desks, Flows: h.flows, Blocked: h.flows, Board: h.board, Dialler: h.network, Media: h.media, Audience: h.audience,
		Guard: call.NewGuard(func(_ context.Context, _ call.Placing, f *fault.Error) {
			h.refusals = append(h.refusals, f.Key)
		}), Slog: log,
	})
	for _, id := range members {
		m := person(id)
		h.store.members[id] = m
		h.desks.Connect(m, "tab-"+id)
		h.desks.SetReady(ws, id, "tab-"+id, true)
	}
	t.Cleanup(h.desks.Close)
	return h
}

func person(id string) member.Member {
	return member.Member{ID: id, WorkspaceID: ws, Name: id, Role: member.User, Setting: member.Available, WrapUp: wrapUp}
}

func line() number.Number {
	return number.Number{
		ID: "n1", WorkspaceID: ws, E164: "+33123456789", Name: "Main", Country: "FR", TrunkID: "t1", HoldMusic: "soft",
		Recording:    number.Recording{AutoInbound: true, AgentInbound: true, AutoOutbound: true},
		MandatoryTag: true, Language: "en",
	}
}
