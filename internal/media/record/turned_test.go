package record

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"parley/internal/media/audio"
	"parley/internal/media/codec"
	"parley/internal/media/opus"
	"parley/internal/media/relay"
	"parley/internal/tests/opustest"
)

// joined stops the recording, which must have become one WAV and nothing else.
func (s *studio) joined(want time.Duration) *audio.WAV {
	s.t.Helper()
	wav, result := s.stop()
	s.sameLength(wav, result, want)
	dir := filepath.Dir(s.w.spec.Path)
	if result.Format != WAV || result.Path != filepath.Join(dir, "call.wav") {
		s.t.Errorf("%+v", result)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 || entries[0].Name() != "call.json" {
		s.t.Errorf("left are %v, %v", entries, err)
	}
	return wav
}

// wantUnbroken fails unless the tone is heard in every tenth of a second but the first.
func wantUnbroken(t testing.TB, pcm []int16, level float64) {
	t.Helper()
	const window = audio.Rate / 10
	for at := window; at+window <= len(pcm); at += window {
		if got := audio.Loudness(pcm[at : at+window]); math.Abs(got-level) > 1.5 {
			t.Errorf("%.1f dBFS at %d ms", got, at/millisecond)
		}
	}
}

// quieter has a party of G.711 as loud as those of Opus.
func quieter(p *party, hz float64) *party {
	p.source = audio.NewToneSource(hz, -18)
	return p
}

// TestPhoneJoinsAnOpusCall has one party's codec change in mid-call, and the other's a
// while later.
func TestPhoneJoinsAnOpusCall(t *testing.T) {
	s := newStudio(t, codec.Opus)
	customer, agent := speakers(t, 5*time.Second)
	quieter(customer, 440)
	quieter(agent, 1000)
	s.talk(2*time.Second, customer, agent)
	customer.voice = nil
	s.talk(2*time.Second, customer, agent)
	agent.voice = nil
	s.talk(2*time.Second, customer, agent)
	wav := s.joined(6 * time.Second)
	channels := [][]int16{wav.PCM(0), wav.PCM(1)}
	for from := range 3 {
		part := func(i int) []int16 { return channels[i][from*2*second+second/2 : (from+1)*2*second-second/2] }
		wantTones(t, [][]int16{part(0), part(1)}, 1)
	}
	for _, pcm := range channels {
		wantUnbroken(t, pcm, -18)
	}
}

// TestLossBeforeTheTurnIsConcealed loses a packet in twenty, in either part.
func TestLossBeforeTheTurnIsConcealed(t *testing.T) {
	s := newStudio(t, codec.Opus)
	customer, agent := speakers(t, 2*time.Second)
	quieter(agent, 1000)
	for i := range 4 * time.Second / frame {
		s.wait(frame)
		if packet := customer.packet(); i%20 != 7 {
			s.w.Packet(customer.leg, packet, s.clock)
		}
		if i == 100 {
			agent.voice, customer.voice = nil, nil
			quieter(customer, 440)
		}
		s.w.Packet(agent.leg, agent.packet(), s.clock)
	}
	wav := s.joined(4 * time.Second)
	pcm := wav.PCM(0)
	for at := second / 5; at+2*slot <= len(pcm); at += slot {
		if got := audio.Loudness(pcm[at : at+slot]); got < -24 {
			t.Errorf("%.1f dBFS at %d ms", got, at/millisecond)
		}
	}
}

// TestPhoneTakesOver has the agent's channel go on with the voice of a phone.
func TestPhoneTakesOver(t *testing.T) {
	s := newStudio(t, codec.Opus)
	customer, ann := speakers(t, 4*time.Second)
	phone := quieter(newParty("phone", codec.PCMU, 700), 700)
	s.talk(2*time.Second, customer, ann)
	s.w.Pass(ann.leg, phone.leg)
	s.talk(2*time.Second, customer, ann, phone)
	wav := s.joined(4 * time.Second)
	wantUnbroken(t, wav.PCM(0), -18)
	wantUnbroken(t, wav.PCM(1), -18)
	if got := audio.Level(wav.PCM(1)[2*second+second/4:], audio.Rate, 700); math.Abs(got+18) > 1 {
		t.Errorf("the phone is at %.1f dBFS", got)
	}
}

// TestLongFramesTurn has a browser send frames of 60 ms.
func TestLongFramesTurn(t *testing.T) {
	s := newStudio(t, codec.Opus)
	customer, agent := speakers(t, 4*time.Second)
	s.talk(time.Second, customer, agent)
	long := opustest.Tone(t, 440, 3*time.Second, "-frame_duration", "60", "-b:a", "14k")
	customer.voice = nil
	for _, packet := range long {
		s.talk(3*frame, agent)
		p := customer.next
		p.Codec, p.Payload = codec.Opus, packet
		s.w.Packet(customer.leg, &p, s.clock)
		customer.next.Sequence++
		customer.next.Timestamp += 3 * slot
	}
	wav := s.joined(4 * time.Second)
	wantTones(t, [][]int16{wav.PCM(0), wav.PCM(1)}, 1)
	wantUnbroken(t, wav.PCM(0), -18)
}

func TestTurnAtOnceAndAtTheEnd(t *testing.T) {
	for _, before := range []time.Duration{0, frame, 3 * time.Second} {
		s := newStudio(t, codec.Opus)
		customer, agent := speakers(t, 4*time.Second)
		quieter(agent, 1000)
		s.talk(before, customer, agent)
		agent.voice = nil
		s.talk(4*time.Second-before, customer, agent)
		wav := s.joined(4 * time.Second)
		for i, hz := range []float64{440, 1000} {
			if got := usually(wav.PCM(i), hz); math.Abs(got+18) > 1 {
				t.Errorf("turned after %v, channel %d has %.1f dBFS of its party", before, i, got)
			}
		}
	}
	s := newStudio(t, codec.Opus) // what comes last is foreign
	customer, agent := speakers(t, time.Second)
	s.talk(time.Second, customer)
	agent.voice = nil
	s.w.Packet(agent.leg, agent.packet(), s.clock)
	wantUnbroken(t, s.joined(time.Second).PCM(0), -18)
}

// TestForeignPacketBeyondTheEnd turns a recording that then ends before the turn.
func TestForeignPacketBeyondTheEnd(t *testing.T) {
	s := newStudio(t, codec.Opus)
	customer, agent := speakers(t, time.Second)
	s.talk(time.Second, customer)
	agent.voice = nil
	s.w.Packet(agent.leg, agent.packet(), s.clock.Add(time.Second))
	result := s.ended()
	if _, length := readOgg(t, result.Path); length != second {
		t.Errorf("%d samples", length)
	}
	for range 2 {
		results, err := Recover(filepath.Dir(result.Path))
		if err != nil || len(results) != 1 || results[0].SHA256 != result.SHA256 {
			t.Errorf("%+v, %v", results, err)
		}
	}
}

// TestPauseAcrossTheTurn turns within a pause, and just behind it.
func TestPauseAcrossTheTurn(t *testing.T) {
	for _, wait := range []time.Duration{0, 100 * time.Millisecond} {
		s := newStudio(t, codec.Opus)
		customer, agent := speakers(t, 4*time.Second)
		quieter(agent, 1000)
		s.talk(time.Second, customer, agent)
		s.w.Pause()
		agent.voice = nil
		s.talk(time.Second, customer, agent)
		s.w.Resume()
		s.talk(wait, customer)
		s.talk(2*time.Second-wait, customer, agent)
		wav := s.joined(4 * time.Second)
		if got := audio.Loudness(wav.PCM(0)[second+slot : 2*second]); got > -60 {
			t.Errorf("the pause is at %.1f dBFS", got)
		}
		if !onlySilence(wav.Data[2*second+4*slot:4*second], codec.PCMA) {
			t.Error("the pause is not silent")
		}
		for _, span := range [][2]int{{second / 4, second - slot}, {2*second + second/4, 4 * second}} {
			wantTones(t, [][]int16{wav.PCM(0)[span[0]:span[1]], wav.PCM(1)[span[0]:span[1]]}, 1)
		}
	}
}

// TestOpusInAWAV has a browser speak Opus in a recording that began as G.711.
func TestOpusInAWAV(t *testing.T) {
	s := newStudio(t, codec.PCMU)
	customer, agent := speakers(t, 3*time.Second)
	customer.voice = nil
	quieter(customer, 440)
	s.talk(3*time.Second, customer, agent)
	wav := s.joined(3 * time.Second)
	wantTones(t, [][]int16{wav.PCM(0), wav.PCM(1)}, 1)
	wantUnbroken(t, wav.PCM(1), -18)
}

// camera is a file of whose folder a copy is made before every write, whole and torn.
type camera struct {
	file
	shot func()
}

func (c camera) WriteAt(p []byte, off int64) (int, error) {
	c.shot()
	if len(p) > 1 {
		if _, err := c.file.WriteAt(p[:len(p)/2], off); err != nil {
			return 0, err
		}
		c.shot()
	}
	return c.file.WriteAt(p, off)
}

// shots copies a folder as it is, at any moment.
func shots(t *testing.T, dir string) (shot func(), copies func() []string) {
	all := t.TempDir()
	n := 0
	shot = func() {
		n++
		if err := os.CopyFS(filepath.Join(all, fmt.Sprint(n)), os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
	}
	copies = func() (out []string) {
		for i := range n {
			out = append(out, filepath.Join(all, fmt.Sprint(i+1)))
		}
		return out
	}
	return shot, copies
}

// TestKilledAtAnyWrite recovers what a crash leaves at any write of a recording that
// turns: one recording, whole, and nothing is lost that had been written.
func TestKilledAtAnyWrite(t *testing.T) {
	s := newStudio(t, codec.Opus)
	if _, err := s.w.Stop(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	shot, copies := shots(t, dir)
	s.station.create = func(path string) (file, error) {
		f, err := createFile(path)
		return camera{f, shot}, err
	}
	s.w = s.open(Spec{Path: filepath.Join(dir, "call.ogg"), Codec: codec.Opus, Start: s.clock})
	customer, agent := speakers(t, 3*time.Second)
	quieter(agent, 1000)
	s.talk(1500*time.Millisecond, customer, agent)
	agent.voice = nil
	s.talk(1500*time.Millisecond, customer, agent)
	s.joined(3 * time.Second)
	shot()

	longest := int64(0)
	for i, dir := range copies() {
		length := recovered(t, dir)
		if i < 2 { // the head is not yet written
			continue
		}
		if length < longest-20 {
			t.Errorf("shot %d: %d ms, one before had %d", i, length, longest)
		}
		longest = max(longest, length)
	}
	if longest != 3000 {
		t.Errorf("%d ms in the end", longest)
	}
}

// recovered recovers the one recording in a folder, twice, and returns its length in ms.
func recovered(t *testing.T, dir string) int64 {
	t.Helper()
	if _, err := os.Stat(filepath.Join(dir, "call.json")); err != nil {
		return 0 // crashed before it began
	}
	results, err := Recover(dir)
	if err != nil || len(results) != 1 {
		t.Fatalf("%s: %+v, %v", dir, results, err)
	}
	r := results[0]
	if again, err := Recover(dir); err != nil || len(again) != 1 || again[0].SHA256 != r.SHA256 {
		t.Fatalf("%s: recovered again as %+v, %v", dir, again, err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("%s: left are %v, %v", dir, entries, err)
	}
	if r.DurationMS < 500 {
		return r.DurationMS
	}
	channels := opustest.Hear(t, r.Path)
	if got := int64(len(channels[0])) / millisecond; got != r.DurationMS {
		t.Errorf("%s: %d ms of %d", dir, got, r.DurationMS)
	}
	for _, pcm := range channels {
		wantUnbroken(t, pcm, -18)
	}
	return r.DurationMS
}

// fewWrites fails from some write on.
type fewWrites struct {
	*os.File
	left int
}

func (f *fewWrites) WriteAt(p []byte, off int64) (int, error) {
	if f.left--; f.left < 0 {
		return 0, os.ErrClosed
	}
	return f.File.WriteAt(p, off)
}

// TestKilledWhileJoining recovers what a crash leaves while the two files become one, and
// what it leaves between that and the removal of the first.
func TestKilledWhileJoining(t *testing.T) {
	s := newStudio(t, codec.Opus)
	customer, agent := speakers(t, 2*time.Second)
	s.talk(1200*time.Millisecond, customer, agent)
	customer.voice, agent.voice = nil, nil
	quieter(customer, 440)
	quieter(agent, 1000)
	s.talk(1300*time.Millisecond, customer, agent)
	dir := filepath.Dir(s.w.spec.Path)
	shot, copies := shots(t, dir)
	shot()
	packets, err := os.ReadFile(s.w.spec.Path)
	if err != nil {
		t.Fatal(err)
	}
	wav, err := os.OpenFile(filepath.Join(dir, "call.wav"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	for writes := range 6 {
		if err := decodeInto(&fewWrites{wav, writes}, bytes.NewReader(packets), s.w.turned.at, 2); !errors.Is(err, os.ErrClosed) {
			t.Fatalf("joined with %d writes, %v", writes, err)
		}
		shot()
	}
	if err := wav.Close(); err != nil {
		t.Fatal(err)
	}
	s.joined(2500 * time.Millisecond)
	write(t, s.w.spec.Path, string(packets)) // not yet removed
	shot()
	for _, dir := range copies() {
		if got := recovered(t, dir); got < 1800 {
			t.Errorf("%d ms", got)
		}
	}
}

// TestRecoverJoinsWhatStopCouldNot has the second file out of reach for a moment.
func TestRecoverJoinsWhatStopCouldNot(t *testing.T) {
	s := newStudio(t, codec.Opus)
	customer, agent := speakers(t, 2*time.Second)
	quieter(agent, 1000)
	s.talk(time.Second, customer, agent)
	agent.voice = nil
	s.talk(time.Second, customer, agent)
	dir := filepath.Dir(s.w.spec.Path)
	wav := filepath.Join(dir, "call.wav")
	if err := os.Rename(wav, wav+".away"); err != nil {
		t.Fatal(err)
	}
	if result, err := s.w.Stop(); err == nil || result.Path != "" {
		t.Fatalf("%+v, %v", result, err)
	}
	if err := os.Rename(wav+".away", wav); err != nil {
		t.Fatal(err)
	}
	if got := recovered(t, dir); got != 2000 {
		t.Errorf("%d ms", got)
	}
}

// TestPacketsThatCannotBeRemoved has something lie where the first file was that cannot be
// removed: the recording stays findable until Recover has done so.
func TestPacketsThatCannotBeRemoved(t *testing.T) {
	s := newStudio(t, codec.Opus)
	customer, agent := speakers(t, 2*time.Second)
	quieter(agent, 1000)
	s.talk(time.Second, customer, agent)
	agent.voice = nil
	s.talk(time.Second, customer, agent)
	s.joined(2 * time.Second)
	path := s.w.spec.Path
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(path, "held"), "")
	result := *s.w.finished
	if err := s.w.conclude(&result); err == nil || result.Path != "" {
		t.Fatalf("%+v, %v", result, err)
	}
	dir := filepath.Dir(path)
	if results, err := Recover(dir); err == nil || len(results) != 0 {
		t.Errorf("recovered with the file still there: %+v, %v", results, err)
	}
	if err := os.Remove(filepath.Join(path, "held")); err != nil {
		t.Fatal(err)
	}
	results, err := Recover(dir)
	if err != nil || len(results) != 1 || results[0].Format != WAV || results[0].DurationMS != 2000 {
		t.Errorf("%+v, %v", results, err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the first file is still there: %v", err)
	}
	result = results[0]
	if err := s.w.conclude(&result); err != nil || result.Path == "" {
		t.Errorf("with the file gone: %+v, %v", result, err)
	}
}

func TestOpusPacketsDoNotAllocate(t *testing.T) {
	s := newStudio(t, codec.Opus)
	customer, agent := speakers(t, 12*time.Second)
	packets := [][]*relay.Packet{nil, nil}
	for range 600 {
		packets[0], packets[1] = append(packets[0], customer.packet()), append(packets[1], agent.packet())
	}
	i := 0
	n := testing.AllocsPerRun(590, func() {
		s.clock = s.clock.Add(frame)
		for leg, id := range s.w.spec.Channels {
			s.w.Packet(id, packets[leg][i], s.clock)
		}
		i++
		s.w.flushDue()
	})
	if n != 0 {
		t.Errorf("%v allocations in 20 ms of a call", n)
	}
	s.ended()
}

// BenchmarkPacket is the packet path alone, by what comes and what it becomes.
func BenchmarkPacket(b *testing.B) {
	voice := opustest.Tone(b, 440, time.Second)
	for name, c := range map[string]struct {
		file codec.Codec
		sent [][]byte
	}{
		"G711":       {codec.PCMA, nil},
		"Opus":       {codec.Opus, voice},
		"OpusInAWAV": {codec.PCMA, voice},
	} {
		b.Run(name, func(b *testing.B) {
			s := newStudio(b, c.file)
			p, _ := s.parties()
			packet := p.packet()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if len(c.sent) > 0 {
					packet.Codec, packet.Payload = codec.Opus, c.sent[i%len(c.sent)]
				}
				packet.Sequence++
				packet.Timestamp += slot
				s.clock = s.clock.Add(frame)
				s.w.Packet(p.leg, packet, s.clock)
				if i%10 == 0 {
					b.StopTimer()
					s.w.discard(s.w.due(s.clock))
					b.StartTimer()
				}
			}
			b.StopTimer()
			if err := s.w.close(); err != nil {
				b.Error(err)
			}
		})
	}
}

// TestSlots rounds places to slots, those before the beginning too.
func TestSlots(t *testing.T) {
	for pos, want := range map[int64]int64{-240: -1, -81: -1, -80: 0, 0: 0, 79: 0, 80: 1, 160: 1, 239: 1, 240: 2} {
		if got := slotOf(pos); got != want {
			t.Errorf("%d is in slot %d, want %d", pos, got, want)
		}
	}
	lost := newShelf()
	p, err := opus.Parse([]byte{0xF8, 1, 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int64{0, 1, 5, 10} {
		lost.put(at, &p, 0)
	}
	var kinds []int
	for i := range int64(12) {
		kinds = append(kinds, len(lost.next(make([]byte, 0, 3))))
		lost.skip(i + 1)
	}
	if lost.put(12+shelfSlots, &p, 0) {
		t.Error("a shelf takes what it is too short for")
	}
	if want := []int{3, 3, 1, 1, 1, 3, 3, 3, 3, 3, 3, 3}; !slices.Equal(kinds, want) {
		t.Errorf("lengths %v", kinds)
	}
}
