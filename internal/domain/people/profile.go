package people

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/phone"
	"parley/internal/base/text"
	"parley/internal/domain/member"
	"parley/internal/domain/workspace"
)

const (
	maxName   = 80 // characters
	maxWrapUp = time.Hour
	// Extensions are long enough not to be emergency numbers of two digits, and short
	// enough not to be taken for subscribers.
	minExtension, maxExtension = 2, 6
)

// Profile is what people set of a member. The e-mail address is not part of it.
type Profile struct {
	Name      string
	Language  string
	Extension string // "" for none
	WrapUp    time.Duration
}

// ProfileOf is the profile that leaves m as he is.
func ProfileOf(m member.Member) Profile {
	return Profile{Name: m.Name, Language: m.Language, Extension: m.Extension, WrapUp: m.WrapUp}
}

// EditProfile changes a member's profile: the own one, or anybody's for who manages
// members. The extension is theirs alone to give. Faults: Invalid with the field
// name, language, extension or wrap_up; Conflict error.extension-taken; Forbidden;
// NotFound.
func (s *Service) EditProfile(ctx context.Context, actor member.Member, memberID string, p Profile) error {
	if err := s.reaches(ctx, actor, member.ManageMembers, memberID); err != nil {
		return err
	}
	m, err := s.target(ctx, actor, memberID)
	if err != nil {
		return err
	}
	ws, err := s.needs.Workspaces.Workspace(ctx, actor.WorkspaceID)
	if err != nil {
		return fmt.Errorf("read the workspace: %w", err)
	}
	if p, err = p.clean(ws.Country, m); err != nil {
		return err
	}
	if p.Extension != m.Extension && !actor.Role.Can(member.ManageMembers) {
		return &fault.Error{Kind: fault.Forbidden, Key: "error.not-allowed", Field: "extension"}
	}
	var detail []string
	err = s.needs.Edits.EditMember(ctx, m.WorkspaceID, m.ID, func(m *member.Member) error {
		detail = slices.Concat(difference("name", m.Name, p.Name), difference("language", m.Language, p.Language),
			difference("extension", m.Extension, p.Extension), difference("wrap_up", m.WrapUp, p.WrapUp))
		m.Name, m.Language, m.Extension, m.WrapUp = p.Name, p.Language, p.Extension, p.WrapUp
		return nil
	})
	if err != nil {
		return onExtension(fmt.Errorf("edit profile: %w", err))
	}
	if len(detail) > 0 {
		s.changed(ctx, m)
		s.record(ctx, actor, ActionEdited, m.ID, detail...)
	}
	return nil
}

// clean checks a profile and returns it in its stored form. An extension that m
// has already is left alone.
func (p Profile) clean(country string, m member.Member) (Profile, error) {
	var faults []error
	refuse := func(field, key string) { faults = append(faults, fault.OnField(field, key)) }
	var ok bool
	if p.Name, ok = cleanName(p.Name); !ok {
		refuse("name", "error.name-invalid")
	} else if p.Name == "" {
		refuse("name", "error.name-needed")
	}
	if !slices.Contains(workspace.Languages(), p.Language) {
		refuse("language", "error.language-unknown")
	}
	p.Extension = strings.TrimSpace(p.Extension)
	if p.Extension != m.Extension && !Extension(p.Extension, country) {
		refuse("extension", "error.extension-invalid")
	}
	p.WrapUp = p.WrapUp.Truncate(time.Second)
	if p.WrapUp < 0 || p.WrapUp > maxWrapUp {
		refuse("wrap_up", "error.wrap-up-invalid")
	}
	return p, joined(faults)
}

// Extension says whether s can be somebody's extension in a country: two to six
// digits that reach no emergency service there, or "" for none.
func Extension(s, country string) bool {
	if s == "" {
		return true
	}
	return len(s) >= minExtension && len(s) <= maxExtension &&
		strings.Trim(s, "0123456789") == "" && !phone.Emergency(s, country)
}

// cleanName returns the name of a person in its stored form.
func cleanName(name string) (string, bool) { return text.Line(name, maxName) }

// onExtension lays a conflict over the extension to its field.
func onExtension(err error) error {
	f := fault.Of(err)
	if f.Key != "error.extension-taken" {
		return err
	}
	c := *f
	c.Field = "extension"
	return c.Because(err)
}

// PhonePrefs is how somebody likes to phone.
type PhonePrefs struct {
	DefaultNumber string // id, "" for the first
	DialCountry   string // ISO 3166-1 alpha-2, "" as the line's
	RingTone      string // "" for the first
}

// SetPhone changes how the actor phones. Faults: Invalid with the field
// default_number, dial_country or ring_tone; Forbidden.
func (s *Service) SetPhone(ctx context.Context, actor member.Member, p PhonePrefs) error {
	if !actor.Role.Can(member.UsePhone) {
		return notAllowed()
	}
	var faults []error
	p.DialCountry = strings.ToUpper(strings.TrimSpace(p.DialCountry))
	if p.DialCountry != "" && !phone.Known(p.DialCountry) {
		faults = append(faults, fault.OnField("dial_country", "error.country-unknown"))
	}
	if p.RingTone != "" && !slices.Contains(member.RingTones(), p.RingTone) {
		faults = append(faults, fault.OnField("ring_tone", "error.ring-tone-unknown"))
	}
	if p.DefaultNumber != "" {
		has, err := s.held(ctx, actor)
		if err != nil {
			return err
		}
		if !has[p.DefaultNumber].Dials() {
			faults = append(faults, fault.OnField("default_number", "error.number-not-assigned"))
		}
	}
	if len(faults) > 0 {
		return joined(faults)
	}
	return s.editOwn(ctx, actor, func(m *member.Member) {
		m.DefaultNumber, m.DialCountry, m.RingTone = p.DefaultNumber, p.DialCountry, p.RingTone
	})
}

// SetNotices changes which notifications the actor gets. Faults: Invalid with the
// field muted; Forbidden.
func (s *Service) SetNotices(ctx context.Context, actor member.Member, n member.Notices) error {
	if !actor.Role.Can(member.UsePhone) {
		return notAllowed()
	}
	has, err := s.held(ctx, actor)
	if err != nil {
		return err
	}
	n.Muted = distinct(n.Muted)
	for _, numberID := range n.Muted {
		if has[numberID] == "" {
			return fault.OnField("muted", "error.number-not-assigned")
		}
	}
	return s.editOwn(ctx, actor, func(m *member.Member) { m.Notices = n })
}

// editOwn changes what concerns nobody but the actor; it is told and not audited.
func (s *Service) editOwn(ctx context.Context, actor member.Member, change func(*member.Member)) error {
	err := s.needs.Edits.EditMember(ctx, actor.WorkspaceID, actor.ID, func(m *member.Member) error {
		change(m)
		return nil
	})
	if err != nil {
		return fmt.Errorf("save own settings: %w", err)
	}
	s.changed(ctx, actor)
	return nil
}
