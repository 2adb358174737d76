package message_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/base/fault"
	"parley/internal/domain/message"
	"parley/internal/domain/number"
	"parley/internal/tests/office"
)

// shelf keeps blobs in memory.
type shelf struct {
	mu    sync.Mutex
	blobs map[string][]byte
	fail  string // the key's ending that cannot be written
}

type closer struct{ *bytes.Reader }

func (closer) Close() error { return nil }

func (s *shelf) Put(_ context.Context, key string, r io.Reader, size int64) error {
	b, err := io.ReadAll(io.LimitReader(r, size))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != "" && strings.HasSuffix(key, s.fail) {
		return errors.New("disk full")
	}
	s.blobs[key] = b
	return err
}

func (s *shelf) Open(_ context.Context, key string) (io.ReadSeekCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.blobs[key]
	if !ok {
		return nil, fault.New(fault.NotFound, "error.not-found")
	}
	return closer{bytes.NewReader(b)}, nil
}

func (s *shelf) Delete(_ context.Context, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.blobs, key)
	return nil
}

// studio takes every file that begins with "sound"; what it makes says of what.
type studio struct {
	mu      sync.Mutex
	working int
	most    int
	gate    chan struct{} // nil, or closed once a file may be finished
	begun   chan struct{} // with gate: one for each file
	limits  []int64
}

func (s *studio) Make(_ context.Context, file io.Reader, limit int64) (message.Sound, error) {
	s.mu.Lock()
	s.working++
	s.most = max(s.most, s.working)
	s.limits = append(s.limits, limit)
	s.mu.Unlock()
	defer func() { s.mu.Lock(); s.working--; s.mu.Unlock() }()
	if s.gate != nil {
		s.begun <- struct{}{}
		<-s.gate
	}
	b, err := io.ReadAll(file)
	if err != nil {
		return message.Sound{}, err
	}
	if !bytes.HasPrefix(b, []byte("sound")) {
		return message.Sound{}, fault.New(fault.Invalid, "error.message-kind")
	}
	return message.Sound{Narrow: append([]byte("narrow "), b...), Wide: append([]byte("wide "), b...), Length: 1500 * time.Millisecond}, nil
}

func (s *studio) Samples(narrow []byte) ([]byte, error) {
	return bytes.TrimPrefix(narrow, []byte("narrow ")), nil
}

// voices speak French, English and anything.
type voices struct {
	none bool
	fail error
}

func (v voices) Voices(context.Context) ([]message.Voice, error) {
	if v.none {
		return nil, nil
	}
	return []message.Voice{{ID: "celine", Language: "fr-FR"}, {ID: "amy", Language: "en-GB"}, {ID: "nova"}}, nil
}

func (v voices) Speak(_ context.Context, text, voiceID string) ([]byte, error) {
	return []byte("sound of " + voiceID + ": " + text), v.fail
}

type cast struct {
	*office.Office
	*message.Service

	shelf  *shelf
	studio *studio
}

func newCast(t *testing.T, speech message.Speech) *cast {
	t.Helper()
	c := &cast{Office: office.New(t), shelf: &shelf{blobs: map[string][]byte{}}, studio: &studio{}}
	c.Service = message.NewService(message.Needs{
		Messages: c.DB, Blobs: c.shelf, Studio: c.studio, Speech: speech, Access: c.DB, Audit: c.Heard, Changes: c.Heard, Now: time.Now,
	})
	return c
}

func TestSpeak(t *testing.T) {
	t.Parallel()
	c := newCast(t, voices{})
	m, err := c.Speak(t.Context(), c.Admin, "  Welcome  desk ", " Bonjour\r\nà tous\t! ", "fr", "celine")
	if err != nil {
		t.Fatal(err)
	}
	kept, err := c.Find(t.Context(), c.Admin, m.ID)
	if err != nil || kept.Name != "Welcome desk" || kept.Text != "Bonjour\nà tous !" || kept.Voice != "celine" || kept.DurationMS != 1500 ||
		kept.Kind != message.Spoken || kept.CreatedBy != c.Admin.ID {
		t.Errorf("kept %+v, %v", kept, err)
	}
	alaw, err := c.ALaw(t.Context(), c.Workspace.ID, m.ID)
	if err != nil || string(alaw) != "sound of celine: Bonjour\nà tous !" {
		t.Errorf("on the telephone: %q, %v", alaw, err)
	}
	file, err := c.Open(t.Context(), c.Admin, m.ID)
	if err != nil {
		t.Fatal(err)
	}
	if wide, err := io.ReadAll(file); err != nil || !strings.HasPrefix(string(wide), "wide sound") {
		t.Errorf("on the page: %q, %v", wide, err)
	}
	changes, audited := c.Heard.Take()
	if !slices.Equal(changes, []string{"message " + m.ID}) || !slices.Equal(audited, []string{"message.created " + m.ID}) {
		t.Errorf("told %v, audited %v", changes, audited)
	}
	if n := len(c.shelf.blobs); n != 2 {
		t.Errorf("%d files are kept: %v", n, slices.Collect(maps.Keys(c.shelf.blobs)))
	}
}

