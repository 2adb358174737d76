package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/adapters/event"
	"parley/internal/adapters/store"
	"parley/internal/base/fault"
	"parley/internal/domain/agent"
	"parley/internal/domain/blocklist"
	"parley/internal/domain/document"
	"parley/internal/domain/queue"
	"parley/internal/domain/routing"
	"parley/internal/media/audio"
	"parley/web/locale"
)

// maxDocument bounds what apply reads.
const maxDocument = 4 << 20

// withApplier runs an admin command over the stores, beside a running server or
// without one.
func withApplier(ctx context.Context, proc process, do func(*document.Applier) error) (err error) {
	k, err := openKept(ctx, proc.cfg, proc.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, k.close(ctx)) }()
	library, err := audio.NewLibrary()
	if err != nil {
		return fmt.Errorf("list hold music: %w", err)
	}
	trail := auth.NewTrail(k.db, time.Now, proc.log)
	ch := changes{bus: event.NewChanges(k.bus), near: &near{}, log: proc.log}
	blacklist := blocklist.NewService(blocklist.Needs{Store: k.db, Workspaces: k.db, Audit: trail, Changes: ch, Now: time.Now, Log: proc.log})
	flows := newTrials(k.db, trail, ch, proc.log)
	ch.near.tell(flows.Changed)
	voices, err := newVoices(proc.cfg, proc.log)
	if err != nil {
		return err
	}
	s := newServices(k.db, trail, ch, library.MusicIDs())
	return do(document.NewApplier(document.Needs{
		Workspaces: k.db, Members: k.db, People: k.db, Edits: k.db, Teams: k.db, Memberships: k.db, Tags: k.db, Trunks: k.db,
		Numbers: k.db, Assignments: k.db, Supervisors: k.db, Flows: k.db, Feeds: k.db, Messages: k.db, Blocked: k.db,
		TeamService: s.teams, TagService: s.tags, TrunkService: s.trunks, NumberService: s.numbers,
		Speaker: newMessages(k.db, k.blobs, voices, trail, ch), Blocker: blacklist, Cases: flows,
		Audit: trail, Changes: ch, Music: library.MusicIDs(), Now: time.Now,
	}))
}

// newTrials tries flows where no calls are: everybody is free, and nobody waits.
func newTrials(db *store.DB, trail *auth.Trail, ch changes, log *slog.Logger) *routing.Service {
	return routing.New(routing.Needs{
		Store: db, Drafts: db, Cases: db, Feeds: db, Numbers: db, Assignments: db, Members: db, Teams: db, Memberships: db,
		Workspaces: db, Messages: db, States: agent.NewRegistry(db, db, db, log), Board: queue.NewBoard(time.Now),
		Audit: trail, Changes: ch, Now: time.Now, Log: log,
	})
}

// apply brings the workspace to what a file says.
func apply(ctx context.Context, proc process) error {
	if len(proc.args) != 1 {
		return errors.New("name one file, or - for standard input")
	}
	raw, err := readDocument(proc.args[0])
	if err != nil {
		return err
	}
	doc, err := document.Parse(raw)
	if err != nil {
		return worded(err)
	}
	return withApplier(ctx, proc, func(a *document.Applier) error {
		sum, err := a.Apply(ctx, doc, document.Options{
			Prune: proc.switches["prune"], New: proc.switches["new"], Env: os.LookupEnv,
		})
		if err != nil {
			return worded(err)
		}
		if _, err := fmt.Fprint(proc.out, sum); err != nil {
			return err
		}
		return tellServer(proc.cfg)
	})
}

// worded writes what is wrong with a document, or any fault, in sentences.
func worded(err error) error {
	bundle, bundleErr := locale.New()
	if bundleErr != nil {
		return errors.Join(err, bundleErr)
	}
	say := func(key string, args map[string]string) string { return sentences(bundle)("en", key, args) }
	var problems document.Problems
	var f *fault.Error
	switch {
	case errors.As(err, &problems):
		return errors.New("nothing was changed:\n" + problems.Text(say))
	case errors.As(err, &f):
		return fmt.Errorf("%s (%w)", say(f.Key, f.Args), err)
	}
	return err
}

func readDocument(name string) ([]byte, error) {
	in := io.Reader(os.Stdin)
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("open the file to apply: %w", err)
		}
		defer f.Close()
		in = f
	}
	raw, err := io.ReadAll(io.LimitReader(in, maxDocument+1))
	if err != nil {
		return nil, fmt.Errorf("read the file to apply: %w", err)
	}
	if len(raw) > maxDocument {
		return nil, fmt.Errorf("the file to apply is over %d bytes", maxDocument)
	}
	return raw, nil
}

// export prints a workspace; its name is needed only where there are several.
func export(ctx context.Context, proc process) error {
	name := ""
	if len(proc.args) > 0 {
		name = proc.args[0]
	}
	return withApplier(ctx, proc, func(a *document.Applier) error {
		raw, err := a.Export(ctx, name)
		if err != nil {
			return worded(err)
		}
		_, err = proc.out.Write(raw)
		return err
	})
}
