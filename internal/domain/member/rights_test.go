package member_test

import (
	"testing"

	"parley/internal/domain/member"
)

func TestMayGive(t *testing.T) {
	t.Parallel()
	for giver, reach := range map[member.Role][]member.Role{
		member.Owner: {member.Owner, member.Admin, member.Supervisor, member.User},
		member.Admin: {member.Admin, member.Supervisor, member.User},
		"king":       {}, "": {},
	} {
		given := 0
		for _, r := range append(member.Roles(), "king", "") {
			if giver.MayGive(r) {
				given++
			}
		}
		if given != len(reach) {
			t.Errorf("%s may give %d roles, not %d", giver, given, len(reach))
		}
		for _, r := range reach {
			if !giver.MayGive(r) {
				t.Errorf("%s may not make a %s", giver, r)
			}
		}
	}
}
