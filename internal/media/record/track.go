package record

import "parley/internal/shared/callstate"

// track is one channel of a recording: who is heard in it, and where on the recording's
// clock his packets belong.
type track struct {
	leg  callstate.LegID
	time timeline
}
