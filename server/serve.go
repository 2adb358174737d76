package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"parley/internal/adapters/event"
	"parley/internal/base/obs"
	"parley/internal/domain/call"
	"parley/internal/domain/recording"
)

const inboundTime = 10 * time.Second

// serve runs the server until ctx ends or a part of it fails.
func serve(ctx context.Context, proc process) error {
	lock, err := lockData(proc.cfg)
	if err != nil {
		return err
	}
	defer func() { _ = lock.release() }() // the process ends anyway
	k, err := openKept(ctx, proc.cfg, proc.log)
	if err != nil {
		return err
	}
	p, err := wire(proc.cfg, proc.log, k)
	if err != nil {
		return errors.Join(err, k.close(ctx))
	}
	return p.run(ctx, proc, lock.told)
}

// run starts the parts in order, waits, and stops them the other way round. told
// gets a signal for what an admin command has changed.
func (p *parley) run(ctx context.Context, proc process, told <-chan os.Signal) error {
	if err := p.recover(ctx); err != nil {
		return errors.Join(err, p.stop())
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", p.cfg.Listen)
	if err != nil {
		return errors.Join(fmt.Errorf("listen on %s (setting listen): %w", p.cfg.Listen, err), p.stop())
	}
	if err := p.start(ctx, told); err != nil {
		return errors.Join(err, listener.Close(), p.stop())
	}
	h, err := p.handler()
	if err != nil {
		return errors.Join(err, listener.Close(), p.stop())
	}
	web := &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, WriteTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10,
	}
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(listener) }()
	ctx, end := context.WithCancel(ctx)
	defer end()
	var background sync.WaitGroup
	background.Go(func() { p.identity.sessions.Sweep(ctx) })
	background.Go(func() { p.mail.outbox.Run(ctx) })
	background.Go(func() { p.mail.missed.Run(ctx) })
	p.runReception(ctx, &background)
	if err := p.greet(ctx, proc, listener.Addr()); err != nil {
		p.log.Error("setup link not made", obs.Err, err)
	}
	select {
	case <-ctx.Done():
		p.stopping.Store(true)
		p.log.Info("stopping", "calls", p.voice.engine.Live())
		err = nil
	case err = <-failed:
		err = fmt.Errorf("serve pages: %w", err)
	}
	end()
	return errors.Join(err, p.shutdown(web, &background))
}

// recover sets right what a crash left: recordings first, because they tell how
// long calls lasted, then calls, then what members owe.
func (p *parley) recover(ctx context.Context) error {
	mended, err := p.voice.plane.Recover(ctx)
	if err != nil {
		p.log.Error("some recordings could not be mended", obs.Err, err)
	}
	ends := make(map[string]time.Time)
	for _, m := range mended {
		row, err := p.kept.db.Recording(ctx, m.WorkspaceID, m.RecordingID)
		if err != nil {
			p.log.Error("mended recording belongs to no call", "recording", m.RecordingID, obs.Err, err)
			continue
		}
		if err := p.settle(ctx, row, m.Result); err != nil {
			return err
		}
		if m.Ends.After(ends[row.CallID]) {
			ends[row.CallID] = m.Ends
		}
	}
	if err := p.failLost(ctx); err != nil {
		return err
	}
	if err := p.voice.engine.Recover(ctx, func(r call.Record) time.Time { return ends[r.ID] }); err != nil {
		return err
	}
	// The desks read what members owe after Recover, which may have added to it.
	return p.voice.desks.Load(ctx)
}

// settle brings a recording's row in step with what was found of it: one that
// could not be stored before may be now, and one that was deleted since stays so.
func (p *parley) settle(ctx context.Context, row recording.Recording, found call.RecordResult) error {
	switch {
	case row.State == recording.Deleted:
		if err := p.kept.blobs.Delete(ctx, found.BlobKey); err != nil {
			return fmt.Errorf("delete a recording found again: %w", err)
		}
	case row.State == recording.Writing || row.State == recording.Failed && found.Err == nil:
		if err := p.kept.db.SaveRecording(ctx, call.Completed(row, found)); err != nil {
			return fmt.Errorf("save mended recording: %w", err)
		}
	}
	if found.Stored != nil {
		found.Stored()
	}
	return nil
}

// failLost marks recordings that left nothing behind.
func (p *parley) failLost(ctx context.Context) error {
	lost, err := p.kept.db.UnfinishedRecordings(ctx)
	if err != nil {
		return fmt.Errorf("list unfinished recordings: %w", err)
	}
	for _, r := range lost {
		r.State = recording.Failed
		p.log.Error("recording lost in a crash", "recording", r.ID, obs.Call, r.CallID)
		if err := p.kept.db.SaveRecording(ctx, r); err != nil {
			return fmt.Errorf("mark recording lost: %w", err)
		}
	}
	return nil
}

