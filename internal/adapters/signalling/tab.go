package signalling

import (
	"context"
	"net/http"
	"sync"

	"parley/internal/base/fault"
	"parley/internal/base/obs"
	"parley/internal/domain/call"
	"parley/internal/domain/member"
	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
)

// tab is one socket of an agent's tab.
type tab struct {
	*socket
	hub         *Hub
	session     string
	memberID    string
	workspaceID string
	country     string

	telling   sync.Mutex // orders reading how the member is with telling it
	reporting sync.Mutex // orders working out whether the tab can ring with saying so

	mu       sync.Mutex
	member   member.Member
	id       string
	greeted  bool               // a snapshot was sent: deltas flow
	early    []protocol.Message // deltas that came while the snapshot was made
	mic      string
	peer     Peer
	peerUp   bool
	offer    int // number of the last offer sent
	finished bool
}

// ServePhone is the socket of the softphone.
func (h *Hub) ServePhone(w http.ResponseWriter, r *http.Request) {
	m, session, ok := h.Identity.Who(r)
	if !ok {
		http.Error(w, "not signed in", http.StatusUnauthorized)
		return
	}
	if !m.Role.Can(member.UsePhone) {
		http.Error(w, "not allowed", http.StatusForbidden)
		return
	}
	conn, err := h.upgrader.Upgrade(w, r, nil)
	if err != nil {
		h.Log.Info("websocket refused", obs.Err, err)
		return
	}
	t := &tab{
		socket: newSocket(conn, h.Log.With(obs.Member, m.ID, obs.Workspace, m.WorkspaceID)),
		hub:    h, session: session, memberID: m.ID, workspaceID: m.WorkspaceID,
		country: h.CountryOf(r.Context(), m.WorkspaceID), member: m,
	}
	if !h.enter(t) {
		t.close("stopping")
		t.write()
		return
	}
	defer h.leave(t)
	h.running.Go(t.write)
	t.read(t.take)
}

// take handles one message of the tab.
func (t *tab) take(ctx context.Context, env protocol.Envelope, m protocol.Message) {
	if hello, ok := m.(*protocol.Hello); ok {
		t.greet(ctx, env, hello)
		return
	}
	if t.tabID() == "" {
		t.close("malformed") // nothing comes before hello
		return
	}
	who, err := t.stillAllowed(ctx)
	if fault.KindOf(err) == fault.Internal && err != nil && inCall(m) {
		// The store is down. Whoever is in a call must be able to end it: the
		// call itself knows whose it is.
		t.log.Error("session not checked, in-call command let through", obs.Err, err)
		who, err = t.who(), nil
	}
	if err != nil {
		t.send(t.refusal(t.who(), err), env.ID)
		return
	}
	switch m := m.(type) {
	case *protocol.Ping:
		t.send(&protocol.Result{OK: true}, env.ID)
	case *protocol.Resync:
		t.snapshot(ctx)
	case *protocol.MediaAnswer:
		t.takeAnswer(m)
	case *protocol.MediaCandidate:
		t.takeCandidate(m)
	case *protocol.Device:
		t.setMicrophone(m.Microphone)
		t.send(&protocol.Result{OK: true}, env.ID)
	default:
		key := tabKey{who.ID, t.tabID()}
		result := t.hub.ledger.do(key, env.ID, func() *protocol.Result { return t.command(ctx, who, m) })
		t.send(result, env.ID)
	}
}

// inCall says whether m only steers the member's own call.
func inCall(m protocol.Message) bool {
	switch m.(type) {
	case *protocol.Act, *protocol.Keypad, *protocol.Ping, *protocol.MediaAnswer, *protocol.MediaCandidate:
		return true
	}
	return false
}

// stillAllowed reads the member anew, so that a changed role or a revoked
// session acts on the next command. Where that cannot be read the command is
// refused and the tab kept.
func (t *tab) stillAllowed(ctx context.Context) (member.Member, error) {
	m, err := t.hub.Identity.Valid(ctx, t.session)
	if err == nil && !m.Role.Can(member.UsePhone) {
		err = fault.New(fault.Forbidden, "error.not-allowed")
	}
	switch {
	case err == nil:
		t.mu.Lock()
		t.member = m
		t.mu.Unlock()
	case fault.KindOf(err) != fault.Internal:
		t.close("signed-out")
	}
	return m, err
}

// command runs one command and makes its result.
func (t *tab) command(ctx context.Context, who member.Member, m protocol.Message) *protocol.Result {
	phone := t.hub.Phone
	result := &protocol.Result{OK: true}
	var err error
	switch m := m.(type) {
	case *protocol.SetAvailability:
		err = phone.SetAvailability(ctx, who, m.Setting)
	case *protocol.Dial:
		var placed placedCall
		placed, err = t.dial(ctx, who, m)
		result.Call, result.Value = placed.CallID, placed.E164
	case *protocol.Act:
		err = t.act(ctx, who, m)
	case *protocol.Keypad:
		err = t.hub.Engine.Keypad(ctx, who.WorkspaceID, m.Call, who.ID, m.Digits)
	case *protocol.SetTags:
		err = phone.SetTags(ctx, who, m.Call, m.Tags)
		if err == nil {
			t.hub.retagged(ctx, who, m.Call)
		}
	case *protocol.EndWrapUp:
		err = phone.EndWrapUp(ctx, who)
	default:
		err = fault.New(fault.Invalid, "error.invalid-request")
	}
	if err != nil {
		return t.refusal(who, err)
	}
	return result
}

