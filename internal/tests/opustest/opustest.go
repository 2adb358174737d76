// Package opustest makes packets of Opus and hears them, by ffmpeg: an encoder, and a
// decoder that is none of ours.
package opustest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"parley/internal/media/opus"
)

// Rate is that of the samples heard, in Hz.
const Rate = 8000

// Tone returns packets of a sine of hz at -18 dBFS. Arguments are those of ffmpeg's
// encoder; without them, packets are mono frames of 20 ms as for speech.
func Tone(t testing.TB, hz float64, length time.Duration, args ...string) [][]byte {
	t.Helper()
	source := fmt.Sprintf("sine=f=%v:r=48000:d=%v", hz, length.Seconds()+0.1)
	args = slices.Concat([]string{"-v", "error", "-f", "lavfi", "-i", source, "-ac", "1", "-c:a", "libopus", "-b:a", "32k", "-application", "voip"}, args)
	packets := unpack(run(t, append(args, "-f", "ogg", "-")...))
	var out [][]byte
	for at := 0; at < int(length.Seconds()*Rate) && len(out) < len(packets); at += opus.Samples(packets[len(out)-1]) {
		out = append(out, packets[len(out)])
	}
	return out
}

// unpack returns the packets of an Ogg file, without its head.
func unpack(file []byte) (packets [][]byte) {
	const header, heads = 27, 2
	var packet []byte
	for len(file) > header {
		lacing := file[header : header+int(file[header-1])]
		file = file[header+len(lacing):]
		for _, n := range lacing {
			packet = append(packet, file[:n]...)
			file = file[n:]
			if n < 255 {
				packets, packet = append(packets, packet), nil
			}
		}
	}
	return packets[min(heads, len(packets)):]
}

// Hear returns the samples of each channel of a file, whatever it is, and fails if
// ffmpeg complains of it.
func Hear(t testing.TB, path string) [][]int16 {
	t.Helper()
	probe, err := exec.CommandContext(t.Context(), "ffprobe", "-v", "error", "-show_entries", "stream=channels", "-of", "csv=p=0", path).Output()
	channels, convErr := strconv.Atoi(strings.TrimSpace(string(probe)))
	if err := errors.Join(err, convErr); err != nil {
		t.Fatalf("ffprobe: %v", err)
	}
	out := make([][]int16, channels)
	for i := range out {
		raw := run(t, "-v", "error", "-i", path, "-af", fmt.Sprintf("pan=mono|c0=c%d", i), "-ar", strconv.Itoa(Rate), "-f", "s16le", "-")
		out[i] = samples(raw)
	}
	return out
}

func samples(raw []byte) []int16 {
	out := make([]int16, len(raw)/2)
	for i := range out {
		out[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	return out
}

func run(t testing.TB, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "ffmpeg", args...)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil || complaints.Len() > 0 {
		t.Fatalf("ffmpeg: %v %s", err, complaints.String())
	}
	return out
}
