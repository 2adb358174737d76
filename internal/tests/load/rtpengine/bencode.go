package rtpengine

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// encode appends a value in bencoding: strings, lists and dictionaries of them.
func encode(b []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return append(strconv.AppendInt(b, int64(len(v)), 10), ":"+v...)
	case []any:
		b = append(b, 'l')
		for _, one := range v {
			b = encode(b, one)
		}
		return append(b, 'e')
	case map[string]any:
		b = append(b, 'd')
		for _, key := range slices.Sorted(maps.Keys(v)) {
			b = encode(encode(b, key), v[key])
		}
		return append(b, 'e')
	}
	panic(fmt.Sprintf("no bencoding of %T", v))
}

var errMalformed = errors.New("malformed bencoding")

// decode reads a value, with numbers as strings, and returns what follows it.
func decode(s string) (v any, rest string, err error) {
	if s == "" {
		return nil, "", errMalformed
	}
	switch s[0] {
	case 'i':
		text, rest, ok := strings.Cut(s[1:], "e")
		if !ok {
			return nil, "", errMalformed
		}
		return text, rest, nil
	case 'l', 'd':
		return decodeAll(s[0] == 'd', s[1:])
	}
	length, rest, ok := strings.Cut(s, ":")
	n, err := strconv.Atoi(length)
	if !ok || err != nil || n < 0 || n > len(rest) {
		return nil, "", errMalformed
	}
	return rest[:n], rest[n:], nil
}

// decodeAll reads the values of a list or dictionary up to its end.
func decodeAll(dictionary bool, s string) (any, string, error) {
	var all []any
	for !strings.HasPrefix(s, "e") {
		v, rest, err := decode(s)
		if err != nil {
			return nil, "", err
		}
		all, s = append(all, v), rest
	}
	if !dictionary {
		return all, s[1:], nil
	}
	m := make(map[string]any, len(all)/2)
	for i := 0; i+1 < len(all); i += 2 {
		if key, ok := all[i].(string); ok {
			m[key] = all[i+1]
		}
	}
	return m, s[1:], nil
}
