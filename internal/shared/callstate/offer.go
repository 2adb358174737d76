package callstate

// ring offers the call to members. Where there is nobody to ring or to wait for,
// the flow goes on at once.
func ring(s State, e Routed) (State, []Effect, bool) {
	s.Offers = make([]Offer, 0, len(e.Members))
	if len(e.Members) == 0 && !e.Lined {
		return advance(s, nil, Advance{Result: ResultUnanswered, Cause: CauseNobodyAvailable})
	}
	s.Phase, s.Lined = Ringing, e.Lined
	s, effects := sound(s, e)
	for _, m := range e.Members {
		s.Offers = append(s.Offers, Offer{Member: m, Outcome: OfferRinging})
		effects = append(effects, RingMember{Member: m})
	}
	effects = append(effects, StartTimer{Timer: RingTimer})
	if s.Lined {
		effects = append(effects, EnterLine{})
	}
	return s, effects, true
}

// fromOffering has members rung: for a time, or, in line, whoever becomes free.
func fromOffering(s State, ev Event) (State, []Effect, bool) {
	switch e := ev.(type) {
	case Answered:
		if !s.Can(e.Member, Answer) {
			break
		}
		if s.Direction == Outbound {
			return callBack(s, e.Member)
		}
		return win(s, e.Member)
	case Rung:
		if !s.Lined || s.Offered(e.Member) {
			break
		}
		s = s.offer(e.Member)
		effects := []Effect{RingMember{Member: e.Member}}
		if s.Phase == Waiting {
			effects = append(effects, StartTimer{Timer: RingTimer, Member: e.Member})
		}
		return s, effects, true
	case Declined, OfferLost, HandedOver:
		return drop(s, ev)
	case RungOut:
		return rungOut(s, e)
	case Pressed:
		if !s.Asking || e.Key != "*" {
			break
		}
		return leaveLine(s, Advance{Result: ResultAsked})
	case Waited:
		switch {
		case s.Phase != Waiting:
			return s, nil, false
		case s.Direction == Outbound:
			return endOffering(s, CauseNobodyAvailable, nil)
		}
		return leaveLine(s, Advance{Result: ResultWaited})
	case CustomerGone:
		return endOffering(s, goneBefore(s, e.Cause), nil)
	case Stopped:
		return endOffering(s, e.Cause, []Effect{HangUpCustomer{e.Cause}})
	}
	return s, nil, false
}

// win gives the call to a member. The others are told at once; should nothing be
// heard of him they are rung again.
func win(s State, member string) (State, []Effect, bool) {
	effects := stopOffering(s)
	s.Before = s.Phase
	s, effects = accept(s, effects)
	effects = append(effects, EngageAgent{member})
	s = s.withOffer(member, OfferAnswered)
	s, gone := withdrawAll(s, OfferBeaten, CauseAnsweredElsewhere, member)
	s.Agent = member
	effects = append(effects, gone...)
	s, started := connect(s)
	return s, append(append(effects, started...), StartTimer{Timer: ProofTimer}), true
}

// callBack has the member who took the call call the customer.
func callBack(s State, member string) (State, []Effect, bool) {
	effects := append(stopOffering(s), EngageAgent{member})
	s = s.withOffer(member, OfferAnswered)
	s, gone := withdrawAll(s, OfferBeaten, CauseAnsweredElsewhere, member)
	s.Phase, s.Agent, s.Lined = Dialling, member, false
	return s, append(append(effects, gone...), DialCustomer{}), true
}

