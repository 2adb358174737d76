package plane

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Sounds loads the messages of workspaces.
type Sounds interface {
	// ALaw returns a message as 8 kHz A-law samples.
	ALaw(ctx context.Context, workspaceID, messageID string) ([]byte, error)
}

const (
	loadTime = 3 * time.Second // callers wait for a message no longer
	maxClips = 32 << 20        // bytes of messages kept in memory: more than an hour
	maxClip  = 6 << 20         // bytes of one message
)

var errNoSounds = errors.New("there are no messages")

// clips are the messages played of late. A message never changes, so what is kept
// stays right. Any goroutine may use it; loading happens on the goroutine that asks
// first, others wait for it.
type clips struct {
	sounds Sounds
	most   int // bytes

	mu    sync.Mutex
	bytes int
	byKey map[clipKey]*clip
	used  *list.List // *clip that are loaded, the latest first
}

type clipKey struct{ workspaceID, messageID string }

type clip struct {
	key   clipKey
	ready chan struct{} // closed once data or err is there
	data  []byte
	err   error
	at    *list.Element // nil until loaded
}

func newClips(sounds Sounds, most int) *clips {
	return &clips{sounds: sounds, most: most, byKey: map[clipKey]*clip{}, used: list.New()}
}

// kept returns a message that is in memory.
func (c *clips) kept(key clipKey) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	cl := c.byKey[key]
	if cl == nil || cl.at == nil {
		return nil, false
	}
	c.used.MoveToFront(cl.at)
	return cl.data, true
}

// load returns a message, at the latest after loadTime.
func (c *clips) load(key clipKey) ([]byte, error) {
	c.mu.Lock()
	cl, found := c.byKey[key]
	if !found {
		cl = &clip{key: key, ready: make(chan struct{})}
		c.byKey[key] = cl
	}
	c.mu.Unlock()
	if found {
		<-cl.ready // whoever loads it is bound by loadTime
		return cl.data, cl.err
	}
	data, err := c.fetch(key)
	c.mu.Lock()
	defer c.mu.Unlock()
	cl.data, cl.err = data, err
	close(cl.ready)
	if err != nil {
		delete(c.byKey, key) // the next caller tries again
		return nil, err
	}
	cl.at = c.used.PushFront(cl)
	c.bytes += len(data)
	c.shrink()
	return data, nil
}

func (c *clips) fetch(key clipKey) ([]byte, error) {
	if c.sounds == nil {
		return nil, errNoSounds
	}
	ctx, cancel := context.WithTimeout(context.Background(), loadTime)
	defer cancel()
	type answer struct {
		data []byte
		err  error
	}
	got := make(chan answer, 1) // a store that heeds no context must not hold the caller
	go func() {
		data, err := c.sounds.ALaw(ctx, key.workspaceID, key.messageID)
		got <- answer{data, err}
	}()
	select {
	case a := <-got:
		switch {
		case a.err != nil:
			return nil, fmt.Errorf("load message %s: %w", key.messageID, a.err)
		case len(a.data) == 0 || len(a.data) > maxClip:
			return nil, fmt.Errorf("load message %s: %d bytes", key.messageID, len(a.data))
		}
		return a.data, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("load message %s: %w", key.messageID, ctx.Err())
	}
}

// shrink drops what was not played for longest; c.mu is held. Who plays it keeps
// its samples until he is through.
func (c *clips) shrink() {
	for c.bytes > c.most {
		oldest := c.used.Remove(c.used.Back()).(*clip)
		c.bytes -= len(oldest.data)
		delete(c.byKey, oldest.key)
	}
}
