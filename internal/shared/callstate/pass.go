package callstate

// handOver takes the agent out of a call he talks on, also while his tab is away
// or the customer is on hold. Recording goes on for whoever takes over.
func handOver(s State, e HandedOver) (State, []Effect, bool) {
	if s.Agent != e.From || e.To == e.From {
		return s, nil, false
	}
	effects := append(stopWatching(s, nil), ReleaseAgent{Member: s.Agent, Cause: e.Cause})
	s = s.withOffer(s.Agent, OfferHandedOn)
	s.Agent, s.Muted, s.Held, s.Away, s.Before = "", false, false, false, ""
	if e.To == "" {
		s, effects = stopRecording(s, effects)
		return end(s, e.Cause, append(effects, HangUpCustomer{e.Cause}))
	}
	return pass(s, e, effects)
}

// pass rings who is to take over, or gives up where he cannot be rung.
func pass(s State, e HandedOver, effects []Effect) (State, []Effect, bool) {
	if e.To == "" || e.Missed {
		return giveUpPassing(s, effects)
	}
	s.Phase = Passing
	return s.offer(e.To), append(effects, RingMember{e.To}, StartTimer{Timer: RingTimer}), true
}

func fromPassing(s State, ev Event) (State, []Effect, bool) {
	switch e := ev.(type) {
	case Answered:
		if !s.Can(e.Member, Answer) {
			break
		}
		s = s.withOffer(e.Member, OfferAnswered)
		s.Phase, s.Agent = Talking, e.Member
		return s, []Effect{StopTimer{Timer: RingTimer}, EngageAgent{e.Member}}, true
	case Declined:
		if !s.Can(e.Member, Decline) {
			break
		}
		return giveUpPassing(unring(s, e.Member, OfferDeclined, CauseDeclined))
	case OfferLost:
		if !s.Offered(e.Member) {
			break
		}
		return giveUpPassing(unring(s, e.Member, OfferGone, CauseAgentLost))
	case RungOut:
		return giveUpPassing(withdrawAll(s, OfferMissed, CauseNoAnswer, ""))
	case HandedOver:
		if !s.Offered(e.From) || e.To == e.From {
			break
		}
		s, effects := unring(s, e.From, OfferGone, e.Cause)
		return pass(s, e, effects)
	case CustomerHeld:
		if s.FarHeld == e.On {
			break
		}
		s.FarHeld = e.On
		return s, nil, true
	case CustomerGone:
		cause := e.Cause
		if cause == CauseNone {
			cause = CauseCustomerHungUp
		}
		return endPassing(s, cause, nil)
	case Stopped:
		return endPassing(s, e.Cause, []Effect{HangUpCustomer{e.Cause}})
	}
	return s, nil, false
}

// unring stops the one phone that rings.
func unring(s State, member string, outcome Outcome, cause Cause) (State, []Effect) {
	return s.withOffer(member, outcome), []Effect{StopTimer{Timer: RingTimer}, Withdraw{Member: member, Cause: cause}}
}

// giveUpPassing tells a caller that nobody is there; a customer who was called
// is hung up on.
func giveUpPassing(s State, effects []Effect) (State, []Effect, bool) {
	s, effects = stopRecording(s, effects)
	if s.Direction == Inbound {
		s.Phase, s.Cause, s.Asking = Announcing, CauseNotTakenOver, false
		return s, append(effects, Apologise{}), true
	}
	return end(s, CauseNotTakenOver, append(effects, HangUpCustomer{CauseNotTakenOver}))
}

func endPassing(s State, cause Cause, last []Effect) (State, []Effect, bool) {
	s, effects := withdrawAll(s, OfferWithdrawn, cause, "")
	s, effects = stopRecording(s, append(effects, StopTimer{Timer: RingTimer}))
	return end(s, cause, append(effects, last...))
}
