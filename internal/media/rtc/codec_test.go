package rtc

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/pion/rtp"

	"parley/internal/media/codec"
	"parley/internal/media/relay"
)

// FuzzParse compares our reading of RTP with pion's, but for header extensions:
// pion lets an element run on into the payload.
func FuzzParse(f *testing.F) {
	plain, err := (&rtp.Packet{
		Header:  rtp.Header{Version: 2, Marker: true, PayloadType: payloadPCMA, SequenceNumber: 7, Timestamp: 9, CSRC: []uint32{1, 2}},
		Payload: []byte("voice"),
	}).Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(plain)
	f.Add([]byte{0x80, payloadEvent, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 0, 0, 160})
	f.Add([]byte{0xB0, payloadPCMU, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0xBE, 0xDE, 0, 1, 0x10, 5, 0, 0, 1, 2, 0, 2})
	f.Add([]byte{0xBF, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		var ours relay.Packet
		ok := parse(b, &ours)
		var theirs rtp.Packet
		if !ok || theirs.Unmarshal(b) != nil || theirs.Extension {
			return
		}
		if ours.Sequence != theirs.SequenceNumber || ours.Timestamp != theirs.Timestamp || ours.Marker != theirs.Marker ||
			payloadType(&ours) != theirs.PayloadType || !bytes.Equal(ours.Payload, theirs.Payload) {
			t.Fatalf("parsed %+v, pion says %v", ours, theirs.Header)
		}
	})
}

func TestParseSkipsWhatIsNotAudio(t *testing.T) {
	b := []byte{0xB1, 0x80 | payloadPCMU, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 9, 9, 9, 9, 0xBE, 0xDE, 0, 1, 0x10, 5, 0, 0, 'o', 'k', 0, 2}
	want := relay.Packet{Kind: relay.Audio, Codec: codec.PCMU, Marker: true, Sequence: 1, Timestamp: 2}
	var p relay.Packet
	ok := parse(b, &p)
	payload := string(p.Payload)
	p.Payload = nil
	if !ok || payload != "ok" || !reflect.DeepEqual(p, want) {
		t.Fatalf("parsed %v %q %+v", ok, payload, p)
	}
}

func TestParseRefuses(t *testing.T) {
	for name, b := range map[string][]byte{
		"short":         {0x80, payloadPCMA, 0},
		"version":       {0x40, payloadPCMA, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1},
		"empty":         {0x80, payloadPCMA, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3},
		"comfort noise": {0x80, 13, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1},
		"sources":       {0x8F, payloadPCMA, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1},
		"extension":     {0x90, payloadPCMA, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 255, 255, 1},
		"padding":       {0xA0, payloadPCMA, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 200},
	} {
		var p relay.Packet
		if parse(b, &p) {
			t.Errorf("%s: parsed %+v", name, p)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n" + strings.Repeat("m=audio 9 UDP/TLS/RTP/SAVPF 8 111\r\na=mid:0\r\na=ice-ufrag:abcd\r\n"+
		"a=ice-pwd:0123456789012345678901\r\na=fingerprint:sha-256 00:11\r\na=setup:active\r\n", tracks))
	f.Fuzz(func(t *testing.T, text string) {
		a, err := readAnswer(text)
		if err == nil && (a.fingerprint == "" || !a.speaks(codec.PCMA) && !a.speaks(codec.PCMU)) {
			t.Fatalf("taken: %+v", a)
		}
	})
}
