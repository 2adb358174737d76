package call_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/base/fault"
	"parley/internal/domain/call"
)

func unheard(context.Context, call.Placing, *fault.Error) {}

func check(t *testing.T, g *call.Guard, to string, limit int) fault.Kind {
	t.Helper()
	err := g.Check(t.Context(), call.Placing{
		Number: line(), Member: person("ada"), To: to, Allowed: []string{"FR", ""}, Limits: call.Limits{PerMember: limit},
	})
	if err == nil {
		return ""
	}
	return fault.KindOf(err)
}

func TestGuardCountsShortNumbersButNoEmergency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := call.NewGuard(unheard)
		for range 2 {
			if kind := check(t, g, "3631", 2); kind != "" {
				t.Fatalf("a short number within the limit: %s", kind)
			}
		}
		for _, to := range []string{"3631", "+33622222222"} {
			if kind := check(t, g, to, 2); kind != fault.TooMany {
				t.Errorf("%s over the limit: %q", to, kind)
			}
		}
		if kind := check(t, g, "112", 2); kind != "" {
			t.Errorf("an emergency call over the limit: %s", kind)
		}
		time.Sleep(time.Hour + time.Second)
		if kind := check(t, g, "3631", 2); kind != "" {
			t.Errorf("an hour later: %s", kind)
		}
	})
}

func TestGuardRefusesNumbersOfNoCountry(t *testing.T) {
	t.Parallel()
	if kind := check(t, call.NewGuard(unheard), "+88216000000", 2); kind != fault.Forbidden {
		t.Errorf("a number that is nowhere: %q", kind)
	}
}

// TestEmergencyCallsBuyNoOthers: an emergency call is not counted, so that one which
// is not placed takes no other call out of the count.
func TestEmergencyCallsBuyNoOthers(t *testing.T) {
	t.Parallel()
	g := call.NewGuard(unheard)
	if kind := check(t, g, "3631", 1); kind != "" {
		t.Fatalf("a call within the limit: %s", kind)
	}
	if kind := check(t, g, "112", 1); kind != "" {
		t.Fatalf("an emergency call: %s", kind)
	}
	g.Undo(call.Placing{Number: line(), Member: person("ada"), To: "112"})
	if kind := check(t, g, "3631", 1); kind != fault.TooMany {
		t.Errorf("a second call after an emergency call that was not placed: %q", kind)
	}
}
