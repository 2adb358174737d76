package auth_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/domain/audit"
	"parley/internal/domain/letter"
	"parley/internal/domain/member"
)

// hanging is a store that never answers.
type hanging struct{ auth.Members }

func (hanging) MemberByEmail(ctx context.Context, _ string) (member.Member, error) {
	<-ctx.Done()
	return member.Member{}, ctx.Err()
}

// readyPost has a mail server to send by.
type readyPost struct{ letter.Post }

func (readyPost) Ready() bool { return true }

// TestAStoreThatHangsIsNotWaitedFor: else all places would be taken for ever, and
// the server would not stop.
func TestAStoreThatHangsIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := slog.New(slog.DiscardHandler)
		letters := auth.NewLetters(readyPost{}, nil, time.Now, log)
		recovery := auth.NewRecovery(auth.RecoveryNeeds{Members: hanging{}, Letters: letters, Now: time.Now, Log: log})
		signUps := auth.NewSignUps(auth.SignUpNeeds{Members: hanging{}, Letters: letters, Now: time.Now, Log: log})
		recovery.Begin(t.Context(), "lea@example.org")
		signUps.Begin(t.Context(), "lea@example.org", "fr")
		recovery.Wait()
		signUps.Wait()
	})
}

// patient is an audit log that heeds its context.
type patient struct{ entries []audit.Entry }

func (p *patient) AppendAudit(ctx context.Context, e audit.Entry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p.entries = append(p.entries, e)
	return nil
}

// TestWhoHangsUpHidesNothing: an action is recorded though its request was broken off.
func TestWhoHangsUpHidesNothing(t *testing.T) {
	kept := &patient{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	auth.NewTrail(kept, time.Now, slog.New(slog.DiscardHandler)).Record(ctx, "w", "m", "member.role", "other")
	if len(kept.entries) != 1 {
		t.Errorf("%d entries", len(kept.entries))
	}
}
