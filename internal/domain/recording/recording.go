// Package recording owns what is known of a call's recording and who may start,
// pause, hear and delete it. The audio itself is written by media/record and
// kept by adapters/blob.
package recording

import (
	"context"
	"path"
	"time"

	"parley/internal/domain/number"
	"parley/internal/shared/callstate"
)

// State is where a recording stands.
type State string

// The states of a recording.
const (
	Writing State = "writing"
	Ready   State = "ready"
	Failed  State = "failed" // nothing could be written
	Deleted State = "deleted"
)

// Kind says what a recording is of.
type Kind string

// The kinds of recording.
const (
	OfCall    Kind = "call"
	Voicemail Kind = "voicemail" // of the customer alone
)

// The kinds of marker.
const (
	Pause  = "pause"
	Resume = "resume"
)

// Marker is a moment in a recording, counted from its start.
type Marker struct {
	Kind     string `json:"kind"` // Pause or Resume
	OffsetMS int64  `json:"offset_ms"`
}

// Recording is one audio file of a call; channel 0 is the customer.
type Recording struct {
	ID          string
	WorkspaceID string
	CallID      string
	Kind        Kind
	State       State
	BlobKey     string // where the audio lies: "<workspace>/recordings/<id>.wav", or .ogg
	Channels    []string
	StartedAt   time.Time
	DurationMS  int64
	Bytes       int64
	SHA256      string
	Markers     []Marker
	DeletedBy   string // member id
	DeletedAt   time.Time
}

// Ending is what the name of the recording's file ends in.
func (r Recording) Ending() string { return path.Ext(r.BlobKey) }

// MediaType is what the recording is for a browser: calls between browsers are kept
// in Opus (RFC 7845), others in G.711.
func (r Recording) MediaType() string {
	if r.Ending() == ".ogg" {
		return `audio/ogg; codecs="opus"`
	}
	return "audio/wav"
}

// Switches returns what the number's switches mean for a call in direction d:
// whether recording starts by itself and whether the agent may steer it.
func Switches(r number.Recording, d callstate.Direction) (auto, agent bool) {
	if d == callstate.Inbound {
		return r.AutoInbound, r.AgentInbound
	}
	return r.AutoOutbound, r.AgentOutbound
}

// Store keeps what is known of recordings.
type Store interface {
	Recording(ctx context.Context, workspaceID, id string) (Recording, error)
	RecordingsOfCall(ctx context.Context, workspaceID, callID string) ([]Recording, error)
	// UnfinishedRecordings lists those in state Writing, of all workspaces: after
	// a crash they are mended.
	UnfinishedRecordings(ctx context.Context) ([]Recording, error)
	SaveRecording(ctx context.Context, r Recording) error
}
