package relayhost

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"runtime"
	"runtime/pprof"
	"time"

	"parley/internal/media/codec"
	"parley/internal/media/datagram"
	"parley/internal/media/record"
	"parley/internal/media/relay"
	"parley/internal/media/rtc"
	"parley/internal/media/sip/rtp"
	"parley/internal/shared/callstate"
)

// host is the process.
type host struct {
	loop      *datagram.Loop
	rtc       *rtc.Engine
	phones    *rtp.Pool
	metronome *datagram.Metronome
	station   *record.Station
	log       *slog.Logger
	legs      []leg
	sessions  []*rtp.Session
	bridges   []*relay.Bridge
	writers   []*record.Writer
}

// leg is one end of a call.
type leg struct {
	peer *rtc.Peer // nil: plain RTP
	port *relay.Port
}

func newHost(log io.Writer) (h *host, err error) {
	h = &host{
		metronome: relay.NewMetronome(), station: record.NewStation(),
		log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	if h.loop, err = datagram.NewLoop(0); err != nil {
		return nil, err
	}
	if h.rtc, err = rtc.New(rtc.Config{Loop: h.loop, UDPAddr: "127.0.0.1:0", PublicIPs: []string{"127.0.0.1"}, Log: h.log}); err != nil {
		return nil, err
	}
	h.phones, err = rtp.NewPool(h.loop, netip.MustParseAddr("127.0.0.1"), 0, 0)
	return h, err
}

// Serve answers what is asked until in ends.
func Serve(in io.Reader, out io.Writer, log io.Writer) (err error) {
	if name := os.Getenv(profile); name != "" {
		f, err := os.Create(name)
		if err != nil {
			return fmt.Errorf("profile: %w", err)
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			return fmt.Errorf("profile: %w", err)
		}
		defer func() {
			pprof.StopCPUProfile()
			_ = f.Close() // what is missing shows when it is read
		}()
	}
	h, err := newHost(log)
	if err != nil {
		return err
	}
	asks, replies := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var a ask
		switch err := asks.Decode(&a); {
		case errors.Is(err, io.EOF):
			return h.close()
		case err != nil:
			return fmt.Errorf("read what is asked: %w", err)
		}
		r, err := h.answer(a)
		if err != nil {
			r.Err = err.Error()
		}
		if err := replies.Encode(r); err != nil {
			return fmt.Errorf("answer: %w", err)
		}
	}
}

func (h *host) answer(a ask) (reply, error) {
	switch {
	case a.Browser:
		return h.browser()
	case a.Phone != "":
		return h.phone(a.Phone)
	case a.Inside:
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return reply{Inside: Inside{Goroutines: runtime.NumGoroutine(), Allocations: m.Mallocs}}, nil
	case a.Answer != "":
		return reply{}, h.legs[a.Leg].peer.Answer(a.Answer)
	}
	return reply{}, h.join(a.Join, a.Record)
}

func (h *host) add(l leg) (number int) {
	h.legs = append(h.legs, l)
	return len(h.legs) - 1
}

func (h *host) browser() (reply, error) {
	offers := make(chan string, 1)
	peer, err := h.rtc.NewPeer(rtc.PeerConfig{Signal: func(s rtc.Signal) { offers <- s.SDP }, Log: h.log})
	if err != nil {
		return reply{}, err
	}
	if err := peer.Start(); err != nil {
		return reply{}, err
	}
	return reply{Leg: h.add(leg{peer, peer.Port()}), Offer: <-offers}, nil
}

func (h *host) phone(far string) (reply, error) {
	addr, err := netip.ParseAddrPort(far)
	if err != nil {
		return reply{}, fmt.Errorf("read the phone's address: %w", err)
	}
	s, err := rtp.Open(h.phones)
	if err != nil {
		return reply{}, err
	}
	h.sessions = append(h.sessions, s)
	s.SetFar(rtp.Far{Addr: addr, Peer: addr.Addr(), Law: codec.PCMA, Send: true}, 101)
	return reply{Leg: h.add(leg{port: s.Port()}), Addr: netip.AddrPortFrom(addr.Addr(), s.LocalPort()).String()}, nil
}

// join lets two legs talk.
func (h *host) join(legs [2]int, recording string) error {
	b := relay.NewBridge(h.metronome)
	h.bridges = append(h.bridges, b)
	ids := []callstate.LegID{"a", "b"}
	for i, n := range legs {
		b.Attach(ids[i], h.legs[n].port)
	}
	b.SetTable(callstate.Table{{Listener: "a", Speaker: "b"}, {Listener: "b", Speaker: "a"}})
	if recording == "" {
		return nil
	}
	w, err := h.station.Open(record.Spec{Path: recording, Codec: codec.PCMA, Channels: ids, Start: time.Now(), Alarm: func(err error) {
		h.log.Error("recording", "err", err)
	}})
	if err != nil {
		return err
	}
	b.Tap(w)
	h.writers = append(h.writers, w)
	return nil
}

// finish ends the recordings.
func (h *host) finish() (all []record.Result, err error) {
	for _, w := range h.writers {
		r, failed := w.Stop()
		all, err = append(all, r), errors.Join(err, failed)
	}
	h.writers = nil
	return all, err
}

func (h *host) close() error {
	_, err := h.finish()
	for _, b := range h.bridges {
		b.Close()
	}
	for _, l := range h.legs {
		if l.peer != nil {
			err = errors.Join(err, l.peer.Close())
		}
	}
	for _, s := range h.sessions {
		s.Close()
	}
	h.station.Close()
	return errors.Join(err, h.rtc.Close(), h.loop.Close())
}
