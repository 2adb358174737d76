package blocklist

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/fresh"
	"parley/internal/base/id"
	"parley/internal/base/obs"
	"parley/internal/base/phone"
	"parley/internal/base/text"
	"parley/internal/domain/member"
	"parley/internal/domain/workspace"
)

const (
	maxEntries = 10_000 // of a workspace
	maxNote    = 120    // letters
	maxPrefix  = 15     // digits, as the longest number has
)

// Workspaces tells how numbers are read that somebody wrote without their country.
type Workspaces interface {
	Workspace(ctx context.Context, id string) (workspace.Workspace, error)
}

// Changes is told of every change after it is stored, so that live parts follow.
type Changes interface {
	Changed(ctx context.Context, workspaceID, kind, id string)
}

// Auditor takes the record of an action: who did it, to what, and pairs of name
// and value about it. A lost entry does not undo what was done, so it cannot fail.
type Auditor interface {
	Record(ctx context.Context, workspaceID, by, action, subject string, detail ...string)
}

// Needs is what a Service works with.
type Needs struct {
	Store      Store
	Workspaces Workspaces
	Audit      Auditor
	Changes    Changes
	Now        func() time.Time
	Log        *slog.Logger
}

// Service is what admins do with the blacklist, and what calls ask of it. It keeps
// what it read until it hears that something changed: any goroutine may use it.
type Service struct {
	needs Needs
	kept  *fresh.Kept[list]
}

// NewService returns a Service.
func NewService(n Needs) *Service {
	s := &Service{needs: n}
	s.kept = fresh.New(s.read)
	return s
}

// change is the kind of change that is told.
const change = "blacklist"

// Audited actions.
const (
	ActionAdded   = "blacklist.added"
	ActionRemoved = "blacklist.removed"
)

// Changed drops what was read of a workspace, of all where the id is empty.
func (s *Service) Changed(workspaceID string) { s.kept.Drop(workspaceID) }

// list is a blacklist as calls ask it.
type list struct {
	exact     map[string]bool
	prefixes  map[string]bool
	longest   int // prefix
	anonymous bool
}

func (s *Service) read(ctx context.Context, workspaceID string) (list, error) {
	all, err := s.needs.Store.Blocked(ctx, workspaceID)
	if err != nil {
		return list{}, fmt.Errorf("read the blacklist: %w", err)
	}
	l := list{exact: make(map[string]bool), prefixes: make(map[string]bool)}
	for _, e := range all {
		switch e.Kind {
		case Exact:
			l.exact[e.Pattern] = true
		case Prefix:
			l.prefixes[e.Pattern] = true
			l.longest = max(l.longest, len(e.Pattern))
		case Anonymous:
			l.anonymous = true
		}
	}
	return l, nil
}

// Blocks says whether a caller by the phone network is unwanted, e164 being "" for
// one who hides his number. Callers by a number's public page have none to hide:
// nobody asks about them. Where the store fails, what was read last counts.
func (s *Service) Blocks(ctx context.Context, workspaceID, e164 string) (bool, error) {
	l, known, err := s.kept.Get(ctx, workspaceID)
	if err != nil && !known {
		return false, err
	}
	if err != nil {
		s.needs.Log.WarnContext(ctx, "callers are judged by the blacklist read before", obs.Workspace, workspaceID, obs.Err, err)
	}
	return l.blocks(e164), nil
}

func (l list) blocks(e164 string) bool {
	if e164 == "" {
		return l.anonymous
	}
	if l.exact[e164] {
		return true
	}
	for i := 2; i <= min(len(e164), l.longest); i++ {
		if l.prefixes[e164[:i]] {
			return true
		}
	}
	return false
}

// Draft is what somebody enters.
type Draft struct {
	Kind    Kind
	Pattern string // as people write numbers; of no account for Anonymous
	Note    string
}

// List returns the blacklist, whoever hides his number first, then by number.
func (s *Service) List(ctx context.Context, actor member.Member) ([]Entry, error) {
	if err := allowed(actor); err != nil {
		return nil, err
	}
	all, err := s.needs.Store.Blocked(ctx, actor.WorkspaceID)
	if err != nil {
		return nil, fmt.Errorf("list the blacklist: %w", err)
	}
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b Entry) int {
		return strings.Compare(a.Pattern+" "+string(a.Kind), b.Pattern+" "+string(b.Kind))
	})
	return all, nil
}

