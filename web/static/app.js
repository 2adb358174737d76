// Small conveniences of server-rendered pages. Every page works without them
// except copying, dialogs and the theme switch, which need a script by nature.
(() => {
  "use strict";

  const $ = (id) => document.getElementById(id);

  // Theme: "system" is the absence of a choice.
  function setTheme(theme) {
    const root = document.documentElement;
    if (theme === "system") {
      delete root.dataset.theme;
      document.cookie = "parley_theme=; path=/; max-age=0; samesite=lax";
    } else {
      root.dataset.theme = theme;
      document.cookie = `parley_theme=${theme}; path=/; max-age=31536000; samesite=lax`;
    }
    showTheme();
  }

  function showTheme() {
    const now = document.documentElement.dataset.theme || "system";
    for (const b of document.querySelectorAll("[data-theme-set]")) {
      b.setAttribute("aria-pressed", String(b.dataset.themeSet === now));
    }
  }

  // Toasts are spoken by their live region and go away by themselves.
  function toast(text, tone) {
    const box = $("toasts");
    if (!box) return;
    const el = document.createElement("div");
    el.className = "toast";
    el.dataset.tone = tone || "";
    el.textContent = text;
    box.append(el);
    setTimeout(() => el.remove(), 4000);
  }

  async function copy(button) {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      toast(button.dataset.copied, "good");
    } catch {
      toast(button.dataset.copy, ""); // refused: show it, to be copied by hand
    }
  }

  // A button with data-confirm asks first; then its form is sent as pressed.
  function ask(button) {
    const dialog = $("confirm");
    $("confirm-text").textContent = button.dataset.confirm;
    dialog.querySelector("[data-confirm-yes]").textContent = button.textContent.trim() || button.getAttribute("aria-label");
    dialog.returnValue = "";
    dialog.onclose = () => {
      if (dialog.returnValue !== "yes") return;
      button.dataset.confirmed = "yes";
      button.form.requestSubmit(button);
    };
    dialog.showModal();
  }

  // The first field is what somebody opens a dialog for, not its close button.
  function open(dialog) {
    dialog.showModal();
    dialog.querySelector(".dialog-body :is(input, select, textarea, button, a)")?.focus();
  }

  function onClick(event) {
    const target = event.target.closest("button, a, tr.row-link, dialog");
    if (!target) return;
    const d = target.dataset;
    if (d.themeSet) setTheme(d.themeSet);
    else if (d.copy !== undefined) copy(target);
    else if (d.dialog) open($(d.dialog));
    else if ("close" in d) target.closest("dialog").close();
    else if (d.confirm && d.confirmed !== "yes") {
      event.preventDefault();
      ask(target);
    } else if (target.matches("dialog.dialog") && event.target === target && !target.querySelector("form")) {
      target.close(); // a click beside a dialog, unless it holds typed text
    } else if (target.matches("tr.row-link") && !event.target.closest("a, button, input, label") && !String(getSelection())) {
      target.querySelector("a")?.click();
    }
  }

  // The player shows its own bar once it runs; until then the browser's is there.
  function player(root) {
    const audio = root.querySelector("audio");
    const bar = root.querySelector("[data-player-bar]");
    const play = root.querySelector("[data-play]");
    const now = root.querySelector("[data-now]");
    const position = root.querySelector("[data-position]");
    const rate = root.querySelector("[data-rate]");
    const clock = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;
    bar.hidden = false;
    audio.removeAttribute("controls");
    play.onclick = () => (audio.paused ? audio.play() : audio.pause());
    position.oninput = () => { audio.currentTime = Number(position.value); };
    rate.onclick = () => {
      const speeds = [1, 1.25, 1.5, 2];
      audio.playbackRate = speeds[(speeds.indexOf(audio.playbackRate) + 1) % speeds.length];
      rate.querySelector("[data-rate-text]").textContent = `${audio.playbackRate}×`;
    };
    audio.ontimeupdate = () => {
      now.textContent = clock(audio.currentTime);
      position.value = String(audio.currentTime);
    };
    audio.onplay = audio.onpause = () => {
      root.classList.toggle("is-playing", !audio.paused);
      play.setAttribute("aria-label", audio.paused ? play.dataset.labelPlay : play.dataset.labelPause);
    };
    for (const b of document.querySelectorAll("[data-seek]")) {
      b.addEventListener("click", () => {
        audio.currentTime = Number(b.dataset.seek);
        audio.play();
      });
    }
  }

  // A long list of choices shows what fits the text above it, accents aside. The
  // value of data-narrow says what a choice is where it is more than its label.
  function narrow(box) {
    const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    const choices = [...box.closest("fieldset").querySelectorAll(box.dataset.narrow || ".choice")];
    box.parentElement.hidden = false;
    box.onkeydown = (event) => { if (event.key === "Enter") event.preventDefault(); };
    box.oninput = () => {
      const sought = plain(box.value.trim());
      for (const c of choices) c.hidden = !plain(c.textContent).includes(sought);
    };
  }

  document.addEventListener("click", onClick);
  document.addEventListener("DOMContentLoaded", () => {
    showTheme();
    document.querySelectorAll("[data-player]").forEach(player);
    document.querySelectorAll("dialog[data-open]").forEach(open);
    document.querySelectorAll("[data-narrow]").forEach(narrow);
    document.querySelector("[data-error-summary]")?.focus();
  });

  // A script has put new content into the page.
  document.addEventListener("parley:content", (event) => event.detail.querySelectorAll("[data-narrow]").forEach(narrow));

  // For the other scripts of Parley's pages.
  window.parley = Object.freeze({ toast });
})();
