// Package protocol is what travels between a tab and the server over the
// websocket: one Go package compiled into both. It owns the shapes and their
// limits, and nothing that acts on them.
//
// A tab says hello; the server answers with a whole Snapshot and then numbered
// deltas. A tab that misses a number asks for a new snapshot (Resync). Commands
// carry an id, are answered by a Result with the same id, and are safe to
// repeat: a command whose id was seen gets the same result again.
package protocol

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Version of the protocol. A tab with another version is asked to reload.
const Version = 2

// MaxMessage is the size in bytes above which a message closes the socket.
const MaxMessage = 64 << 10

// Envelope carries every message.
type Envelope struct {
	Type string          `json:"t"`
	ID   string          `json:"id,omitempty"`  // of a command, chosen by the tab
	Re   string          `json:"re,omitempty"`  // of a Result: the command's id
	Seq  uint64          `json:"seq,omitempty"` // of a Snapshot or delta
	Body json.RawMessage `json:"d,omitempty"`
}

// Message is a body that knows its type.
type Message interface{ Type() string }

// ErrUnknownType is a message of a type this version does not know.
var ErrUnknownType = errors.New("unknown message type")

// Encode wraps m.
func Encode(m Message, id, re string, seq uint64) ([]byte, error) {
	body, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", m.Type(), err)
	}
	// The body is put in as it is: in an Envelope it would be read through once more.
	head, err := json.Marshal(Envelope{Type: m.Type(), ID: id, Re: re, Seq: seq})
	if err != nil {
		return nil, fmt.Errorf("encode the envelope of %s: %w", m.Type(), err)
	}
	data := make([]byte, 0, len(head)+len(body)+len(`,"d":`))
	data = append(append(data, head[:len(head)-1]...), `,"d":`...)
	return append(append(data, body...), '}'), nil
}

// Decode reads an envelope and its body. The error of a body of unknown type
// wraps ErrUnknownType.
func Decode(data []byte) (Envelope, Message, error) {
	var env Envelope
	if len(data) > MaxMessage {
		return env, nil, fmt.Errorf("message of %d bytes is over the limit", len(data))
	}
	if err := json.Unmarshal(data, &env); err != nil {
		return env, nil, fmt.Errorf("read envelope: %w", err)
	}
	m, ok := blank(env.Type)
	if !ok {
		return env, nil, fmt.Errorf("%w %q", ErrUnknownType, env.Type)
	}
	if len(env.Body) > 0 {
		if err := json.Unmarshal(env.Body, m); err != nil {
			return env, nil, fmt.Errorf("read %s: %w", env.Type, err)
		}
	}
	return env, m, nil
}
