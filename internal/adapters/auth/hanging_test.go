package auth_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/adapters/auth"
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
