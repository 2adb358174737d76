package rtc

import (
	"context"
	"crypto"
	_ "crypto/sha256" // what fingerprints may be made by
	_ "crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/pion/dtls/v2"
	"github.com/pion/transport/v2/packetio"

	"parley/internal/media/srtp"
)

const (
	handshakeTime = 30 * time.Second
	// maxTunnelled bounds the messages that wait before the handshake has begun.
	maxTunnelled = 64
	// A handshake has some 3 KB in a dozen fragments; the rest is for its repetition.
	maxHandshakeBytes = 64 << 10
	maxFragments      = 256
)

// tunnel is the connection that DTLS thinks it has: messages that come are put in,
// those it writes leave by the Peer's path.
type tunnel struct {
	*packetio.Buffer

	send func(b []byte)

	mu      sync.Mutex
	secured bool // the handshake is through
	// What DTLS was given of the handshake. It keeps fragments until their message is
	// complete, empty ones without end, and walks all of them for each that comes: a
	// stranger could have a core and all memory.
	bytes, fragments int
}

func newTunnel(send func([]byte)) *tunnel {
	t := &tunnel{Buffer: packetio.NewBuffer(), send: send}
	t.SetLimitCount(maxTunnelled)
	return t
}

// put takes a datagram that came, less what DTLS should not see of it, which it
// overwrites; one too many is lost, and will be sent again.
func (t *tunnel) put(b []byte) {
	if b = t.sift(b); len(b) > 0 {
		_, _ = t.Buffer.Write(b)
	}
}

func (t *tunnel) sift(b []byte) []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	kept := b[:0]
	for r, rest := firstRecord(b); r != nil; r, rest = firstRecord(rest) {
		if t.admits(r) {
			kept = append(kept, r...)
		}
	}
	return kept
}

// admits says whether a record is for DTLS. There are two epochs, since nobody shakes
// hands twice, and no application data, since none are offered.
//
// Once the connection is secured, anybody may have written what is of epoch 0 (RFC 6347
// section 4.1.2.7 has it dropped), and DTLS would end the connection for some of it. A
// browser that lost our last flight does repeat its own, but that ends in a Finished of
// epoch 1, at which DTLS repeats ours.
func (t *tunnel) admits(r record) bool {
	epoch := r.epoch()
	if epoch > 1 || epoch == 0 && t.secured || len(r) == recordHeader {
		return false
	}
	switch r.content() {
	case recordHandshake:
		return t.affords(len(r), r.fragments())
	case recordChange:
		return epoch == 0 // never encrypted, so that anybody could begin another epoch
	case recordAlert:
		return true
	}
	return false
}

// affords counts a handshake record that is sound and not one too many.
func (t *tunnel) affords(bytes, fragments int) bool {
	if fragments == 0 || t.bytes+bytes > maxHandshakeBytes || t.fragments+fragments > maxFragments {
		return false
	}
	t.bytes += bytes
	t.fragments += fragments
	return true
}

// secure notes that what is genuine is encrypted from now on.
func (t *tunnel) secure() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.secured = true
}

func (t *tunnel) Write(b []byte) (int, error) {
	t.send(b)
	return len(b), nil
}

func (t *tunnel) LocalAddr() net.Addr              { return &net.UDPAddr{} }
func (t *tunnel) RemoteAddr() net.Addr             { return &net.UDPAddr{} }
func (t *tunnel) SetDeadline(d time.Time) error    { return t.SetReadDeadline(d) }
func (t *tunnel) SetWriteDeadline(time.Time) error { return nil }

// Profiles by their names in pion, in order of preference.
func profiles() []dtls.SRTPProtectionProfile {
	return []dtls.SRTPProtectionProfile{dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80}
}

// errFingerprint means that another than the browser shakes hands.
var errFingerprint = errors.New("certificate is not the one the answer names")

// shake shakes hands by the tunnel with whom the answer names, and returns the
// connection with the keys of both directions.
func (e *Engine) shake(ctx context.Context, t *tunnel, a answer) (*dtls.Conn, keys, error) {
	ctx, cancel := context.WithTimeout(ctx, handshakeTime)
	defer cancel()
	cfg := &dtls.Config{
		Certificates: []tls.Certificate{e.certificate}, SRTPProtectionProfiles: profiles(),
		ClientAuth: dtls.RequireAnyClientCert, InsecureSkipVerify: true, // by its fingerprint instead
		ExtendedMasterSecret: dtls.RequireExtendedMasterSecret,
		// The cookie exchange proves a return address, which ICE has done already.
		InsecureSkipVerifyHello: true,
		LoggerFactory:           pionLogs{log: e.log},
		VerifyPeerCertificate: func(certificates [][]byte, _ [][]*x509.Certificate) error {
			return a.vouches(certificates)
		},
	}
	begin := dtls.ServerWithContext
	if !a.active {
		begin = dtls.ClientWithContext
	}
	conn, err := begin(ctx, t, cfg)
	if err != nil {
		return nil, keys{}, fmt.Errorf("shake hands: %w", err)
	}
	k, err := keysOf(conn, !a.active)
	if err != nil {
		return nil, keys{}, errors.Join(err, conn.Close())
	}
	return conn, k, nil
}

// keys protect both directions.
type keys struct {
	out *srtp.Sender
	in  *srtp.Receiver
}

// keysOf exports a connection's keys (RFC 5764 section 4.2).
func keysOf(conn *dtls.Conn, client bool) (keys, error) {
	chosen, ok := conn.SelectedSRTPProtectionProfile()
	if !ok {
		return keys{}, errors.New("the browser chose no SRTP profile")
	}
	profile := srtp.Profile(chosen)
	key, salt, err := profile.KeyLengths()
	if err != nil {
		return keys{}, err
	}
	state := conn.ConnectionState()
	all, err := state.ExportKeyingMaterial("EXTRACTOR-dtls_srtp", nil, 2*(key+salt))
	if err != nil {
		return keys{}, fmt.Errorf("export keys: %w", err)
	}
	ours, theirs := all[key:2*key], all[:key]
	ourSalt, theirSalt := all[2*key+salt:], all[2*key:2*key+salt]
	if client {
		ours, theirs, ourSalt, theirSalt = theirs, ours, theirSalt, ourSalt
	}
	var k keys
	if k.out, err = srtp.NewSender(profile, ours, ourSalt); err == nil {
		k.in, err = srtp.NewReceiver(profile, theirs, theirSalt)
	}
	return k, err
}

// vouches checks the certificate that came.
func (a *answer) vouches(certificates [][]byte) error {
	if len(certificates) == 0 {
		return errFingerprint
	}
	is, err := fingerprintOf(a.hash, certificates[0])
	if err != nil {
		return err
	}
	if !strings.EqualFold(is, a.fingerprint) {
		return errFingerprint
	}
	return nil
}

// fingerprintOf is a certificate's in the form of RFC 8122 section 5.
func fingerprintOf(hash string, certificate []byte) (string, error) {
	h, ok := map[string]crypto.Hash{"sha-256": crypto.SHA256, "sha-384": crypto.SHA384, "sha-512": crypto.SHA512}[strings.ToLower(hash)]
	if !ok {
		return "", fmt.Errorf("fingerprint by %.20q is not known", hash)
	}
	sum := h.New()
	sum.Write(certificate)
	return strings.ReplaceAll(fmt.Sprintf("% X", sum.Sum(nil)), " ", ":"), nil
}
