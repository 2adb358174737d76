package blob_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"parley/internal/adapters/blob"
	"parley/internal/base/fault"
)

// onBoth runs body on a folder and on a bucket. The bucket is a small server of
// ours (see bucket_test.go), not a real object store.
func onBoth(t *testing.T, body func(t *testing.T, s blob.Store)) {
	t.Helper()
	t.Run("folder", func(t *testing.T) { body(t, open(t, filepath.Join(t.TempDir(), "deep", "blobs"))) })
	t.Run("bucket", func(t *testing.T) { body(t, open(t, newBucket(t).url("recordings/below"))) })
}

func open(t *testing.T, url string) blob.Store {
	t.Helper()
	s, err := blob.Open(t.Context(), url)
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, s blob.Store, key, content string) {
	t.Helper()
	must(t, s.Put(t.Context(), key, strings.NewReader(content), int64(len(content))))
}

func wantContent(t *testing.T, s blob.Store, key, want string) {
	t.Helper()
	b, err := s.Open(t.Context(), key)
	must(t, err)
	defer b.Close()
	got, err := io.ReadAll(b)
	must(t, err)
	if string(got) != want || b.Size != int64(len(want)) {
		t.Fatalf("%s holds %d bytes %.40q, size %d; want %d bytes %.40q", key, len(got), got, b.Size, len(want), want)
	}
	if age := time.Since(b.ModTime); age < -time.Minute || age > time.Hour {
		t.Errorf("%s was changed %v ago", key, age)
	}
}

func wantMissing(t *testing.T, s blob.Store, key string) {
	t.Helper()
	b, err := s.Open(t.Context(), key)
	if fault.KindOf(err) != fault.NotFound {
		t.Fatalf("open %q gave %v, %v; want a not-found fault", key, b, err)
	}
}

func TestBlobs(t *testing.T) {
	onBoth(t, func(t *testing.T, s blob.Store) {
		const key = "0195-a/recordings/b_1.wav"
		wantMissing(t, s, key)
		must(t, s.Delete(t.Context(), key))
		put(t, s, key, "first")
		put(t, s, key, "the second")
		wantContent(t, s, key, "the second")
		put(t, s, "empty", "")
		wantContent(t, s, "empty", "")
		must(t, s.Put(t.Context(), "cut", strings.NewReader("abcdef"), 3))
		wantContent(t, s, "cut", "abc")
		must(t, s.Delete(t.Context(), key))
		must(t, s.Delete(t.Context(), key))
		wantMissing(t, s, key)
		wantMissing(t, s, "0195-a/recordings") // a folder is no blob
	})
}

func TestRanges(t *testing.T) {
	onBoth(t, func(t *testing.T, s blob.Store) {
		content := strings.Repeat("0123456789", 100_000)
		put(t, s, "big", content)
		b, err := s.Open(t.Context(), "big")
		must(t, err)
		defer b.Close()
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Range", "bytes=500003-500012")
		http.ServeContent(w, r, "x.wav", b.ModTime, b)
		if w.Code != http.StatusPartialContent || w.Body.String() != "3456789012" {
			t.Fatalf("status %d, body %.40q", w.Code, w.Body)
		}
		if _, err := b.Seek(-3, io.SeekEnd); err != nil {
			t.Fatal(err)
		}
		if tail, err := io.ReadAll(b); err != nil || string(tail) != "789" {
			t.Fatalf("tail %q, %v", tail, err)
		}
	})
}

func TestNothingIsStoredOfABrokenSource(t *testing.T) {
	onBoth(t, func(t *testing.T, s blob.Store) {
		put(t, s, "a", "old")
		if s.Put(t.Context(), "a", strings.NewReader("short"), 6) == nil {
			t.Error("too short a source was stored")
		}
		broken := io.MultiReader(strings.NewReader("ne"), iotest.ErrReader(errors.New("disk on fire")))
		if s.Put(t.Context(), "a", broken, 3) == nil {
			t.Error("a broken source was stored")
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if s.Put(ctx, "a", strings.NewReader("new"), 3) == nil {
			t.Error("a cancelled source was stored")
		}
		wantContent(t, s, "a", "old")
	})
}

func TestMove(t *testing.T) {
	onBoth(t, func(t *testing.T, s blob.Store) {
		file := filepath.Join(t.TempDir(), "draft.wav")
		must(t, os.WriteFile(file, []byte("audio"), 0o600))
		must(t, s.Move(t.Context(), "w/r.wav", file))
		wantContent(t, s, "w/r.wav", "audio")
		if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the moved file: %v", err)
		}
		if s.Move(t.Context(), "w/r.wav", file) == nil {
			t.Error("a file that is not there was moved")
		}
		wantContent(t, s, "w/r.wav", "audio")
	})
}

func TestBadKeysAreRefused(t *testing.T) {
	onBoth(t, func(t *testing.T, s blob.Store) {
		for _, key := range []string{
			"", "/", "/etc/passwd", "a/", "a//b", "..", "../x", "a/../../x", "a/.hidden", ".writing/x", `a\b`, "a b",
			"a\x00b", "é", "C:x", "a?b", strings.Repeat("a", 513),
		} {
			if s.Put(t.Context(), key, bytes.NewReader(nil), 0) == nil || s.Delete(t.Context(), key) == nil ||
				s.Move(t.Context(), key, "/nowhere") == nil {
				t.Errorf("key %q was taken", key)
			}
			wantMissing(t, s, key)
		}
	})
}

func TestLinksLeadNowhere(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	must(t, os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o600))
	must(t, os.Symlink(outside, filepath.Join(dir, "out")))
	s := open(t, dir)
	if b, err := s.Open(t.Context(), "out/secret"); err == nil {
		t.Fatalf("read %v through a link", b)
	}
	if s.Put(t.Context(), "out/new", strings.NewReader("x"), 1) == nil {
		t.Error("wrote through a link")
	}
	if s.Delete(t.Context(), "out/secret") == nil {
		t.Error("deleted through a link")
	}
}

func TestOldDraftsAreSweptAndYoungOnesStay(t *testing.T) {
	dir := t.TempDir()
	drafts := filepath.Join(dir, ".writing")
	must(t, os.Mkdir(drafts, 0o700))
	for name, age := range map[string]time.Duration{"old": 48 * time.Hour, "young": time.Hour} {
		must(t, os.WriteFile(filepath.Join(drafts, name), nil, 0o600))
		must(t, os.Chtimes(filepath.Join(drafts, name), time.Time{}, time.Now().Add(-age)))
	}
	s := open(t, "file:"+dir)
	if s.Put(t.Context(), "a", strings.NewReader(""), 1) == nil {
		t.Fatal("too short a source was stored")
	}
	left, err := os.ReadDir(drafts)
	must(t, err)
	if len(left) != 1 || left[0].Name() != "young" {
		t.Errorf("left are %v", left)
	}
}

func TestOpenRefuses(t *testing.T) {
	b := newBucket(t)
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	for _, url := range []string{
		file, "s3://host/bucket", "s3://k:s3cret@host", "s3://k:s3cret@ho st/b",
		strings.Replace(b.url(""), "/bucket", "/another", 1), strings.Replace(b.url(""), "key", "stranger", 1),
	} {
		s, err := blob.Open(t.Context(), url)
		if err == nil {
			t.Errorf("%s was opened: %v", url, s)
			continue
		}
		if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("the secret stands in the error: %v", err)
		}
	}
}
