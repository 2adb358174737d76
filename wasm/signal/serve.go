package signal

import (
	"context"
	"errors"
	"time"

	"parley/internal/shared/protocol"
)

// serve runs one connection until it ends. The reason it returns ends the
// session; "" means try again.
func (s *Session) serve(ctx context.Context, inbox <-chan []byte) string {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	lastPing := time.Now()
	for {
		select {
		case <-ctx.Done():
			return ""
		case data, open := <-inbox:
			if !open {
				return ""
			}
			s.link.heardAt = time.Now()
			if done, reason := s.receive(data); done {
				return reason
			}
		case o := <-s.queue:
			if !s.dispatch(o) {
				return ""
			}
		case now := <-tick.C:
			s.expire()
			if s.dead(now) {
				return ""
			}
			if now.Sub(lastPing) >= pingEvery {
				lastPing = now
				if !s.transmit(s.nextID(), &protocol.Ping{}) {
					return ""
				}
			}
		case <-s.nudges: // connected already
		}
	}
}

// dead says whether the connection has been silent, or has owed a snapshot, for
// too long.
func (s *Session) dead(now time.Time) bool {
	owed := !s.link.up || s.link.resync
	return now.Sub(s.link.heardAt) > silenceLimit || owed && now.Sub(s.link.askedAt) > silenceLimit
}

// dispatch sends a command now, or keeps it for when the session is up.
func (s *Session) dispatch(o outgoing) bool {
	if !lasting(o.message) {
		if !s.link.up {
			return true // it belongs to a connection that is gone or not there yet
		}
		return s.transmit(o.id, o.message)
	}
	c := s.keep(o)
	if c == nil || !s.link.up {
		return true
	}
	return s.link.conn.Send(c.data) == nil
}

// keep remembers a lasting command until it is answered. It returns nil where
// the command is not lasting or there is no room.
func (s *Session) keep(o outgoing) *command {
	if !lasting(o.message) {
		return nil
	}
	data, err := protocol.Encode(o.message, o.id, "", 0)
	if err != nil || len(s.pending) >= pendingMost {
		s.fail(o)
		return nil
	}
	c := &command{outgoing: o, data: data}
	s.pending = append(s.pending, c)
	return c
}

func (s *Session) transmit(id string, m protocol.Message) bool {
	data, err := protocol.Encode(m, id, "", 0)
	if err != nil {
		return true // our own message is at fault, not the connection
	}
	return s.link.conn.Send(data) == nil
}

// expire fails the commands that have waited too long: nobody wants a call
// dialled a minute after he asked for it.
func (s *Session) expire() {
	for len(s.pending) > 0 && time.Since(s.pending[0].at) >= commandLimit {
		c := s.pending[0]
		s.pending = s.pending[1:]
		s.fail(c.outgoing)
	}
}

// abandon fails everything that waits.
func (s *Session) abandon() {
	for _, c := range s.pending {
		s.fail(c.outgoing)
	}
	s.pending = nil
}

func (s *Session) fail(o outgoing) {
	s.cfg.Notify(Answered{
		ID: o.id, Command: o.message,
		Result: protocol.Result{Kind: "unavailable", Key: KeyOffline},
	})
}

// receive takes one message of the server. done ends the connection, and a
// reason beside it the session.
func (s *Session) receive(data []byte) (done bool, reason string) {
	env, m, err := protocol.Decode(data)
	if errors.Is(err, protocol.ErrUnknownType) {
		return !s.deliver(env, nil), "" // of a newer server: nothing here shows it
	}
	if err != nil {
		return !s.askAgain(env.Seq), ""
	}
	switch m := m.(type) {
	case *protocol.Result:
		s.settle(env.Re, *m)
	case *protocol.Goodbye:
		switch m.Reason {
		case ReasonReload, ReasonSignedOut:
			return true, m.Reason
		case reasonReplaced:
			s.tab = s.cfg.Tab(true)
		}
		return true, ""
	case *protocol.Snapshot, *protocol.CallerState:
		s.link.seq, s.link.resync = env.Seq, false
		s.cfg.Notify(Received{Message: m})
		return !s.rise(), ""
	default:
		return !s.deliver(env, m), ""
	}
	return false, ""
}

// deliver passes a delta on if it is the next one; nil takes up its number only.
// Messages without a number need no order.
func (s *Session) deliver(env protocol.Envelope, m protocol.Message) bool {
	switch {
	case env.Seq == 0:
	case !s.link.up || s.link.resync || env.Seq <= s.link.seq:
		return true // the snapshot on its way, or here, has it
	case env.Seq > s.link.seq+1:
		return s.askAgain(env.Seq)
	default:
		s.link.seq = env.Seq
	}
	if m != nil {
		s.cfg.Notify(Received{Message: m})
	}
	return true
}

// askAgain asks for a new snapshot, once, where a numbered message was missed
// or could not be read.
func (s *Session) askAgain(seq uint64) bool {
	if seq == 0 || s.link.resync || !s.link.up {
		return true
	}
	s.link.resync, s.link.askedAt = true, time.Now()
	return s.transmit(s.nextID(), &protocol.Resync{})
}

// rise marks the connection good and repeats what was not answered.
func (s *Session) rise() bool {
	if s.link.up {
		return true
	}
	s.link.up = true
	s.failures = 0
	s.cfg.Notify(Up{})
	s.expire()
	for _, c := range s.pending {
		if s.link.conn.Send(c.data) != nil {
			return false
		}
	}
	return true
}

// settle ends the pending command with the id.
func (s *Session) settle(id string, r protocol.Result) {
	for i, c := range s.pending {
		if c.id == id {
			s.pending = append(s.pending[:i], s.pending[i+1:]...)
			s.cfg.Notify(Answered{ID: id, Command: c.message, Result: r})
			return
		}
	}
}
