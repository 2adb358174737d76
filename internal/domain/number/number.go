// Package number owns the company's phone numbers: what each is called, who
// rings, what is recorded, and the rules a call on it obeys.
package number

import (
	"context"
	"slices"
	"time"
)

// Type is what a number is for.
type Type string

// The types. A classic number rings people; an IVR asks callers to choose by keys,
// and who is assigned to it only calls out with it (IVR-06).
const (
	Classic Type = "classic"
	IVR     Type = "ivr"
)

// Types lists the types, in the order they are offered.
func Types() []Type { return []Type{Classic, IVR} }

// Clean returns the type in its stored form, "" being Classic; false where there is
// no such type.
func (t Type) Clean() (Type, bool) {
	if t == "" {
		return Classic, true
	}
	return t, slices.Contains(Types(), t)
}

// Recording is the four switches of a number (REC-01).
type Recording struct {
	AutoInbound   bool // recording starts by itself on inbound calls
	AgentInbound  bool // the agent may start, pause and resume it
	AutoOutbound  bool
	AgentOutbound bool
}

// Number is a phone number of a workspace.
type Number struct {
	ID           string
	WorkspaceID  string
	E164         string // "+33123456789", unique on the server
	Type         Type   // "" is Classic
	Name         string
	CallerName   string // shown beside the number to who is called, where the network carries it; "" for none
	InboxName    string // what its calls and messages stand under, "" is Name
	Inactive     bool   // waits, such as for a provider's approval: takes and makes no calls
	Country      string // ISO 3166-1 alpha-2
	TrunkID      string // the trunk calls leave by, "" where it has none
	WebCall      bool   // its public page /call/<number> is on
	Recording    Recording
	MandatoryTag bool
	HoldMusic    string // id in the music library
	Language     string // language of its prompts
	OwnerID      string // the member who runs it beside the admins, "" for none
	CreatedAt    time.Time
}

// IsIVR says whether callers choose by keys.
func (n Number) IsIVR() bool { return n.Type == IVR }

// Rings says whether calls to the number ring a member who has it with level.
func (n Number) Rings(level Level) bool { return !n.IsIVR() && !n.Inactive && level.Rings() }

// Dials says whether a member who has the number with level may call out with it.
func (n Number) Dials(level Level) bool { return !n.Inactive && level.Dials() }

// OnWeb says whether strangers may call it from its public page.
func (n Number) OnWeb() bool { return n.WebCall && !n.Inactive }

// Inbox is the name its calls and messages stand under.
func (n Number) Inbox() string {
	if n.InboxName == "" {
		return n.Name
	}
	return n.InboxName
}

// Level is what a member may do with a number he has.
type Level string

// The access levels. Exclusive is Shared for the only member who has the number;
// OutboundOnly calls out and is never rung; ReadOnly sees its calls and no more.
const (
	Shared       Level = "shared"
	Exclusive    Level = "exclusive"
	OutboundOnly Level = "outbound-only"
	ReadOnly     Level = "read-only"
)

// Levels lists the access levels, in the order they are offered.
func Levels() []Level { return []Level{Shared, Exclusive, OutboundOnly, ReadOnly} }

// Rings says whether calls to the number ring who has this level.
func (l Level) Rings() bool { return l == Shared || l == Exclusive }

// Dials says whether who has this level may call out with the number.
func (l Level) Dials() bool { return l.Rings() || l == OutboundOnly }

// Clean returns the level in its stored form; false where there is no such level.
func (l Level) Clean() (Level, bool) {
	if l == "" {
		return Shared, true
	}
	return l, slices.Contains(Levels(), l)
}

// Assignment gives a member a number.
type Assignment struct {
	NumberID string
	MemberID string
	Level    Level // "" is stored as Shared
}

// Callable are the countries a company calls to: those of its numbers, and what its
// workspace allows besides.
func Callable(allowed []string, numbers []Number) []string {
	out := slices.Clone(allowed)
	for _, n := range numbers {
		if !slices.Contains(out, n.Country) {
			out = append(out, n.Country)
		}
	}
	return out
}

// Store keeps numbers and who has them.
type Store interface {
	Numbers(ctx context.Context, workspaceID string) ([]Number, error)
	Number(ctx context.Context, workspaceID, id string) (Number, error)
	// NumberByE164 looks over the whole server: that is how calls come in.
	NumberByE164(ctx context.Context, e164 string) (Number, error)
	// SaveNumber creates or replaces by ID; a taken E.164 is a conflict fault.
	SaveNumber(ctx context.Context, n Number) error
	DeleteNumber(ctx context.Context, workspaceID, id string) error
}

// Editor changes a number as it is stored.
type Editor interface {
	// EditNumber lets change alter a number in one transaction, so that it undoes
	// nothing that somebody else alters at the same moment; an error of change goes
	// back and nothing is stored. Faults: NotFound.
	EditNumber(ctx context.Context, workspaceID, id string, change func(*Number) error) (Number, error)
}

// AssignmentStore keeps who has which number.
type AssignmentStore interface {
	// Assignments lists all of a workspace.
	Assignments(ctx context.Context, workspaceID string) ([]Assignment, error)
	// AssignmentsOf lists a member's.
	AssignmentsOf(ctx context.Context, workspaceID, memberID string) ([]Assignment, error)
	// Assign replaces who has a number.
	Assign(ctx context.Context, workspaceID, numberID string, all []Assignment) error
}

// SupervisorStore keeps who supervises which number.
type SupervisorStore interface {
	// Supervisors lists the ids of the members who supervise a number.
	Supervisors(ctx context.Context, workspaceID, numberID string) ([]string, error)
	// SetSupervisors replaces them.
	SetSupervisors(ctx context.Context, workspaceID, numberID string, memberIDs []string) error
}
