package peers

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// KamailioOptions describes a provider: a registrar with one account, and the
// phone network behind it.
type KamailioOptions struct {
	User, Password string         // of the account; used for REGISTER and INVITE
	Network        netip.AddrPort // the peer that stands for the phone network
}

// Kamailio is a running registrar and Record-Route proxy.
type Kamailio struct{ addr netip.AddrPort }

// StartKamailio starts a proxy that answers when this returns. Calls of the
// account go to the network, calls of the network to the account's contact.
func StartKamailio(t testing.TB, o KamailioOptions) *Kamailio {
	t.Helper()
	path := lookFor(t, "kamailio", "kamailio")
	port, dir := freePort(t), t.TempDir()
	k := &Kamailio{addr: loopback(port)}
	cfg := filepath.Join(dir, "kamailio.cfg")
	text := fmt.Sprintf(kamailioConfig, port, filepath.Join(dir, "ctl"), o.Password, o.Network.Port(), o.User, o.Password, o.Network)
	if err := os.WriteFile(cfg, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, dir, path, "-f", cfg, "-DD", "-E", "-m", "32", "-M", "4", "-n", "1", "-w", dir, "-Y", dir, "-P", filepath.Join(dir, "pid"))
	p.until("answering OPTIONS", func() bool { return answers(k.addr) })
	return k
}

// Addr is where the proxy's SIP is.
func (k *Kamailio) Addr() netip.AddrPort { return k.addr }

// answers says whether an OPTIONS is answered within a moment.
func answers(addr netip.AddrPort) bool {
	c, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(addr))
	if err != nil {
		return false
	}
	defer func() { _ = c.Close() }()
	if _, err := fmt.Fprintf(c, "OPTIONS sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKprobe;rport\r\nMax-Forwards: 5\r\nFrom: <sip:probe@localhost>;tag=1\r\nTo: <sip:%s>\r\nCall-ID: probe\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n", addr, c.LocalAddr(), addr); err != nil {
		return false
	}
	_ = c.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	n, err := c.Read(make([]byte, 1500))
	return err == nil && n > 0
}

const kamailioConfig = `#!KAMAILIO
debug=1
log_stderror=yes
children=2
disable_tcp=yes
auto_aliases=no
listen=udp:127.0.0.1:%d
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "auth.so"
loadmodule "ctl.so"
modparam("ctl", "binrpc", "unix:%s")
modparam("auth", "nonce_expire", 300)
modparam("usrloc", "db_mode", 0)
modparam("registrar", "min_expires", 10)

request_route {
	if (!mf_process_maxfwd_header("10")) {
		sl_send_reply("483", "Too Many Hops");
		exit;
	}
	if (is_method("OPTIONS") && !has_totag()) {
		sl_send_reply("200", "OK");
		exit;
	}
	if (has_totag()) {
		if (loose_route()) {
			t_relay();
			exit;
		}
		if (is_method("ACK")) {
			if (t_check_trans()) t_relay();
			exit;
		}
		sl_send_reply("404", "Not Here");
		exit;
	}
	if (is_method("CANCEL")) {
		if (t_check_trans()) t_relay();
		exit;
	}
	t_check_trans();
	if (is_method("REGISTER")) {
		if (!pv_www_authenticate("$fd", "%s", "0")) {
			www_challenge("$fd", "1");
			exit;
		}
		save("location");
		exit;
	}
	record_route();
	if ($sp == %d) {
		$rU = "%s";
		if (!lookup("location")) {
			sl_send_reply("404", "Not Registered");
			exit;
		}
		t_relay();
		exit;
	}
	if (!pv_proxy_authenticate("$fd", "%s", "0")) {
		proxy_challenge("$fd", "1");
		exit;
	}
	consume_credentials();
	$du = "sip:%s";
	t_relay();
	exit;
}
`
