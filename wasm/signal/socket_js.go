package signal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall/js"

	"parley/wasm/browser"
)

// Dial returns a dialer of the websocket at a path of the page's own server.
func Dial(loop *browser.Loop, path string) Dialer {
	location := js.Global().Get("location")
	scheme := "ws:"
	if location.Get("protocol").String() == "https:" {
		scheme = "wss:"
	}
	url := scheme + "//" + location.Get("host").String() + path
	return func(ctx context.Context) (Conn, error) {
		s, err := open(ctx, loop, url)
		if err != nil && signedOut(path) {
			return nil, ErrSignedOut
		}
		if err != nil {
			return nil, err
		}
		return s, nil
	}
}

// signedOut asks why the server refused the socket, which a browser does not
// tell: strangers are refused the same path without an upgrade too, or sent to
// sign in.
func signedOut(path string) bool {
	response, err := browser.Call(js.Global(), "fetch", path, map[string]any{"cache": "no-store"})
	if err != nil {
		return false
	}
	status := response.Get("status").Int()
	return status == 401 || status == 403 || response.Get("redirected").Bool()
}

// inboxLength bounds what a stalled program piles up; the server then sees a
// tab that does not keep up.
const inboxLength = 512

// socket is a browser's WebSocket.
type socket struct {
	ws     js.Value
	inbox  chan []byte
	opened chan struct{}
	closed chan struct{}
	once   sync.Once
	stop   []func()
}

var errClosed = errors.New("websocket closed")

func open(ctx context.Context, loop *browser.Loop, url string) (*socket, error) {
	ws, err := browser.Try(func() js.Value { return js.Global().Get("WebSocket").New(url) })
	if err != nil {
		return nil, fmt.Errorf("open websocket: %w", err)
	}
	s := &socket{
		ws: ws, inbox: make(chan []byte, inboxLength), opened: make(chan struct{}), closed: make(chan struct{}),
	}
	s.stop = []func(){
		loop.Listen(ws, "open", func(js.Value) { close(s.opened) }),
		loop.Listen(ws, "close", func(js.Value) { s.end() }),
		loop.Listen(ws, "message", s.take),
	}
	select {
	case <-s.opened:
		return s, nil
	case <-s.closed:
		err = errClosed
	case <-ctx.Done():
		err = ctx.Err()
	}
	s.Close()
	return nil, fmt.Errorf("open websocket: %w", err)
}

func (s *socket) take(ev js.Value) {
	data := ev.Get("data")
	if data.Type() != js.TypeString {
		s.end()
		return
	}
	select {
	case s.inbox <- []byte(data.String()): // its length is checked where it is read
	default:
		s.end()
	}
}

func (s *socket) end() { s.once.Do(func() { close(s.closed) }) }

// Send queues data in the browser.
func (s *socket) Send(data []byte) error {
	const open = 1 // WebSocket.OPEN
	if s.ws.Get("readyState").Int() != open {
		return errClosed
	}
	_, err := browser.Try(func() js.Value { return s.ws.Call("send", string(data)) })
	return err
}

// Receive returns the next message; those that came before the end first.
func (s *socket) Receive(ctx context.Context) ([]byte, error) {
	select {
	case data := <-s.inbox:
		return data, nil
	default:
	}
	select {
	case data := <-s.inbox:
		return data, nil
	case <-s.closed:
		return nil, errClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Close closes the socket and gives its callbacks back.
func (s *socket) Close() {
	s.end()
	for _, stop := range s.stop {
		stop()
	}
	s.stop = nil
	s.ws.Call("close")
}
