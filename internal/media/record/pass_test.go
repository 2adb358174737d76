package record

import (
	"math"
	"testing"
	"time"

	"parley/internal/media/audio"
	"parley/internal/media/codec"
	"parley/internal/shared/callstate"
)

// TestAColleagueTakesOver has the agent's channel go on with another voice. The
// first agent's tab still sends.
func TestAColleagueTakesOver(t *testing.T) {
	s := newStudio(t, codec.PCMA)
	customer, ann := s.parties()
	bob := newParty(callstate.AgentLeg("bob"), codec.PCMA, 700)
	bob.next.Sequence, bob.next.Timestamp = 12, 99
	s.talk(2*time.Second, customer, ann, bob)
	s.w.Pass(ann.leg, bob.leg)
	s.w.Pass(callstate.AgentLeg("nobody"), ann.leg)
	s.talk(2*time.Second, customer, ann, bob)
	wav, result := s.stop()
	s.sameLength(wav, result, 4*time.Second)
	pcm := wav.PCM(1)
	half := 2 * audio.Rate
	for hz, in := range map[float64][2]bool{1000: {true, false}, 700: {false, true}} {
		for i, part := range [][]int16{pcm[audio.Rate/4 : half-audio.Rate/4], pcm[half+audio.Rate/4 : len(pcm)-audio.Rate/4]} {
			got := audio.Level(part, audio.Rate, hz)
			if in[i] && math.Abs(got+12) > 0.5 || !in[i] && got > -60 {
				t.Errorf("%.0f Hz in part %d at %.1f dBFS", hz, i+1, got)
			}
		}
	}
	if got := audio.Level(wav.PCM(0), audio.Rate, 440); math.Abs(got+12) > 0.5 {
		t.Errorf("the customer is at %.1f dBFS", got)
	}
}
