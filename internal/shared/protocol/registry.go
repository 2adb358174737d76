package protocol

// Messages returns one blank message of every type, the registry of the
// protocol.
func Messages() []Message {
	return []Message{
		&Hello{}, &Resync{}, &Ping{}, &Device{}, &MediaAnswer{}, &MediaCandidate{},
		&SetAvailability{}, &Dial{}, &Act{}, &Keypad{}, &SetTags{}, &EndWrapUp{},
		&CallerStart{}, &CallerMute{}, &CallerDigits{}, &CallerHangUp{},
		&Result{}, &MediaOffer{}, &Notice{}, &Goodbye{},
		&Snapshot{}, &MeChanged{}, &CallChanged{}, &CallGone{}, &RecentAdded{},
		&LinesChanged{}, &TagsChanged{}, &CallerState{},
	}
}

// blank returns a new message of the type.
func blank(typ string) (Message, bool) {
	for _, m := range Messages() {
		if m.Type() == typ {
			return m, true
		}
	}
	return nil, false
}
