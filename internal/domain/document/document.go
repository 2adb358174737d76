// Package document is a workspace as one YAML text: what `parley export` prints
// and `parley apply` brings about. It reads and checks the whole text first, then
// creates and updates by natural key (e-mail, phone number, name) through the same
// services as the pages. It deletes nothing unless told to prune, and applying the
// same text twice changes nothing.
//
// A list that is absent leaves that kind alone; within an item an absent field
// takes its default. Exceptions, which keep what there is: an absent or
// unresolvable password or calendar address, and the absent fields members, owner,
// supervisors and flow of a number, members of a team, hours and outside_hours of a
// member.
//
// A flow that differs from the live one is published; a message whose words differ
// is spoken anew, and the old one stays where flows that are not in the text play it.
//
// It knows no files, no environment (a function looks variables up) and no SQL.
// An Applier is used by one goroutine at a time.
package document

import (
	"fmt"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Document is the text's shape.
type Document struct {
	Workspace *Workspace `yaml:"workspace,omitempty"`
	Members   []Member   `yaml:"members,omitempty"`
	Teams     []Team     `yaml:"teams,omitempty"`
	Tags      []Tag      `yaml:"tags,omitempty"`
	Trunks    []Trunk    `yaml:"trunks,omitempty"`
	Messages  []Message  `yaml:"messages,omitempty"`
	Calendars []Calendar `yaml:"calendars,omitempty"`
	Blocked   []Blocked  `yaml:"blocked,omitempty"`
	Numbers   []Number   `yaml:"numbers,omitempty"`

	at positions
}

// Workspace is the company.
type Workspace struct {
	Name                  string   `yaml:"name"`
	Language              string   `yaml:"language"`
	TimeZone              string   `yaml:"time_zone"`
	Country               string   `yaml:"country"`
	AllowedCountries      []string `yaml:"allowed_countries,omitempty,flow"`
	MaxConcurrentOutbound int      `yaml:"max_concurrent_outbound,omitempty"`
	MaxOutboundPerHour    int      `yaml:"max_outbound_per_hour,omitempty"`
	MemberOutboundPerHour int      `yaml:"member_outbound_per_hour,omitempty"`
	SeatLimit             int      `yaml:"seat_limit,omitempty"`
	MembersInvite         bool     `yaml:"members_invite,omitempty"`
	MembersSeeTeam        bool     `yaml:"members_see_team,omitempty"`
}

// Tag is a label, known by name. System tags are not part of the document.
type Tag struct {
	Name   string `yaml:"name"`
	Colour string `yaml:"colour,omitempty"`
}

// Trunk is a SIP trunk, known by name. Passwords are read with ${VARIABLE}
// expanded and written as such a placeholder.
type Trunk struct {
	Name            string   `yaml:"name"`
	Host            string   `yaml:"host"`
	Port            int      `yaml:"port,omitempty"`
	Transport       string   `yaml:"transport,omitempty"`
	SRTP            bool     `yaml:"srtp,omitempty"`
	Username        string   `yaml:"username,omitempty"`
	Password        string   `yaml:"password,omitempty"`
	Register        bool     `yaml:"register,omitempty"`
	Allowed         []string `yaml:"allowed,omitempty,flow"`
	InboundUsername string   `yaml:"inbound_username,omitempty"`
	InboundPassword string   `yaml:"inbound_password,omitempty"`
}

// Number is a phone number, known by itself.
type Number struct {
	Phone        string    `yaml:"number"`
	Name         string    `yaml:"name"`
	Type         string    `yaml:"type,omitempty"` // classic or ivr
	CallerName   string    `yaml:"caller_name,omitempty"`
	InboxName    string    `yaml:"inbox_name,omitempty"`
	Inactive     bool      `yaml:"inactive,omitempty"`
	Country      string    `yaml:"country,omitempty"`
	Trunk        string    `yaml:"trunk,omitempty"` // by name
	WebCall      bool      `yaml:"web_call,omitempty"`
	Recording    Recording `yaml:"recording,omitempty"`
	MandatoryTag bool      `yaml:"mandatory_tag,omitempty"`
	HoldMusic    string    `yaml:"hold_music,omitempty"`
	Language     string    `yaml:"language,omitempty"`
	Owner        *string   `yaml:"owner,omitempty"`            // e-mail address, "" for nobody
	Supervisors  *[]string `yaml:"supervisors,omitempty,flow"` // e-mail addresses
	Members      *[]Access `yaml:"members,omitempty"`
	Flow         *[]Step   `yaml:"flow,omitempty"`
}

// Recording is the four switches of a number.
type Recording struct {
	AutoInbound   bool `yaml:"auto_inbound,omitempty"`
	AgentInbound  bool `yaml:"agent_inbound,omitempty"`
	AutoOutbound  bool `yaml:"auto_outbound,omitempty"`
	AgentOutbound bool `yaml:"agent_outbound,omitempty"`
}

// Duration is written as 30s or 1m30s.
type Duration time.Duration

// UnmarshalYAML reads a Go duration.
func (d *Duration) UnmarshalYAML(n *yaml.Node) error {
	v, err := time.ParseDuration(n.Value)
	if err != nil {
		return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: %q is no duration such as 30s or 1m30s", n.Line, short(n.Value))}}
	}
	*d = Duration(v)
	return nil
}

// MarshalYAML writes the duration without trailing zero units: 1m, not 1m0s.
func (d Duration) MarshalYAML() (any, error) {
	s := time.Duration(d).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s, nil
}

// short cuts what is quoted in a message.
func short(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
