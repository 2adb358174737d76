package people

import "parley/internal/domain/member"

// Brief is as much of a member as a list of choices needs. A company has a thousand
// members, and their settings are most of what is stored of them.
type Brief struct {
	ID, Name, Email string
	Role            member.Role
}

// BriefOf is the brief of a member.
func BriefOf(m member.Member) Brief { return Brief{m.ID, m.Name, m.Email, m.Role} }
