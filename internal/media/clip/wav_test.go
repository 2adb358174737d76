package clip

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"
	"time"

	"parley/internal/media/codec"
)

// wav is a file with a plain header of 44 bytes.
func wav(tag, bits, channels, rate int, data []byte) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32([]byte("RIFF"), uint32(36+len(data)))
	b = le.AppendUint32(append(b, "WAVEfmt "...), 16)
	b = le.AppendUint16(le.AppendUint16(b, uint16(tag)), uint16(channels))
	b = le.AppendUint32(le.AppendUint32(b, uint32(rate)), uint32(rate*channels*bits/8))
	b = le.AppendUint16(le.AppendUint16(b, uint16(channels*bits/8)), uint16(bits))
	return append(le.AppendUint32(append(b, "data"...), uint32(len(data))), data...)
}

func pcm(samples []int16) []byte {
	var b []byte
	for _, s := range samples {
		b = binary.LittleEndian.AppendUint16(b, uint16(s))
	}
	return b
}

// encoded is a tone in one of the formats.
func encoded(tag, bits int, samples []int16) []byte {
	le := binary.LittleEndian
	var b []byte
	for _, s := range samples {
		switch {
		case tag == tagALaw || tag == tagMuLaw:
			code := make([]byte, 1)
			law := codec.PCMA
			if tag == tagMuLaw {
				law = codec.PCMU
			}
			codec.Encode(law, code, []int16{s})
			b = append(b, code...)
		case tag == tagFloat && bits == 32:
			b = le.AppendUint32(b, math.Float32bits(float32(s)/32768))
		case tag == tagFloat:
			b = le.AppendUint64(b, math.Float64bits(float64(s)/32768))
		case bits == 8:
			b = append(b, byte(s>>8)+128)
		case bits == 16:
			b = le.AppendUint16(b, uint16(s))
		case bits == 24:
			b = append(b, 0, byte(s), byte(s>>8))
		case bits == 32:
			b = le.AppendUint32(b, uint32(s)<<16)
		}
	}
	return b
}

func TestWAVFormats(t *testing.T) {
	t.Parallel()
	for _, f := range []struct{ tag, bits, off int }{
		{tagPCM, 8, 256}, {tagPCM, 16, 0}, {tagPCM, 24, 0}, {tagPCM, 32, 0}, {tagFloat, 32, 1}, {tagFloat, 64, 1}, {tagALaw, 8, 512}, {tagMuLaw, 8, 512},
	} {
		want := tone(16000, 440, 1, 0.6)
		c := decoded(t, wav(f.tag, f.bits, 1, 16000, encoded(f.tag, f.bits, want)))
		if len(c.samples) != len(want) {
			t.Fatalf("format %d, %d bits: %d samples, want %d", f.tag, f.bits, len(c.samples), len(want))
		}
		for i := range want {
			if off := int(c.samples[i]) - int(want[i]); off > f.off || -off > f.off {
				t.Fatalf("format %d, %d bits: sample %d is %d, want %d", f.tag, f.bits, i, c.samples[i], want[i])
			}
		}
	}
}

func TestWAVChannelsAreMixed(t *testing.T) {
	t.Parallel()
	left, right := tone(8000, 300, 1, 0.5), tone(8000, 1000, 1, 0.25)
	var both []int16
	for i := range left {
		both = append(both, left[i], right[i])
	}
	c := decoded(t, wav(tagPCM, 16, 2, 8000, pcm(both)))
	for hz, want := range map[float64]float64{300: 0.25, 1000: 0.125} {
		if got := math.Sqrt(2*power(c.samples, 8000, hz)) / 32767; math.Abs(got-want) > 0.001 {
			t.Errorf("%g Hz has amplitude %.3f, want %.3f", hz, got, want)
		}
	}
}

func TestWAVExtensible(t *testing.T) {
	t.Parallel()
	data := pcm(tone(48000, 440, 1, 0.5))
	le := binary.LittleEndian
	plain := wav(tagExtensible, 16, 1, 48000, data)
	file := append([]byte{}, plain[:36]...)
	le.PutUint32(file[16:], 40)
	file = le.AppendUint16(file, 22)
	file = le.AppendUint32(le.AppendUint16(file, 16), 4)
	file = append(file, "\x01\x00\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"...)
	file = append(file, plain[36:]...)
	wantTone(t, decoded(t, file).At(8000), 8000, 440)
}

