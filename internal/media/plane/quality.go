package plane

import (
	"log/slog"
	"time"

	"parley/internal/base/obs"
	"parley/internal/media/rtcp"
	"parley/internal/shared/callstate"
)

// measured is a leg that knows how its packets fare.
type measured interface{ Quality() rtcp.Quality }

// encrypted is a leg whose packets may be plain.
type encrypted interface{ Encrypted() bool }

// part is a leg's part in the call.
type part struct {
	media

	before rtcp.Quality // when it was attached
}

func newPart(m media) part {
	p := part{media: m}
	if one, ok := m.(measured); ok {
		p.before = one.Quality()
	}
	return p
}

// report writes to the log how the leg's packets fared while it took part.
func (p part) report(log *slog.Logger, id callstate.LegID) {
	one, ok := p.media.(measured)
	if !ok {
		return
	}
	q := one.Quality().Since(p.before)
	in, out := q.MOS()
	said := []any{obs.Leg, id, "trip", q.RoundTrip.Round(time.Millisecond), "in", direction(q.In, in), "out", direction(q.Out, out)}
	if e, ok := p.media.(encrypted); ok {
		said = append(said, "srtp", e.Encrypted())
	}
	log.Info("leg quality", said...)
}

func direction(d rtcp.Direction, mos float64) slog.Value {
	return slog.GroupValue(slog.Uint64("packets", d.Packets), slog.Uint64("lost", d.Lost),
		slog.Duration("jitter", d.Jitter.Round(time.Millisecond)), slog.Float64("mos", float64(int(10*mos+.5))/10))
}
