// Runs before the first paint, so that a chosen theme never flashes the other.
(() => {
  "use strict";
  const chosen = /(?:^|; )parley_theme=(light|dark)/.exec(document.cookie);
  if (chosen) document.documentElement.dataset.theme = chosen[1];
})();
