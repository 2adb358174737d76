package opus

import "github.com/pion/opus"

// rate is that of the samples decoded, in Hz.
const rate = 8000

// Decoder decodes the packets of one stream. It belongs to one goroutine at a time.
type Decoder struct {
	inner opus.Decoder
	pcm   [longest]int16
}

// NewDecoder returns a decoder that has heard nothing.
func NewDecoder() *Decoder {
	d := &Decoder{}
	d.Reset()
	return d
}

// Reset has another stream begin.
func (d *Decoder) Reset() {
	d.inner, _ = opus.NewDecoderWithOutput(rate, 1) // refuses other rates only
}

// Decode returns the samples of a packet, mono at 8 kHz and as many as Samples says;
// they are valid until the next call. Of what was lost or cannot be decoded it returns
// silence, and false.
func (d *Decoder) Decode(packet []byte) (pcm []int16, heard bool) {
	p, err := Parse(packet)
	if err != nil {
		return nil, false
	}
	pcm = d.pcm[:p.Samples()]
	if p.Lost() {
		clear(pcm)
		return pcm, false
	}
	if !d.decode(packet, len(pcm)) {
		d.Reset()
		clear(pcm)
		return pcm, false
	}
	return pcm, true
}

// decode guards against what crafted packets make the decoder do.
func (d *Decoder) decode(packet []byte, want int) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	got, err := d.inner.DecodeToInt16(packet, d.pcm[:])
	return err == nil && got == want
}
