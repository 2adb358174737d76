package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"slices"

	"parley/internal/adapters/auth"
	"parley/internal/adapters/blob"
	"parley/internal/adapters/event"
	"parley/internal/adapters/signalling"
	"parley/internal/base/fault"
	"parley/internal/base/obs"
	"parley/internal/domain/call"
	"parley/internal/domain/member"
	"parley/internal/domain/trunk"
	"parley/internal/domain/trunk/incoming"
	"parley/internal/media/rtc"
	"parley/internal/media/sip"
	"parley/internal/shared/callstate"
	"parley/web/locale"
	"parley/web/page"
)

// This file fits parts to each other where the shape one offers is not the
// shape another asks for. Nothing here decides anything.

// peers makes rtc peers for signalling.
type peers struct{ engine *rtc.Engine }

func (p peers) NewPeer(on signalling.PeerEvents) (signalling.Peer, error) {
	made, err := p.engine.NewPeer(rtc.PeerConfig{
		Signal: func(s rtc.Signal) {
			if s.Kind == rtc.SignalOffer {
				on.Offer(s.SDP)
			}
		},
		State: func(s rtc.PeerState) {
			on.Ready(s == rtc.PeerConnected)
			if s == rtc.PeerFailed {
				on.Failed()
			}
		},
		Lost: on.Lost, Log: on.Log,
	})
	if err != nil {
		return nil, err
	}
	return peer{made, on.Log}, nil
}

type peer struct {
	*rtc.Peer
	log *slog.Logger
}

func (p peer) Leg(id callstate.LegID) call.Leg { return p.Peer.Leg(id) }

func (p peer) Prepare(wide bool) {
	if err := p.Peer.Prepare(wide); err != nil {
		p.log.Debug("ready media peer", obs.Err, err)
	}
}

func (p peer) Close() {
	if err := p.Peer.Close(); err != nil {
		p.log.Debug("close media peer", obs.Err, err)
	}
}

// dialler places calls by the number's trunk.
type dialler struct{ stack *sip.Stack }

func (d dialler) Dial(ctx context.Context, out call.Outgoing) (call.Leg, error) {
	return d.stack.Dial(ctx, sip.DialSpec{
		TrunkID: out.Number.TrunkID, From: out.CallerID, FromName: out.Number.CallerName, To: out.To, ID: out.Leg,
	})
}

// switchboard takes calls from trunks to the number they are for.
type switchboard struct {
	lines  *incoming.Finder
	engine *call.Engine
	log    *slog.Logger
}

func (s *switchboard) Inbound(in sip.Inbound) {
	ctx, cancel := context.WithTimeout(context.Background(), inboundTime)
	defer cancel()
	if err := s.take(ctx, in); err != nil {
		cause := callstate.CauseInternal
		if fault.KindOf(err) == fault.NotFound {
			cause = callstate.CauseInvalidNumber
		}
		s.log.Warn("call from trunk refused", obs.Trunk, in.TrunkID, "to", obs.Phone(in.To), obs.Err, err)
		in.Leg.HangUp(cause)
	}
}

func (s *switchboard) take(ctx context.Context, in sip.Inbound) error {
	_, line, err := s.lines.Find(ctx, []incoming.Way{{TrunkID: in.TrunkID, Called: in.To}})
	if err != nil {
		return err
	}
	_, err = s.engine.Arrive(call.Incoming{Number: line, E164: incoming.Caller(in.From, line.Country), Name: in.FromName, Leg: in.Leg})
	return err
}

// choose says by which of several trunks a call came, -1 where none has its number.
func (s *switchboard) choose(ways []incoming.Way) int {
	ctx, cancel := context.WithTimeout(context.Background(), inboundTime)
	defer cancel()
	i, _, err := s.lines.Find(ctx, ways)
	if err != nil {
		return -1
	}
	return i
}

// visitors tells signalling who opens a socket.
type visitors struct{ sessions *auth.Sessions }

func (v visitors) Who(r *http.Request) (member.Member, string, bool) {
	who, ok := auth.From(r.Context())
	return who.Member, who.SessionID, ok
}

func (v visitors) Valid(ctx context.Context, sessionID string) (member.Member, error) {
	who, err := v.sessions.Valid(ctx, sessionID)
	return who.Member, err
}

// changes tells all nodes what an admin changed.
type changes struct {
	bus  event.Changes
	near *near
	log  *slog.Logger
}

// near are the parts of this process that keep what they read, and must follow a
// change before who made it goes on. They are told of while the program is wired.
type near struct{ parts []keeper }

// keeper is such a part, with the kinds of change that concern it.
type keeper struct {
	changed func(workspaceID string)
	kinds   []event.Kind
}

func (n *near) tell(changed func(workspaceID string), kinds ...event.Kind) {
	n.parts = append(n.parts, keeper{changed, append(kinds, event.Everything)})
}

func (n *near) changed(workspaceID string, kind event.Kind) {
	for _, part := range n.parts {
		if slices.Contains(part.kinds, kind) {
			part.changed(workspaceID)
		}
	}
}

func (c changes) Changed(ctx context.Context, workspaceID, kind, id string) {
	c.near.changed(workspaceID, event.Kind(kind))
	ch := event.Changed{WorkspaceID: workspaceID, Kind: event.Kind(kind), ID: id}
	if err := c.bus.Publish(ctx, ch); err != nil {
		c.log.ErrorContext(ctx, "change not told to the live parts", obs.Workspace, workspaceID, "kind", kind, obs.Err, err)
	}
}

// files is the blob store as recordings and messages use it.
type files struct{ blob.Store }

func (f files) Has(ctx context.Context, key string) bool {
	b, err := f.Store.Open(ctx, key)
	if err != nil {
		return false
	}
	_ = b.Close() // opened to look only
	return true
}

func (f files) Open(ctx context.Context, key string) (io.ReadSeekCloser, error) {
	b, err := f.Store.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	return b, nil
}

// statuses tells what a trunk is doing.
type statuses struct{ stack *sip.Stack }

func (s statuses) TrunkStatus(id string) trunk.Status { return s.stack.Status()[id] }

// sentences gives tabs the words of the catalogues.
func sentences(b *locale.Bundle) signalling.Texts {
	return func(language, key string, args map[string]string) string {
		return page.Sentence(b.For(language), &fault.Error{Key: key, Args: args})
	}
}