// fallBack takes the call from an agent of whom nothing was heard. He owes nothing.
func fallBack(s State, again []string) (State, []Effect, bool) {
	effects := stopWatching(s, nil)
	s, effects = stopRecording(s, effects)
	effects = append(effects, ReleaseAgent{Member: s.Agent, Cause: CauseAgentLost})
	s = s.withOffer(s.Agent, OfferGone)
	s.Phase, s.Before, s.Agent, s.Talked = s.Before, "", "", false
	s.Away, s.Held, s.Muted, s.FarHeld = false, false, false, false
	if s.Phase == Ringing && len(again) == 0 && !s.Lined {
		return advance(s, effects, Advance{Result: ResultUnanswered, Missed: s.Missed(), Cause: CauseNobodyAvailable})
	}
	waits := s.Phase == Waiting
	if waits {
		effects = append(effects, StartTimer{Timer: LineTimer})
	} else {
		effects = append(effects, StartTimer{Timer: RingTimer})
	}
	for _, m := range again {
		s = s.offer(m)
		effects = append(effects, RingMember{Member: m})
		if waits {
			effects = append(effects, StartTimer{Timer: RingTimer, Member: m})
		}
	}
	if s.Lined {
		effects = append(effects, EnterLine{})
	}
	return s, effects, true
}

// drop takes one member out of those who ring.
func drop(s State, ev Event) (State, []Effect, bool) {
	member, outcome, cause := "", OfferGone, CauseAgentLost
	switch e := ev.(type) {
	case Declined:
		member, outcome, cause = e.Member, OfferDeclined, CauseDeclined
	case OfferLost:
		member = e.Member
	case HandedOver:
		member, cause = e.From, e.Cause
	}
	if !s.Offered(member) {
		return s, nil, false
	}
	s = s.withOffer(member, outcome)
	return fewer(s, member, []Effect{Withdraw{Member: member, Cause: cause}})
}

func rungOut(s State, e RungOut) (State, []Effect, bool) {
	switch {
	case s.Phase == Ringing && e.Member == "":
		s, effects := withdrawAll(s, OfferMissed, CauseNoAnswer, "")
		if s.Lined {
			effects = append(effects, LeaveLine{})
		}
		return advance(s, effects, Advance{Result: ResultUnanswered, Missed: s.Missed(), Cause: CauseNoAnswer})
	case s.Phase == Waiting && s.Offered(e.Member):
		s = s.withOffer(e.Member, OfferMissed)
		return fewer(s, e.Member, []Effect{Withdraw{Member: e.Member, Cause: CauseNoAnswer}})
	}
	return s, nil, false
}

// fewer goes on once a member rings no more: where nobody does any more, and nobody
// is waited for, so does the flow.
func fewer(s State, member string, effects []Effect) (State, []Effect, bool) {
	if s.Phase == Waiting {
		effects = append(effects, StopTimer{Timer: RingTimer, Member: member})
	}
	if s.Lined {
		return s, append(effects, Seek{}), true
	}
	if len(s.Ringers()) > 0 {
		return s, effects, true
	}
	cause := CauseDeclined
	for _, o := range s.Offers {
		if o.Outcome == OfferGone {
			cause = CauseNobodyAvailable
		}
	}
	effects = append(effects, StopTimer{Timer: RingTimer})
	return advance(s, effects, Advance{Result: ResultUnanswered, Missed: s.Missed(), Cause: cause})
}

// leaveLine goes on with the flow while the caller is in line.
func leaveLine(s State, a Advance) (State, []Effect, bool) {
	effects, cause := stopOffering(s), CauseNoAnswer
	if a.Result == ResultAsked {
		cause = CauseCallbackPromised
	}
	s, gone := withdrawAll(s, OfferWithdrawn, cause, "")
	a.Missed = s.Missed()
	return advance(s, append(effects, gone...), a)
}

func endOffering(s State, cause Cause, last []Effect) (State, []Effect, bool) {
	effects := stopOffering(s)
	s, gone := withdrawAll(s, OfferWithdrawn, cause, "")
	return end(s, cause, append(append(effects, gone...), last...))
}

// stopOffering stops what runs while members are rung.
func stopOffering(s State) []Effect {
	var effects []Effect
	if s.Phase == Ringing {
		effects = append(effects, StopTimer{Timer: RingTimer})
	} else {
		effects = append(effects, StopTimer{Timer: LineTimer})
		for _, m := range s.Ringers() {
			effects = append(effects, StopTimer{Timer: RingTimer, Member: m})
		}
	}
	if s.Lined {
		effects = append(effects, LeaveLine{})
	}
	return effects
}
