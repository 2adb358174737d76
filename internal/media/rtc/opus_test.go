package rtc_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"parley/internal/media/audio"
	"parley/internal/media/codec"
	"parley/internal/media/relay"
	"parley/internal/shared/callstate"
)

// TestChromiumsSpeakOpus joins two tabs in Opus. One of them hears prompts in between,
// which are in a law, by the same stream.
func TestChromiumsSpeakOpus(t *testing.T) {
	hears, speaks := openTab(t), openTab(t)
	listener, answerListener := joinTab(t, hears)
	speaker, answerSpeaker := joinTab(t, speaks)
	for p, negotiate := range map[interface{ Prefer(codec.Codec) error }]func(){listener: answerListener, speaker: answerSpeaker} {
		if err := p.Prefer(codec.Opus); err != nil {
			t.Fatal(err)
		}
		negotiate()
	}
	bridge := relay.NewBridge(relay.NewMetronome())
	t.Cleanup(bridge.Close)
	bridge.Attach("listener", listener.Port())
	bridge.Attach("speaker", speaker.Port())
	bridge.Play("player:a", audio.NewToneSource(440, -12), nil)
	hear := func(id callstate.LegID) { bridge.SetTable(callstate.Table{{Listener: "listener", Speaker: id}}) }

	hear("player:a")
	if now := settled(t, hears, 50); now.Codec != "audio/PCMA" {
		t.Fatalf("the prompt is heard as %+v", now)
	}
	eval[chromedp.Void](t, speaks, "speak(500)")
	hear("speaker")
	before := settled(t, hears, 50)
	for before.Codec != "audio/opus" {
		before = settled(t, hears, 1)
	}
	after := settled(t, hears, 100)
	t.Logf("before %+v after %+v", before, after)
	if after.Lost > 0 || after.Energy <= before.Energy {
		t.Fatalf("lost %d, energy %v then %v", after.Lost, before.Energy, after.Energy)
	}
	if share := float64(after.Concealed-before.Concealed) / float64(after.Samples-before.Samples); share > 0.05 {
		t.Fatalf("Chromium concealed %.1f %% of what it heard in Opus", 100*share)
	}
	before = after
	for i := range 10 {
		hear([]callstate.LegID{"player:a", "speaker"}[i%2])
		settled(t, hears, 25)
	}
	after = settled(t, hears, 20)
	share := float64(after.Concealed-before.Concealed) / float64(after.Samples-before.Samples)
	t.Logf("after ten changes of codec %+v: %.1f %% concealed", after, 100*share)
	if after.Codec != "audio/opus" || after.Lost > 0 || share > 0.15 {
		t.Fatalf("after ten changes of codec: %.1f %% concealed of %+v", 100*share, after)
	}
}

// TestChromiumHearsSpeakersApart has a tab hear two others at once, in Opus and a law,
// each on a track of its own.
func TestChromiumHearsSpeakersApart(t *testing.T) {
	hears, speaks := openTab(t), openTab(t)
	listener, _ := joinTab(t, hears)
	speaker, negotiate := joinTab(t, speaks)
	if err := speaker.Prefer(codec.Opus); err != nil {
		t.Fatal(err)
	}
	negotiate()
	eval[chromedp.Void](t, speaks, "speak(500)")
	bridge := relay.NewBridge(relay.NewMetronome())
	t.Cleanup(bridge.Close)
	bridge.Attach("listener", listener.Port())
	bridge.Attach("speaker", speaker.Port())
	bridge.Play("player:a", audio.NewToneSource(440, -12), nil)
	bridge.SetTable(callstate.Table{{Listener: "listener", Speaker: "player:a"}, {Listener: "listener", Speaker: "speaker"}})
	ctx := soon(t)
	for {
		all := eval[[]inbound](t, hears, "inbounds()")
		codecs := map[string]int{}
		for _, one := range all {
			if one.Energy > 0 {
				codecs[one.Codec] = one.Packets
			}
			if one.Lost > 0 {
				t.Fatalf("lost on a track: %+v", all)
			}
		}
		if codecs["audio/PCMA"] > 50 && codecs["audio/opus"] > 50 {
			break
		}
		if ctx.Err() != nil {
			t.Fatalf("heard %+v", all)
		}
	}
	if q := listener.Quality(); q.Out.Lost > 0 {
		t.Fatalf("told of losses: %+v", q)
	}
}
