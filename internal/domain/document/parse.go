package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxBytes bounds a document: some ten thousand numbers.
const maxBytes = 4 << 20

// Parse reads a document. Its shape is checked here: valid YAML, known fields
// only, one document. What is wrong comes back as Problems.
func Parse(raw []byte) (*Document, error) {
	if len(raw) > maxBytes {
		return nil, Problems{{Key: "error.document-large"}}
	}
	var root yaml.Node
	if err := yaml.Unmarshal(raw, &root); err != nil {
		return nil, malformed(err)
	}
	doc := Document{at: positions{}}
	if len(root.Content) > 0 {
		doc.at.walk("", root.Content[0])
	}
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	if err := dec.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		return nil, malformed(err)
	}
	var second yaml.Node
	if err := dec.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, Problems{{Line: second.Line, Key: "error.document-several"}}
	}
	return &doc, nil
}

// malformed turns what the YAML library says into problems with their lines.
func malformed(err error) error {
	said := []string{strings.TrimPrefix(err.Error(), "yaml: ")}
	var typed *yaml.TypeError
	if errors.As(err, &typed) {
		said = typed.Errors
	}
	line := regexp.MustCompile(`^line (\d+): `)
	unknown := regexp.MustCompile(`^field (\S+) not found in type `)
	var out Problems
	for _, s := range said {
		p := Problem{Key: "error.document-yaml"}
		if m := line.FindStringSubmatch(s); m != nil {
			p.Line, _ = strconv.Atoi(m[1])
			s = strings.TrimPrefix(s, m[0])
		}
		if m := unknown.FindStringSubmatch(s); m != nil {
			p.Key, p.Args = "error.document-field", map[string]string{"name": short(m[1])}
		} else {
			p.Args = map[string]string{"detail": s}
		}
		out = append(out, p)
	}
	return out
}

// positions knows the line of every path such as numbers[2].trunk.
type positions map[string]int

func (p positions) walk(path string, n *yaml.Node) {
	if _, seen := p[path]; !seen {
		p[path] = n.Line
	}
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := strings.TrimPrefix(path+"."+n.Content[i].Value, ".")
			p[key] = n.Content[i].Line
			p.walk(key, n.Content[i+1])
		}
	case yaml.SequenceNode:
		for i, item := range n.Content {
			p.walk(fmt.Sprintf("%s[%d]", path, i), item)
		}
	case yaml.DocumentNode, yaml.ScalarNode, yaml.AliasNode:
	}
}

// line finds the line of path, or of the nearest thing around it: a field that is
// missing is laid to its item.
func (p positions) line(path string) int {
	for path != "" {
		if n, ok := p[path]; ok {
			return n
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			break
		}
		path = path[:cut]
	}
	return p[path]
}

// expand replaces ${VARIABLE} in a password. ok is false where a variable is not
// set; missing then names it.
func expand(s string, env func(string) (string, bool)) (value, missing string, ok bool) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "${")
		name, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			b.WriteString(s)
			return b.String(), "", true
		}
		v, set := env(name)
		if !set {
			return "", name, false
		}
		b.WriteString(before)
		b.WriteString(v)
		s = after
	}
}
