package rtc

import "testing"

const head = "v=0\r\no=- 4215775240449105457 3 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"

func TestReadOffer(t *testing.T) {
	for name, c := range map[string]struct {
		sdp  string
		want offered
	}{
		"one section": {
			head + "a=ice-lite\r\nm=audio 9 UDP/TLS/RTP/SAVPF 8 0\r\na=mid:0\r\na=sendrecv\r\n",
			offered{session: "4215775240449105457", mic: "0", lite: true},
		},
		"the second section takes the voice": {
			head + "m=audio 9 UDP/TLS/RTP/SAVPF 8\r\na=mid:a\r\na=sendonly\r\nm=audio 9 UDP/TLS/RTP/SAVPF 8\r\na=mid:b\r\na=recvonly\r\nm=audio 9 X 8\r\na=mid:c\r\n",
			offered{session: "4215775240449105457", mic: "b"},
		},
		"no direction is both":   {head + "m=audio 9 X 8\na=mid:x\n", offered{session: "4215775240449105457", mic: "x"}},
		"video takes no voice":   {head + "m=video 9 X 96\r\na=mid:0\r\n", offered{session: "4215775240449105457"}},
		"nothing":                {"", offered{}},
		"an origin without more": {"o=\r\n", offered{}},
	} {
		if got := readOffer(c.sdp); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func FuzzReadOffer(f *testing.F) {
	f.Add(head + "m=audio 9 X 8\r\na=mid:0\r\n")
	f.Fuzz(func(t *testing.T, sdp string) {
		if o := readOffer(sdp); len(o.mic)+len(o.session) > len(sdp) {
			t.Fatalf("%+v is more than was offered", o)
		}
	})
}
