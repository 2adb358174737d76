package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files anew")

// fill gives every field of a message a value that is not its zero, so that a
// golden file shows the whole shape.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		fill(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.String:
		v.SetString("text")
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Bool:
		v.SetBool(true)
	default:
		panic("a message has a field of kind " + v.Kind().String())
	}
}

// TestGolden pins the wire form of every message: changing one is a decision.
func TestGolden(t *testing.T) {
	for _, m := range Messages() {
		t.Run(m.Type(), func(t *testing.T) {
			fill(reflect.ValueOf(m))
			data, err := Encode(m, "id", "re", 3)
			if err != nil {
				t.Fatal(err)
			}
			var pretty bytes.Buffer
			if err := json.Indent(&pretty, data, "", "  "); err != nil {
				t.Fatal(err)
			}
			pretty.WriteByte('\n')
			file := filepath.Join("testdata", "golden", m.Type()+".json")
			if *update {
				if err := os.WriteFile(file, pretty.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("no golden file (make it with -update): %v", err)
			}
			if !bytes.Equal(pretty.Bytes(), want) {
				t.Errorf("wire form changed:\n%s\nwas\n%s", pretty.Bytes(), want)
			}
			env, back, err := Decode(data)
			if err != nil || env.Seq != 3 || env.ID != "id" || env.Re != "re" || !reflect.DeepEqual(back, m) {
				t.Errorf("came back as %+v %+v, %v", env, back, err)
			}
		})
	}
}

func TestTypesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range Messages() {
		if seen[m.Type()] {
			t.Errorf("two messages are called %s", m.Type())
		}
		seen[m.Type()] = true
	}
}

func TestDecodeRefuses(t *testing.T) {
	if _, _, err := Decode([]byte(`{"t":"no.such"}`)); !errors.Is(err, ErrUnknownType) {
		t.Errorf("unknown type: %v", err)
	}
	big := `{"t":"call.dial","d":{"to":"` + strings.Repeat("1", MaxMessage) + `"}}`
	for _, bad := range []string{"", "[]", `{"t":5}`, `{"t":"call.act","d":[]}`, `{"t":"call.act","d":{"on":"yes"}}`, big} {
		if _, _, err := Decode([]byte(bad)); err == nil {
			t.Errorf("%.40q was taken", bad)
		}
	}
}

func TestDialRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &Dial{NumberID: rapid.String().Draw(t, "number"), To: rapid.String().Draw(t, "to")}
		data, err := Encode(m, "x", "", 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(data) > MaxMessage {
			return
		}
		_, back, err := Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Encode(back, "x", "", 0)
		if err != nil || !bytes.Equal(again, data) {
			t.Fatalf("%s became %s, %v", data, again, err)
		}
	})
}

// FuzzDecode: whatever arrives, Decode answers with a message or an error, and
// what it takes it can encode again.
func FuzzDecode(f *testing.F) {
	for _, m := range Messages() {
		data, err := Encode(m, "1", "", 1)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		env, m, err := Decode(data)
		if err != nil {
			return
		}
		if _, err := Encode(m, env.ID, env.Re, env.Seq); err != nil {
			t.Fatal(err)
		}
	})
}
