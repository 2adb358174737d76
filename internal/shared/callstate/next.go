package callstate

// Next is the call's whole behaviour. It returns the state after ev with the
// effects to perform in order, or s itself with ok false where ev means nothing
// in s: too late, not allowed, or not this member's to do.
func Next(s State, ev Event) (next State, effects []Effect, ok bool) {
	switch s.Phase {
	case New:
		return fromNew(s, ev)
	case Routing:
		return fromRouting(s, ev)
	case Announcing:
		return fromAnnouncing(s, ev)
	case Ringing, Waiting:
		return fromOffering(s, ev)
	case Forwarding:
		return fromForwarding(s, ev)
	case Forwarded:
		return fromForwarded(s, ev)
	case Voicemail:
		return fromVoicemail(s, ev)
	case Dialling:
		return fromDialling(s, ev)
	case Talking:
		return fromTalking(s, ev)
	case Passing:
		return fromPassing(s, ev)
	case Ended:
	}
	return s, nil, false
}

func fromNew(s State, ev Event) (State, []Effect, bool) {
	switch e := ev.(type) {
	case Arrived:
		if s.Direction != Inbound {
			break
		}
		return advance(s, nil, Advance{Result: ResultStarted})
	case Dialled:
		if s.Direction != Outbound {
			break
		}
		s.Phase, s.Agent = Dialling, e.Member
		return s, []Effect{DialCustomer{}}, true
	case Returning:
		if s.Direction != Outbound {
			break
		}
		s.Phase, s.Lined = Waiting, true
		return s, []Effect{StartTimer{Timer: LineTimer}, EnterLine{}}, true
	case CustomerGone:
		return end(s, goneBefore(s, e.Cause), nil)
	case Stopped:
		return end(s, e.Cause, []Effect{HangUpCustomer{e.Cause}})
	}
	return s, nil, false
}

func fromDialling(s State, ev Event) (State, []Effect, bool) {
	switch e := ev.(type) {
	case CustomerRinging:
		if s.FarRings {
			break
		}
		s.FarRings = true
		return s, nil, true
	case CustomerEarly:
		if s.Early {
			break
		}
		s.Early = true
		return s, nil, true
	case CustomerAnswered:
		s, effects := connect(s)
		return s, effects, true
	case CustomerGone:
		cause := e.Cause
		if cause == CauseNone {
			cause = CauseRejected
		}
		return release(s, cause, nil)
	case HungUp:
		if !s.Can(e.Member, HangUp) {
			break
		}
		return release(s, CauseAgentCancelled, []Effect{HangUpCustomer{CauseAgentCancelled}})
	case AgentLost:
		if s.Agent != e.Member {
			break
		}
		return release(s, CauseAgentLost, []Effect{HangUpCustomer{CauseAgentLost}})
	case HandedOver: // nobody to hand over yet
		if s.Agent != e.From {
			break
		}
		return release(s, e.Cause, []Effect{HangUpCustomer{e.Cause}})
	case Stopped:
		return release(s, e.Cause, []Effect{HangUpCustomer{e.Cause}})
	}
	return s, nil, false
}

func fromTalking(s State, ev Event) (State, []Effect, bool) {
	switch e := ev.(type) {
	case Muted:
		if !s.Can(e.Member, Mute) || s.Muted == e.On {
			break
		}
		s.Muted = e.On
		return s, nil, true
	case Held:
		if !s.Can(e.Member, Hold) || s.Held == e.On {
			break
		}
		s.Held = e.On
		return s, nil, true
	case Recorded:
		return record(s, e)
	case CustomerHeld:
		if s.FarHeld == e.On {
			break
		}
		s.FarHeld = e.On
		return s, nil, true
	case HungUp:
		if !s.Can(e.Member, HangUp) {
			break
		}
		return release(s, CauseAgentHungUp, []Effect{HangUpCustomer{CauseAgentHungUp}})
	case CustomerGone:
		cause := e.Cause
		if cause == CauseNone {
			cause = CauseCustomerHungUp
		}
		return release(s, cause, nil)
	case AgentLost, AgentBack, AwayExpired:
		return awayOrBack(s, ev)
	case Proven:
		if s.Agent != e.Member || !s.Unproven() {
			break
		}
		s.Before = ""
		return s, []Effect{StopTimer{Timer: ProofTimer}}, true
	case Unproven:
		if !s.Unproven() {
			break
		}
		return fallBack(s, e.Again)
	case HandedOver:
		return handOver(s, e)
	case Stopped:
		return release(s, e.Cause, []Effect{HangUpCustomer{e.Cause}})
	}
	return s, nil, false
}

