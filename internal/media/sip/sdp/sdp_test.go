package sdp

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

const offer = "v=0\r\no=x 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n" +
	"m=video 5000 RTP/AVP 99\r\na=rtpmap:99 H264/90000\r\n" +
	"m=audio 4000 RTP/AVP 0 8 96\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:96 telephone-event/8000\r\n"

func parse(t *testing.T, body string) *Session {
	t.Helper()
	s, err := Parse([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestChoose(t *testing.T) {
	s := parse(t, offer)
	c, err := Choose(s, answering())
	if err != nil {
		t.Fatal(err)
	}
	want := netip.MustParseAddrPort("192.0.2.1:4000")
	if c.Law != PCMA || c.Index != 1 || c.Event != 96 || c.Remote != want || c.Held() || !c.Wants() {
		t.Errorf("answering chose %+v", c)
	}
	if c, _ = Choose(s, Terms{}); c.Law != PCMU || !slices.Equal(c.Laws, []uint8{PCMU, PCMA}) {
		t.Errorf("their answer chose %+v", c)
	}
}

func TestChooseRefuses(t *testing.T) {
	for name, body := range map[string]string{
		"no audio":        "v=0\r\nc=IN IP4 192.0.2.1\r\nm=video 4 RTP/AVP 0\r\n",
		"port 0":          "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 0 RTP/AVP 0\r\n",
		"SRTP only":       "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4 RTP/SAVP 0\r\n",
		"other codecs":    "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4 RTP/AVP 9 18\r\n",
		"0 is not PCMU":   "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4 RTP/AVP 0\r\na=rtpmap:0 opus/48000\r\n",
		"no address":      "v=0\r\nm=audio 4 RTP/AVP 0\r\n",
		"a name, no addr": "v=0\r\nc=IN IP4 media.example.com\r\nm=audio 4 RTP/AVP 0\r\n",
	} {
		if _, err := Choose(parse(t, body), Terms{}); !errors.Is(err, ErrNoCommon) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestHold(t *testing.T) {
	base := "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 8\r\n"
	for _, tc := range []struct {
		body         string
		held, wants  bool
		answerMustBe string
	}{
		{base, false, true, "a=sendrecv"},
		{base + "a=sendonly\r\n", true, false, "a=recvonly"},
		{base + "a=inactive\r\n", true, false, "a=inactive"},
		{base + "a=recvonly\r\n", false, true, "a=sendonly"},
		{"v=0\r\na=sendonly\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 8\r\n", true, false, "a=recvonly"},
		{"v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 4000 RTP/AVP 8\r\n", true, false, "a=recvonly"},
	} {
		s := parse(t, tc.body)
		c, err := Choose(s, Terms{})
		if err != nil {
			t.Fatal(err)
		}
		if c.Held() != tc.held || c.Wants() != tc.wants {
			t.Errorf("%q: held %t wants %t", tc.body, c.Held(), c.Wants())
		}
		if a := string(local().Answer(s, c, Crypto{})); !strings.Contains(a, tc.answerMustBe+"\r\n") {
			t.Errorf("%q answered %q", tc.body, a)
		}
	}
}

// answering are the terms of who is offered something.
func answering() Terms { return Terms{Laws: []uint8{PCMA, PCMU}} }

func local() Local {
	return Local{Addr: netip.MustParseAddr("198.51.100.7"), Port: 30000, ID: 7, Version: 1}
}

func TestAnswerMirrorsSections(t *testing.T) {
	s := parse(t, offer)
	c, _ := Choose(s, answering())
	back := parse(t, string(local().Answer(s, c, Crypto{})))
	if len(back.Media) != 2 || back.Media[0].Port != 0 || back.Media[0].Kind != "video" {
		t.Fatalf("sections: %+v", back.Media)
	}
	got, err := Choose(back, Terms{})
	if err != nil || got.Law != PCMA || len(got.Laws) != 1 || got.Event != 96 {
		t.Errorf("read back %+v, %v", got, err)
	}
}

func TestOfferReadsBack(t *testing.T) {
	c, err := Choose(parse(t, string(local().Offer([]uint8{PCMA, PCMU}, nil))), Terms{})
	if err != nil || c.Law != PCMA || c.Event != Event || c.Remote != netip.MustParseAddrPort("198.51.100.7:30000") {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestParseRefuses(t *testing.T) {
	for name, body := range map[string]string{
		"empty":          "",
		"no version":     "m=audio 4 RTP/AVP 0\r\n",
		"later version":  "v=1\r\n",
		"too long":       "v=0\r\na=" + strings.Repeat("x", maxBody),
		"too many lines": "v=0\r\n" + strings.Repeat("a=x\n", maxLines),
		"sections":       "v=0\r\n" + strings.Repeat("m=audio 4 RTP/AVP 0\r\n", maxMedia+1),
		"bad port":       "v=0\r\nm=audio 70000 RTP/AVP 0\r\n",
		"bad payload":    "v=0\r\nm=audio 7 RTP/AVP 300\r\n",
		"short line":     "v=0\r\nx\r\n",
		"bad c":          "v=0\r\nc=IN\r\n",
	} {
		if _, err := Parse([]byte(body)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(offer))
	f.Add([]byte("v=0\r\nc=IN IP6 ::1\r\nm=audio 4/2 RTP/AVPF 8 101\r\na=rtpmap:101 telephone-event/8000/1\r\na=inactive\r\n"))
	for _, line := range append(useless(), "1 "+cm, "2 "+gcm) {
		for _, proto := range []string{"RTP/AVP", "RTP/SAVP", "RTP/SAVPF"} {
			f.Add([]byte(section(proto, line, "7 "+cm)))
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := Parse(body)
		if err != nil {
			return
		}
		c, err := Choose(s, answering())
		if err != nil {
			return
		}
		back, err := Parse(local().Answer(s, c, keyFor(t, c)))
		if err != nil {
			t.Fatalf("our own answer is refused: %v", err)
		}
		if len(back.Media) != len(s.Media) {
			t.Fatalf("answer has %d sections for %d", len(back.Media), len(s.Media))
		}
		terms := Terms{Offered: s.Media[c.Index].Cryptos}
		if !c.Encrypted() {
			terms.Offered = nil // it was free to take none
		}
		got, err := Choose(back, terms)
		if err != nil || got.Law != c.Law || got.Crypto.Tag != c.Crypto.Tag || got.Crypto.Suite != c.Crypto.Suite {
			t.Fatalf("answer chooses %+v, %v", got, err)
		}
	})
}

// keyFor is ours to what was chosen.
func keyFor(t *testing.T, c Choice) Crypto {
	t.Helper()
	if !c.Encrypted() {
		return Crypto{}
	}
	key := NewCrypto(c.Crypto.Suite)
	key.Tag = c.Crypto.Tag
	return key
}
