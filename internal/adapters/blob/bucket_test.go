package blob_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeBucket answers the few S3 requests the store makes, from memory, as the
// documentation of S3 says. It checks that requests are signed with the right
// access key but not the signature: it stands in for no real object store.
type fakeBucket struct {
	server *httptest.Server

	mu      sync.Mutex
	objects map[string][]byte
}

func newBucket(t *testing.T) *fakeBucket {
	t.Helper()
	b := &fakeBucket{objects: make(map[string][]byte)}
	b.server = httptest.NewServer(b)
	t.Cleanup(b.server.Close)
	return b
}

func (b *fakeBucket) url(prefix string) string {
	host := strings.TrimPrefix(b.server.URL, "http://")
	return "s3://key:s3cret@" + host + "/bucket/" + prefix + "?insecure=true&region=eu-west-1"
}

func (b *fakeBucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	name, found := strings.CutPrefix(r.URL.Path, "/bucket/")
	switch {
	case !strings.Contains(r.Header.Get("Authorization"), "Credential=key/"):
		refuse(w, http.StatusForbidden, "AccessDenied")
	case !found:
		refuse(w, http.StatusNotFound, "NoSuchBucket")
	case name == "":
		w.WriteHeader(http.StatusOK)
	case r.Method == http.MethodPut:
		content, err := body(r)
		if err != nil {
			refuse(w, http.StatusBadRequest, "IncompleteBody")
			return
		}
		b.objects[name] = content
		w.Header().Set("ETag", `"etag"`)
	case r.Method == http.MethodDelete:
		delete(b.objects, name)
		w.WriteHeader(http.StatusNoContent)
	case b.objects[name] == nil:
		refuse(w, http.StatusNotFound, "NoSuchKey")
	default:
		w.Header().Set("ETag", `"etag"`)
		http.ServeContent(w, r, "", time.Now(), bytes.NewReader(b.objects[name]))
	}
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<Error><Code>%s</Code><Message>refused</Message></Error>", code)
}

// body reads a body, undoing the aws-chunked encoding of signed uploads:
// "SIZE;chunk-signature=…\r\n", the bytes, "\r\n", until a chunk of size 0.
func body(r *http.Request) ([]byte, error) {
	if !strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		return io.ReadAll(r.Body)
	}
	out, in := []byte{}, bufio.NewReader(r.Body)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return nil, err
		}
		size, _, _ := strings.Cut(strings.TrimSpace(line), ";")
		n, err := strconv.ParseInt(size, 16, 32)
		if err != nil || n == 0 {
			return out, err
		}
		chunk := make([]byte, n+2)
		if _, err := io.ReadFull(in, chunk); err != nil {
			return nil, err
		}
		out = append(out, chunk[:n]...)
	}
}
