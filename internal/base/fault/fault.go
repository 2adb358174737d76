// Package fault is the one error type that crosses from the domain to the edges:
// a kind that HTTP, websocket and SIP each map to their own code, and the key of
// the sentence a user reads. Anything else that goes wrong is internal, is
// logged once at the edge and shown as "something went wrong".
package fault

import (
	"errors"
	"fmt"
)

// Kind says what sort of failure it is.
type Kind string

// The kinds of fault.
const (
	Invalid         Kind = "invalid"
	NotFound        Kind = "not-found"
	Conflict        Kind = "conflict"
	Forbidden       Kind = "forbidden"
	Unauthenticated Kind = "unauthenticated"
	TooMany         Kind = "too-many"
	Unavailable     Kind = "unavailable"
	Internal        Kind = "internal"
)

// Error is a failure somebody outside can be told about.
type Error struct {
	Kind  Kind
	Key   string            // locale key of the user's sentence, "error.…"
	Args  map[string]string // values for its placeholders
	Field string            // form field at fault, "" where none is
	Err   error             // what lies beneath, for the log only
}

// Error describes the fault for the log.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s (%s): %v", e.Key, e.Kind, e.Err)
	}
	return fmt.Sprintf("%s (%s)", e.Key, e.Kind)
}

// Unwrap returns the underlying error.
func (e *Error) Unwrap() error { return e.Err }

// New returns a fault of the given kind with the key of its sentence.
func New(kind Kind, key string) *Error { return &Error{Kind: kind, Key: key} }

// OnField returns an Invalid fault laid to one form field.
func OnField(field, key string) *Error {
	return &Error{Kind: Invalid, Key: key, Field: field}
}

// With returns a copy of e with a value for a placeholder of its sentence.
func (e *Error) With(name, value string) *Error {
	c := *e
	c.Args = make(map[string]string, len(e.Args)+1)
	for k, v := range e.Args {
		c.Args[k] = v
	}
	c.Args[name] = value
	return &c
}

// Because returns a copy of e that wraps err.
func (e *Error) Because(err error) *Error {
	c := *e
	c.Err = err
	return &c
}

// KindOf returns the kind of err: Internal unless a fault says otherwise.
func KindOf(err error) Kind {
	var f *Error
	if errors.As(err, &f) {
		return f.Kind
	}
	return Internal
}

// Of returns err as a fault; an error of any other type becomes an internal one.
func Of(err error) *Error {
	var f *Error
	if errors.As(err, &f) {
		return f
	}
	return New(Internal, "error.internal").Because(err)
}
