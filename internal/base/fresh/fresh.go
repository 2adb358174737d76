// Package fresh keeps what was read from a store until somebody says that it
// changed, so that what every call asks is read once a change and not once a call.
// It reads nothing on a clock. Each reading has a goroutine of its own, for it goes on
// for the others when who asked first waits no longer.
package fresh

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// readTime bounds one reading.
const readTime = 15 * time.Second

// Kept is what was read, by key. Any goroutine may use it; one reading of a key is
// under way at a time, for all who wait for it.
type Kept[V any] struct {
	read func(ctx context.Context, key string) (V, error)

	mu  sync.Mutex
	all map[string]*one[V]
}

// one is what was read of a key.
type one[V any] struct {
	mu      sync.Mutex
	value   V
	has     bool
	asOf    uint64 // changes when the reading of value began
	changes uint64
	reading *reading // nil while nobody reads
}

// reading is one that is under way, or over once done is closed.
type reading struct {
	asOf uint64
	done chan struct{}
	err  error
}

// New returns an empty Kept that fills itself by read.
func New[V any](read func(ctx context.Context, key string) (V, error)) *Kept[V] {
	return &Kept[V]{read: read, all: make(map[string]*one[V])}
}

// Drop says that what a key stands for has changed; "" says it of all. Whoever asks
// after Drop returned gets what was read after it was called.
func (k *Kept[V]) Drop(key string) {
	k.mu.Lock()
	var stale []*one[V]
	for id, o := range k.all {
		if key == "" || id == key {
			stale = append(stale, o)
		}
	}
	k.mu.Unlock()
	for _, o := range stale {
		o.mu.Lock()
		o.changes++
		o.mu.Unlock()
	}
}

// Get returns what is known of a key. Where it cannot be read anew before ctx ends
// that is what was read before, together with the error; without that there is the
// error alone, and known is false.
func (k *Kept[V]) Get(ctx context.Context, key string) (value V, known bool, err error) {
	o := k.one(key)
	o.mu.Lock()
	defer o.mu.Unlock()
	for asked := o.changes; !o.has || o.asOf < asked; {
		r := o.reading
		if r == nil {
			r = k.begin(ctx, o, key)
		}
		o.mu.Unlock()
		select {
		case <-r.done:
			err = r.err
		case <-ctx.Done():
			err = ctx.Err()
		}
		o.mu.Lock()
		// One that was begun before it was asked for says nothing.
		if err != nil && (r.asOf >= asked || ctx.Err() != nil) {
			return o.value, o.has, fmt.Errorf("read anew what has changed: %w", err)
		}
	}
	return o.value, true, nil
}

// begin reads what a key stands for. The caller holds the lock.
func (k *Kept[V]) begin(ctx context.Context, o *one[V], key string) *reading {
	r := &reading{asOf: o.changes, done: make(chan struct{})}
	o.reading = r
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readTime)
	go func() {
		defer cancel()
		value, err := k.read(ctx, key)
		o.mu.Lock()
		defer o.mu.Unlock()
		if r.err = err; err == nil {
			o.value, o.has, o.asOf = value, true, r.asOf
		}
		o.reading = nil
		close(r.done)
	}()
	return r
}

func (k *Kept[V]) one(key string) *one[V] {
	k.mu.Lock()
	defer k.mu.Unlock()
	o, ok := k.all[key]
	if !ok {
		o = &one[V]{}
		k.all[key] = o
	}
	return o
}
