package softphone

import (
	"context"
	"fmt"
	"slices"
	"time"

	"parley/internal/base/phone"
	"parley/internal/domain/agent"
	"parley/internal/domain/call"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/shared/callstate"
	"parley/internal/shared/protocol"
)

// recentCalls is how many past calls a tab shows.
const recentCalls = 20

// Snapshot is everything a tab of m shows.
func (s *Service) Snapshot(ctx context.Context, m member.Member, tab string) (*protocol.Snapshot, error) {
	ws, err := s.Workspaces.Workspace(ctx, m.WorkspaceID)
	if err != nil {
		return nil, fmt.Errorf("read workspace: %w", err)
	}
	lines, err := s.Lines(ctx, m)
	if err != nil {
		return nil, err
	}
	tags, err := s.TagList(ctx, m.WorkspaceID)
	if err != nil {
		return nil, err
	}
	recents, err := s.Recents(ctx, m, ws.Country)
	if err != nil {
		return nil, err
	}
	snap := &protocol.Snapshot{Now: time.Now().UnixMilli(), Me: s.Me(m), Lines: lines, Tags: tags, Recents: recents}
	if v, ok := s.current(m); ok {
		snap.Calls = append(snap.Calls, Show(v, ws.Country).For(m.ID, tab))
	}
	return snap, nil
}

// current is the call that rings m or that he is in.
func (s *Service) current(m member.Member) (call.View, bool) {
	id := s.Agents.Status(m.ID).Call
	if id == "" {
		return call.View{}, false
	}
	return s.Engine.View(m.WorkspaceID, id)
}

// Interrupted returns the call m's tab was lost from, if it waits for him.
func (s *Service) Interrupted(m member.Member) (call.View, bool) {
	v, ok := s.current(m)
	return v, ok && v.State.Away && v.State.Agent == m.ID
}

// Me is the member as his tabs see him.
func (s *Service) Me(m member.Member) protocol.Me {
	return meOf(m, s.Agents.Status(m.ID))
}

func meOf(m member.Member, st agent.Status) protocol.Me {
	me := protocol.Me{
		ID: m.ID, Name: m.Name, Setting: string(st.Setting), State: st.State,
		DueTag: st.DueTag, WrapUpMS: st.WrapUpLength.Milliseconds(),
		Open: st.Open, FlipsAt: milli(st.FlipsAt),
		DefaultLine: m.DefaultNumber, DialCountry: m.DialCountry, RingTone: m.RingTone, Notify: m.Notices.Desktop,
	}
	me.Since = milli(st.Since)
	me.WrapUpEnds = milli(st.WrapUpEnds)
	return me
}

// Lines are the numbers of m.
func (s *Service) Lines(ctx context.Context, m member.Member) ([]protocol.Line, error) {
	numbers, err := s.lines(ctx, m)
	if err != nil {
		return nil, err
	}
	out := make([]protocol.Line, 0, len(numbers))
	for _, n := range numbers {
		out = append(out, lineOf(n))
	}
	return out, nil
}

func lineOf(n number.Number) protocol.Line {
	return protocol.Line{
		ID: n.ID, E164: n.E164, Display: display(n.E164, n.Country), Name: n.Name, Country: n.Country,
		CallingCode: phone.CallingCode(n.Country), CanDial: n.TrunkID != "", MandatoryTag: n.MandatoryTag,
	}
}

// TagList is the tags a member may pick: those of the system are set by it.
func (s *Service) TagList(ctx context.Context, workspaceID string) ([]protocol.Tag, error) {
	tags, err := s.Tags.Tags(ctx, workspaceID)
	if err != nil {
		return nil, fmt.Errorf("list tags: %w", err)
	}
	// What the company made for itself comes first.
	var own, system []protocol.Tag
	for _, t := range tags {
		shown := protocol.Tag{ID: t.ID, Name: t.Name, Colour: t.Colour}
		switch {
		case !t.System:
			own = append(own, shown)
		case t.Pickable():
			system = append(system, shown)
		}
	}
	return append(own, system...), nil
}

// Recents are the member's own past calls, newest first.
func (s *Service) Recents(ctx context.Context, m member.Member, viewerCountry string) ([]protocol.Recent, error) {
	records, err := s.History.Records(ctx, m.WorkspaceID, call.Filter{MemberIDs: []string{m.ID}, Limit: recentCalls})
	if err != nil {
		return nil, fmt.Errorf("list recent calls: %w", err)
	}
	var ids []string
	for _, r := range records {
		if !slices.Contains(ids, r.NumberID) {
			ids = append(ids, r.NumberID)
		}
	}
	numbers, err := s.Numbers.NumbersByID(ctx, m.WorkspaceID, ids)
	if err != nil {
		return nil, fmt.Errorf("read the numbers of recent calls: %w", err)
	}
	out := make([]protocol.Recent, 0, len(records))
	for _, r := range records {
		if r.Live() {
			continue
		}
		name := ""
		if i := slices.IndexFunc(numbers, func(n number.Number) bool { return n.ID == r.NumberID }); i >= 0 {
			name = numbers[i].Name
		}
		out = append(out, RecentOf(r, name, viewerCountry))
	}
	return out, nil
}

// RecentOf is a past call as a tab lists it.
func RecentOf(r call.Record, lineName, viewerCountry string) protocol.Recent {
	return protocol.Recent{
		ID: r.ID, Line: lineName, LineID: r.NumberID, Direction: r.Direction,
		Party:  party(r.PartyName, r.PartyE164, r.Web, viewerCountry),
		Talked: !r.AnsweredAt.IsZero(), Cause: r.Cause,
		StartedAt: milli(r.StartedAt), TalkMS: r.TalkTime().Milliseconds(), Tags: r.TagIDs,
	}
}

// Shown is a live call as the tabs of one country's viewers see it, but for what is
// each tab's own: of a thousand tabs that ring, few differ in anything else.
type Shown struct {
	call   protocol.Call
	tab    string // which holds the media
	offers map[string]callstate.Offer
}

// Show makes ready what tabs see of v.
func Show(v call.View, viewerCountry string) Shown {
	s := Shown{tab: v.Tab, offers: make(map[string]callstate.Offer, len(v.State.Offers))}
	for _, o := range v.State.Offers {
		s.offers[o.Member] = o
	}
	v.State.Offers = nil
	s.call = protocol.Call{
		ID: v.ID, Line: lineOf(v.Number), Party: party(v.PartyName, v.PartyE164, v.Web, viewerCountry), State: v.State,
		StartedAt: milli(v.StartedAt), LinedAt: milli(v.LinedAt), AnsweredAt: milli(v.AnsweredAt), HeldAt: milli(v.HeldAt),
	}
	return s
}

// For is the call as one tab of a member sees it. Who else rings is not told.
func (s Shown) For(memberID, tab string) protocol.Call {
	c := s.call
	c.Here = tab != "" && s.tab == tab
	if o, offered := s.offers[memberID]; offered {
		c.State.Offers = []callstate.Offer{o}
	}
	return c
}

func party(name, e164 string, web bool, viewerCountry string) protocol.Party {
	p := protocol.Party{Name: name, E164: e164, Web: web}
	if e164 != "" {
		p.Display = display(e164, viewerCountry)
	}
	return p
}

// display is a number as people of a country read it, with its flag.
func display(e164, viewerCountry string) string {
	shown := phone.Display(e164, viewerCountry)
	if flag := phone.Flag(e164); flag != "" {
		return flag + " " + shown
	}
	return shown
}

func milli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
