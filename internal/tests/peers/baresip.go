package peers

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/media/audio"
)

// BaresipOptions is the account and the voice of a baresip.
type BaresipOptions struct {
	User       string // of its address
	Domain     string // host:port of a registrar; "" = its own address, no registration
	Password   string
	Register   bool
	AutoAnswer bool
	Hz         float64 // the tone it speaks with; 0 = silence
	Codec      string  // "pcma" or "pcmu"; both if empty
	Encrypt    string  // "srtp-mand", "srtp" or "srtp-mandf" (RTP/SAVPF); plain audio if empty
}

// Baresip is a running foreign phone.
type Baresip struct {
	p      *process
	addr   netip.AddrPort
	dir    string
	conn   net.Conn
	wmu    sync.Mutex
	mu     sync.Mutex
	events []BaresipEvent
	wake   chan struct{}
}

// BaresipEvent is what baresip reports of itself.
type BaresipEvent struct {
	Type  string `json:"type"` // CALL_INCOMING, CALL_RINGING, CALL_ESTABLISHED, CALL_CLOSED, REGISTER_OK, ...
	Param string `json:"param"`
	Peer  string `json:"peeruri"`
}

// StartBaresip starts a phone that listens on Addr when this returns.
func StartBaresip(t testing.TB, o BaresipOptions) *Baresip {
	t.Helper()
	path := lookFor(t, "baresip", "baresip-core")
	port, ctrl, dir := freePort(t), freePort(t), t.TempDir()
	b := &Baresip{addr: loopback(port), dir: dir, wake: make(chan struct{}, 1)}
	b.configure(t, o, ctrl)
	b.p = start(t, dir, path, "-f", dir, "-v")
	b.p.until("taking commands", func() bool {
		var err error
		b.conn, err = net.Dial("tcp", loopback(ctrl).String())
		return err == nil
	})
	t.Cleanup(func() { _ = b.conn.Close() })
	go b.read()
	if o.Register {
		b.Await("REGISTER_OK")
	}
	return b
}

func (b *Baresip) configure(t testing.TB, o BaresipOptions, ctrl int) {
	t.Helper()
	write := func(name, text string) string {
		p := filepath.Join(b.dir, name)
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	var pcm []int16
	if o.Hz > 0 {
		pcm = audio.Tone(o.Hz, -12, 8000, 8000*60)
	} else {
		pcm = make([]int16, 8000*60)
	}
	voice := filepath.Join(b.dir, "voice.wav")
	if err := os.WriteFile(voice, wav(pcm), 0o600); err != nil {
		t.Fatal(err)
	}
	crt, key := Certificate(t)
	cert := write("cert.pem", string(crt)+string(key))
	media := freePort(t)
	write("config", fmt.Sprintf(baresipConfig, b.addr, cert, voice, media, media+40, modulePath(t), b.dir, ctrl))
	write("accounts", b.account(o))
	write("contacts", "")
}

// account is the line of the accounts file.
func (b *Baresip) account(o BaresipOptions) string {
	domain, regint, answer, codecs := o.Domain, 0, "manual", o.Codec
	if domain == "" {
		domain = b.addr.String()
	}
	if o.Register {
		regint = 60
	}
	if o.AutoAnswer {
		answer = "auto"
	}
	if codecs == "" {
		codecs = "pcma,pcmu"
	}
	line := fmt.Sprintf("<sip:%s@%s;transport=udp>;auth_user=%s;auth_pass=%s;regint=%d;answermode=%s;audio_codecs=%s",
		o.User, domain, o.User, o.Password, regint, answer, codecs)
	if o.Encrypt != "" {
		line += ";mediaenc=" + o.Encrypt
	}
	return line + "\n"
}

func modulePath(t testing.TB) string {
	t.Helper()
	for _, pattern := range []string{"/usr/lib/baresip/modules", "/usr/lib/*/baresip/modules", "/usr/local/lib/baresip/modules"} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return found[0]
		}
	}
	t.Fatal("baresip's modules are missing: apt-get install baresip-core")
	return ""
}

// Addr is where the phone's SIP is.
func (b *Baresip) Addr() netip.AddrPort { return b.addr }

// Dial calls a SIP URI.
func (b *Baresip) Dial(uri string) { b.command("dial", uri) }

