package document

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"parley/internal/base/fault"
)

// Problem is one thing wrong with a document.
type Problem struct {
	Line int    // 1 is the first, 0 where none can be named
	Path string // numbers[2].trunk
	Key  string // locale key of the sentence
	Args map[string]string
}

// Problems is what is wrong with a document; nothing of it was applied.
type Problems []Problem

// Error lists the problems by the keys of their sentences, for logs.
func (p Problems) Error() string {
	return p.Text(func(key string, args map[string]string) string {
		var b strings.Builder
		b.WriteString(key)
		for _, name := range sortedKeys(args) {
			fmt.Fprintf(&b, " %s=%q", name, args[name])
		}
		return b.String()
	})
}

// Text lists the problems, one on a line, their sentences written by say.
func (p Problems) Text(say func(key string, args map[string]string) string) string {
	lines := make([]string, len(p))
	for i, one := range p {
		if one.Line > 0 {
			lines[i] = fmt.Sprintf("line %d: ", one.Line)
		}
		if one.Path != "" {
			lines[i] += one.Path + ": "
		}
		lines[i] += say(one.Key, one.Args)
	}
	return strings.Join(lines, "\n")
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// findings gathers problems while a document is checked.
type findings struct {
	at  positions
	all Problems
}

// add notes a problem of a field of the item at path; field "" is the item.
func (f *findings) add(path, field, key string, args ...string) {
	full := path
	if field != "" {
		full = strings.TrimPrefix(path+"."+field, ".")
	}
	p := Problem{Line: f.at.line(full), Path: full, Key: key}
	for i := 0; i+1 < len(args); i += 2 {
		if p.Args == nil {
			p.Args = map[string]string{}
		}
		p.Args[args[i]] = args[i+1]
	}
	f.all = append(f.all, p)
}

// addErr notes the faults of err, which the services lay to fields. What is no
// fault of the document is returned.
func (f *findings) addErr(path string, err error) error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			if err := f.addErr(path, e); err != nil {
				return err
			}
		}
		return nil
	}
	var one *fault.Error
	if !errors.As(err, &one) || one.Kind == fault.Internal {
		return err
	}
	field := one.Field
	if field == "phone" { // the document calls it by what it is
		field = "number"
	}
	var args []string
	for _, name := range sortedKeys(one.Args) {
		args = append(args, name, one.Args[name])
	}
	f.add(path, field, one.Key, args...)
	return nil
}

func (f *findings) err() error {
	if len(f.all) == 0 {
		return nil
	}
	slices.SortStableFunc(f.all, func(a, b Problem) int { return a.Line - b.Line })
	return f.all
}
