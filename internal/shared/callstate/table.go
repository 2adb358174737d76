package callstate

// LegID names a leg within its call. Anything that can take part has one.
type LegID string

// The legs every call may have. An agent's leg is AgentLeg(member).
const (
	CustomerLeg LegID = "customer"
	PlayerLeg   LegID = "player"   // prompts and hold music
	ExternalLeg LegID = "external" // a number outside that the call was forwarded to
)

// AgentLeg is the leg of a member in a call.
func AgentLeg(member string) LegID { return LegID("agent:" + member) }

// Row says that Listener hears Speaker.
type Row struct {
	Listener LegID `json:"listener"`
	Speaker  LegID `json:"speaker"`
}

// Table is who hears whom. It is the only thing the media plane obeys: talking,
// hold, announcements and, later, listen, whisper and barge are rows in it.
type Table []Row

// Hears says whether listener hears speaker.
func (t Table) Hears(listener, speaker LegID) bool {
	for _, r := range t {
		if r.Listener == listener && r.Speaker == speaker {
			return true
		}
	}
	return false
}
