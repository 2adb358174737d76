package office

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"parley/internal/adapters/auth/edge"
	"parley/internal/adapters/store"
	"parley/internal/base/id"
	"parley/internal/domain/hours"
	"parley/internal/domain/letter"
	"parley/internal/domain/member"
	"parley/internal/domain/people"
	"parley/internal/domain/team"
)

// staff opens the services about people; mail is off until Mail.On.
func (o *Office) staff() {
	db := o.DB
	o.Teams = team.NewService(team.Needs{
		Teams: db, Memberships: db, Members: db, Audit: o.Heard, Changes: o.Heard, Now: time.Now,
	})
	o.People = people.NewService(people.Needs{
		Store: db, Offers: db, Edits: db, Members: db, Invitations: db, Teams: db, Memberships: db, Numbers: db, Assignments: db,
		Directory: db, Workspaces: db, Access: db, Links: o.Mail, Post: o.Mail, Letters: o.Mail,
		AllowMail: edge.NewLimiter(time.Hour, 30, 100, time.Now).AllowKey,
		Calls:     o.Live, Agents: o.Live, Sessions: o.Live, Audit: o.Heard, Changes: o.Heard,
		Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
}

// Mail makes links and keeps letters instead of sending them.
type Mail struct {
	mu        sync.Mutex
	on        bool
	fails     error
	letters   map[string]letter.Letter
	withdrawn []string
}

// On has letters taken from now on.
func (m *Mail) On() { m.mu.Lock(); defer m.mu.Unlock(); m.on = true }

// Fail has letters refused with err from now on.
func (m *Mail) Fail(err error) { m.mu.Lock(); defer m.mu.Unlock(); m.fails = err }

// Invite makes the link of an invitation; its token's hash is "hash of " and it.
func (m *Mail) Invite(_ context.Context, _, _ string, _ time.Duration) (url, tokenHash string, err error) {
	token := id.New()
	return "https://parley.test/invite/" + token, "hash of " + token, nil
}

// Ready says whether letters are taken.
func (m *Mail) Ready() bool { m.mu.Lock(); defer m.mu.Unlock(); return m.on }

// Send keeps a letter.
func (m *Mail) Send(_ context.Context, l letter.Letter) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fails != nil {
		return "", m.fails
	}
	if m.letters == nil {
		m.letters = map[string]letter.Letter{}
	}
	letterID := id.New()
	m.letters[letterID] = l
	return letterID, nil
}

// Withdraw notes that a letter is to be stopped.
func (m *Mail) Withdraw(_ context.Context, _, letterID string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.withdrawn = append(m.withdrawn, letterID)
	return nil
}

// Letters tells how letters fare: they wait, or were withdrawn.
func (m *Mail) Letters(_ context.Context, workspaceID string, ids []string) ([]letter.Posted, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []letter.Posted
	for _, letterID := range ids {
		l, ok := m.letters[letterID]
		if !ok || l.WorkspaceID != workspaceID {
			continue
		}
		p := letter.Posted{ID: letterID, WorkspaceID: workspaceID, Kind: l.Kind, To: l.To, State: letter.Waiting}
		if slices.Contains(m.withdrawn, letterID) {
			p.State, p.Problem = letter.Failed, letter.Withdrawn
		}
		out = append(out, p)
	}
	return out, nil
}

// To lists the letters to an address, in no order; those withdrawn are left out.
func (m *Mail) To(address string) []letter.Letter {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []letter.Letter
	for letterID, l := range m.letters {
		if l.To == address && !slices.Contains(m.withdrawn, letterID) {
			out = append(out, l)
		}
	}
	return out
}

// Live stands for the live parts: it stores settings and notes the rest.
type Live struct {
	DB *store.DB

	mu    sync.Mutex
	noted []string
	fails error
}

// Fail has calls refuse to part with err from now on.
func (l *Live) Fail(err error) { l.mu.Lock(); defer l.mu.Unlock(); l.fails = err }

// Part notes who parts with his calls.
func (l *Live) Part(_ context.Context, _, memberID, heirID string) error {
	l.note("part %s to %s", memberID, heirID)
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fails
}

// SetSetting stores a setting.
func (l *Live) SetSetting(ctx context.Context, workspaceID, memberID string, s member.Setting) error {
	l.note("setting %s %s", memberID, s)
	return l.DB.SetSetting(ctx, workspaceID, memberID, s)
}

// SetHours notes whose hours changed, and their zone.
func (l *Live) SetHours(_, memberID string, h hours.Hours) { l.note("hours %s %s", memberID, h.Zone) }

// Ended notes how many sessions ended.
func (l *Live) Ended(_ string, sessionIDs []string) { l.note("ended %d sessions", len(sessionIDs)) }

func (l *Live) note(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.noted = append(l.noted, fmt.Sprintf(format, args...))
}

// Take returns what was noted since the last time.
func (l *Live) Take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := l.noted
	l.noted = nil
	return out
}
