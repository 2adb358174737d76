package document

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"parley/internal/base/phone"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/tag"
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

// references checks that a number's trunk and members will be there.
func (c *checker) references(path string, n Number) {
	if n.Trunk != "" && !c.hasTrunk(n.Trunk) {
		c.add(path, "trunk", "error.trunk-unknown")
	}
	if n.Members == nil {
		return
	}
	for i, email := range *n.Members {
		if !c.hasMember(email) {
			c.add(fmt.Sprintf("%s.members[%d]", path, i), "", "error.member-unknown")
		}
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
	return strings.EqualFold(strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " "))
}

// defaults reads the members' default numbers, now that the numbers are known.
func (c *checker) defaults() {
	for i, d := range c.doc.Members {
		if d.DefaultNumber == "" {
			continue
		}
		e164, err := phone.Parse(d.DefaultNumber, c.plan.ws.Country)
		planned := slices.ContainsFunc(c.plan.numbers, func(n plannedNumber) bool { return n.Phone == e164 })
		_, stored := c.have.number(e164)
		if err != nil || !planned && (!stored || c.opt.Prune && c.doc.Numbers != nil) {
			c.add(fmt.Sprintf("members[%d]", i), "default_number", "error.number-unknown")
			continue
		}
		c.plan.members[i].defaultE164 = e164
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
		listed := slices.ContainsFunc(c.plan.members, func(p plannedMember) bool { return p.ID == m.ID })
		if m.Role == member.Owner && !listed && (!c.opt.Prune || c.doc.Members == nil) {
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
	if c.doc.Members != nil {
		c.plan.prune.members = missing(c.have.members, func(m member.Member) (string, bool) {
			return m.ID, slices.ContainsFunc(c.plan.members, func(p plannedMember) bool { return p.ID == m.ID })
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
