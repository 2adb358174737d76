package signalling

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"parley/internal/base/fault"
	"parley/internal/domain/agent"
	"parley/internal/domain/call"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/queue"
	"parley/internal/domain/softphone"
	"parley/internal/domain/tag"
	"parley/internal/shared/callstate"
	"parley/internal/tests/office"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const line = "+33123456789"

// site is a hub served over HTTP with everything real behind it but media, the
// phone network and who somebody is.
type site struct {
	*office.Office
	hub      *Hub
	desks    *agent.Registry
	engine   *call.Engine
	web      *httptest.Server
	peers    *peers
	network  *network
	visitors *visitors
	tags     *slowTags
	number   number.Number

	mu      sync.Mutex
	refuse  bool // further callers
	allowed int  // how often AllowCaller was asked
}

func open(t *testing.T) *site {
	t.Helper()
	o := office.New(t)
	log := slog.New(slog.DiscardHandler)
	s := &site{
		Office: o, hub: NewHub(), desks: agent.NewRegistry(o.DB, o.DB, o.DB, log), peers: &peers{}, network: &network{},
		visitors: newVisitors(o.Owner, o.Admin, o.Member), tags: &slowTags{store: o.DB},
	}
	board := queue.NewBoard(time.Now)
	flows := office.NewFlows(o.DB, s.desks, board)
	s.engine = call.NewEngine(call.Deps{
		Log: o.DB, Recordings: o.DB, Agents: s.desks, Flows: flows, Blocked: flows, Board: board, Dialler: s.network, Media: silence{}, Audience: s.hub,
		Guard: call.NewGuard(func(context.Context, call.Placing, *fault.Error) {}), Slog: log,
	})
	s.hub.Needs = Needs{
		Phone: softphone.New(softphone.Needs{
			Engine: s.engine, Agents: s.desks, Numbers: o.DB, Tags: s.tags, Members: o.DB, History: o.DB, Workspaces: o.DB,
		}),
		Engine: s.engine, Agents: s.desks, Identity: s.visitors, Lines: o.DB, Peers: s.peers,
		Texts:       func(language, key string, _ map[string]string) string { return language + ":" + key },
		CountryOf:   func(context.Context, string) string { return "FR" },
		AllowCaller: s.allow, Log: log,
	}
	s.desks.OnChange(s.hub.AgentChanged)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /phone", s.hub.ServePhone)
	mux.HandleFunc("GET /call/{number}", s.hub.ServeCaller)
	s.web = httptest.NewServer(mux)
	t.Cleanup(func() { s.close(t) })
	s.number = s.line(t, line, o.Member)
	return s
}

func (s *site) close(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.engine.Close(ctx); err != nil {
		t.Errorf("close the engine: %v", err)
	}
	s.hub.Close(ctx)
	if ctx.Err() != nil {
		t.Error("the hub does not close")
	}
	s.desks.Close()
	s.web.Close()
}

// line makes a number with a public page and a trunk, and gives it to members.
func (s *site) line(t *testing.T, e164 string, members ...member.Member) number.Number {
	t.Helper()
	n, err := s.Numbers.Create(t.Context(), s.Owner, number.Draft{Phone: e164, Country: "FR", Name: "Sales", WebCall: true})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, m := range members {
		ids = append(ids, m.ID)
	}
	if err := s.Numbers.Assign(t.Context(), s.Owner, n.ID, office.Shared(ids...)); err != nil {
		t.Fatal(err)
	}
	n.TrunkID = "any" // the network is a fake: no row of a trunk is needed
	if err := s.DB.SaveNumber(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	return n
}

func (s *site) allow(*http.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.allowed++
	return !s.refuse
}

func (s *site) refuseCallers() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = true
}

// sockets counts what the hub holds on to.
func (s *site) sockets() (tabs, callers, calls int) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	for _, set := range s.hub.tabs {
		tabs += len(set)
	}
	return tabs, len(s.hub.callers), len(s.hub.byCall)
}

// visitors are members whose session is named as they are.
type visitors struct {
	mu      sync.Mutex
	members map[string]member.Member
	broken  error
}

func newVisitors(members ...member.Member) *visitors {
	v := &visitors{members: make(map[string]member.Member)}
	for _, m := range members {
		v.members["session of "+m.ID] = m
	}
	return v
}

func (v *visitors) Who(r *http.Request) (member.Member, string, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	id := "session of " + r.URL.Query().Get("member")
	m, ok := v.members[id]
	return m, id, ok
}

func (v *visitors) Valid(_ context.Context, session string) (member.Member, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	m, ok := v.members[session]
	switch {
	case v.broken != nil:
		return member.Member{}, v.broken
	case !ok:
		return member.Member{}, fault.New(fault.Unauthenticated, "error.signed-out")
	}
	return m, nil
}

