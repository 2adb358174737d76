package plane

import (
	"log/slog"
	"slices"
	"testing"

	"parley/internal/media/codec"
	"parley/internal/media/relay"
	"parley/internal/shared/callstate"
)

// trunk is a leg that speaks one law.
type trunk struct{ port *relay.Port }

func (l trunk) Port() *relay.Port { return l.port }

func newTrunk(law codec.Codec) trunk {
	port := relay.NewPort(nil)
	port.SetCodec(law)
	return trunk{port}
}

// browser is a leg that can choose its codec.
type browser struct {
	port   *relay.Port
	speaks []codec.Codec
	asked  []codec.Codec
}

func newBrowser(speaks ...codec.Codec) *browser {
	return &browser{port: relay.NewPort(nil), speaks: speaks, asked: []codec.Codec{codec.PCMA}}
}

func (l *browser) Port() *relay.Port         { return l.port }
func (l *browser) Speaks(c codec.Codec) bool { return slices.Contains(l.speaks, c) }

func (l *browser) Prefer(c codec.Codec) error {
	if l.asked[len(l.asked)-1] != c {
		l.asked = append(l.asked, c)
	}
	return nil
}

func (l *browser) wants(t *testing.T, asked ...codec.Codec) {
	t.Helper()
	if got := l.asked[1:]; !slices.Equal(got, asked) {
		t.Errorf("the browser was asked for %v, want %v", got, asked)
	}
}

const a, b, c = callstate.CustomerLeg, callstate.LegID("agent:ada"), callstate.ExternalLeg

var talk = callstate.Table{{Listener: a, Speaker: b}, {Listener: b, Speaker: a}}

// room is the legs of a call.
type room struct {
	tongue
	legs map[callstate.LegID]part
}

func newRoom() *room { return &room{legs: map[callstate.LegID]part{}} }

func (r *room) has(id callstate.LegID, m media, table callstate.Table) {
	r.legs[id] = part{media: m}
	r.agree(r.legs, table, slog.New(slog.DiscardHandler))
}

func TestBrowsersSpeakTheTrunksLaw(t *testing.T) {
	r := newRoom()
	r.has(a, newTrunk(codec.PCMU), nil)
	for range 2 { // the page is loaded again
		tab := newBrowser(codec.PCMU, codec.PCMA, codec.Opus)
		r.has(b, tab, talk)
		r.has(b, tab, talk)
		tab.wants(t, codec.PCMU)
	}
}

func TestBrowsersAloneSpeakOpus(t *testing.T) {
	r, caller, tab := newRoom(), newBrowser(codec.PCMA, codec.Opus), newBrowser(codec.PCMA, codec.Opus)
	r.has(a, caller, nil)
	caller.wants(t, codec.Opus)
	r.has(b, tab, talk)
	tab.wants(t, codec.Opus)
	if r.spoken != codec.Opus {
		t.Fatalf("call speaks %v", r.spoken)
	}

	r.has(c, newTrunk(codec.PCMU), talk)
	caller.wants(t, codec.Opus, codec.PCMU)
	tab.wants(t, codec.Opus, codec.PCMU)
	delete(r.legs, c)
	r.has(a, caller, talk) // nothing turns back
	caller.wants(t, codec.Opus, codec.PCMU)
}

func TestOneWithoutOpusHasAllSpeakALaw(t *testing.T) {
	r, caller, old := newRoom(), newBrowser(codec.PCMA, codec.Opus), newBrowser(codec.PCMA)
	r.has(a, caller, nil)
	r.has(b, old, talk)
	caller.wants(t, codec.Opus, codec.PCMA)
	old.wants(t)
}

func TestWhoHearsSeveralHearsALaw(t *testing.T) {
	r := newRoom()
	tabs := []*browser{newBrowser(codec.Opus), newBrowser(codec.Opus), newBrowser(codec.Opus)}
	for i, id := range []callstate.LegID{a, b, c} {
		r.has(id, tabs[i], talk)
	}
	tabs[2].wants(t, codec.Opus)
	r.has(c, tabs[2], append(talk, callstate.Row{Listener: a, Speaker: c}))
	tabs[2].wants(t, codec.Opus, codec.PCMA)
}

// TestTwoLegsOfTwoLaws, as of a call that is forwarded, do not turn browsers about.
func TestTwoLegsOfTwoLaws(t *testing.T) {
	r, tab := newRoom(), newBrowser(codec.PCMU, codec.PCMA, codec.Opus)
	r.has(a, newTrunk(codec.PCMU), nil)
	r.has(c, newTrunk(codec.PCMA), nil)
	for range 50 { // hold, mute: every state is followed
		r.has(b, tab, talk)
	}
	tab.wants(t, codec.PCMU)
}

func TestWhoDialsWaitsForWhomHeCalls(t *testing.T) {
	r, tab := newRoom(), newBrowser(codec.PCMU, codec.PCMA, codec.Opus)
	r.has(b, tab, nil)
	r.has(a, newTrunk(codec.PCMA), talk)
	tab.wants(t)
}
