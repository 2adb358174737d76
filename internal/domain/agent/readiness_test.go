package agent_test

import (
	"testing"
	"testing/synctest"

	"parley/internal/domain/agent"
	"parley/internal/domain/member"
)

func TestReadiness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, &shelf{})
		reading := func(id string) agent.Readiness { return r.Readiness([]string{"nobody", id}, nil)[1] }
		if got := reading("ada"); got.Reason != agent.Free || got.IdleSince.IsZero() || got.Setting == "" {
			t.Errorf("ada at her desk: %+v", got)
		}
		if got := reading("stranger"); got.Reason != agent.ReasonOffline || got.Setting != "" {
			t.Errorf("somebody who never came: %+v", got)
		}
		r.Reserve("ada", "c1")
		if got := reading("ada"); got.Reason != agent.ReasonRinging {
			t.Errorf("ada rung by a call: %+v", got)
		}
		r.Engage("w1", "ada", "c1")
		if got := reading("ada"); got.Reason != agent.ReasonOnCall {
			t.Errorf("ada on a call: %+v", got)
		}
		r.Release("w1", "ada", "c1")
		if err := r.SetSetting(t.Context(), "w1", "ada", member.DoNotDisturb); err != nil {
			t.Fatal(err)
		}
		if got := reading("ada"); got.Reason != agent.ReasonDND || got.Setting != member.DoNotDisturb {
			t.Errorf("ada not to be disturbed: %+v", got)
		}
		r.Dismiss("w1", "ada")
		if got := reading("ada"); got.Reason != agent.ReasonStranger {
			t.Errorf("ada removed: %+v", got)
		}
	})
}
