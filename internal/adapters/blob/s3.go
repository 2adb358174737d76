package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// bucket keeps blobs as objects of an S3 bucket.
type bucket struct {
	client *minio.Client
	name   string
	prefix string
}

// openS3 fails at once where the bucket is not there: a recording must not be
// the first to notice.
func openS3(ctx context.Context, address string) (Store, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("the object store's address cannot be read") // err would show the secret
	}
	name, prefix, _ := strings.Cut(strings.Trim(u.Path, "/"), "/")
	secret, _ := u.User.Password()
	if u.Host == "" || name == "" || u.User.Username() == "" || secret == "" {
		return nil, errors.New("the object store's address is not s3://KEY:SECRET@HOST/BUCKET")
	}
	client, err := minio.New(u.Host, &minio.Options{
		Creds:  credentials.NewStaticV4(u.User.Username(), secret, ""),
		Secure: u.Query().Get("insecure") != "true",
		Region: u.Query().Get("region"),
	})
	if err != nil {
		return nil, fmt.Errorf("make the object store's client: %w", err)
	}
	found, err := client.BucketExists(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("look for the bucket %s at %s: %w", name, u.Host, err)
	}
	if !found {
		return nil, fmt.Errorf("there is no bucket %s at %s", name, u.Host)
	}
	return &bucket{client: client, name: name, prefix: prefix}, nil
}

// Put implements Store.
func (s *bucket) Put(ctx context.Context, key string, r io.Reader, size int64) error {
	if err := checkKey(key); err != nil {
		return err
	}
	_, err := s.client.PutObject(ctx, s.name, s.object(key), io.LimitReader(r, size), size, minio.PutObjectOptions{})
	if err != nil {
		return fmt.Errorf("store blob %s: %w", key, err)
	}
	return nil
}

// Move implements Store.
func (s *bucket) Move(ctx context.Context, key, file string) error { return putFile(ctx, s, key, file) }

// Open implements Store.
func (s *bucket) Open(ctx context.Context, key string) (*Blob, error) {
	if err := checkKey(key); err != nil {
		return nil, missing(key, err)
	}
	o, err := s.client.GetObject(ctx, s.name, s.object(key), minio.GetObjectOptions{})
	if err != nil {
		return nil, fmt.Errorf("open blob %s: %w", key, err)
	}
	info, err := o.Stat()
	if err != nil {
		if minio.ToErrorResponse(err).Code == minio.NoSuchKey {
			return nil, errors.Join(missing(key, err), o.Close())
		}
		return nil, errors.Join(fmt.Errorf("open blob %s: %w", key, err), o.Close())
	}
	return &Blob{ReadSeekCloser: o, Size: info.Size, ModTime: info.LastModified}, nil
}

// Delete implements Store. S3 reports no missing object.
func (s *bucket) Delete(ctx context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if err := s.client.RemoveObject(ctx, s.name, s.object(key), minio.RemoveObjectOptions{}); err != nil {
		return fmt.Errorf("delete blob %s: %w", key, err)
	}
	return nil
}

// Close implements Store.
func (s *bucket) Close() error { return nil }

func (s *bucket) object(key string) string { return path.Join(s.prefix, key) }
