package event

import (
	"context"
	"fmt"
)

// Kind is the kind of thing an admin changed.
type Kind string

// What can change. Everything is not published: subscribers get it when messages
// may have been missed, and then load all they follow anew.
const (
	Member     Kind = "member"
	Number     Kind = "number" // or its assignments
	Tag        Kind = "tag"
	Trunk      Kind = "trunk"
	Workspace  Kind = "workspace"
	Team       Kind = "team"    // or who is in it
	Session    Kind = "session" // it has ended
	Domain     Kind = "domain"  // a claim to one
	Flow       Kind = "flow"    // one went live, or a calendar that flows close by changed
	Blacklist  Kind = "blacklist"
	Todo       Kind = "todo"
	Message    Kind = "message" // what callers hear
	Everything Kind = "everything"
)

// Kinds lists the kinds that are published.
func Kinds() []Kind {
	return []Kind{Member, Number, Tag, Trunk, Workspace, Team, Session, Domain, Flow, Blacklist, Todo, Message}
}

// Changed says that a stored thing was created, changed or deleted. It is
// published after the store has it; who hears it loads the thing.
type Changed struct {
	WorkspaceID string `json:"workspace_id"`
	Kind        Kind   `json:"kind"`
	ID          string `json:"id"`
}

// Changes is how the live parts (softphone lines, trunks, the agents' registry)
// follow what is edited on any node. Its subjects are "member.changed" and so on.
type Changes struct{ bus *Bus }

// NewChanges returns the changes carried by a bus.
func NewChanges(bus *Bus) Changes { return Changes{bus: bus} }

// Publish tells all nodes of a change.
func (c Changes) Publish(ctx context.Context, ch Changed) error {
	t, err := c.topic(ch.Kind)
	if err != nil {
		return err
	}
	return t.Publish(ctx, ch)
}

// Subscribe calls f with every change of the kinds given (none: of all) from now
// on, and with Everything after a gap. Changes of one kind come one at a time;
// different kinds may come at the same time.
func (c Changes) Subscribe(f func(Changed), kinds ...Kind) (unsubscribe func(), err error) {
	if len(kinds) == 0 {
		kinds = Kinds()
	}
	stops := []func(){c.bus.OnGap(func() { f(Changed{Kind: Everything}) })}
	stop := func() {
		for _, s := range stops {
			s()
		}
	}
	for _, k := range kinds {
		t, err := c.topic(k)
		if err == nil {
			var s func()
			if s, err = t.Subscribe(f); err == nil {
				stops = append(stops, s)
				continue
			}
		}
		stop()
		return nil, err
	}
	return stop, nil
}

func (c Changes) topic(k Kind) (Topic[Changed], error) {
	for _, known := range Kinds() {
		if k == known {
			return NewTopic[Changed](c.bus, string(k)+".changed"), nil
		}
	}
	return Topic[Changed]{}, fmt.Errorf("changes of kind %q are not published", k)
}
