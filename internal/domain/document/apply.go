package document

import (
	"context"
	"fmt"
	"strings"
	"time"

	"parley/internal/base/id"
	"parley/internal/base/text"
	"parley/internal/domain/blocklist"
	"parley/internal/domain/flow"
	"parley/internal/domain/member"
	"parley/internal/domain/message"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/internal/domain/routing"
	"parley/internal/domain/tag"
	"parley/internal/domain/team"
	"parley/internal/domain/trunk"
	"parley/internal/domain/workspace"
)

// Changes is told of every change after it is stored, so that live parts follow.
type Changes interface {
	Changed(ctx context.Context, workspaceID, kind, id string)
}

// Auditor takes the record of an action.
type Auditor interface {
	Record(ctx context.Context, workspaceID, by, action, subject string, detail ...string)
}

// People changes who belongs to a workspace; people.Store is one.
type People interface {
	SetRole(ctx context.Context, workspaceID, memberID string, from, to member.Role) error
	Leave(ctx context.Context, l people.Leaving) (sessions []string, err error)
}

// Edits changes a member as he is stored; people.Edits is one.
type Edits interface {
	EditMember(ctx context.Context, workspaceID, memberID string, change func(*member.Member) error) error
}

// Speaker makes messages of texts; message.Service is one.
type Speaker interface {
	Voices(ctx context.Context) ([]message.Voice, error)
	Speak(ctx context.Context, actor member.Member, name, words, language, voice string) (message.Message, error)
	Replace(ctx context.Context, actor member.Member, messageID string, d message.Draft) (message.Message, error)
	Hide(ctx context.Context, actor member.Member, messageID string) error
}

// Blocker changes the blacklist; blocklist.Service is one.
type Blocker interface {
	Add(ctx context.Context, actor member.Member, d blocklist.Draft) (blocklist.Entry, error)
	Remove(ctx context.Context, actor member.Member, entryID string) error
}

// Cases tries flows before they are live; routing.Service is one. It has to hear of
// Changes: what it is asked depends on what was just stored.
type Cases interface {
	RunCases(ctx context.Context, actor member.Member, numberID string, f flow.Flow) ([]routing.CaseResult, error)
}

// Needs is what an Applier works with.
type Needs struct {
	Workspaces  workspace.Store
	Members     member.Store
	People      People
	Edits       Edits
	Teams       team.Store
	Memberships team.MembershipStore
	Tags        tag.Store
	Trunks      trunk.Store
	Numbers     number.Store
	Assignments number.AssignmentStore
	Supervisors number.SupervisorStore
	Flows       routing.Store
	Feeds       routing.FeedStore
	Messages    message.Store
	Blocked     blocklist.Store

	TeamService   *team.Service
	TagService    *tag.Service
	TrunkService  *trunk.Service
	NumberService *number.Service
	Speaker       Speaker
	Blocker       Blocker
	Cases         Cases

	Audit   Auditor
	Changes Changes
	Music   []string // ids of the hold music library, the default first
	Now     func() time.Time
}

// Applier brings a workspace in line with a document, and writes it as one.
type Applier struct{ needs Needs }

// NewApplier returns an Applier.
func NewApplier(n Needs) *Applier { return &Applier{n} }

// Options steer Apply.
type Options struct {
	Prune bool // delete what a listed kind has and the document has not
	// New makes the workspace where there is none of the document's name, beside
	// those there are. Without it the only one there is takes the name.
	New bool
	// Env looks up the variables of passwords, such as os.LookupEnv.
	Env func(name string) (string, bool)
}

// Apply checks the whole document against what is stored, then brings it about.
// What is wrong comes back as Problems and nothing has changed. Any other error
// may come half way; applying again goes on from there.
func (a *Applier) Apply(ctx context.Context, doc *Document, opt Options) (Summary, error) {
	have, problems, err := a.load(ctx, doc, opt)
	if err != nil || len(problems) > 0 {
		if err == nil {
			err = problems
		}
		return Summary{}, err
	}
	p, err := a.check(ctx, doc, have, opt)
	if err != nil {
		return Summary{}, err
	}
	r := run{Applier: a, have: have, plan: p, at: doc.at}
	for _, step := range []func(context.Context) error{
		r.workspace, r.members, r.roles, r.teams, r.tags, r.trunks, r.messages, r.calendars, r.numbers, r.access, r.lines, r.blocked, r.flows,
		r.pruneNumbers, r.pruneTrunks, r.pruneTags, r.pruneTeams, r.pruneMembers, r.pruneMessages, r.pruneCalendars, r.pruneBlocked,
	} {
		if err := step(ctx); err != nil {
			return r.sum, fmt.Errorf("apply document: %w", err)
		}
	}
	return r.sum, nil
}

// stored is a workspace as it stands.
type stored struct {
	fresh       bool // there is none yet
	ws          workspace.Workspace
	members     []member.Member
	teams       []team.Team
	memberships []team.Membership
	tags        []tag.Tag
	trunks      []trunk.Trunk
	numbers     []number.Number
	assignments []number.Assignment
	supervisors map[string][]string // member ids by number id
	flows       map[string]routing.Version
	feeds       []routing.Feed
	messages    []message.Message // those offered, then others that flows name
	blocked     []blocklist.Entry
}

