package trunk

import "time"

// Health is a trunk's state in one word.
type Health string

// The states of a trunk.
const (
	Trying Health = "trying" // nothing is known yet
	Up     Health = "up"
	Down   Health = "down"
)

// stale is how old an answered OPTIONS may be: they go out every 30 seconds.
const stale = 2 * time.Minute

// Health judges the status of t at now. A trunk that registers is up while it is
// registered, another one while it answers.
func (s Status) Health(t Trunk, now time.Time) Health {
	answered := !s.OptionsAt.IsZero() && now.Sub(s.OptionsAt) < stale
	failed := s.ErrorAt.After(s.OptionsAt)
	switch {
	case t.Register && s.Registered, !t.Register && answered && !failed:
		return Up
	case failed, !s.OptionsAt.IsZero() && !answered:
		return Down
	}
	return Trying
}
