package signalling

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"parley/internal/base/obs"
	"parley/internal/domain/call"
	"parley/internal/domain/member"
	"parley/internal/domain/softphone"
	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
)

// Hub knows the sockets of this node. It is the call.Audience.
type Hub struct {
	Needs
	upgrader websocket.Upgrader
	ledger   *ledger
	running  sync.WaitGroup

	desks     sync.Mutex // orders a tab's leaving with its coming back on a new socket
	following sync.Mutex // orders reading what an admin changed with telling it

	mu      sync.Mutex
	closing bool
	telling bool                         // tellChanges runs
	untold  map[string]struct{}          // workspaces that changed
	tabs    map[string]map[*tab]struct{} // by member
	callers map[*caller]struct{}
	byCall  map[string]*caller

	ending  chan struct{} // closed with the hub
	maxIdle time.Duration // shortened in tests
}

// maxTabs bounds the sockets of one member: each may have media of its own.
const maxTabs = 32

// NewHub returns a hub without sockets. Needs may be completed until the first
// socket opens: the engine and the hub need each other.
func NewHub() *Hub {
	return &Hub{
		upgrader: websocket.Upgrader{ReadBufferSize: 4096, WriteBufferSize: 4096},
		ledger:   newLedger(),
		untold:   make(map[string]struct{}),
		ending:   make(chan struct{}),
		tabs:     make(map[string]map[*tab]struct{}),
		callers:  make(map[*caller]struct{}),
		byCall:   make(map[string]*caller),
		maxIdle:  maxIdle,
	}
}

// enter counts a tab in, unless the hub is closing or the member has too many.
func (h *Hub) enter(t *tab) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing || len(h.tabs[t.memberID]) >= maxTabs {
		return false
	}
	set := h.tabs[t.memberID]
	if set == nil {
		set = make(map[*tab]struct{})
		h.tabs[t.memberID] = set
	}
	set[t] = struct{}{}
	h.running.Add(1)
	return true
}

// spawn runs f beside the tab's goroutines, unless the tab has left.
func (h *Hub) spawn(t *tab, f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, here := h.tabs[t.memberID][t]; here {
		h.running.Go(f)
	}
}

// spawnFor is spawn for a caller.
func (h *Hub) spawnFor(c *caller, f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, here := h.callers[c]; here {
		h.running.Go(f)
	}
}

// connect gives the tab its id and its place at the member's desk. An older
// socket of the same tab is closed: the page was reloaded, or its connection
// died unnoticed. The tab cannot ring until its own media stand.
func (h *Hub) connect(t *tab, id string) {
	h.desks.Lock()
	defer h.desks.Unlock()
	t.mu.Lock()
	t.id = id
	m := t.member
	t.mu.Unlock()
	for _, other := range h.tabsOf(t.memberID) {
		if other != t && other.tabID() == id {
			other.close("replaced")
			other.finish()
		}
	}
	h.Agents.Connect(m, id)
	h.Agents.SetReady(m.WorkspaceID, m.ID, id, false)
}

// leave counts a tab out and draws the consequences.
func (h *Hub) leave(t *tab) {
	defer h.running.Done()
	t.finish()
	h.mu.Lock()
	delete(h.tabs[t.memberID], t)
	if len(h.tabs[t.memberID]) == 0 {
		delete(h.tabs, t.memberID)
	}
	h.mu.Unlock()
	if h.disconnect(t) {
		return
	}
	if callID := h.Phone.Agents.Status(t.memberID).Call; callID != "" {
		h.Engine.Lose(t.workspaceID, callID, t.memberID)
	}
}

// disconnect takes the tab from the member's desk, unless another socket serves
// it by now. It says whether the member can still ring, or may shortly.
func (h *Hub) disconnect(t *tab) (served bool) {
	h.desks.Lock()
	defer h.desks.Unlock()
	id := t.tabID()
	if id == "" || h.hasTab(t.memberID, id) {
		return true
	}
	return h.Agents.Disconnect(t.workspaceID, t.memberID, id)
}

// hasTab says whether another socket serves the same tab by now.
func (h *Hub) hasTab(memberID, tabID string) bool {
	for _, t := range h.tabsOf(memberID) {
		if t.tabID() == tabID {
			return true
		}
	}
	return false
}

func (h *Hub) tabsOf(memberID string) []*tab {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]*tab, 0, len(h.tabs[memberID]))
	for t := range h.tabs[memberID] {
		out = append(out, t)
	}
	return out
}

// AgentChanged tells a member's tabs what he is doing now.
func (h *Hub) AgentChanged(_, memberID string) {
	for _, t := range h.tabsOf(memberID) {
		t.tellMe()
	}
}

