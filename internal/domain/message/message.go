// Package message owns what a company says to its callers: texts spoken by a
// synthetic voice, files people uploaded, and recordings made in the browser. A
// message never changes once it is made, so that a flow that names it plays the
// same for ever; to change one is to make another. The sound itself is in the blob
// store, ready to be sent to a phone. It speaks and decodes nothing itself.
package message

import (
	"context"
	"time"
)

// Kind is where a message comes from.
type Kind string

// The kinds.
const (
	Spoken   Kind = "spoken"   // Text, by Voice
	Uploaded Kind = "uploaded" // a file
	Recorded Kind = "recorded" // in the browser
)

// Message is one announcement.
type Message struct {
	ID          string
	WorkspaceID string
	Name        string
	Kind        Kind
	Text        string // of Spoken
	Language    string // of Spoken
	Voice       string // of Spoken: id of the voice
	DurationMS  int64
	BlobKey     string // the 8 kHz A-law WAV; the 16 kHz one is beside it, see WideKey
	CreatedAt   time.Time
	CreatedBy   string
	Hidden      bool // replaced or deleted: not offered any more, still played where it is used
}

// WideKey is the blob of the 16 kHz sound.
func (m Message) WideKey() string { return m.BlobKey + ".16k" }

// Store keeps what is known of messages.
type Store interface {
	// Messages lists those that are not hidden, by name.
	Messages(ctx context.Context, workspaceID string) ([]Message, error)
	// MessagesByID leaves out what is not there; hidden ones are there.
	MessagesByID(ctx context.Context, workspaceID string, ids []string) ([]Message, error)
	Message(ctx context.Context, workspaceID, id string) (Message, error)
	SaveMessage(ctx context.Context, m Message) error
	HideMessage(ctx context.Context, workspaceID, id string) error
}
