package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"parley/internal/adapters/signalling"
	"parley/internal/base/fault"
	"parley/internal/domain/call"
	"parley/internal/domain/member"
	"parley/internal/domain/softphone"
	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
	"parley/internal/tests/office"
	"parley/internal/tests/testkit"
)

const (
	fanRounds = 30
	pingAfter = 100 // tabs opened, or so: a socket that says nothing for long is closed
)

// fanning measures what it takes until a call that rings a whole company has reached
// every tab: from the caller's arrival until the last of 999 websockets over loopback
// has the call. Everything is real but media, which tabs this many would spend all the
// machine on; their reading is part of the time, for it shares the processors.
func fanning(r *run, _ *testkit.Program) {
	c := newCompany(r)
	engine, address := exchange(r, c)
	crowd := &tabs{r: r}
	for i, m := range c.all {
		crowd.open(address, m)
		if i%pingAfter == 0 {
			crowd.ping()
		}
	}
	for _, m := range c.all {
		for c.desks.Status(m.ID).State != protocol.LiveAvailable {
			r.pass(10 * time.Millisecond)
		}
	}
	var last []time.Duration
	for i := range warmUps + fanRounds {
		crowd.ping()
		at := crowd.await(len(c.all))
		began := time.Now()
		caller := newVisit(callstate.CustomerLeg)
		if _, err := engine.Arrive(call.Incoming{Number: c.line, E164: "+33612345678", Leg: caller}); err != nil {
			r.Fatal(err)
		}
		took := (<-at).Sub(began)
		caller.HangUp(callstate.CauseNone)
		for engine.Live() > 0 {
			r.pass(5 * time.Millisecond)
		}
		if i >= warmUps {
			last = append(last, took)
		}
	}
	r.late("offer_fanout_ms", last)
}

// exchange serves the tabs of a company, and returns the engine of its calls.
func exchange(r *run, c company) (*call.Engine, string) {
	log, hub := slog.New(slog.DiscardHandler), signalling.NewHub()
	flows := office.Flows{Service: c.flows}
	engine := call.NewEngine(call.Deps{
		Log: c.db, Recordings: c.db, Agents: c.desks, Flows: c.flows, Blocked: flows, Board: c.board, Media: mute{}, Audience: hub,
		Guard: call.NewGuard(func(context.Context, call.Placing, *fault.Error) {}), Slog: log,
	})
	who := make(sessions)
	for _, m := range c.all {
		who[m.ID] = m
	}
	hub.Needs = signalling.Needs{
		Phone: softphone.New(softphone.Needs{
			Engine: engine, Agents: c.desks, Numbers: c.db, Tags: c.db, Members: c.db, History: c.db, Workspaces: c.db,
		}),
		Engine: engine, Agents: c.desks, Identity: who, Lines: c.db, Peers: mute{},
		Texts:       func(_, key string, _ map[string]string) string { return key },
		CountryOf:   func(context.Context, string) string { return "FR" },
		AllowCaller: func(*http.Request) bool { return true }, Log: log,
	}
	c.desks.OnChange(hub.AgentChanged)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /phone", hub.ServePhone)
	web := httptest.NewServer(mux)
	r.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), 10*time.Second)
		defer cancel()
		if err := engine.Close(ctx); err != nil {
			r.Errorf("close the engine: %v", err)
		}
		hub.Close(ctx)
		web.Close()
	})
	return engine, "ws" + strings.TrimPrefix(web.URL, "http") + "/phone?member="
}

// sessions are the members by id, who is what a tab says it is.
type sessions map[string]member.Member

func (s sessions) Who(r *http.Request) (member.Member, string, bool) {
	m, ok := s[r.URL.Query().Get("member")]
	return m, m.ID, ok
}

func (s sessions) Valid(_ context.Context, session string) (member.Member, error) {
	return s[session], nil
}

// tabs are the browsers' ends of all sockets. Each is read by a goroutine of its own.
type tabs struct {
	r     *run
	conns []*websocket.Conn

	mu     sync.Mutex
	wanted int
	done   chan time.Time
}

// await tells when so many tabs have been told that a call rings.
func (t *tabs) await(n int) <-chan time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wanted, t.done = n, make(chan time.Time, 1)
	return t.done
}

func (t *tabs) told() {
	at := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.wanted--; t.wanted == 0 {
		t.done <- at
	}
}

func (t *tabs) open(address string, m member.Member) {
	conn, res, err := websocket.DefaultDialer.DialContext(t.r.ctx, address+m.ID, nil)
	if err != nil {
		t.r.Fatalf("open a tab: %v (%v)", err, res)
	}
	t.r.Cleanup(func() { _ = conn.Close() })
	greetings := []protocol.Message{&protocol.Hello{Version: protocol.Version, Tab: "desk"}, &protocol.Device{Microphone: "granted"}}
	for i, say := range greetings {
		t.say(conn, fmt.Sprint(m.ID, i), say)
	}
	t.conns = append(t.conns, conn)
	go func() {
		for {
			_, data, err := conn.ReadMessage()
			if err != nil {
				return
			}
			if bytes.HasPrefix(data, []byte(`{"t":"call",`)) && bytes.Contains(data, []byte(`"ringing"`)) {
				t.told()
			}
		}
	}()
}

// ping keeps every socket alive.
func (t *tabs) ping() {
	for _, conn := range t.conns {
		t.say(conn, "", &protocol.Ping{})
	}
}

func (t *tabs) say(conn *websocket.Conn, id string, m protocol.Message) {
	data, err := protocol.Encode(m, id, "", 0)
	if err == nil {
		err = conn.WriteMessage(websocket.TextMessage, data)
	}
	if err != nil {
		t.r.Errorf("a tab cannot say %s: %v", m.Type(), err)
	}
}

// mute is media without sound.
type mute struct{}

func (mute) NewPeer(on signalling.PeerEvents) (signalling.Peer, error) {
	return &path{ready: on.Ready}, nil
}
func (mute) Open(_, _ string) call.Bridge                                  { return mute{} }
func (mute) Attach(call.Leg)                                               {}
func (mute) Detach(callstate.LegID)                                        {}
func (mute) Follow(callstate.State)                                        {}
func (mute) Play(call.Sound, func())                                       {}
func (mute) Digits(callstate.LegID, string)                                {}
func (mute) Record(call.RecordSpec, func(call.RecordResult)) call.Recorder { return nil }
func (mute) Close()                                                        {}

// path is a tab's media path, which stands as soon as it is asked for.
type path struct{ ready func(bool) }

func (p *path) Start() error {
	p.ready(true)
	return nil
}

func (*path) Answer(string) error    { return nil }
func (*path) Candidate(string) error { return nil }
func (*path) Prepare(bool)           {}
func (*path) Close()                 {}

func (*path) Leg(id callstate.LegID) call.Leg {
	return newVisit(id)
}

// visit is a leg that does nothing but end.
type visit struct {
	id     callstate.LegID
	report chan func(call.LegEvent)
}

func newVisit(id callstate.LegID) *visit {
	return &visit{id: id, report: make(chan func(call.LegEvent), 1)}
}

func (v *visit) ID() callstate.LegID           { return v.id }
func (v *visit) Listen(to func(call.LegEvent)) { v.report <- to }
func (v *visit) Ringing()                      {}
func (v *visit) Accept()                       {}
func (v *visit) HangUp(cause callstate.Cause) {
	select {
	case to := <-v.report:
		to(call.LegEvent{Kind: call.LegEnded, Cause: cause})
	default: // it has ended
	}
}
