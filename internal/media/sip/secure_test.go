package sip

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"parley/internal/domain/call"
	"parley/internal/domain/trunk"
	"parley/internal/media/codec"
	"parley/internal/media/relay"
	"parley/internal/shared/callstate"

	gosip "github.com/emiago/sipgo/sip"
	pion "github.com/pion/srtp/v2"
)

const (
	suiteCM  = "AES_CM_128_HMAC_SHA1_80"
	suiteGCM = "AEAD_AES_128_GCM"
)

// sdesKey is a key of a far end whose SRTP is pion's.
type sdesKey struct {
	suite, text string
	ctx         *pion.Context
}

func newKey(t *testing.T, suite string) sdesKey {
	t.Helper()
	b := make([]byte, map[string]int{suiteCM: 30, suiteGCM: 28}[suite])
	_, _ = rand.Read(b)
	return keyOf(t, suite, base64.StdEncoding.EncodeToString(b))
}

func keyOf(t *testing.T, suite, text string) sdesKey {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	ctx, err := pion.CreateContext(b[:16], b[16:], map[string]pion.ProtectionProfile{
		suiteCM: pion.ProtectionProfileAes128CmHmacSha1_80, suiteGCM: pion.ProtectionProfileAeadAes128Gcm,
	}[suite])
	if err != nil {
		t.Fatal(err)
	}
	return sdesKey{suite, text, ctx}
}

func (k sdesKey) line(tag int) string {
	return fmt.Sprintf("a=crypto:%d %s inline:%s", tag, k.suite, k.text)
}

// keysIn are the a=crypto lines of a body of ours, by tag.
func keysIn(t *testing.T, body []byte) map[string]sdesKey {
	t.Helper()
	found := map[string]sdesKey{}
	for _, m := range regexp.MustCompile(`a=crypto:(\d+) (\w+) inline:(\S+)\r\n`).FindAllStringSubmatch(string(body), -1) {
		found[m[1]] = keyOf(t, m[2], m[3])
	}
	return found
}

// farMedia is where the far end's encrypted packets come and go.
type farMedia struct {
	t       *testing.T
	conn    *net.UDPConn
	addr    netip.AddrPort
	seq     uint16 // of the far end's next packet
	sent    uint64
	next    uint16  // of the leg's
	in, out sdesKey // in: what the leg sends is protected by
	leg     *Leg
}

func newFarMedia(t *testing.T) *farMedia {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &farMedia{t: t, conn: conn, addr: addrPort(conn.LocalAddr()), seq: 65_530}
}

// body is an offer or answer for encrypted media.
func (m *farMedia) body(lines ...string) string {
	return strings.Replace(sdpAt(m.addr, lines...), "RTP/AVP", "RTP/SAVP", 1)
}

// send seals the next packet by the far end's key and returns it.
func (m *farMedia) send() []byte {
	m.t.Helper()
	b := append([]byte{0x80, 8, 0, 0, 0, 0, 0, 0, 5, 5, 5, 5}, bytes.Repeat([]byte{0xd5}, 160)...)
	binary.BigEndian.PutUint16(b[2:], m.seq)
	m.seq++
	sealed, err := m.out.ctx.EncryptRTP(nil, b, nil)
	if err != nil {
		m.t.Fatal(err)
	}
	m.raw(sealed)
	m.sent++
	return sealed
}

func (m *farMedia) raw(b []byte) {
	m.t.Helper()
	to := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), m.leg.media.LocalPort())
	if _, err := m.conn.WriteToUDPAddrPort(b, to); err != nil {
		m.t.Fatal(err)
	}
}

func (m *farMedia) heard() uint64 { return m.leg.media.Port().Stats().In.Packets }

// flows sends a packet each way, until one is through.
func (m *farMedia) flows() {
	m.t.Helper()
	before := m.heard()
	eventually(m.t, "the far end is heard", func() bool {
		m.send()
		return m.heard() > before
	})
	pkt := relay.Packet{Codec: codec.PCMA, Payload: bytes.Repeat([]byte{0x2a}, 160)}
	buf := make([]byte, 2000)
	eventually(m.t, "the far end hears", func() bool {
		m.next++
		pkt.Sequence = m.next
		if err := m.leg.media.Write(&pkt); err != nil {
			m.t.Fatal(err)
		}
		_ = m.conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
		n, err := m.conn.Read(buf)
		if err != nil {
			return false
		}
		plain, err := m.in.ctx.DecryptRTP(nil, buf[:n], nil)
		return err == nil && bytes.Equal(plain[12:], pkt.Payload)
	})
}

// demanding makes a stack's trunk one of encrypted media alone.
func demanding(s *Stack, p *rawPeer) {
	t := trunkTo("peer", p.addr)
	t.SRTP = true
	s.SetTrunks([]Trunk{t})
}

