package document

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/base/text"
	"parley/internal/domain/hours"
	"parley/internal/domain/member"
	"parley/internal/domain/people"
	"parley/internal/domain/team"
	"parley/internal/domain/workspace"
)

// plannedMember is a member as he is to be. What refers to others, who may not be
// there yet, waits beside him.
type plannedMember struct {
	member.Member

	keepHours   bool
	defaultE164 string
	outside     *Outside // nil leaves it; in stored form
}

// edit brings a stored member to what is planned, but for what refers to others.
func (p plannedMember) edit(m *member.Member) {
	m.Name, m.Language, m.WrapUp, m.Extension = p.Name, p.Language, p.WrapUp, p.Extension
	if !p.keepHours {
		m.Hours = p.Hours
	}
}

type plannedTeam struct {
	name    string
	members *[]string // by e-mail, nil leaves them
	leads   []string
}

func (c *checker) members(ctx context.Context) error {
	seen, extensions := map[string]bool{}, map[string]bool{}
	for i, d := range c.doc.Members {
		path := fmt.Sprintf("members[%d]", i)
		email := strings.ToLower(strings.TrimSpace(d.Email))
		m, known := c.have.member(email)
		if !known {
			m = member.Member{
				ID: id.New(), WorkspaceID: c.have.ws.ID, Email: email, Setting: member.Available,
				WrapUp: member.DefaultWrapUp, Notices: member.Notices{Desktop: true}, CreatedAt: c.applier.needs.Now().UTC(),
			}
			if err := c.free(ctx, path, email); err != nil {
				return err
			}
		}
		c.once(seen, path, "email", email)
		c.once(extensions, path, "extension", d.Extension)
		p := plannedMember{Member: m, keepHours: d.Hours == nil}
		if err := c.member(path, d, &p.Member); err != nil {
			return err
		}
		c.plan.members = append(c.plan.members, p)
	}
	c.extensions()
	return nil
}

func (c *checker) member(path string, d Member, m *member.Member) error {
	if _, ok := people.Address(m.Email); !ok {
		c.add(path, "email", "error.email-invalid")
	}
	var ok bool
	if m.Name, ok = text.Line(d.Name, maxName); !ok || m.Name == "" {
		c.add(path, "name", "error.name-invalid")
	}
	if m.Role = member.Role(d.Role); !slices.Contains(member.Roles(), m.Role) {
		c.add(path, "role", "error.role-unknown")
	}
	switch {
	case d.Language == "":
		m.Language = c.plan.ws.Language
	case !slices.Contains(workspace.Languages(), d.Language):
		c.add(path, "language", "error.language-unknown")
	default:
		m.Language = d.Language
	}
	if d.Extension != m.Extension && !people.Extension(d.Extension, c.plan.ws.Country) {
		c.add(path, "extension", "error.extension-invalid")
	}
	m.Extension = d.Extension
	m.WrapUp = member.DefaultWrapUp
	if d.WrapUp != nil {
		m.WrapUp = time.Duration(*d.WrapUp).Truncate(time.Second)
	}
	if m.WrapUp < 0 || m.WrapUp > maxWrapUp {
		c.add(path, "wrap_up", "error.wrap-up-invalid")
	}
	if d.Hours == nil {
		return nil
	}
	var err error
	m.Hours, err = c.hours(path, *d.Hours)
	return err
}

// hours checks a timetable. A zone that the workspace lacks is told there.
func (c *checker) hours(path string, h Hours) (hours.Hours, error) {
	zone := c.plan.ws.TimeZone
	if _, err := time.LoadLocation(zone); err != nil || zone == "" || zone == "Local" {
		zone = "UTC"
	}
	clean, err := h.hours().Clean(zone)
	return clean, c.addErr(path+".hours", err)
}

// extensions refuses one that a member outside the document has.
func (c *checker) extensions() {
	for i, p := range c.plan.members {
		taken := slices.ContainsFunc(c.have.members, func(m member.Member) bool {
			return p.Extension != "" && m.Extension == p.Extension && !c.listed(m.ID)
		})
		if taken && !c.opt.Prune {
			c.add(fmt.Sprintf("members[%d]", i), "extension", "error.extension-taken")
		}
	}
}

// listed says whether the document has the stored member of an id.
func (c *checker) listed(memberID string) bool {
	return slices.ContainsFunc(c.plan.members, func(p plannedMember) bool { return p.ID == memberID })
}

// free says whether an address belongs to nobody on the server.
func (c *checker) free(ctx context.Context, path, email string) error {
	switch _, err := c.applier.needs.Members.MemberByEmail(ctx, email); {
	case err == nil:
		c.add(path, "email", "error.email-taken")
	case fault.KindOf(err) != fault.NotFound:
		return fmt.Errorf("look for %s: %w", path, err)
	}
	return nil
}

func (c *checker) teams(context.Context) error {
	seen := map[string]bool{}
	for i, t := range c.doc.Teams {
		path := fmt.Sprintf("teams[%d]", i)
		name, err := team.CleanName(t.Name)
		if err := c.addErr(path, err); err != nil {
			return err
		}
		c.once(seen, path, "name", name)
		if t.Members != nil {
			c.known(path+".members", *t.Members)
		}
		c.known(path+".leads", t.Leads)
		c.plan.teams = append(c.plan.teams, plannedTeam{name: name, members: t.Members, leads: t.Leads})
	}
	return nil
}

// known checks that the members of a list will be there.
func (c *checker) known(path string, emails []string) {
	for i, email := range emails {
		if !c.hasMember(email) {
			c.add(fmt.Sprintf("%s[%d]", path, i), "", "error.member-unknown")
		}
	}
}
