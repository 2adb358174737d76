package rtc

import (
	"strings"
	"testing"

	"parley/internal/media/codec"
)

// TestPrepareLeavesACallAlone: another call that rings does not change what a browser
// speaks in the one it is in.
func TestPrepareLeavesACallAlone(t *testing.T) {
	r := newRaw(t, rawEngine(t, Config{}))
	r.connect()
	leg := r.Leg("agent:1")
	if err := leg.Prefer(codec.Opus); err != nil {
		t.Fatal(err)
	}
	<-r.offers
	if err := r.Answer(r.answer()); err != nil {
		t.Fatal(err)
	}
	if err := r.Prepare(false); err != nil {
		t.Fatal(err)
	}
	if len(r.offers) > 0 {
		t.Fatal("in the middle of a call the browser is asked for another codec")
	}
	leg.HangUp("")
	if err := r.Prepare(false); err != nil {
		t.Fatal(err)
	}
	if len(r.offers) == 0 || !strings.Contains(<-r.offers, " 8 0 111 126\r\n") {
		t.Error("after the call it is not readied for the next")
	}
}
