package opus

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

// made returns a packet by its TOC, its other bytes of the head, and zeros.
func made(toc byte, zeros int, head ...byte) []byte {
	return append(append([]byte{toc}, head...), make([]byte, zeros)...)
}

const (
	silk20, silk60, hybrid10, celt2, celt20 = 9 << 3, 11 << 3, 12 << 3, 28 << 3, 31 << 3
	stereo                                  = 4
)

func TestSamples(t *testing.T) {
	for name, c := range map[string]struct {
		packet []byte
		want   int
	}{
		"nothing":                          {nil, 0},
		"SILK, 20 ms":                      {made(silk20, 30), 160},
		"SILK, 60 ms":                      {made(silk60, 30), 480},
		"hybrid, 10 ms":                    {made(hybrid10, 30), 80},
		"CELT, 2.5 ms":                     {made(celt2, 30), 20},
		"CELT, stereo":                     {made(celt20|stereo, 30), 160},
		"lost":                             {made(celt20, 0), 160},
		"a frame too long":                 {made(celt20, 1276), 0},
		"two of a length":                  {made(celt20|1, 60), 320},
		"two of a length, odd":             {made(celt20|1, 61), 0},
		"two":                              {made(celt20|2, 60, 20), 320},
		"two, the first too long":          {made(celt20|2, 60, 61), 0},
		"two, the first has no length":     {made(celt20|2, 0), 0},
		"six":                              {made(celt20|3, 60, 6), 960},
		"seven of 20 ms":                   {made(celt20|3, 70, 7), 0},
		"48 of 2.5 ms":                     {made(celt2|3, 48, 48), 960},
		"none":                             {made(celt20|3, 0, 0), 0},
		"three, not of a length":           {made(celt20|3, 61, 3), 0},
		"three with padding":               {made(celt20|3, 67, 0x40|3, 7), 480},
		"padding only":                     {made(celt20|3, 7, 0x40|1, 7), 160},
		"more padding than there is":       {made(celt20|3, 6, 0x40|1, 7), 0},
		"long padding":                     {made(celt20|3, 257, 0x40|1, 255, 0), 160},
		"three, lengths told":              {made(celt20|3, 60, 0x80|3, 10, 20), 480},
		"three, lengths told, in two":      {made(celt20|3, 300, 0x80|2, 252, 0), 320},
		"three, lengths told, not so much": {made(celt20|3, 29, 0x80|3, 10, 20), 0},
	} {
		if got := Samples(c.packet); got != c.want {
			t.Errorf("%s: %d samples, want %d", name, got, c.want)
		}
	}
}

func TestFramesBecomePackets(t *testing.T) {
	a, b, c := []byte{1, 2, 3}, []byte{4, 5, 6}, bytes.Repeat([]byte{7}, 300)
	for name, test := range map[string]struct {
		packet []byte
		want   [][]byte
	}{
		"one":            {slices.Concat([]byte{celt20 | stereo}, a), [][]byte{a}},
		"two equal ones": {slices.Concat([]byte{celt20 | stereo | 1}, a, b), [][]byte{a, b}},
		"two":            {slices.Concat([]byte{celt20 | stereo | 2, 252, 12}, c, a), [][]byte{c, a}},
		"three, padded":  {slices.Concat([]byte{celt20 | stereo | 3, 0xC0 | 3, 2, 3, 252, 12}, a, c, b, []byte{0, 0}), [][]byte{a, c, b}},
	} {
		p, err := Parse(test.packet)
		if err != nil || p.Frames() != len(test.want) {
			t.Errorf("%s: %d frames, %v", name, p.Frames(), err)
			continue
		}
		for i, want := range test.want {
			if got := p.AppendFrame(nil, i); !bytes.Equal(got, append([]byte{celt20 | stereo}, want...)) {
				t.Errorf("%s: frame %d is %v", name, i, got)
			}
		}
	}
}

func TestSilenceAndLoss(t *testing.T) {
	quiet, lost := AppendSilence(nil), AppendLost(nil, TOC(silk20|stereo|2))
	if Samples(quiet) != Frame || Samples(lost) != Frame || lost[0] != silk20|stereo {
		t.Errorf("silence %v, lost %v", quiet, lost)
	}
	if p, err := Parse(lost); err != nil || !p.Lost() {
		t.Error("what is lost does not say so")
	}
	if p, err := Parse(quiet); err != nil || p.Lost() {
		t.Error("silence is taken for lost")
	}
}

func TestRepeats(t *testing.T) {
	for name, c := range map[string]struct {
		packet []byte
		want   bool
	}{
		"voice alone":              {made(silk20, 10, 0x80), false},
		"voice and the one before": {made(silk20, 10, 0x40), true},
		"stereo, of the side":      {made(silk20|stereo, 10, 0x10), true},
		"60 ms":                    {made(silk60, 10, 0x10), true},
		"CELT":                     {made(celt20, 10, 0xFF), false},
		"lost":                     {made(silk20, 0), false},
	} {
		p, err := Parse(c.packet)
		if err != nil || p.Repeats(0) != c.want {
			t.Errorf("%s: %v, %v", name, p.Repeats(0), err)
		}
	}
}

// FuzzParse has every packet that parses come back from each of its forms, and last as
// long in parts as in one.
func FuzzParse(f *testing.F) {
	f.Add(made(celt20|3, 60, 0xC0|3, 2, 10, 20))
	f.Add(made(celt20|1, 60))
	f.Add(made(silk60|2, 700, 252, 40))
	f.Add(made(celt2|3, 48, 48))
	f.Add(made(celt20|3, 257, 0x40|1, 255, 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, rest, err := ParseDelimited(b); err == nil && len(rest) >= len(b) {
			t.Error("a packet of no bytes")
		}
		p, err := Parse(b)
		if err != nil {
			if !errors.Is(err, ErrMalformed) || Samples(b) != 0 {
				t.Errorf("%d samples, %v", Samples(b), err)
			}
			return
		}
		if got := p.Append(nil); !bytes.Equal(got, b) {
			t.Errorf("% x became % x", b, got)
		}
		back, rest, err := ParseDelimited(append(p.AppendDelimited(nil), 1, 2, 3))
		if err != nil || !bytes.Equal(rest, []byte{1, 2, 3}) || !bytes.Equal(back.Append(nil), b) {
			t.Errorf("% x came back as % x, before % x, %v", b, back.Append(nil), rest, err)
		}
		samples := 0
		for i := range p.Frames() {
			samples += Samples(p.AppendFrame(nil, i))
		}
		if samples != p.Samples() || samples > longest {
			t.Errorf("%d samples in parts, %d in one", samples, p.Samples())
		}
	})
}

// FuzzDecoder has anything decoded after anything.
func FuzzDecoder(f *testing.F) {
	f.Add([]byte{celt20, 0xFF, 0xFE}, made(silk20, 40, 0x40, 1, 2, 3))
	f.Add(made(hybrid10, 40, 0x80, 9, 9), made(celt20|stereo, 40, 7, 7, 7))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		d := NewDecoder()
		for _, packet := range [][]byte{a, b, a} {
			if pcm, _ := d.Decode(packet); len(pcm) != Samples(packet) {
				t.Errorf("%d samples of %d", len(pcm), Samples(packet))
			}
		}
	})
}