// calledWithKeys is an accepted call of a far end that offers its key by a tag, and ours.
func calledWithKeys(t *testing.T, key sdesKey, tag int, more ...string) (*farMedia, *events, *rawPeer, string) {
	t.Helper()
	h, calls := chanHandler()
	_, p := far(t, Config{}, h)
	m := newFarMedia(t)
	m.out = key
	p.send(p.text("INVITE", "far", "", 1, m.body(append(more, key.line(tag))...)))
	in := receive(t, calls)
	m.leg = in.Leg
	e := listen(t, in.Leg)
	in.Leg.Accept()
	res := p.response(200, gosip.INVITE)
	m.answered(res.Body(), tag)
	toTag := tagOf(res.To().Params)
	p.send(p.text("ACK", "far", toTag, 1, ""))
	eventually(t, "the ACK is taken", func() bool { return !in.Leg.waitsForACK() })
	return m, e, p, toTag
}

// answered takes our key from an answer, which must be to the line with a tag.
func (m *farMedia) answered(body []byte, tag int) {
	m.t.Helper()
	keys := keysIn(m.t, body)
	ours, ok := keys[fmt.Sprint(tag)]
	if len(keys) != 1 || !ok || ours.suite != m.out.suite || !strings.Contains(string(body), " RTP/SAVP 8 ") {
		m.t.Fatalf("answered\n%s", body)
	}
	if m.in.text != ours.text {
		m.in = ours
	}
}

func TestFarEndOffersKeys(t *testing.T) {
	for _, suite := range []string{suiteCM, suiteGCM} {
		t.Run(suite, func(t *testing.T) {
			unknown := "a=crypto:1 AES_256_CM_HMAC_SHA1_80 inline:" + strings.Repeat("A", 64)
			m, _, _, _ := calledWithKeys(t, newKey(t, suite), 42, unknown)
			if !m.leg.Encrypted() {
				t.Error("the leg is not said to be encrypted")
			}
			m.flows()
			m.raw(append([]byte{0x80, 8, 0, 1, 0, 0, 0, 0, 5, 5, 5, 5}, make([]byte, 160)...))
			eventually(t, "a plain packet is counted", func() bool { return m.leg.media.Foreign() == 1 })
			if m.heard() > m.sent {
				t.Error("a plain packet is heard")
			}
		})
	}
}

// TestPhoneOffersEither is what some phones do: keys in RTP/AVP.
func TestPhoneOffersEither(t *testing.T) {
	h, calls := chanHandler()
	_, p := far(t, Config{}, h)
	m := newFarMedia(t)
	m.out = newKey(t, suiteCM)
	p.send(p.text("INVITE", "far", "", 1, sdpAt(m.addr, m.out.line(1))))
	in := receive(t, calls)
	m.leg = in.Leg
	in.Leg.Accept()
	body := p.response(200, gosip.INVITE).Body()
	if m.in = keysIn(t, body)["1"]; m.in.ctx == nil || !strings.Contains(string(body), "RTP/AVP 8") {
		t.Fatalf("answered\n%s", body)
	}
	m.flows()
}

func TestTrunkThatDemandsRefusesWhatIsPlain(t *testing.T) {
	s, p := far(t, Config{}, refuseAll(t))
	demanding(s, p)
	p.send(p.text("INVITE", "far", "", 1, sdpAt(p.addr)))
	p.response(488, gosip.INVITE)
}

func TestTrunkThatDemandsIsOfferedKeys(t *testing.T) {
	for tag, suite := range map[int]string{1: suiteCM, 2: suiteGCM} {
		t.Run(suite, func(t *testing.T) {
			m, e, p, req := dialledWithKeys(t)
			offered := keysIn(t, req.Body())
			if offered["1"].suite != suiteCM || offered["2"].suite != suiteGCM || len(offered) != 2 || !strings.Contains(string(req.Body()), "RTP/SAVP 8 0 101") {
				t.Fatalf("offered\n%s", req.Body())
			}
			m.out, m.in = newKey(t, suite), offered[fmt.Sprint(tag)]
			p.answer(req, 200, "far", m.body(m.out.line(tag)))
			e.await(call.LegAnswered)
			m.flows()
		})
	}
}

// dialledWithKeys is a call by a trunk that demands encryption.
func dialledWithKeys(t *testing.T) (*farMedia, *events, *rawPeer, *gosip.Request) {
	t.Helper()
	s, p := far(t, Config{}, refuseAll(t))
	demanding(s, p)
	m := newFarMedia(t)
	var err error
	if m.leg, err = s.Dial(t.Context(), spec("+33987654321")); err != nil {
		t.Fatal(err)
	}
	return m, listen(t, m.leg), p, p.request(gosip.INVITE)
}

