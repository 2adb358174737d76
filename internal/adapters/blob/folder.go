package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"parley/internal/base/id"
)

// temp is the folder of blobs being written; no key begins with a dot.
const temp = ".writing"

// staleAfter is longer than any blob takes to write.
const staleAfter = 24 * time.Hour

// folder keeps blobs as files. All paths go through root, which no link leads
// out of.
type folder struct {
	root *os.Root
}

func openFolder(dir string) (Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the blob folder: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the blob folder: %w", err)
	}
	s := &folder{root: root}
	if err := s.sweep(time.Now().Add(-staleAfter)); err != nil {
		return nil, errors.Join(fmt.Errorf("sweep the blob folder: %w", err), root.Close())
	}
	return s, nil
}

// sweep removes what crashes left half written before the given time; younger
// files may be another process's.
func (s *folder) sweep(before time.Time) error {
	if err := s.root.MkdirAll(temp, 0o700); err != nil {
		return err
	}
	drafts, err := fs.ReadDir(s.root.FS(), temp)
	if err != nil {
		return err
	}
	for _, d := range drafts {
		info, err := d.Info()
		if err == nil && info.ModTime().Before(before) {
			err = s.root.Remove(path.Join(temp, d.Name()))
		}
		if err := ignoreMissing(err); err != nil {
			return err
		}
	}
	return nil
}

// Put implements Store.
func (s *folder) Put(ctx context.Context, key string, r io.Reader, size int64) error {
	if err := checkKey(key); err != nil {
		return err
	}
	draft := path.Join(temp, id.New())
	err := s.write(draft, &bounded{ctx: ctx, r: r}, size)
	if err == nil {
		err = s.publish(draft, key)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("store blob %s: %w", key, err), ignoreMissing(s.root.Remove(draft)))
	}
	return nil
}

// write makes the file with size bytes of r, on disk.
func (s *folder) write(name string, r io.Reader, size int64) error {
	f, err := s.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if n, err := io.CopyN(f, r, size); err != nil {
		return errors.Join(fmt.Errorf("after %d of %d bytes: %w", n, size, err), f.Close())
	}
	return errors.Join(f.Sync(), f.Close())
}

// publish gives the finished file its name, lastingly.
func (s *folder) publish(draft, key string) error {
	dir := path.Dir(key)
	if err := s.root.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := s.root.Rename(draft, key); err != nil {
		return err
	}
	return s.syncDir(dir)
}

func (s *folder) syncDir(dir string) error {
	d, err := s.root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Move implements Store. On the same disk it only renames: a recording of an
// hour is not copied.
func (s *folder) Move(ctx context.Context, key, file string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	draft := path.Join(temp, id.New())
	if os.Rename(file, filepath.Join(s.root.Name(), filepath.FromSlash(draft))) != nil {
		return putFile(ctx, s, key, file) // another disk, or no file: Put's errors say
	}
	if err := s.publish(draft, key); err != nil {
		return fmt.Errorf("store blob %s: %w", key, err)
	}
	return nil
}

// Open implements Store.
func (s *folder) Open(_ context.Context, key string) (*Blob, error) {
	if err := checkKey(key); err != nil {
		return nil, missing(key, err)
	}
	f, err := s.root.Open(key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, missing(key, err)
	}
	if err != nil {
		return nil, fmt.Errorf("open blob %s: %w", key, err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		return nil, errors.Join(missing(key, errors.New("not a file")), f.Close())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("look at blob %s: %w", key, err), f.Close())
	}
	return &Blob{ReadSeekCloser: f, Size: info.Size(), ModTime: info.ModTime()}, nil
}

// Delete implements Store.
func (s *folder) Delete(_ context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if err := ignoreMissing(s.root.Remove(key)); err != nil {
		return fmt.Errorf("delete blob %s: %w", key, err)
	}
	return nil
}

// Close implements Store.
func (s *folder) Close() error { return s.root.Close() }

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// bounded reads r until ctx ends.
type bounded struct {
	ctx context.Context //nolint:containedctx // lives for one Put
	r   io.Reader
}

// Read passes r on.
func (b *bounded) Read(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	return b.r.Read(p)
}