// start lets calls in.
func (p *parley) start(ctx context.Context, told <-chan os.Signal) error {
	if err := p.loadTrunks(ctx); err != nil {
		return err
	}
	if err := p.voice.sip.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start SIP (settings sip-udp, sip-tcp, sip-tls): %w", err)
	}
	_, err := p.changes.bus.Subscribe(func(ch event.Changed) { p.follow(ch) })
	if err != nil {
		return fmt.Errorf("follow what admins change: %w", err)
	}
	go p.heed(ctx, told)
	return nil
}

// heed reads everything anew when an admin command beside the server says that
// it changed something.
func (p *parley) heed(ctx context.Context, told <-chan os.Signal) {
	for {
		select {
		case <-told:
			p.follow(event.Changed{Kind: event.Everything})
		case <-ctx.Done():
			return
		}
	}
}

func (p *parley) loadTrunks(ctx context.Context) error {
	all, err := p.kept.db.AllTrunks(ctx)
	if err != nil {
		return fmt.Errorf("list trunks: %w", err)
	}
	p.voice.sip.SetTrunks(all)
	return nil
}

// follow brings the live parts in step with what was changed, on whichever node.
func (p *parley) follow(ch event.Changed) {
	ctx, cancel := context.WithTimeout(context.Background(), inboundTime)
	defer cancel()
	p.changes.near.changed(ch.WorkspaceID, ch.Kind)
	switch ch.Kind {
	case event.Session:
		p.voice.hub.SessionEnded(ch.ID)
		return
	case event.Member:
		p.voice.hub.MemberChanged(ctx, ch.WorkspaceID, ch.ID)
		return
	case event.Domain, event.Todo: // no tab depends on it
		return
	case event.Workspace:
		p.voice.desks.WorkspaceChanged(ch.WorkspaceID)
	case event.Everything:
		p.voice.desks.WorkspaceChanged("")
		p.voice.hub.MemberChanged(ctx, "", "")
	}
	if ch.Kind == event.Trunk || ch.Kind == event.Everything {
		if err := p.loadTrunks(ctx); err != nil {
			p.log.Error("trunks not followed", obs.Err, err)
		}
	}
	p.voice.hub.WorkspaceChanged(ch.WorkspaceID)
}

// greet prints where to go.
func (p *parley) greet(ctx context.Context, proc process, addr net.Addr) error {
	p.log.Info("parley is ready", "listen", addr.String(), "url", p.cfg.PublicURL)
	link, err := p.identity.setup.Link(ctx)
	if err != nil {
		return err
	}
	if link != "" {
		_, err = fmt.Fprintf(proc.out, "\nWelcome to Parley. Open this link once to set it up:\n\n  %s\n\n", link)
	} else {
		_, err = fmt.Fprintf(proc.out, "\nParley is at %s\n\n", p.cfg.PublicURL)
	}
	return err
}

// shutdown ends everything within the one deadline: no new calls, calls end
// with their cause, tabs are told, what is open is written.
func (p *parley) shutdown(web *http.Server, background *sync.WaitGroup) error {
	ctx, cancel := context.WithTimeout(context.Background(), p.cfg.StopTimeout)
	defer cancel()
	err := p.voice.engine.Close(ctx)
	p.voice.hub.Close(ctx)
	err = errors.Join(err, web.Shutdown(ctx), p.stopVoice(ctx))
	// What was begun writes to the stores: letters asked for, and their outbox.
	err = errors.Join(err, waitFor(ctx, p.identity.recovery.Wait, p.identity.signUps.Wait, background.Wait))
	return errors.Join(err, p.kept.close(ctx))
}

// waitFor waits for all of the works, as long as ctx lasts.
func waitFor(ctx context.Context, works ...func()) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, wait := range works {
			wait()
		}
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("finish letters before the deadline: %w", ctx.Err())
	}
}

// stop is shutdown before anything was served.
func (p *parley) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), p.cfg.StopTimeout)
	defer cancel()
	return errors.Join(p.stopVoice(ctx), p.kept.close(ctx))
}

func (p *parley) stopVoice(ctx context.Context) error {
	v := &p.voice
	err := errors.Join(v.sip.Close(ctx), v.rtc.Close(), v.plane.Close(ctx), v.loop.Close())
	v.station.Close()
	v.desks.Close()
	return err
}