func TestAnswersWithoutAKeyOfUse(t *testing.T) {
	for name, answer := range map[string]func(*farMedia, map[string]sdesKey) string{
		"plain":         func(m *farMedia, _ map[string]sdesKey) string { return sdpAt(m.addr) },
		"no key":        func(m *farMedia, _ map[string]sdesKey) string { return m.body() },
		"unknown tag":   func(m *farMedia, _ map[string]sdesKey) string { return m.body(newKey(m.t, suiteCM).line(3)) },
		"another suite": func(m *farMedia, _ map[string]sdesKey) string { return m.body(newKey(m.t, suiteGCM).line(1)) },
		"our own key":   func(m *farMedia, ours map[string]sdesKey) string { return m.body(ours["1"].line(1)) },
		"named key": func(m *farMedia, _ map[string]sdesKey) string {
			return m.body(newKey(m.t, suiteCM).line(1) + "|2^20|1:4")
		},
	} {
		t.Run(name, func(t *testing.T) {
			m, e, p, req := dialledWithKeys(t)
			p.answer(req, 200, "far", answer(m, keysIn(t, req.Body())))
			p.request(gosip.ACK)
			p.answer(p.request(gosip.BYE), 200, "", "")
			e.ended(callstate.CauseNotEncrypted, 200)
		})
	}
}

func TestCarrierRefusesToEncrypt(t *testing.T) {
	_, e, p, req := dialledWithKeys(t)
	p.answer(req, 488, "far", "")
	e.ended(callstate.CauseNotEncrypted, 488)
}

// TestEncryptedOfferInThe200 and its answer in the ACK.
func TestEncryptedOfferInThe200(t *testing.T) {
	h, calls := chanHandler()
	s, p := far(t, Config{}, h)
	demanding(s, p)
	m := newFarMedia(t)
	p.send(p.text("INVITE", "far", "", 1, ""))
	in := receive(t, calls)
	m.leg = in.Leg
	in.Leg.Accept()
	res := p.response(200, gosip.INVITE)
	m.out, m.in = newKey(t, suiteGCM), keysIn(t, res.Body())["2"]
	p.send(p.text("ACK", "far", tagOf(res.To().Params), 1, m.body(m.out.line(2))))
	eventually(t, "the key in the ACK is taken", in.Leg.Encrypted)
	m.flows()
}

// TestFarEndHasAnotherKey for early media and for the answer, as forks have.
func TestFarEndHasAnotherKey(t *testing.T) {
	m, e, p, req := dialledWithKeys(t)
	offered := keysIn(t, req.Body())
	m.out, m.in = newKey(t, suiteGCM), offered["2"]
	p.answer(req, 183, "one", m.body(m.out.line(2)))
	e.await(call.LegEarlyMedia)
	m.flows()
	m.out, m.in = newKey(t, suiteCM), offered["1"]
	p.answer(req, 200, "two", m.body(m.out.line(1)))
	e.await(call.LegAnswered)
	m.flows()
}

// reinvite changes the session as the far end wants it.
func (m *farMedia) reinvite(p *rawPeer, tag string, seq int, body string) []byte {
	m.t.Helper()
	p.send(p.text("INVITE", "far", tag, seq, body))
	res := p.answered(seq)
	p.send(p.text("ACK", "far", tag, seq, ""))
	eventually(m.t, "the ACK is taken", func() bool { return !m.leg.waitsForACK() })
	return res.Body()
}

func TestFarEndChangesItsKey(t *testing.T) {
	m, _, p, tag := calledWithKeys(t, newKey(t, suiteGCM), 1)
	m.flows() // past a turn of the numbers
	for m.seq < 100 || m.seq > 65_000 {
		m.send()
	}
	before := m.in
	m.out = newKey(t, suiteGCM)
	m.answered(m.reinvite(p, tag, 2, m.body(m.out.line(7))), 7)
	if m.in != before {
		t.Error("our key has changed with theirs")
	}
	m.flows()
	m.out = newKey(t, suiteCM)
	m.answered(m.reinvite(p, tag, 3, m.body(m.out.line(1))), 1)
	m.flows()
	m.out = newKey(t, suiteGCM)
	m.in = before
	m.answered(m.reinvite(p, tag, 4, m.body(m.out.line(1))), 1)
	if m.in != before {
		t.Error("our key for a suite has changed meanwhile")
	}
	m.flows()
}

