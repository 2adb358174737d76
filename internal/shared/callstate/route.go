package callstate

// advance asks the flow what comes next. Its answer comes as Routed.
func advance(s State, effects []Effect, a Advance) (State, []Effect, bool) {
	s.Phase, s.Asking, s.Awaiting, s.Lined = Routing, false, false, false
	return s, append(effects, a), true
}

func fromRouting(s State, ev Event) (State, []Effect, bool) {
	switch e := ev.(type) {
	case Routed:
		return route(s, e)
	case Blocked:
		return end(s, CauseBlocked, []Effect{HangUpCustomer{CauseBlocked}})
	case CustomerGone:
		return end(s, goneBefore(s, e.Cause), nil)
	case Stopped:
		return end(s, e.Cause, []Effect{HangUpCustomer{e.Cause}})
	}
	return s, nil, false
}

// route begins the step the flow has next.
func route(s State, e Routed) (State, []Effect, bool) {
	switch e.Do {
	case StepSay, StepAsk:
		s.Phase, s.Awaiting = Announcing, e.Do == StepAsk
		s.Asking = e.Asking || s.Awaiting
		s, effects := accept(s, nil)
		return s, append(effects, Announce{}), true
	case StepRing:
		return ring(s, e)
	case StepLine:
		s.Phase, s.Lined, s.Asking, s.Offers = Waiting, true, e.Asking, nil
		s, effects := accept(s, nil)
		return s, append(effects, StartTimer{Timer: LineTimer}, EnterLine{}), true
	case StepForward:
		s.Phase = Forwarding
		s, effects := sound(s, e)
		return s, append(effects, DialExternal{}, StartTimer{Timer: DialTimer}), true
	case StepRecord:
		s.Phase = Voicemail
		s, effects := accept(s, nil)
		return s, append(effects, Announce{}), true
	case StepLast:
		if e.Cause == CauseNone {
			e.Cause = CauseFlowEnded
		}
		s.Phase, s.Cause = Announcing, e.Cause
		s, effects := accept(s, nil)
		return s, append(effects, Announce{}), true
	case StepHangUp:
		if e.Cause == CauseNone {
			e.Cause = CauseFlowEnded
		}
		return end(s, e.Cause, []Effect{HangUpCustomer{e.Cause}})
	}
	return s, nil, false
}

// sound has the caller hear that somebody is rung. Once he is answered, the player
// does that.
func sound(s State, e Routed) (State, []Effect) {
	if s.Accepted || e.Accept {
		return accept(s, nil)
	}
	return s, []Effect{RingCustomer{}}
}

func fromAnnouncing(s State, ev Event) (State, []Effect, bool) {
	switch e := ev.(type) {
	case Announced:
		switch {
		case s.Cause != CauseNone:
			return end(s, s.Cause, []Effect{HangUpCustomer{s.Cause}})
		case s.Awaiting:
			return s, []Effect{StartTimer{Timer: KeyTimer}}, true
		}
		return advance(s, nil, Advance{Result: ResultSaid})
	case Pressed:
		if !s.Asking {
			break
		}
		return advance(s, []Effect{StopTimer{Timer: KeyTimer}}, Advance{Result: ResultPressed, Key: e.Key})
	case KeyAwaited:
		if !s.Awaiting {
			break
		}
		return advance(s, nil, Advance{Result: ResultSilent})
	case CustomerGone:
		cause := s.Cause
		if cause == CauseNone {
			cause = goneBefore(s, e.Cause)
		}
		return end(s, cause, []Effect{StopTimer{Timer: KeyTimer}})
	case Stopped:
		cause := s.Cause
		if cause == CauseNone {
			cause = e.Cause
		}
		return end(s, cause, []Effect{StopTimer{Timer: KeyTimer}, HangUpCustomer{e.Cause}})
	}
	return s, nil, false
}

func fromForwarding(s State, ev Event) (State, []Effect, bool) {
	stop := StopTimer{Timer: DialTimer}
	switch e := ev.(type) {
	case ExternalAnswered:
		s.Phase, s.Talked = Forwarded, true
		s, effects := accept(s, []Effect{stop})
		return s, effects, true
	case ExternalGone:
		cause := e.Cause
		if cause == CauseNone {
			cause = CauseRejected
		}
		return advance(s, []Effect{stop}, Advance{Result: ResultDialFailed, Cause: cause})
	case DialExpired:
		return advance(s, []Effect{HangUpExternal{CauseNoAnswer}}, Advance{Result: ResultDialFailed, Cause: CauseNoAnswer})
	case CustomerGone:
		cause := goneBefore(s, e.Cause)
		return end(s, cause, []Effect{stop, HangUpExternal{cause}})
	case Stopped:
		return end(s, e.Cause, []Effect{stop, HangUpExternal{e.Cause}, HangUpCustomer{e.Cause}})
	}
	return s, nil, false
}

func fromForwarded(s State, ev Event) (State, []Effect, bool) {
	switch e := ev.(type) {
	case ExternalGone:
		return end(s, CauseForwardEnded, []Effect{HangUpCustomer{CauseForwardEnded}})
	case CustomerGone:
		cause := e.Cause
		if cause == CauseNone {
			cause = CauseCustomerHungUp
		}
		return end(s, cause, []Effect{HangUpExternal{cause}})
	case Stopped:
		return end(s, e.Cause, []Effect{HangUpExternal{e.Cause}, HangUpCustomer{e.Cause}})
	}
	return s, nil, false
}

// fromVoicemail waits for the greeting to end, then records.
func fromVoicemail(s State, ev Event) (State, []Effect, bool) {
	speaks := s.Recording == RecordingOn
	switch e := ev.(type) {
	case Announced:
		if speaks {
			break
		}
		s.Recording = RecordingOn
		return s, []Effect{Record{RecordingOn}, StartTimer{Timer: SpeakTimer}}, true
	case Pressed:
		if !speaks || e.Key != "#" {
			break
		}
		return left(s, CauseVoicemailLeft, []Effect{StopTimer{Timer: SpeakTimer}, HangUpCustomer{CauseVoicemailLeft}})
	case Spoken:
		if !speaks {
			break
		}
		return left(s, CauseVoicemailLeft, []Effect{HangUpCustomer{CauseVoicemailLeft}})
	case CustomerGone:
		if !speaks {
			return end(s, goneBefore(s, e.Cause), nil)
		}
		return left(s, CauseVoicemailLeft, []Effect{StopTimer{Timer: SpeakTimer}})
	case Stopped:
		return left(s, e.Cause, []Effect{StopTimer{Timer: SpeakTimer}, HangUpCustomer{e.Cause}})
	}
	return s, nil, false
}

// left ends a voicemail.
func left(s State, cause Cause, effects []Effect) (State, []Effect, bool) {
	s, effects = stopRecording(s, effects)
	return end(s, cause, effects)
}
