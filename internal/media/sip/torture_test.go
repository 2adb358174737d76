package sip

import (
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	gosip "github.com/emiago/sipgo/sip"
)

// torture lists what RFC 4475's messages must get; 0 is silence.
func torture() map[string]int {
	return map[string]int{
		"badaspec": 400, "badbranch": 200, "baddate": 180, "baddn": 400, "badinv01": 400, "badvers": 505, "bcast": 0,
		"bext01": 420, "bigcode": 0, "clerr": 400, "cparam01": 405, "cparam02": 405, "escruri": 400, "insuf": 400,
		"inv2543": 400, "invut": 415, "ltgtruri": 400, "lwsruri": 400, "lwsstart": 400, "mcl01": 400,
		"mismatch01": 400, "mismatch02": 400, "multi01": 400, "ncl": 400, "novelsc": 400, "quotbal": 400,
		"regaut01": 405, "regbadct": 405, "regescrt": 405, "scalar02": 400, "scalarlg": 0, "sdp01": 406, "test": 0,
		"trws": 400, "unkscm": 416, "unksm2": 405, "zeromf": 483,
	}
}

func TestTorture(t *testing.T) { // trap 9
	for name, want := range torture() {
		t.Run(name, func(t *testing.T) {
			_, p := far(t, Config{}, handlerFunc(func(in Inbound) { in.Leg.Ringing() }))
			data := tortureMessage(t, "invalid", name)
			p.send(redirected(data, p.addr))
			p.send(p.text("OPTIONS", "probe", "", 1, ""))
			got := 0
			for {
				res, ok := (<-p.in).(*gosip.Response)
				if ok && res.From() != nil && tagOf(res.From().Params) == "probe" {
					if got == 0 && want != 0 { // its answer comes on another goroutine
						continue
					}
					break
				}
				if ok && res.StatusCode != 100 {
					got = res.StatusCode
					break
				}
			}
			if got != want {
				t.Errorf("answered %d, want %d", got, want)
			}
		})
	}
}

// TestTortureValid sends what is odd but right: it must not be called malformed.
func TestTortureValid(t *testing.T) {
	entries, err := os.ReadDir(filepath.Join(sipgoDir(t), "sip/testdata/torture/valid"))
	if err != nil {
		t.Fatal(err)
	}
	s, p := far(t, Config{}, handlerFunc(func(in Inbound) { in.Leg.Ringing() }))
	for i, e := range entries {
		p.send(redirected(tortureMessage(t, "valid", strings.TrimSuffix(e.Name(), ".dat")), p.addr))
		p.send(p.text("OPTIONS", "probe", "", i+1, ""))
		p.response(200, gosip.OPTIONS)
	}
	if len(entries) < 10 || s.Counters().Legs < 0 {
		t.Errorf("%d messages", len(entries))
	}
}

func sipgoDir(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/emiago/sipgo").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func tortureMessage(t *testing.T, kind, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(sipgoDir(t), "sip/testdata/torture", kind, name+".dat"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// redirected lets answers find their way back: they go to the port in Via.
func redirected(data []byte, to netip.AddrPort) string {
	via := regexp.MustCompile(`(?i)((?:Via|v)\s*:\s*SIP\s*/\s*[27]\.0\s*/\s*[A-Z]+\s+)[A-Za-z0-9.-]+(?::\d+)?`)
	first := true
	return string(via.ReplaceAllFunc(data, func(m []byte) []byte {
		if !first {
			return m
		}
		first = false
		return append(via.FindSubmatch(m)[1], to.String()...)
	}))
}
