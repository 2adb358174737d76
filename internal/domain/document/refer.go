package document

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"parley/internal/base/phone"
	"parley/internal/base/text"
	"parley/internal/domain/blocklist"
	"parley/internal/domain/member"
	"parley/internal/domain/message"
	"parley/internal/domain/number"
	"parley/internal/domain/routing"
	"parley/internal/domain/tag"
	"parley/internal/domain/team"
	"parley/internal/domain/trunk"
)

// once refuses a natural key that an item above has already.
func (c *checker) once(seen map[string]bool, path, field, key string) {
	key = strings.ToLower(key)
	if key != "" && seen[key] {
		c.add(path, field, "error.document-twice", "name", short(key))
	}
	seen[key] = true
}

// references checks that a number's trunk and people will be there.
func (c *checker) references(path string, n Number) {
	if n.Trunk != "" && !c.hasTrunk(n.Trunk) {
		c.add(path, "trunk", "error.trunk-unknown")
	}
	if n.Owner != nil && *n.Owner != "" && !c.hasMember(*n.Owner) {
		c.add(path, "owner", "error.member-unknown")
	}
	if n.Supervisors != nil {
		c.known(path+".supervisors", *n.Supervisors)
	}
	if n.Members == nil {
		return
	}
	exclusive := false
	for i, a := range *n.Members {
		item := fmt.Sprintf("%s.members[%d]", path, i)
		if !c.hasMember(a.Member) {
			c.add(item, "", "error.member-unknown")
		}
		if _, ok := a.Level.Clean(); !ok {
			c.add(item, "", "error.level-unknown")
		}
		exclusive = exclusive || a.Level == number.Exclusive
	}
	if exclusive && len(*n.Members) > 1 {
		c.add(path, "members", "error.number-exclusive")
	}
}

func (c *checker) hasTrunk(name string) bool {
	if slices.ContainsFunc(c.doc.Trunks, func(t Trunk) bool { return sameName(t.Name, name) }) {
		return true
	}
	_, stored := c.have.trunk(strings.TrimSpace(name))
	return stored && (!c.opt.Prune || c.doc.Trunks == nil)
}

func (c *checker) hasMember(email string) bool {
	if slices.ContainsFunc(c.doc.Members, func(m Member) bool { return sameName(m.Email, email) }) {
		return true
	}
	_, stored := c.have.member(strings.TrimSpace(email))
	return stored && (!c.opt.Prune || c.doc.Members == nil)
}

func sameName(a, b string) bool {
	if strings.EqualFold(a, b) {
		return true
	}
	if strings.IndexFunc(a, unicode.IsSpace) < 0 && strings.IndexFunc(b, unicode.IsSpace) < 0 {
		return false // nothing to fold; most are addresses
	}
	return strings.EqualFold(strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " "))
}

// lines reads what members say about numbers and colleagues, now that all are
// known.
func (c *checker) lines() {
	for i, d := range c.doc.Members {
		path := fmt.Sprintf("members[%d]", i)
		if d.DefaultNumber != "" {
			c.plan.members[i].defaultE164 = c.line(path, "default_number", d.DefaultNumber)
		}
		o := d.OutsideHours
		if o == nil {
			continue
		}
		clean := *o
		switch {
		case o.Colleague != "" && o.Line != "":
			c.add(path, "outside_hours", "error.form-choice")
		case o.Line != "":
			clean.Line = c.line(path, "outside_hours.line", o.Line)
		case o.Colleague == "":
		case sameName(o.Colleague, d.Email):
			c.add(path, "outside_hours.colleague", "error.colleague-self")
		case !c.hasMember(o.Colleague):
			c.add(path, "outside_hours.colleague", "error.member-unknown")
		}
		c.plan.members[i].outside = &clean
	}
}

// line reads a phone number that has to be one of the workspace's.
func (c *checker) line(path, field, typed string) string {
	e164, err := phone.Parse(typed, c.plan.ws.Country)
	planned := slices.ContainsFunc(c.plan.numbers, func(n plannedNumber) bool { return n.Phone == e164 })
	_, stored := c.have.number(e164)
	if err != nil || !planned && (!stored || c.opt.Prune && c.doc.Numbers != nil) {
		c.add(path, field, "error.number-unknown")
	}
	return e164
}

