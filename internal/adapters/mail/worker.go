package mail

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/obs"
	"parley/internal/domain/letter"
)

const (
	// pollEvery is how often a node looks for letters that nobody woke it for:
	// second attempts, and those of a node that went away.
	pollEvery = 10 * time.Second
	// attemptTime bounds one attempt, from dialling to the server's last word.
	attemptTime = time.Minute
	// lease is how long a claimed letter is this node's: an attempt and some time
	// to write down what came of it.
	lease = attemptTime + 30*time.Second
	// atOnce is how many letters are on their way at a time.
	atOnce = 4
	// maxAttempts spread over most of a day: longer than a mail server is down.
	maxAttempts = 8
	// keepFor is how long what became of a letter is remembered.
	keepFor    = 30 * 24 * time.Hour
	sweepEvery = time.Hour
	settleTime = 5 * time.Second
	// grace is what attempts have left when the program stops: a mail whose receipt
	// is not awaited would be sent again.
	grace = 2 * time.Second
)

// Run sends letters until ctx ends, and returns at most some seconds later. An
// attempt that the end cuts off does not count, and the letter is sent after the
// next start.
func (o *Outbox) Run(ctx context.Context) {
	if o.sender == nil {
		return
	}
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		for o.round(ctx) {
		}
		o.sweep(ctx)
		select {
		case <-ctx.Done():
			return
		case <-o.wake:
		case <-tick.C:
		}
	}
}

// round sends what is due and says whether there may be more.
func (o *Outbox) round(ctx context.Context) bool {
	o.settleAgain(ctx)
	if ctx.Err() != nil {
		return false
	}
	now := o.now().UTC()
	due, err := o.store.ClaimLetters(ctx, now, now.Add(lease), atOnce)
	if err != nil {
		if ctx.Err() == nil {
			o.log.ErrorContext(ctx, "letters cannot be read", obs.Err, err)
		}
		return false
	}
	var sending sync.WaitGroup
	for _, p := range due {
		if o.settledHere(p.ID) {
			continue // it was sent; only the store does not know yet
		}
		sending.Go(func() { o.attempt(ctx, p) })
	}
	sending.Wait()
	return len(due) == atOnce && ctx.Err() == nil
}

// attempt sends a letter once and writes down what came of it.
func (o *Outbox) attempt(ctx context.Context, p letter.Posted) {
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), attemptTime)
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })()
	err := o.sender.Send(limited, p)
	o.settle(ctx, o.outcome(p, err, errors.Is(limited.Err(), context.Canceled)))
}

// outcome is the letter after an attempt that ended with err, or was cut off.
func (o *Outbox) outcome(p letter.Posted, err error, cutOff bool) letter.Posted {
	now := o.now().UTC()
	if err != nil && cutOff {
		p.NextAt = now
		return p
	}
	p.Attempts++
	p.Problem = problem(err, p)
	var refused *Refusal
	switch {
	case err == nil:
		p.State, p.DoneAt = letter.Sent, now
		o.log.Info("letter sent", "letter", p.ID, "kind", string(p.Kind), obs.Workspace, p.WorkspaceID, "attempts", p.Attempts)
	case errors.As(err, &refused) || p.Attempts >= maxAttempts:
		p.State, p.DoneAt = letter.Failed, now
		o.log.Error("letter given up", "letter", p.ID, "kind", string(p.Kind), obs.Workspace, p.WorkspaceID,
			"attempts", p.Attempts, "problem", p.Problem)
	default:
		p.NextAt = now.Add(pause(p.Attempts))
		o.log.Warn("letter not sent yet", "letter", p.ID, "kind", string(p.Kind), obs.Workspace, p.WorkspaceID,
			"attempts", p.Attempts, "next", p.NextAt, "problem", p.Problem)
	}
	if p.State != letter.Waiting {
		p.Text, p.HTML = "", ""
	}
	return p
}

// pause is how long to wait after so many attempts, give or take a tenth, so that
// letters that failed together do not all come back together.
func pause(attempts int) time.Duration {
	pauses := []time.Duration{30 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour, 4 * time.Hour}
	d := pauses[min(max(attempts, 1), len(pauses))-1]
	return d - d/10 + rand.N(d/5)
}

// settle writes an outcome; one the store will not take is kept and tried again,
// so that a letter that was sent is not sent again. It does so after ctx too.
func (o *Outbox) settle(ctx context.Context, p letter.Posted) {
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	err := o.store.SettleLetter(limited, p)
	if err != nil && fault.KindOf(err) != fault.NotFound { // not found: withdrawn meanwhile
		o.log.ErrorContext(ctx, "what became of a letter cannot be written", "letter", p.ID, "state", string(p.State), obs.Err, err)
		o.mu.Lock()
		o.unsettled = append(o.unsettled, p)
		o.mu.Unlock()
	}
}

func (o *Outbox) settleAgain(ctx context.Context) {
	o.mu.Lock()
	again := o.unsettled
	o.unsettled = nil
	o.mu.Unlock()
	for _, p := range again {
		o.settle(ctx, p)
	}
}

func (o *Outbox) settledHere(letterID string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.ContainsFunc(o.unsettled, func(p letter.Posted) bool { return p.ID == letterID })
}

// sweep forgets letters that were done long ago.
func (o *Outbox) sweep(ctx context.Context) {
	now := o.now().UTC()
	if ctx.Err() != nil || now.Sub(o.swept) < sweepEvery {
		return
	}
	o.swept = now
	if err := o.store.DeleteLetters(ctx, now.Add(-keepFor)); err != nil {
		o.log.ErrorContext(ctx, "old letters cannot be deleted", obs.Err, err)
	}
}
