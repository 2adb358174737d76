package document

import (
	"context"
	"fmt"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/id"
	"parley/internal/base/phone"
	"parley/internal/base/text"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/tag"
	"parley/internal/domain/trunk"
	"parley/internal/domain/workspace"
)

// Bounds of what a document can set beyond those of the services.
const (
	maxName   = 80
	maxEmail  = 254 // RFC 5321, 4.5.3.1.3
	maxWrapUp = time.Hour
	maxLimit  = 100000
)

// plan is a checked document, in stored form.
type plan struct {
	ws      workspace.Workspace
	tags    []tag.Draft
	trunks  []trunk.Draft
	members []plannedMember
	numbers []plannedNumber
	prune   pruning
}

type plannedMember struct {
	member.Member
	defaultE164 string
}

type plannedNumber struct {
	number.Draft
	trunk   string    // by name, "" for none
	members *[]string // by e-mail, nil leaves them
}

// pruning lists what goes, by id.
type pruning struct{ numbers, trunks, tags, members []string }

// checker goes through a document; each method checks one kind.
type checker struct {
	findings

	applier *Applier
	doc     *Document
	have    *stored
	opt     Options
	plan    plan
}

func (a *Applier) check(ctx context.Context, doc *Document, have *stored, opt Options) (plan, error) {
	c := checker{findings: findings{at: doc.at}, applier: a, doc: doc, have: have, opt: opt}
	c.workspace()
	for _, step := range []func(context.Context) error{c.tags, c.trunks, c.members, c.numbers} {
		if err := step(ctx); err != nil {
			return plan{}, fmt.Errorf("check document: %w", err)
		}
	}
	c.defaults()
	c.owners()
	if opt.Prune {
		c.leftOver()
	}
	return c.plan, c.err()
}

func (c *checker) workspace() {
	c.plan.ws = c.have.ws
	d := c.doc.Workspace
	if d == nil {
		return
	}
	ws := &c.plan.ws
	var ok bool
	if ws.Name, ok = text.Line(d.Name, maxName); !ok || ws.Name == "" {
		c.add("workspace", "name", "error.name-invalid")
	}
	if ws.Language = d.Language; !slices.Contains(workspace.Languages(), d.Language) {
		c.add("workspace", "language", "error.language-unknown")
	}
	if _, err := time.LoadLocation(d.TimeZone); err != nil || d.TimeZone == "" || d.TimeZone == "Local" {
		c.add("workspace", "time_zone", "error.time-zone-unknown")
	}
	ws.TimeZone = d.TimeZone
	if ws.Country = strings.ToUpper(d.Country); !phone.Known(ws.Country) {
		c.add("workspace", "country", "error.country-unknown")
	}
	ws.AllowedCountries = nil
	for i, country := range d.AllowedCountries {
		if !phone.Known(country) {
			c.add(fmt.Sprintf("workspace.allowed_countries[%d]", i), "", "error.country-unknown")
		}
		ws.AllowedCountries = append(ws.AllowedCountries, strings.ToUpper(country))
	}
	ws.MaxConcurrentOutbound = c.limit("max_concurrent_outbound", d.MaxConcurrentOutbound)
	ws.MaxOutboundPerHour = c.limit("max_outbound_per_hour", d.MaxOutboundPerHour)
	ws.MemberOutboundPerHour = c.limit("member_outbound_per_hour", d.MemberOutboundPerHour)
}

func (c *checker) limit(field string, n int) int {
	if n < 0 || n > maxLimit {
		c.add("workspace", field, "error.limit-invalid")
	}
	return n
}

func (c *checker) tags(context.Context) error {
	seen := map[string]bool{}
	for i, t := range c.doc.Tags {
		path := fmt.Sprintf("tags[%d]", i)
		d, err := tag.Draft{Name: t.Name, Colour: t.Colour}.Clean()
		if err := c.addErr(path, err); err != nil {
			return err
		}
		c.once(seen, path, "name", d.Name)
		if slices.ContainsFunc(tag.SystemNames(), func(s string) bool { return strings.EqualFold(s, d.Name) }) {
			c.add(path, "name", "error.tag-system")
		}
		c.plan.tags = append(c.plan.tags, d)
	}
	return nil
}

