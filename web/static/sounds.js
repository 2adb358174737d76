// Plays sounds where they are named: a link marked data-listen becomes a button that
// plays what it leads to, one at a time. Beside a choice of sounds (data-sounds in a
// data-picker) it plays the one chosen. Without it the links open the sound.
(() => {
  "use strict";

  let heard = null; // what plays: { audio, link }

  function show(link, playing) {
    link.classList.toggle("is-heard", playing);
    link.setAttribute("aria-label", playing ? link.dataset.labelStop : link.dataset.labelPlay);
  }

  function stop() {
    if (!heard) return;
    heard.audio.pause();
    show(heard.link, false);
    heard = null;
  }

  function play(link) {
    const again = heard?.link === link;
    stop();
    if (again) return;
    const audio = new Audio(link.href);
    heard = { audio, link };
    show(link, true);
    const over = () => { if (heard?.audio === audio) stop(); };
    audio.onended = over;
    audio.onerror = over;
    audio.play().catch(over);
  }

  function follow(select) {
    const link = select.closest("[data-picker]")?.querySelector("[data-listen]");
    if (!link) return;
    const src = select.selectedOptions[0]?.dataset.src;
    stop();
    link.hidden = !src;
    if (src) link.href = src;
  }

  const ready = (root) => {
    root.querySelectorAll("[data-listen]").forEach((link) => link.setAttribute("role", "button"));
    root.querySelectorAll("select[data-sounds]").forEach(follow);
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-listen]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    play(link);
  });
  document.addEventListener("keydown", (event) => { // links answer to Enter alone
    if (event.key !== " " || !event.target.matches?.("a[data-listen]")) return;
    event.preventDefault();
    play(event.target);
  });
  document.addEventListener("change", (event) => { if (event.target.matches("select[data-sounds]")) follow(event.target); });
  document.addEventListener("parley:content", (event) => ready(event.detail));
  document.addEventListener("DOMContentLoaded", () => ready(document));
})();
