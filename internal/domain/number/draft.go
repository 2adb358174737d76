package number

import (
	"errors"
	"slices"
	"strings"

	"parley/internal/base/fault"
	"parley/internal/base/phone"
	"parley/internal/base/text"
	"parley/internal/domain/workspace"
)

const (
	// maxName is the longest name of a number, in characters: it has to fit a ring card.
	maxName = 60
	// maxCallerName is the longest display name that networks do not cut.
	maxCallerName = 32
)

// Draft is what people set of a number. Its fields are named in faults as the
// fields of forms and documents are: phone, type, country, name, caller_name,
// inbox_name, trunk, hold_music, language.
type Draft struct {
	Phone        string // as typed; read in Country
	Type         Type   // "" is Classic
	Country      string
	Name         string
	CallerName   string // without the signs that SIP gives a meaning: " \ < >
	InboxName    string
	Inactive     bool
	TrunkID      string
	WebCall      bool
	Recording    Recording
	MandatoryTag bool
	HoldMusic    string // "" takes the library's first
	Language     string // "" takes the first of Languages
}

// DraftOf returns the draft that leaves n as it is.
func DraftOf(n Number) Draft {
	return Draft{
		Phone: n.E164, Type: n.Type, Country: n.Country, Name: n.Name, CallerName: n.CallerName,
		InboxName: n.InboxName, Inactive: n.Inactive, TrunkID: n.TrunkID, WebCall: n.WebCall,
		Recording: n.Recording, MandatoryTag: n.MandatoryTag, HoldMusic: n.HoldMusic, Language: n.Language,
	}
}

// Clean checks what needs no store and returns the draft in its stored form: the
// phone in E.164, names trimmed, defaults filled in. music lists the ids of the
// library. All faults are returned at once, joined.
func (d Draft) Clean(music []string) (Draft, error) {
	var faults []error
	refuse := func(field, key string) { faults = append(faults, fault.OnField(field, key)) }
	d.Country = strings.ToUpper(strings.TrimSpace(d.Country))
	switch {
	case d.Country == "":
		refuse("country", "error.country-needed")
	case !phone.Known(d.Country):
		refuse("country", "error.country-unknown")
	}
	var ok bool
	if d.Type, ok = d.Type.Clean(); !ok {
		refuse("type", "error.number-type-unknown")
	}
	if d.Type == IVR { // who is assigned takes no calls on it, so there are none to record (IVR-07)
		d.Recording.AutoInbound, d.Recording.AgentInbound = false, false
	}
	faults = append(faults, d.cleanNames()...)
	if phone.Known(d.Country) {
		if e := d.readPhone(); e != nil {
			faults = append(faults, e)
		}
	}
	if d.HoldMusic == "" && len(music) > 0 {
		d.HoldMusic = music[0]
	} else if !slices.Contains(music, d.HoldMusic) {
		refuse("hold_music", "error.music-unknown")
	}
	if d.Language == "" {
		d.Language = workspace.Languages()[0]
	} else if !slices.Contains(workspace.Languages(), d.Language) {
		refuse("language", "error.language-unknown")
	}
	return d, errors.Join(faults...)
}

// cleanNames trims the names and returns what is wrong with them.
func (d *Draft) cleanNames() []error {
	var faults []error
	line := func(value *string, longest int, field string) {
		var ok bool
		if *value, ok = text.Line(*value, longest); !ok {
			faults = append(faults, fault.OnField(field, "error.name-invalid"))
		} else if *value == "" && field == "name" {
			faults = append(faults, fault.OnField(field, "error.name-needed"))
		}
	}
	line(&d.Name, maxName, "name")
	line(&d.CallerName, maxCallerName, "caller_name")
	if strings.ContainsAny(d.CallerName, `"\<>`) {
		faults = append(faults, fault.OnField("caller_name", "error.name-invalid"))
	}
	line(&d.InboxName, maxName, "inbox_name")
	return faults
}

// readPhone turns Phone into E.164. A country that shares its calling code with
// the number's own (Guadeloupe and France, Canada and the United States) is the
// user's to choose; any other is a slip.
func (d *Draft) readPhone() error {
	if strings.TrimSpace(d.Phone) == "" {
		return fault.OnField("phone", "error.phone-needed")
	}
	e164, err := phone.Parse(d.Phone, d.Country)
	if err != nil {
		return fault.OnField("phone", "error.phone-invalid").Because(err)
	}
	if phone.Short(e164) {
		return fault.OnField("phone", "error.phone-short")
	}
	if !strings.HasPrefix(e164, "+"+phone.CallingCode(d.Country)) {
		return fault.OnField("country", "error.country-mismatch")
	}
	d.Phone = e164
	return nil
}

// apply returns n with what the draft says.
func (d Draft) apply(n Number) Number {
	n.E164, n.Type, n.Country, n.Name, n.TrunkID = d.Phone, d.Type, d.Country, d.Name, d.TrunkID
	n.CallerName, n.InboxName, n.Inactive = d.CallerName, d.InboxName, d.Inactive
	n.WebCall, n.Recording, n.MandatoryTag = d.WebCall, d.Recording, d.MandatoryTag
	n.HoldMusic, n.Language = d.HoldMusic, d.Language
	return n
}