// seats refuses more members than there may be.
func (c *checker) seats() {
	members := len(c.plan.members)
	for _, m := range c.have.members {
		if !c.listed(m.ID) && (!c.opt.Prune || c.doc.Members == nil) {
			members++
		}
	}
	if limit := c.plan.ws.Seats(); members > limit {
		c.add("members", "", "error.seats-taken", "limit", strconv.Itoa(limit))
	}
}

// owners refuses a document that leaves the workspace without an owner. A role
// that could not be read may have been the owner's.
func (c *checker) owners() {
	if slices.ContainsFunc(c.all, func(p Problem) bool { return p.Key == "error.role-unknown" }) {
		return
	}
	for _, m := range c.plan.members {
		if m.Role == member.Owner {
			return
		}
	}
	for _, m := range c.have.members {
		if m.Role == member.Owner && !c.listed(m.ID) && (!c.opt.Prune || c.doc.Members == nil) {
			return
		}
	}
	c.add("members", "", "error.owner-needed")
}

// leftOver lists what a listed kind has and the document has not.
func (c *checker) leftOver() {
	if c.doc.Numbers != nil {
		c.plan.prune.numbers = missing(c.have.numbers, func(n number.Number) (string, bool) {
			return n.ID, slices.ContainsFunc(c.plan.numbers, func(p plannedNumber) bool { return p.Phone == n.E164 })
		})
	}
	if c.doc.Trunks != nil {
		c.plan.prune.trunks = missing(c.have.trunks, func(t trunk.Trunk) (string, bool) {
			return t.ID, slices.ContainsFunc(c.doc.Trunks, func(d Trunk) bool { return sameName(d.Name, t.Name) })
		})
		c.orphans()
	}
	if c.doc.Tags != nil {
		c.plan.prune.tags = missing(c.have.tags, func(t tag.Tag) (string, bool) {
			return t.ID, t.System || slices.ContainsFunc(c.plan.tags, func(d tag.Draft) bool { return sameName(d.Name, t.Name) })
		})
	}
	if c.doc.Teams != nil {
		c.plan.prune.teams = missing(c.have.teams, func(t team.Team) (string, bool) {
			return t.ID, slices.ContainsFunc(c.plan.teams, func(p plannedTeam) bool { return sameName(p.name, t.Name) })
		})
	}
	c.leftOverRouting()
	if c.doc.Members != nil {
		c.plan.prune.members = missing(c.have.members, func(m member.Member) (string, bool) {
			return m.ID, c.listed(m.ID)
		})
	}
}

// leftOverRouting is the same for what callers meet. Sounds that were uploaded are
// not in documents and stay.
func (c *checker) leftOverRouting() {
	if c.doc.Messages != nil {
		c.plan.prune.messages = missing(c.have.messages, func(m message.Message) (string, bool) {
			return m.ID, m.Hidden || m.Kind != message.Spoken ||
				slices.ContainsFunc(c.doc.Messages, func(d Message) bool { return text.Fold(d.Name) == text.Fold(m.Name) })
		})
	}
	if c.doc.Calendars != nil {
		c.plan.prune.feeds = missing(c.have.feeds, func(f routing.Feed) (string, bool) {
			return f.ID, slices.ContainsFunc(c.doc.Calendars, func(d Calendar) bool { return sameName(d.Name, f.Name) })
		})
	}
	if c.doc.Blocked != nil {
		c.plan.prune.blocked = missing(c.have.blocked, func(e blocklist.Entry) (string, bool) {
			return e.ID, slices.ContainsFunc(c.plan.blocked, func(p blocklist.Entry) bool { return p.Kind == e.Kind && p.Pattern == e.Pattern })
		})
	}
}

// orphans refuses to prune a trunk that a number outside the document uses.
func (c *checker) orphans() {
	users := map[string]int{}
	for _, n := range c.have.numbers {
		if c.doc.Numbers == nil && slices.Contains(c.plan.prune.trunks, n.TrunkID) {
			users[n.TrunkID]++
		}
	}
	for _, count := range users {
		c.add("trunks", "", "error.trunk-used", "n", strconv.Itoa(count))
	}
}

func missing[T any](have []T, listed func(T) (id string, ok bool)) []string {
	var out []string
	for _, one := range have {
		if id, ok := listed(one); !ok {
			out = append(out, id)
		}
	}
	return out
}
