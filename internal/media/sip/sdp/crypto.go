package sdp

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"parley/internal/media/srtp"
)

// Crypto is the key that its writer encrypts what he sends by: an a=crypto line
// (RFC 4568), of which an offer has one a suite and its answer one in all. The zero
// Crypto is none.
type Crypto struct {
	Tag   uint32 // names the line of the offer, and is repeated in the answer
	Suite srtp.Profile
	Key   Key
}

// Key is a master key with its master salt behind it. It is in no log: however it is
// printed, it shows nothing of itself.
type Key struct{ b [maxKey]byte }

const (
	maxKey     = 30 // AES-CM's, with its salt
	maxTag     = 9  // digits
	maxCryptos = 16 // lines of a section that are read
)

// Format implements fmt.Formatter.
func (Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[key]") }

// Suites are the suites spoken, in the order they are offered. GCM costs less, but
// AES-CM comes first: every far end must know it (RFC 4568 section 6.2), and some look
// at nothing but the first line.
func Suites() []srtp.Profile { return []srtp.Profile{srtp.AES128CMSHA80, srtp.AEADAES128GCM} }

// suiteName is how a line names a suite (RFC 4568 section 6.2, RFC 7714 section 14.1).
func suiteName(p srtp.Profile) string {
	if p == srtp.AEADAES128GCM {
		return "AEAD_AES_128_GCM"
	}
	return "AES_CM_128_HMAC_SHA1_80"
}

// NewCrypto makes a key for one of Suites.
func NewCrypto(suite srtp.Profile) Crypto {
	c := Crypto{Suite: suite}
	_, _ = rand.Read(c.bytes()) // never fails, crypto/rand says
	return c
}

// Sender protects by the key.
func (c Crypto) Sender() (*srtp.Sender, error) {
	key, salt := c.parts()
	return srtp.NewSender(c.Suite, key, salt)
}

// Receiver reads what the key has protected.
func (c Crypto) Receiver() (*srtp.Receiver, error) {
	key, salt := c.parts()
	return srtp.NewReceiver(c.Suite, key, salt)
}

func (c *Crypto) parts() (key, salt []byte) {
	n, _, _ := c.Suite.KeyLengths()
	return c.bytes()[:n], c.bytes()[n:]
}

// bytes are the key and the salt, as long as the suite has them.
func (c *Crypto) bytes() []byte {
	key, salt, _ := c.Suite.KeyLengths() // nothing of an unknown one
	return c.Key.b[:key+salt]
}

// line is the attribute that says c.
func (c Crypto) line() string {
	return fmt.Sprintf("a=crypto:%d %s inline:%s\r\n", c.Tag, suiteName(c.Suite), base64.StdEncoding.EncodeToString(c.bytes()))
}

// crypto takes the value of an a=crypto line. One that is malformed, or asks for what
// is not done, is left out, as RFC 4568 section 5.1.2 says.
func (m *Media) crypto(value string) {
	c, ok := parseCrypto(value)
	if !ok || len(m.Cryptos) == maxCryptos || slices.ContainsFunc(m.Cryptos, func(o Crypto) bool { return o.Tag == c.Tag }) {
		return
	}
	m.Cryptos = append(m.Cryptos, c)
}

// parseCrypto reads "tag suite inline:key|lifetime params".
func parseCrypto(value string) (Crypto, bool) {
	f := strings.Fields(value)
	if len(f) < 3 || len(f[0]) > maxTag || slices.ContainsFunc(f[3:], demanding) {
		return Crypto{}, false
	}
	tag, err := strconv.ParseUint(f[0], 10, 32)
	if err != nil {
		return Crypto{}, false
	}
	for _, suite := range Suites() {
		if strings.EqualFold(f[1], suiteName(suite)) {
			c := Crypto{Tag: uint32(tag), Suite: suite}
			ok := c.read(f[2])
			return c, ok
		}
	}
	return Crypto{}, false
}

// demanding says whether a session parameter cannot be left unheeded (RFC 4568 section
// 6.3). Of those that are known only the hint of a window's size can: that packets are
// not encrypted or not authenticated, keys derived again and FEC are not done. What is
// not known can if it begins with a dash.
func demanding(param string) bool {
	return !strings.HasPrefix(param, "-") && !strings.HasPrefix(strings.ToUpper(param), "WSH=")
}

// read takes "inline:key" or "inline:key|lifetime". Several keys, and keys with a name
// (MKI), are not done.
func (c *Crypto) read(param string) bool {
	const method = "inline:"
	if len(param) < len(method) || !strings.EqualFold(param[:len(method)], method) {
		return false
	}
	text, life, limited := strings.Cut(param[len(method):], "|")
	if limited && !lifetime(life) {
		return false
	}
	b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil || len(b) != len(c.bytes()) {
		return false
	}
	copy(c.bytes(), b)
	return true
}

// lifetime says whether s is a number of packets that a key may protect (RFC 4568
// section 6.1). To keep to it is the sender's part.
func lifetime(s string) bool {
	digits, power := strings.CutPrefix(s, "2^")
	n, err := strconv.ParseUint(digits, 10, 64)
	if power {
		return err == nil && n <= 48
	}
	return err == nil && n > 0 && n <= 1<<48
}
