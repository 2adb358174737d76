package routing

import (
	"parley/internal/domain/flow"
	"parley/internal/domain/hours"
	"parley/internal/domain/number"
)

// Template is a flow to begin from. Its sounds are shipped prompts, which speak the
// number's language.
//
// A classic number rings everybody who has it, then takes a message; one with a menu
// asks for a key, and takes a message from who presses none. The menu has no options
// yet, so that it cannot be published before it has.
func Template(t number.Type) flow.Flow {
	voicemail := func(id string) flow.Step {
		return flow.Step{ID: id, Voicemail: &flow.Voicemail{Say: flow.Sound{Prompt: flow.PromptVoicemail}}}
	}
	open := flow.Step{ID: "hours-1", Hours: &flow.Hours{
		Schedule: hours.Schedule{Mode: hours.AlwaysOpen},
		Closed: []flow.Step{
			{ID: "closed-1", Message: &flow.Message{Say: flow.Sound{Prompt: flow.PromptClosed}}},
			voicemail("voicemail-closed"),
		},
	}}
	if t == number.IVR {
		return flow.Clean(flow.Flow{Steps: []flow.Step{open, {ID: "menu-1", Menu: &flow.Menu{
			Say: flow.Sound{Prompt: flow.PromptMenu}, Otherwise: []flow.Step{voicemail("voicemail-1")},
		}}}})
	}
	return flow.Clean(flow.Flow{Steps: []flow.Step{
		open,
		{ID: "welcome-1", Message: &flow.Message{Say: flow.Sound{Prompt: flow.PromptWelcome}}},
		{ID: "ring-1", Ring: &flow.Ring{Strategy: flow.AllAtOnce, Time: flow.DefaultRing}},
		voicemail("voicemail-1"),
	}})
}
