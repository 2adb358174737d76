package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"sync/atomic"

	"parley/internal/adapters/auth"
	"parley/internal/adapters/blob"
	"parley/internal/adapters/event"
	"parley/internal/adapters/store"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/region"
	"parley/web/static"
)

// kept is what outlives the process: the database, the bus, the blobs.
type kept struct {
	db    *store.DB
	bus   *event.Bus
	blobs blob.Store
}

// parley is the whole program, wired.
type parley struct {
	cfg       *Config
	log       *slog.Logger
	public    *url.URL
	kept      kept
	changes   changes
	mail      post
	identity  identity
	services  services
	reception reception
	voice     voice
	bundle    *locale.Bundle
	pages     *page.Pages
	gate      *auth.Gate
	assets    *static.Assets
	regions   *region.Lists
	metrics   *metrics
	stopping  atomic.Bool
}

// openKept opens the stores. Which kind each is, is settled here and nowhere else.
func openKept(ctx context.Context, cfg *Config, log *slog.Logger) (kept, error) {
	var k kept
	var err error
	if err := cfg.prepareData(); err != nil {
		return k, err
	}
	if k.db, err = store.Open(ctx, cfg.database(), log); err != nil {
		return k, fmt.Errorf("open the database: %w", err)
	}
	if k.bus, err = event.Open(ctx, cfg.NATSURL, log); err != nil {
		return k, errors.Join(fmt.Errorf("open the event bus: %w", err), k.db.Close())
	}
	if k.blobs, err = blob.Open(ctx, cfg.blobs()); err != nil {
		return k, errors.Join(fmt.Errorf("open the blob store: %w", err), k.bus.Close(ctx), k.db.Close())
	}
	return k, nil
}

func (k kept) close(ctx context.Context) error {
	return errors.Join(k.blobs.Close(), k.bus.Close(ctx), k.db.Close())
}

// wire makes the program over what is kept. Nothing runs before start, but for
// goroutines that wait.
func wire(cfg *Config, log *slog.Logger, k kept) (*parley, error) {
	public, err := url.Parse(cfg.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("read public-url: %w", err)
	}
	p := &parley{
		cfg: cfg, log: log, public: public, kept: k,
		changes: changes{bus: event.NewChanges(k.bus), near: &near{}, log: log},
	}
	for _, step := range []func() error{p.wireWords, p.wireMail, p.wireIdentity, p.wireReception, p.wireVoice, p.wireServices} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// wireWords reads what pages are made of.
func (p *parley) wireWords() error {
	var err error
	if p.bundle, err = locale.New(); err != nil {
		return fmt.Errorf("read the catalogues: %w", err)
	}
	if p.assets, err = static.New(); err != nil {
		return fmt.Errorf("read the assets: %w", err)
	}
	if p.regions, err = region.New(locale.Languages()...); err != nil {
		return fmt.Errorf("read countries and time zones: %w", err)
	}
	p.pages = page.New(p.bundle, p.assets, p.log).With(page.Reach{Store: p.kept.db})
	return nil
}
