package screen

import "parley/wasm/caller"

// Caller shows a number's public page.
func Caller(p Page, v caller.View) {
	p.Attr(root, "data-view", string(v.Mode))
	p.Attr(root, "data-muted", truth(v.Muted))
	p.Attr(root, "data-recording", truth(v.Recording))
	p.Attr(root, "data-keypad", truth(v.Keypad))
	p.Text(part("text"), v.Text)
	p.Text(part("pressed"), v.Pressed)
	p.Text(part("timer"), v.Timer)
	p.Attr(part("mute"), "aria-pressed", truth(v.Muted))
	p.Flag(part("call"), "disabled", v.Busy)
}
