package auth

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"parley/internal/adapters/auth/edge"
	"parley/internal/base/obs"
	"parley/internal/domain/letter"
	"parley/internal/domain/member"
)

// LetterMembers is what Letters asks of the member store.
type LetterMembers interface {
	Members(ctx context.Context, workspaceID string) ([]member.Member, error)
	Member(ctx context.Context, workspaceID, id string) (member.Member, error)
}

// Letters sends what identity has to say by mail, and keeps strangers from having
// somebody's mailbox filled.
type Letters struct {
	post    letter.Post
	members LetterMembers
	asked   *edge.Limiter
	log     *slog.Logger
}

// NewLetters returns Letters that go by post.
func NewLetters(post letter.Post, members LetterMembers, now Clock, log *slog.Logger) *Letters {
	return &Letters{
		post: post, members: members, log: log,
		asked: edge.NewLimiter(time.Hour/lettersPerHour, lettersPerHour, maxLetterKeys, now),
	}
}

// Ready says whether there is a mail server to send by.
func (l *Letters) Ready() bool { return l.post.Ready() }

// mayWrite takes one of the few letters of a kind that strangers may have sent to
// an address in an hour.
func (l *Letters) mayWrite(kind letter.Kind, address string) bool {
	return l.asked.AllowKey(string(kind) + " " + address)
}

// send posts a letter; one that cannot be is logged, because what it tells of was
// done. Without a mail server nothing is sent.
func (l *Letters) send(ctx context.Context, one letter.Letter) {
	if !l.Ready() {
		return
	}
	if _, err := l.post.Send(ctx, one); err != nil {
		l.log.ErrorContext(ctx, "letter not posted", "kind", string(one.Kind), obs.Workspace, one.WorkspaceID, obs.Err, err)
	}
}

// owners are the owners of a workspace.
func (l *Letters) owners(ctx context.Context, workspaceID string) ([]member.Member, error) {
	all, err := l.members.Members(ctx, workspaceID)
	if err != nil {
		return nil, fmt.Errorf("list the owners: %w", err)
	}
	return slices.DeleteFunc(all, func(m member.Member) bool { return m.Role != member.Owner }), nil
}

// reader is the member as long as he belongs to the workspace, else its owners.
func (l *Letters) reader(ctx context.Context, workspaceID, memberID string) ([]member.Member, error) {
	m, err := l.members.Member(ctx, workspaceID, memberID)
	if err == nil && m.Active() {
		return []member.Member{m}, nil
	}
	return l.owners(ctx, workspaceID)
}
