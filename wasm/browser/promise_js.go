package browser

import (
	"errors"
	"syscall/js"
)

// Error is a DOMException or another thing a promise was rejected with.
type Error struct{ Name, Message string }

func (e *Error) Error() string { return e.Name + ": " + e.Message }

func errorOf(v js.Value) error {
	if v.Type() != js.TypeObject {
		return &Error{Name: "Error", Message: v.String()}
	}
	return &Error{Name: v.Get("name").String(), Message: v.Get("message").String()}
}

// Name is the name of the JavaScript error in err, "" if there is none.
func Name(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Name
	}
	return ""
}

// Await waits for a promise. It must not be called from a callback or the loop.
func Await(promise js.Value) (js.Value, error) {
	type outcome struct {
		value js.Value
		err   error
	}
	done := make(chan outcome, 1)
	kept := js.FuncOf(func(_ js.Value, args []js.Value) any {
		o := outcome{}
		if len(args) > 0 {
			o.value = args[0]
		}
		done <- o
		return nil
	})
	broken := js.FuncOf(func(_ js.Value, args []js.Value) any {
		done <- outcome{err: errorOf(args[0])}
		return nil
	})
	defer kept.Release()
	defer broken.Release()
	promise.Call("then", kept, broken)
	o := <-done
	return o.value, o.err
}

// Try calls f and returns what it throws as an error.
func Try(f func() js.Value) (v js.Value, err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case js.Error:
			err = errorOf(r.Value)
		case error: // a method called on undefined
			err = &Error{Name: "TypeError", Message: r.Error()}
		default:
			panic(r)
		}
	}()
	return f(), nil
}

// Call calls a method that returns a promise, and waits for it.
func Call(target js.Value, method string, args ...any) (js.Value, error) {
	promise, err := Try(func() js.Value { return target.Call(method, args...) })
	if err != nil {
		return js.Undefined(), err
	}
	return Await(promise)
}

// Ignore drops a promise's outcome, for what may fail without harm.
func Ignore(l *Loop, target js.Value, method string, args ...any) {
	l.Go(func() { _, _ = Call(target, method, args...) })
}
