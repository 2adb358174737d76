package form_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"parley/internal/base/fault"
	"parley/web/form"
)

func post(t *testing.T, values url.Values) *form.Form {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/?name=query", strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	f, err := form.Parse(httptest.NewRecorder(), r)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestGoodValues(t *testing.T) {
	f := post(t, url.Values{"name": {"  Léa "}, "email": {"LEA@Atelier.Example"}, "n": {"12"}, "role": {"admin"}, "some": {"a", "b", "a"}})
	if got := f.Text("name", 3); got != "Léa" {
		t.Errorf("text %q", got)
	}
	if got := f.Email("email"); got != "lea@atelier.example" {
		t.Errorf("email %q", got)
	}
	if got := f.Int("n", 0, 12); got != 12 {
		t.Errorf("int %d", got)
	}
	if got := f.OneOf("role", "member", "admin"); got != "admin" {
		t.Errorf("choice %q", got)
	}
	if got := f.Some("some", []string{"a", "b", "c"}); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("list %v", got)
	}
	if f.Optional("absent", 5) != "" || f.Err() != nil {
		t.Errorf("faults %v", f.Err())
	}
}

func TestEveryFaultIsFoundAtItsField(t *testing.T) {
	f := post(t, url.Values{"long": {"abcd"}, "email": {"a@b"}, "n": {"13"}, "role": {"king"}, "some": {"x"}, "control": {"a\nb"}, "bytes": {"\xff"}})
	f.Text("name", 10)
	f.Text("long", 3)
	f.Email("email")
	f.Int("n", 0, 12)
	f.OneOf("role", "member")
	f.Some("some", []string{"a"})
	f.Text("control", 9)
	f.Text("bytes", 9)
	var fields []string
	for _, e := range form.ErrorsOf(f.Err()) {
		fields = append(fields, e.Field)
	}
	// The name in the query is not the form's.
	if want := []string{"name", "long", "email", "n", "role", "some", "control", "bytes"}; !slices.Equal(fields, want) {
		t.Errorf("faults at %v, want %v", fields, want)
	}
	if fault.KindOf(f.Err()) != fault.Invalid {
		t.Error("not an invalid fault")
	}
}

func TestErrorsOf(t *testing.T) {
	for name, tc := range map[string]struct {
		err  error
		want int
	}{
		"nil":                 {nil, 0},
		"internal":            {errors.New("disk"), 0},
		"conflict, wrapped":   {fmt.Errorf("save: %w", fault.New(fault.Conflict, "error.conflict")), 1},
		"not found":           {fault.New(fault.NotFound, "error.not-found"), 0},
		"forbidden":           {fault.New(fault.Forbidden, "error.not-allowed"), 0},
		"forbidden, by field": {&fault.Error{Kind: fault.Forbidden, Key: "error.role-above", Field: "role"}, 1},
	} {
		if got := len(form.ErrorsOf(tc.err)); got != tc.want {
			t.Errorf("%s: %d faults", name, got)
		}
	}
}
