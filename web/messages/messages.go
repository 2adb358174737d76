// Package messages is where people see, hear, make, replace and delete what callers
// are told, and choose it for a call flow. It decides nothing: rules are the message
// service's. Any goroutine may use a Handlers.
package messages

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/domain/member"
	"parley/internal/domain/message"
	"parley/web/locale"
	"parley/web/page"
	"parley/web/ui"
)

// Reader finds messages for those who may hear them.
type Reader interface {
	List(ctx context.Context, actor member.Member) ([]message.Message, error)
	Find(ctx context.Context, actor member.Member, messageID string) (message.Message, error)
	Open(ctx context.Context, actor member.Member, messageID string) (io.ReadSeekCloser, error)
}

// Maker makes, replaces and deletes messages.
type Maker interface {
	Speak(ctx context.Context, actor member.Member, name, words, language, voice string) (message.Message, error)
	Upload(ctx context.Context, actor member.Member, name string, file io.Reader) (message.Message, error)
	Record(ctx context.Context, actor member.Member, name string, file io.Reader) (message.Message, error)
	Replace(ctx context.Context, actor member.Member, messageID string, d message.Draft) (message.Message, error)
	Hide(ctx context.Context, actor member.Member, messageID string) error
}

// Speech is who can speak, and how a text would sound.
type Speech interface {
	Voices(ctx context.Context) ([]message.Voice, error)
	Preview(ctx context.Context, actor member.Member, words, language, voice string) (message.Sound, error)
}

// Prompts are the announcements that ship with the program, as WAV files.
type Prompts interface {
	PromptWAV(id, language string) ([]byte, bool)
}

// Members names who made a message.
type Members interface {
	Member(ctx context.Context, workspaceID, id string) (member.Member, error)
}

// Needs is what Handlers works with; message.Service is Reader, Maker and Speech.
type Needs struct {
	Pages   *page.Pages
	Gate    *auth.Gate
	Reader  Reader
	Maker   Maker
	Speech  Speech
	Prompts Prompts
	Members Members
	Now     func() time.Time
}

// Handlers serve the pages.
type Handlers struct{ needs Needs }

// New returns the handlers.
func New(n Needs) *Handlers { return &Handlers{n} }

// UploadPath takes files: the only page whose body may have up to MaxUpload bytes.
const (
	UploadPath = "/messages/upload"
	MaxUpload  = message.MaxFile + 64<<10
)

// Routes mounts the pages on mux. Whether somebody may is asked of the service, in
// every handler: owners of a number may, whatever their role.
func (h *Handlers) Routes(mux page.Mux) {
	handle := func(pattern string, f http.HandlerFunc) { mux.Handle(pattern, h.needs.Gate.SignedIn(f)) }
	handle("GET /messages", h.list)
	handle("GET /messages/new", h.blank)
	handle("POST /messages/new", h.speak)
	handle("POST "+UploadPath, h.upload)
	handle("POST /messages/preview", h.preview)
	handle("GET /messages/{id}", h.show)
	handle("GET /messages/{id}/audio", h.audio)
	handle("POST /messages/{id}/delete", h.remove)
	handle("GET /prompts/{id}/{lang}/audio", h.prompt)
}

func (h *Handlers) list(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	all, err := h.needs.Reader.List(r.Context(), who.Member)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	c := locale.From(r.Context())
	v := listView{Shipped: h.shipped(c), Now: h.needs.Now()}
	for _, m := range all {
		v.Messages = append(v.Messages, newItem(c, m, who.Member))
	}
	f := ui.Page{
		Title: c.T("messages.title"), Lead: c.T("messages.lead"), Place: ui.Messages, Scripts: scripts(), Sheets: sheets(),
		Flash: flash(c, r.URL.Query().Get("done")),
	}
	if len(all) > 0 {
		f.Actions = newButton(c)
	}
	v.Frame = h.needs.Pages.Frame(r, f)
	h.needs.Pages.Show(w, r, http.StatusOK, listPage(v))
}

func (h *Handlers) show(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	m, err := h.needs.Reader.Find(r.Context(), who.Member, r.PathValue("id"))
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	c := locale.From(r.Context())
	v := showView{item: newItem(c, m, who.Member), Hidden: m.Hidden, Text: m.Text, Now: h.needs.Now()}
	if made, err := h.needs.Members.Member(r.Context(), m.WorkspaceID, m.CreatedBy); err == nil { // he may have left
		v.By = made.Name
	}
	v.Frame = h.needs.Pages.Frame(r, ui.Page{
		Title: m.Name, Place: ui.Messages, Narrow: true, Crumbs: crumbs(c), Flash: flash(c, r.URL.Query().Get("done")),
		Scripts: scripts(), Sheets: sheets(),
	})
	h.needs.Pages.Show(w, r, http.StatusOK, showPage(v))
}

func (h *Handlers) remove(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	if err := h.needs.Maker.Hide(r.Context(), who.Member, r.PathValue("id")); err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/messages?done=deleted", http.StatusSeeOther)
}

func flash(c *locale.Catalogue, done string) ui.Notice {
	n := ui.Notice{Tone: ui.Good}
	switch done {
	case "made":
		n.Text = c.T("messages.made")
	case "replaced":
		n.Text = c.T("messages.replaced")
	case "deleted":
		n.Text = c.T("messages.deleted")
	}
	return n
}

func crumbs(c *locale.Catalogue) []ui.Crumb {
	return []ui.Crumb{{Text: c.T("messages.title"), Href: "/messages"}}
}

func newButton(c *locale.Catalogue) ui.Button {
	return ui.Button{Text: c.T("messages.new"), Icon: "plus", Variant: ui.Primary, Href: "/messages/new"}
}

func scripts() []string { return []string{"sounds.js", "messages.js"} }
func sheets() []string  { return []string{"messages.css"} }

// NewHref is where a message is made for the page back of this site, which then is
// opened with the message's id as the value of "message" in its query.
func NewHref(back string) string {
	if back == "" {
		return "/messages/new"
	}
	return "/messages/new?" + url.Values{"back": {back}}.Encode()
}

// returnTo is the page to go to once a message is made.
func returnTo(back, messageID, done string) string {
	if back == "" {
		return "/messages/" + messageID + "?done=" + done
	}
	u, err := url.Parse(auth.LocalPath(back))
	if err != nil {
		return "/messages"
	}
	q := u.Query()
	q.Set("message", messageID)
	u.RawQuery = q.Encode()
	return u.String()
}
