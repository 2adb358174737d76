package e2e

import (
	"fmt"
	"strings"
	"testing"

	"parley/internal/tests/testkit"
)

// TestApplyReachesTheRunningServer applies a document beside a running server:
// tabs see it without a reload, and calls obey it.
func TestApplyReachesTheRunningServer(t *testing.T) {
	t.Parallel()
	before := company("")
	s := testkit.Start(t, program, testkit.Options{Document: before})
	agent := s.SignIn(ada).Phone("desk")
	s.Apply(strings.Replace(before, "name: Main line", "name: Hotline", 1))
	agent.Await("the line's new name", func(v testkit.View) string {
		for _, line := range v.Lines {
			if line.Name == "Hotline" {
				return ""
			}
		}
		return fmt.Sprintf("lines %+v", v.Lines)
	})
	caller := s.Call(number, "Zoë")
	if rings := agent.Ringing(); rings.Line.Name != "Hotline" {
		t.Errorf("rings on %q", rings.Line.Name)
	}
	caller.HangUp()
}