func TestWAVHeadersThatLie(t *testing.T) {
	t.Parallel()
	data := pcm(tone(8000, 440, 2, 0.5))
	good := func() []byte { return wav(tagPCM, 16, 1, 8000, data) }
	with := func(at int, b ...byte) []byte {
		f := good()
		copy(f[at:], b)
		return f
	}
	for name, file := range map[string][]byte{
		"no rate":             with(24, 0, 0, 0, 0),
		"a rate of 1":         with(24, 1, 0, 0, 0),
		"a rate of billions":  with(24, 0xFF, 0xFF, 0xFF, 0xFF),
		"no channels":         with(22, 0, 0),
		"65535 channels":      with(22, 0xFF, 0xFF),
		"no bits":             with(34, 0, 0),
		"7 bits":              with(34, 7, 0),
		"an unknown format":   with(20, 0x55, 0),
		"a short format":      with(16, 2, 0, 0, 0),
		"a format of 4 GB":    with(16, 0xFF, 0xFF, 0xFF, 0xFF),
		"only RIFF":           []byte("RIFF\xff\xff\xff\xffWAVE"),
		"data first":          append([]byte("RIFF\x00\x00\x00\x00WAVEdata\x04\x00\x00\x00abcd"), good()[12:]...),
		"no data":             good()[:36],
		"a chunk in the way":  append(append([]byte{}, good()[:12]...), "LIST\xff\xff\xff\xff"...),
		"MP3 in a WAV":        with(20, 0x55, 0),
		"extensible, cut off": with(20, 0xFE, 0xFF),
	} {
		t.Run(name, func(t *testing.T) { refused(t, file, "error.message-unreadable") })
	}
	for name, file := range map[string][]byte{
		"more data than there is": with(40, 0xFF, 0xFF, 0xFF, 0x7F),
		"a RIFF size of nothing":  with(4, 0, 0, 0, 0),
		"a block size of nothing": with(32, 0, 0),
		"half a sample at the end": append(func() []byte {
			f := good()
			binary.LittleEndian.PutUint32(f[40:], uint32(len(data)+1))
			return f
		}(), 1),
		"odd chunks before": append(append(append([]byte{}, good()[:12]...), "LIST\x03\x00\x00\x00abc\x00"...), good()[12:]...),
	} {
		if c := decoded(t, file); c.Length() != 2*time.Second {
			t.Errorf("%s: %v", name, c.Length())
		}
	}
	refused(t, wav(tagPCM, 16, 1, 8000, nil), "error.message-silent")
	refused(t, wav(tagPCM, 16, 1, 8000, make([]byte, 80000)), "error.message-silent")
}

func TestFloatsThatAreNoNumbers(t *testing.T) {
	t.Parallel()
	le := binary.LittleEndian
	data := encoded(tagFloat, 32, tone(16000, 440, 1, 0.5))
	for i, v := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), math.MaxFloat32, -math.MaxFloat32} {
		le.PutUint32(data[4000+4*i:], math.Float32bits(v))
	}
	c := decoded(t, wav(tagFloat, 32, 1, 16000, data))
	if got := c.samples[1000:1005]; got[0] != 0 || got[1] != 32767 || got[2] != -32768 || got[3] != 32767 || got[4] != -32768 {
		t.Errorf("they became %v", got)
	}
}

func FuzzDecode(f *testing.F) {
	for _, name := range []string{"stereo-44100.mp3", "mono-24000.mp3", "vbr-48000.mp3", "mono-22050.mp3", "panic.mp3", "mpeg25-11025.mp3", "layer2.mp3"} {
		f.Add(read(f, name))
	}
	f.Add(wav(tagPCM, 16, 2, 44100, pcm(tone(44100, 440, 0.1, 0.5))))
	f.Add(wav(tagFloat, 64, 1, 8000, encoded(tagFloat, 64, tone(8000, 440, 0.1, 0.5))))
	f.Fuzz(func(t *testing.T, file []byte) {
		c, err := Decode(t.Context(), bytes.NewReader(file), 1<<20)
		if err != nil {
			return
		}
		if c.Length() > MaxLength+time.Second || !known(c.rate) || len(c.samples) == 0 {
			t.Fatalf("%v at %d Hz", c.Length(), c.rate)
		}
		if c.Length() < 3*time.Second { // resampling is not what is attacked
			c.At(8000)
		}
	})
}
