package messages

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/member"
	"parley/internal/domain/message"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

const (
	maxPart    = 4 << 10         // bytes of a field beside the file
	maxParts   = 10              // of one form
	answerTime = 6 * time.Minute // for ten megabytes over a slow line, and for making a message of them
)

// typed is what came with a form, or what it begins with.
type typed struct {
	Kind                        message.Kind
	Name, Text, Language, Voice string
	Replace                     string // id of the message to be replaced
	Back                        string // page to return to
}

func (t typed) draft(file io.Reader) message.Draft {
	return message.Draft{Name: t.Name, Kind: t.Kind, Text: t.Text, Language: t.Language, Voice: t.Voice, File: file}
}

// blank shows the form: of a text, unless the address says otherwise.
func (h *Handlers) blank(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	q := r.URL.Query()
	t := typed{Kind: kindOf(q.Get("kind")), Replace: q.Get("replace"), Back: q.Get("back"), Language: who.Workspace.Language}
	if t.Replace == "" {
		h.write(w, r, http.StatusOK, t, nil)
		return
	}
	old, err := h.needs.Reader.Find(r.Context(), who.Member, t.Replace)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	t.Name, t.Text, t.Voice = old.Name, old.Text, old.Voice
	if old.Language != "" {
		t.Language = old.Language
	}
	if q.Get("kind") == "" {
		t.Kind = old.Kind
	}
	h.write(w, r, http.StatusOK, t, nil)
}

func kindOf(s string) message.Kind {
	switch k := message.Kind(s); k {
	case message.Uploaded, message.Recorded:
		return k
	}
	return message.Spoken
}

// speak makes a message of a text.
func (h *Handlers) speak(w http.ResponseWriter, r *http.Request) {
	f, err := form.ParseWithin(w, r, maxWords)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	t := typed{
		Kind: message.Spoken, Name: f.Value("name"), Text: f.Value("text"), Language: f.Value("language"), Voice: f.Value("voice"),
		Replace: f.Value("replace"), Back: f.Value("back"),
	}
	h.save(w, r, t, nil)
}

// upload makes a message of a file. Who may not is refused before the file is read.
func (h *Handlers) upload(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	if _, err := h.needs.Reader.List(r.Context(), who.Member); err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(answerTime)) // only a test's writer cannot
	r.Body = http.MaxBytesReader(w, r.Body, MaxUpload)
	t, file, err := readUpload(r)
	if errs := form.ErrorsOf(err); errs != nil && t.Kind != "" {
		h.write(w, r, page.Status(fault.KindOf(err)), t, errs)
		return
	}
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	h.save(w, r, t, bytes.NewReader(file))
}

// readUpload reads a multipart form whose file comes last. What came before a fault
// is returned with it.
func readUpload(r *http.Request) (typed, []byte, error) {
	t := typed{}
	parts, err := r.MultipartReader()
	if err != nil {
		return t, nil, fault.New(fault.Invalid, "error.form-unreadable").Because(err)
	}
	t.Kind = message.Uploaded
	for range maxParts {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return t, nil, badBody(err)
		}
		if part.FormName() == "file" {
			file, err := io.ReadAll(io.LimitReader(part, message.MaxFile+1))
			if err != nil {
				return t, nil, badBody(err)
			}
			if len(file) > message.MaxFile {
				return t, nil, tooLarge()
			}
			return t, file, nil
		}
		if err := t.field(part); err != nil {
			return t, nil, err
		}
	}
	return t, nil, fault.OnField("file", "error.message-file-needed")
}

func (t *typed) field(part *multipart.Part) error {
	raw, err := io.ReadAll(io.LimitReader(part, maxPart+1))
	if err != nil {
		return badBody(err)
	}
	if len(raw) > maxPart {
		return fault.OnField("name", "error.name-invalid")
	}
	value := strings.TrimSpace(string(raw))
	switch part.FormName() {
	case "name":
		t.Name = value
	case "kind":
		if kindOf(value) == message.Recorded {
			t.Kind = message.Recorded
		}
	case "replace":
		t.Replace = value
	case "back":
		t.Back = value
	}
	return nil
}

// badBody is a body that broke off or is larger than a file and its fields may be.
func badBody(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return tooLarge().Because(err)
	}
	var refused *fault.Error
	if errors.As(err, &refused) { // whoever sent it may not any more
		return refused
	}
	return fault.New(fault.Invalid, "error.form-unreadable").Because(err)
}

func tooLarge() *fault.Error {
	return fault.OnField("file", "error.message-large").With("max", "10")
}

// save has the message made, and shows the form again where it was refused.
func (h *Handlers) save(w http.ResponseWriter, r *http.Request, t typed, file io.Reader) {
	who, _ := auth.From(r.Context())
	m, err := h.store(r, who.Member, t, file)
	if errs := form.ErrorsOf(err); errs != nil {
		h.write(w, r, page.Status(fault.KindOf(err)), t, errs)
		return
	}
	if f := fault.Of(err); err != nil && f.Kind == fault.Unavailable { // the voice does not answer: the text is not lost
		h.write(w, r, http.StatusServiceUnavailable, t, form.Errors{f})
		return
	}
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	done := "made"
	if t.Replace != "" {
		done = "replaced"
	}
	http.Redirect(w, r, returnTo(t.Back, m.ID, done), http.StatusSeeOther)
}

func (h *Handlers) store(r *http.Request, actor member.Member, t typed, file io.Reader) (message.Message, error) {
	switch {
	case t.Replace != "":
		return h.needs.Maker.Replace(r.Context(), actor, t.Replace, t.draft(file))
	case t.Kind == message.Spoken:
		return h.needs.Maker.Speak(r.Context(), actor, t.Name, t.Text, t.Language, t.Voice)
	case t.Kind == message.Recorded:
		return h.needs.Maker.Record(r.Context(), actor, t.Name, file)
	}
	return h.needs.Maker.Upload(r.Context(), actor, t.Name, file)
}

// write shows the form to those who may make messages.
func (h *Handlers) write(w http.ResponseWriter, r *http.Request, status int, t typed, errs form.Errors) {
	who, _ := auth.From(r.Context())
	if _, err := h.needs.Reader.List(r.Context(), who.Member); err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	voices, err := h.needs.Speech.Voices(r.Context())
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	c := locale.From(r.Context())
	if t.Back != "" {
		t.Back = auth.LocalPath(t.Back)
	}
	v := newFormView(c, t, voices)
	v.Errors, v.Summary = page.Texts(c, errs)
	title, trail := c.T("messages.new"), crumbs(c)
	if t.Replace != "" {
		title = c.T("messages.replace-title", "name", t.Name)
		trail = append(trail, ui.Crumb{Text: t.Name, Href: "/messages/" + t.Replace})
	}
	v.Frame = h.needs.Pages.Frame(r, ui.Page{
		Title: title, Place: ui.Messages, Narrow: true, Crumbs: trail, Scripts: scripts(), Sheets: sheets(),
		Tabs: v.tabs(c),
	})
	h.needs.Pages.Show(w, r, status, formPage(v))
}
