package messages_test

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/adapters/blob"
	"parley/internal/domain/flow"
	"parley/internal/domain/member"
	"parley/internal/domain/message"
	"parley/internal/domain/number"
	"parley/internal/media/audio"
	"parley/internal/media/clip"
	"parley/internal/tests/desk"
	"parley/internal/tests/office"
	"parley/web/messages"
)

// blobs is a folder as the service wants it.
type blobs struct{ blob.Store }

func (b blobs) Open(ctx context.Context, key string) (io.ReadSeekCloser, error) {
	return b.Store.Open(ctx, key)
}

// speech is one voice that says the same sound to everything.
type speech struct {
	wav  []byte
	none bool
}

func (s speech) Voices(context.Context) ([]message.Voice, error) {
	if s.none {
		return nil, nil
	}
	return []message.Voice{{ID: "t:celine", Name: "Céline", Language: "fr-FR"}, {ID: "t:amy", Name: "Amy", Language: "en-GB"}}, nil
}

func (s speech) Speak(context.Context, string, string) ([]byte, error) { return s.wav, nil }

// library is made once: it takes a while.
var library = sync.OnceValues(audio.NewLibrary)

type studio struct {
	*desk.Desk

	wav []byte // a second of sound
}

func newStudio(t *testing.T, none bool) *studio {
	t.Helper()
	s := &studio{Desk: desk.New(t)}
	prompts, err := library()
	if err != nil {
		t.Fatal(err)
	}
	s.wav, _ = prompts.PromptWAV(flow.PromptWelcome, "en")
	store, err := blob.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	service := message.NewService(message.Needs{
		Messages: s.DB, Blobs: blobs{store}, Studio: clip.Studio{}, Speech: speech{s.wav, none}, Access: s.DB,
		Audit: s.Heard, Changes: s.Heard, Now: time.Now,
	})
	messages.New(messages.Needs{
		Pages: s.Pages, Gate: s.Gate, Reader: service, Maker: service, Speech: service, Prompts: prompts, Members: s.DB, Now: time.Now,
	}).Routes(s.Mux)
	return s
}

