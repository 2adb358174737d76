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

// maxName is the longest name of a number, in characters: it has to fit a ring card.
const maxName = 60

// Draft is what people set of a number. Its fields are named in faults as the
// fields of forms and documents are: phone, country, name, trunk, hold_music,
// language.
type Draft struct {
	Phone        string // as typed; read in Country
	Country      string
	Name         string
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
		Phone: n.E164, Country: n.Country, Name: n.Name, TrunkID: n.TrunkID, WebCall: n.WebCall,
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
	if d.Name, ok = text.Line(d.Name, maxName); !ok {
		refuse("name", "error.name-invalid")
	} else if d.Name == "" {
		refuse("name", "error.name-needed")
	}
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
	n.E164, n.Country, n.Name, n.TrunkID = d.Phone, d.Country, d.Name, d.TrunkID
	n.WebCall, n.Recording, n.MandatoryTag = d.WebCall, d.Recording, d.MandatoryTag
	n.HoldMusic, n.Language = d.HoldMusic, d.Language
	return n
}
