package e2e

import (
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
	"parley/internal/tests/pgtest"
	"parley/internal/tests/testkit"
)

// TestOnPostgresAndNATS takes a call on what a cluster node stands on: the same
// code over a PostgreSQL and a NATS server of their own.
func TestOnPostgresAndNATS(t *testing.T) {
	t.Parallel()
	pg, err := pgtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pg.Stop(); err != nil {
			t.Errorf("stop PostgreSQL: %v", err)
		}
	})
	s := testkit.Start(t, program, testkit.Options{
		Document: company("    recording: {auto_inbound: true}\n    mandatory_tag: true\n"),
		Settings: map[string]string{"database-url": pg.Database(t), "nats-url": natsServer(t)},
	})
	ada := s.SignIn(ada)
	agent := ada.Phone("desk")
	agent.Tone(testkit.AgentTone)
	caller := s.Call(number, "Zoë")
	rings := agent.Ringing()
	agent.Answer(rings.ID)
	for range 4 { // the last second may be lost
		talk(agent, caller)
	}
	s.Kill()
	s.Launch()

	agent = ada.Phone("desk")
	agent.AwaitState(protocol.LiveWrapUp)
	if r := agent.AwaitRecent(rings.ID); r.Cause != callstate.CauseServerCrashed || !r.Talked {
		t.Errorf("after the crash: %+v", r)
	}
	recordedBoth(t, s)
}

// natsServer is a NATS server on loopback for the test.
func natsServer(t *testing.T) string {
	t.Helper()
	nats, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	go nats.Start()
	t.Cleanup(func() {
		nats.Shutdown()
		nats.WaitForShutdown()
	})
	if !nats.ReadyForConnections(10 * time.Second) {
		t.Fatal("the NATS server does not take connections")
	}
	return nats.ClientURL()
}
