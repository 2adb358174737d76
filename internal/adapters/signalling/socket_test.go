package signalling

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"parley/internal/shared/protocol"
)

// pair is a socket and the browser's end of it. take gets what arrives; the
// returned channel closes once the socket's two goroutines have ended.
func pair(t *testing.T, take func(protocol.Message)) (*socket, *websocket.Conn, <-chan struct{}) {
	t.Helper()
	made, ended := make(chan *socket, 1), make(chan struct{})
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		s := newSocket(conn, slog.New(slog.DiscardHandler))
		written := make(chan struct{})
		go func() {
			defer close(written)
			s.write()
		}()
		made <- s
		s.read(func(_ context.Context, _ protocol.Envelope, m protocol.Message) { take(m) })
		<-written
		close(ended)
	}))
	t.Cleanup(web.Close)
	conn, _, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+web.URL[len("http"):], nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return <-made, conn, ended
}

func TestGoodbyeComesLast(t *testing.T) {
	s, conn, ended := pair(t, func(protocol.Message) {})
	c := listen(t, conn)
	for range 20 {
		s.delta(&protocol.MeChanged{})
	}
	s.close("stopping")
	s.close("malformed")
	s.delta(&protocol.MeChanged{})
	for range 20 {
		if r, ok := c.next(); !ok || r.Type != "me" {
			t.Fatalf("got %v, %v", r.Type, ok)
		}
	}
	if reason := c.goodbye(); reason != "stopping" {
		t.Errorf("goodbye %q", reason)
	}
	<-ended
}

func TestMalformedMessagesCloseTheSocket(t *testing.T) {
	for name, data := range map[string]string{
		"no JSON": "hello", "a list": "[]", "an unknown type": `{"t":"launch"}`, "a wrong body": `{"t":"hello","d":{"version":"one"}}`,
		"half a message": `{"t":"`, "nothing": "", "an endless id": `{"t":"ping","id":"` + strings.Repeat("x", maxCommandID+1) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, conn, ended := pair(t, func(m protocol.Message) { t.Errorf("%s was taken", m.Type()) })
			c := listen(t, conn)
			c.write([]byte(data))
			if reason := c.goodbye(); reason != "malformed" {
				t.Errorf("goodbye %q", reason)
			}
			<-ended
		})
	}
}

func TestABinaryMessageClosesTheSocket(t *testing.T) {
	_, conn, ended := pair(t, func(m protocol.Message) { t.Errorf("%s was taken", m.Type()) })
	c := listen(t, conn)
	if err := conn.WriteMessage(websocket.BinaryMessage, []byte(`{"t":"ping"}`)); err != nil {
		t.Fatal(err)
	}
	if reason := c.goodbye(); reason != "malformed" {
		t.Errorf("goodbye %q", reason)
	}
	<-ended
}

func TestAnOversizedMessageClosesTheSocket(t *testing.T) {
	_, conn, ended := pair(t, func(m protocol.Message) { t.Errorf("%s was taken", m.Type()) })
	huge := `{"t":"ping","d":"` + strings.Repeat("x", protocol.MaxMessage) + `"}`
	if err := conn.WriteMessage(websocket.TextMessage, []byte(huge)); err != nil {
		t.Fatal(err)
	}
	<-ended
	if _, _, err := conn.ReadMessage(); !websocket.IsCloseError(err, websocket.CloseMessageTooBig) {
		t.Errorf("the socket ended with %v", err)
	}
}

func TestMessagesAreTakenInOrderUntilABadOne(t *testing.T) {
	var taken []string
	_, conn, ended := pair(t, func(m protocol.Message) { taken = append(taken, m.(*protocol.Keypad).Digits) })
	for _, data := range []string{`{"t":"call.keypad","d":{"digits":"1"}}`, `{"t":"call.keypad","d":{"digits":"2"}}`, `{`, `{"t":"call.keypad","d":{"digits":"3"}}`} {
		if err := conn.WriteMessage(websocket.TextMessage, []byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	<-ended
	if strings.Join(taken, "") != "12" {
		t.Errorf("taken %v", taken)
	}
}

// A tab that reads nothing must not hold memory, nor its goroutine for long.
func TestATabThatDoesNotKeepUpIsCutOff(t *testing.T) {
	s, _, ended := pair(t, func(protocol.Message) {})
	big := &protocol.Notice{Text: strings.Repeat("x", 32<<10)}
	sent, start := 0, time.Now()
	for open := true; open; {
		if sent++; sent > 100_000 {
			t.Fatal("the tab is never cut off")
		}
		s.delta(big)
		select {
		case <-s.gone:
			open = false
		default:
		}
	}
	select {
	case <-ended:
	case <-time.After(patience):
		t.Fatal("the socket's goroutines live on")
	}
	if took := time.Since(start); took > writeTimeout {
		t.Errorf("cut off after %v: it waited for the tab", took)
	}
	if sent < queueLength {
		t.Errorf("cut off after %d messages, the queue holds %d", sent, queueLength)
	}
}
