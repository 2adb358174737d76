package flow

import (
	"cmp"
	"slices"
)

// openMenu plays a menu for the first time. One that offers nothing, or whose words
// are gone so that nobody could know what it offers, is passed.
func (r *run) openMenu(step Step, at cursor) (Action, cursor) {
	m := step.Menu
	if len(m.Options) == 0 {
		r.tell(step, WhatEmpty, "")
		return nil, at.into(m.Otherwise, false)
	}
	if !r.there(step, m.Say) {
		return nil, at.into(m.Otherwise, false)
	}
	r.tell(step, WhatEntered, "")
	return r.ask(m), at
}

// ask plays the menu once more.
func (r *run) ask(m *Menu) Action {
	r.pos.Plays++
	r.pos.Told = false
	return Ask{Sound: m.Say, Wait: cmp.Or(m.Wait, DefaultMenuWait)}
}

// menu is what follows from a key, or from none. A wrong key counts as a play of the
// menu, and so does one that is pressed while the caller hears of the one before:
// who presses for ever is not in the menu for ever.
func (r *run) menu(at cursor, ev Event) Action {
	step := at.step()
	m := step.Menu
	switch ev.Kind {
	case Started, Asked:
		return nil
	case Pressed:
		i := slices.IndexFunc(m.Options, func(o Option) bool { return o.Key == ev.Key })
		if i >= 0 {
			r.tell(step, WhatKey, ev.Key)
			return r.take(at.into(m.Options[i].Steps, false))
		}
		r.tell(step, WhatWrongKey, ev.Key)
		if r.pos.Told {
			r.pos.Plays++
		}
		if r.pos.Told && r.pos.Plays > m.Plays() {
			return r.take(at.into(m.Otherwise, false))
		}
		r.pos.Told = true
		return Say{Sound: Sound{Prompt: PromptWrongKey}}
	}
	if !r.pos.Told {
		r.tell(step, WhatNoKey, "")
	}
	if r.pos.Plays < m.Plays() && r.there(step, m.Say) {
		return r.ask(m)
	}
	return r.take(at.into(m.Otherwise, false))
}