// Add blocks a caller. Faults: Invalid with the field kind, pattern or note,
// Conflict error.blocked-already with the field pattern, TooMany, Forbidden.
func (s *Service) Add(ctx context.Context, actor member.Member, d Draft) (Entry, error) {
	if err := allowed(actor); err != nil {
		return Entry{}, err
	}
	e, err := s.clean(ctx, actor.WorkspaceID, d)
	if err != nil {
		return Entry{}, err
	}
	all, err := s.needs.Store.Blocked(ctx, actor.WorkspaceID)
	if err != nil {
		return Entry{}, fmt.Errorf("read the blacklist: %w", err)
	}
	if len(all) >= maxEntries {
		return Entry{}, fault.New(fault.TooMany, "error.blacklist-full").With("limit", strconv.Itoa(maxEntries))
	}
	e.ID, e.WorkspaceID = id.New(), actor.WorkspaceID
	e.CreatedAt, e.CreatedBy = s.needs.Now().UTC(), actor.ID
	if err := s.needs.Store.SaveBlocked(ctx, e); err != nil {
		if fault.KindOf(err) == fault.Conflict {
			return Entry{}, (&fault.Error{Kind: fault.Conflict, Key: "error.blocked-already", Field: "pattern"}).Because(err)
		}
		return Entry{}, fmt.Errorf("block a caller: %w", err)
	}
	s.done(ctx, actor, e, ActionAdded)
	return e, nil
}

// Remove lets a caller through again. Faults: Forbidden, NotFound.
func (s *Service) Remove(ctx context.Context, actor member.Member, entryID string) error {
	if err := allowed(actor); err != nil {
		return err
	}
	all, err := s.needs.Store.Blocked(ctx, actor.WorkspaceID)
	if err != nil {
		return fmt.Errorf("read the blacklist: %w", err)
	}
	i := slices.IndexFunc(all, func(e Entry) bool { return e.ID == entryID })
	if i < 0 {
		return fault.New(fault.NotFound, "error.not-found")
	}
	if err := s.needs.Store.DeleteBlocked(ctx, actor.WorkspaceID, entryID); err != nil {
		return fmt.Errorf("unblock a caller: %w", err)
	}
	s.done(ctx, actor, all[i], ActionRemoved)
	return nil
}

func (s *Service) clean(ctx context.Context, workspaceID string, d Draft) (Entry, error) {
	note, ok := text.Line(d.Note, maxNote)
	if !ok {
		return Entry{}, fault.OnField("note", "error.note-invalid").With("limit", strconv.Itoa(maxNote))
	}
	e := Entry{Kind: d.Kind, Note: note}
	switch d.Kind {
	case Anonymous:
		return e, nil
	case Prefix:
		e.Pattern, ok = prefix(d.Pattern)
		if !ok {
			return Entry{}, fault.OnField("pattern", "error.blocked-prefix")
		}
		return e, nil
	case Exact:
		ws, err := s.needs.Workspaces.Workspace(ctx, workspaceID)
		if err != nil {
			return Entry{}, fmt.Errorf("read workspace: %w", err)
		}
		if e.Pattern, err = phone.Parse(d.Pattern, ws.Country); err != nil {
			return Entry{}, fault.OnField("pattern", fault.Of(err).Key).Because(err)
		}
		return e, nil
	}
	return Entry{}, fault.OnField("kind", "error.form-choice")
}

// prefix reads how blocked numbers begin. It has its country: what follows the 0 of
// a national number is not told apart from a country by what is written. In "+33 (0)1"
// that 0 is no part of the number. A single digit would turn half a continent away.
func prefix(written string) (string, bool) {
	written = strings.Replace(written, "(0)", "", 1)
	digits := text.Digits(written)
	if after, ok := strings.CutPrefix(digits, "00"); ok {
		digits = after
	} else if !strings.HasPrefix(strings.TrimSpace(written), "+") {
		return "", false
	}
	bare := strings.TrimPrefix(strings.TrimSpace(written), "+")
	if strings.ContainsFunc(bare, func(r rune) bool { return !strings.ContainsRune("0123456789 .-()/\u00a0\u202f", r) }) {
		return "", false
	}
	return "+" + digits, digits != "" && digits[0] != '0' && len(digits) <= maxPrefix && !phone.Spans(digits)
}

// done tells the live parts and the audit of a change that is stored.
func (s *Service) done(ctx context.Context, actor member.Member, e Entry, action string) {
	s.Changed(e.WorkspaceID) // whoever calls from now on is judged by it
	s.needs.Changes.Changed(ctx, e.WorkspaceID, change, e.ID)
	detail := []string{"kind", string(e.Kind)}
	if e.Pattern != "" {
		detail = append(detail, obs.Number, obs.Mask(e.Pattern))
	}
	s.needs.Audit.Record(ctx, e.WorkspaceID, actor.ID, action, e.ID, detail...)
}

// allowed: those who manage numbers, which are the admins.
func allowed(actor member.Member) error {
	if !actor.Role.Can(member.ManageNumbers) {
		return fault.New(fault.Forbidden, "error.not-allowed")
	}
	return nil
}
