package datagram

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// drummer notes when it was beaten for.
type drummer struct {
	mu     sync.Mutex
	left   int
	at     []time.Time
	missed int
	during func()
}

func (d *drummer) Beat(t *Turn) (more bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at = append(d.at, t.Now())
	d.left--
	more = d.left > 0
	if d.during != nil {
		d.during()
	}
	return more
}

func (d *drummer) Miss(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.missed += n
}

func (d *drummer) beats() []time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.at
}

func TestMetronomeKeepsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMetronome(20*time.Millisecond, time.Millisecond)
		var all []*drummer
		var begun []time.Time
		for i := range 100 { // more than there are slots
			time.Sleep(time.Duration(i) * 300 * time.Microsecond)
			d := &drummer{left: 50}
			begun = append(begun, time.Now())
			m.Start(d)
			all = append(all, d)
		}
		time.Sleep(2 * time.Second)
		for i, d := range all {
			at := d.beats()
			if len(at) != 50 {
				t.Fatalf("%d: %d beats of 50", i, len(at))
			}
			if late := at[0].Sub(begun[i]); late < 0 || late > 20*time.Millisecond {
				t.Errorf("%d: begun %v late", i, late)
			}
			for n := range at {
				if got := at[n].Sub(at[0]); got != time.Duration(n)*20*time.Millisecond {
					t.Fatalf("%d: beat %d after %v", i, n, got)
				}
			}
		}
	})
}

func TestMetronomeStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMetronome(5*time.Second, 50*time.Millisecond)
		one, two := &drummer{left: 1000}, &drummer{left: 1000}
		stop, stopTwo := m.Start(one), m.Start(two)
		time.Sleep(11 * time.Second)
		stop()
		stop()
		time.Sleep(10 * time.Second)
		if len(one.beats()) != 3 || len(two.beats()) != 5 {
			t.Errorf("beats %d and %d, want 3 and 5", len(one.beats()), len(two.beats()))
		}
		stopTwo()
		synctest.Wait() // its goroutine ends, or this test does not
		again := m.Start(two)
		synctest.Wait()
		if len(two.beats()) != 6 {
			t.Error("it does not start again")
		}
		again()
	})
}

// TestMetronomeAfterASleep gives up beats that are hopelessly late.
func TestMetronomeAfterASleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMetronome(20*time.Millisecond, time.Millisecond)
		d := &drummer{left: 100}
		d.during = func() {
			switch len(d.at) {
			case 10:
				time.Sleep(150 * time.Millisecond) // is caught up with
			case 50:
				time.Sleep(time.Second)
			}
		}
		begun := time.Now()
		m.Start(d)
		time.Sleep(5 * time.Second)
		at := d.beats()
		if got, want := at[len(at)-1].Sub(begun), time.Duration(99+d.missed)*20*time.Millisecond; got != want || d.missed < 40 || d.missed > 50 {
			t.Errorf("the last of 100 beats came after %v, want %v with %d missed", got, want, d.missed)
		}
		if got, want := at[30].Sub(begun), 30*20*time.Millisecond; got != want {
			t.Errorf("after a short delay beat 30 came after %v, want %v", got, want)
		}
	})
}

// TestWhoEndsMayStartAtOnce starts again what the metronome is just letting go.
func TestWhoEndsMayStartAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMetronome(20*time.Millisecond, time.Millisecond)
		d := &drummer{left: 3}
		again := sync.OnceFunc(func() { d.left = 4; m.Start(d) })
		d.during = func() {
			if d.left == 0 {
				again()
			}
		}
		m.Start(d)
		time.Sleep(time.Second)
		if n := len(d.beats()); n != 7 {
			t.Errorf("%d beats, want 3 and 4", n)
		}
	})
}
