package member

// Right is something a role may or may not do.
type Right string

// The rights checked by every handler and command.
const (
	ManageOwners    Right = "manage-owners"    // make and unmake owners
	ManageMembers   Right = "manage-members"   // invite, remove, roles below owner
	ManageWorkspace Right = "manage-workspace" // settings, domains, teams
	ManageNumbers   Right = "manage-numbers"   // and who has them
	ManageTags      Right = "manage-tags"
	ManageTrunks    Right = "manage-trunks"
	DeleteRecording Right = "delete-recording"
	SeeAudit        Right = "see-audit"
	SeeMembers      Right = "see-members"      // who there is and what they are doing
	SetAvailability Right = "set-availability" // of others, and their hours
	SeeCalls        Right = "see-calls"        // calls, recordings, notes
	UsePhone        Right = "use-phone"        // and the own account
)

// Reach is how far a right goes.
type Reach int

// The reaches, each wider than the one before.
const (
	Nothing    Reach = iota
	Own              // what is the member's own, and the numbers he has
	Teams            // also the teams he leads and the numbers he supervises
	Everything       // the whole workspace
)

// cells are the reach of one right by role.
type cells struct {
	right                      Right
	owner, admin, lead, member Reach
}

// matrix is the whole rights matrix: every handler, page and command asks it.
func matrix() []cells {
	return []cells{
		{ManageOwners, Everything, Nothing, Nothing, Nothing},
		{ManageMembers, Everything, Everything, Nothing, Nothing},
		{ManageWorkspace, Everything, Everything, Nothing, Nothing},
		{ManageNumbers, Everything, Everything, Nothing, Nothing},
		{ManageTags, Everything, Everything, Nothing, Nothing},
		{ManageTrunks, Everything, Everything, Nothing, Nothing},
		{DeleteRecording, Everything, Everything, Nothing, Nothing},
		{SeeAudit, Everything, Everything, Nothing, Nothing},
		{SeeMembers, Everything, Everything, Everything, Everything},
		{SetAvailability, Everything, Everything, Teams, Nothing},
		{SeeCalls, Everything, Everything, Teams, Own},
		{UsePhone, Everything, Everything, Own, Own},
	}
}

// Rights lists every right, in the order of the matrix.
func Rights() []Right {
	var out []Right
	for _, c := range matrix() {
		out = append(out, c.right)
	}
	return out
}

// Reach says how far a right of the role goes.
func (r Role) Reach(right Right) Reach {
	for _, c := range matrix() {
		if c.right != right {
			continue
		}
		switch r {
		case Owner:
			return c.owner
		case Admin:
			return c.admin
		case Supervisor:
			return c.lead
		case User:
			return c.member
		}
	}
	return Nothing
}

// Can says whether the role has the right at all. Where a right reaches less than
// everything, package access says whom and what it reaches.
func (r Role) Can(right Right) bool { return r.Reach(right) != Nothing }

// MayGive says whether somebody of this role may make somebody else role given,
// or change somebody who is: never above the own, and only owners make owners.
func (r Role) MayGive(given Role) bool {
	if given == Owner {
		return r.Can(ManageOwners)
	}
	known := given == Admin || given == Supervisor || given == User
	return known && r.Can(ManageMembers)
}
