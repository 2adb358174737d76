// Package mail carries letters to a mail server: the outbox that outlives restarts
// and mail servers that are down, and SMTP. It words nothing (web/letters) and
// keeps nothing itself (letter.Store). Any goroutine may post; one goroutine per
// node, Run, takes what is due and sends a few letters at once.
package mail

import (
	"context"
	"fmt"
	"log/slog"
	"net/mail"
	"sync"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/base/text"
	"parley/internal/domain/letter"
)

const (
	// maxSubject is the longest subject, in characters.
	maxSubject = 200
	// maxAddress is the longest address that SMTP can carry (RFC 5321, 4.5.3.1.3).
	maxAddress = 254
)

// Renderer words letters.
type Renderer interface {
	// Render returns subject, plain text and HTML of a letter in its language. A
	// kind it does not know, or an argument that is missing, is an error.
	Render(l letter.Letter) (subject, text, html string, err error)
}

// Sender hands one letter to a mail server. It returns a *Refusal where sending
// the same again is useless, and heeds ctx.
type Sender interface {
	Send(ctx context.Context, p letter.Posted) error
}

// Outbox is letter.Post over a store and a mail server.
type Outbox struct {
	store    letter.Store
	renderer Renderer
	sender   Sender
	now      func() time.Time
	log      *slog.Logger
	wake     chan struct{}

	swept     time.Time // of Run's goroutine alone
	mu        sync.Mutex
	unsettled []letter.Posted // outcomes the store would not take yet
}

// NewOutbox returns an Outbox. Without a mail server sender is nil: it is not
// Ready then, and Run returns at once.
func NewOutbox(store letter.Store, renderer Renderer, sender Sender, now func() time.Time, log *slog.Logger) *Outbox {
	return &Outbox{
		store: store, renderer: renderer, sender: sender, now: now, log: log, wake: make(chan struct{}, 1),
	}
}

// Ready says whether there is a mail server to send by.
func (o *Outbox) Ready() bool { return o.sender != nil }

// Send words the letter, stores it and returns its id; it is sent in the
// background. Faults: Unavailable error.mail-off without a mail server, Invalid
// error.email-invalid.
func (o *Outbox) Send(ctx context.Context, l letter.Letter) (string, error) {
	if !o.Ready() {
		return "", fault.New(fault.Unavailable, "error.mail-off")
	}
	if !bareAddress(l.To) {
		return "", fault.OnField("email", "error.email-invalid")
	}
	subject, plain, html, err := o.renderer.Render(l)
	if err != nil {
		return "", fmt.Errorf("word the letter %s: %w", l.Kind, err)
	}
	subject, ok := text.Line(subject, maxSubject)
	if !ok || subject == "" {
		return "", fmt.Errorf("word the letter %s: its subject is no line of at most %d characters", l.Kind, maxSubject)
	}
	now := o.now().UTC()
	p := letter.Posted{
		ID: id.New(), WorkspaceID: l.WorkspaceID, Kind: l.Kind, To: l.To, Subject: subject, Text: plain, HTML: html,
		State: letter.Waiting, NextAt: now, CreatedAt: now,
	}
	if err := o.store.SaveLetter(ctx, p); err != nil {
		return "", fmt.Errorf("store the letter %s: %w", l.Kind, err)
	}
	o.Wake()
	return p.ID, nil
}

// Withdraw stops a letter that is still waiting. One that a mail server has, or
// that nobody knows, is left alone.
func (o *Outbox) Withdraw(ctx context.Context, workspaceID, letterID string) error {
	found, err := o.store.Letters(ctx, workspaceID, []string{letterID})
	if err != nil {
		return fmt.Errorf("find the letter to withdraw: %w", err)
	}
	for _, p := range found {
		if p.State != letter.Waiting {
			continue
		}
		p.State, p.Problem, p.DoneAt = letter.Failed, letter.Withdrawn, o.now().UTC()
		err := o.store.SettleLetter(ctx, p)
		if err != nil && fault.KindOf(err) != fault.NotFound { // not found: sent this moment
			return fmt.Errorf("withdraw the letter: %w", err)
		}
	}
	return nil
}

// Wake lets Run look for due letters now rather than in some seconds.
func (o *Outbox) Wake() {
	select {
	case o.wake <- struct{}{}:
	default: // it is to look already
	}
}

// bareAddress says whether s is one address and nothing else: no name, no second
// address, no line of a header.
func bareAddress(s string) bool {
	line, ok := text.Line(s, maxAddress)
	if !ok || line != s || len(s) > maxAddress {
		return false
	}
	a, err := mail.ParseAddress(s)
	return err == nil && a.Name == "" && a.Address == s
}
