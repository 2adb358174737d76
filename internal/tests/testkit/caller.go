package testkit

import (
	"fmt"
	"net/http"

	"parley/internal/shared/protocol"
)

// WebCaller is somebody on a number's public page.
type WebCaller struct {
	*line

	state protocol.CallerState // under line.mu
}

// WebCaller opens the public page of a number and grants the microphone.
func (s *Server) WebCaller(number string) *WebCaller {
	s.t.Helper()
	return s.webCaller(number, http.Header{"Origin": {s.URL()}})
}

// WebCallerFrom is a WebCaller whom a proxy announces under an address. The
// server must trust 127.0.0.1 as one.
func (s *Server) WebCallerFrom(address, number string) *WebCaller {
	s.t.Helper()
	return s.webCaller(number, http.Header{"Origin": {s.URL()}, "X-Forwarded-For": {address}})
}

func (s *Server) webCaller(number string, header http.Header) *WebCaller {
	s.t.Helper()
	c := &WebCaller{}
	c.line = dialLine(s, "/ws/call/"+number, header, c.take)
	c.Must(&protocol.Hello{Version: protocol.Version, Tab: "caller"})
	c.AwaitPhase("ready")
	c.Must(&protocol.Device{Microphone: "granted"})
	return c
}

// Call opens the page and places a call with a tone.
func (s *Server) Call(number, name string) *WebCaller {
	s.t.Helper()
	c := s.WebCaller(number)
	c.Start(name)
	return c
}

func (c *WebCaller) take(m protocol.Message) {
	if s, ok := m.(*protocol.CallerState); ok {
		c.state = *s
	}
}

// Start places the call; the caller says CustomerTone.
func (c *WebCaller) Start(name string) {
	c.t.Helper()
	c.Tone(CustomerTone)
	c.Must(&protocol.CallerStart{Name: name})
}

// State is what the page was last told.
func (c *WebCaller) State() protocol.CallerState {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// AwaitPhase waits until the call is in a phase.
func (c *WebCaller) AwaitPhase(want string) protocol.CallerState {
	c.t.Helper()
	var state protocol.CallerState
	c.await("the phase "+want, func() string {
		if c.state.Phase != want {
			return fmt.Sprintf("%+v", c.state)
		}
		state = c.state
		return ""
	})
	return state
}

// HangUp ends the call.
func (c *WebCaller) HangUp() {
	c.t.Helper()
	c.Must(&protocol.CallerHangUp{})
}

// Leave closes the page.
func (c *WebCaller) Leave() { c.line.close() }
