package message

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"parley/internal/base/fault"
	"parley/internal/base/text"
)

// Bounds of what people may send.
const (
	MaxName = 60       // characters
	MaxText = 3000     // characters: some three minutes
	MaxFile = 10 << 20 // bytes of an uploaded file

	maxSpoken = 64 << 20 // bytes of a voice's
)

// Draft is what a message is to be made of.
type Draft struct {
	Name  string
	Kind  Kind
	Text  string    // of Spoken
	Voice string    // of Spoken: id of the voice
	File  io.Reader // of Uploaded and Recorded

	// Language of Spoken: what the voice is to read, which has to be one it speaks;
	// "" leaves it to the voice.
	Language string
}

// Clean checks what needs nobody else and returns the draft as it is stored. All
// faults are returned at once, joined; their fields are name, text and file.
func (d Draft) Clean() (Draft, error) {
	var faults []error
	name, ok := text.Line(d.Name, MaxName)
	switch {
	case !ok:
		faults = append(faults, fault.OnField("name", "error.name-invalid"))
	case name == "":
		faults = append(faults, fault.OnField("name", "error.name-needed"))
	}
	d.Name = name
	switch d.Kind {
	case Spoken:
		words, err := cleanText(d.Text)
		if err != nil {
			faults = append(faults, err)
		}
		d.Text = words
	case Uploaded, Recorded:
		if d.File == nil {
			faults = append(faults, fault.OnField("file", "error.message-file-needed"))
		}
		d.Text, d.Language, d.Voice = "", "", ""
	default:
		faults = append(faults, fmt.Errorf("no kind of message: %q", d.Kind))
	}
	return d, errors.Join(faults...)
}

// cleanText is the text a voice reads: lines of words. Marks that some speech
// programs would obey are refused, for others would read them aloud.
func cleanText(s string) (string, error) {
	if len(s) > 4*MaxText || utf8.RuneCountInString(s) > MaxText {
		return "", fault.OnField("text", "error.message-text-long").With("max", strconv.Itoa(MaxText))
	}
	if !utf8.ValidString(s) {
		return "", fault.OnField("text", "error.message-text-invalid")
	}
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", " ", "\u00ad", "").Replace(s)
	for _, r := range s {
		if r != '\n' && r != '\u200d' && unicode.In(r, unicode.Cc, unicode.Co, unicode.Cs) {
			return "", fault.OnField("text", "error.message-text-invalid")
		}
	}
	if marked(s) {
		return "", fault.OnField("text", "error.message-text-marked")
	}
	s = strings.TrimSpace(s)
	if !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) {
		return "", fault.OnField("text", "error.message-text-needed")
	}
	return s, nil
}

// marked finds what looks like markup of speech: <break/>, </speak>, [[phonemes]].
// A lone < as in "a < b" is none.
func marked(s string) bool {
	if strings.Contains(s, "[[") {
		return true
	}
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 || i == len(s)-1 {
			return false
		}
		s = s[i+1:]
		c := s[0]
		if letter := c|0x20 >= 'a' && c|0x20 <= 'z'; letter || c == '/' || c == '!' || c == '?' {
			return true
		}
	}
}
