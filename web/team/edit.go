package team

import (
	"net/http"
	"strconv"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/people"
	"parley/internal/domain/team"
	"parley/web/form"
	"parley/web/locale"
	"parley/web/page"
)

// maxWrapUp is the longest after-call work, in seconds.
const maxWrapUp = 3600

func fieldsOf(m member.Member) profileFields {
	return profileFields{m.Name, m.Language, m.Extension, strconv.Itoa(int(m.WrapUp / time.Second))}
}

// saved answers a section that was saved, or shows the page again with its faults.
func (h *Handlers) saved(w http.ResponseWriter, r *http.Request, done string, typed *profileFields, err error) {
	if errs := form.ErrorsOf(err); errs != nil {
		h.showMember(w, r, page.Status(fault.KindOf(err)), typed, errs)
		return
	}
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/team/"+r.PathValue("id")+"?done="+done, http.StatusSeeOther)
}

func (h *Handlers) profile(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	f, err := form.Parse(w, r)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	if _, err := h.target(r, who); err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	typed := profileFields{f.Value("name"), f.Value("language"), f.Value("extension"), f.Value("wrap_up")}
	p := people.Profile{
		Name: f.Text("name", 80), Language: f.OneOf("language", locale.Languages()...),
		Extension: f.Optional("extension", 20), WrapUp: time.Duration(f.Int("wrap_up", 0, maxWrapUp)) * time.Second,
	}
	if err = f.Err(); err == nil {
		err = h.Editor.EditProfile(r.Context(), who.Member, r.PathValue("id"), p)
	}
	h.saved(w, r, "saved", &typed, err)
}

// role changes a role. Making or unmaking an owner asks for the passkey again.
func (h *Handlers) role(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	f, err := form.Parse(w, r)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	m, err := h.target(r, who)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	role := member.Role(f.Value("role"))
	if role != m.Role && (role == member.Owner || m.Role == member.Owner) && who.Can(member.ManageOwners) && !h.Gate.Confirm(w, r) {
		return
	}
	h.saved(w, r, "role", nil, h.Editor.SetRole(r.Context(), who.Member, m.ID, role))
}

func (h *Handlers) teams(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	f, err := form.ParseWithin(w, r, maxInvite)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	known, err := h.Teams.Teams(r.Context(), who.Workspace.ID)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	ids := offer{teams: known}.teamIDs()
	var all []team.Membership
	for _, id := range f.Some("lead", ids) {
		all = append(all, team.Membership{TeamID: id, MemberID: r.PathValue("id"), Lead: true})
	}
	for _, id := range f.Some("teams", ids) { // whoever leads a team is in it; the first mention counts
		all = append(all, team.Membership{TeamID: id, MemberID: r.PathValue("id")})
	}
	if err = f.Err(); err == nil {
		err = h.Editor.SetTeams(r.Context(), who.Member, r.PathValue("id"), all)
	}
	h.saved(w, r, "saved", nil, err)
}

func (h *Handlers) numbersForm(w http.ResponseWriter, r *http.Request) {
	h.showNumbers(w, r, http.StatusOK, nil, nil)
}

func (h *Handlers) numbers(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	f, err := form.ParseWithin(w, r, maxInvite)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	known, err := h.Numbers.Numbers(r.Context(), who.Workspace.ID)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	all := readNumbers(f, r.PathValue("id"), offer{numbers: known}.numberIDs())
	if err = f.Err(); err == nil {
		err = h.Editor.SetNumbers(r.Context(), who.Member, r.PathValue("id"), all)
	}
	if errs := form.ErrorsOf(err); errs != nil {
		h.showNumbers(w, r, page.Status(fault.KindOf(err)), all, errs)
		return
	}
	h.saved(w, r, "saved", nil, err)
}

// readNumbers reads the numbers that stay and those that are added.
func readNumbers(f *form.Form, memberID string, known []string) []number.Assignment {
	var levels []string
	for _, l := range number.Levels() {
		levels = append(levels, string(l))
	}
	var all []number.Assignment
	for _, id := range f.Some("numbers", known) {
		all = append(all, number.Assignment{NumberID: id, MemberID: memberID, Level: number.Level(f.OneOf("level-"+id, levels...))})
	}
	added := f.Some("add", known)
	if len(added) == 0 {
		return all
	}
	level := number.Level(f.OneOf("add_level", levels...))
	for _, id := range added {
		all = append(all, number.Assignment{NumberID: id, MemberID: memberID, Level: level})
	}
	return all
}
