package document

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"parley/internal/base/fault"
	"parley/internal/domain/trunk"
)

// Export writes a workspace as a document. name chooses among several; "" is
// enough where there is one. Passwords become placeholders.
func (a *Applier) Export(ctx context.Context, name string) ([]byte, error) {
	all, err := a.needs.Workspaces.Workspaces(ctx)
	if err != nil {
		return nil, fmt.Errorf("list workspaces: %w", err)
	}
	ws, found := pick(all, name)
	if !found {
		return nil, fault.New(fault.NotFound, "error.document-workspace-which")
	}
	have, err := a.read(ctx, ws)
	if err != nil {
		return nil, fmt.Errorf("export %q: %w", ws.Name, err)
	}
	a.needs.Audit.Record(ctx, ws.ID, "", "workspace.exported", ws.ID)
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(have.document()); err != nil {
		return nil, fmt.Errorf("write document: %w", err)
	}
	return b.Bytes(), nil
}

// document sorts by natural key, so that the text of an unchanged workspace is
// the same wherever it was built.
func (s *stored) document() Document {
	ws := s.ws
	d := Document{Workspace: &Workspace{
		Name: ws.Name, Language: ws.Language, TimeZone: ws.TimeZone, Country: ws.Country, AllowedCountries: ws.AllowedCountries,
		MaxConcurrentOutbound: ws.MaxConcurrentOutbound, MaxOutboundPerHour: ws.MaxOutboundPerHour,
		MemberOutboundPerHour: ws.MemberOutboundPerHour, SeatLimit: ws.SeatLimit,
		MembersInvite: ws.MembersInvite, MembersSeeTeam: ws.MembersSeeTeam,
	}}
	for _, m := range s.members {
		d.Members = append(d.Members, s.exportMember(m))
	}
	for _, t := range s.teams {
		d.Teams = append(d.Teams, s.exportTeam(t))
	}
	for _, t := range s.tags {
		if !t.System {
			d.Tags = append(d.Tags, Tag{Name: t.Name, Colour: t.Colour})
		}
	}
	slices.SortFunc(s.trunks, func(a, b trunk.Trunk) int { return strings.Compare(a.Name, b.Name) })
	used := map[string]bool{}
	for _, t := range s.trunks {
		d.Trunks = append(d.Trunks, exportTrunk(t, used))
	}
	for _, n := range s.numbers {
		d.Numbers = append(d.Numbers, s.exportNumber(n))
	}
	d.Messages, d.Calendars, d.Blocked = s.exportMessages(), s.exportCalendars(used), s.exportBlocked()
	slices.SortFunc(d.Members, func(a, b Member) int { return strings.Compare(a.Email, b.Email) })
	slices.SortFunc(d.Teams, func(a, b Team) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(d.Tags, func(a, b Tag) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(d.Numbers, func(a, b Number) int { return strings.Compare(a.Phone, b.Phone) })
	return d
}

func exportTrunk(t trunk.Trunk, used map[string]bool) Trunk {
	d := trunk.DraftOf(t)
	return Trunk{
		Name: t.Name, Host: t.Host, Port: t.Port, Transport: string(t.Transport), SRTP: t.SRTP, Register: t.Register, Allowed: d.Allowed,
		Username: t.Username, Password: placeholder("TRUNK", t.Name, "PASSWORD", t.Password, used),
		InboundUsername: t.InboundUsername, InboundPassword: placeholder("TRUNK", t.Name, "INBOUND_PASSWORD", t.InboundPassword, used),
	}
}

// placeholder is the variable a secret is read from: of a trunk "OVH Paris",
// ${PARLEY_TRUNK_OVH_PARIS_PASSWORD}. Names that fold into the same get a figure.
func placeholder(kind, name, suffix, secret string, used map[string]bool) string {
	if secret == "" {
		return ""
	}
	folded := strings.Map(func(r rune) rune {
		r = unicode.ToUpper(r)
		if r < unicode.MaxASCII && (unicode.IsUpper(r) || unicode.IsDigit(r)) {
			return r
		}
		return '_'
	}, name)
	variable := "PARLEY_" + kind + "_" + folded + "_" + suffix
	for i := 2; used[variable]; i++ {
		variable = "PARLEY_" + kind + "_" + folded + "_" + strconv.Itoa(i) + "_" + suffix
	}
	used[variable] = true
	return "${" + variable + "}"
}
