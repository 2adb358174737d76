package me

import (
	"net/http"

	"parley/internal/adapters/auth"
	"parley/internal/base/fault"
	"parley/web/form"
	"parley/web/page"
)

const purpose = "me"

func (h *Handlers) beginPasskey(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	options, err := h.Registrar.BeginRegistration(w, r, purpose, who.Member, nil)
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	h.Pages.JSON(w, r, http.StatusOK, options)
}

func (h *Handlers) finishPasskey(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	made, err := h.Registrar.FinishRegistration(w, r, purpose)
	if err == nil && made.Credential.MemberID != who.Member.ID {
		// Somebody else signed in on this browser between the two steps.
		err = fault.New(fault.Invalid, "error.passkey-expired")
	}
	if err == nil {
		err = h.Registrar.Save(r.Context(), made.Credential)
	}
	if err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	h.Pages.JSON(w, r, http.StatusOK, page.Moved{Location: "/me?done=added"})
}

func (h *Handlers) renamePasskey(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	id := r.PathValue("id")
	f, err := form.Parse(w, r)
	if err == nil {
		err = h.Passkeys.Rename(r.Context(), who, id, f.Value(nameField(id)))
	}
	h.answer(w, r, err, "renamed")
}

// nameField names the field of one passkey's dialog: a page has several.
func nameField(credentialID string) string { return "name-" + credentialID }

func (h *Handlers) removePasskey(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	h.answer(w, r, h.Passkeys.Remove(r.Context(), who, r.PathValue("id")), "removed")
}

// revokeOthers signs every other browser out.
func (h *Handlers) revokeOthers(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	_, err := h.Sessions.RevokeOthers(r.Context(), who)
	h.answer(w, r, err, "others")
}

// revokeSession signs another browser out, or this one.
func (h *Handlers) revokeSession(w http.ResponseWriter, r *http.Request) {
	who, _ := auth.From(r.Context())
	id := r.PathValue("id")
	if err := h.Sessions.Revoke(r.Context(), who, id); err != nil || id != who.SessionID {
		h.answer(w, r, err, "revoked")
		return
	}
	if err := h.Sessions.End(w, r); err != nil {
		h.Pages.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}