func TestTheVoiceFits(t *testing.T) {
	t.Parallel()
	c := newCast(t, voices{})
	for _, v := range []struct{ language, voice, want, key string }{
		{"fr", "", "celine", ""},
		{"en-US", "", "amy", ""},
		{"de", "", "nova", ""},
		{"", "", "celine", ""},
		{"de", "nova", "nova", ""},
		{"fr-CA", "celine", "celine", ""},
		{"", "amy", "amy", ""},
		{"en", "celine", "", "error.message-voice"},
		{"fr", "--help", "", "error.message-voice"},
		{"de", "amy", "", "error.message-voice"},
	} {
		m, err := c.Speak(t.Context(), c.Admin, "x"+v.language+v.voice, "Hello", v.language, v.voice)
		if v.key != "" {
			office.Want(t, err, v.key, "voice")
		} else if err != nil || m.Voice != v.want {
			t.Errorf("%q asked for %q in %q: %q, %v", v.want, v.voice, v.language, m.Voice, err)
		}
	}
	silent := newCast(t, voices{none: true})
	_, err := silent.Speak(t.Context(), silent.Admin, "x", "Hello", "en", "")
	office.Want(t, err, "error.message-no-voice", "voice")
}

func TestTextsFromHell(t *testing.T) {
	t.Parallel()
	c := newCast(t, voices{})
	for text, key := range map[string]string{
		strings.Repeat("dix mille. ", 910):  "error.message-text-long",
		strings.Repeat("é", 3001):           "error.message-text-long",
		strings.Repeat("\U0001F600", 10000): "error.message-text-long",
		"":                                  "error.message-text-needed",
		" \n\t . ! - ":                      "error.message-text-needed",
		"one\x00two":                        "error.message-text-invalid",
		"a\x01200Sb":                        "error.message-text-invalid",
		"bell\a":                            "error.message-text-invalid",
		"\xff\xfe":                          "error.message-text-invalid",
		"<speak>Hello</speak>":              "error.message-text-marked",
		`Hello <break time="9999s"/>`:       "error.message-text-marked",
		"</speak>":                          "error.message-text-marked",
		"<!-- x -->a":                       "error.message-text-marked",
		"<?xml?>a":                          "error.message-text-marked",
		"a [[h@l'oU]]":                      "error.message-text-marked",
	} {
		_, err := c.Preview(t.Context(), c.Admin, text, "en", "amy")
		office.Want(t, err, key, "text")
	}
	for _, text := range []string{
		strings.Repeat("é", 3000), `"quoted" 'twice' «guillemets»`, "--help", "-v en", "; rm -rf / $(id) `id`", "3 < 4, 5 > 4 & 6", "I <3 you", "[1]", "٣", "日本語",
	} {
		if _, err := c.Preview(t.Context(), c.Admin, text, "en", "amy"); err != nil {
			t.Errorf("%.20q: %v", text, err)
		}
	}
	if len(c.shelf.blobs) != 0 {
		t.Error("a preview is kept")
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	c := newCast(t, voices{})
	up, err := c.Upload(t.Context(), c.Admin, "File", strings.NewReader("sound of a file"))
	if err != nil || up.Kind != message.Uploaded || up.Text != "" {
		t.Errorf("%+v, %v", up, err)
	}
	if rec, err := c.Record(t.Context(), c.Admin, "Recording", strings.NewReader("sound of mine")); err != nil || rec.Kind != message.Recorded {
		t.Errorf("%+v, %v", rec, err)
	}
	_, err = c.Upload(t.Context(), c.Admin, "Other", strings.NewReader("a picture"))
	office.Want(t, err, "error.message-kind", "file")
	_, err = c.Upload(t.Context(), c.Admin, "", nil)
	office.Want(t, err, "error.name-needed", "name")
	office.Want(t, err, "error.message-file-needed", "file")
	_, err = c.Upload(t.Context(), c.Admin, "FÎLE", strings.NewReader("sound"))
	office.Want(t, err, "error.message-taken", "name")
	if !slices.Equal(c.studio.limits, []int64{message.MaxFile, message.MaxFile, message.MaxFile}) {
		t.Errorf("limits %v", c.studio.limits)
	}
	all, err := c.List(t.Context(), c.Admin)
	if err != nil || len(all) != 2 {
		t.Errorf("%d messages, %v", len(all), err)
	}
}

func TestWhatCannotBeKeptLeavesNothing(t *testing.T) {
	t.Parallel()
	c := newCast(t, voices{})
	c.shelf.fail = ".16k"
	if _, err := c.Upload(t.Context(), c.Admin, "File", strings.NewReader("sound")); err == nil {
		t.Fatal("the disk is full, yet the message is made")
	}
	if all, _ := c.List(t.Context(), c.Admin); len(all) != 0 || len(c.shelf.blobs) != 0 {
		t.Errorf("left: %v, %d files", all, len(c.shelf.blobs))
	}
	dumb := newCast(t, voices{fail: fault.New(fault.Unavailable, "error.message-speech")})
	if _, err := dumb.Speak(t.Context(), dumb.Admin, "x", "Hello", "en", ""); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("a voice that fails is %v", err)
	}
}

