package plane_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"parley/internal/domain/call"
	"parley/internal/media/plane"
	"parley/internal/media/relay"
	"parley/internal/media/rtcp"
	"parley/internal/shared/callstate"
)

// meter is a leg with figures.
type meter struct {
	call.Leg
	id   callstate.LegID
	port *relay.Port
	now  rtcp.Quality
}

func (m *meter) ID() callstate.LegID   { return m.id }
func (m *meter) Port() *relay.Port     { return m.port }
func (m *meter) Quality() rtcp.Quality { return m.now }

// secret is one whose packets are encrypted.
type secret struct{ meter }

func (*secret) Encrypted() bool { return true }

// TestEachLegsQualityIsInTheLog: once, of its time in the call alone, whether it left,
// was replaced by another or the call ended.
func TestEachLegsQualityIsInTheLog(t *testing.T) {
	var out bytes.Buffer
	p := plane.New(plane.Config{Log: slog.New(slog.NewTextHandler(&out, nil))})
	b := p.Open("ws", "call-1")
	one := &meter{id: "agent:ann", port: relay.NewPort(nil), now: rtcp.Quality{In: rtcp.Direction{Packets: 5000, Lost: 400}}}
	two := &secret{meter{id: callstate.CustomerLeg, port: relay.NewPort(nil)}}
	b.Attach(one)
	b.Attach(two)
	one.now.In.Packets, one.now.In.Lost = 5900, 500
	b.Attach(one)
	again := &meter{id: one.id, port: relay.NewPort(nil)}
	b.Attach(again) // the page was loaded again
	again.now.In.Packets = 77
	b.Detach(one.ID())
	b.Detach(one.ID())
	b.Close()
	b.Close()
	said := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(said) != 3 || !strings.Contains(said[0], "leg=agent:ann") || !strings.Contains(said[0], "in.packets=900 in.lost=100") ||
		!strings.Contains(said[0], "call=call-1") || !strings.Contains(said[1], "in.packets=77") || !strings.Contains(said[2], "leg=customer") ||
		strings.Contains(said[0], "srtp=") || !strings.HasSuffix(said[2], "srtp=true") {
		t.Errorf("the log says\n%s", out.String())
	}
}
