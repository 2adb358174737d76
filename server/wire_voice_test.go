package main

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/internal/domain/audit"
	"parley/internal/domain/call"
	"parley/internal/domain/member"
)

// tally is an audit log that counts entries by member.
type tally map[string]int

func (c tally) AppendAudit(_ context.Context, e audit.Entry) error {
	c[e.MemberID]++
	return nil
}

// TestRefusedCallsDoNotFillTheDisk: one who dials on and on is recorded for a while,
// and hides nobody else.
func TestRefusedCallsDoNotFillTheDisk(t *testing.T) {
	log, kept := slog.New(slog.DiscardHandler), tally{}
	p := &parley{log: log}
	p.identity.trail = auth.NewTrail(kept, time.Now, log)
	refused := p.auditRefusals()
	for range 1000 {
		refused(t.Context(), call.Placing{Member: member.Member{ID: "eve"}}, fault.New(fault.Forbidden, "error.country-not-allowed"))
	}
	refused(t.Context(), call.Placing{Member: member.Member{ID: "ada"}}, fault.New(fault.TooMany, "error.dial-limit"))
	if kept["eve"] < refusalBurst || kept["eve"] > refusalBurst+5 || kept["ada"] != 1 {
		t.Errorf("recorded %v", kept)
	}
}