func TestReplacedAndDeletedMessagesPlayOn(t *testing.T) {
	t.Parallel()
	c := newCast(t, voices{})
	old, err := c.Speak(t.Context(), c.Admin, "Welcome", "Old", "en", "")
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := c.Replace(t.Context(), c.Admin, old.ID, message.Draft{Name: "Welcome", Kind: message.Uploaded, File: strings.NewReader("sound new")})
	if err != nil || fresh.ID == old.ID {
		t.Fatalf("%+v, %v", fresh, err)
	}
	all, _ := c.List(t.Context(), c.Admin)
	if len(all) != 1 || all[0].ID != fresh.ID {
		t.Errorf("listed %+v", all)
	}
	if alaw, err := c.ALaw(t.Context(), c.Workspace.ID, old.ID); err != nil || !strings.Contains(string(alaw), "Old") {
		t.Errorf("the old one plays %q, %v", alaw, err)
	}
	if err := c.Hide(t.Context(), c.Admin, fresh.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := c.ALaw(t.Context(), c.Workspace.ID, fresh.ID); err != nil {
		t.Errorf("a deleted one: %v", err)
	}
	for _, again := range []error{c.Hide(t.Context(), c.Admin, fresh.ID), func() error {
		_, err := c.Replace(t.Context(), c.Admin, old.ID, message.Draft{Name: "x", Kind: message.Spoken, Text: "y"})
		return err
	}()} {
		if fault.KindOf(again) != fault.NotFound {
			t.Errorf("what is gone: %v", again)
		}
	}
	_, audited := c.Heard.Take()
	if want := []string{"message.created", "message.created", "message.replaced", "message.deleted"}; len(audited) != len(want) {
		t.Errorf("audited %v", audited)
	}
	// A refused replacement leaves the old one where it is.
	kept, err := c.Speak(t.Context(), c.Admin, "Kept", "Hello", "en", "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Replace(t.Context(), c.Admin, kept.ID, message.Draft{Name: "Kept", Kind: message.Uploaded, File: strings.NewReader("junk")})
	office.Want(t, err, "error.message-kind", "file")
	if m, _ := c.Find(t.Context(), c.Admin, kept.ID); m.Hidden {
		t.Error("it is hidden all the same")
	}
}

func TestRights(t *testing.T) {
	t.Parallel()
	c := newCast(t, voices{})
	m, err := c.Speak(t.Context(), c.Admin, "Welcome", "Hello", "en", "")
	if err != nil {
		t.Fatal(err)
	}
	tries := func(who string, all map[string]error, want fault.Kind) {
		t.Helper()
		for what, err := range all {
			if fault.KindOf(err) != want {
				t.Errorf("%s, %s: %v, want %s", who, what, err, want)
			}
		}
	}
	ctx := t.Context()
	last := func(_ any, err error) error { return err }
	draft := func() message.Draft { return message.Draft{Name: "R", Kind: message.Spoken, Text: "Hi"} }
	tries("member", map[string]error{
		"list": last(c.List(ctx, c.Member)), "find": last(c.Find(ctx, c.Member, m.ID)), "open": last(c.Open(ctx, c.Member, m.ID)),
		"speak": last(c.Speak(ctx, c.Member, "a", "b", "en", "")), "upload": last(c.Upload(ctx, c.Member, "a", strings.NewReader("sound"))),
		"preview": last(c.Preview(ctx, c.Member, "b", "en", "")), "replace": last(c.Replace(ctx, c.Member, m.ID, draft())), "hide": c.Hide(ctx, c.Member, m.ID),
	}, fault.Forbidden)
	_, stranger := office.Found(t, c.DB, "Other")
	tries("stranger", map[string]error{
		"find": last(c.Find(ctx, stranger, m.ID)), "open": last(c.Open(ctx, stranger, m.ID)),
		"replace": last(c.Replace(ctx, stranger, m.ID, draft())), "hide": c.Hide(ctx, stranger, m.ID),
		"play": last(c.ALaw(ctx, stranger.WorkspaceID, m.ID)),
	}, fault.NotFound)
	// Who owns a number makes and hears messages, and changes his own.
	line, err := c.Numbers.Create(ctx, c.Admin, number.Draft{Phone: "+33139281900", Name: "Line", Country: "FR"})
	if err != nil {
		t.Fatal(err)
	}
	line.OwnerID = c.Member.ID
	if err := c.DB.SaveNumber(ctx, line); err != nil {
		t.Fatal(err)
	}
	own, err := c.Speak(ctx, c.Member, "Mine", "Hello", "en", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Find(ctx, c.Member, m.ID); err != nil {
		t.Errorf("an owner hears: %v", err)
	}
	tries("owner of a number", map[string]error{"hide": c.Hide(ctx, c.Member, m.ID), "replace": last(c.Replace(ctx, c.Member, m.ID, draft()))}, fault.Forbidden)
	if err := c.Hide(ctx, c.Member, own.ID); err != nil {
		t.Errorf("his own: %v", err)
	}
}

// TestOneNameOneMessage: a button that was pressed twice makes one message, however
// long it takes.
func TestOneNameOneMessage(t *testing.T) {
	t.Parallel()
	c := newCast(t, voices{})
	c.studio.gate, c.studio.begun = make(chan struct{}), make(chan struct{}, 2)
	errs := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := c.Upload(t.Context(), c.Admin, "Welcome", strings.NewReader("sound"))
			errs <- err
		}()
	}
	<-c.studio.begun
	<-c.studio.begun
	close(c.studio.gate)
	first, second := <-errs, <-errs
	if (first == nil) == (second == nil) {
		t.Errorf("two of one name: %v and %v", first, second)
	}
	if f := fault.Of(errors.Join(first, second)); f.Key != "error.message-taken" || f.Field != "name" {
		t.Errorf("%+v", f)
	}
	if all, err := c.List(t.Context(), c.Admin); err != nil || len(all) != 1 || len(c.shelf.blobs) != 2 {
		t.Errorf("%d messages of %d files, %v", len(all), len(c.shelf.blobs), err)
	}
}

// TestFewAtOnce: the machine carries calls, too.
func TestFewAtOnce(t *testing.T) {
	t.Parallel()
	c := newCast(t, voices{})
	c.studio.gate, c.studio.begun = make(chan struct{}), make(chan struct{}, 6)
	ctx, cancel := context.WithCancel(t.Context())
	var run sync.WaitGroup
	errs := make(chan error, 6)
	for i := range 6 {
		run.Go(func() {
			_, err := c.Upload(ctx, c.Admin, string(rune('a'+i)), strings.NewReader("sound"))
			errs <- err
		})
	}
	<-c.studio.begun
	<-c.studio.begun
	cancel() // those who wait go; those who are being made end
	first := []error{<-errs, <-errs, <-errs, <-errs}
	close(c.studio.gate)
	run.Wait()
	for _, err := range first {
		if err == nil {
			t.Error("one was made before the gate opened")
		}
	}
	if c.studio.most > 2 {
		t.Errorf("%d were made at once", c.studio.most)
	}
}
