package flow

// The prompts that ship with the program, by their ids in the sound library.
const (
	PromptWelcome         = "welcome"
	PromptMenu            = "menu" // stands for a menu's own words until they are written
	PromptClosed          = "closed"
	PromptUnavailable     = "unavailable"
	PromptNotInService    = "not-in-service"
	PromptVoicemail       = "voicemail"
	PromptWrongKey        = "wrong-key"
	PromptPleaseWait      = "please-wait"
	PromptCallbackOffer   = "callback-offer"
	PromptCallbackPromise = "callback-promise"
	PromptGoodbye         = "goodbye"
	PromptBlocked         = "blocked"
)

// Prompts lists the shipped prompts that a step may name, in the order they are offered.
func Prompts() []string {
	return []string{
		PromptWelcome, PromptMenu, PromptClosed, PromptUnavailable, PromptNotInService, PromptVoicemail,
		PromptPleaseWait, PromptCallbackOffer, PromptCallbackPromise, PromptGoodbye, PromptWrongKey, PromptBlocked,
	}
}