// CallChanged tells the members who ring or talk, and the caller's page.
func (h *Hub) CallChanged(v call.View) {
	members := v.State.Ringers()
	if v.State.Agent != "" {
		members = append(members, v.State.Agent)
	}
	shown := make(map[string]softphone.Shown) // by the viewer's country
	for _, id := range members {
		for _, t := range h.tabsOf(id) {
			s, ready := shown[t.country]
			if !ready {
				s = softphone.Show(v, t.country)
				shown[t.country] = s
			}
			t.tell(&protocol.CallChanged{Call: s.For(id, t.tabID())})
		}
	}
	h.tellCaller(v)
	for _, id := range v.State.Ringers() {
		for _, t := range h.tabsOf(id) {
			t.prepare(v.Web)
		}
	}
}

// CallGone takes the call off a member's screens.
func (h *Hub) CallGone(v call.View, memberID string, cause callstate.Cause, by string) {
	tabs := h.tabsOf(memberID)
	if len(tabs) == 0 {
		return
	}
	name, args := "", map[string]string{}
	if by != "" {
		name = h.nameOf(v.Number.WorkspaceID, by)
		args["name"] = name
	}
	for _, t := range tabs {
		gone := &protocol.CallGone{Call: v.ID, Cause: cause, Code: v.SIPCode, By: name}
		gone.Text = h.Texts(t.language(), ownKey(cause), args) + refusal(v, cause)
		t.tell(gone)
	}
}

// refusal is what a trunk gave as code and reason, such as " (503 No Capacity)":
// who runs the trunk needs its own words.
func refusal(v call.View, cause callstate.Cause) string {
	if v.SIPCode == 0 || cause.Verdict().Party != callstate.PartyTrunk {
		return ""
	}
	return " (" + strings.TrimSpace(strconv.Itoa(v.SIPCode)+" "+v.SIPReason) + ")"
}

// CallEnded adds the call to the recent calls of whoever was in it.
func (h *Hub) CallEnded(v call.View, r call.Record) {
	h.tellCaller(v)
	if r.MemberID == "" {
		return
	}
	for _, t := range h.tabsOf(r.MemberID) {
		recent := softphone.RecentOf(r, v.Number.Name, t.country)
		h.word(&recent, t.language())
		t.tell(&protocol.RecentAdded{Recent: recent})
	}
}

// retagged tells the member's tabs of the tags his call has now.
func (h *Hub) retagged(ctx context.Context, m member.Member, callID string) {
	r, err := h.Phone.History.Record(ctx, m.WorkspaceID, callID)
	if err != nil || r.Live() {
		return
	}
	line, err := h.Phone.Numbers.Number(ctx, m.WorkspaceID, r.NumberID)
	if err != nil {
		return
	}
	for _, t := range h.tabsOf(m.ID) {
		recent := softphone.RecentOf(r, line.Name, t.country)
		h.word(&recent, t.language())
		t.tell(&protocol.RecentAdded{Recent: recent})
	}
}

// Alarm shows the agent in the call that something needs a person.
func (h *Hub) Alarm(v call.View, key string) {
	for _, t := range h.tabsOf(v.State.Agent) {
		t.send(&protocol.Notice{Level: "alarm", Key: key, Text: h.Texts(t.language(), key, nil)}, "")
	}
}

// word fills in the sentence of how a call ended.
func (h *Hub) word(r *protocol.Recent, language string) {
	r.CauseText = h.Texts(language, ownKey(r.Cause), nil)
}

// ownKey is the sentence for a cause as the member reads it whose call it was.
func ownKey(c callstate.Cause) string {
	switch c {
	case callstate.CauseAgentHungUp:
		return "phone.ended.by-you"
	case callstate.CauseAgentCancelled:
		return "phone.ended.cancelled-by-you"
	default:
		return c.Verdict().TextKey
	}
}

func (h *Hub) nameOf(workspaceID, memberID string) string {
	ctx, cancel := context.WithTimeout(context.Background(), nameTime)
	defer cancel()
	m, err := h.Phone.Members.Member(ctx, workspaceID, memberID)
	if err != nil {
		h.Log.Warn("name of a member not read", obs.Member, memberID, obs.Err, err)
		return ""
	}
	return m.Name
}

// Close says goodbye to every socket and waits for them, or until ctx ends.
func (h *Hub) Close(ctx context.Context) {
	h.mu.Lock()
	if !h.closing {
		close(h.ending)
	}
	h.closing = true
	var sockets []*socket
	for _, set := range h.tabs {
		for t := range set {
			sockets = append(sockets, t.socket)
		}
	}
	for c := range h.callers {
		sockets = append(sockets, c.socket)
	}
	h.mu.Unlock()
	for _, s := range sockets {
		s.close("stopping")
	}
	done := make(chan struct{})
	go func() {
		h.running.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

var _ call.Audience = (*Hub)(nil)

// errorText answers a request that cannot become a socket.
func errorText(w http.ResponseWriter, status int) { http.Error(w, http.StatusText(status), status) }
