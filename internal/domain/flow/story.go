package flow

import (
	"time"

	"parley/internal/shared/callstate"
)

// Story is what a caller would live through.
type Story struct {
	Notes   []Timed
	Steps   []string // entered, in order
	End     callstate.Cause
	TakenBy string // the member, or the number outside, who answers; then End is none
	Rung    []Ringing
}

// Ringing is that phones of members begin to ring, all of them at once.
type Ringing struct {
	After   time.Duration
	QueueID string // the step
	Members []string
}

// Timed is a note with when it would be, the length of messages left out.
type Timed struct {
	After  time.Duration
	Note   Note
	Action string // what follows on it, one of the Action names; "" where more is told first
}

// The names of actions.
const (
	ActionSay     = "say"
	ActionAsk     = "ask"
	ActionOffer   = "offer"
	ActionEnqueue = "enqueue"
	ActionDial    = "dial"
	ActionRecord  = "record"
	ActionPromise = "promise"
	ActionEnd     = "end"
)

// ActionName is the name of an action, "" for none.
func ActionName(a Action) string {
	switch a.(type) {
	case Say:
		return ActionSay
	case Ask:
		return ActionAsk
	case Offer:
		return ActionOffer
	case Enqueue:
		return ActionEnqueue
	case Dial:
		return ActionDial
	case Record:
		return ActionRecord
	case Promise:
		return ActionPromise
	case End:
		return ActionEnd
	}
	return ""
}

// Steps are the ids of the steps that notes tell of, in the order they were
// entered: what a case expects. The notes of a step follow each other.
func Steps(notes []Note) []string {
	var out []string
	var last Note
	for _, n := range notes {
		if n.Step != "" && n.What != WhatStepGone && (n.Step != last.Step || n.Line != last.Line) {
			out = append(out, n.Step)
		}
		last = n
	}
	return out
}

// OpenAt says whether the number is open at facts.At, by the first hours step on the
// way of every call; without one it always is.
func (f Facts) OpenAt(numberID string) bool {
	for _, s := range f.Lines[numberID].Flow.Steps {
		if s.Hours != nil {
			open, _ := s.Hours.Schedule.Open(f.At, f.Zone, f.Feeds[s.Hours.Schedule.FeedID])
			return open
		}
	}
	return true
}
