// Draws what the server measured into the players of a page: the bars of each
// voice, and the spans in which recording was paused. Playing itself is app.js's;
// without this script the voices are flat lines.
(() => {
  "use strict";

  const svg = (name, attributes) => {
    const el = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) el.setAttribute(key, value);
    return el;
  };

  // The box of a wave is 1000 wide and 40 high.
  function bars(peaks) {
    const step = 1000 / peaks.length;
    return peaks.map((peak, i) => {
      const x = ((i + 0.5) * step).toFixed(1);
      const half = Math.max(Math.min(peak, 1), 0.03) * 18;
      return `M${x} ${(20 - half).toFixed(1)}V${(20 + half).toFixed(1)}`;
    }).join("");
  }

  function shade(wave, span) {
    const rect = svg("rect", {
      x: 1000 * span.from, y: 0, width: Math.max(1000 * (span.to - span.from), 2), height: 40, fill: "currentColor", opacity: 0.14,
    });
    rect.append(svg("title", {}));
    rect.firstChild.textContent = span.text;
    wave.prepend(rect);
  }

  async function draw(root) {
    const answer = await fetch(root.dataset.waves, { headers: { Accept: "application/json" }, redirect: "error" });
    if (!answer.ok) return;
    const { channels, spans } = await answer.json();
    root.querySelectorAll("svg.wave").forEach((wave, i) => {
      if (channels[i]) wave.querySelector("path").setAttribute("d", bars(channels[i]));
      for (const span of spans) shade(wave, span);
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const root of document.querySelectorAll("[data-waves]")) draw(root).catch(() => {});
  });
})();
