package caller

import (
	"encoding/json"
	"os"
	"strconv"
	"testing"
	"time"

	"parley/internal/shared/protocol"
	"parley/wasm/phone"
	"parley/wasm/sound"
)

type rig struct {
	t    *testing.T
	m    *Model
	now  time.Time
	sent []protocol.Message
}

func (r *rig) Send(m protocol.Message) string {
	r.sent = append(r.sent, m)
	return strconv.Itoa(len(r.sent))
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, now: time.Date(2026, 3, 3, 10, 0, 0, 0, time.UTC)}
	r.m = New(texts(t, "en"), r)
	return r
}

func texts(t *testing.T, lang string) phone.Texts {
	t.Helper()
	data, err := os.ReadFile("../../web/locale/" + lang + "/webcall.json")
	if err != nil {
		t.Fatal(err)
	}
	var out phone.Texts
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func (r *rig) hear(s protocol.CallerState) {
	s.Now = r.now.UnixMilli() + 60_000
	r.m.Apply(&s, r.now)
}

func (r *rig) mode(want Mode) View {
	r.t.Helper()
	v := r.m.View(r.now)
	if v.Mode != want {
		r.t.Fatalf("mode %q, want %q", v.Mode, want)
	}
	return v
}

// dialled is a page whose call has been asked for.
func dialled(t *testing.T) *rig {
	t.Helper()
	r := newRig(t)
	r.hear(protocol.CallerState{Phase: "ready"})
	r.m.Connected(true, r.now)
	r.m.Do(DoCall, "Ada", r.now)
	r.m.SetMicrophone(phone.MicGranted)
	return r
}

func TestACall(t *testing.T) {
	r := newRig(t)
	if v := r.mode(Ready); v.Input.Open || v.Busy {
		t.Fatalf("%+v", v)
	}
	r.m.Do(DoCall, "Ada", r.now)
	if v := r.mode(Starting); !v.Input.Open || v.Input.Live {
		t.Fatalf("%+v", v)
	}
	r.m.SetMicrophone(phone.MicGranted)
	if len(r.sent) != 0 {
		t.Fatal("sent before there is a connection")
	}
	r.m.Connected(true, r.now)
	if len(r.sent) != 2 || r.sent[0].Type() != "device" || r.sent[1].(*protocol.CallerStart).Name != "Ada" {
		t.Fatalf("sent %+v", r.sent)
	}
	r.hear(protocol.CallerState{Phase: "ringing"})
	if v := r.mode(Ringing); v.Sound != sound.Ringback {
		t.Fatalf("%+v", v)
	}
	r.hear(protocol.CallerState{Phase: "talking", AnsweredAt: r.now.UnixMilli() + 60_000, Agent: "Bob", Recording: true})
	r.now = r.now.Add(65 * time.Second)
	v := r.mode(Talking)
	if v.Timer != "1:05" || !v.Input.Live || !v.Recording || v.Sound != sound.None || v.Text != "You are talking to Bob" {
		t.Fatalf("%+v", v)
	}
	r.m.Do(DoMute, "", r.now)
	if v := r.mode(Talking); v.Input.Live || !v.Muted {
		t.Fatalf("%+v", v)
	}
	r.hear(protocol.CallerState{Phase: "ended", Text: "Thank you"})
	r.now = r.now.Add(time.Minute)
	if v := r.mode(Ended); v.Timer != "1:05" || v.Input.Open || v.Text != "Thank you" || v.Busy {
		t.Fatalf("%+v", v)
	}
	r.m.Do(DoCall, "Ada", r.now)
	if v := r.mode(Starting); v.Muted || v.Text != "" {
		t.Fatalf("a second call begins with the first one's rests: %+v", v)
	}
}

func TestTheMicrophoneIsRefused(t *testing.T) {
	for _, state := range []phone.Microphone{phone.MicDenied, phone.MicMissing} {
		r := newRig(t)
		r.m.Connected(true, r.now)
		r.m.Do(DoCall, "", r.now)
		r.m.SetMicrophone(state)
		if v := r.mode(Microphone); v.Input.Open || len(r.sent) != 0 {
			t.Fatalf("%s: %+v", state, v)
		}
		r.m.Do(DoCall, "", r.now)
		r.m.SetMicrophone(phone.MicGranted)
		r.mode(Starting)
		if len(r.sent) != 2 {
			t.Fatalf("sent %+v", r.sent)
		}
	}
}

func TestTheServerRefuses(t *testing.T) {
	r := dialled(t)
	r.m.Answered("2", protocol.Result{Text: "The line is closed"})
	if v := r.mode(Offline); v.Text != "The line is closed" || v.Input.Open {
		t.Fatalf("%+v", v)
	}
}

func TestNoConnection(t *testing.T) {
	r := newRig(t)
	r.m.Do(DoCall, "", r.now)
	r.m.SetMicrophone(phone.MicGranted)
	r.now = r.now.Add(patience + time.Second)
	r.mode(Offline)
}

func TestTheConnectionIsLostInACall(t *testing.T) {
	r := dialled(t)
	r.hear(protocol.CallerState{Phase: "talking", AnsweredAt: 1})
	r.m.Connected(false, r.now)
	r.hear(protocol.CallerState{Phase: "ready"})
	r.m.Connected(true, r.now)
	if v := r.mode(Ended); v.Text != r.m.texts.T("webcall.js.lost") {
		t.Fatalf("%+v", v)
	}
	if len(r.sent) != 2 {
		t.Fatalf("called again by itself: %+v", r.sent)
	}
}

func TestHangingUp(t *testing.T) {
	r := dialled(t)
	r.m.Do(DoHangUp, "", r.now)
	if v := r.mode(Ready); v.Input.Open || r.sent[2].Type() != "caller.hangup" {
		t.Fatalf("%+v, sent %+v", v, r.sent)
	}
	r.hear(protocol.CallerState{Phase: "ringing"}) // crossed the hang-up
	r.mode(Ready)

	r = dialled(t)
	r.hear(protocol.CallerState{Phase: "ringing"})
	r.m.Do(DoHangUp, "", r.now)
	r.mode(Ended)
}

func TestTextsAreThere(t *testing.T) {
	for _, lang := range []string{"en", "fr"} {
		have := texts(t, lang)
		for _, key := range Keys() {
			if have[key] == "" {
				t.Errorf("%s: no text for %s", lang, key)
			}
		}
	}
}

func TestKeysAreSentWhileTheyDoSomething(t *testing.T) {
	r := dialled(t)
	r.m.Do(DoPress, "1", r.now) // no call yet
	r.hear(protocol.CallerState{Phase: "menu", Keys: true})
	if v := r.mode(Menu); !v.Keypad || !v.Busy || v.Input.Live || v.Sound != sound.None {
		t.Fatalf("%+v", v)
	}
	for _, key := range []string{"2", "*", "12", "", "A", "é"} {
		r.m.Do(DoPress, key, r.now)
	}
	if len(r.sent) != 4 || r.sent[2].(*protocol.CallerDigits).Digits != "2" || r.sent[3].(*protocol.CallerDigits).Digits != "*" {
		t.Fatalf("sent %+v", r.sent)
	}
	if v := r.mode(Menu); v.Pressed != "2*" {
		t.Fatalf("shown as %q", v.Pressed)
	}
	for range 20 {
		r.m.Do(DoPress, "7", r.now)
	}
	if v := r.mode(Menu); len(v.Pressed) != pressedMost {
		t.Fatalf("shown as %q", v.Pressed)
	}
	sent := len(r.sent)
	r.hear(protocol.CallerState{Phase: "talking", AnsweredAt: 1})
	if v := r.mode(Talking); v.Keypad {
		t.Fatal("a keypad without use")
	}
	if r.m.Do(DoPress, "7", r.now); len(r.sent) != sent {
		t.Fatal("a key is sent that does nothing")
	}
	r.hear(protocol.CallerState{Phase: "ended", Keys: true})
	if v := r.mode(Ended); v.Keypad {
		t.Fatal("a keypad after the call")
	}
	r.m.Do(DoCall, "", r.now)
	if v := r.m.View(r.now); v.Pressed != "" {
		t.Fatal("the next call begins with the keys of the last")
	}
}

func TestTheLine(t *testing.T) {
	for _, c := range []struct {
		place int
		wait  int64
		want  string
	}{
		{1, 0, "You are next in line."},
		{2, 1, "You are number 2 in line. You will wait about a minute."},
		{12, 60_001, "You are number 12 in line. You will wait about 2 minutes."},
		{0, 0, ""},
	} {
		r := dialled(t)
		r.hear(protocol.CallerState{Phase: "queue", Place: c.place, WaitMS: c.wait, Keys: true})
		if v := r.mode(Queue); v.Text != c.want || !v.Keypad || v.Input.Live {
			t.Errorf("%+v: %+v", c, v)
		}
	}
}

func TestAVoicemailIsHeard(t *testing.T) {
	r := dialled(t)
	r.hear(protocol.CallerState{Phase: "voicemail", Keys: true})
	if v := r.mode(Voicemail); !v.Input.Live || !v.Keypad || v.Timer != "" {
		t.Fatalf("%+v", v)
	}
	r.m.Do(DoHangUp, "", r.now)
	r.mode(Ended)
}

// TestRingingIsHeardOnce has the server play what the visitor hears.
func TestRingingIsHeardOnce(t *testing.T) {
	r := dialled(t)
	r.hear(protocol.CallerState{Phase: "ringing", Sounds: true})
	if v := r.mode(Ringing); v.Sound != sound.None {
		t.Fatalf("%+v", v)
	}
}
