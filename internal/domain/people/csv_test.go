package people

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"parley/internal/base/fault"
)

func TestReadRows(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		want       [][]string // in the order of Columns
	}{
		{"commas", "email,name\na@x.com,Ann\n", [][]string{{"a@x.com", "Ann", "", "", "", ""}}},
		{"semicolons, marked, any order", "\xef\xbb\xbfName;Role; EMAIL \r\n\"Lee; Ann\";admin;a@x.com\r\n", [][]string{{"a@x.com", "Lee; Ann", "admin", "", "", ""}}},
		{"tabs", "email\tlanguage\na@x.com\tfr", [][]string{{"a@x.com", "", "", "", "", "fr"}}},
		{"blank lines and short lines", "email,name,role\n\n ,, \na@x.com\n", [][]string{{"a@x.com", "", "", "", "", ""}}},
		{"an open quote spoils its line", "email,name\na@x.com,\"Ann\nb@x.com,Bob\n", [][]string{{"a@x.com,\"Ann", "", "", "", "", ""}, {"b@x.com", "Bob", "", "", "", ""}}},
		{"too many cells", "email\na@x.com,b@x.com\n", [][]string{{"a@x.com,b@x.com", "", "", "", "", ""}}},
		{"the reason is ignored", "email,reason\na@x.com,wrong\n", [][]string{{"a@x.com", "", "", "", "", ""}}},
		{"plain text of a spreadsheet", "email,numbers\na@x.com,'+33123456789\n", [][]string{{"a@x.com", "", "", "", "+33123456789", ""}}},
	} {
		rows, err := readRows(strings.NewReader(c.text))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var got [][]string
		for _, r := range rows {
			got = append(got, r.cells)
		}
		if !slices.EqualFunc(got, c.want, slices.Equal[[]string]) {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

func TestListsThatAreRefused(t *testing.T) {
	t.Parallel()
	for text, key := range map[string]string{
		"": "error.csv-empty", "email,name\n": "error.csv-empty", "\xef\xbb\xbf\n\n": "error.csv-empty",
		"name,role\nAnn,admin\n": "error.csv-header", "email,email\na@x.com,\n": "error.csv-header", "\"email\na@x.com\n": "error.csv-header",
		"email,salary\na@x.com,1\n":                    "error.csv-column",
		"email\n\xe9t\xe9@x.com\n":                     "error.csv-encoding",
		"e\x00m\x00a\x00i\x00l\x00":                    "error.csv-encoding",
		"email\n" + strings.Repeat("a@x.com\n", 1001):  "error.csv-too-many",
		"email\n" + strings.Repeat("a@x.com\n", 1<<17): "error.csv-large",
	} {
		_, err := readRows(strings.NewReader(text))
		if f := fault.Of(err); f.Key != key || f.Field != "file" {
			t.Errorf("%.30q: %v, want %s", text, err, key)
		}
	}
}

func say(f *fault.Error) string { return f.Key }

func TestRejectedCSV(t *testing.T) {
	t.Parallel()
	wrong := fault.OnField("email", "error.email-invalid")
	got := string(RejectedCSV([]Outcome{
		{Email: "fine@x.com"},
		{Email: "typed", Name: "Ann", Problem: wrong},
		{Row: []string{"=cmd()", "+1", "-1", "@x", "'=x", "fr"}, Problem: wrong},
		{Row: []string{"a@x.com", "Ann;=cmd()", "Lee; \t@x", "-"}, Problem: wrong}, // read where ";" separates
	}, say))
	want := "\xef\xbb\xbfemail,name,role,teams,numbers,language,reason\r\n" +
		"typed,Ann,,,,,error.email-invalid\r\n" +
		"'=cmd(),'+1,'-1,'@x,''=x,fr,error.email-invalid\r\n" +
		"a@x.com,Ann;'=cmd(),Lee; '\t'@x,'-,,,error.email-invalid\r\n"
	if got != want {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

// FuzzList reads any list: no panic, bounded, and what is given back as rejected
// reads the same again.
func FuzzList(f *testing.F) {
	for _, seed := range []string{
		"email,name\na@x.com,Ann\n", "\xef\xbb\xbfName;Email\n\"Lee; Ann\";a@x.com", "email,teams\n=1+1,\"A|B\"\n", "email\n\"open\n\ttab\n'=x\n", "email\na,b,c\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		rows, err := readRows(bytes.NewReader(raw))
		if err != nil {
			if fault.KindOf(err) != fault.Invalid {
				t.Fatalf("refused as %v", err)
			}
			return
		}
		if len(rows) > MaxBatch {
			t.Fatalf("%d rows", len(rows))
		}
		var out []Outcome
		for _, r := range rows {
			out = append(out, Outcome{Row: r.cells, Problem: fault.New(fault.Invalid, "error.csv-line")})
		}
		again := RejectedCSV(out, say)
		all, err := csv.NewReader(bytes.NewReader(again)).ReadAll()
		if err != nil || len(all) != len(rows)+1 {
			t.Fatalf("given back as %q: %v", again, err)
		}
		for _, record := range all {
			for _, cell := range record {
				for part := range strings.SplitSeq(strings.ReplaceAll(cell, ",", ";"), ";") {
					if part = strings.TrimLeft(part, " "); part != "" && strings.ContainsRune("=+-@\t\r\n", rune(part[0])) {
						t.Fatalf("a spreadsheet runs %q", cell)
					}
				}
			}
		}
		if len(again) > maxCSV {
			return
		}
		back, err := readRows(bytes.NewReader(again))
		if err != nil || len(back) != len(rows) {
			if blank(rows) {
				return
			}
			t.Fatalf("%d rows came back as %d: %v\n%q", len(rows), len(back), err, again)
		}
		for i := range back {
			if !slices.Equal(back[i].cells, rows[i].cells) {
				t.Fatalf("%q came back as %q", rows[i].cells, back[i].cells)
			}
		}
	})
}

// blank says whether some row has nothing in it.
func blank(rows []csvRow) bool {
	return slices.ContainsFunc(rows, func(r csvRow) bool { return strings.Join(r.cells, "") == "" })
}
