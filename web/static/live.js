// Keeps parts of a page current: an element with data-live is filled again and
// again from that address of this site, every data-every seconds, while somebody
// looks. It is left alone while nothing in it changed, so that screen readers and
// selections are not disturbed. Where the same parts are marked by data-key before
// and after, only those that differ are exchanged, so that focus stays in a list.
(() => {
  "use strict";

  // exchange puts the marked parts that differ in place; false where the parts
  // are not the same ones.
  function exchange(el, fresh) {
    const was = [...el.querySelectorAll("[data-key]")];
    const now = [...fresh.querySelectorAll("[data-key]")];
    if (!now.length || was.length !== now.length || was.some((part, i) => part.dataset.key !== now[i].dataset.key)) return false;
    was.forEach((part, i) => { if (part.outerHTML !== now[i].outerHTML) part.replaceWith(now[i]); });
    return true;
  }

  async function refresh(el) {
    if (document.hidden) return;
    const asked = el.dataset.live;
    const answer = await fetch(asked, { headers: { Accept: "text/html" }, redirect: "error" });
    if (answer.status === 401 || answer.status === 403 || answer.status === 404) {
      clearInterval(el.liveTimer);
      return;
    }
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body;
    if (asked !== el.dataset.live) return; // it shows something else by now
    if (fresh.innerHTML.trim() === el.innerHTML.trim() || exchange(el, fresh)) return;
    el.replaceChildren(...fresh.childNodes);
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const el of document.querySelectorAll("[data-live]")) {
      const run = () => refresh(el).catch(() => {}); // offline: the next one may get through
      el.liveTimer = setInterval(run, 1000 * Number(el.dataset.every || 5));
      document.addEventListener("visibilitychange", run);
    }
  });
})();
