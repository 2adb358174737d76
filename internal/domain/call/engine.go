package call

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/base/obs"
	"parley/internal/domain/agent"
	"parley/internal/domain/flow"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/recording"
	"parley/internal/shared/callstate"
)

// Deps is what an Engine is made of.
type Deps struct {
	Log        Log
	Recordings Recordings
	Agents     Agents
	Flows      Flows
	Blocked    Blocklist
	Board      Board
	Dialler    Dialler
	Media      Media
	Audience   Audience
	Guard      *Guard
	Room       Room
	Slog       *slog.Logger
}

// Room bounds the inbound calls there are at once; zero fields do not. Whoever floods
// a number must leave lines for the others, and for calls that are placed.
type Room struct {
	Inbound int // in all
	Caller  int // of one caller to one workspace, where his number is known
}

// Engine holds the live calls of this node.
type Engine struct {
	calllog    Log
	recordings Recordings
	agents     Agents
	flows      Flows
	blocklist  Blocklist
	board      Board
	dialler    Dialler
	media      Media
	audience   Audience
	guard      *Guard
	room       Room
	slog       *slog.Logger

	mu      sync.Mutex
	calls   map[string]*live
	closing bool
	work    sync.WaitGroup // goroutines of calls and what they leave behind
	tagging sync.Mutex     // entries added to calls that are over
}

// NewEngine returns an engine without calls.
func NewEngine(d Deps) *Engine {
	return &Engine{
		calllog: d.Log, recordings: d.Recordings, agents: d.Agents,
		flows: d.Flows, blocklist: d.Blocked, board: d.Board, dialler: d.Dialler,
		media: d.Media, audience: d.Audience, guard: d.Guard, room: d.Room, slog: d.Slog,
		calls: make(map[string]*live),
	}
}

// Incoming is a call that has come in.
type Incoming struct {
	Number  number.Number
	E164    string // the caller, "" where hidden
	Name    string
	Web     bool
	Leg     Leg
	Entered func(callID string) // called before anything of the call is told; may be nil
}

// Arrive starts an inbound call and returns its id. What becomes of it, the flow of
// the number says.
func (e *Engine) Arrive(in Incoming) (string, error) {
	callID := id.New()
	c := e.prepare(callID, in.Number, callstate.Inbound)
	c.opening = Facts{NumberID: in.Number.ID, Direction: callstate.Inbound, Web: in.Web, E164: in.E164, Name: in.Name, Policy: &c.state.Policy}
	c.at = flow.At(in.Number.ID)
	// That it came is settled before anything else can happen to the call.
	c.post(input{event: callstate.Arrived{}})
	if err := e.admit(c, 0); err != nil {
		cause := callstate.CauseServerStopped
		if fault.KindOf(err) == fault.TooMany {
			c.log.Warn("call refused: too many at once", obs.Number, in.Number.ID, "from", obs.Phone(in.E164))
			cause = callstate.CauseBusy
		}
		in.Leg.HangUp(cause)
		return "", err
	}
	if in.Entered != nil {
		in.Entered(callID)
	}
	c.log.Info("call arrived", obs.Number, in.Number.ID, "from", obs.Phone(in.E164), "web", in.Web)
	c.seatCustomer(in.Leg)
	go c.run()
	return callID, nil
}

// Placing is a call a member wants to place.
type Placing struct {
	Number  number.Number
	Member  member.Member
	Limits  Limits   // of the workspace
	To      string   // E.164 or a short number
	Tab     string   // where the member is
	Leg     Leg      // his media
	Allowed []string // countries that may be called
}

// Place starts an outbound call and returns its id.
func (e *Engine) Place(ctx context.Context, p Placing) (string, error) {
	if p.Number.TrunkID == "" {
		return "", fault.New(fault.Conflict, "error.number-without-trunk").With("number", p.Number.Name)
	}
	if err := e.guard.Check(ctx, p); err != nil {
		return "", err
	}
	callID := id.New()
	if reason := e.agents.ReserveToDial(p.Member.ID, callID); reason != agent.Free {
		e.guard.Undo(p)
		return "", fault.New(fault.Conflict, "error.cannot-dial."+string(reason))
	}
	c := e.prepare(callID, p.Number, callstate.Outbound)
	c.opening = Facts{NumberID: p.Number.ID, Direction: callstate.Outbound, E164: p.To, Member: p.Member.ID, Policy: &c.state.Policy, WorkMS: p.Member.WrapUp.Milliseconds()}
	c.members[p.Member.ID] = p.Member
	c.dialTo = p.To
	// The call is dialled before the tab's going away can be news to it.
	c.post(input{event: callstate.Dialled{Member: p.Member.ID}})
	if err := e.admit(c, concurrent(p)); err != nil {
		e.agents.Release(p.Number.WorkspaceID, p.Member.ID, callID)
		e.guard.Undo(p)
		return "", err
	}
	c.log.Info("call placed", obs.Number, p.Number.ID, obs.Member, p.Member.ID, "to", obs.Phone(p.To))
	c.seat(p.Leg, p.Tab)
	go c.run()
	return callID, nil
}