// refusal is the result of a command that failed. What is nobody's fault
// outside is logged here, once.
func (t *tab) refusal(who member.Member, err error) *protocol.Result {
	f := fault.Of(err)
	if f.Kind == fault.Internal {
		t.log.Error("command failed", obs.Err, err)
	}
	return &protocol.Result{Kind: string(f.Kind), Key: f.Key, Text: t.hub.Texts.sentence(who.Language, f)}
}

// greet answers hello with a snapshot and enters the tab.
func (t *tab) greet(ctx context.Context, env protocol.Envelope, hello *protocol.Hello) {
	if hello.Version != protocol.Version {
		t.close("reload")
		return
	}
	if hello.Tab == "" || len(hello.Tab) > 64 || t.tabID() != "" {
		t.close("malformed")
		return
	}
	// Between the request for the socket and here the session may have ended, and
	// nobody told a tab that was not there yet.
	if _, err := t.stillAllowed(ctx); err != nil {
		t.close("stopping") // where it was not closed as signed out
		return
	}
	t.hub.connect(t, hello.Tab)
	if env.ID != "" {
		t.send(&protocol.Result{OK: true}, env.ID)
	}
	t.snapshot(ctx)
}

// snapshot sends everything, then the deltas that came meanwhile.
func (t *tab) snapshot(ctx context.Context) {
	t.mu.Lock()
	t.greeted, t.early = false, nil
	m, tabID, up := t.member, t.id, t.peerUp
	t.mu.Unlock()
	snap, err := t.hub.Phone.Snapshot(ctx, m, tabID)
	if err != nil {
		t.log.Error("make snapshot", obs.Err, err)
		t.close("stopping")
		return
	}
	snap.Me.MediaReady = up
	for i := range snap.Recents {
		t.hub.word(&snap.Recents[i], m.Language)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.delta(snap)
	for _, m := range t.early {
		t.delta(m)
	}
	t.greeted, t.early = true, nil
}

// tell sends a delta, after the snapshot if one is being made.
func (t *tab) tell(m protocol.Message) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.greeted:
		t.delta(m)
	case t.id == "": // the snapshot will tell it
	case len(t.early) < queueLength:
		t.early = append(t.early, m)
	default: // to leave one out would leave the tab wrong without its knowing
		t.close("stopping")
	}
}

// tellMe sends the member as he is now. Of two changes at once the one told last
// was read last.
func (t *tab) tellMe() {
	t.telling.Lock()
	defer t.telling.Unlock()
	t.mu.Lock()
	m, up := t.member, t.peerUp
	t.mu.Unlock()
	me := t.hub.Phone.Me(m)
	me.MediaReady = up
	t.tell(&protocol.MeChanged{Me: me})
}

func (t *tab) tabID() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.id
}

// who is the member as last read.
func (t *tab) who() member.Member {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.member
}

func (t *tab) language() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.member.Language
}

type placedCall struct{ CallID, E164 string }

// dial places a call with this tab's media.
func (t *tab) dial(ctx context.Context, who member.Member, m *protocol.Dial) (placedCall, error) {
	leg, err := t.leg(who)
	if err != nil {
		return placedCall{}, err
	}
	placed, err := t.hub.Phone.Dial(ctx, who, m.NumberID, m.To, t.tabID(), leg)
	if err != nil {
		leg.HangUp(callstate.CauseAgentCancelled)
		return placedCall{}, err
	}
	return placedCall(placed), nil
}

// act does one action; answering needs this tab's media.
func (t *tab) act(ctx context.Context, who member.Member, m *protocol.Act) error {
	if m.Action != callstate.Answer {
		return t.hub.Phone.Act(ctx, who, m.Call, m.Action, m.On)
	}
	leg, err := t.leg(who)
	if err != nil {
		return err
	}
	if err := t.hub.Phone.Answer(ctx, who, m.Call, t.tabID(), leg); err != nil {
		leg.HangUp(callstate.CauseAnsweredElsewhere)
		return err
	}
	return nil
}

// prepare readies the tab's peer for a call that rings, so that its first word is in
// the codec of the call.
func (t *tab) prepare(wide bool) {
	t.mu.Lock()
	p := t.peer
	t.mu.Unlock()
	if p != nil {
		p.Prepare(wide)
	}
}

// leg makes the tab's peer take part in a call.
func (t *tab) leg(who member.Member) (call.Leg, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.peer == nil || !t.peerUp {
		return nil, fault.New(fault.Conflict, "error.microphone-needed")
	}
	return t.peer.Leg(callstate.AgentLeg(who.ID)), nil
}
