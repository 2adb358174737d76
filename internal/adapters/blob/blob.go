// Package blob keeps files that are too big for the database, such as
// recordings, in a local folder or an S3 bucket. It knows nothing of what is in
// them. A Store may be used from any goroutine.
package blob

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"parley/internal/base/fault"
)

// DefaultFolder is used where nothing is configured.
const DefaultFolder = "data/blobs"

// Store keeps blobs by key. A key is path segments of letters, digits, ".", "_"
// and "-", none beginning with a dot, joined by "/", at most 512 bytes in all.
type Store interface {
	// Put stores the first size bytes of r, or nothing at all: a blob is never seen
	// half written. What was there is replaced. Fewer bytes are an error.
	Put(ctx context.Context, key string, r io.Reader, size int64) error
	// Move stores the file at path like Put; the file is gone afterwards.
	Move(ctx context.Context, key, path string) error
	// Open returns the blob, or a not-found fault. ctx bounds its reads too.
	Open(ctx context.Context, key string) (*Blob, error)
	// Delete removes the blob; one that is not there is no error.
	Delete(ctx context.Context, key string) error
	// Close frees what the store holds; open blobs stay readable.
	Close() error
}

// Blob is a stored file opened for reading, from any position: it fits
// http.ServeContent. The reader closes it.
type Blob struct {
	io.ReadSeekCloser

	Size    int64 // bytes
	ModTime time.Time
}

// Open returns the store url names: "s3://KEY:SECRET@HOST[:PORT]/BUCKET[/PREFIX]"
// with the options region=NAME and insecure=true (plain HTTP), or the path of a
// folder (with or without "file:"), created if need be; "" is DefaultFolder.
func Open(ctx context.Context, url string) (Store, error) {
	switch {
	case strings.HasPrefix(url, "s3://"):
		return openS3(ctx, url)
	case url == "":
		return openFolder(DefaultFolder)
	}
	return openFolder(strings.TrimPrefix(strings.TrimPrefix(url, "file://"), "file:"))
}

const maxKey = 512

// checkKey refuses whatever could leave the store's folder or mean two things.
func checkKey(key string) error {
	if key == "" || len(key) > maxKey {
		return fmt.Errorf("a blob's key has 1 to %d bytes, not %d", maxKey, len(key))
	}
	for segment := range strings.SplitSeq(key, "/") {
		if segment == "" || segment[0] == '.' {
			return fmt.Errorf("blob key %q has a bad segment", key)
		}
		for _, c := range []byte(segment) {
			if !plain(c) {
				return fmt.Errorf("blob key %q has a bad character", key)
			}
		}
	}
	return nil
}

func plain(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-'
}

// missing is the fault of a blob that is not there.
func missing(key string, err error) error {
	return fault.New(fault.NotFound, "error.not-found").Because(fmt.Errorf("open blob %s: %w", key, err))
}

// putFile stores the file at path and removes it.
func putFile(ctx context.Context, s Store, key, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open the file to store: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("look at the file to store: %w", err)
	}
	if err := s.Put(ctx, key, f, info.Size()); err != nil {
		return err
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("remove the file now stored: %w", err)
	}
	return nil
}
