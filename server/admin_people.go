package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/domain/audit"
)

// withKept runs an admin command over what is kept, beside a running server or
// without one.
func withKept(ctx context.Context, proc process, do func(kept) error) (err error) {
	k, err := openKept(ctx, proc.cfg, proc.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, k.close(ctx)) }()
	return do(k)
}

// links makes one-time links outside the server.
func (k kept) links(proc process) (*auth.Links, *auth.Trail, error) {
	public, err := url.Parse(proc.cfg.PublicURL)
	if err != nil {
		return nil, nil, fmt.Errorf("read public-url: %w", err)
	}
	trail := auth.NewTrail(k.db, time.Now, proc.log)
	return auth.NewLinks(auth.Config{PublicURL: public}, k.db, k.db, trail, time.Now), trail, nil
}

// signinLink prints a one-time link for somebody who lost their passkey.
func signinLink(ctx context.Context, proc process) error {
	if len(proc.args) != 1 {
		return errors.New("name one e-mail address")
	}
	return withKept(ctx, proc, func(k kept) error {
		links, _, err := k.links(proc)
		if err != nil {
			return err
		}
		link, err := links.SignIn(ctx, proc.args[0])
		if err != nil {
			return worded(err)
		}
		_, err = fmt.Fprintln(proc.out, link)
		return err
	})
}

// workspaceLink prints a one-time link by which somebody sets one more workspace up.
func workspaceLink(ctx context.Context, proc process) error {
	return withKept(ctx, proc, func(k kept) error {
		links, trail, err := k.links(proc)
		if err != nil {
			return err
		}
		link, err := auth.NewSetup(auth.SetupNeeds{
			Workspaces: k.db, Members: k.db, People: k.db, Links: links, Trail: trail, Now: time.Now,
		}).FurtherLink(ctx)
		if err != nil {
			return worded(err)
		}
		_, err = fmt.Fprintln(proc.out, link)
		return err
	})
}

// auditCommand is "audit verify".
func auditCommand(ctx context.Context, proc process) error {
	if !proc.switches["verify"] || len(proc.args) > 1 {
		return errors.New("there is only: audit verify [HASH]")
	}
	noted := ""
	if len(proc.args) == 1 {
		noted = proc.args[0]
	}
	return withKept(ctx, proc, func(k kept) error { return verifyAudit(ctx, proc, k, noted) })
}

var errAudit = errors.New("the audit log is not as it was written")

// verifyAudit checks the chain of every workspace and says what it found of each.
func verifyAudit(ctx context.Context, proc process, k kept, noted string) error {
	all, err := k.db.Workspaces(ctx)
	if err != nil {
		return fmt.Errorf("list workspaces: %w", err)
	}
	found := noted == ""
	var broken error
	for _, ws := range all {
		chain := &watched{ChainStore: k.db, noted: noted}
		r, err := audit.Verify(ctx, chain, ws.ID)
		if err != nil {
			return fmt.Errorf("verify the audit log of %s: %w", ws.Name, err)
		}
		found = found || chain.found
		if r.OK() {
			_, err = fmt.Fprintf(proc.out, "%s: %d entries in order, the last is %s\n", ws.Name, r.Entries, r.Head)
		} else {
			broken = errAudit
			_, err = fmt.Fprintf(proc.out, "%s: %s at entry %d, %d entries before it are in order\n", ws.Name, r.Damage, r.At, r.Entries)
		}
		if err != nil {
			return err
		}
	}
	if !found && broken == nil {
		return fmt.Errorf("%w: no entry has the hash that was noted", errAudit)
	}
	return broken
}

// watched notes whether an entry with a given hash went by.
type watched struct {
	audit.ChainStore
	noted string
	found bool
}

// AuditChain implements audit.ChainStore.
func (w *watched) AuditChain(ctx context.Context, workspaceID string, after int64, limit int) ([]audit.Entry, error) {
	entries, err := w.ChainStore.AuditChain(ctx, workspaceID, after, limit)
	for _, e := range entries {
		w.found = w.found || e.Hash == w.noted
	}
	return entries, err
}