// TestHoldAndResumeKeepTheContext: what came before comes no second time, and the turns
// of the numbers are still known.
func TestHoldAndResumeKeepTheContext(t *testing.T) {
	m, e, p, tag := calledWithKeys(t, newKey(t, suiteCM), 1)
	m.flows()
	for m.seq < 100 || m.seq > 65_000 {
		m.send()
	}
	again := m.send()
	ours := m.in
	m.answered(m.reinvite(p, tag, 2, m.body("a=sendonly", m.out.line(1))), 1)
	e.await(call.LegHeld)
	m.answered(m.reinvite(p, tag, 3, m.body("a=sendrecv", m.out.line(1)+"|2^31")), 1)
	e.await(call.LegResumed)
	if m.in != ours {
		t.Error("our key has changed")
	}
	m.raw(again)
	eventually(t, "a packet that came before is refused", func() bool { return m.leg.media.Foreign() == 1 })
	m.flows()
	if n := m.leg.media.Foreign(); n != 1 {
		t.Errorf("%d packets are foreign", n)
	}
}

// TestReinviteWithoutOfferStaysEncrypted, though the trunk does not demand it; and a
// refusal leaves all as it is.
func TestReinviteWithoutOfferStaysEncrypted(t *testing.T) {
	m, _, p, tag := calledWithKeys(t, newKey(t, suiteGCM), 1)
	p.send(p.text("INVITE", "far", tag, 2, ""))
	offered := keysIn(t, p.answered(2).Body())
	if offered["1"].text != m.in.text {
		t.Errorf("offered %+v, our key was %+v", offered, m.in)
	}
	p.send(p.text("ACK", "far", tag, 2, m.body(m.out.line(1))))
	eventually(t, "the ACK is taken", func() bool { return !m.leg.waitsForACK() })
	m.flows()
	p.send(p.text("INVITE", "far", tag, 3, m.body()))
	p.response(488, gosip.INVITE)
	m.flows()
}

// TestRefreshOffersTheSameKeys: a re-INVITE of ours changes nothing.
func TestRefreshOffersTheSameKeys(t *testing.T) {
	m, e, p, req := dialledWithKeys(t)
	m.out, m.in = newKey(t, suiteCM), keysIn(t, req.Body())["1"]
	p.answer(req, 200, "far", m.body(m.out.line(1)), "Session-Expires: 90;refresher=uac", "Require: timer")
	e.await(call.LegAnswered)
	m.flows()
	again := p.request(gosip.INVITE)
	if string(again.Body()) != string(req.Body()) {
		t.Errorf("refreshed with\n%s", again.Body())
	}
	p.answer(again, 200, "", m.body(m.out.line(1)), "Session-Expires: 90;refresher=uac")
	m.flows()
	if n := m.leg.media.Foreign(); n != 0 {
		t.Errorf("%d packets are foreign", n)
	}
}

func TestTwoOfUsEncrypted(t *testing.T) {
	a, b, calls := pairOver(t, Config{}, Config{}, trunk.UDP)
	for _, one := range []struct{ of, to *Stack }{{a, b}, {b, a}} {
		line := trunkTo("peer", one.to.Addr("udp"))
		line.SRTP = true
		one.of.SetTrunks([]Trunk{line})
	}
	testCall(t, a, calls)
}

// TestKeysAreInNoLog, whatever becomes of a call.
func TestKeysAreInNoLog(t *testing.T) {
	var said bytes.Buffer
	log := slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelDebug}))
	h, calls := chanHandler()
	s, err := New(Config{Loop: newLoop(t), UDPAddr: "127.0.0.1:0", timing: fast()}, log, h)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	p := newRawPeer(t, "127.0.0.1")
	p.to = s.Addr("udp")
	demanding(s, p)
	key := newKey(t, suiteCM)
	m := newFarMedia(t)
	for i, body := range []string{
		m.body(key.line(1) + " UNENCRYPTED_SRTP"), strings.Replace(m.body(key.line(1)), "m=audio", key.line(1)+"\r\nm=", 1),
		"v=0\r\n" + key.line(1) + "\r\nc=" + key.text + "\r\n", sdpAt(m.addr),
	} {
		p.callID = token()
		p.send(p.text("INVITE", "far", "", i+1, body))
		p.response(488, gosip.INVITE)
	}
	p.callID = token()
	p.send(p.text("INVITE", "far", "", 1, m.body(key.line(1))))
	in := receive(t, calls)
	in.Leg.Accept()
	ours := keysIn(t, p.response(200, gosip.INVITE).Body())["1"]
	in.Leg.HangUp(callstate.CauseAgentHungUp)
	_ = s.Close(t.Context())
	if log := said.String(); !strings.Contains(log, "the trunk takes encrypted media alone") || strings.Contains(log, key.text[:8]) || strings.Contains(log, ours.text[:8]) {
		t.Errorf("the log says\n%s", log)
	}
}
