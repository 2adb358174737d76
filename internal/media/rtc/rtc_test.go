package rtc_test

import (
	"errors"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pion/rtp"
	"go.uber.org/goleak"

	"parley/internal/domain/call"
	"parley/internal/media/codec"
	"parley/internal/media/rtc"
	"parley/internal/tests/softphone"
)

func TestMain(m *testing.M) {
	if os.Getenv(phonesOnly) != "" {
		if err := servePhones(os.Stdin, os.Stdout); err != nil {
			slog.Error("phones", "err", err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

var _ call.Leg = (*rtc.Leg)(nil)

func TestTwoBrowsersHearEachOther(t *testing.T) {
	e := newEngine(t, rtc.Config{})
	a, b := newBrowser(t, e, softphone.Options{}), newBrowser(t, e, softphone.Options{})
	a.connect(t, nil)
	b.connect(t, nil)
	talk(t, a, b)
	a.phone.Tone(500)
	b.phone.Tone(900)
	a.hears(t, 900, 500)
	b.hears(t, 500, 900)
	if st := a.Port().Stats(); st.Out.Packets < 20 || st.In.Packets < 20 || st.Failed > 0 {
		t.Fatalf("stats %+v", st)
	}
}

// laws counts the payload types a phone hears.
type laws struct {
	mu   sync.Mutex
	last uint8
	seen chan uint8
}

func (l *laws) packet(p *rtp.Packet) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p.PayloadType != l.last {
		l.last = p.PayloadType
		l.seen <- p.PayloadType
	}
}

func (l *laws) await(t testing.TB, want uint8) {
	t.Helper()
	select {
	case got := <-l.seen:
		if got != want {
			t.Fatalf("payload type %d, want %d", got, want)
		}
	case <-soon(t).Done():
		t.Fatalf("payload type %d never came", want)
	}
}

func TestPreferChangesTheLawSent(t *testing.T) {
	e := newEngine(t, rtc.Config{})
	heard := &laws{last: 255, seen: make(chan uint8, 10)}
	a, b := newBrowser(t, e, softphone.Options{}), newBrowser(t, e, softphone.Options{OnPacket: heard.packet})
	a.connect(t, nil)
	b.connect(t, nil)
	talk(t, a, b)
	a.phone.Tone(500)
	heard.await(t, 8)
	l := a.Leg("a")
	if err := l.Prefer(codec.PCMA); err != nil {
		t.Fatal(err)
	}
	if err := l.Prefer(codec.PCMU); err != nil {
		t.Fatal(err)
	}
	if err := a.Prefer(codec.PCMA); err != nil {
		t.Fatal(err) // due after the answer
	}
	a.negotiate(t, nil)
	heard.await(t, 0)
	b.hears(t, 500, 900)
	a.negotiate(t, nil)
	heard.await(t, 8)
	select {
	case <-a.offers:
		t.Fatal("an offer too many")
	default:
	}
}

func TestFirstOfferSaysThePreference(t *testing.T) {
	e := newEngine(t, rtc.Config{})
	for law, want := range map[codec.Codec]string{0: " 8 0 111 126\r\n", codec.PCMU: " 0 8 111 126\r\n", codec.Opus: " 111 8 0 126\r\n"} {
		b := newBrowser(t, e, softphone.Options{})
		if law != 0 {
			if err := b.Prefer(law); err != nil {
				t.Fatal(err)
			}
		}
		if err := b.Start(); err != nil {
			t.Fatal(err)
		}
		if offer := <-b.offers; !strings.Contains(offer, want) {
			t.Errorf("preferring %v: no %q in\n%s", law, want, offer)
		}
	}
}

func without(transport string) func(string) string {
	return func(sdp string) string {
		var kept strings.Builder
		for line := range strings.Lines(sdp) {
			if !strings.HasPrefix(line, "a=candidate:") || !strings.Contains(line, " "+transport+" ") {
				kept.WriteString(line)
			}
		}
		return kept.String()
	}
}

func TestTCPWhereUDPIsBlocked(t *testing.T) {
	e := newEngine(t, rtc.Config{TCPAddr: "127.0.0.1:0"})
	a, b := newBrowser(t, e, softphone.Options{TCP: true}), newBrowser(t, e, softphone.Options{})
	a.connect(t, without("udp"))
	b.connect(t, without("tcp"))
	talk(t, a, b)
	a.phone.Tone(500)
	b.phone.Tone(900)
	a.hears(t, 900, 500)
	b.hears(t, 500, 900)
}

func TestRestartKeepsTheConnection(t *testing.T) {
	e := newEngine(t, rtc.Config{})
	a, b := newBrowser(t, e, softphone.Options{}), newBrowser(t, e, softphone.Options{})
	a.connect(t, nil)
	b.connect(t, nil)
	talk(t, a, b)
	a.phone.Tone(500)
	b.hears(t, 500, 900)
	for range 2 {
		if err := a.Restart(); err != nil {
			t.Fatal(err)
		}
		if offer := a.negotiate(t, nil); !strings.Contains(offer, "a=candidate:") {
			t.Fatalf("no candidate in the offer\n%s", offer)
		}
		b.hears(t, 500, 900)
	}
}

func TestListensOnAllAddresses(t *testing.T) {
	for _, addr := range []string{":0", "0.0.0.0:0"} {
		e := newEngine(t, rtc.Config{UDPAddr: addr, TCPAddr: addr})
		newBrowser(t, e, softphone.Options{}).connect(t, nil)
		newBrowser(t, e, softphone.Options{TCP: true}).connect(t, without("udp"))
	}
}

func TestAnnouncesPublicAddresses(t *testing.T) {
	e := newEngine(t, rtc.Config{UDPAddr: "0.0.0.0:0", TCPAddr: "127.0.0.1:0", PublicIPs: []string{"203.0.113.7", "2001:db8::7"}})
	b := newBrowser(t, e, softphone.Options{})
	if err := b.Start(); err != nil {
		t.Fatal(err)
	}
	var addresses []string
	for line := range strings.Lines(<-b.offers) {
		if strings.HasPrefix(line, "a=candidate:") {
			f := strings.Fields(line)
			addresses = append(addresses, f[1]+f[2]+f[4])
		}
	}
	slices.Sort(addresses)
	const want = "1tcp2001:db8::7 1tcp203.0.113.7 1udp2001:db8::7 1udp203.0.113.7"
	if got := strings.Join(addresses, " "); got != want {
		t.Fatalf("announced %s", got)
	}
	if _, err := rtc.New(rtc.Config{UDPAddr: "127.0.0.1:0", PublicIPs: []string{"nowhere"}, Log: quiet()}); err == nil {
		t.Fatal("a malformed public address was taken")
	}
}

func TestUnansweredOfferIsSentAgain(t *testing.T) {
	e := newEngine(t, rtc.Config{})
	b := newBrowser(t, e, softphone.Options{})
	for range 2 {
		if err := b.Start(); err != nil {
			t.Fatal(err)
		}
	}
	if first, again := <-b.offers, <-b.offers; first != again {
		t.Fatalf("another offer came\n%s\n%s", first, again)
	}
	if err := b.Restart(); err != nil {
		t.Fatal(err)
	}
	first := b.negotiate(t, nil)
	if second := b.negotiate(t, nil); second == first {
		t.Fatal("the restart was forgotten")
	}
	b.await(t, rtc.PeerConnected)
}

func TestGarbageFromTheBrowser(t *testing.T) {
	e := newEngine(t, rtc.Config{})
	b := newBrowser(t, e, softphone.Options{})
	if err := b.Answer("v=0"); err == nil {
		t.Fatal("an answer without an offer was taken")
	}
	if err := b.Start(); err != nil {
		t.Fatal(err)
	}
	good := <-b.offers
	for _, bad := range []string{
		"", "garbage", "v=0\r\n", strings.Repeat("a", 1<<20),
		"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n",
		"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 8\r\na=mid:0\r\n",
		"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 8\r\na=mid:0\r\na=ice-ufrag:x\r\na=ice-pwd:y\r\na=fingerprint:sha-256\r\na=setup:active\r\n",
		strings.Replace(good, "m=audio", "m=video", 1),
	} {
		if err := b.Answer(bad); err == nil {
			t.Errorf("taken as an answer: %.60q", bad)
		}
	}
	for _, bad := range []string{"", "[]", "{", strings.Repeat(" ", 1<<20)} {
		if err := b.Candidate(bad); err == nil {
			t.Errorf("taken as a candidate: %.60q", bad)
		}
	}
	answer, err := b.phone.Answer(good)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Answer(answer); err != nil {
		t.Fatalf("a good answer after bad ones: %v", err)
	}
	b.await(t, rtc.PeerConnected)
}

func TestFiftyPeersLeaveNothing(t *testing.T) {
	e := newEngine(t, rtc.Config{})
	var wg sync.WaitGroup
	for range 5 {
		for range 10 {
			b := newBrowser(t, e, softphone.Options{})
			b.connect(t, nil)
			wg.Go(func() {
				if err := b.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
		}
	}
	wg.Wait() // TestMain looks for leaked goroutines
}

// TestBrowserThatSpeaksLess answers without events and mu-law: later offers
// must keep to what was agreed.
func TestBrowserThatSpeaksLess(t *testing.T) {
	e := newEngine(t, rtc.Config{})
	b := newBrowser(t, e, softphone.Options{})
	if err := b.Start(); err != nil {
		t.Fatal(err)
	}
	answer, err := b.phone.Answer(<-b.offers)
	if err != nil {
		t.Fatal(err)
	}
	var less strings.Builder
	for line := range strings.Lines(answer) {
		switch {
		case strings.HasPrefix(line, "m=audio"):
			less.WriteString("m=audio 9 UDP/TLS/RTP/SAVPF 8\r\n")
		case strings.Contains(line, ":126 "), strings.Contains(line, ":0 PCMU"):
		default:
			less.WriteString(line)
		}
	}
	if err := b.Answer(less.String()); err != nil {
		t.Fatal(err)
	}
	b.await(t, rtc.PeerConnected)
	if err := errors.Join(b.Prefer(codec.PCMU), b.Restart()); err != nil {
		t.Fatal(err)
	}
	if offer := b.negotiate(t, nil); !strings.Contains(offer, "SAVPF 8\r\n") {
		t.Fatalf("offered more than was agreed\n%s", offer)
	}
}
