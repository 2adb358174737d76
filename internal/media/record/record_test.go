package record

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"parley/internal/media/audio"
	"parley/internal/media/codec"
	"parley/internal/media/relay"
	"parley/internal/shared/callstate"
)

const frame = 20 * time.Millisecond

// studio is a station with a clock moved by hand, and one recording.
type studio struct {
	t       testing.TB
	clock   time.Time
	station *Station
	w       *Writer
}

func newStudio(t testing.TB, law codec.Codec) *studio {
	t.Helper()
	s := &studio{t: t, clock: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
	s.station = newStation(createFile, func() time.Time { return s.clock })
	s.w = s.open(Spec{Codec: law})
	return s
}

// open opens another recording of a customer and an agent.
func (s *studio) open(spec Spec) *Writer {
	s.t.Helper()
	if spec.Path == "" {
		spec.Path = filepath.Join(s.t.TempDir(), "call"+FormatOf(spec.Codec).Ending())
	}
	spec.Channels = []callstate.LegID{callstate.CustomerLeg, callstate.AgentLeg("ann")}
	w, err := s.station.Open(spec)
	if err != nil {
		s.t.Fatal(err)
	}
	return w
}

// wait lets time pass, with its beats.
func (s *studio) wait(d time.Duration) {
	for end := s.clock.Add(d); s.clock.Before(end); {
		step := min(end.Sub(s.clock), frame)
		beats := s.clock.UnixNano() / int64(beat)
		s.clock = s.clock.Add(step)
		if s.clock.UnixNano()/int64(beat) != beats {
			for _, w := range s.station.snapshot(nil) {
				w.flushDue()
			}
		}
	}
}

// stop ends the recording and returns it with its result.
func (s *studio) stop() (*audio.WAV, Result) {
	s.t.Helper()
	result, err := s.w.Stop()
	if err != nil {
		s.t.Fatal(err)
	}
	return readFile(s.t, result.Path), result
}

func readFile(t testing.TB, path string) *audio.WAV {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := audio.ReadWAV(bytes.NewReader(content), 1<<28)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// party sends a tone as packets.
type party struct {
	leg    callstate.LegID
	law    codec.Codec
	source *audio.ToneSource
	voice  [][]byte // of Opus; empty: G.711 of source
	next   relay.Packet
}

func newParty(leg callstate.LegID, law codec.Codec, hz float64) *party {
	return &party{leg: leg, law: law, source: audio.NewToneSource(hz, -12), next: relay.Packet{
		Codec: law, Sequence: 65500, Timestamp: math.MaxUint32 - 4000, Payload: make([]byte, audio.FrameSize),
	}}
}

// packet returns the next packet.
func (p *party) packet() *relay.Packet {
	out := p.next
	if len(p.voice) > 0 {
		out.Codec, out.Payload, p.voice = codec.Opus, p.voice[0], p.voice[1:]
	} else {
		out.Payload = make([]byte, audio.FrameSize)
		p.source.Next(p.law, out.Payload)
	}
	p.next.Sequence++
	p.next.Timestamp += uint32(duration(&out))
	return &out
}

// talk makes the parties speak for d.
func (s *studio) talk(d time.Duration, parties ...*party) {
	for range d / frame {
		s.wait(frame)
		for _, p := range parties {
			s.w.Packet(p.leg, p.packet(), s.clock)
		}
	}
}

func (s *studio) parties() (customer, agent *party) {
	return newParty(callstate.CustomerLeg, codec.PCMA, 440), newParty(callstate.AgentLeg("ann"), codec.PCMU, 1000)
}

// sameLength fails if the recording does not last want, within 40 ms.
func (s *studio) sameLength(wav *audio.WAV, r Result, want time.Duration) {
	s.t.Helper()
	got := time.Duration(len(wav.PCM(0))) * time.Second / audio.Rate
	if d := got - want; d.Abs() > 40*time.Millisecond {
		s.t.Errorf("the recording lasts %v of %v", got, want)
	}
	if r.DurationMS != got.Milliseconds() {
		s.t.Errorf("the result says %d ms, the file has %v", r.DurationMS, got)
	}
}

func TestEachPartyIsHeardInItsChannelOnly(t *testing.T) {
	for _, law := range []codec.Codec{codec.PCMA, codec.PCMU} {
		s := newStudio(t, law)
		customer, agent := s.parties()
		stranger := newParty(callstate.PlayerLeg, codec.PCMA, 600)
		s.talk(3*time.Second, customer, agent, stranger)
		wav, result := s.stop()
		s.sameLength(wav, result, 3*time.Second)
		for channel, hz := range []float64{440, 1000} {
			pcm := wav.PCM(channel)
			if got := audio.Level(pcm, audio.Rate, hz); math.Abs(got+12) > 0.5 {
				t.Errorf("channel %d has %.1f dBFS of its party", channel, got)
			}
			for _, other := range []float64{1440 - hz, 600} {
				if got := audio.Level(pcm, audio.Rate, other); got > -60 {
					t.Errorf("channel %d has %.1f dBFS of %.0f Hz", channel, got, other)
				}
			}
			if loss := audio.Loudness(pcm) - audio.Level(pcm, audio.Rate, hz); loss > 0.2 {
				t.Errorf("channel %d holds %.2f dB beside its tone", channel, loss)
			}
		}
		if info, err := os.Stat(result.Path); err != nil || info.Size() != result.Bytes || len(result.SHA256) != 64 {
			t.Errorf("%d bytes and sum %q for %v, %v", result.Bytes, result.SHA256, info, err)
		}
	}
}

func TestTheFileIsWholeAfterEveryBeat(t *testing.T) {
	s := newStudio(t, codec.PCMA)
	customer, agent := s.parties()
	for range 10 {
		s.talk(300*time.Millisecond, customer, agent)
		info, err := os.Stat(s.w.spec.Path)
		if err != nil {
			t.Fatal(err)
		}
		wav := readFile(t, s.w.spec.Path)
		if int64(len(wav.Data)) != info.Size()-audio.WAVHeaderSize {
			t.Errorf("header says %d of %d bytes", len(wav.Data), info.Size())
		}
		length := s.clock.Sub(s.w.spec.Start)
		if got := time.Duration(len(wav.PCM(0))) * time.Second / audio.Rate; length-got > beat+520*time.Millisecond {
			t.Errorf("%v of %v on disk", got, length)
		}
	}
}

// TestStalledNetworkLeavesNoGap holds a party's packets up for less than the file
// stays behind, and then delivers them at once.
func TestStalledNetworkLeavesNoGap(t *testing.T) {
	const stall = 440 * time.Millisecond
	s := newStudio(t, codec.PCMA)
	customer, _ := s.parties()
	s.talk(2*time.Second, customer)
	s.wait(stall)
	for range stall / frame {
		s.w.Packet(customer.leg, customer.packet(), s.clock)
	}
	s.talk(2*time.Second, customer)
	wav, result := s.stop()
	s.sameLength(wav, result, 4*time.Second+stall)
	pcm := wav.PCM(0)
	for at := audio.Rate / 10; at+audio.Rate/10 < len(pcm); at += audio.Rate / 10 {
		if got := audio.Loudness(pcm[at : at+audio.Rate/10]); got < -16 {
			t.Errorf("%.1f dBFS at %d ms", got, at/millisecond)
		}
	}
}

func TestSilentCallHasItsLength(t *testing.T) {
	s := newStudio(t, codec.PCMU)
	s.wait(10*time.Second + 7*time.Millisecond)
	wav, result := s.stop()
	s.sameLength(wav, result, 10*time.Second+7*time.Millisecond)
	if !onlySilence(wav.Data, codec.PCMU) {
		t.Error("sound out of nowhere")
	}
}

func onlySilence(data []byte, law codec.Codec) bool {
	return !slices.ContainsFunc(data, func(b byte) bool { return b != codec.Silence(law) })
}

func TestPauseLeavesNothing(t *testing.T) {
	s := newStudio(t, codec.PCMA)
	customer, agent := s.parties()
	s.talk(time.Second, customer, agent)
	held := customer.packet() // on its way when the pause begins
	if !s.w.Pause() || s.w.Pause() {
		t.Error("pausing works once")
	}
	s.w.Packet(customer.leg, held, s.clock)
	s.talk(2*time.Second-frame, customer, agent)
	delayed := agent.packet() // spoken in the pause, arrives after it
	s.talk(frame, customer)
	if !s.w.Resume() || s.w.Resume() {
		t.Error("resuming works once")
	}
	s.wait(150 * time.Millisecond)
	s.w.Packet(agent.leg, delayed, s.clock)
	customer.next.Timestamp += 1200
	s.talk(850*time.Millisecond, customer)
	wav, result := s.stop()

	s.sameLength(wav, result, 4*time.Second)
	if want := []Marker{{Paused, 1000}, {Resumed, 3000}}; !slices.Equal(result.Markers, want) {
		t.Errorf("markers %v", result.Markers)
	}
	if !onlySilence(wav.Data[2*audio.Rate:6*audio.Rate], codec.PCMA) {
		t.Error("the pause is not silent on disk")
	}
	before := wav.PCM(0)[:audio.Rate]
	if got := audio.Level(before, audio.Rate, 440); math.Abs(got+12) > 0.5 {
		t.Errorf("before the pause: %.1f dBFS", got)
	}
	if tail := before[audio.Rate-audio.FrameSize:]; audio.Loudness(tail) < -20 {
		t.Error("what came before the pause was cut")
	}
	if got := audio.Level(wav.PCM(0)[3*audio.Rate+2000:], audio.Rate, 440); math.Abs(got+12) > 1 {
		t.Errorf("after the pause: %.1f dBFS", got)
	}
	if got := audio.Loudness(wav.PCM(1)[3*audio.Rate:]); got > -60 {
		t.Errorf("what was said in the pause is heard after it: %.1f dBFS", got)
	}
}

func TestStopIsFinal(t *testing.T) {
	s := newStudio(t, codec.PCMA)
	customer, _ := s.parties()
	s.talk(time.Second, customer)
	_, first := s.stop()
	s.talk(time.Second, customer)
	if s.w.Pause() || s.w.Resume() {
		t.Error("a stopped recording can be paused")
	}
	second, err := s.w.Stop()
	if err != nil || second.SHA256 != first.SHA256 || second.DurationMS != 1000 {
		t.Errorf("stopping again gives %+v, %v", second, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	s := newStudio(t, codec.PCMA)
	legs := []callstate.LegID{callstate.CustomerLeg}
	fresh := filepath.Join(t.TempDir(), "x.wav")
	for name, spec := range map[string]Spec{
		"no path":       {Codec: codec.PCMA, Channels: legs},
		"no codec":      {Path: fresh, Channels: legs},
		"no channel":    {Path: fresh, Codec: codec.PCMA},
		"old start":     {Path: fresh, Codec: codec.PCMA, Channels: legs, Start: s.clock.Add(-2 * time.Hour)},
		"no folder":     {Path: filepath.Join(fresh, "y.wav"), Codec: codec.PCMA, Channels: legs},
		"wrong ending":  {Path: fresh, Codec: codec.Opus, Channels: legs},
		"existing file": {Path: s.w.spec.Path, Codec: codec.PCMA, Channels: legs},
	} {
		if _, err := s.station.Open(spec); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
	if _, err := os.Stat(fresh); err == nil {
		t.Error("a refused recording left a file")
	}
	if sc, err := loadSidecar(sidecarOf(s.w.spec.Path)); err != nil || len(sc.Result.Channels) != 2 {
		t.Errorf("the running recording's sidecar was harmed: %+v, %v", sc, err)
	}
}
