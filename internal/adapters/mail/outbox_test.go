package mail_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"parley/internal/adapters/mail"
	"parley/internal/base/fault"
	"parley/internal/domain/letter"
)

const ada = "ada@acme.example"

func TestDelivery(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	run(t, o.outbox)
	id := o.post(t, ada)
	m := o.box.Await(t, ada, nil)
	if m.Subject != "Invitation à rejoindre Énergie" || m.HTML != "<p>Bonjour à tous</p>" ||
		m.Text != "Bonjour à tous,\n\nhttps://parley.example/invite/"+token+"\n" || m.Link != "https://parley.example/invite/"+token {
		t.Errorf("arrived %+v", m)
	}
	from, err := m.Header.AddressList("From")
	if err != nil || len(from) != 1 || from[0].Name != "Parley Énergie" || from[0].Address != "parley@acme.example" || m.From != from[0].Address {
		t.Errorf("from %v, %v; envelope %s", from, err, m.From)
	}
	for name, want := range map[string]string{
		"To": "<" + ada + ">", "Message-Id": "<" + id + "@acme.example>", "Auto-Submitted": "auto-generated", "Mime-Version": "1.0",
	} {
		if got := m.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if date, err := m.Header.Date(); err != nil || !date.Equal(o.clock.Now()) {
		t.Errorf("dated %v, %v", date, err)
	}
	p := o.shelf.await(t, id, in(letter.Sent))
	if p.Attempts != 1 || p.Problem != "" || p.Text != "" || p.HTML != "" || !p.DoneAt.Equal(o.clock.Now()) {
		t.Errorf("kept %+v", p)
	}
}

func TestServerThatIsBusyIsAskedAgain(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	run(t, o.outbox)
	o.box.Refuse(ada, 450)
	id := o.post(t, ada)
	p := o.shelf.await(t, id, attempted(1))
	if p.State != letter.Waiting || p.Text == "" || !p.DoneAt.IsZero() {
		t.Errorf("after a first attempt: %+v", p)
	}
	if !strings.Contains(p.Problem, "450") || strings.Contains(p.Problem, ada) {
		t.Errorf("problem %q", p.Problem)
	}
	o.box.Refuse(ada, 0)
	o.later(26 * time.Second) // too early
	o.settled(t)
	if o.box.Attempts(ada) != 1 {
		t.Error("asked again before its time")
	}
	o.later(8 * time.Second)
	if p = o.shelf.await(t, id, in(letter.Sent)); p.Attempts != 2 {
		t.Errorf("sent after %d attempts", p.Attempts)
	}
	if m := o.box.Await(t, ada, nil); m.Header.Get("Message-Id") != "<"+id+"@acme.example>" {
		t.Errorf("a repeated mail has another id: %s", m.Header.Get("Message-Id"))
	}
}

func TestPausesGrowUntilItGivesUp(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	run(t, o.outbox)
	o.box.Refuse("", 421)
	id := o.post(t, ada)
	for i, pause := range []time.Duration{
		30 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour, 4 * time.Hour, 4 * time.Hour, 4 * time.Hour,
	} {
		p := o.shelf.await(t, id, attempted(i+1))
		if got := p.NextAt.Sub(o.clock.Now()); p.State != letter.Waiting || got < pause*9/10 || got > pause*11/10 {
			t.Errorf("after attempt %d: %s, next in %v, want about %v", i+1, p.State, got, pause)
		}
		o.later(pause * 11 / 10)
	}
	p := o.shelf.await(t, id, in(letter.Failed))
	if p.Attempts != 8 || p.Text != "" || p.HTML != "" || p.DoneAt.IsZero() || p.Problem == "" {
		t.Errorf("given up as %+v", p)
	}
}

func TestServerThatIsAwayIsAskedAgain(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	run(t, o.outbox)
	o.box.Stop()
	id := o.post(t, ada)
	if p := o.shelf.await(t, id, attempted(1)); p.State != letter.Waiting || !strings.Contains(p.Problem, "refused") {
		t.Errorf("after a first attempt: %+v", p)
	}
	o.box.Start(t)
	o.later(time.Minute)
	o.box.Await(t, ada, nil)
	o.shelf.await(t, id, in(letter.Sent))
}

func TestFinalNoIsFinal(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	run(t, o.outbox)
	o.box.Refuse(ada, 550)
	id := o.post(t, ada)
	p := o.shelf.await(t, id, in(letter.Failed))
	if p.Attempts != 1 || p.Text != "" || p.HTML != "" || !strings.Contains(p.Problem, "550") || strings.Contains(p.Problem, ada) {
		t.Errorf("given up as %+v", p)
	}
}

func TestProblemTellsNoLink(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	run(t, o.outbox)
	o.box.RefuseContent(554)
	id := o.post(t, ada)
	p := o.shelf.await(t, id, in(letter.Failed))
	if !strings.Contains(p.Problem, "we do not like …") || strings.Contains(p.Problem, token) {
		t.Errorf("problem %q", p.Problem)
	}
}

func TestLettersSurviveARestart(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	first := o.post(t, ada) // nobody runs yet
	stop := run(t, o.node())
	o.shelf.await(t, first, in(letter.Sent))
	o.box.Hang(true)
	second := o.post(t, "bob@acme.example")
	o.outbox = o.node()
	stop()
	stop = run(t, o.outbox)
	o.box.AwaitAttempts(t, "", 2)
	stop() // in the middle of an attempt
	p := o.shelf.await(t, second, func(letter.Posted) bool { return true })
	if p.State != letter.Waiting || p.Attempts != 0 || p.NextAt.After(o.clock.Now()) || p.Text == "" {
		t.Errorf("cut off as %+v", p)
	}
	o.box.Hang(false)
	run(t, o.node())
	o.shelf.await(t, second, in(letter.Sent))
	if n := o.box.Count("bob@acme.example"); n != 1 {
		t.Errorf("%d mails arrived", n)
	}
}

func TestTwoNodesSendOneMail(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	other := o.node()
	var ids []string
	for i := range 40 {
		ids = append(ids, o.post(t, fmt.Sprintf("m%d@acme.example", i)))
	}
	run(t, o.outbox)
	run(t, other)
	for i, id := range ids {
		o.shelf.await(t, id, in(letter.Sent))
		if n := o.box.Count(fmt.Sprintf("m%d@acme.example", i)); n != 1 {
			t.Errorf("letter %d arrived %d times", i, n)
		}
	}
	if n := o.box.Attempts(""); n != 40 {
		t.Errorf("%d attempts for 40 letters", n)
	}
}

func TestSentLetterIsNotSentAgainWhenTheStoreFails(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	run(t, o.outbox)
	o.shelf.breakDown(true)
	id := o.post(t, ada)
	o.box.Await(t, ada, nil)
	o.later(time.Hour) // its lease is over
	o.shelf.mu.Lock()
	seen := o.shelf.changed
	o.shelf.mu.Unlock()
	<-seen // another try to write it down
	o.shelf.breakDown(false)
	o.later(time.Hour)
	o.shelf.await(t, id, in(letter.Sent))
	if n := o.box.Count(ada); n != 1 {
		t.Errorf("%d mails arrived", n)
	}
}

func TestWithdraw(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	run(t, o.outbox)
	o.box.Refuse(ada, 450)
	id := o.post(t, ada)
	o.shelf.await(t, id, attempted(1))
	if err := o.outbox.Withdraw(t.Context(), "another", id); err != nil {
		t.Fatal(err)
	}
	if p := o.shelf.await(t, id, attempted(1)); p.State != letter.Waiting {
		t.Errorf("withdrawn by another workspace: %+v", p)
	}
	if err := o.outbox.Withdraw(t.Context(), "w", id); err != nil {
		t.Fatal(err)
	}
	p := o.shelf.await(t, id, in(letter.Failed))
	if p.Problem != letter.Withdrawn || p.Text != "" {
		t.Errorf("withdrawn as %+v", p)
	}
	o.box.Refuse(ada, 0)
	o.later(time.Hour)
	o.settled(t)
	if o.box.Count(ada) != 0 {
		t.Error("a withdrawn letter was sent")
	}
	sent := o.post(t, "bob@acme.example")
	o.shelf.await(t, sent, in(letter.Sent))
	if err := o.outbox.Withdraw(t.Context(), "w", sent); err != nil {
		t.Fatal(err)
	}
	o.shelf.await(t, sent, in(letter.Sent))
}

func TestWithdrawnOnItsWay(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	run(t, o.outbox)
	o.box.Hang(true)
	id := o.post(t, ada)
	o.box.AwaitAttempts(t, "", 1)
	if err := o.outbox.Withdraw(t.Context(), "w", id); err != nil {
		t.Fatal(err)
	}
	o.box.Hang(false)
	o.box.Await(t, ada, nil) // too late; its link is void anyway
	o.later(time.Hour)
	o.settled(t)
	if p := o.shelf.await(t, id, in(letter.Failed)); p.Problem != letter.Withdrawn || o.box.Count(ada) != 1 {
		t.Errorf("kept %+v, arrived %d times", p, o.box.Count(ada))
	}
}

func TestNothingFromOutsideGetsIntoHeaders(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	run(t, o.outbox)
	args := func(subject string) map[string]string {
		return map[string]string{"subject": subject, "link": "https://parley.example/x"}
	}
	for _, to := range []string{
		"", "ada", "@acme.example", "ada@acme.example\r\nBcc: eve@evil.example", "ada@acme.example, eve@evil.example",
		"Ada <ada@acme.example>", "<ada@acme.example>", " ada@acme.example", "ada@acme.example\n", "ada\x00@acme.example",
		strings.Repeat("a", 250) + "@acme.example",
	} {
		_, err := o.outbox.Send(t.Context(), letter.Letter{Kind: letter.SignUp, To: to, Args: args("Hello")})
		if fault.KindOf(err) != fault.Invalid || fault.Of(err).Field != "email" {
			t.Errorf("to %q: %v", to, err)
		}
	}
	for _, subject := range []string{"", " ", "Join\x00us", "Join \u202eus", strings.Repeat("x", 201)} {
		if _, err := o.outbox.Send(t.Context(), letter.Letter{Kind: letter.SignUp, To: ada, Args: args(subject)}); err == nil {
			t.Errorf("subject %q was taken", subject)
		}
	}
	if _, err := o.outbox.Send(t.Context(), letter.Letter{Kind: letter.SignUp, To: ada}); err == nil {
		t.Error("a letter that cannot be worded was taken")
	}
	if len(o.shelf.all) != 0 {
		t.Errorf("stored %d letters", len(o.shelf.all))
	}
	if _, err := o.outbox.Send(t.Context(), letter.Letter{Kind: letter.SignUp, To: ada, Args: args("Join\r\nBcc: eve@evil.example\r\n\r\nWin")}); err != nil {
		t.Fatal(err)
	}
	m := o.box.Await(t, ada, nil)
	if m.Header.Get("Bcc") != "" || m.Subject != "Join Bcc: eve@evil.example Win" || o.box.Count("") != 1 {
		t.Errorf("arrived %+v", m)
	}
}

func TestWithoutMailServer(t *testing.T) {
	t.Parallel()
	o := mail.NewOutbox(newShelf(), words{}, nil, time.Now, slog.New(slog.DiscardHandler))
	if o.Ready() {
		t.Error("ready without a mail server")
	}
	_, err := o.Send(t.Context(), letter.Letter{Kind: letter.SignUp, To: ada, Args: map[string]string{"subject": "x", "link": "y"}})
	if f := fault.Of(err); f.Kind != fault.Unavailable || f.Key != "error.mail-off" {
		t.Errorf("sent without a mail server: %v", err)
	}
	o.Run(t.Context()) // returns at once
}

func TestOldLettersAreForgotten(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	run(t, o.outbox)
	for range 2 {
		want := o.clock.Now().Add(-30 * 24 * time.Hour)
		o.shelf.until(t, "a sweep", func() bool { return o.shelf.forgot.Equal(want) })
		o.later(time.Hour)
	}
}

// patient is a sender that tells how long it may take.
type patient chan time.Duration

func (p patient) Send(ctx context.Context, _ letter.Posted) error {
	deadline, _ := ctx.Deadline()
	p <- time.Until(deadline)
	return nil
}

func TestAnAttemptIsBounded(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	given := make(patient, 1)
	o.sender = given
	o.outbox = o.node()
	run(t, o.outbox)
	o.post(t, ada)
	if d := <-given; d <= 0 || d > time.Minute {
		t.Errorf("an attempt may take %v", d)
	}
}

// rude is a sender whose server says too much.
type rude struct{}

func (rude) Send(context.Context, letter.Posted) error {
	return fmt.Errorf("421 for %s:\r\n\x1b[31m see HTTPS://elsewhere.example/%s or %s\xff %s", ada, token, token, strings.Repeat("é", 500))
}

func TestProblemIsOneBoundedLine(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.sender = rude{}
	o.outbox = o.node()
	run(t, o.outbox)
	p := o.shelf.await(t, o.post(t, ada), attempted(1))
	if want := "421 for …: [31m see … or … é"; !strings.HasPrefix(p.Problem, want) || len([]rune(p.Problem)) != 300 {
		t.Errorf("problem %q, %d characters; want it to begin with %q", p.Problem, len([]rune(p.Problem)), want)
	}
}
