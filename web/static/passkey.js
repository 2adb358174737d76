// The two passkey ceremonies. A form with data-passkey="create" or "get" is sent
// to data-begin; its answer goes to the authenticator, the authenticator's to
// data-finish, and the page moves on to where that says, or sends the form whose
// id is in data-then. An answer that asks for a passkey to be shown first leads to
// where that is done. Every sentence comes from the server: its answers, or the
// form's data-text-* attributes.
(() => {
  "use strict";

  const fromBase64 = (s) => Uint8Array.from(atob(s.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const toBase64 = (b) => btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const ids = (list) => (list || []).map((c) => ({ ...c, id: fromBase64(c.id) }));

  function creationOptions(o) {
    return {
      ...o,
      challenge: fromBase64(o.challenge),
      user: { ...o.user, id: fromBase64(o.user.id) },
      excludeCredentials: ids(o.excludeCredentials),
    };
  }

  function requestOptions(o) {
    return { ...o, challenge: fromBase64(o.challenge), allowCredentials: ids(o.allowCredentials) };
  }

  function answerOf(credential) {
    const r = credential.response;
    const response = { clientDataJSON: toBase64(r.clientDataJSON) };
    if (r.attestationObject) {
      response.attestationObject = toBase64(r.attestationObject);
      response.transports = r.getTransports?.() || [];
    } else {
      response.authenticatorData = toBase64(r.authenticatorData);
      response.signature = toBase64(r.signature);
      if (r.userHandle) response.userHandle = toBase64(r.userHandle);
    }
    return {
      id: credential.id,
      rawId: toBase64(credential.rawId),
      type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment || undefined,
      clientExtensionResults: {},
      response,
    };
  }

  // Refused carries the server's sentences.
  class Refused extends Error {
    constructor(errors) {
      super("refused");
      this.errors = errors;
    }
  }

  async function post(url, body, type) {
    const answer = await fetch(url, {
      method: "POST",
      credentials: "same-origin",
      headers: { Accept: "application/json", "Content-Type": type },
      body,
    });
    const said = await answer.json();
    if (said.confirm) return { location: said.confirm };
    if (!answer.ok) throw new Refused(said.errors || []);
    return said;
  }

  async function ceremony(form) {
    const d = form.dataset;
    const begun = await post(d.begin, new URLSearchParams(new FormData(form)), "application/x-www-form-urlencoded");
    if (begun.location) {
      location.assign(begun.location);
      return;
    }
    const credential = d.passkey === "create"
      ? await navigator.credentials.create({ publicKey: creationOptions(begun.publicKey) })
      : await navigator.credentials.get({ publicKey: requestOptions(begun.publicKey) });
    const done = await post(d.finish, JSON.stringify(answerOf(credential)), "application/json");
    // A field of that form may be called "submit".
    if (d.then) HTMLFormElement.prototype.submit.call(document.getElementById(d.then));
    else location.assign(done.location);
  }

  function sentences(form, error) {
    const d = form.dataset;
    if (error instanceof Refused && error.errors.length) return error.errors;
    switch (error.name) {
      case "NotAllowedError":
      case "AbortError":
        return [{ text: d.textCancelled }];
      case "InvalidStateError":
        return [{ text: d.textKnown }];
      case "SecurityError":
        return [{ text: d.textAddress }];
      case "NotSupportedError":
      case "ConstraintError":
        return [{ text: d.textUnsupported }];
      case "TypeError":
      case "SyntaxError":
        return [{ text: d.textNetwork }];
    }
    return [{ text: d.textFailed }];
  }

  // What belongs to a field stands under it, as it would in a page from the server.
  function mark(form, error) {
    const field = form.querySelector(`#f-${CSS.escape(error.field)}`)?.closest(".field");
    if (!field) return false;
    const note = document.createElement("p");
    note.className = "field-error";
    note.id = `f-${error.field}-error`;
    note.textContent = error.text;
    field.append(note);
    field.classList.add("field-wrong");
    const control = field.querySelector("input, select");
    control.setAttribute("aria-invalid", "true");
    control.setAttribute("aria-errormessage", note.id);
    return control;
  }

  function clear(form) {
    form.querySelector("[data-passkey-error]").hidden = true;
    for (const note of form.querySelectorAll(".field-error")) note.remove();
    for (const field of form.querySelectorAll(".field-wrong")) field.classList.remove("field-wrong");
    for (const control of form.querySelectorAll("[aria-invalid]")) {
      control.removeAttribute("aria-invalid");
      control.removeAttribute("aria-errormessage");
    }
  }

  function show(form, errors) {
    const marked = errors.map((e) => (e.field ? mark(form, e) : false));
    const rest = errors.filter((_, i) => !marked[i]).map((e) => e.text);
    const box = form.querySelector("[data-passkey-error]");
    box.querySelector("[data-passkey-text]").textContent = rest.length ? rest.join(" ") : form.dataset.textFields;
    box.hidden = false;
    marked.find(Boolean)?.focus();
  }

  async function onSubmit(event) {
    event.preventDefault();
    const form = event.currentTarget;
    if (form.getAttribute("aria-busy") === "true") return;
    clear(form);
    form.setAttribute("aria-busy", "true");
    try {
      await ceremony(form);
    } catch (error) {
      show(form, sentences(form, error));
    } finally {
      form.removeAttribute("aria-busy");
    }
  }

  // The browser knows its time zone better than a guess by country.
  function preselectZone(select) {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if ([...select.options].some((o) => o.value === zone)) select.value = zone;
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("select[data-zone]").forEach(preselectZone);
    for (const form of document.querySelectorAll("form[data-passkey]")) {
      form.addEventListener("submit", onSubmit);
      if (!window.PublicKeyCredential) {
        const secure = window.isSecureContext;
        show(form, [{ text: secure ? form.dataset.textUnsupported : form.dataset.textAddress }]);
      }
    }
  });
})();
