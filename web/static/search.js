// Two searches of pages behind sign-in. The palette (Ctrl+K, or "/" outside of
// fields) finds members and numbers from any page. A form with data-filter fills
// the list it names as somebody types; without this script it is sent by Enter.
(() => {
  "use strict";

  const soon = (run, wait) => {
    let timer;
    return () => {
      clearTimeout(timer);
      timer = setTimeout(run, wait);
    };
  };

  function palette(root) {
    const input = root.querySelector("input");
    const list = root.querySelector('[role="listbox"]');
    const note = root.querySelector("[data-note]");
    const blank = root.querySelector("template[data-option]");
    let options = [];
    let at = -1;
    let asked;

    function choose(i) {
      options[at]?.setAttribute("aria-selected", "false");
      at = options.length ? (i + options.length) % options.length : -1;
      if (at < 0) return input.removeAttribute("aria-activedescendant");
      options[at].setAttribute("aria-selected", "true");
      options[at].scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", options[at].id);
    }

    function option(group, found, i) {
      const el = blank.content.cloneNode(true).querySelector("a");
      el.href = found.href;
      el.id = `palette-${group}-${i}`;
      el.querySelector("[data-title]").textContent = found.title;
      el.querySelector("[data-detail]").textContent = found.detail || "";
      const state = found.state && root.querySelector(`template[data-for="${found.state}"]`);
      if (state) el.append(state.content.cloneNode(true));
      return el;
    }

    function show(answer) {
      options = [];
      for (const group of ["members", "numbers"]) {
        const box = root.querySelector(`[data-group="${group}"]`);
        box.querySelectorAll("a").forEach((el) => el.remove());
        const found = (answer && answer[group]) || [];
        found.forEach((f, i) => box.append(option(group, f, i)));
        box.hidden = !found.length;
        options.push(...box.querySelectorAll("a"));
      }
      list.hidden = !options.length;
      input.setAttribute("aria-expanded", String(options.length > 0));
      at = -1;
      choose(0);
      const d = root.dataset;
      const n = options.length;
      note.textContent = !answer ? "" : n === 0 ? d.textNone : n === 1 ? d.textOne : d.textMany.replace("{n}", n);
      note.classList.toggle("sr-only", n > 0);
    }

    async function find() {
      asked?.abort();
      const q = input.value.trim();
      if (!q) return show(null);
      const mine = (asked = new AbortController());
      try {
        const res = await fetch(`/search?q=${encodeURIComponent(q)}`, {
          headers: { Accept: "application/json" }, redirect: "error", signal: mine.signal,
        });
        if (!res.ok) throw new Error(res.status);
        const answer = await res.json();
        if (!mine.signal.aborted) show(answer);
      } catch {
        if (mine.signal.aborted) return;
        show(null);
        note.textContent = root.dataset.textFailed;
        note.classList.remove("sr-only");
      }
    }

    const later = soon(find, 120);
    input.addEventListener("input", later);
    root.addEventListener("keydown", (event) => {
      event.stopPropagation(); // the phone's own keys are not meant meanwhile
      if (event.key === "ArrowDown") choose(at + 1);
      else if (event.key === "ArrowUp") choose(at - 1);
      else if (event.key === "Enter" && event.target === input && at >= 0) options[at].click();
      else return;
      event.preventDefault();
    });
    root.addEventListener("close", () => {
      input.value = "";
      show(null);
    });

    document.addEventListener("keydown", (event) => {
      if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
      const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
      const chord = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k";
      // On the phone's page "/" goes to the dial pad.
      const slash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !typing && !document.body.matches(".shell-full");
      if (!chord && !slash) return;
      event.preventDefault();
      root.showModal();
      input.focus();
    });
  }

  function filter(form) {
    const list = document.getElementById(form.dataset.filter);
    const spoken = document.getElementById(form.dataset.spoken);
    let asked;

    async function find() {
      asked?.abort();
      const mine = (asked = new AbortController());
      const url = new URL(form.action);
      for (const [name, value] of new FormData(form)) {
        if (value.trim()) url.searchParams.set(name, value.trim());
      }
      const page = url.pathname + url.search;
      url.searchParams.set("part", "list");
      try {
        const res = await fetch(url, { headers: { Accept: "text/html" }, redirect: "error", signal: mine.signal });
        if (!res.ok) throw new Error(res.status);
        const fresh = new DOMParser().parseFromString(await res.text(), "text/html").body;
        if (mine.signal.aborted) return;
        list.replaceChildren(...fresh.childNodes);
        history.replaceState(null, "", page);
        if (list.dataset.live) list.dataset.live = url.pathname + url.search;
        if (spoken) spoken.textContent = list.querySelector("[data-count]")?.textContent ?? "";
      } catch {
        if (!mine.signal.aborted) form.submit(); // the page itself says what is wrong
      }
    }

    const later = soon(find, 150);
    form.addEventListener("input", later);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      find();
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-palette]").forEach(palette);
    document.querySelectorAll("form[data-filter]").forEach(filter);
  });
})();
