package trunk_test

import (
	"testing"
	"time"

	"parley/internal/domain/trunk"
)

func TestHealth(t *testing.T) {
	t.Parallel()
	now := time.Now()
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	for _, c := range []struct {
		name     string
		register bool
		status   trunk.Status
		want     trunk.Health
	}{
		{"just started", false, trunk.Status{}, trunk.Trying},
		{"registering", true, trunk.Status{}, trunk.Trying},
		{"registering, answers", true, trunk.Status{OptionsAt: ago(time.Second)}, trunk.Trying},
		{"registered", true, trunk.Status{Registered: true}, trunk.Up},
		{"registered, one OPTIONS lost", true, trunk.Status{Registered: true, OptionsAt: ago(time.Minute), ErrorAt: ago(time.Second)}, trunk.Up},
		{"refused", true, trunk.Status{OptionsAt: ago(time.Minute), ErrorAt: ago(time.Second), ErrorCode: 403}, trunk.Down},
		{"answers", false, trunk.Status{OptionsAt: ago(time.Minute)}, trunk.Up},
		{"recovered", false, trunk.Status{ErrorAt: ago(time.Minute), OptionsAt: ago(time.Second)}, trunk.Up},
		{"fails", false, trunk.Status{OptionsAt: ago(time.Minute), ErrorAt: ago(time.Second)}, trunk.Down},
		{"never answered", false, trunk.Status{ErrorAt: ago(time.Second)}, trunk.Down},
		{"silent for long", false, trunk.Status{OptionsAt: ago(time.Hour)}, trunk.Down},
	} {
		if got := c.status.Health(trunk.Trunk{Register: c.register}, now); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
