package calendar

import (
	"bytes"
	"errors"
)

// Bounds of what the library is given: it wraps an error once for each component
// that stands in another, and copies a line for each of its parameters.
const (
	maxNested     = 5    // components in one another: a calendar, its event, the event's alarm
	maxLine       = 4096 // bytes of a line whose parameters nobody looked at
	maxParameters = 512  // bytes of the parameters of a longer one
)

var errNested = errors.New("components stand in one another too deep")

// essence is a calendar with nothing but the lines that events are made of, each in
// one piece.
func essence(body []byte) ([]byte, error) {
	out := make([]byte, 0, len(body))
	depth := 0
	for len(body) > 0 {
		var line []byte
		line, body = nextLine(body)
		name := nameOf(line)
		if !needed(name) || !cheap(line, len(name)) {
			continue
		}
		switch name {
		case "BEGIN":
			depth++
		case "END":
			depth--
		}
		if depth > maxNested {
			return nil, errNested
		}
		out = append(append(out, line...), "\r\n"...)
	}
	return out, nil
}

// nextLine is the first line of body, unfolded, and what is behind it.
func nextLine(body []byte) (line, rest []byte) {
	for {
		part, after, _ := bytes.Cut(body, []byte("\n"))
		line, body = append(line, bytes.TrimSuffix(part, []byte("\r"))...), after
		if len(body) == 0 || body[0] != ' ' && body[0] != '\t' {
			return bytes.TrimSpace(line), body
		}
		body = body[1:]
	}
}

func nameOf(line []byte) string {
	end := bytes.IndexFunc(line, func(r rune) bool {
		return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-'
	})
	return string(line[:max(end, 0)])
}

func needed(name string) bool {
	switch name {
	case "BEGIN", "END", "UID", "SUMMARY", "STATUS", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID":
		return true
	}
	return false
}

// cheap says whether it takes little to read the parameters of a line, which stand
// behind its name: they end at the first colon unless that is quoted or escaped.
func cheap(line []byte, name int) bool {
	behind := line[name:]
	switch {
	case behind[0] == ':':
		return true
	case behind[0] != ';':
		return false
	case len(line) <= maxLine:
		return true
	}
	colon := bytes.IndexByte(behind, ':')
	return colon >= 0 && colon <= maxParameters && !bytes.ContainsAny(behind, `"\`)
}