func (c *checker) trunks(context.Context) error {
	seen := map[string]bool{}
	for i, t := range c.doc.Trunks {
		path := fmt.Sprintf("trunks[%d]", i)
		name, _ := text.Line(t.Name, maxName)
		old, _ := c.have.trunk(name)
		d := trunk.Draft{
			Name: t.Name, Host: t.Host, Transport: trunk.Transport(t.Transport), Register: t.Register, Allowed: t.Allowed,
			Username: t.Username, Password: c.secret(path, "password", t.Password, old.Password),
			InboundUsername: t.InboundUsername, InboundPassword: c.secret(path, "inbound_password", t.InboundPassword, old.InboundPassword),
		}
		if t.Port != 0 {
			d.Port = strconv.Itoa(t.Port)
		}
		_, err := d.Apply(old)
		if err := c.addErr(path, err); err != nil {
			return err
		}
		c.once(seen, path, "name", name)
		c.plan.trunks = append(c.plan.trunks, d)
	}
	return nil
}

// secret expands a password. One that cannot be expanded keeps what is stored:
// an exported document applies to its own workspace without any variable set.
func (c *checker) secret(path, field, given, kept string) string {
	v, missing, ok := expand(given, c.opt.Env)
	if ok {
		return v
	}
	if kept == "" {
		c.add(path, field, "error.document-variable", "name", short(missing))
		return "unset" // silences the complaint about a missing password
	}
	return ""
}

func (c *checker) members(ctx context.Context) error {
	seen := map[string]bool{}
	for i, d := range c.doc.Members {
		path := fmt.Sprintf("members[%d]", i)
		email := strings.ToLower(strings.TrimSpace(d.Email))
		m, known := c.have.member(email)
		if !known {
			m = member.Member{
				ID: id.New(), WorkspaceID: c.have.ws.ID, Email: email, Setting: member.Available,
				WrapUp: member.DefaultWrapUp, CreatedAt: c.applier.needs.Now().UTC(),
			}
			if err := c.free(ctx, path, email); err != nil {
				return err
			}
		}
		c.once(seen, path, "email", email)
		c.member(path, d, &m)
		c.plan.members = append(c.plan.members, plannedMember{Member: m})
	}
	return nil
}

func (c *checker) member(path string, d Member, m *member.Member) {
	if addr, err := mail.ParseAddress(m.Email); err != nil || addr.Address != m.Email || len(m.Email) > maxEmail {
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
	m.WrapUp = member.DefaultWrapUp
	if d.WrapUp != nil {
		m.WrapUp = time.Duration(*d.WrapUp).Truncate(time.Second)
	}
	if m.WrapUp < 0 || m.WrapUp > maxWrapUp {
		c.add(path, "wrap_up", "error.wrap-up-invalid")
	}
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

func (c *checker) numbers(ctx context.Context) error {
	seen := map[string]bool{}
	for i, n := range c.doc.Numbers {
		path := fmt.Sprintf("numbers[%d]", i)
		d, err := c.draft(n).Clean(c.applier.needs.Music)
		if err := c.addErr(path, err); err != nil {
			return err
		}
		if err == nil {
			if err := c.ours(ctx, path, d.Phone); err != nil {
				return err
			}
			c.once(seen, path, "number", d.Phone)
		}
		c.references(path, n)
		c.plan.numbers = append(c.plan.numbers, plannedNumber{Draft: d, trunk: n.Trunk, members: n.Members})
	}
	return nil
}

func (c *checker) draft(n Number) number.Draft {
	d := number.Draft{
		Phone: n.Phone, Country: n.Country, Name: n.Name, WebCall: n.WebCall, Recording: number.Recording(n.Recording),
		MandatoryTag: n.MandatoryTag, HoldMusic: n.HoldMusic, Language: n.Language,
	}
	if d.Country == "" {
		d.Country = phone.Country(strings.TrimSpace(n.Phone))
	}
	if d.Country == "" {
		d.Country = c.plan.ws.Country
	}
	if d.Language == "" {
		d.Language = c.plan.ws.Language
	}
	return d
}

// ours refuses a number that another workspace of the server has.
func (c *checker) ours(ctx context.Context, path, e164 string) error {
	n, err := c.applier.needs.Numbers.NumberByE164(ctx, e164)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return fmt.Errorf("look for %s: %w", path, err)
	}
	if err == nil && n.WorkspaceID != c.have.ws.ID {
		c.add(path, "number", "error.number-taken")
	}
	return nil
}
