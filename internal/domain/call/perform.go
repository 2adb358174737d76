package call

import (
	"cmp"
	"context"
	"time"

	"parley/internal/base/id"
	"parley/internal/base/obs"
	"parley/internal/domain/agent"
	"parley/internal/domain/flow"
	"parley/internal/domain/recording"
	"parley/internal/shared/callstate"
)

// How long who is to take a call over rings, and how long a lost agent is waited for.
const (
	RingTime = flow.DefaultRing
	AwayTime = 20 * time.Second
)

// perform does one effect. What touches packets and wires happens at once; what
// is told to members is queued behind the log.
func (c *live) perform(b *batch, now time.Time, effect callstate.Effect) {
	switch e := effect.(type) {
	case callstate.RingMember:
		b.rung = append(b.rung, e.Member)
		b.late = append(b.late, func() { c.engine.agents.Ring(c.number.WorkspaceID, e.Member) })
	case callstate.Withdraw:
		c.withdraw(b, e)
	case callstate.Advance:
		c.ask(flow.Event{Kind: flow.EventKind(e.Result), Key: e.Key, Missed: e.Missed, Cause: e.Cause})
	case callstate.EnterLine, callstate.LeaveLine, callstate.Seek:
		c.performInLine(effect)
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
	case callstate.DialExternal:
		c.dialExternal()
	case callstate.HangUpExternal:
		c.hangUpExternal(e.Cause)
	case callstate.Announce:
		c.speak(c.said(), announced)
	case callstate.Apologise:
		c.speak([]Sound{{Say: flow.Sound{Prompt: flow.PromptUnavailable}, Language: c.number.Language}}, announced)
	case callstate.StartTimer:
		c.startTimer(e)
	case callstate.StopTimer:
		c.stopTimer(e)
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

// performInLine does an effect that the board of lines knows of.
func (c *live) performInLine(effect callstate.Effect) {
	switch effect.(type) {
	case callstate.EnterLine:
		c.enterLine()
	case callstate.LeaveLine:
		c.leaveLine()
	case callstate.Seek:
		c.seek()
	}
}

// withdraw stops a member's ringing. He is free at once: the next step of the flow,
// or another call, may ring him before the log is written.
func (c *live) withdraw(b *batch, e callstate.Withdraw) {
	c.passedOn(e)
	b.gone = append(b.gone, e)
	c.engine.agents.Release(c.number.WorkspaceID, e.Member, c.id)
	b.after = append(b.after, func() {
		c.engine.audience.CallGone(*c.view.Load(), e.Member, e.Cause, e.By)
	})
}

// writeOffers logs whose phones begin and stop to ring: one entry for all who do at
// once, for they may be a thousand.
func (c *live) writeOffers(b *batch, now time.Time) {
	for len(b.gone) > 0 {
		first := b.gone[0]
		f := Facts{Cause: first.Cause, By: first.By}
		var others []callstate.Withdraw
		var members []string
		for _, w := range b.gone {
			if w.Cause == first.Cause && w.By == first.By {
				members = append(members, w.Member)
			} else {
				others = append(others, w)
			}
		}
		b.gone = others
		c.write(b, now, EntryWithdrawn, f.of(members))
	}
	if len(b.rung) > 0 {
		c.write(b, now, EntryRing, Facts{}.of(b.rung))
	}
}

// dialCustomer has the customer called; what comes of it arrives by the inbox.
func (c *live) dialCustomer() {
	wanted := c.wanted
	out := Outgoing{CallID: c.id, Number: c.number, To: c.dialTo, CallerID: c.number.E164, Leg: callstate.CustomerLeg}
	c.engine.work.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if wanted != nil && !wanted(ctx, c.id) {
			c.post(input{event: callstate.Stopped{Cause: callstate.CauseSettled}})
			return
		}
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

func (c *live) startTimer(t callstate.StartTimer) {
	length, ev := AwayTime, callstate.Event(callstate.AwayExpired{})
	if t.Timer == callstate.AwayTimer && c.state.Unproven() {
		ev = callstate.Unproven{}
	}
	switch t.Timer {
	case callstate.RingTimer:
		length, ev = c.ringTime(), callstate.RungOut{Member: t.Member}
	case callstate.LineTimer:
		length, ev = time.Until(c.since.Add(cmp.Or(c.queued().Queue.MaxWait, flow.DefaultMaxWait))), callstate.Waited{}
	case callstate.KeyTimer:
		a, _ := c.action.(flow.Ask)
		length, ev = cmp.Or(a.Wait, flow.DefaultMenuWait), callstate.KeyAwaited{}
	case callstate.DialTimer:
		a, _ := c.action.(flow.Dial)
		length, ev = cmp.Or(a.For, RingTime), callstate.DialExpired{}
	case callstate.SpeakTimer:
		a, _ := c.action.(flow.Record)
		length, ev = cmp.Or(a.Limit, flow.DefaultVoicemail), callstate.Spoken{}
	case callstate.ProofTimer:
		c.after(t, ProofTime, func(c *live) error { return c.unheard(false) })
		return
	}
	c.after(t, length, func(c *live) error { return c.handle(input{event: ev}) })
}

// ringTime is how long the members ring who begin to ring now.
func (c *live) ringTime() time.Duration {
	switch {
	case c.state.Phase == callstate.Waiting:
		return cmp.Or(c.queued().Queue.RingTime, RingTime)
	case c.state.Phase == callstate.Ringing:
		return cmp.Or(c.offered().For, RingTime)
	}
	return RingTime
}

// after does something later, unless the timer is stopped or started anew before.
func (c *live) after(t callstate.StartTimer, length time.Duration, do func(*live) error) {
	c.stopTimer(callstate.StopTimer(t))
	var timer *time.Timer
	timer = time.AfterFunc(length, func() {
		c.post(input{do: func(c *live) error {
			if c.timers[t] != timer { // stopped while it went off
				return nil
			}
			delete(c.timers, t)
			return do(c)
		}})
	})
	c.timers[t] = timer
}

func (c *live) stopTimer(t callstate.StopTimer) {
	if timer, ok := c.timers[callstate.StartTimer(t)]; ok {
		timer.Stop()
		delete(c.timers, callstate.StartTimer(t))
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
	c.recID, c.recStart, c.recAgent = id.New(), now, ""
	kind, channels := recording.Voicemail, []callstate.LegID{callstate.CustomerLeg}
	if c.state.Phase != callstate.Voicemail {
		kind, c.recAgent = recording.OfCall, callstate.AgentLeg(c.state.Agent)
		channels = append(channels, c.recAgent)
	}
	row := recording.Recording{
		ID: c.recID, WorkspaceID: c.number.WorkspaceID, CallID: c.id, Kind: kind, State: recording.Writing, StartedAt: now,
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
	c.write(b, now, EntryRecordingStarted, Facts{Recording: c.recID, Kind: kind})
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
		c.stopTimer(callstate.StopTimer(t))
	}
	c.bridge.Close()
	c.write(b, now, EntryEnded, Facts{Cause: cause, Code: c.sipCode})
}
