package document

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/internal/base/fault"
	"parley/internal/base/phone"
	"parley/internal/base/text"
	"parley/internal/domain/blocklist"
	"parley/internal/domain/message"
	"parley/internal/domain/number"
	"parley/internal/domain/routing"
	"parley/internal/domain/tag"
	"parley/internal/domain/trunk"
	"parley/internal/domain/workspace"
)

// Bounds of what a document can set beyond those of the services.
const (
	maxName   = 80
	maxWrapUp = time.Hour
	maxLimit  = 100000
)

// plan is a checked document, in stored form.
type plan struct {
	ws       workspace.Workspace
	tags     []tag.Draft
	trunks   []trunk.Draft
	members  []plannedMember
	teams    []plannedTeam
	numbers  []plannedNumber
	messages []plannedMessage
	feeds    []routing.Feed
	blocked  []blocklist.Entry
	prune    pruning
}

type plannedNumber struct {
	number.Draft

	doc  Number
	path string // in the document
}

// pruning lists what goes, by id.
type pruning struct{ numbers, trunks, tags, teams, members, messages, feeds, blocked []string }

// checker goes through a document; each method checks one kind.
type checker struct {
	findings

	applier *Applier
	doc     *Document
	have    *stored
	opt     Options
	plan    plan
	voices  []message.Voice // nil until somebody asks
}

func (a *Applier) check(ctx context.Context, doc *Document, have *stored, opt Options) (plan, error) {
	c := checker{findings: findings{at: doc.at}, applier: a, doc: doc, have: have, opt: opt}
	c.workspace()
	for _, step := range []func(context.Context) error{c.members, c.teams, c.tags, c.trunks, c.messages, c.calendars, c.blocked, c.numbers, c.flows} {
		if err := step(ctx); err != nil {
			return plan{}, fmt.Errorf("check document: %w", err)
		}
	}
	c.lines()
	c.owners()
	c.seats()
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
	ws.SeatLimit = c.limit("seat_limit", d.SeatLimit)
	ws.MembersInvite, ws.MembersSeeTeam = d.MembersInvite, d.MembersSeeTeam
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
			Name: t.Name, Host: t.Host, Transport: trunk.Transport(t.Transport), SRTP: t.SRTP, Register: t.Register, Allowed: t.Allowed,
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

// secretUnset silences the complaint about what is missing.
const secretUnset = "unset"

// secret expands a password. One that cannot be expanded keeps what is stored:
// an exported document applies to its own workspace without any variable set.
func (c *checker) secret(path, field, given, kept string) string {
	v, missing, ok := expand(given, c.opt.Env)
	if ok {
		return v
	}
	if kept == "" {
		c.add(path, field, "error.document-variable", "name", short(missing))
		return secretUnset
	}
	return ""
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
		c.plan.numbers = append(c.plan.numbers, plannedNumber{Draft: d, doc: n, path: path})
	}
	return nil
}

func (c *checker) draft(n Number) number.Draft {
	d := number.Draft{
		Phone: n.Phone, Country: n.Country, Name: n.Name, WebCall: n.WebCall, Recording: number.Recording(n.Recording),
		MandatoryTag: n.MandatoryTag, HoldMusic: n.HoldMusic, Language: n.Language,
		Type: number.Type(n.Type), CallerName: n.CallerName, InboxName: n.InboxName, Inactive: n.Inactive,
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
