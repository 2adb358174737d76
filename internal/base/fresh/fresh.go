// Package fresh keeps what was read from a store until somebody says that it
// changed, so that what every call asks is read once a change and not once a call.
// It reads nothing by itself, on no clock and in no goroutine of its own.
package fresh

import (
	"context"
	"fmt"
	"sync"
)

// Kept is what was read, by key. Any goroutine may use it; one at a time reads a
// key, the others wait for what it reads.
type Kept[V any] struct {
	read func(ctx context.Context, key string) (V, error)

	mu  sync.Mutex
	all map[string]*one[V]
}

// one is what was read of a key.
type one[V any] struct {
	reading sync.Mutex

	mu      sync.Mutex
	value   V
	has     bool
	asOf    uint64 // changes when the reading of value began
	changes uint64
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

// Get returns what is known of a key. Where it cannot be read anew that is what was
// read before, together with the error; without that there is the error alone, and
// known is false.
func (k *Kept[V]) Get(ctx context.Context, key string) (value V, known bool, err error) {
	o := k.one(key)
	if value, fresh, _, _ := o.get(); fresh {
		return value, true, nil
	}
	o.reading.Lock()
	defer o.reading.Unlock()
	old, fresh, has, changes := o.get()
	if fresh {
		return old, true, nil
	}
	value, err = k.read(ctx, key)
	if err != nil {
		return old, has, fmt.Errorf("read anew what has changed: %w", err)
	}
	o.set(value, changes)
	return value, true, nil
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

func (o *one[V]) get() (value V, fresh, has bool, changes uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.value, o.has && o.asOf == o.changes, o.has, o.changes
}

func (o *one[V]) set(value V, asOf uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.value, o.has, o.asOf = value, true, asOf
}