// awayOrBack waits for an agent whose tab is gone.
func awayOrBack(s State, ev Event) (State, []Effect, bool) {
	switch e := ev.(type) {
	case AgentLost:
		if s.Agent != e.Member || s.Away {
			break
		}
		s.Away = true
		return s, []Effect{StartTimer{Timer: AwayTimer}}, true
	case AgentBack:
		if s.Agent != e.Member || !s.Away {
			break
		}
		s.Away = false
		return s, []Effect{StopTimer{Timer: AwayTimer}}, true
	case AwayExpired:
		if !s.Away || s.Unproven() { // then it is Unproven that says so
			break
		}
		return release(s, CauseAgentLost, []Effect{HangUpCustomer{CauseAgentLost}})
	}
	return s, nil, false
}

// record obeys the agent's wish about recording where the policy allows it.
func record(s State, e Recorded) (State, []Effect, bool) {
	var action Action
	switch {
	case e.To == RecordingPaused:
		action = PauseRecording
	case e.To == RecordingOn && s.Recording == RecordingPaused:
		action = ResumeRecording
	case e.To == RecordingOn:
		action = StartRecording
	}
	if !s.Can(e.Member, action) {
		return s, nil, false
	}
	s.Recording = e.To
	return s, []Effect{Record{e.To}}, true
}

// connect puts customer and agent together.
func connect(s State) (State, []Effect) {
	s.Phase, s.Talked = Talking, true
	if s.Policy.RecordAuto {
		s.Recording = RecordingOn
		return s, []Effect{Record{RecordingOn}}
	}
	return s, nil
}

// withdrawAll stops every open offer.
func withdrawAll(s State, outcome Outcome, cause Cause, by string) (State, []Effect) {
	s, ringers := s.settle(outcome)
	var effects []Effect
	for _, m := range ringers {
		effects = append(effects, Withdraw{Member: m, Cause: cause, By: by})
	}
	return s, effects
}

// accept answers the caller, unless he is answered already.
func accept(s State, effects []Effect) (State, []Effect) {
	if s.Accepted {
		return s, effects
	}
	s.Accepted = true
	return s, append(effects, AcceptCustomer{})
}

// release ends the call and frees its agent, who owes what the policy demands
// if he talked.
func release(s State, cause Cause, effects []Effect) (State, []Effect, bool) {
	effects = stopWatching(s, effects)
	s, effects = stopRecording(s, effects)
	effects = append(effects, ReleaseAgent{
		Member: s.Agent, Tag: s.Talked && s.Policy.DemandTag, Work: s.Talked, Cause: cause,
	})
	return end(s, cause, effects)
}

// stopWatching stops the timers that watch an agent.
func stopWatching(s State, effects []Effect) []Effect {
	if s.Away {
		effects = append(effects, StopTimer{Timer: AwayTimer})
	}
	if s.Unproven() {
		effects = append(effects, StopTimer{Timer: ProofTimer})
	}
	return effects
}

func stopRecording(s State, effects []Effect) (State, []Effect) {
	if s.Recording != RecordingOff {
		s.Recording = RecordingOff
		effects = append(effects, Record{RecordingOff})
	}
	return s, effects
}

func end(s State, cause Cause, effects []Effect) (State, []Effect, bool) {
	s.Phase, s.Cause = Ended, cause
	s.Away, s.Held, s.Muted, s.FarHeld, s.Lined, s.Before = false, false, false, false, false, ""
	s.Asking, s.Awaiting = false, false
	return s, append(effects, Finish{cause}), true
}

// goneBefore is the cause of a caller's going before anybody answered.
func goneBefore(s State, cause Cause) Cause {
	// A phone that heard a prompt hangs up as after talking; nobody answered it.
	if cause != CauseNone && (s.Direction == Outbound || cause != CauseCustomerHungUp) {
		return cause
	}
	if s.Direction == Outbound {
		return CauseAgentCancelled
	}
	return CauseCustomerLeft
}
