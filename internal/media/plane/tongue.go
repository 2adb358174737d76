package plane

import (
	"log/slog"

	"parley/internal/base/obs"
	"parley/internal/media/codec"
	"parley/internal/shared/callstate"
)

// chooser is a leg that can be asked to speak another codec: a browser.
type chooser interface {
	Prefer(c codec.Codec) error
	Speaks(c codec.Codec) bool
}

// tongue is the codec all legs of a call speak, so that nothing needs transcoding. It
// is Opus while there are browsers alone and nobody hears more of them at once than he
// has tracks for, which needs a mix; a law of G.711 otherwise, and from then on, so that a recording changes
// once at most. Where there is a leg of the phone network it is that one's law.
type tongue struct {
	spoken codec.Codec // 0: nobody is here
	narrow bool        // there was a reason against Opus
}

// agree has every leg that can choose speak what all do.
//
// A member who dials is alone at first: what he calls decides.
func (t *tongue) agree(legs map[callstate.LegID]part, table callstate.Table, log *slog.Logger) {
	if _, there := legs[callstate.CustomerLeg]; !there {
		return
	}
	for _, p := range legs {
		c, free := p.media.(chooser)
		t.narrow = t.narrow || !free || !c.Speaks(codec.Opus)
	}
	t.narrow = t.narrow || mixed(table, legs)
	before := t.spoken
	if t.spoken = codec.Opus; t.narrow {
		t.spoken = law(legs, before.Law())
	}
	if t.spoken != before {
		log.Debug("call speaks", "codec", t.spoken.String())
	}
	for id, p := range legs {
		if c, free := p.media.(chooser); free {
			if err := c.Prefer(t.spoken); err != nil {
				log.Warn("browser not asked to speak as the call does", obs.Leg, id, obs.Err, err)
			}
		}
	}
}

// law is that of the legs of the phone network: the one spoken now, if any of them
// speaks it or there are none, else that of the first.
func law(legs map[callstate.LegID]part, now codec.Codec) codec.Codec {
	var first callstate.LegID
	least := now
	for id, p := range legs {
		if _, free := p.media.(chooser); free {
			continue
		}
		one := p.media.Port().Codec().Law()
		if one == now {
			return now
		}
		if first == "" || id < first {
			first, least = id, one
		}
	}
	return least
}

// mixed says whether a leg hears more others than it can apart.
func mixed(table callstate.Table, legs map[callstate.LegID]part) bool {
	heard := make(map[callstate.LegID]int, len(legs))
	for _, row := range table {
		if _, speaks := legs[row.Speaker]; speaks && row.Speaker != row.Listener {
			heard[row.Listener]++
		}
	}
	for id, p := range legs {
		if heard[id] > p.media.Port().Tracks() {
			return true
		}
	}
	return false
}
