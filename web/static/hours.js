// Working hours: adds and removes rows, and shows only the choice that belongs to
// what happens outside them. Without it there is one spare row, and all choices.
(() => {
  "use strict";

  function start(root) {
    const rows = root.querySelector("[data-hours-rows]");
    const blank = root.querySelector("[data-hours-template]");
    const add = root.querySelector("[data-hours-add]");
    const all = () => [...rows.querySelectorAll("[data-hours-row]")];

    function full() {
      add.hidden = all().length >= Number(root.dataset.limit);
    }

    // Numbers of removed rows are used again: the server reads a bounded range.
    function free() {
      const taken = new Set(all().map((row) => row.id));
      for (let n = 0; n < Number(root.dataset.max); n++) {
        if (!taken.has(`f-slot-${n}`)) return n;
      }
      return -1;
    }

    function ready(row) {
      const drop = row.querySelector("[data-hours-drop]");
      drop.hidden = false;
      drop.onclick = () => {
        row.remove();
        full();
        add.focus();
      };
    }

    add.onclick = () => {
      const n = free();
      if (n < 0) return;
      const row = blank.content.firstElementChild.cloneNode(true);
      for (const el of [row, ...row.querySelectorAll("[id], [name], [for]")]) {
        for (const key of ["id", "name", "for"]) {
          const value = el.getAttribute(key);
          if (value) el.setAttribute(key, value.replace(/-NN$/, `-${n}`));
        }
      }
      rows.append(row);
      ready(row);
      full();
      row.querySelector("input").focus();
    };

    function choose() {
      const way = root.querySelector("input[name=closed]:checked")?.value;
      for (const el of root.querySelectorAll("[data-hours-when]")) el.hidden = el.dataset.hoursWhen !== way;
    }

    all().forEach(ready);
    full();
    choose();
    root.addEventListener("change", choose);
  }

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-hours]").forEach(start));
  document.addEventListener("parley:content", (event) => event.detail.querySelectorAll("[data-hours]").forEach(start));
})();