// prepare makes a live call that has not started.
func (e *Engine) prepare(callID string, n number.Number, d callstate.Direction) *live {
	c := &live{
		engine: e, log: e.slog.With(obs.Call, callID, obs.Workspace, n.WorkspaceID),
		inbox: newMailbox[input](), id: callID, number: n,
		members: make(map[string]member.Member),
		state:   callstate.Fresh(d, policy(n, d)), bridge: e.media.Open(n.WorkspaceID, callID),
		timers: make(map[callstate.StartTimer]*time.Timer),
		record: Record{ID: callID, WorkspaceID: n.WorkspaceID},
	}
	c.view.Store(&View{ID: callID, Number: n, State: c.state})
	c.journal = openJournal(e.calllog, c.log, c.alarm)
	return c
}

// policy is what a number demands of a call.
func policy(n number.Number, d callstate.Direction) callstate.Policy {
	auto, steer := recording.Switches(n.Recording, d)
	if d == callstate.Inbound && n.IsIVR() { // it records what goes out alone (IVR-07)
		auto, steer = false, false
	}
	return callstate.Policy{RecordAuto: auto, RecordAgent: steer, DemandTag: n.MandatoryTag}
}

// admit enters a call, unless the server is stopping or the workspace has limit
// calls out already (0: no limit). Whoever it lets in must run.
func (e *Engine) admit(c *live, limit int) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	var refused error
	switch {
	case e.closing:
		refused = fault.New(fault.Unavailable, "error.server-stopping")
	case c.state.Direction == callstate.Inbound && e.full(c):
		refused = fault.New(fault.TooMany, "error.lines-busy")
	case limit > 0 && e.outbound(c.number.WorkspaceID) >= limit:
		refused = fault.New(fault.TooMany, "error.dial-limit")
	default:
		e.calls[c.id] = c
		e.work.Add(1)
		return nil
	}
	c.bridge.Close()
	c.journal.jobs.close()
	return refused
}

// full says whether there is no room for an inbound call. The caller holds the lock.
func (e *Engine) full(c *live) bool {
	all, his := 0, 0
	for _, o := range e.calls {
		if s := o.view.Load().State; s.Direction != callstate.Inbound || s.Phase == callstate.Ended {
			continue
		}
		all++
		if c.opening.E164 != "" && o.opening.E164 == c.opening.E164 && o.number.WorkspaceID == c.number.WorkspaceID {
			his++
		}
	}
	return e.room.Inbound > 0 && all >= e.room.Inbound || e.room.Caller > 0 && his >= e.room.Caller
}

func (e *Engine) forget(c *live) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.calls, c.id)
}

func (e *Engine) find(workspaceID, callID string) (*live, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	c, ok := e.calls[callID]
	if !ok || c.number.WorkspaceID != workspaceID {
		return nil, errEnded
	}
	return c, nil
}

// View returns a live call of the workspace.
func (e *Engine) View(workspaceID, callID string) (View, bool) {
	c, err := e.find(workspaceID, callID)
	if err != nil {
		return View{}, false
	}
	return *c.view.Load(), true
}

// outbound counts the workspace's calls that were placed and have not ended. The
// caller holds the lock.
func (e *Engine) outbound(workspaceID string) int {
	count := 0
	for _, c := range e.calls {
		s := c.view.Load().State
		if c.number.WorkspaceID == workspaceID && s.Direction == callstate.Outbound && s.Phase != callstate.Waiting && s.Phase != callstate.Ended {
			count++
		}
	}
	return count
}

// Live returns how many calls there are.
func (e *Engine) Live() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.calls)
}

// send posts an input and waits for the call's answer.
func (e *Engine) send(ctx context.Context, workspaceID, callID string, in input) error {
	c, err := e.find(workspaceID, callID)
	if err != nil {
		return e.missing(ctx, workspaceID, callID)
	}
	reply := make(chan error, 1)
	in.reply = reply
	c.post(in)
	select {
	case err := <-reply:
		return err
	case <-ctx.Done():
		return fmt.Errorf("wait for the call: %w", ctx.Err())
	}
}

// missing tells a call that is over from one that the workspace never had.
func (e *Engine) missing(ctx context.Context, workspaceID, callID string) error {
	if _, err := e.calllog.Record(ctx, workspaceID, callID); fault.KindOf(err) == fault.NotFound {
		return fault.New(fault.NotFound, "error.not-found").Because(err)
	}
	return errEnded
}

// Close ends every call with cause and waits until all is written, or ctx ends.
func (e *Engine) Close(ctx context.Context) error {
	e.mu.Lock()
	e.closing = true
	for _, c := range e.calls {
		c.post(input{event: callstate.Stopped{Cause: callstate.CauseServerStopped}})
	}
	e.mu.Unlock()
	done := make(chan struct{})
	go func() {
		e.work.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("end calls before the deadline: %w", ctx.Err())
	}
}
