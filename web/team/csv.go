package team

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/member"
	"parley/internal/domain/people"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/page"
)

const (
	// maxUpload bounds an uploaded list with the fields beside it, in bytes. Package
	// people refuses a list of more than a megabyte with a sentence of its own.
	maxUpload = 2 << 20
	// maxRejected bounds the refused lines on their way back, in bytes.
	maxRejected = 4 << 20
)

type csvView struct {
	inviteView

	Columns string
}

// listOffer is what those of a list can get: it makes no owners.
func (h *Handlers) listOffer(r *http.Request, who auth.Who) (offer, error) {
	o, err := h.offer(r.Context(), who)
	o.roles = slices.DeleteFunc(o.roles, func(role member.Role) bool { return role == member.Owner })
	return o, err
}

func (h *Handlers) csvForm(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	o, err := h.listOffer(r, who)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	h.showCSV(w, r, http.StatusOK, o, people.Batch{Role: o.roles[0], Language: who.Workspace.Language}, nil)
}

func (h *Handlers) showCSV(w http.ResponseWriter, r *http.Request, status int, o offer, b people.Batch, errs form.Errors) {
	c := locale.From(r.Context())
	v := csvView{inviteView: newInviteView(c, o, b), Columns: strings.Join(people.Columns(), ", ")}
	v.Mail = h.MailReady()
	v.Errors, v.Summary = page.Texts(c, errs)
	v.Frame, v.Tabs = h.inviteFrame(r), inviteTabs(r, "/team/invite/csv")
	h.Pages.Show(w, r, status, csvPage(v))
}

func (h *Handlers) inviteCSV(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	o, err := h.listOffer(r, who)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	b := people.Batch{Role: o.roles[0], Language: who.Workspace.Language}
	var made []people.Outcome
	file, f, err := upload(w, r)
	if err == nil {
		b, err = readBatch(f, offer{roles: o.roles}) // teams and numbers stand in the list
	}
	if err == nil {
		made, err = h.Inviter.InviteCSV(r.Context(), who.Member, file, b)
	}
	if errs := form.ErrorsOf(err); errs != nil {
		h.showCSV(w, r, page.Status(fault.KindOf(err)), o, b, errs)
		return
	}
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	h.showOutcomes(w, r, made)
}

// upload reads the list and the fields beside it.
func upload(w http.ResponseWriter, r *http.Request) (io.Reader, *form.Form, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxUpload)
	var large *http.MaxBytesError
	var refused *fault.Error
	switch err := r.ParseMultipartForm(maxUpload); { // what fits the bound stays in memory
	case errors.As(err, &refused):
		return nil, nil, refused
	case errors.As(err, &large):
		return nil, nil, fault.OnField("file", "error.csv-large").Because(err)
	case err != nil:
		return nil, nil, fault.New(fault.Invalid, "error.form-unreadable").Because(err)
	}
	f, err := form.Parse(w, r)
	if err != nil {
		return nil, nil, err
	}
	file, _, err := r.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) {
		return nil, nil, fault.OnField("file", "error.csv-needed")
	}
	if err != nil {
		return nil, nil, fault.New(fault.Invalid, "error.form-unreadable").Because(err)
	}
	defer file.Close()
	raw, err := io.ReadAll(file)
	if err != nil {
		return nil, nil, fault.New(fault.Invalid, "error.form-unreadable").Because(err)
	}
	return bytes.NewReader(raw), f, nil
}

// sample is a list to start from.
func (h *Handlers) sample(w http.ResponseWriter, r *http.Request) {
	c := locale.From(r.Context())
	lines := strings.Join(people.Columns(), ",") + "\r\n" +
		"ann@example.com," + c.T("people.sample-ann") + ",member,,,en\r\n" +
		"leo@example.com," + c.T("people.sample-leo") + ",supervisor,,,fr\r\n"
	download(w, "parley.csv", []byte("\xef\xbb\xbf"+lines))
}

// rejected gives back as a file the refused lines that its own page posts: they
// are kept nowhere.
func (h *Handlers) rejected(w http.ResponseWriter, r *http.Request) {
	f, err := form.ParseWithin(w, r, maxRejected)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	rows := strings.TrimPrefix(f.Value("rows"), "\ufeff")
	if rows == "" {
		h.Pages.Fail(w, r, fault.New(fault.Invalid, "error.form-unreadable"))
		return
	}
	download(w, "parley-rejected.csv", []byte("\xef\xbb\xbf"+rows+"\r\n"))
}

func download(w http.ResponseWriter, name string, body []byte) {
	head := w.Header()
	head.Set("Content-Type", "text/csv; charset=utf-8")
	head.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Cache-Control", "no-store")
	_, _ = w.Write(body) // the reader may have left
}
