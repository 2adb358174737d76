package me

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/member"
	"parley/internal/domain/people"
	"parley/internal/shared/ring"
	"parley/web/form"
	"parley/web/hourform"
	"parley/web/locale"
	"parley/web/page"
)

// Bounds of the fields.
const (
	maxName   = 80
	maxWrapUp = 3600 // seconds of after-call work
)

// settle answers a form: back to the page, or the page again with what was typed
// (m) and what is wrong with it.
func (h *Handlers) settle(w http.ResponseWriter, r *http.Request, m member.Member, err error) {
	if errs := form.ErrorsOf(err); errs != nil {
		h.write(w, r, page.Status(fault.KindOf(errs[0])), m, errs)
		return
	}
	h.answer(w, r, err, "saved")
}

// answer goes back to the page, which says what was done.
func (h *Handlers) answer(w http.ResponseWriter, r *http.Request, err error, done string) {
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/me?done="+done, http.StatusSeeOther)
}

func (h *Handlers) saveProfile(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	f, err := form.Parse(w, r)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	m := who.Member
	m.Name = f.Text("name", maxName)
	m.Language = f.OneOf("language", locale.Languages()...)
	if err = f.Err(); err == nil {
		err = h.Account.EditProfile(r.Context(), who.Member, m.ID, people.ProfileOf(m))
	}
	m.Name = f.Value("name")
	h.settle(w, r, m, err)
}

func (h *Handlers) saveSetting(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	f, err := form.Parse(w, r)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	m := who.Member
	m.Setting = member.Setting(f.OneOf("setting", words(member.Settings())...))
	if err = f.Err(); err == nil {
		err = h.Account.SetAvailability(r.Context(), who.Member, m.ID, m.Setting)
	}
	h.settle(w, r, m, err)
}

func (h *Handlers) saveHours(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	f, err := form.Parse(w, r)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	around, err := h.around(r.Context(), who)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	m := who.Member
	m.Hours, m.Closed = hourform.Read(f, values(around.colleagues()), values(around.lines))
	if err = f.Err(); err == nil {
		err = h.Account.SetHours(r.Context(), who.Member, m.ID, m.Hours, m.Closed)
	}
	h.settle(w, r, m, err)
}

func (h *Handlers) savePhone(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	f, err := form.Parse(w, r)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	m := who.Member
	m.DefaultNumber, m.DialCountry = chosen(f, "default_number"), chosen(f, "dial_country")
	m.RingTone = f.OneOf("ring_tone", member.RingTones()...)
	m.WrapUp = time.Duration(f.Int("wrap_up", 0, maxWrapUp)) * time.Second
	if err = f.Err(); err == nil {
		prefs := people.PhonePrefs{DefaultNumber: m.DefaultNumber, DialCountry: m.DialCountry, RingTone: m.RingTone}
		if err = h.Account.SetPhone(r.Context(), who.Member, prefs); err == nil && m.WrapUp != who.Member.WrapUp {
			err = h.Account.EditProfile(r.Context(), who.Member, m.ID, people.ProfileOf(m))
		}
	}
	h.settle(w, r, m, err)
}

// asUsual is what the first choice of a list posts: browsers take an empty one for
// none.
const asUsual = "default"

func chosen(f *form.Form, name string) string {
	if v := f.Value(name); v != asUsual {
		return v
	}
	return ""
}

func (h *Handlers) saveNotices(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	f, err := form.Parse(w, r)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	held, err := h.held(r.Context(), who)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	var mine []string
	for _, n := range held {
		mine = append(mine, n.NumberID)
	}
	m := who.Member
	m.Notices = member.Notices{
		Desktop: f.Value("desktop") == "on", MissedByMail: f.Value("missed_mail") == "on", Muted: f.Some("muted", mine),
	}
	if err = f.Err(); err == nil {
		err = h.Account.SetNotices(r.Context(), who.Member, m.Notices)
	}
	h.settle(w, r, m, err)
}

// tone lets a ring tone be listened to.
func (h *Handlers) tone(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimSuffix(r.PathValue("tone"), ".wav")
	if !slices.Contains(member.RingTones(), name) {
		h.Pages.Fail(w, r, fault.New(fault.NotFound, "error.not-found"))
		return
	}
	w.Header().Set("Content-Type", "audio/wav")
	w.Header().Set("Cache-Control", "private, max-age=3600")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(ring.WAV(name, 1)))
}

// switchLanguage is the switch of every page: a member's choice is kept with the
// member, a stranger's in a cookie.
func (h *Handlers) switchLanguage(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	lang := r.PostFormValue("lang")
	who, ok := auth.From(r.Context())
	if ok && lang != who.Member.Language && slices.Contains(locale.Languages(), lang) {
		p := people.ProfileOf(who.Member)
		p.Language = lang
		if err := h.Account.EditProfile(r.Context(), who.Member, who.Member.ID, p); err != nil {
			h.Pages.Fail(w, r, err)
			return
		}
	}
	locale.Switch(w, r)
}
