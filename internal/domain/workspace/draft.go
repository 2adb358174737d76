package workspace

import (
	"errors"
	"slices"
	"strings"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/phone"
	"parley/internal/base/text"
)

const (
	// maxName is the longest name of a workspace, in characters.
	maxName = 80
	// maxLimit bounds seats and the limits of calling out: what is higher is no limit.
	maxLimit = 1_000_000
)

// Languages lists what pages and prompts can speak; the first is the default.
func Languages() []string { return []string{"en", "fr"} }

// Draft is what people set of a workspace.
type Draft struct {
	Name             string
	Language         string
	TimeZone         string
	Country          string
	AllowedCountries []string
	// Limits of calling out; 0 takes the default.
	MemberPerHour    int
	WorkspacePerHour int
	Concurrent       int
	// SeatLimit bounds the members, the invited included; 0 takes DefaultSeats.
	SeatLimit      int
	MembersInvite  bool
	MembersSeeTeam bool
}

// DraftOf is the draft a workspace would come from.
func DraftOf(w Workspace) Draft {
	return Draft{
		Name: w.Name, Language: w.Language, TimeZone: w.TimeZone, Country: w.Country,
		AllowedCountries: w.AllowedCountries,
		MemberPerHour:    w.MemberOutboundPerHour, WorkspacePerHour: w.MaxOutboundPerHour, Concurrent: w.MaxConcurrentOutbound,
		SeatLimit: w.SeatLimit, MembersInvite: w.MembersInvite, MembersSeeTeam: w.MembersSeeTeam,
	}
}

// Clean checks the draft and returns it in its stored form: countries in upper
// case, sorted, each once. All faults are returned at once, joined; their fields
// are name, language, zone, country, countries, member_limit, workspace_limit,
// concurrent_limit and seat_limit.
func (d Draft) Clean() (Draft, error) {
	var faults []error
	add := func(field, key string) { faults = append(faults, fault.OnField(field, key)) }
	name, ok := text.Line(d.Name, maxName)
	switch {
	case !ok:
		add("name", "error.name-invalid")
	case name == "":
		add("name", "error.name-needed")
	}
	d.Name = name
	if !slices.Contains(Languages(), d.Language) {
		add("language", "error.language-unknown")
	}
	// "Local" and "" load, but mean whatever the server's machine is set to.
	if _, err := time.LoadLocation(d.TimeZone); err != nil || d.TimeZone == "" || d.TimeZone == "Local" {
		add("zone", "error.time-zone-unknown")
	}
	if d.Country = strings.ToUpper(d.Country); !phone.Known(d.Country) {
		add("country", "error.country-unknown")
	}
	if d.AllowedCountries, ok = countries(d.AllowedCountries); !ok {
		add("countries", "error.country-unknown")
	}
	limit := func(field string, n int) {
		if n < 0 || n > maxLimit {
			add(field, "error.limit-invalid")
		}
	}
	limit("member_limit", d.MemberPerHour)
	limit("workspace_limit", d.WorkspacePerHour)
	limit("concurrent_limit", d.Concurrent)
	limit("seat_limit", d.SeatLimit)
	return d, errors.Join(faults...)
}

func countries(given []string) ([]string, bool) {
	var out []string
	for _, c := range given {
		c = strings.ToUpper(c)
		if !phone.Known(c) {
			return given, false
		}
		out = append(out, c)
	}
	slices.Sort(out)
	return slices.Compact(out), true
}

// apply puts a clean draft into a workspace.
func (d Draft) apply(w Workspace) Workspace {
	w.Name, w.Language, w.TimeZone, w.Country = d.Name, d.Language, d.TimeZone, d.Country
	w.AllowedCountries = d.AllowedCountries
	w.MemberOutboundPerHour, w.MaxOutboundPerHour, w.MaxConcurrentOutbound = d.MemberPerHour, d.WorkspacePerHour, d.Concurrent
	w.SeatLimit, w.MembersInvite, w.MembersSeeTeam = d.SeatLimit, d.MembersInvite, d.MembersSeeTeam
	return w
}
