package flow

import (
	"net/http"
	"strconv"
	"time"

	"parley/internal/base/fault"
	"parley/internal/domain/routing"
	"parley/web/form"
	"parley/web/ui"
)

// pageSize is how many versions one page lists.
const pageSize = 30

type versionView struct {
	No    int
	Href  string
	Note  string
	By    string
	At    time.Time
	Live  bool
	Steps int
}

type versionsView struct {
	Frame    ui.Page
	Base     string
	Versions []versionView
	Older    string
	Newer    string
	Now      time.Time
}

func (h *Handlers) versions(w http.ResponseWriter, r *http.Request, s *scene) {
	before, err := strconv.Atoi(r.URL.Query().Get("before"))
	if err != nil || before < 0 {
		before = 0
	}
	all, err := h.needs.Versions.Versions(r.Context(), s.Who.Member, s.Number.ID, before, pageSize+1)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	v := versionsView{Base: s.base(), Now: h.needs.Now()}
	if len(all) > pageSize {
		all = all[:pageSize]
		v.Older = s.base() + "/versions?before=" + strconv.Itoa(all[pageSize-1].Version)
	}
	if before > 0 {
		v.Newer = s.base() + "/versions"
	}
	for i, one := range all {
		v.Versions = append(v.Versions, s.versionView(one, before == 0 && i == 0))
	}
	v.Frame = h.frame(r, s, pageOf(s.C.T("flow.versions"), s.C.T("flow.versions-lead")))
	h.needs.Pages.Show(w, r, http.StatusOK, versionsPage(v))
}

func (s *scene) versionView(one routing.Version, live bool) versionView {
	v := versionView{
		No: one.Version, Href: s.base() + "/versions/" + strconv.Itoa(one.Version), Note: one.Note, At: one.PublishedAt, Live: live,
		Steps: count(one.Flow), By: s.C.T("flow.by-document"),
	}
	if one.PublishedBy != "" {
		v.By = s.names.member(one.PublishedBy)
	}
	if one.From > 0 && one.Note == "" {
		v.Note = s.C.T("flow.brings-back", "version", one.From)
	}
	return v
}

// oldView is the page of one version.
type oldView struct {
	Frame   ui.Page
	Base    string
	Version versionView
	Begins  string
	Path    listView
	Changes []string // what rolling back to it would change
	Now     time.Time
}

func (h *Handlers) version(w http.ResponseWriter, r *http.Request, s *scene) {
	one, live, err := h.read(r, s)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	if s.names, err = h.meet(r.Context(), s, one.Flow, live.Flow); err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	t, err := edit(one.Flow)
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	v := oldView{
		Base: s.base(), Version: s.versionView(one, one.Version == live.Version), Begins: s.names.phone(s.Number.E164),
		Path: path{&look{Base: s.base()}, s.names, t}.view(), Changes: s.names.changes(live.Flow, one.Flow), Now: h.needs.Now(),
	}
	v.Frame = h.frame(r, s, pageOf(s.C.T("flow.version", "version", one.Version), v.Version.Note))
	v.Frame.Crumbs = append(v.Frame.Crumbs, ui.Crumb{Text: s.C.T("flow.versions"), Href: s.base() + "/versions"})
	h.needs.Pages.Show(w, r, http.StatusOK, versionPage(v))
}

// read finds the version of the address, and the live one.
func (h *Handlers) read(r *http.Request, s *scene) (one, live routing.Version, err error) {
	no, err := strconv.Atoi(r.PathValue("version"))
	if err != nil || no < 1 {
		return one, live, fault.New(fault.NotFound, "error.not-found")
	}
	if one, err = h.needs.Versions.Version(r.Context(), s.Who.Member, s.Number.ID, no); err == nil {
		live, err = h.needs.Versions.Live(r.Context(), s.Who.Member, s.Number.ID)
	}
	return one, live, err
}

func (h *Handlers) restore(w http.ResponseWriter, r *http.Request, s *scene) {
	f, err := form.Parse(w, r)
	if err == nil {
		var one routing.Version
		if one, _, err = h.read(r, s); err == nil {
			_, err = h.needs.Versions.Restore(r.Context(), s.Who.Member, s.Number.ID, one.Version, f.Optional("note", maxNote))
		}
	}
	if err != nil {
		h.needs.Pages.Fail(w, r, err)
		return
	}
	h.past.forget(s.Number.ID)
	http.Redirect(w, r, s.after(outcome{Done: "restored"}), http.StatusSeeOther)
}
