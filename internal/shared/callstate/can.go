package callstate

// Action is something an agent can do to a call; each is a button.
type Action string

// The actions.
const (
	Answer          Action = "answer"
	Decline         Action = "decline"
	HangUp          Action = "hang-up"
	Mute            Action = "mute"
	Hold            Action = "hold"
	Digits          Action = "digits"
	StartRecording  Action = "start-recording"
	PauseRecording  Action = "pause-recording"
	ResumeRecording Action = "resume-recording"
)

// Actions lists every action.
func Actions() []Action {
	return []Action{Answer, Decline, HangUp, Mute, Hold, Digits, StartRecording, PauseRecording, ResumeRecording}
}

// Can says whether member may do a in s.
func (s State) Can(member string, a Action) bool {
	if member == "" {
		return false
	}
	mine := s.Agent == member
	talking := mine && s.Phase == Talking
	switch a {
	case Answer, Decline:
		return s.Offered(member)
	case HangUp:
		return talking || mine && s.Phase == Dialling
	case Mute, Hold:
		return talking
	case Digits:
		return talking && !s.Held || mine && s.Phase == Dialling && s.Early
	case StartRecording:
		return talking && s.Policy.RecordAgent && s.Recording == RecordingOff
	case PauseRecording:
		return talking && s.Policy.RecordAgent && s.Recording == RecordingOn
	case ResumeRecording:
		return talking && s.Policy.RecordAgent && s.Recording == RecordingPaused
	}
	return false
}