// become changes what is known of a session; a nil change ends it.
func (v *visitors) become(m member.Member, change func(*member.Member)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	id := "session of " + m.ID
	if change == nil {
		delete(v.members, id)
		return
	}
	now := v.members[id]
	change(&now)
	v.members[id] = now
}

func (v *visitors) fail(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.broken = err
}

// slowTags holds a snapshot up for as long as a test wants.
type slowTags struct {
	store softphone.Tags

	mu   sync.Mutex
	gate chan struct{} // of the next reading, nil to pass
	met  chan struct{} // closed once somebody waits at the gate
}

// hold makes the next reading wait until release is called.
func (s *slowTags) hold() (waiting <-chan struct{}, release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	gate, met := make(chan struct{}), make(chan struct{})
	s.gate, s.met = gate, met
	return met, sync.OnceFunc(func() { close(gate) })
}

func (s *slowTags) Tags(ctx context.Context, workspaceID string) ([]tag.Tag, error) {
	s.mu.Lock()
	gate, met := s.gate, s.met
	s.gate = nil
	s.mu.Unlock()
	if gate != nil {
		close(met)
		<-gate
	}
	return s.store.Tags(ctx, workspaceID)
}

// network is the phone network: every call dialled rings for ever.
type network struct {
	mu     sync.Mutex
	dialed int
}

func (n *network) Dial(context.Context, call.Outgoing) (call.Leg, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.dialed++
	return &leg{id: callstate.CustomerLeg, lost: callstate.CauseCustomerLost}, nil
}

func (n *network) count() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.dialed
}

// silence is a media plane without media. Its messages never end.
type silence struct{}

func (silence) Open(_, _ string) call.Bridge   { return silence{} }
func (silence) Attach(call.Leg)                {}
func (silence) Detach(callstate.LegID)         {}
func (silence) Follow(callstate.State)         {}
func (silence) Play(call.Sound, func())        {}
func (silence) Digits(callstate.LegID, string) {}
func (silence) Close()                         {}

func (silence) Record(call.RecordSpec, func(call.RecordResult)) call.Recorder { return tape{} }

type tape struct{}

func (tape) Pause()  {}
func (tape) Resume() {}

func (tape) Pass(_, _ callstate.LegID) {}

func (tape) Stop() {}

// peers makes media peers of words: any answer but "bad" connects.
type peers struct {
	mu   sync.Mutex
	made []*peer
}

func (p *peers) NewPeer(on PeerEvents) (Peer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	one := &peer{on: on, prepared: make(chan bool, 256)}
	p.made = append(p.made, one)
	return one, nil
}

func (p *peers) last() *peer {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.made) == 0 {
		return nil
	}
	return p.made[len(p.made)-1]
}

// open counts peers that are not closed.
func (p *peers) open() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, one := range p.made {
		if !one.isClosed() {
			n++
		}
	}
	return n
}

type peer struct {
	on       PeerEvents
	prepared chan bool // for calls between browsers, or others

	mu     sync.Mutex
	legs   []*leg
	closed bool
}

func (p *peer) Start() error {
	p.on.Offer("an offer")
	return nil
}

func (p *peer) Answer(sdp string) error {
	if sdp == "bad" {
		return errors.New("not SDP")
	}
	go p.on.Ready(true)
	return nil
}

func (p *peer) Candidate(string) error { return nil }
func (p *peer) Prepare(wide bool)      { p.prepared <- wide }

func (p *peer) Leg(id callstate.LegID) call.Leg {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := &leg{id: id, lost: p.on.Lost}
	p.legs = append(p.legs, l)
	return l
}

func (p *peer) Close() {
	p.mu.Lock()
	legs := p.legs
	p.closed = true
	p.mu.Unlock()
	for _, l := range legs {
		l.HangUp(l.lost)
	}
}

func (p *peer) isClosed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}

// leg reports nothing but its end.
type leg struct {
	id      callstate.LegID
	lost    callstate.Cause
	pressed []byte // keys of the page; read when no command is under way

	mu       sync.Mutex
	listener func(call.LegEvent)
	ended    *call.LegEvent
}

func (l *leg) ID() callstate.LegID { return l.id }
func (l *leg) Ringing()            {}
func (l *leg) Press(digit byte)    { l.pressed = append(l.pressed, digit) }
func (l *leg) Accept()             {}

func (l *leg) Listen(f func(call.LegEvent)) {
	l.mu.Lock()
	l.listener = f
	ended := l.ended
	l.mu.Unlock()
	if ended != nil {
		f(*ended)
	}
}

func (l *leg) HangUp(cause callstate.Cause) {
	l.mu.Lock()
	first := l.ended == nil
	if first {
		l.ended = &call.LegEvent{Leg: l.id, Kind: call.LegEnded, Cause: cause}
	}
	f, ended := l.listener, l.ended
	l.mu.Unlock()
	if first && f != nil {
		f(*ended)
	}
}

// patience is how long a test waits for what must happen.
const patience = 10 * time.Second
