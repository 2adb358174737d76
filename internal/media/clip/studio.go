package clip

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"parley/internal/base/fault"
	"parley/internal/domain/message"
	"parley/internal/media/audio"
	"parley/internal/media/codec"
)

// The two rates at which messages are kept, in Hz.
const (
	narrowRate = audio.Rate
	wideRate   = 16000
)

// Studio makes messages of files: message.Studio.
type Studio struct{}

// Make decodes a file of at most limit bytes and evens it.
func (Studio) Make(ctx context.Context, file io.Reader, limit int64) (message.Sound, error) {
	c, err := Decode(ctx, file, limit)
	if err != nil {
		return message.Sound{}, err
	}
	narrow, wide := c.At(narrowRate), c.At(wideRate)
	if narrow == nil || wide == nil { // all of it is above what a telephone carries
		return message.Sound{}, fault.New(fault.Invalid, "error.message-silent")
	}
	alaw := make([]byte, len(narrow))
	codec.Encode(codec.PCMA, alaw, narrow)
	length := time.Duration(len(alaw)) * time.Second / narrowRate
	return message.Sound{Narrow: WAV8k(alaw), Wide: WAV16k(wide), Length: length}, nil
}

// Samples returns the A-law samples of a file that WAV8k made.
func (Studio) Samples(narrow []byte) ([]byte, error) {
	w, err := audio.ReadWAV(bytes.NewReader(narrow), int64(len(narrow)))
	if err != nil {
		return nil, fmt.Errorf("read a message's samples: %w", err)
	}
	if w.Encoding != audio.ALaw || w.Rate != narrowRate || w.Channels != 1 {
		return nil, fmt.Errorf("read a message's samples: not 8 kHz mono A-law but format %d", w.Encoding)
	}
	return w.Data, nil
}

// WAV8k is a file of A-law samples at 8 kHz.
func WAV8k(alaw []byte) []byte {
	return (&audio.WAV{Encoding: audio.ALaw, Rate: narrowRate, Channels: 1, Data: alaw}).Bytes()
}

// WAV16k is a file of 16-bit samples at 16 kHz.
func WAV16k(pcm []int16) []byte {
	data := make([]byte, 0, 2*len(pcm))
	for _, s := range pcm {
		data = binary.LittleEndian.AppendUint16(data, uint16(s))
	}
	return (&audio.WAV{Encoding: audio.PCM16, Rate: wideRate, Channels: 1, Data: data}).Bytes()
}