// Answer takes the call that rings.
func (b *Baresip) Answer() { b.command("accept", "") }

// HangUp ends or declines the current call.
func (b *Baresip) HangUp() { b.command("hangup", "") }

// Hold puts the far end on hold; Resume takes it back.
func (b *Baresip) Hold() { b.command("hold", "") }

// Resume ends Hold.
func (b *Baresip) Resume() { b.command("resume", "") }

// Digit presses a key in the current call.
func (b *Baresip) Digit(d byte) { b.command("sndcode", string(d)) }

// command writes a netstring, as ctrl_tcp wants it.
func (b *Baresip) command(name, params string) {
	b.p.t.Helper()
	text, err := json.Marshal(map[string]string{"command": name, "params": params})
	if err != nil {
		b.p.t.Fatal(err)
	}
	b.wmu.Lock()
	defer b.wmu.Unlock()
	if _, err := fmt.Fprintf(b.conn, "%d:%s,", len(text), text); err != nil {
		b.p.t.Fatalf("baresip %s: %v", name, err)
	}
}

// read collects events until the connection ends.
func (b *Baresip) read() {
	r := bufio.NewReader(b.conn)
	for {
		length, err := r.ReadString(':')
		if err != nil {
			return
		}
		n, err := strconv.Atoi(strings.TrimSuffix(length, ":"))
		if err != nil {
			return
		}
		text := make([]byte, n+1)
		if _, err := io.ReadFull(r, text); err != nil {
			return
		}
		var e BaresipEvent
		if json.Unmarshal(text[:n], &e) != nil || e.Type == "" {
			continue
		}
		b.mu.Lock()
		b.events = append(b.events, e)
		b.mu.Unlock()
		select {
		case b.wake <- struct{}{}:
		default:
		}
	}
}

// Await waits for an event of a type, taking it and all before it away.
func (b *Baresip) Await(kind string) BaresipEvent {
	b.p.t.Helper()
	deadline := time.After(patience)
	for {
		b.mu.Lock()
		for i, e := range b.events {
			if e.Type == kind {
				b.events = b.events[i+1:]
				b.mu.Unlock()
				return e
			}
		}
		b.mu.Unlock()
		select {
		case <-b.wake:
		case <-b.p.done:
			b.p.t.Fatalf("baresip ended before %s: %s", kind, b.p.out.String())
		case <-deadline:
			b.p.t.Fatalf("baresip: no %s, only %v", kind, b.events)
		}
	}
}

// Heard returns what the phone has received so far, as 8 kHz samples, or nil
// if nothing was written yet. It is complete when the call is closed.
func (b *Baresip) Heard() []int16 {
	names, _ := filepath.Glob(filepath.Join(b.dir, "dump-*-dec.wav"))
	if len(names) == 0 {
		return nil
	}
	data, err := os.ReadFile(names[len(names)-1])
	if err != nil || len(data) < 44 {
		return nil
	}
	data = data[44:] // sndfile keeps the sizes in the header wrong until the end
	pcm := make([]int16, len(data)/2)
	for i := range pcm {
		pcm[i] = int16(uint16(data[2*i]) | uint16(data[2*i+1])<<8)
	}
	return pcm
}

// wav is mono 16-bit at 8 kHz.
func wav(pcm []int16) []byte {
	out := audio.AppendWAVHeader(nil, audio.PCM16, 8000, 1, int64(2*len(pcm)))
	for _, s := range pcm {
		out = append(out, byte(s), byte(uint16(s)>>8))
	}
	return out
}

const baresipConfig = `
poll_method epoll
sip_listen %s
sip_certificate %s
net_interface 127.0.0.1
call_local_timeout 120
call_max_calls 4
audio_source aufile,%s
audio_player aubridge,ear
audio_alert aubridge,alert
audio_srate 8000
audio_channels 1
ausrc_format s16
auplay_format s16
auenc_format s16
audec_format s16
audio_buffer 20-160
rtp_tos 184
rtp_ports %d-%d
rtcp_mux no
jitter_buffer_type fixed
jitter_buffer_delay 1-5
module_path %s
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
module srtp.so
module ctrl_tcp.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
snd_path %s
ctrl_tcp_listen 127.0.0.1:%d
`
