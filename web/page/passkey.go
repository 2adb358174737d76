package page

import (
	"context"

	"github.com/a-h/templ"

	"parley/web/locale"
	"parley/web/ui"
)

// PasskeyScript is the script a page with a PasskeyForm names in its frame.
const PasskeyScript = "passkey.js"

// PasskeyForm is a form that ends in a passkey: passkey.js posts it to Begin,
// asks the authenticator, posts the answer to Finish and goes where that says. A
// Begin that asks for a passkey to be shown first is followed to where that is done.
type PasskeyForm struct {
	New    bool // makes a passkey; otherwise signs in with one
	Begin  string
	Finish string
	Label  string
	Then   string // id of a form that is sent afterwards, instead of going anywhere
	Submit ui.Button
	Cancel ui.Button // left out without Text
}

// Wrap writes the form around its fields.
func (f PasskeyForm) Wrap() templ.Component { return passkeyForm(f) }

func (f PasskeyForm) form(ctx context.Context) ui.Form {
	ceremony := "get"
	if f.New {
		ceremony = "create"
	}
	return ui.Form{
		Action: f.Begin, Label: f.Label, Submit: f.Submit, Cancel: f.Cancel,
		Attrs: templ.Attributes{
			"data-passkey": ceremony, "data-begin": f.Begin, "data-finish": f.Finish, "data-then": f.Then, "novalidate": true,
			"data-text-cancelled":   locale.T(ctx, "identity.passkey.cancelled"),
			"data-text-known":       locale.T(ctx, "identity.passkey.known"),
			"data-text-address":     locale.T(ctx, "identity.passkey.address"),
			"data-text-unsupported": locale.T(ctx, "identity.passkey.unsupported"),
			"data-text-network":     locale.T(ctx, "identity.passkey.network"),
			"data-text-fields":      locale.T(ctx, "identity.passkey.fields"),
			"data-text-failed":      locale.T(ctx, "identity.passkey.failed"),
		},
	}
}

// Moved is the answer to a finished ceremony: where the browser goes on.
type Moved struct {
	Location string `json:"location"`
}
