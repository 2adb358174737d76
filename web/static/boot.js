// Starts the browser program of the softphone and of the public call page. All
// it does is load; a failure is written where people look.
(() => {
  "use strict";
  const root = document.querySelector("[data-wasm]");
  if (!root) return;

  const fail = (reason) => {
    root.dataset.boot = "failed";
    const el = root.querySelector('[data-p="boot-error"]');
    if (el) el.hidden = false;
    console.error("parley: the browser program did not start:", reason);
  };

  (async () => {
    if (typeof Go !== "function") throw new Error("wasm_exec.js is missing");
    const go = new Go();
    const { instance } = await WebAssembly.instantiateStreaming(fetch(root.dataset.wasm), go.importObject);
    root.dataset.boot = "running";
    await go.run(instance);
    fail("it has stopped");
  })().catch(fail);
})();
