package mail_test

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"

	"parley/internal/adapters/mail"
	"parley/internal/adapters/store"
	"parley/internal/domain/letter"
)

// TestTwoNodesOverOneDatabase sends letters by two outboxes over the store that
// the program has.
func TestTwoNodesOverOneDatabase(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	quiet := slog.New(slog.DiscardHandler)
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "parley.db"), quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	var nodes []*mail.Outbox
	for range 2 {
		nodes = append(nodes, mail.NewOutbox(db, words{}, o.sender, o.clock.Now, quiet))
	}
	o.outbox = nodes[0]
	o.box.Refuse("m0@acme.example", 450)
	var ids []string
	for i := range 20 {
		ids = append(ids, o.post(t, fmt.Sprintf("m%d@acme.example", i)))
	}
	stops := []func(){run(t, nodes[0]), run(t, nodes[1])}
	for i := 1; i < 20; i++ {
		o.box.Await(t, fmt.Sprintf("m%d@acme.example", i), nil)
	}
	o.box.AwaitAttempts(t, "m0@acme.example", 1)
	for _, stop := range stops {
		stop() // once what was on its way is written down
	}
	if n := o.box.Count(""); n != 19 {
		t.Errorf("%d mails arrived", n)
	}
	all, err := db.Letters(t.Context(), "w", ids)
	if err != nil || len(all) != 20 {
		t.Fatalf("kept %d letters, %v", len(all), err)
	}
	for _, p := range all {
		want := letter.Sent
		if p.ID == ids[0] {
			want = letter.Waiting
		}
		if p.State != want {
			t.Errorf("letter to %s is %s (%s) after %d attempts", p.To, p.State, p.Problem, p.Attempts)
		}
	}
	if err := o.outbox.Withdraw(t.Context(), "w", ids[0]); err != nil {
		t.Fatal(err)
	}
	if all, err = db.Letters(t.Context(), "w", ids[:1]); err != nil || all[0].State != letter.Failed || all[0].Problem != letter.Withdrawn {
		t.Errorf("withdrawn as %+v, %v", all, err)
	}
}
