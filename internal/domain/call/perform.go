package call

import (
	"context"
	"time"

	"parley/internal/base/id"
	"parley/internal/base/obs"
	"parley/internal/domain/agent"
	"parley/internal/domain/flow"
	"parley/internal/domain/recording"
	"parley/internal/shared/callstate"
)

// How long members ring, and how long a lost agent is waited for.
const (
	RingTime = 25 * time.Second
	AwayTime = 20 * time.Second
)

// perform does one effect. What touches packets and wires happens at once; what
// is told to members is queued behind the log.
func (c *live) perform(b *batch, now time.Time, effect callstate.Effect) {
	switch e := effect.(type) {
	case callstate.RingMember:
		c.write(b, now, EntryRing, Facts{Member: e.Member})
	case callstate.Withdraw:
		c.withdraw(b, now, e)
	case callstate.RingCustomer:
		c.customer.Ringing()
	case callstate.AcceptCustomer:
		c.customer.Accept()
	case callstate.EngageAgent:
		c.engageAgent(b, e.Member)
	case callstate.DialCustomer:
		c.dialCustomer()
	case callstate.HangUpCustomer:
		if c.customer != nil {
			c.customer.HangUp(e.Cause)
		}
	case callstate.Announce:
		c.bridge.Play(Sound{Say: flow.Sound{Prompt: string(e.Message)}, Language: c.number.Language}, func() {
			c.post(input{event: callstate.Announced{}})
		})
	case callstate.StartTimer:
		c.startTimer(e.Timer)
	case callstate.StopTimer:
		c.stopTimer(e.Timer)
	case callstate.Record:
		c.recordTo(b, now, e.To)
	case callstate.ReleaseAgent:
		c.releaseAgent(b, e)
	case callstate.Finish:
		c.finish(b, now, e.Cause)
	}
}

// engageAgent tells the desk that its member is talking. A recording that is under
// way goes on with his voice.
func (c *live) engageAgent(b *batch, memberID string) {
	ws, call := c.number.WorkspaceID, c.id
	b.after = append(b.after, func() { c.engine.agents.Engage(ws, memberID, call) })
	if leg := callstate.AgentLeg(memberID); c.recorder != nil && c.recAgent != leg {
		c.recorder.Pass(c.recAgent, leg)
		c.recAgent = leg
	}
}

func (c *live) withdraw(b *batch, now time.Time, e callstate.Withdraw) {
	c.write(b, now, EntryWithdrawn, Facts{Member: e.Member, Cause: e.Cause, By: e.By})
	ws, call := c.number.WorkspaceID, c.id
	b.after = append(b.after, func() {
		c.engine.agents.Release(ws, e.Member, call)
		c.engine.audience.CallGone(*c.view.Load(), e.Member, e.Cause, e.By)
	})
}

// dialCustomer has the customer called; what comes of it arrives by the inbox.
func (c *live) dialCustomer() {
	out := Outgoing{CallID: c.id, Number: c.number, To: c.dialTo, CallerID: c.number.E164}
	c.engine.work.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		leg, err := c.engine.dialler.Dial(ctx, out)
		if err != nil {
			c.log.Warn("call not placed", obs.Err, err)
			c.post(input{event: callstate.CustomerGone{Cause: callstate.CauseTrunkUnreachable}})
			return
		}
		seated := make(chan error, 1)
		c.post(input{reply: seated, do: func(c *live) error { c.seatCustomer(leg); return nil }})
		if err := <-seated; err != nil { // the agent has hung up meanwhile
			leg.HangUp(callstate.CauseAgentCancelled)
		}
	})
}

func (c *live) startTimer(t callstate.Timer) {
	c.stopTimer(t)
	length, ev := RingTime, callstate.Event(callstate.RungOut{})
	if t == callstate.AwayTimer {
		length, ev = AwayTime, callstate.AwayExpired{}
	}
	c.timers[t] = time.AfterFunc(length, func() { c.post(input{event: ev}) })
}

func (c *live) stopTimer(t callstate.Timer) {
	if timer, ok := c.timers[t]; ok {
		timer.Stop()
		delete(c.timers, t)
	}
}

