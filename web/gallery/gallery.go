// Package gallery shows every component of web/ui on a few pages, for tests and
// screenshots only: no server mounts it. Its sentences are samples, not texts
// of the product.
package gallery

import (
	"math"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"parley/web/locale"
	"parley/web/phone"
	"parley/web/ui"
	"parley/web/webcall"
)

// Handler serves the gallery: "/" for the components, "/list", "/form" and
// "/signin" for whole pages, each in the language of the request.
func Handler(bundle *locale.Bundle, assets ui.URLs) http.Handler {
	mux := http.NewServeMux()
	show := func(pattern string, c templ.Component) {
		mux.Handle("GET "+pattern, bundle.Middleware(templ.Handler(c)))
	}
	show("/{$}", parts(frame(assets, ui.Home)))
	show("/list", list(frame(assets, ui.Calls)))
	show("/form", form(frame(assets, ui.Numbers)))
	show("/signin", signin(assets))
	for mode, state := range modes() {
		show("/phone/"+string(mode), phone.Screen(softphone(assets, mode, state)))
	}
	busy := softphone(assets, phone.Talking, ui.OnCall)
	busy.Call.Muted, busy.Call.Held, busy.Call.Keypad, busy.Call.Recording = true, true, true, "paused"
	show("/phone/busy", phone.Screen(busy))
	for _, mode := range webcall.Modes() {
		show("/call/"+string(mode), webcall.Screen(webcall.View{
			Company: "Atelier Nord", Line: "Support", Number: "+33139281900", Path: "/call/33139281900", Socket: "/call/ws",
			Mode: mode, MayBeRecorded: true, Assets: assets, Timer: "1:05",
			Keypad: mode == webcall.Menu || mode == webcall.Queue,
		}))
	}
	return mux
}

// modes are the phone's modes with the state an agent is in meanwhile.
func modes() map[phone.Mode]ui.AgentState {
	return map[phone.Mode]ui.AgentState{
		phone.Idle: ui.Available, phone.Incoming: ui.Ringing, phone.Dialling: ui.OnCall, phone.Talking: ui.OnCall,
		phone.TagDue: ui.WrapUp, phone.WrapUp: ui.WrapUp, phone.Offline: ui.Offline, phone.MicBlocked: ui.Offline,
	}
}

func frame(assets ui.URLs, place ui.Place) ui.Page {
	return ui.Page{
		Title: "Gallery", Lead: "Every component of the kit, as pages show it.",
		Place: place, Path: "/", Assets: assets,
		Viewer: ui.Viewer{Name: "Léa Marchand", Email: "lea@atelier-nord.example", Workspace: "Atelier Nord", Places: ui.Places()},
	}
}

func peaks(phase float64) []float64 {
	out := make([]float64, 180)
	for i := range out {
		x := float64(i)
		speaks := math.Sin(x/11+phase) > 0
		if speaks {
			out[i] = math.Abs(math.Sin(x*1.7+phase)*0.5+math.Sin(x/3)*0.4) + 0.1
		}
	}
	return out
}

func sampleTime() time.Time { return time.Date(2026, 3, 3, 9, 30, 0, 0, time.UTC) }

// softphone is a phone in one mode, with a sample call.
func softphone(assets ui.URLs, mode phone.Mode, state ui.AgentState) phone.View {
	v := phone.View{
		Page: frame(assets, ui.Phone), Socket: "/ws", Mode: mode, State: state,
		Lines: []phone.Line{{ID: "1", Name: "Support", Number: "+33139281900"}, {ID: "2", Name: "Sales", Number: "+442079460958"}},
		Tags: []phone.Tag{
			{ID: "1", Name: "Order", Colour: "#3d7be0"}, {ID: "2", Name: "Delivery late", Colour: "#d4691e"},
			{ID: "3", Name: "Invoice", Colour: "#8a63d8"}, {ID: "4", Name: "Complaint", Colour: "#d9483f"},
			{ID: "5", Name: "Thanks", Colour: "#3d9a50"}, {ID: "6", Name: "Wrong number", Colour: "#7a7f87"},
		},
		Recent: []phone.Recent{
			{Name: "Camille Petit", Number: "+33612345678", Detail: "Support · 4:12", When: "14:05", Kind: "in"},
			{Name: "🇬🇧 020 7946 0958", Number: "+442079460958", Detail: "Sales · no answer", When: "11:40", Kind: "out"},
			{Name: "🇫🇷 06 98 76 54 32", Number: "+33698765432", Detail: "Support · missed", When: "yesterday", Kind: "missed"},
		},
		Call: phone.Call{
			Name: "Camille Petit", Number: "🇫🇷 06 12 34 56 78", E164: "+33612345678", Line: "Support", LineNumber: "01 39 28 19 00",
			Timer: "4:12", Recording: "on", HeldSince: "0:42", Left: "0:23", LeftShare: 76, Ended: "The customer hung up. · 4:12",
		},
	}
	v.Page.Title = "Phone"
	return v
}
