package event

import (
	"context"
	"encoding/json"
	"fmt"

	"parley/internal/base/obs"
)

// Topic carries values of one type, as JSON.
type Topic[T any] struct {
	bus     *Bus
	subject string
}

// NewTopic returns the topic of a subject; all nodes must agree on its type.
func NewTopic[T any](bus *Bus, subject string) Topic[T] {
	return Topic[T]{bus: bus, subject: subject}
}

// Publish sends v to all nodes and returns once the server has it.
func (t Topic[T]) Publish(ctx context.Context, v T) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("publish %s: %w", t.subject, err)
	}
	return t.bus.Publish(ctx, t.subject, b)
}

// Subscribe calls f with every value from now on. What is not a T is logged and
// left out: another node may run another version.
func (t Topic[T]) Subscribe(f func(T)) (unsubscribe func(), err error) {
	return t.bus.Subscribe(t.subject, func(payload []byte) {
		var v T
		if err := json.Unmarshal(payload, &v); err != nil {
			t.bus.log.Error("an event cannot be read", "subject", t.subject, obs.Err, err)
			return
		}
		f(v)
	})
}
