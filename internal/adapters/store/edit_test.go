package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"parley/internal/adapters/store"
	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/domain/hours"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
)

func TestEditMember(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		m := aMember(t, d, ws)
		change := func(m *member.Member) {
			m.Name, m.Language, m.WrapUp, m.Extension = "Léa", "en", time.Minute, "201"
			m.Hours = hours.Hours{Zone: "Europe/Paris", Slots: []hours.Slot{{Days: []time.Weekday{time.Monday}, From: 540, To: 1080}}}
			m.Closed = member.Closed{Do: member.ToColleague, MemberID: id.New()}
			m.DefaultNumber, m.DialCountry, m.RingTone = id.New(), "BE", "soft"
			m.Notices = member.Notices{Desktop: true, MissedByMail: true, Muted: []string{id.New()}}
		}
		change(&m)
		must(t, d.EditMember(t.Context(), ws, m.ID, func(stored *member.Member) error {
			want := m
			change(stored)
			stored.DefaultNumber, stored.Closed, stored.Notices = want.DefaultNumber, want.Closed, want.Notices
			stored.Role, stored.Setting, stored.Email, stored.RemovedAt = member.Owner, member.DoNotDisturb, "other@example.org", at(9)
			return nil
		}))
		loads(t, m)(d.Member(t.Context(), ws, m.ID))

		refused := errors.New("not today")
		err := d.EditMember(t.Context(), ws, m.ID, func(m *member.Member) error { m.Name = "Nobody"; return refused })
		if !errors.Is(err, refused) {
			t.Errorf("a refused change gave %v", err)
		}
		loads(t, m)(d.Member(t.Context(), ws, m.ID))

		other := aMember(t, d, ws)
		err = d.EditMember(t.Context(), ws, other.ID, func(m *member.Member) error { m.Extension = "201"; return nil })
		wantFault(t, err, fault.Conflict, "error.extension-taken")

		_, err = d.Leave(t.Context(), people.Leaving{WorkspaceID: ws, MemberID: other.ID, Role: other.Role, At: at(5)})
		must(t, err)
		wantMissing(t, d.EditMember(t.Context(), ws, other.ID, func(*member.Member) error { return nil }))
		wantMissing(t, d.EditMember(t.Context(), aWorkspace(t, d).ID, m.ID, func(*member.Member) error { return nil }))
	})
}

func TestEditsAtOnceUndoNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		m, n := aMember(t, d, ws), aNumber(t, d, ws)
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				must(t, d.EditMember(t.Context(), ws, m.ID, func(m *member.Member) error {
					m.Notices.Muted = append(m.Notices.Muted, fmt.Sprint(i))
					return nil
				}))
				_, err := d.EditNumber(t.Context(), ws, n.ID, func(n *number.Number) error { n.Name += "+"; return nil })
				must(t, err)
			})
		}
		all.Wait()
		m, err := d.Member(t.Context(), ws, m.ID)
		must(t, err)
		n, err = d.Number(t.Context(), ws, n.ID)
		must(t, err)
		if len(m.Notices.Muted) != 8 || n.Name != "Accueil++++++++" {
			t.Errorf("after eight edits at once: %v, %q", m.Notices.Muted, n.Name)
		}
	})
}

func TestEditNumber(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws := aWorkspace(t, d).ID
		n, m := aNumber(t, d, ws), aMember(t, d, ws)
		edit := func(ws string, change func(*number.Number) error) error {
			_, err := d.EditNumber(t.Context(), ws, n.ID, change)
			return err
		}
		must(t, edit(ws, func(n *number.Number) error { n.Name, n.OwnerID = "Sales", m.ID; return nil }))
		n.Name, n.OwnerID = "Sales", m.ID
		loads(t, n)(d.Number(t.Context(), ws, n.ID))
		stranger := aMember(t, d, aWorkspace(t, d).ID)
		wantMissing(t, edit(ws, func(n *number.Number) error { n.OwnerID = stranger.ID; return nil }))
		wantMissing(t, edit(stranger.WorkspaceID, func(*number.Number) error { return nil }))
		loads(t, n)(d.Number(t.Context(), ws, n.ID))
	})
}

func TestWaitingAndAcceptedInvitations(t *testing.T) {
	onBoth(t, func(t *testing.T, d *store.DB) {
		ws, other := aWorkspace(t, d).ID, aWorkspace(t, d).ID
		open := anInvitation(ws)
		accepted := func(ws string, minute int) member.Invitation {
			inv := anInvitation(ws)
			inv.Email, inv.AcceptedAt = "ann@example.org", at(minute)
			must(t, d.SaveInvitation(t.Context(), inv))
			return inv
		}
		must(t, d.SaveInvitation(t.Context(), open))
		last := accepted(ws, 8)
		accepted(ws, 5)
		accepted(other, 9)
		loads(t, []member.Invitation{open})(d.WaitingInvitations(t.Context(), ws))
		loads(t, last)(d.LastAccepted(t.Context(), ws, "Ann@example.org"))
		_, err := d.LastAccepted(t.Context(), ws, open.Email)
		wantMissing(t, err)
	})
}