// load finds the workspace the document is about and reads it.
func (a *Applier) load(ctx context.Context, doc *Document, opt Options) (*stored, Problems, error) {
	all, err := a.needs.Workspaces.Workspaces(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("list workspaces: %w", err)
	}
	var name string
	if doc.Workspace != nil {
		name = strings.TrimSpace(doc.Workspace.Name)
	}
	switch ws, found := pick(all, name); {
	case found && (!opt.New || strings.EqualFold(ws.Name, name)):
		have, err := a.read(ctx, ws)
		return have, nil, err
	case len(all) > 0 && !opt.New:
		return nil, Problems{{Line: doc.at.line("workspace"), Path: "workspace", Key: "error.document-workspace-which"}}, nil
	case doc.Workspace == nil:
		return nil, Problems{{Key: "error.document-workspace-needed"}}, nil
	}
	return &stored{fresh: true, ws: workspace.Workspace{ID: id.New(), CreatedAt: a.needs.Now().UTC()}}, nil, nil
}

// pick finds the workspace of a name; the only one is meant whatever its name,
// so that a document can rename it.
func pick(all []workspace.Workspace, name string) (workspace.Workspace, bool) {
	for _, ws := range all {
		if strings.EqualFold(ws.Name, name) {
			return ws, true
		}
	}
	if len(all) == 1 {
		return all[0], true
	}
	return workspace.Workspace{}, false
}

func (a *Applier) read(ctx context.Context, ws workspace.Workspace) (*stored, error) {
	s := stored{ws: ws}
	var err error
	if s.members, err = a.needs.Members.Members(ctx, ws.ID); err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	if s.teams, err = a.needs.Teams.Teams(ctx, ws.ID); err != nil {
		return nil, fmt.Errorf("list teams: %w", err)
	}
	if s.memberships, err = a.needs.Memberships.Memberships(ctx, ws.ID); err != nil {
		return nil, fmt.Errorf("list who is in teams: %w", err)
	}
	if s.tags, err = a.needs.Tags.Tags(ctx, ws.ID); err != nil {
		return nil, fmt.Errorf("list tags: %w", err)
	}
	if s.trunks, err = a.needs.Trunks.Trunks(ctx, ws.ID); err != nil {
		return nil, fmt.Errorf("list trunks: %w", err)
	}
	if s.numbers, err = a.needs.Numbers.Numbers(ctx, ws.ID); err != nil {
		return nil, fmt.Errorf("list numbers: %w", err)
	}
	if s.assignments, err = a.needs.Assignments.Assignments(ctx, ws.ID); err != nil {
		return nil, fmt.Errorf("list assignments: %w", err)
	}
	s.supervisors = map[string][]string{}
	for _, n := range s.numbers {
		if s.supervisors[n.ID], err = a.needs.Supervisors.Supervisors(ctx, ws.ID, n.ID); err != nil {
			return nil, fmt.Errorf("list who supervises a number: %w", err)
		}
	}
	if err := a.readRouting(ctx, &s); err != nil {
		return nil, err
	}
	return &s, nil
}

func (a *Applier) readRouting(ctx context.Context, s *stored) error {
	live, err := a.needs.Flows.LiveFlows(ctx, s.ws.ID)
	if err != nil {
		return fmt.Errorf("list flows: %w", err)
	}
	s.flows = map[string]routing.Version{}
	var played []string
	for _, v := range live {
		s.flows[v.NumberID] = v
		played = append(played, soundsOf(v.Flow)...)
	}
	if s.feeds, err = a.needs.Feeds.Feeds(ctx, s.ws.ID); err != nil {
		return fmt.Errorf("list calendars: %w", err)
	}
	if s.blocked, err = a.needs.Blocked.Blocked(ctx, s.ws.ID); err != nil {
		return fmt.Errorf("list blocked callers: %w", err)
	}
	if s.messages, err = a.needs.Messages.Messages(ctx, s.ws.ID); err != nil {
		return fmt.Errorf("list messages: %w", err)
	}
	more, err := a.needs.Messages.MessagesByID(ctx, s.ws.ID, played)
	if err != nil {
		return fmt.Errorf("list messages in use: %w", err)
	}
	for _, m := range more {
		if m.Hidden {
			s.messages = append(s.messages, m)
		}
	}
	return nil
}

// message finds one that is offered.
func (s *stored) message(name string) (message.Message, bool) {
	return find(s.messages, func(m message.Message) bool { return !m.Hidden && text.Fold(m.Name) == text.Fold(name) })
}

func (s *stored) feed(name string) (routing.Feed, bool) {
	return find(s.feeds, func(f routing.Feed) bool { return sameName(f.Name, name) })
}

func (s *stored) member(email string) (member.Member, bool) {
	return find(s.members, func(m member.Member) bool { return strings.EqualFold(m.Email, email) })
}

func (s *stored) memberByID(id string) (member.Member, bool) {
	return find(s.members, func(m member.Member) bool { return m.ID == id })
}

func (s *stored) team(name string) (team.Team, bool) {
	return find(s.teams, func(t team.Team) bool { return sameName(t.Name, name) })
}

func (s *stored) tag(name string) (tag.Tag, bool) {
	return find(s.tags, func(t tag.Tag) bool { return strings.EqualFold(t.Name, name) })
}

func (s *stored) trunk(name string) (trunk.Trunk, bool) {
	return find(s.trunks, func(t trunk.Trunk) bool { return strings.EqualFold(t.Name, name) })
}

func (s *stored) number(e164 string) (number.Number, bool) {
	return find(s.numbers, func(n number.Number) bool { return n.E164 == e164 })
}

func find[T any](all []T, is func(T) bool) (T, bool) {
	for _, one := range all {
		if is(one) {
			return one, true
		}
	}
	var none T
	return none, false
}
