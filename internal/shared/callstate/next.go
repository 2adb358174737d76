package callstate

// Next is the call's whole behaviour. It returns the state after ev with the
// effects to perform in order, or s itself with ok false where ev means nothing
// in s: too late, not allowed, or not this member's to do.
func Next(s State, ev Event) (next State, effects []Effect, ok bool) {
	switch s.Phase {
	case New:
		return fromNew(s, ev)
	case Ringing:
		return fromRinging(s, ev)
	case Announcing:
		return fromAnnouncing(s, ev)
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
		if len(e.Candidates) == 0 {
			return announce(s, e.Refused, nil)
		}
		s.Phase = Ringing
		effects := []Effect{RingCustomer{}}
		s.Offers = make([]Offer, 0, len(e.Candidates))
		for _, m := range e.Candidates {
			s.Offers = append(s.Offers, Offer{Member: m, Outcome: OfferRinging})
			effects = append(effects, RingMember{Member: m})
		}
		return s, append(effects, StartTimer{RingTimer}), true
	case Dialled:
		if s.Direction != Outbound {
			break
		}
		s.Phase, s.Agent = Dialling, e.Member
		return s, []Effect{DialCustomer{}}, true
	case CustomerGone:
		return end(s, goneBefore(s, e.Cause), nil)
	case Stopped:
		return end(s, e.Cause, []Effect{HangUpCustomer{e.Cause}})
	}
	return s, nil, false
}

func fromRinging(s State, ev Event) (State, []Effect, bool) {
	switch e := ev.(type) {
	case Answered:
		if !s.Can(e.Member, Answer) {
			break
		}
		s = s.withOffer(e.Member, OfferAnswered)
		s, effects := withdrawAll(s, CauseAnsweredElsewhere, e.Member)
		s.Agent = e.Member
		effects = append([]Effect{StopTimer{RingTimer}, AcceptCustomer{}, EngageAgent{e.Member}}, effects...)
		s, started := connect(s)
		return s, append(effects, started...), true
	case Declined:
		if !s.Can(e.Member, Decline) {
			break
		}
		s = s.withOffer(e.Member, OfferDeclined)
		effects := []Effect{Withdraw{Member: e.Member, Cause: CauseDeclined}}
		return giveUpIfAlone(s, effects)
	case OfferLost:
		if !s.Offered(e.Member) {
			break
		}
		s = s.withOffer(e.Member, OfferGone)
		return giveUpIfAlone(s, []Effect{Withdraw{Member: e.Member, Cause: CauseAgentLost}})
	case HandedOver:
		if !s.Offered(e.From) {
			break
		}
		s = s.withOffer(e.From, OfferGone)
		return giveUpIfAlone(s, []Effect{Withdraw{Member: e.From, Cause: e.Cause}})
	case RungOut:
		s, effects := withdrawAll(s, CauseNoAnswer, "")
		return announce(s, CauseNoAnswer, effects)
	case CustomerGone:
		cause := goneBefore(s, e.Cause)
		s, effects := withdrawAll(s, cause, "")
		return end(s, cause, append(effects, StopTimer{RingTimer}))
	case Stopped:
		s, effects := withdrawAll(s, e.Cause, "")
		return end(s, e.Cause, append(effects, StopTimer{RingTimer}, HangUpCustomer{e.Cause}))
	}
	return s, nil, false
}

func fromAnnouncing(s State, ev Event) (State, []Effect, bool) {
	switch e := ev.(type) {
	case Announced:
		return end(s, s.Cause, []Effect{HangUpCustomer{s.Cause}})
	case CustomerGone:
		return end(s, s.Cause, nil)
	case Stopped:
		return end(s, s.Cause, []Effect{HangUpCustomer{e.Cause}})
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
		return s, []Effect{StartTimer{AwayTimer}}, true
	case AgentBack:
		if s.Agent != e.Member || !s.Away {
			break
		}
		s.Away = false
		return s, []Effect{StopTimer{AwayTimer}}, true
	case AwayExpired:
		if !s.Away {
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
func withdrawAll(s State, cause Cause, by string) (State, []Effect) {
	var effects []Effect
	for _, m := range s.Ringers() {
		s = s.withOffer(m, OfferWithdrawn)
		effects = append(effects, Withdraw{Member: m, Cause: cause, By: by})
	}
	return s, effects
}

// giveUpIfAlone announces that nobody is there once no phone rings any more.
func giveUpIfAlone(s State, effects []Effect) (State, []Effect, bool) {
	if len(s.Ringers()) > 0 {
		return s, effects, true
	}
	cause := CauseDeclined
	for _, o := range s.Offers {
		if o.Outcome == OfferGone {
			cause = CauseNobodyAvailable
		}
	}
	return announce(s, cause, append(effects, StopTimer{RingTimer}))
}

// announce answers the caller with a message; the call then ends with cause.
func announce(s State, cause Cause, effects []Effect) (State, []Effect, bool) {
	if cause == CauseNone {
		cause = CauseNobodyAvailable
	}
	message := MessageUnavailable
	if cause == CauseNotAssigned {
		message = MessageNotInService
	}
	s.Phase, s.Cause = Announcing, cause
	if !s.Talked {
		effects = append(effects, AcceptCustomer{})
	}
	return s, append(effects, Announce{message}), true
}

// release ends the call and frees its agent, who owes what the policy demands
// if he talked.
func release(s State, cause Cause, effects []Effect) (State, []Effect, bool) {
	if s.Away {
		effects = append(effects, StopTimer{AwayTimer})
	}
	s, effects = stopRecording(s, effects)
	effects = append(effects, ReleaseAgent{
		Member: s.Agent, Tag: s.Talked && s.Policy.DemandTag, Work: s.Talked, Cause: cause,
	})
	return end(s, cause, effects)
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
	s.Away, s.Held, s.Muted, s.FarHeld = false, false, false, false
	return s, append(effects, Finish{cause}), true
}

// goneBefore is the cause of a caller's going before anybody answered.
func goneBefore(s State, cause Cause) Cause {
	if cause != CauseNone {
		return cause
	}
	if s.Direction == Outbound {
		return CauseAgentCancelled
	}
	return CauseCustomerLeft
}
