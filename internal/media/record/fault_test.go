package record

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"parley/internal/media/audio"
	"parley/internal/media/codec"
	"parley/internal/media/opus"
	"parley/internal/shared/callstate"
)

// sickFile is a file on a disk that may be full.
type sickFile struct {
	file
	disk *sickDisk
}

// sickDisk holds at most room bytes of samples, which a test may change.
type sickDisk struct {
	room   int64
	refuse bool // to sync
}

func (d *sickDisk) create(path string) (file, error) {
	f, err := createFile(path)
	return sickFile{f, d}, err
}

func (f sickFile) WriteAt(p []byte, off int64) (int, error) {
	if over := off + int64(len(p)) - f.disk.room; over > 0 {
		n, _ := f.file.WriteAt(p[:max(int64(len(p))-over, 0)], off)
		return n, syscall.ENOSPC
	}
	return f.file.WriteAt(p, off)
}

func (f sickFile) Sync() error {
	if f.disk.refuse {
		return syscall.EIO
	}
	return f.file.Sync()
}

// newSickStudio returns a studio on a sick disk, and the alarms raised.
func newSickStudio(t *testing.T, disk *sickDisk) (*studio, *[]error) {
	return newSickStudioOf(t, disk, codec.PCMA)
}

func newSickStudioOf(t *testing.T, disk *sickDisk, c codec.Codec) (*studio, *[]error) {
	var alarms []error
	s := newStudio(t, c)
	if _, err := s.w.Stop(); err != nil {
		t.Fatal(err)
	}
	s.station.create = disk.create
	s.w = s.open(Spec{Codec: c, Alarm: func(err error) { alarms = append(alarms, err) }})
	return s, &alarms
}

func TestFullDiskStopsTheFileAndNothingElse(t *testing.T) {
	disk := &sickDisk{room: 2*audio.Rate + 501}
	s, alarms := newSickStudio(t, disk)
	customer, agent := s.parties()
	s.talk(4*time.Second, customer, agent)
	if len(*alarms) != 1 || !errors.Is((*alarms)[0], syscall.ENOSPC) {
		t.Fatalf("alarms %v", *alarms)
	}
	if seconds := float64(len(readFile(t, s.w.spec.Path).PCM(1))) / audio.Rate; seconds > 1.1 || seconds < 0.7 {
		t.Errorf("the full disk holds %.2f s", seconds)
	}

	disk.room = math.MaxInt64
	s.talk(4*time.Second, customer, agent)
	if len(*alarms) != 2 || (*alarms)[1] != nil {
		t.Errorf("alarms after recovery: %v", *alarms)
	}
	wav, result := s.stop()
	s.sameLength(wav, result, 8*time.Second)
	if !onlySilence(wav.Data[2*audio.Rate*3/2:2*audio.Rate*7/2], codec.PCMA) {
		t.Error("what the disk missed is not silence")
	}
	for channel, hz := range []float64{440, 1000} {
		if got := audio.Level(wav.PCM(channel)[6*audio.Rate:], audio.Rate, hz); math.Abs(got+12) > 0.5 {
			t.Errorf("channel %d after recovery: %.1f dBFS", channel, got)
		}
	}
}

// numbers returns a customer's packets of Opus, each told by its number.
func numbers(n int) *party {
	p := newParty(callstate.CustomerLeg, codec.PCMA, 440)
	for i := range n {
		p.voice = append(p.voice, []byte{0xF8, byte(i), byte(i >> 8), 1})
	}
	return p
}

// wantNumbers fails unless every slot has its packet, but for one span, from about slot
// from to about slot to, that is silence.
func wantNumbers(t *testing.T, path string, from, to int) {
	t.Helper()
	slots, _ := readOgg(t, path)
	silent := func(streams [][]byte) bool { return len(streams[0]) == 3 }
	first := slices.IndexFunc(slots, silent)
	behind := first
	for behind < len(slots) && silent(slots[behind]) {
		behind++
	}
	if first < from-10 || first > from || behind < to || behind > to+10 {
		t.Errorf("silence from slot %d to %d, want about %d to %d", first, behind, from, to)
	}
	from, to = first, behind
	for i, streams := range slots {
		want := []byte{0xF8, byte(i), byte(i >> 8), 1}
		if i >= from && i < to {
			want = opus.AppendSilence(nil)
		}
		if !bytes.Equal(streams[0], want) {
			t.Errorf("slot %d is % x", i, streams[0])
		}
	}
}

