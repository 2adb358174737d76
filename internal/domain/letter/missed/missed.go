// Package missed writes to the members who want a mail for each missed call of
// their numbers, and tells whether there is a voicemail to listen to. It hears of calls as their audience and never holds one up: calls
// wait in a short queue for one goroutine, Run, which alone asks the stores and
// posts.
package missed

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"parley/internal/base/obs"
	"parley/internal/domain/call"
	"parley/internal/domain/letter"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/workspace"
)

const (
	// queue is how many missed calls may wait. Beyond that their mails are left
	// out: the calls are in the history.
	queue = 1000
	// perHour bounds the mails to one member: somebody who calls over and over
	// must not fill mailboxes.
	perHour = 60
	// postTime bounds asking the stores and posting for one call.
	postTime = 10 * time.Second
	// stopTime bounds what is still written when the program stops.
	stopTime = 3 * time.Second
)

// Assignments tells who has which number.
type Assignments interface {
	Assignments(ctx context.Context, workspaceID string) ([]number.Assignment, error)
}

// Members tells who belongs to a workspace.
type Members interface {
	Members(ctx context.Context, workspaceID string) ([]member.Member, error)
}

// Workspaces finds a workspace.
type Workspaces interface {
	Workspace(ctx context.Context, id string) (workspace.Workspace, error)
}

// Needs is what a Watch works with.
type Needs struct {
	Assignments Assignments
	Members     Members
	Workspaces  Workspaces
	Post        letter.Post
	CallPage    func(callID string) string // address of a call's page
	Now         func() time.Time
	Log         *slog.Logger
}

// missedCall is what a mail tells of a call.
type missedCall struct {
	id, workspaceID string
	line            number.Number
	caller, name    string
	voicemail       bool
	at              time.Time
}

// Watch is told of calls and writes about those nobody took.
type Watch struct {
	needs Needs
	calls chan missedCall
	spent budget // of Run's goroutine
}

// New returns a Watch. Run has to run for anything to be written.
func New(n Needs) *Watch {
	return &Watch{needs: n, calls: make(chan missedCall, queue), spent: budget{}}
}

// Audience tells next everything, and the Watch of calls that ended. An audience
// is told once of each end, so that a member gets one mail a call.
func (w *Watch) Audience(next call.Audience) call.Audience { return watched{next, w} }

type watched struct {
	call.Audience
	w *Watch
}

func (a watched) CallEnded(v call.View, r call.Record) {
	a.w.ended(v, r)
	a.Audience.CallEnded(v, r)
}

func (w *Watch) ended(v call.View, r call.Record) {
	if !r.Missed() || !w.needs.Post.Ready() {
		return
	}
	m := missedCall{id: r.ID, workspaceID: r.WorkspaceID, line: v.Number, caller: r.PartyE164, name: r.PartyName, voicemail: r.VoicemailID != "", at: r.StartedAt}
	select {
	case w.calls <- m:
	default:
		w.needs.Log.Warn("too many missed calls at once: no mail about this one", obs.Call, r.ID, obs.Workspace, r.WorkspaceID)
	}
}

// Run writes about missed calls until ctx ends, and then about those that wait.
func (w *Watch) Run(ctx context.Context) {
	for {
		select {
		case m := <-w.calls:
			w.tell(context.WithoutCancel(ctx), m)
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
			defer cancel()
			for len(w.calls) > 0 && last.Err() == nil {
				w.tell(last, <-w.calls)
			}
			return
		}
	}
}

// tell posts one call's mails. What fails is logged: the call itself is stored.
func (w *Watch) tell(ctx context.Context, m missedCall) {
	ctx, cancel := context.WithTimeout(ctx, postTime)
	defer cancel()
	readers, err := w.readers(ctx, m)
	if err != nil || len(readers) == 0 {
		w.failed(ctx, m, err)
		return
	}
	ws, err := w.needs.Workspaces.Workspace(ctx, m.workspaceID)
	if err != nil {
		w.failed(ctx, m, err)
		return
	}
	for _, reader := range readers {
		switch w.spent.take(reader.ID, w.needs.Now()) {
		case perHour:
			w.needs.Log.WarnContext(ctx, "no more mails about missed calls within the hour", obs.Member, reader.ID, obs.Workspace, m.workspaceID)
			continue
		case perHour + 1:
			continue
		}
		_, err := w.needs.Post.Send(ctx, m.letterTo(reader, ws, w.needs.CallPage(m.id)))
		w.failed(ctx, m, err)
	}
}

func (w *Watch) failed(ctx context.Context, m missedCall, err error) {
	if err != nil {
		w.needs.Log.ErrorContext(ctx, "no mail about a missed call", obs.Call, m.id, obs.Workspace, m.workspaceID, obs.Err, err)
	}
}

// readers are the members whom the number rings and who want mail about it.
func (w *Watch) readers(ctx context.Context, m missedCall) ([]member.Member, error) {
	all, err := w.needs.Assignments.Assignments(ctx, m.workspaceID)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(slices.Clone(all), func(a number.Assignment) bool {
		return a.NumberID != m.line.ID || !a.Level.Rings()
	})
	if len(all) == 0 {
		return nil, nil
	}
	members, err := w.needs.Members.Members(ctx, m.workspaceID)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(members), func(one member.Member) bool {
		has := slices.ContainsFunc(all, func(a number.Assignment) bool { return a.MemberID == one.ID })
		return !has || !one.Active() || !one.Notices.MissedByMail || slices.Contains(one.Notices.Muted, m.line.ID)
	}), nil
}

func (m missedCall) letterTo(reader member.Member, ws workspace.Workspace, page string) letter.Letter {
	line := m.line.Name
	if line == "" {
		line = m.line.E164
	}
	kind := letter.MissedCall
	if m.voicemail {
		kind = letter.Voicemail
	}
	return letter.Letter{
		Kind: kind, WorkspaceID: m.workspaceID, To: reader.Email, Language: reader.Language,
		Args: map[string]string{
			"name": reader.Name, "line": line, "caller": m.caller, "caller_name": m.name, "country": m.line.Country,
			"when": letter.Time(m.at), "zone": ws.TimeZone, "link": page,
		},
	}
}
