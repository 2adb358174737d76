package record

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"parley/internal/media/audio"
	"parley/internal/media/codec"
	"parley/internal/media/relay"
	"parley/internal/shared/callstate"
)

// childPath makes the test binary a program that records to that path until it
// is killed.
const childPath = "PARLEY_TEST_RECORD_TO"

func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		recordForEver(path)
	}
	goleak.VerifyTestMain(m)
}

// recordForEver says on its output how many milliseconds it has spoken.
func recordForEver(path string) {
	w, err := NewStation().Open(Spec{
		Path: path, Codec: codec.PCMA, Start: time.Now(),
		Channels: []callstate.LegID{callstate.CustomerLeg, callstate.AgentLeg("ann")},
	})
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	customer := newParty(callstate.CustomerLeg, codec.PCMA, 440)
	agent := newParty(callstate.AgentLeg("ann"), codec.PCMU, 1000)
	for at := range time.Tick(frame) {
		w.Packet(customer.leg, customer.packet(), at)
		w.Packet(agent.leg, agent.packet(), at)
		fmt.Println(time.Since(w.spec.Start).Milliseconds())
	}
}

// killedRecording records in a process that is killed after some seconds. It
// returns for how long the process recorded.
func killedRecording(t *testing.T, path string) time.Duration {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childPath+"="+path)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	spoken := 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if spoken, err = strconv.Atoi(lines.Text()); err != nil {
			t.Fatalf("the recording process says %q", lines.Text())
		}
		if spoken > 3300 {
			if err := child.Process.Signal(syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := child.Wait(); child.ProcessState.ExitCode() != -1 {
		t.Fatalf("the recording process ended by itself: %v", err)
	}
	return time.Duration(spoken) * time.Millisecond
}

func TestKilledRecordingPlays(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "call.wav")
	length := killedRecording(t, path)
	plays(t, path, length) // as the crash left it
	results, err := Recover(dir)
	if err != nil || len(results) != 1 {
		t.Fatalf("recovered %+v, %v", results, err)
	}
	plays(t, path, length)
	if ms := results[0].DurationMS; length.Milliseconds()-ms > 1000 || ms > length.Milliseconds() {
		t.Errorf("%d ms recovered of %v", ms, length)
	}
}

// plays fails unless ffmpeg decodes the file without complaint, to both tones,
// with at most a second missing.
func plays(t *testing.T, path string, length time.Duration) {
	t.Helper()
	probe, err := exec.CommandContext(t.Context(), "ffprobe", "-v", "error", "-show_entries",
		"stream=codec_name,channels,duration", "-of", "csv=p=0", path).CombinedOutput()
	if err != nil {
		t.Fatalf("ffprobe: %v %s", err, probe)
	}
	fields := strings.Split(strings.TrimSpace(string(probe)), ",")
	if len(fields) != 3 || fields[0] != "pcm_alaw" || fields[1] != "2" {
		t.Fatalf("ffprobe says %q", probe)
	}
	seconds, err := strconv.ParseFloat(fields[2], 64)
	if err != nil || length.Seconds()-seconds > 1 || seconds > length.Seconds() {
		t.Errorf("%v s of %v, %v", seconds, length, err)
	}
	for channel, hz := range []float64{440, 1000} {
		decode := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error", "-i", path,
			"-af", fmt.Sprintf("pan=mono|c0=c%d", channel), "-f", "s16le", "-")
		var complaints strings.Builder
		decode.Stderr = &complaints
		raw, err := decode.Output()
		if err != nil || complaints.Len() > 0 {
			t.Fatalf("ffmpeg: %v %s", err, complaints.String())
		}
		pcm := (&audio.WAV{Encoding: audio.PCM16, Rate: audio.Rate, Channels: 1, Data: raw}).PCM(0)
		if got := usually(pcm, hz); got < -14 {
			t.Errorf("channel %d plays its tone at %.1f dBFS", channel, got)
		}
		if got := usually(pcm, 1440-hz); got > -50 {
			t.Errorf("channel %d plays the other tone at %.1f dBFS", channel, got)
		}
	}
}

// usually is the median level of a tone over quarters of a second. Over the whole
// file a tone would cancel itself out where a stalled sender broke its phase.
func usually(pcm []int16, hz float64) float64 {
	const window = audio.Rate / 4
	var levels []float64
	for ; len(pcm) >= window; pcm = pcm[window:] {
		levels = append(levels, audio.Level(pcm[:window], audio.Rate, hz))
	}
	if len(levels) == 0 {
		return audio.Quietest
	}
	slices.Sort(levels)
	return levels[len(levels)/2]
}

