package message

import (
	"context"
	"io"
	"time"

	"parley/internal/domain/access"
)

// Voice is somebody synthetic who reads texts.
type Voice struct {
	ID       string
	Name     string // for people
	Language string // BCP 47, such as "fr" or "en-GB"; "" reads whatever language the text is in
}

// Speech has synthetic voices read texts. Both methods may take seconds.
type Speech interface {
	// Voices lists who can speak; nobody where the server has no voice.
	Voices(ctx context.Context) ([]Voice, error)
	// Speak returns a WAV file of the text, which is plain text whatever it looks like.
	Speak(ctx context.Context, text, voiceID string) (wav []byte, err error)
}

// Sound is a message as telephones play it: two WAV files, A-law at 8 kHz and
// 16-bit PCM at 16 kHz.
type Sound struct {
	Narrow []byte
	Wide   []byte
	Length time.Duration
}

// Studio makes sounds of files.
type Studio interface {
	// Make reads an MP3 or WAV file of at most limit bytes, whatever it calls itself. A
	// file that cannot be used is an Invalid fault laid to no field.
	Make(ctx context.Context, file io.Reader, limit int64) (Sound, error)
	// Samples returns the A-law samples of a Narrow file.
	Samples(narrow []byte) ([]byte, error)
}

// Blobs keeps the files.
type Blobs interface {
	Put(ctx context.Context, key string, r io.Reader, size int64) error
	Open(ctx context.Context, key string) (io.ReadSeekCloser, error)
	Delete(ctx context.Context, key string) error
}

// Access tells which numbers somebody owns.
type Access interface {
	AccessFacts(ctx context.Context, workspaceID, memberID string) (access.Facts, error)
}

// Auditor takes the record of an action: who did it, to what, and pairs of name
// and value about it.
type Auditor interface {
	Record(ctx context.Context, workspaceID, by, action, subject string, detail ...string)
}

// Changes is told of every change after it is stored, so that live parts follow.
type Changes interface {
	Changed(ctx context.Context, workspaceID, kind, id string)
}

// Needs is what a Service works with.
type Needs struct {
	Messages Store
	Blobs    Blobs
	Studio   Studio
	Speech   Speech
	Access   Access
	Audit    Auditor
	Changes  Changes
	Now      func() time.Time
}
