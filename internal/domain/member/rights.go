package member

// Right is something a role may or may not do.
type Right string

// The rights checked by every handler and command.
const (
	ManageOwners    Right = "manage-owners"
	ManageMembers   Right = "manage-members"
	ManageWorkspace Right = "manage-workspace"
	ManageNumbers   Right = "manage-numbers"
	ManageTags      Right = "manage-tags"
	ManageTrunks    Right = "manage-trunks"
	SeeAllCalls     Right = "see-all-calls"
	DeleteRecording Right = "delete-recording"
	SeeAudit        Right = "see-audit"
	UsePhone        Right = "use-phone"
)

// Rights lists every right, in the order of the matrix.
func Rights() []Right {
	return []Right{
		ManageOwners, ManageMembers, ManageWorkspace, ManageNumbers, ManageTags,
		ManageTrunks, SeeAllCalls, DeleteRecording, SeeAudit, UsePhone,
	}
}

// Can is the rights matrix: the single answer to "may this role do that?".
func (r Role) Can(right Right) bool {
	switch right {
	case ManageOwners:
		return r == Owner
	case ManageMembers, ManageWorkspace, ManageNumbers, ManageTags, ManageTrunks,
		SeeAllCalls, DeleteRecording, SeeAudit:
		return r == Owner || r == Admin
	case UsePhone:
		return r == Owner || r == Admin || r == Supervisor || r == User
	}
	return false
}