// TestManyHands uses a live station from many goroutines at once, for the race
// detector. Every other call begins in Opus and turns; in the others, too, a party speaks
// it first.
func TestManyHands(t *testing.T) {
	station, dir := NewStation(), t.TempDir()
	var calls sync.WaitGroup
	for i := range 4 {
		c := []codec.Codec{codec.PCMA, codec.Opus}[i%2]
		w, err := station.Open(Spec{
			Path: filepath.Join(dir, fmt.Sprint(i, FormatOf(c).Ending())), Codec: c,
			Channels: []callstate.LegID{callstate.CustomerLeg, callstate.AgentLeg("ann")},
		})
		if err != nil {
			t.Fatal(err)
		}
		calls.Go(func() { oneCall(t, w) })
	}
	calls.Wait()
	station.Close()
	results, err := Recover(dir)
	if err != nil || len(results) != 4 {
		t.Errorf("%d results, %v", len(results), err)
	}
	for _, r := range results {
		if r.Format != WAV {
			t.Errorf("%s has not turned", r.Path)
		}
	}
}

// oneCall has both parties talk while somebody plays with the pause button.
func oneCall(t *testing.T, w *Writer) {
	var hands sync.WaitGroup
	for _, p := range []*party{
		newParty(callstate.CustomerLeg, codec.PCMA, 440), newParty(callstate.AgentLeg("ann"), codec.PCMU, 1000),
	} {
		if w.spec.Codec == codec.Opus || p.leg != callstate.CustomerLeg {
			p.voice = slices.Repeat([][]byte{{0xF8, 0xFF, 0xFE}}, 35)
		}
		hands.Go(func() {
			ticks := time.NewTicker(frame)
			defer ticks.Stop()
			for range 70 {
				w.Packet(p.leg, p.packet(), <-ticks.C)
			}
		})
	}
	hands.Go(func() {
		for range 50 {
			w.Pause()
			w.Markers()
			w.Resume()
		}
	})
	hands.Wait()
	result, err := w.Stop()
	if err != nil || result.DurationMS < 1390 || len(result.Markers) != 100 {
		t.Errorf("%+v, %v", result, err)
	}
}

func TestPacketDoesNotAllocate(t *testing.T) {
	s := newStudio(t, codec.PCMA)
	customer, agent := s.parties()
	packets := []*relay.Packet{customer.packet(), agent.packet()}
	n := testing.AllocsPerRun(500, func() {
		s.clock = s.clock.Add(frame)
		for i, leg := range s.w.spec.Channels {
			packets[i].Sequence++
			packets[i].Timestamp += audio.FrameSize
			s.w.Packet(leg, packets[i], s.clock)
		}
		s.w.flushDue()
	})
	if n != 0 {
		t.Errorf("%v allocations in 20 ms of a call", n)
	}
	s.stop()
}

// BenchmarkRecordings records 300 calls at once, with every beat but without
// fsync: us/packet is all the CPU they take, system calls included.
func BenchmarkRecordings(b *testing.B) {
	s := newStudio(b, codec.PCMA)
	writers := []*Writer{s.w}
	for len(writers) < 300 {
		writers = append(writers, s.open(Spec{Codec: codec.PCMA}))
	}
	customer, agent := s.parties()
	packets := []*relay.Packet{customer.packet(), agent.packet()}
	b.ReportAllocs()
	b.ResetTimer()
	before, sent := cpu(b), 0
	for b.Loop() { // 20 ms of all calls
		s.wait(frame)
		for i, leg := range s.w.spec.Channels {
			packets[i].Sequence++
			packets[i].Timestamp += audio.FrameSize
			for _, w := range writers {
				w.Packet(leg, packets[i], s.clock)
			}
		}
		sent += 2 * len(writers)
	}
	b.ReportMetric(float64((cpu(b)-before).Nanoseconds())/1000/float64(sent), "us/packet")
	b.StopTimer()
	for _, w := range writers {
		if err := w.close(); err != nil {
			b.Error(err)
		}
	}
}

// cpu returns the time this process has computed.
func cpu(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

var _ relay.Tap = (*Writer)(nil)