// send posts a multipart form whose file comes last.
func (s *studio) send(t *testing.T, m member.Member, fields url.Values, file []byte) desk.Answer {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name := range fields {
		if err := form.WriteField(name, fields.Get(name)); err != nil {
			t.Fatal(err)
		}
	}
	if file != nil {
		part, err := form.CreateFormFile("file", "welcome.jpg")
		if err == nil {
			_, err = part.Write(file)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return s.raw(t, m, messages.UploadPath, form.FormDataContentType(), &body)
}

func (s *studio) raw(t *testing.T, m member.Member, path, kind string, body io.Reader) desk.Answer {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, body)
	r.Header.Set("Content-Type", kind)
	ws := s.Workspace
	ws.ID = m.WorkspaceID
	rec := httptest.NewRecorder()
	s.Handler(m, ws).ServeHTTP(rec, r)
	return desk.Answer{Status: rec.Code, Location: rec.Header().Get("Location"), Header: rec.Header(), Body: rec.Body.String()}
}

// made is the id of the message an answer leads to.
func made(t *testing.T, a desk.Answer) string {
	t.Helper()
	a.Want(t, http.StatusSeeOther)
	id, _, _ := strings.Cut(strings.TrimPrefix(a.Location, "/messages/"), "?")
	return id
}

func text(name string) url.Values {
	return url.Values{"name": {name}, "text": {"Bienvenue chez nous."}, "language": {"fr"}, "voice": {"t:celine"}}
}

func TestAMessageFromText(t *testing.T) {
	s := newStudio(t, false)
	s.Get(t, s.Admin, "/messages").Want(t, 200, "No message of your own yet", "Ready-made announcements", "/prompts/welcome/fr/audio")
	s.Get(t, s.Admin, "/messages/new").Want(t, 200, "Céline", "French (France)", `data-language="fr"`, `maxlength="3000"`)
	id := made(t, s.Post(t, s.Admin, "/messages/new", text("Accueil")))
	s.Get(t, s.Admin, "/messages").Want(t, 200, "Accueil", "Text, French", "/messages/"+id+"/audio")
	s.Get(t, s.Admin, "/messages/"+id+"?done=made").Want(t, 200, "The message is ready.", "Bienvenue chez nous.", "Ada Admin", "/messages/"+id+"/audio")
	s.Post(t, s.Admin, "/messages/new", text("ACCUEIL")).Want(t, 409, `id="f-name-error"`, `value="ACCUEIL"`, "Bienvenue chez nous.")
	s.Post(t, s.Admin, "/messages/new", url.Values{"name": {""}, "text": {"<speak>a</speak>"}}).Want(t, 422, `id="f-name-error"`, `id="f-text-error"`, "Write plain text")
	s.Post(t, s.Admin, "/messages/new", url.Values{"name": {"x"}, "text": {strings.Repeat("long ", 2000)}}).Want(t, 422, "at most 3000 characters")
	s.Post(t, s.Admin, "/messages/new", url.Values{"name": {"x"}, "text": {strings.Repeat("您", 10_000)}}).Want(t, 422, "at most 3000 characters", "您您")
	wrong := text("Other")
	wrong.Set("voice", "t:amy")
	s.Post(t, s.Admin, "/messages/new", wrong).Want(t, 422, `id="f-voice-error"`)
}

func TestAudioComesInRanges(t *testing.T) {
	s := newStudio(t, false)
	id := made(t, s.Post(t, s.Admin, "/messages/new", text("Accueil")))
	whole := s.Get(t, s.Admin, "/messages/"+id+"/audio")
	whole.Want(t, 200)
	if whole.Header.Get("Content-Type") != "audio/wav" || !strings.HasPrefix(whole.Body, "RIFF") {
		t.Errorf("%s: %.12q", whole.Header.Get("Content-Type"), whole.Body)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/messages/"+id+"/audio", nil)
	r.Header.Set("Range", "bytes=100-199")
	rec := httptest.NewRecorder()
	s.Handler(s.Admin, s.Workspace).ServeHTTP(rec, r)
	if rec.Code != http.StatusPartialContent || rec.Body.String() != whole.Body[100:200] {
		t.Errorf("a range: %d, %d bytes", rec.Code, rec.Body.Len())
	}
	s.Get(t, s.Member, "/prompts/closed/fr/audio").Want(t, 200, "RIFF")
	s.Get(t, s.Member, "/prompts/nothing/fr/audio").Want(t, 404)
	s.Get(t, s.Member, "/prompts/closed/tlh/audio").Want(t, 404)
}

func TestPreviewKeepsNothing(t *testing.T) {
	s := newStudio(t, false)
	heard := s.Post(t, s.Admin, "/messages/preview", text(""))
	heard.Want(t, 200, "RIFF")
	s.Get(t, s.Admin, "/messages").Want(t, 200, "No message of your own yet")
	s.Post(t, s.Admin, "/messages/preview", url.Values{"text": {"\x00"}}).Want(t, 422)
	s.Post(t, s.Member, "/messages/preview", text("")).Want(t, 403)
}

func TestFilesAreToldByTheirContent(t *testing.T) {
	s := newStudio(t, false)
	mp3, err := os.ReadFile("../../internal/media/clip/testdata/mono-24000.mp3")
	if err != nil {
		t.Fatal(err)
	}
	id := made(t, s.send(t, s.Admin, url.Values{"name": {"Fichier"}}, mp3))
	s.Get(t, s.Admin, "/messages/"+id).Want(t, 200, "Fichier", "File", "0:01")
	recorded := made(t, s.send(t, s.Admin, url.Values{"name": {"Voix"}, "kind": {"recorded"}}, s.wav))
	s.Get(t, s.Admin, "/messages/"+recorded).Want(t, 200, "Recording")
	s.send(t, s.Admin, url.Values{"name": {"Image"}}, []byte("\xff\xd8\xff\xe0 JFIF picture")).Want(t, 422, `id="f-file-error"`, "neither an MP3 nor a WAV", `value="Image"`)
	s.send(t, s.Admin, url.Values{"name": {"Empty"}}, []byte{}).Want(t, 422, `id="f-file-error"`)
	s.send(t, s.Admin, url.Values{"name": {"None"}}, nil).Want(t, 422, `id="f-file-error"`)
	s.send(t, s.Admin, url.Values{"name": {"Large"}}, make([]byte, message.MaxFile+1)).Want(t, 422, "larger than 10", `value="Large"`)
	s.send(t, s.Admin, url.Values{"name": {"Larger"}}, make([]byte, messages.MaxUpload)).Want(t, 422, "larger than 10")
	s.send(t, s.Admin, url.Values{"name": {strings.Repeat("n", 5000)}}, s.wav).Want(t, 422)
	s.raw(t, s.Admin, messages.UploadPath, "application/json", strings.NewReader("{}")).Want(t, 422)
	s.raw(t, s.Admin, messages.UploadPath, "multipart/form-data; boundary=x", strings.NewReader("--x\r\nbroken")).Want(t, 422)
	endless := io.MultiReader(strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n"), zeros{})
	s.raw(t, s.Admin, messages.UploadPath, "multipart/form-data; boundary=x", endless).Want(t, 422, "larger than 10")
}

// zeros never end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestReplaceAndDelete(t *testing.T) {
	s := newStudio(t, false)
	old := made(t, s.Post(t, s.Admin, "/messages/new", text("Accueil")))
	s.Get(t, s.Admin, "/messages/new?replace="+old).Want(t, 200, "Replace “Accueil”", "Bienvenue chez nous.", `value="`+old+`"`)
	with := text("Accueil")
	with.Set("replace", old)
	fresh := s.Post(t, s.Admin, "/messages/new", with)
	id := made(t, fresh)
	if id == old || !strings.Contains(fresh.Location, "done=replaced") {
		t.Errorf("replaced: %s", fresh.Location)
	}
	s.Get(t, s.Admin, "/messages/"+old).Want(t, 200, "was replaced or deleted")
	s.Get(t, s.Admin, "/messages/"+old+"/audio").Want(t, 200)
	s.Post(t, s.Admin, "/messages/"+id+"/delete", nil).Want(t, 303)
	s.Get(t, s.Admin, "/messages?done=deleted").Want(t, 200, "The message is deleted.", "No message of your own yet")
	s.Post(t, s.Admin, "/messages/"+id+"/delete", nil).Want(t, 404)
}

func TestBackToWhereItIsNeeded(t *testing.T) {
	s := newStudio(t, false)
	back := "/numbers/1/flow?step=menu-1&field=say"
	s.Get(t, s.Admin, messages.NewHref(back)).Want(t, 200, `value="`+back+`"`)
	with := text("Accueil")
	with.Set("back", back)
	a := s.Post(t, s.Admin, "/messages/new", with)
	u, err := url.Parse(a.Location)
	if err != nil || u.Path != "/numbers/1/flow" || u.Query().Get("step") != "menu-1" || len(u.Query().Get("message")) != 36 {
		t.Errorf("sent to %q, %v", a.Location, err)
	}
	for _, evil := range []string{"https://evil.example/x", "//evil.example", "/\\evil.example", "javascript:alert(1)"} {
		with := text("To " + evil)
		with.Set("back", evil)
		if a := s.Post(t, s.Admin, "/messages/new", with); strings.Contains(a.Location, "evil") || strings.Contains(a.Location, "alert") {
			t.Errorf("%s: sent to %s", evil, a.Location)
		}
	}
}

func TestRights(t *testing.T) {
	s := newStudio(t, false)
	id := made(t, s.Post(t, s.Admin, "/messages/new", text("Accueil")))
	_, stranger := office.Found(t, s.DB, "Other")
	for path, want := range map[string]int{"/messages": 403, "/messages/new": 403, "/messages/" + id: 403, "/messages/" + id + "/audio": 403} {
		s.Get(t, s.Member, path).Want(t, want)
	}
	s.Post(t, s.Member, "/messages/new", text("x")).Want(t, 403)
	s.send(t, s.Member, url.Values{"name": {"x"}}, s.wav).Want(t, 403)
	s.Post(t, s.Member, "/messages/"+id+"/delete", nil).Want(t, 403)
	for _, path := range []string{"/messages/" + id, "/messages/" + id + "/audio", "/messages/new?replace=" + id, "/messages/nonsense"} {
		s.Get(t, stranger, path).Want(t, 404)
	}
	s.Post(t, stranger, "/messages/"+id+"/delete", nil).Want(t, 404)
	with := text("x")
	with.Set("replace", id)
	s.Post(t, stranger, "/messages/new", with).Want(t, 404)
	// The owner of a number hears all messages and changes his own.
	line, err := s.Numbers.Create(t.Context(), s.Admin, number.Draft{Phone: "+33139281900", Name: "Line", Country: "FR"})
	if err != nil {
		t.Fatal(err)
	}
	line.OwnerID = s.Member.ID
	if err := s.DB.SaveNumber(t.Context(), line); err != nil {
		t.Fatal(err)
	}
	if got := s.Get(t, s.Member, "/messages/"+id); got.Status != 200 || strings.Contains(got.Body, "/delete") {
		t.Errorf("%d, and he may delete: %t", got.Status, strings.Contains(got.Body, "/delete"))
	}
	s.Post(t, s.Member, "/messages/"+id+"/delete", nil).Want(t, 403)
	own := made(t, s.Post(t, s.Member, "/messages/new", text("Mine")))
	s.Get(t, s.Member, "/messages/"+own).Want(t, 200, "/delete")
	// Nobody else is even asked who he is.
	rec := httptest.NewRecorder()
	s.Pages.Localise(s.Mux).ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodPost, messages.UploadPath, nil))
	if _, ok := auth.From(t.Context()); ok || rec.Code != http.StatusUnauthorized {
		t.Errorf("signed out: %d", rec.Code)
	}
}

