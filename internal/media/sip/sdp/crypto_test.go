package sdp

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"parley/internal/media/srtp"

	"pgregory.net/rapid"
)

// The keys of RFC 4568 section 5 and of one as long as RFC 7714 has them.
const (
	cm  = "AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
	gcm = "AEAD_AES_128_GCM inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw=="
)

// section is a body with one section and a line of each key.
func section(proto string, keys ...string) string {
	body := "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 " + proto + " 8\r\n"
	for _, k := range keys {
		body += "a=crypto:" + k + "\r\n"
	}
	return body
}

// useless are lines that RFC 4568 has skipped.
func useless() []string {
	return []string{
		"", "1", "x " + cm, "-1 " + cm, "1234567890 " + cm, "1  inline:AAAA",
		"1 AES_CM_128_HMAC_SHA1_32 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz",
		"1 AES_CM_128_HMAC_SHA1_80 inline:", "1 AES_CM_128_HMAC_SHA1_80 inline:####", "1 AES_CM_128_HMAC_SHA1_80 uri:x",
		"1 " + strings.Replace(gcm, "AEAD_AES_128_GCM", "AES_CM_128_HMAC_SHA1_80", 1), // two bytes short
		"1 " + cm + "|2^20|1:4", "1 " + cm + "|1:4", "1 " + cm + ";inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz",
		"1 " + cm + "|2^49", "1 " + cm + "|0", "1 " + cm + "|", "1 " + cm + "|2^",
		"1 " + cm + " UNENCRYPTED_SRTP", "1 " + cm + " UNENCRYPTED_SRTCP", "1 " + cm + " UNAUTHENTICATED_SRTP",
		"1 " + cm + " KDR=1", "1 " + cm + " FEC_ORDER=FEC_SRTP", "1 " + cm + " WSH=64 FEC_KEY=inline:AAAA", "1 " + cm + " new=1",
	}
}

func TestUselessKeysAreSkipped(t *testing.T) {
	for _, line := range useless() {
		if got := parse(t, section("RTP/SAVP", line)).Media[0].Cryptos; len(got) != 0 {
			t.Errorf("%q is taken", line)
		}
		if _, err := Choose(parse(t, section("RTP/SAVP", line)), answering()); !errors.Is(err, ErrNoKey) || !errors.Is(err, ErrNoCommon) {
			t.Errorf("a section with %q alone: %v", line, err)
		}
		c, err := Choose(parse(t, section("RTP/SAVP", line, "7 "+cm)), answering())
		if err != nil || c.Crypto.Tag != 7 {
			t.Errorf("behind %q: %+v, %v", line, c, err)
		}
	}
}

func TestKeysAreRead(t *testing.T) {
	for line, want := range map[string]srtp.Profile{
		"1 " + cm:                                    srtp.AES128CMSHA80,
		"999999999 " + cm + "|2^48":                  srtp.AES128CMSHA80,
		"1 " + cm + "|1000 WSH=128 -new":             srtp.AES128CMSHA80,
		"1 " + strings.ToLower(cm[:23]) + cm[23:]:    srtp.AES128CMSHA80,
		"3 " + gcm:                                   srtp.AEADAES128GCM,
		"3 " + strings.TrimRight(gcm, "=") + "|2^31": srtp.AEADAES128GCM,
	} {
		c, err := Choose(parse(t, section("RTP/SAVPF", line)), answering())
		if err != nil || c.Crypto.Suite != want {
			t.Errorf("%q: %+v, %v", line, c, err)
		}
		if _, err := c.Crypto.Receiver(); err != nil {
			t.Errorf("%q: %v", line, err)
		}
	}
}

func TestKeysAreBounded(t *testing.T) {
	var keys []string
	for i := range 3 * maxCryptos {
		keys = append(keys, fmt.Sprintf("%d %s", i/2, cm)) // each tag twice
	}
	if got := parse(t, section("RTP/SAVP", keys...)).Media[0].Cryptos; len(got) != maxCryptos {
		t.Errorf("%d keys are kept", len(got))
	}
}

