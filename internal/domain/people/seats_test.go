package people_test

import (
	"fmt"
	"strings"
	"testing"

	"parley/internal/domain/member"
	"parley/internal/domain/people"
	"parley/internal/domain/workspace"
	"parley/internal/tests/office"
)

func TestAListLongerThanThereAreSeats(t *testing.T) {
	t.Parallel()
	o := office.New(t)
	edit(t, o, func(ws *workspace.Workspace) { ws.SeatLimit = 100 }) // three are members
	var list strings.Builder
	list.WriteString("email,name\n")
	for i := range 150 {
		fmt.Fprintf(&list, "a%d@x.com,Ann %d\n", i, i)
	}
	out, err := o.People.InviteCSV(t.Context(), o.Admin, strings.NewReader(list.String()), people.Batch{Role: member.User})
	if err != nil || len(out) != 150 {
		t.Fatalf("%d outcomes, %v", len(out), err)
	}
	for i, one := range out {
		if full := i >= 97; full != (one.Problem != nil) || full && one.Problem.Key != "error.seats-taken" {
			t.Fatalf("line %d: %+v", one.Line, one)
		}
	}
	if seats, err := o.People.Seats(t.Context(), o.Workspace.ID); err != nil || seats.Taken() != seats.Limit {
		t.Errorf("seats %+v, %v", seats, err)
	}
}