func TestWithoutAVoice(t *testing.T) {
	s := newStudio(t, true)
	s.Get(t, s.Admin, "/messages/new").Want(t, 200, "No voice is installed", "kind=uploaded")
	s.Post(t, s.Admin, "/messages/new", text("x")).Want(t, 422, "no synthetic voice")
	s.Get(t, s.Admin, "/messages/new?kind=recorded").Want(t, 200, "Recording needs JavaScript", `enctype="multipart/form-data"`)
}

func TestFrench(t *testing.T) {
	s := newStudio(t, false)
	olive := s.Owner
	olive.Language = "fr"
	s.Get(t, olive, "/messages").Want(t, 200, "Nouveau message", "Annonces toutes prêtes", "Nous sommes fermés")
	s.Get(t, olive, "/messages/new").Want(t, 200, "Texte à lire", "Français (France)")
	s.Get(t, olive, "/messages/new?kind=uploaded").Want(t, 200, "Fichier audio")
}

func TestPicker(t *testing.T) {
	s := newStudio(t, false)
	p := messages.Picker{
		Label: "Say", Name: "say", Messages: []message.Message{{ID: "m1", Name: "Accueil", DurationMS: 13000}}, Prompts: []string{"closed"},
		Selected: flow.Sound{MessageID: "m1"}, Language: "fr", Silence: true, Back: "/numbers/1/flow?step=a",
	}
	s.Mux.Handle("GET /picker", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.Pages.Show(w, r, 200, p) }))
	s.Get(t, s.Admin, "/picker").Want(t, 200, `value="message:m1" selected data-src="/messages/m1/audio"`, "Accueil · 0:13",
		`value="prompt:closed"`, `data-src="/prompts/closed/fr/audio"`, `href="/messages/m1/audio"`, "back=%2Fnumbers%2F1%2Fflow%3Fstep%3Da")
	for _, sound := range []flow.Sound{{}, {MessageID: "m1"}, {Prompt: "closed"}} {
		if got, ok := messages.SoundOf(messages.Value(sound)); !ok || got != sound {
			t.Errorf("%+v came back as %+v", sound, got)
		}
	}
	for _, bad := range []string{"message:", "prompt:", "other:1", "m1"} {
		if got, ok := messages.SoundOf(bad); ok {
			t.Errorf("%q is %+v", bad, got)
		}
	}
}
