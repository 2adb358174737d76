// Call flows: posts the page's own forms and follows its links without leaving it,
// shows what belongs to a choice, and moves steps by pointer. Without it every form
// and link works as it stands.
(() => {
  "use strict";

  const root = () => document.querySelector("[data-flow]");
  let busy = false;

  // The answer is a whole page: its flow takes the place of this one's.
  async function load(url, options) {
    if (busy) return;
    busy = true;
    root().setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(url, { headers: { Accept: "text/html" }, credentials: "same-origin", ...options });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-flow]");
      if (!fresh) {
        location.assign(answer.url); // signed out, or gone
        return;
      }
      root().replaceWith(document.adoptNode(fresh));
      const at = new URL(answer.url);
      const aim = at.searchParams.get("at") || at.searchParams.get("open");
      for (const told of ["at", "done"]) if (at.pathname.endsWith("/flow")) at.searchParams.delete(told);
      history.replaceState(null, "", at);
      ready();
      document.dispatchEvent(new CustomEvent("parley:content", { detail: root() }));
      settle(at.pathname.endsWith("/flow") ? aim && `s-${aim}` : new URL(url, location).hash.slice(1));
      const done = page.querySelector(".main > .notice");
      if (done) window.parley?.toast(done.textContent.trim(), "good");
    } catch {
      location.assign(url);
    } finally {
      busy = false;
      root()?.removeAttribute("aria-busy");
    }
  }

  // The focus goes where the eye is: what is wrong, what was opened, what was moved.
  function settle(id) {
    const flow = root();
    const wrong = flow.querySelector("[data-error-summary]");
    const open = flow.querySelector(".fstep-open .fcard-body :is(input:not([type=hidden]), select, textarea)");
    const picker = flow.querySelector(".fpicker button[autofocus]");
    const aim = id ? document.getElementById(id) : null;
    const focus = wrong || picker || open || aim;
    focus?.focus({ preventScroll: true });
    (wrong || aim || focus)?.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  function onClick(event) {
    const link = event.target.closest("a[data-flow-link]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    load(link.href);
  }

  function onSubmit(event) {
    const form = event.target;
    if (!form.matches("[data-flow-form]") || event.defaultPrevented) return;
    event.preventDefault();
    const data = new URLSearchParams(new FormData(form, event.submitter));
    if (form.method === "get") load(`${form.action}?${data}#story`);
    else load(form.action, { method: "POST", body: data });
  }

  // Fields that belong to one choice are shown with it.
  function choose() {
    for (const part of root()?.querySelectorAll("[data-flow-when]") ?? []) {
      const form = part.closest("form");
      const values = [...form.querySelectorAll("select, input[type=radio]:checked")].map((el) => el.value);
      part.hidden = !values.includes(part.dataset.flowWhen);
    }
  }

  function onChange(event) {
    choose();
    const now = event.target.closest("[data-flow-now]");
    if (now?.value && lastInput === "pointer") now.form.requestSubmit();
  }

  // A choice made by pointer is final; by keyboard one walks through the others.
  let lastInput = "";
  addEventListener("pointerdown", () => { lastInput = "pointer"; }, true);
  addEventListener("keydown", () => { lastInput = "key"; }, true);

  // Alt and an arrow move the step that has the focus; Ctrl+Z undoes.
  function onKey(event) {
    const way = { ArrowUp: "up", ArrowDown: "down" }[event.key];
    const typing = event.target.closest("input, textarea, select");
    if (way && event.altKey && !typing) {
      const button = event.target.closest("[data-flow-step]")?.querySelector(`[data-flow-key=${way}]`);
      if (!button || button.disabled) return;
      event.preventDefault();
      button.click();
    } else if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !typing) {
      root()?.querySelector("[data-flow-undo]")?.click();
    } else if (event.key === "Escape" && !typing) {
      root()?.querySelector(".fpicker a[data-flow-link]")?.click();
    }
  }

  // Dragging: the step follows no pointer; the spot it would go to lights up.
  function onDrag(event) {
    const grip = event.target.closest("[data-flow-grip]");
    if (!grip || event.button !== 0 || busy) return;
    const step = grip.closest("[data-flow-step]");
    const start = { x: event.clientX, y: event.clientY };
    let spot = null;
    let dragging = false;
    const gaps = () => [...root().querySelectorAll("[data-flow-gap]")].filter((gap) => !step.contains(gap));

    function nearest(y, x) {
      let best = null;
      let distance = 48;
      for (const gap of gaps()) {
        const box = gap.getBoundingClientRect();
        const aside = Math.max(box.left - x, x - box.right, 0);
        const away = Math.abs(y - (box.top + box.height / 2)) + aside;
        if (away < distance) [best, distance] = [gap, away];
      }
      return best;
    }

    function move(e) {
      if (!dragging && Math.hypot(e.clientX - start.x, e.clientY - start.y) < 6) return;
      if (!dragging) {
        dragging = true;
        step.classList.add("is-dragged");
        root().classList.add("is-dragging");
      }
      if (e.clientY < 60) scrollBy(0, -12);
      if (e.clientY > innerHeight - 60) scrollBy(0, 12);
      spot?.classList.remove("is-target");
      spot = nearest(e.clientY, e.clientX);
      spot?.classList.add("is-target");
    }

    function stop(e) {
      grip.removeEventListener("pointermove", move);
      grip.removeEventListener("pointerup", stop);
      grip.removeEventListener("pointercancel", stop);
      step.classList.remove("is-dragged");
      root()?.classList.remove("is-dragging");
      spot?.classList.remove("is-target");
      if (e.type !== "pointerup") return;
      if (!dragging) {
        step.querySelector("a.fcard-title")?.click();
      } else if (spot) {
        const body = new URLSearchParams({ rev: root().dataset.flowRev, to: spot.dataset.flowGap });
        load(`${root().dataset.flowBase}/steps/${step.dataset.flowStep}/move`, { method: "POST", body });
      }
    }

    event.preventDefault();
    grip.setPointerCapture(event.pointerId);
    grip.addEventListener("pointermove", move);
    grip.addEventListener("pointerup", stop);
    grip.addEventListener("pointercancel", stop);
  }

  function ready() {
    root()?.classList.add("is-live");
    choose();
  }

  document.addEventListener("click", onClick);
  document.addEventListener("submit", onSubmit);
  document.addEventListener("change", onChange);
  document.addEventListener("keydown", onKey);
  document.addEventListener("pointerdown", onDrag);
  document.addEventListener("DOMContentLoaded", ready);
})();
