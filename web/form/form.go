// Package form reads posted forms: bounded, trimmed, and with every fault found
// at once, each laid to its field. It knows no pages and no domain types. A Form
// belongs to one request.
package form

import (
	"errors"
	"net/http"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"parley/internal/base/fault"
)

// maxBody bounds a posted form in bytes; hardly a page of Parley needs more.
const maxBody = 64 << 10

// Form is a posted form being read.
type Form struct {
	values url.Values
	faults Errors
}

// Parse reads the body of r. A body that is too large or no form is an invalid fault;
// a fault of the body itself comes back as it is.
func Parse(w http.ResponseWriter, r *http.Request) (*Form, error) { return ParseWithin(w, r, maxBody) }

// ParseWithin is Parse for a page that does need more: limit is in bytes.
func ParseWithin(w http.ResponseWriter, r *http.Request, limit int64) (*Form, error) {
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	if err := r.ParseForm(); err != nil {
		var refused *fault.Error
		if errors.As(err, &refused) { // whoever sent it may not any more
			return nil, refused
		}
		return nil, fault.New(fault.Invalid, "error.form-unreadable").Because(err)
	}
	return &Form{values: r.PostForm}, nil
}

// Value is what was posted, trimmed, for showing it again.
func (f *Form) Value(name string) string { return strings.TrimSpace(f.values.Get(name)) }

// Text is one line of 1 to limit characters.
func (f *Form) Text(name string, limit int) string {
	v := f.Optional(name, limit)
	if v == "" && f.faults.On(name) == nil {
		f.Add(fault.OnField(name, "error.form-required"))
	}
	return v
}

// Optional is one line of at most limit characters.
func (f *Form) Optional(name string, limit int) string {
	v := f.Value(name)
	switch {
	case !utf8.ValidString(v) || strings.ContainsFunc(v, unicode.IsControl):
		f.Add(fault.OnField(name, "error.form-unreadable"))
		return ""
	case utf8.RuneCountInString(v) > limit:
		f.Add(fault.OnField(name, "error.form-too-long").With("max", strconv.Itoa(limit)))
		return ""
	}
	return v
}

// Email is a bare address in lower case.
func (f *Form) Email(name string) string {
	v := strings.ToLower(f.Text(name, 254))
	if v == "" {
		return ""
	}
	a, err := mail.ParseAddress(v)
	if err != nil || a.Address != v || !strings.Contains(v[strings.LastIndex(v, "@"):], ".") {
		f.Add(fault.OnField(name, "error.form-email"))
		return ""
	}
	return v
}

// OneOf is one of the allowed values.
func (f *Form) OneOf(name string, allowed ...string) string {
	v := f.Value(name)
	if !slices.Contains(allowed, v) {
		f.Add(fault.OnField(name, "error.form-choice"))
		return ""
	}
	return v
}

// Int is a whole number from low to high.
func (f *Form) Int(name string, low, high int) int {
	n, err := strconv.Atoi(f.Value(name))
	if err != nil || n < low || n > high {
		f.Add(fault.OnField(name, "error.form-range").
			With("min", strconv.Itoa(low)).With("max", strconv.Itoa(high)))
		return low
	}
	return n
}

// Some are the posted values of a list of check boxes, those that are allowed.
func (f *Form) Some(name string, allowed []string) []string {
	var out []string
	for _, v := range f.values[name] {
		if !slices.Contains(allowed, v) {
			f.Add(fault.OnField(name, "error.form-choice"))
			return nil
		}
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// Add notes a fault found elsewhere.
func (f *Form) Add(e *fault.Error) { f.faults = append(f.faults, e) }

// Err is what is wrong with the form: nil, or Errors.
func (f *Form) Err() error {
	if len(f.faults) == 0 {
		return nil
	}
	return f.faults
}

// Errors are the faults of a form, in the order of its fields.
type Errors []*fault.Error

// Error lists the faults for a log.
func (e Errors) Error() string {
	parts := make([]string, len(e))
	for i, f := range e {
		parts[i] = f.Field + ": " + f.Error()
	}
	return strings.Join(parts, "; ")
}

// Unwrap gives the faults to errors.As.
func (e Errors) Unwrap() []error {
	out := make([]error, len(e))
	for i, f := range e {
		out[i] = f
	}
	return out
}

// On is the first fault of a field, nil where there is none.
func (e Errors) On(field string) *fault.Error {
	for _, f := range e {
		if f.Field == field {
			return f
		}
	}
	return nil
}

// ErrorsOf are the faults in err a form can show: those of a Form, several that a
// service joined, or a single one that a user can do something about. It is nil
// for everything else.
func ErrorsOf(err error) Errors {
	var all Errors
	if errors.As(err, &all) {
		return all
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			some := ErrorsOf(e)
			if some == nil {
				return nil
			}
			all = append(all, some...)
		}
		return all
	}
	var one *fault.Error
	if !errors.As(err, &one) {
		return nil
	}
	switch one.Kind {
	case fault.Invalid, fault.Conflict, fault.TooMany:
		return Errors{one}
	case fault.Forbidden:
		if one.Field != "" {
			return Errors{one}
		}
	}
	return nil
}
