package queue

import (
	"strconv"
	"time"
)

// The most that is said exactly; beyond, callers hear "more than".
const (
	maxSpokenPlace = 20
	maxSpokenWait  = 20 * time.Minute
)

// Prompts lists the shipped prompts that, spoken one after the other, tell a caller
// his place and, where it is known, how long he will wait, in whole minutes.
func (p Place) Prompts() []string {
	var say []string
	switch {
	case p.Position <= 1:
		say = append(say, "position-next")
	case p.Position > maxSpokenPlace:
		say = append(say, "position-far")
	default:
		say = append(say, "position", spoken(p.Position))
	}
	if !p.Known {
		return say
	}
	switch minutes := int((p.Wait + time.Minute - 1) / time.Minute); {
	case p.Wait > maxSpokenWait:
		return append(say, "wait-long")
	case minutes <= 1:
		return append(say, "wait", "minute")
	default:
		return append(say, "wait", spoken(minutes), "minutes")
	}
}

func spoken(n int) string { return "number-" + strconv.Itoa(n) }
