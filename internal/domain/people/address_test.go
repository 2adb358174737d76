package people

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAddress(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		" Ann@Example.COM ": "ann@example.com", "o'brien+x@a-b.example.co": "o'brien+x@a-b.example.co",
		"": "", "ann": "", "@example.com": "", "ann@": "", "ann@localhost": "", "ann@example..com": "", "ann@-a.com": "",
		"ann@@example.com": "", "a b@example.com": "", `"a b"@example.com`: "", "ann@[192.0.2.1]": "", "Ann <ann@example.com>": "",
		"ann@example.com\r\nBcc: x@example.com": "", "аnn@example.com": "", "ann@exämple.com": "", "ann(x)@example.com": "",
		strings.Repeat("x", 65) + "@example.com": "", "a@" + strings.Repeat("x.", 130) + "com": "", ".ann@example.com": "",
	} {
		if got, ok := Address(typed); got != want || ok != (want != "") {
			t.Errorf("%q is %q, %t; want %q", typed, got, ok, want)
		}
	}
}

func TestEntries(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want []entry
	}{
		{"a@x.com,b@x.com;c@x.com d@x.com\ne@x.com\r\nf@x.com\tg@x.com", []entry{
			{"", "a@x.com"}, {"", "b@x.com"}, {"", "c@x.com"}, {"", "d@x.com"}, {"", "e@x.com"}, {"", "f@x.com"}, {"", "g@x.com"},
		}},
		{`Ann Lee <a@x.com>, "Lee, Bob" <b@x.com>; c@x.com`, []entry{{"Ann Lee", "a@x.com"}, {"Lee, Bob", "b@x.com"}, {"", "c@x.com"}}},
		{"Ann <a@x.com> Bob <b@x.com>", []entry{{"Ann", "a@x.com"}, {"Bob", "b@x.com"}}},
		{"a@x.com Bob <b@x.com>", []entry{{"", "a@x.com"}, {"Bob", "b@x.com"}}},
		{"'a@x.com' <a@x.com>", []entry{{"a@x.com", "a@x.com"}}},
		{`"a@x.com", "b@x.com"`, []entry{{"", "a@x.com"}, {"", "b@x.com"}}},
		{`"Lee, a@x.com; b@x.com`, []entry{{"", "Lee"}, {"", "a@x.com"}, {"", "b@x.com"}}},
		{"<a@x.com", []entry{{"", "a@x.com"}}},
		{"nonsense, a@x.com", []entry{{"", "nonsense"}, {"", "a@x.com"}}},
		{" ,; \n", nil},
	} {
		if got := entries(c.text); !slices.Equal(got, c.want) {
			t.Errorf("%q\n gives %+v\n  want %+v", c.text, got, c.want)
		}
	}
}

// Whatever stands between them, every valid address that people separate as they
// may is found as often as it was written.
func TestEveryAddressIsFound(t *testing.T) {
	t.Parallel()
	address := rapid.StringMatching(`[a-z0-9]{1,12}([.+_-][a-z0-9]{1,5})?@[a-z0-9]{1,10}\.[a-z]{2,6}`)
	name := rapid.SampledFrom([]string{"Ann", "Ann Lee", `"Lee, Ann"`, "Zoé O'Hara", "李", `"Q; R" S`, "ann[at]x"})
	separator := rapid.SampledFrom([]string{", ", ";", "\n", "\r\n", " ; ", ",,\n", ",\t"})
	junk := rapid.SampledFrom([]string{"", "nonsense", "ann@", "@x", "<>", ">", "<", "()", "\u202e", "ann@localhost", "👩‍💻"})
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		var want []string
		for range rapid.IntRange(0, 12).Draw(t, "n") {
			a := address.Draw(t, "address")
			want = append(want, a)
			if rapid.Bool().Draw(t, "named") {
				b.WriteString(name.Draw(t, "name") + " <" + a + ">")
			} else {
				b.WriteString(a)
			}
			b.WriteString(separator.Draw(t, "separator"))
			if j := junk.Draw(t, "junk"); j != "" {
				b.WriteString(j + "\n")
			}
		}
		var got []string
		for _, e := range entries(b.String()) {
			if a, ok := Address(e.email); ok {
				got = append(got, a)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q\n gives %v\n  want %v", b.String(), got, want)
		}
	})
}

func TestAnyTextIsRead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		for _, e := range entries(text) {
			a, ok := Address(e.email)
			if ok && (!strings.Contains(strings.ToLower(text), a) || strings.ContainsAny(a, " \r\n<>,;\"")) {
				t.Fatalf("%q gives the address %q", text, a)
			}
		}
	})
}
