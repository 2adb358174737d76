package flow

import "slices"

// cursor is a place in a flow: the lists that lead to it, the outermost first. Its
// methods return new cursors and leave it as it is.
type cursor struct {
	frames []frame
	shut   bool // a closed list has run out
}

// frame is one list and the step of it that the way leads through.
type frame struct {
	steps  []Step
	at     int
	closed bool // the closed list of an hours step
}

func newCursor(f Flow) cursor {
	return cursor{}.into(f.Steps, false)
}

// inside says whether there is a step at the cursor.
func (c cursor) inside() bool { return len(c.frames) > 0 && !c.shut }

// closed says whether the way to the cursor leads through a closed list.
func (c cursor) closed() bool {
	return c.shut || slices.ContainsFunc(c.frames, func(f frame) bool { return f.closed })
}

func (c cursor) step() Step {
	top := c.frames[len(c.frames)-1]
	return top.steps[top.at]
}

// behind is the place after the step: the next in its list, else behind the step
// that has the list. After the closed list there is none.
func (c cursor) behind() cursor {
	frames := slices.Clone(c.frames)
	for len(frames) > 0 {
		top := &frames[len(frames)-1]
		if top.at++; top.at < len(top.steps) {
			return cursor{frames: frames}
		}
		if top.closed {
			return cursor{shut: true}
		}
		frames = frames[:len(frames)-1]
	}
	return cursor{}
}

// into is the first place of a list that the step leads into, or, where that is
// empty, the place after it.
func (c cursor) into(steps []Step, closed bool) cursor {
	switch {
	case len(steps) > 0:
		return cursor{frames: append(slices.Clone(c.frames), frame{steps: steps, closed: closed})}
	case closed:
		return cursor{shut: true}
	}
	return c.behind()
}

// find is the place of the step with the id. Where a flow that nobody checked has
// several, it is the last, so that the way through it always leads forward.
func find(f Flow, id string) (cursor, bool) {
	var found cursor
	search(cursor{}, f.Steps, false, func(c cursor, s Step) {
		if s.ID == id {
			found = c
		}
	})
	return found, found.inside()
}

// search calls visit for every step at any depth with its place, in reading order.
func search(above cursor, steps []Step, closed bool, visit func(cursor, Step)) {
	if len(steps) == 0 {
		return
	}
	c := above.into(steps, closed)
	top := &c.frames[len(c.frames)-1]
	for i, s := range steps {
		top.at = i
		visit(cursor{frames: slices.Clone(c.frames)}, s)
		for _, b := range s.Branches() {
			search(c, b.Steps, s.Hours != nil, visit)
		}
	}
}