// recordTo brings the recorder to a state and logs it.
func (c *live) recordTo(b *batch, now time.Time, to callstate.Recording) {
	offset := func() int64 { return now.Sub(c.recStart).Milliseconds() }
	switch {
	case to == callstate.RecordingOn && c.recorder == nil:
		c.startRecording(b, now)
	case c.recorder == nil:
	case to == callstate.RecordingOn:
		c.recorder.Resume()
		c.write(b, now, EntryRecordingResumed, Facts{Recording: c.recID, OffsetMS: offset()})
	case to == callstate.RecordingPaused:
		c.recorder.Pause()
		c.write(b, now, EntryRecordingPaused, Facts{Recording: c.recID, OffsetMS: offset()})
	default:
		c.recorder.Stop()
		c.recorder = nil
		c.write(b, now, EntryRecordingStopped, Facts{Recording: c.recID, OffsetMS: offset()})
	}
}

func (c *live) startRecording(b *batch, now time.Time) {
	c.recID, c.recStart = id.New(), now
	c.recAgent = callstate.AgentLeg(c.state.Agent)
	channels := []callstate.LegID{callstate.CustomerLeg, c.recAgent}
	row := recording.Recording{
		ID: c.recID, WorkspaceID: c.number.WorkspaceID, CallID: c.id, Kind: recording.OfCall, State: recording.Writing, StartedAt: now,
	}
	for _, leg := range channels {
		row.Channels = append(row.Channels, string(leg))
	}
	spec := RecordSpec{
		RecordingID: c.recID, WorkspaceID: row.WorkspaceID, CallID: c.id, Kind: row.Kind, Channels: channels, Start: now,
		Alarm: func(err error) {
			c.log.Error("recording stopped growing", obs.Err, err)
			c.engine.audience.Alarm(*c.view.Load(), "alarm.recording-not-written")
		},
	}
	saved := make(chan struct{})
	c.engine.work.Go(func() {
		defer close(saved)
		c.saveRecording(row)
	})
	c.recorder = c.bridge.Record(spec, func(res RecordResult) {
		<-saved // the row's end comes after its beginning
		if c.saveRecording(Completed(row, res)) && res.Stored != nil {
			res.Stored()
		}
	})
	c.write(b, now, EntryRecordingStarted, Facts{Recording: c.recID})
}

// saveRecording stores what is known of a recording, trying again while patience
// lasts, and says whether it worked.
func (c *live) saveRecording(r recording.Recording) bool {
	for try := 1; try <= journalPatience; try++ {
		ctx, cancel := context.WithTimeout(context.Background(), journalTimeout)
		err := c.engine.recordings.SaveRecording(ctx, r)
		cancel()
		if err == nil {
			return true
		}
		c.log.Error("recording's row not stored", "recording", r.ID, obs.Err, err)
		time.Sleep(pauseAfter(try))
	}
	return false
}

// Completed is the row of a recording that came to res.
func Completed(row recording.Recording, res RecordResult) recording.Recording {
	row.State = recording.Ready
	if res.Err != nil {
		row.State = recording.Failed
	}
	row.BlobKey, row.DurationMS, row.Bytes = res.BlobKey, res.DurationMS, res.Bytes
	row.SHA256, row.Markers = res.SHA256, res.Markers
	return row
}

func (c *live) releaseAgent(b *batch, e callstate.ReleaseAgent) {
	if c.agent != nil {
		c.bridge.Detach(c.agent.ID())
		c.agent.HangUp(e.Cause)
	}
	c.agent, c.tab = nil, ""
	ws, call := c.number.WorkspaceID, c.id
	var work time.Duration
	if e.Work {
		work = c.members[e.Member].WrapUp
	}
	tagDue := e.Tag && len(c.record.TagIDs) == 0
	owed := agent.Owed(ws, e.Member, call, tagDue, work)
	if len(owed) > 0 {
		b.owe = func(ctx context.Context) error { return c.engine.agents.Owe(ctx, owed) }
	}
	b.after = append(b.after, func() {
		c.engine.agents.Release(ws, e.Member, call, owed...)
		c.engine.audience.CallGone(*c.view.Load(), e.Member, e.Cause, "")
	})
}

func (c *live) finish(b *batch, now time.Time, cause callstate.Cause) {
	for t := range c.timers {
		c.stopTimer(t)
	}
	c.bridge.Close()
	c.write(b, now, EntryEnded, Facts{Cause: cause, Code: c.sipCode})
}
