// Keeps parts of a page current: an element with data-live is filled again and
// again from that address of this site, every data-every seconds, while somebody
// looks. It is left alone while nothing in it changed, so that screen readers and
// selections are not disturbed.
(() => {
  "use strict";

  async function refresh(el) {
    if (document.hidden) return;
    const answer = await fetch(el.dataset.live, { headers: { Accept: "text/html" }, redirect: "error" });
    if (answer.status === 401 || answer.status === 403 || answer.status === 404) {
      clearInterval(el.liveTimer);
      return;
    }
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body;
    if (fresh.innerHTML.trim() === el.innerHTML.trim()) return;
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
