package screen

import (
	"strconv"

	"parley/internal/shared/callstate"
	"parley/wasm/phone"
)

// Phone shows the softphone.
func Phone(p Page, v phone.View) {
	p.Attr(root, "data-view", string(v.Panel))
	p.Attr(root, "data-panel", v.Side)
	p.Attr(root, "data-microphone", string(v.Mic))
	for _, side := range []string{phone.SidePad, phone.SideRecent, phone.SideMe} {
		p.Attr(button("panel")+`[data-to="`+side+`"]`, "aria-pressed", truth(v.Side == side))
	}
	me(p, v)
	dialPad(p, v)
	call(p, v.Call)
	after(p, v)
	p.Rows(part("recents"), part("tpl-recent"), recents(v.Recents))
	p.Flag(part("recents-empty"), "hidden", len(v.Recents) > 0)
	p.Rows(part("history"), part("tpl-history"), recents(v.History))
	p.Flag(part("history-empty"), "hidden", len(v.History) > 0 || v.Call.Copy == "")
	p.Text("#phone-say", v.Say)
	p.Text("#phone-alert", v.Alert)
}

func me(p Page, v phone.View) {
	if v.Name != "" {
		p.Text(part("me-name"), v.Name)
	}
	p.Attr(part("me-state"), "data-state", string(v.State))
	p.Text(part("me-since"), v.Since)
	p.Text(part("auto"), v.Auto)
	p.Flag(part("auto"), "hidden", v.Auto == "")
	for _, s := range phone.Settings() {
		p.Attr(button("setting")+`[data-setting="`+s+`"]`, "aria-pressed", truth(v.Setting == s))
	}
	p.Flag(part("banner"), "hidden", v.Banner.Text == "")
	p.Attr(part("banner"), "data-level", v.Banner.Level)
	p.Text(part("banner-text"), v.Banner.Text)
	p.Flag(part("banner-reload"), "hidden", !v.Banner.Reload)
	p.Text(part("news"), v.News)
	p.Text(part("offline-title"), v.Offline.Title)
	p.Text(part("offline-text"), v.Offline.Text)
}

func dialPad(p Page, v phone.View) {
	lines := make([]Row, 0, len(v.Lines))
	chosen := ""
	for _, l := range v.Lines {
		lines = append(lines, Row{Key: l.ID, Texts: map[string]string{"": l.Text}})
		if l.Chosen {
			chosen = l.ID
		}
	}
	p.Rows(part("lines"), "", lines)
	p.Value(part("lines"), chosen)
	p.Value(part("dial-number"), v.Pad.Entry)
	p.Text(part("dial-hint"), v.Pad.Hint)
	p.Attr(part("dial-hint"), "data-tone", v.Pad.Tone)
	p.Flag(part("dial"), "disabled", !v.Pad.CanDial)
}

// actions are the buttons that the call's state allows or not.
func actions() []callstate.Action {
	return []callstate.Action{
		callstate.Answer, callstate.Decline, callstate.HangUp, callstate.Mute, callstate.Hold,
		callstate.StartRecording, callstate.PauseRecording, callstate.ResumeRecording,
	}
}

func call(p Page, c phone.CallView) {
	recording := c.Recording
	if recording == "" {
		recording = callstate.RecordingOff
	}
	p.Attr(root, "data-recording", string(recording))
	p.Attr(root, "data-muted", truth(c.Muted))
	p.Attr(root, "data-held", truth(c.Held))
	p.Attr(root, "data-keypad", truth(c.Keypad))
	p.Attr(button("mute"), "aria-pressed", truth(c.Muted))
	p.Attr(button("hold"), "aria-pressed", truth(c.Held))
	p.Attr(button("keypad"), "aria-pressed", truth(c.Keypad))
	for _, a := range actions() {
		p.Flag(button(string(a)), "disabled", !c.Can[a])
	}
	p.Flag(button("digit"), "disabled", !c.Can[callstate.Digits])
	p.Text(part("who-initials"), c.Initials)
	p.Text(part("who-name"), c.Who)
	p.Text(part("who-number"), c.Number)
	p.Text(part("who-line"), c.Line)
	p.Text(part("who-line-number"), c.LineNumber)
	p.Text(part("ring-kind"), c.Kicker)
	if c.Take != "" {
		p.Text(part("answer-text"), c.Take)
	}
	p.Text(part("dial-state"), c.Status)
	p.Text(part("ended"), c.Ended)
	p.Text(part("timer"), c.Timer)
	p.Text(part("held-text"), c.HeldText)
	p.Text(part("call-news"), c.News)
	p.Flag(part("call-news"), "hidden", c.News == "")
	p.Text(part("digits"), c.Sent)
	p.Text(part("about-number"), c.About)
	p.Attr(part("about-copy"), "data-copy", c.Copy)
	p.Flag(part("about-copy"), "hidden", c.Copy == "")
	p.Text(part("about-line"), c.Line)
}

func after(p Page, v phone.View) {
	rows := make([]Row, 0, len(v.Tags.Items))
	for i, t := range v.Tags.Items {
		key := ""
		if i < 9 {
			key = strconv.Itoa(i + 1)
		}
		r := Row{
			Key: t.ID, Fill: colour(t.Colour), Texts: map[string]string{"name": t.Name, "key": key},
			Button: map[string]string{"data-tag": t.ID, "data-cursor": truth(t.AtCursor)},
		}
		if v.Tags.Wait {
			r.Button["disabled"] = ""
		}
		rows = append(rows, r)
	}
	p.Rows(part("tags"), part("tpl-tag"), rows)
	p.Flag(part("tags-empty"), "hidden", !v.Tags.None)
	p.Value(part("tag-filter"), v.Tags.Filter)
	p.Text(part("wrapup-left"), v.WrapUp.Left)
	p.Attr(part("wrapup-ring"), "stroke-dashoffset", strconv.Itoa(int(100-100*v.WrapUp.Share)))
}

func recents(list []phone.RecentView) []Row {
	rows := make([]Row, 0, len(list))
	for _, r := range list {
		rows = append(rows, Row{
			Key: r.ID, Kind: r.Kind,
			Texts:  map[string]string{"name": r.Who, "detail": r.Detail, "when": r.When},
			Button: map[string]string{"data-number": r.Number},
		})
	}
	return rows
}