func TestFullDiskInOpus(t *testing.T) {
	disk := &sickDisk{room: 1000}
	s, alarms := newSickStudioOf(t, disk, codec.Opus)
	customer := numbers(400)
	s.talk(4*time.Second, customer)
	if len(*alarms) != 1 || !errors.Is((*alarms)[0], syscall.ENOSPC) {
		t.Fatalf("alarms %v", *alarms)
	}
	before, _ := readOgg(t, s.w.spec.Path)
	disk.room = math.MaxInt64
	s.talk(4*time.Second, customer)
	if len(*alarms) != 2 || (*alarms)[1] != nil {
		t.Errorf("alarms after recovery: %v", *alarms)
	}
	result := s.ended()
	if result.DurationMS != 8000 || len(before) < 20 {
		t.Errorf("%d slots before, %+v", len(before), result)
	}
	wantNumbers(t, result.Path, len(before), 170) // what was due when the disk took it again
}

func TestStopOnAFullDiskInOpus(t *testing.T) {
	s, _ := newSickStudioOf(t, &sickDisk{room: 1000}, codec.Opus)
	s.talk(3*time.Second, numbers(200))
	result, err := s.w.Stop()
	if !errors.Is(err, syscall.ENOSPC) || result.Path == "" {
		t.Errorf("stopped with %+v, %v", result, err)
	}
	if _, length := readOgg(t, result.Path); length/millisecond != result.DurationMS || length < second/2 {
		t.Errorf("%d samples on disk, result says %d ms", length, result.DurationMS)
	}
}

// TestStuckDiskInOpus lets no beat happen for longer than the shelves hold.
func TestStuckDiskInOpus(t *testing.T) {
	s, alarms := newSickStudioOf(t, &sickDisk{room: math.MaxInt64}, codec.Opus)
	customer := numbers(600)
	s.talk(time.Second, customer)
	for range 7 * time.Second / frame {
		s.clock = s.clock.Add(frame)
		s.w.Packet(customer.leg, customer.packet(), s.clock)
	}
	s.talk(2*time.Second, customer)
	if len(*alarms) != 2 || !errors.Is((*alarms)[0], errBehind) || (*alarms)[1] != nil {
		t.Errorf("alarms %v", *alarms)
	}
	result := s.ended()
	if result.DurationMS != 10000 {
		t.Errorf("%+v", result)
	}
	wantNumbers(t, result.Path, 25+shelfSlots, 400) // what was due at the last beat, and all that is held
}

func TestStopOnAFullDiskGivesWhatIsThere(t *testing.T) {
	disk := &sickDisk{room: 2 * audio.Rate}
	s, _ := newSickStudio(t, disk)
	customer, agent := s.parties()
	s.talk(3*time.Second, customer, agent)
	result, err := s.w.Stop()
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("stopped with %v", err)
	}
	wav := readFile(t, result.Path)
	if ms := int64(len(wav.PCM(0))) / millisecond; ms != result.DurationMS || ms < 500 || ms > 1000 {
		t.Errorf("%d ms on disk, result says %d", ms, result.DurationMS)
	}
}

func TestFailingSyncAlarmsOnce(t *testing.T) {
	disk := &sickDisk{room: math.MaxInt64, refuse: true}
	s, alarms := newSickStudio(t, disk)
	customer, _ := s.parties()
	for range 3 {
		s.talk(time.Second, customer)
		s.w.sync()
	}
	if len(*alarms) != 1 || !errors.Is((*alarms)[0], syscall.EIO) {
		t.Fatalf("alarms %v", *alarms)
	}
	disk.refuse = false
	s.w.sync()
	if len(*alarms) != 2 || (*alarms)[1] != nil {
		t.Errorf("alarms after recovery: %v", *alarms)
	}
	s.stop()
}