// TestWhatIsAnswered: which sections of an offer a trunk that demands encryption takes,
// and one that does not.
func TestWhatIsAnswered(t *testing.T) {
	plain, both := section("RTP/AVP"), section("RTP/AVP", "2 "+gcm, "1 "+cm)
	demanding := Terms{Laws: answering().Laws, Encrypted: true}
	for name, tc := range map[string]struct {
		body  string
		terms Terms
		tag   uint32 // 0: plain
		err   error
	}{
		"plain":                   {plain, answering(), 0, nil},
		"plain, refused":          {plain, demanding, 0, ErrNoKey},
		"either":                  {both, answering(), 2, nil},
		"either, demanded":        {both, demanding, 2, nil},
		"either, no key of use":   {section("RTP/AVP", "1 x"), answering(), 0, nil},
		"encrypted":               {section("RTP/SAVP", "5 "+cm), answering(), 5, nil},
		"no codec":                {strings.Replace(section("RTP/SAVP", "5 "+cm), "SAVP 8", "SAVP 18", 1), answering(), 0, ErrNoCommon},
		"the second section":      {section("RTP/SAVP", "1 x") + strings.TrimPrefix(section("RTP/AVP"), "v=0\r\n"), answering(), 0, nil},
		"keyed by DTLS":           {section("UDP/TLS/RTP/SAVP", "5 "+cm), answering(), 0, ErrNoCommon},
		"for the session, not m=": {"v=0\r\na=crypto:1 " + cm + "\r\n" + section("RTP/SAVP")[5:], answering(), 0, ErrNoKey},
	} {
		c, err := Choose(parse(t, tc.body), tc.terms)
		if !errors.Is(err, tc.err) || c.Crypto.Tag != tc.tag || c.Encrypted() != (tc.tag != 0) {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
}

func TestAnswersToAnOfferWithKeys(t *testing.T) {
	var offered []Crypto
	for i, suite := range Suites() {
		c := NewCrypto(suite)
		c.Tag = uint32(i + 1)
		offered = append(offered, c)
	}
	offer := string(local().Offer([]uint8{PCMA}, offered))
	if !strings.Contains(offer, "m=audio 30000 RTP/SAVP 8 101\r\n") {
		t.Errorf("offered\n%s", offer)
	}
	if got := parse(t, offer).Media[0].Cryptos; !slices.Equal(got, offered) {
		t.Errorf("read back %d keys", len(got))
	}
	own := base64.StdEncoding.EncodeToString(offered[0].Key.b[:])
	for name, tc := range map[string]struct {
		body string
		good bool
	}{
		"first suite":    {section("RTP/SAVP", "1 "+cm), true},
		"second suite":   {section("RTP/SAVP", "2 "+gcm), true},
		"in RTP/AVP":     {section("RTP/AVP", "1 "+cm), true},
		"suite of other": {section("RTP/SAVP", "1 "+gcm), false},
		"unknown tag":    {section("RTP/SAVP", "3 "+cm), false},
		"our own key":    {section("RTP/SAVP", "1 AES_CM_128_HMAC_SHA1_80 inline:"+own), false},
		"no key":         {section("RTP/SAVP"), false},
		"plain":          {section("RTP/AVP"), false},
	} {
		c, err := Choose(parse(t, tc.body), Terms{Offered: offered})
		if (err == nil) != tc.good || !tc.good && !errors.Is(err, ErrNoKey) || c.Encrypted() != tc.good {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
	// What was not offered is not agreed: a key in the answer to a plain offer.
	if c, err := Choose(parse(t, section("RTP/AVP", "1 "+cm)), Terms{}); err != nil || c.Encrypted() {
		t.Errorf("a key that nobody asked for: %+v, %v", c, err)
	}
}

// TestKeysComeAcross: whatever is offered, the answer names it, and each side reads the
// other one's key as it was made.
func TestKeysComeAcross(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var offered []Crypto
		for _, suite := range rapid.Permutation(Suites()).Draw(rt, "suites")[:rapid.IntRange(1, len(Suites())).Draw(rt, "n")] {
			c := NewCrypto(suite)
			c.Tag = rapid.Uint32Range(0, 999_999_999).Draw(rt, "tag")
			if !slices.ContainsFunc(offered, func(o Crypto) bool { return o.Tag == c.Tag }) {
				offered = append(offered, c)
			}
		}
		s, err := Parse(local().Offer([]uint8{PCMU, PCMA}, offered))
		if err != nil {
			rt.Fatal(err)
		}
		c, err := Choose(s, Terms{Laws: []uint8{PCMA}, Encrypted: true})
		if err != nil || c.Crypto != offered[0] {
			rt.Fatalf("chose %+v, %v", c, err)
		}
		ours := NewCrypto(c.Crypto.Suite)
		ours.Tag = c.Crypto.Tag
		back, err := Parse(local().Answer(s, c, ours))
		if err != nil {
			rt.Fatal(err)
		}
		if got, err := Choose(back, Terms{Offered: offered}); err != nil || got.Crypto != ours {
			rt.Fatalf("answered %+v, %v", got, err)
		}
	})
}

// TestKeysAreNotPrinted, in whatever way.
func TestKeysAreNotPrinted(t *testing.T) {
	c, err := Choose(parse(t, section("RTP/SAVP", "1 "+gcm)), answering())
	if err != nil {
		t.Fatal(err)
	}
	said, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	all := string(said)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		all += fmt.Sprintf(verb, c) + fmt.Sprintf(verb, &c) + fmt.Sprintf(verb, c.Crypto) + fmt.Sprintf(verb, c.Crypto.Key)
	}
	for _, secret := range []string{"0 1 2 3", "0, 1, 2, 3", "0,1,2,3", "0x0, 0x1", "00010203", "0 01 02", "AAECAw"} {
		if strings.Contains(all, secret) {
			t.Errorf("%q is in %s", secret, all)
		}
	}
}
