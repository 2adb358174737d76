package mail_test

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"parley/internal/adapters/mail"
	"parley/internal/base/fault"
	"parley/internal/domain/letter"
	"parley/internal/tests/postbox"
)

// clock is a time that tests move on.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// shelf is letter.Store in memory, as its interface says it works.
type shelf struct {
	mu      sync.Mutex
	all     map[string]letter.Posted
	broken  bool // SettleLetter fails
	forgot  time.Time
	changed chan struct{}
}

func newShelf() *shelf { return &shelf{all: map[string]letter.Posted{}, changed: make(chan struct{})} }

func (s *shelf) tell() {
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *shelf) SaveLetter(_ context.Context, p letter.Posted) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all[p.ID] = p
	return nil
}

func (s *shelf) ClaimLetters(ctx context.Context, now, until time.Time, limit int) ([]letter.Posted, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var due []letter.Posted
	for _, p := range s.all {
		if p.State == letter.Waiting && !p.NextAt.After(now) {
			due = append(due, p)
		}
	}
	slices.SortFunc(due, func(a, b letter.Posted) int { return cmp.Compare(a.ID, b.ID) })
	due = due[:min(limit, len(due))]
	for _, p := range due {
		p.NextAt = until
		s.all[p.ID] = p
	}
	return due, ctx.Err()
}

func (s *shelf) SettleLetter(ctx context.Context, p letter.Posted) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.tell()
	if s.broken {
		return errors.New("disk full")
	}
	old, ok := s.all[p.ID]
	if !ok || old.State != letter.Waiting {
		return fault.New(fault.NotFound, "error.not-found")
	}
	old.State, old.Attempts, old.Problem, old.NextAt, old.DoneAt = p.State, p.Attempts, p.Problem, p.NextAt, p.DoneAt
	if p.State != letter.Waiting {
		old.Text, old.HTML = "", ""
	}
	s.all[p.ID] = old
	return ctx.Err()
}

func (s *shelf) Letters(_ context.Context, workspaceID string, ids []string) ([]letter.Posted, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []letter.Posted
	for _, id := range ids {
		if p, ok := s.all[id]; ok && p.WorkspaceID == workspaceID {
			p.Text, p.HTML = "", ""
			out = append(out, p)
		}
	}
	return out, nil
}

func (s *shelf) DeleteLetters(_ context.Context, before time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forgot = before
	s.tell()
	return nil
}

func (s *shelf) breakDown(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = on
}

// await waits until match likes the letter, and returns it.
func (s *shelf) await(t *testing.T, id string, match func(letter.Posted) bool) letter.Posted {
	t.Helper()
	var found letter.Posted
	s.until(t, "a letter's outcome", func() bool {
		found = s.all[id]
		return match(found)
	})
	return found
}

// until waits until done, called under the lock, returns true.
func (s *shelf) until(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.NewTimer(postbox.Patience)
	defer deadline.Stop()
	for {
		s.mu.Lock()
		ok, changed := done(), s.changed
		s.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-deadline.C:
			t.Fatalf("waited %v for %s", postbox.Patience, what)
		}
	}
}

func attempted(n int) func(letter.Posted) bool {
	return func(p letter.Posted) bool { return p.Attempts == n }
}

func in(state letter.State) func(letter.Posted) bool {
	return func(p letter.Posted) bool { return p.State == state }
}

// words renders a letter from its arguments.
type words struct{}

func (words) Render(l letter.Letter) (string, string, string, error) {
	if l.Args["link"] == "" {
		return "", "", "", errors.New("no link")
	}
	return l.Args["subject"], "Bonjour à tous,\n\n" + l.Args["link"] + "\n", "<p>Bonjour à tous</p>", nil
}

// office is everything a test of the outbox needs.
type office struct {
	box    *postbox.Box
	shelf  *shelf
	clock  *clock
	sender mail.Sender
	outbox *mail.Outbox
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{box: postbox.Open(t), shelf: newShelf(), clock: &clock{now: time.Date(2026, 3, 3, 13, 5, 0, 0, time.UTC)}}
	o.sender = mail.NewSMTP(settings(t, o.box))
	o.outbox = o.node()
	return o
}

// node is another outbox over the same letters.
func (o *office) node() *mail.Outbox {
	return mail.NewOutbox(o.shelf, words{}, o.sender, o.clock.Now, slog.New(slog.DiscardHandler))
}

// run runs an outbox until stop is called or the test ends.
func run(t *testing.T, o *mail.Outbox) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		o.Run(ctx)
	}()
	stop = func() {
		cancel()
		<-done
	}
	t.Cleanup(stop)
	return stop
}

// post sends a letter whose link has a token.
func (o *office) post(t *testing.T, to string) string {
	t.Helper()
	id, err := o.outbox.Send(t.Context(), letter.Letter{
		Kind: letter.Invitation, WorkspaceID: "w", To: to, Language: "fr",
		Args: map[string]string{"subject": "Invitation à rejoindre Énergie", "link": "https://parley.example/invite/" + token},
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

const token = "s3cr3t-token-of-an-invitation"

// later moves the clock and lets the outbox look.
func (o *office) later(d time.Duration) {
	o.clock.advance(d)
	o.outbox.Wake()
}

// settled proves that the outbox has looked at everything that is due by now: a
// letter posted after it arrives.
func (o *office) settled(t *testing.T) {
	t.Helper()
	id := o.post(t, "witness@acme.example")
	o.shelf.await(t, id, in(letter.Sent))
}

func settings(t *testing.T, box *postbox.Box) mail.Settings {
	t.Helper()
	s, err := mail.ParseConfig(mail.Config{URL: box.URL(), From: "Parley Énergie <parley@acme.example>", Hello: "pbx.acme.example"})
	if err != nil {
		t.Fatal(err)
	}
	s.Roots = box.Roots()
	return s
}