// TestStuckDisk lets no beat happen for longer than the rings hold.
func TestStuckDisk(t *testing.T) {
	s, alarms := newSickStudio(t, &sickDisk{room: math.MaxInt64})
	customer, _ := s.parties()
	s.talk(time.Second, customer)
	for range 6 * time.Second / frame {
		s.clock = s.clock.Add(frame)
		s.w.Packet(customer.leg, customer.packet(), s.clock)
	}
	s.talk(3*time.Second, customer)
	if len(*alarms) != 2 || !errors.Is((*alarms)[0], errBehind) || (*alarms)[1] != nil {
		t.Errorf("alarms %v", *alarms)
	}
	wav, result := s.stop()
	s.sameLength(wav, result, 10*time.Second)
	pcm := wav.PCM(0)
	for _, span := range [][2]int{{0, 4}, {8, 10}} {
		if got := audio.Level(pcm[span[0]*audio.Rate:span[1]*audio.Rate], audio.Rate, 440); math.Abs(got+12) > 0.5 {
			t.Errorf("seconds %v: %.1f dBFS", span, got)
		}
	}
}

func TestRecoverReturnsUntilForgotten(t *testing.T) {
	dir := t.TempDir()
	s := newStudio(t, codec.PCMA)
	s.stop()
	var written []Result
	for _, name := range []string{"ended.wav", "cut.wav"} {
		s.w = s.open(Spec{Path: filepath.Join(dir, name), Codec: codec.PCMU, Start: s.clock})
		customer, agent := s.parties()
		s.talk(time.Second, customer, agent)
		s.w.Pause()
		s.talk(time.Second, customer, agent)
		if name == "ended.wav" {
			_, r := s.stop()
			written = append(written, r)
		}
	}
	s.w.sync() // and now the process dies: a torn header and an odd tail are left
	cut := s.w.spec.Path
	tear(t, cut)
	write(t, filepath.Join(dir, "broken.wav.json"), "{")
	write(t, filepath.Join(dir, "scratch.wav.json.tmp"), "{")
	write(t, filepath.Join(dir, "gone.wav.json"), `{"version":1,"codec":"pcma","result":{"channels":["customer"]}}`)
	write(t, filepath.Join(dir, "notes.txt"), "not ours")

	for round := range 2 {
		results, err := Recover(dir)
		if err == nil || len(results) != 2 {
			t.Fatalf("round %d: %d results, error %v", round, len(results), err)
		}
		got, ended := results[0], results[1]
		if ended.SHA256 != written[0].SHA256 || ended.DurationMS != 2000 || ended.Path != written[0].Path {
			t.Errorf("ended recording came back as %+v", ended)
		}
		if got.Path != cut || len(got.Markers) != 1 || got.Markers[0] != (Marker{Paused, 1000}) || !got.Start.Equal(s.w.spec.Start) {
			t.Errorf("cut recording came back as %+v", got)
		}
		wav := readFile(t, cut)
		if ms := int64(len(wav.PCM(0))) / millisecond; ms != got.DurationMS || ms < 1400 || ms > 2000 {
			t.Errorf("%d ms in the file, %d in the result", ms, got.DurationMS)
		}
		if bytes, digest, err := sum(cut); err != nil || bytes != got.Bytes || digest != got.SHA256 {
			t.Errorf("the file is %d bytes %s, result %+v, %v", bytes, digest, got, err)
		}
	}
	for _, path := range []string{cut, written[0].Path} {
		if err := Forget(path); err != nil {
			t.Error(err)
		}
	}
	if results, _ := Recover(dir); len(results) != 0 {
		t.Errorf("forgotten recordings came back: %+v", results)
	}
	for name, want := range map[string]bool{
		"scratch.wav.json.tmp": false, "gone.wav.json": false, "broken.wav.json": true, "notes.txt": true, "cut.wav": true,
	} {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// tear leaves path as a crash between two writes may.
func tear(t *testing.T, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copy(content[audio.WAVHeaderSize-4:], []byte{0, 0, 0, 0})
	write(t, path, string(content[:len(content)-1]))
}
